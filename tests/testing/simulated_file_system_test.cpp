// Goal:   faults strike where they were planned, crashes stop everything, and a run can be repeated
//         by its seed.
// Method: short workloads on a simulated disk; loops over every call where that is cheap.
#include "batpak/testing/simulated_file_system.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <set>

#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

using Disk = std::shared_ptr<SimulatedFileSystem>;

Disk make_disk(std::uint64_t seed) {
    return std::make_shared<SimulatedFileSystem>(seed, SimulatedDisk{});
}

// A write of a file under a temporary name, as a store would do it; what failed first.
Result<void> publish(FileSystem& files, std::string_view text) {
    BATPAK_TRY(const auto directory, files.open_directory("/store", true));
    BATPAK_TRY(const auto lock, directory->lock("LOCK"));
    BATPAK_TRY(const auto file, directory->open_file("new", OpenMode::CreateNew));
    BATPAK_CHECK(file->allocate(1024));
    BATPAK_CHECK(file->write_at(0, as_bytes(text)));
    BATPAK_CHECK(file->resize(text.size()));
    BATPAK_CHECK(file->sync(SyncMode::All));
    BATPAK_CHECK(directory->rename("new", "current"));
    BATPAK_CHECK(directory->sync());
    BATPAK_CHECK(directory->list());
    BATPAK_CHECK(file->stat());
    BATPAK_CHECK(file->map(1, false));
    Bytes into(4);
    BATPAK_CHECK(file->read_at(0, into));
    BATPAK_CHECK(directory->open_directory("below", true));
    BATPAK_CHECK(directory->remove("current"));
    return {};
}

constexpr std::uint64_t kPublishCalls = 15;

TEST(SimulatedFileSystem, NumbersEveryCallAndNamesIt) {
    const Disk disk = make_disk(1);
    ASSERT_TRUE(publish(*disk, "text"));
    const std::vector<Call> trace = disk->trace();
    ASSERT_EQ(trace.size(), kPublishCalls);
    EXPECT_EQ(disk->calls(), kPublishCalls);
    std::set<CallKind> kinds;
    std::set<std::string_view> words;
    for (std::uint64_t i = 0; i < trace.size(); ++i) {
        EXPECT_EQ(trace[i].number, i);
        kinds.insert(trace[i].kind);
        words.insert(to_string(trace[i].kind));
    }
    EXPECT_EQ(kinds.size(), 15U);
    EXPECT_EQ(words.size(), 15U);
    EXPECT_EQ(
        trace[4],
        (Call{
            .number = 4, .kind = CallKind::Write, .path = "/store/new", .offset = 0, .length = 4}));
}

TEST(SimulatedFileSystem, TheSameRunHasTheSameDigestAndAnyOtherAnother) {
    const auto digest_of = [](std::string_view text, std::uint64_t failing) {
        const Disk disk = make_disk(1);
        disk->fail_call(failing, Fault::io());
        (void)publish(*disk, text);
        return disk->trace_digest();
    };
    EXPECT_EQ(digest_of("text", 99), digest_of("text", 99));
    std::set<std::uint64_t> digests{digest_of("text", 99), digest_of("tex", 99),
                                    digest_of("tent", 99)};
    for (std::uint64_t i = 0; i < kPublishCalls; ++i) digests.insert(digest_of("text", i));
    EXPECT_EQ(digests.size(), 3 + kPublishCalls);
}

TEST(SimulatedFileSystem, TheSameSeedLeavesTheSameDiskAfterACut) {
    std::set<std::string> texts;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::string found[2];
        for (std::string& text : found) {
            const Disk disk = make_disk(seed);
            ASSERT_TRUE(disk->put("/a", as_bytes(std::string(2000, 'o'))));
            const auto root = disk->open_directory("/", false).value();
            const auto file = root->open_file("a", OpenMode::ReadWrite).value();
            ASSERT_TRUE(file->write_at(0, as_bytes(std::string(2500, 'x'))));
            const Disk after = disk->after_power_cut({.mode = CutMode::Random, .seed = 7});
            text = as_text(after->contents("/a").value());
        }
        EXPECT_EQ(found[0], found[1]) << "seed " << seed;
        texts.insert(found[0]);
    }
    EXPECT_GT(texts.size(), 20U);  // the seed of the disk counts, not only that of the cut
}

TEST(SimulatedFileSystem, FailsExactlyTheCallItWasToldTo) {
    for (std::uint64_t i = 0; i < kPublishCalls; ++i) {
        const Disk disk = make_disk(1);
        disk->fail_call(i, Fault::error(ErrorCode::Io, EINTR));
        const auto result = publish(*disk, "text");
        EXPECT_EQ(code_of(result), ErrorCode::Io) << i;
        EXPECT_EQ(os_error_of(result), EINTR);
        EXPECT_EQ(result.error().place(), disk->trace().back().path);
        EXPECT_EQ(disk->calls(), i + 1);
    }
}

TEST(SimulatedFileSystem, AFailedCallHasDoneNothing) {
    const Disk disk = make_disk(1);
    const auto root = disk->open_directory("/", false).value();
    const auto file = make_file(*root, "a", "text");
    const auto fail_next = [&](CallKind kind) { disk->fail_next(kind, Fault::disk_full()); };
    fail_next(CallKind::Write);
    EXPECT_EQ(code_of(file->write_at(0, as_bytes("XX"))), ErrorCode::DiskFull);
    fail_next(CallKind::Resize);
    EXPECT_EQ(code_of(file->resize(1)), ErrorCode::DiskFull);
    fail_next(CallKind::Allocate);
    EXPECT_EQ(code_of(file->allocate(100)), ErrorCode::DiskFull);
    fail_next(CallKind::Rename);
    EXPECT_EQ(code_of(root->rename("a", "b")), ErrorCode::DiskFull);
    fail_next(CallKind::Remove);
    EXPECT_EQ(code_of(root->remove("a")), ErrorCode::DiskFull);
    fail_next(CallKind::OpenFile);
    EXPECT_EQ(code_of(root->open_file("b", OpenMode::CreateNew)), ErrorCode::DiskFull);
    fail_next(CallKind::Lock);
    EXPECT_EQ(code_of(root->lock("b")), ErrorCode::DiskFull);
    fail_next(CallKind::SyncDirectory);
    EXPECT_EQ(code_of(root->sync()), ErrorCode::DiskFull);
    EXPECT_EQ(read_text(*root, "a"), "text");
    EXPECT_EQ(disk->file_paths(), std::vector<std::string>{"/a"});
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_TRUE(after->file_paths().empty());
}

TEST(SimulatedFileSystem, AFaultStrikesOnceOrForEver) {
    const Disk disk = make_disk(1);
    const auto root = disk->open_directory("/", false).value();
    disk->fail_call(1, Fault::io());
    EXPECT_FALSE(root->list());
    EXPECT_TRUE(root->list());
    disk->fail_call(4, Fault::io().forever());
    EXPECT_TRUE(root->list());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(root->list());
    disk->clear_faults();
    EXPECT_TRUE(root->list());
    disk->fail_next(CallKind::Lock, Fault::io().forever());
    EXPECT_TRUE(root->list());
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(root->lock("LOCK"));
}

TEST(SimulatedFileSystem, AFaultThatDoesNotFitItsCallDoesNothing) {
    const Disk disk = make_disk(1);
    disk->fail_call(0, Fault::short_write(0, Fault::io()).forever());
    disk->fail_call(0, Fault::lost_sync());
    EXPECT_TRUE(disk->open_directory("/", false));
}

TEST(SimulatedFileSystem, AShortWriteLeavesItsBeginning) {
    for (const std::uint64_t bytes : {0U, 1U, 3U, 4U, 100U}) {
        const Disk disk = make_disk(1);
        const auto root = disk->open_directory("/", false).value();
        const auto file = make_file(*root, "a", "....");
        disk->fail_next(CallKind::Write, Fault::short_write(bytes, Fault::disk_full()));
        const auto written = file->write_at(0, as_bytes("abcd"));
        EXPECT_EQ(code_of(written), ErrorCode::DiskFull);
        EXPECT_EQ(os_error_of(written), ENOSPC);
        const std::size_t kept = std::min<std::uint64_t>(bytes, 3);
        EXPECT_EQ(read_text(*root, "a"),
                  std::string("abcd").substr(0, kept) + std::string(4 - kept, '.'));
        EXPECT_TRUE(file->write_at(0, as_bytes("abcd")));
    }
}

TEST(SimulatedFileSystem, AMisdirectedWriteSaysNothing) {
    const Disk disk = make_disk(1);
    const auto root = disk->open_directory("/", false).value();
    const auto file = make_file(*root, "a", "0123456789");
    disk->fail_next(CallKind::Write, Fault::misdirected_write(5));
    ASSERT_TRUE(file->write_at(1, as_bytes("XY")));
    EXPECT_EQ(read_text(*root, "a"), "012345XY89");
}

TEST(SimulatedFileSystem, AReadErrorIsOnlyThat) {
    const Disk disk = make_disk(1);
    const auto root = disk->open_directory("/", false).value();
    const auto file = make_file(*root, "a", "text");
    disk->fail_next(CallKind::Read, Fault::io());
    Bytes into(4);
    EXPECT_EQ(os_error_of(file->read_at(0, into)), EIO);
    EXPECT_EQ(file->read_at(0, into), 4U);
}

// ---- Crashes -------------------------------------------------------------------------------

TEST(SimulatedFileSystem, ACrashStopsThisCallAndAllLaterOnes) {
    for (const CrashMoment moment : {CrashMoment::BeforeCall, CrashMoment::AfterCall}) {
        const Disk disk = make_disk(1);
        const auto root = disk->open_directory("/", false).value();
        disk->crash_at(2, moment);
        ASSERT_TRUE(root->open_file("a", OpenMode::CreateNew));
        EXPECT_FALSE(disk->crashed());
        EXPECT_EQ(code_of(root->open_file("b", OpenMode::CreateNew)), ErrorCode::Io);
        EXPECT_TRUE(disk->crashed());
        EXPECT_EQ(code_of(root->open_file("c", OpenMode::CreateNew)), ErrorCode::Io);
        EXPECT_EQ(code_of(root->list()), ErrorCode::Io);
        const auto paths = disk->after_process_kill()->file_paths();
        EXPECT_EQ(paths.size(), moment == CrashMoment::BeforeCall ? 1U : 2U);
    }
}

TEST(SimulatedFileSystem, ASyncThatCrashedMayHaveHappenedOrNot) {
    for (const CrashMoment moment : {CrashMoment::BeforeCall, CrashMoment::AfterCall}) {
        const Disk disk = make_disk(1);
        const auto root = disk->open_directory("/", false).value();
        const auto file = make_file(*root, "a", "text");
        ASSERT_TRUE(root->sync());
        disk->crash_at(disk->calls(), moment);
        EXPECT_EQ(code_of(file->sync(SyncMode::Data)), ErrorCode::Io);
        const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
        EXPECT_EQ(as_text(after->contents("/a").value()),
                  moment == CrashMoment::BeforeCall ? "" : "text");
        const Disk all = disk->after_power_cut({.mode = CutMode::All, .seed = 0});
        EXPECT_EQ(as_text(all->contents("/a").value()), "text");  // a crash is no failed sync
    }
}

TEST(SimulatedFileSystem, TheDiskAfterACrashWorksAgain) {
    const Disk disk = make_disk(1);
    disk->crash_at(5, CrashMoment::BeforeCall);
    disk->fail_call(0, Fault::lost_sync());
    EXPECT_FALSE(publish(*disk, "text"));
    for (const Disk& next :
         {disk->after_process_kill(), disk->after_power_cut({.mode = CutMode::None, .seed = 0})}) {
        EXPECT_EQ(next->calls(), 0U);
        EXPECT_FALSE(next->crashed());
        (void)next->erase("/store/new");
        EXPECT_TRUE(publish(*next, "text"));
    }
}

TEST(SimulatedFileSystem, AnObserverCanCutTheDiskBeforeEachCall) {
    const Disk disk = make_disk(1);
    std::vector<std::uint64_t> numbers;
    std::set<std::string> states;
    disk->observe([&](const Call& call) {
        numbers.push_back(call.number);
        const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
        const auto bytes = after->contents("/store/current");
        states.insert(bytes ? std::string(as_text(*bytes)) : "nothing");
    });
    ASSERT_TRUE(publish(*disk, "text"));
    EXPECT_EQ(numbers.size(), kPublishCalls);
    EXPECT_EQ(states, (std::set<std::string>{"nothing", "text"}));
    disk->observe(nullptr);
}

// ---- The disk from outside -----------------------------------------------------------------

TEST(SimulatedFileSystem, IsFullAtItsCapacity) {
    const Disk disk = make_disk(1);
    const auto root = disk->open_directory("/", false).value();
    const auto file = make_file(*root, "a", "0123456789");
    disk->set_capacity(16);
    EXPECT_EQ(code_of(file->allocate(17)), ErrorCode::DiskFull);
    EXPECT_EQ(file->stat()->size_bytes, 10U);
    const auto written = file->write_at(8, as_bytes("abcdefghij"));
    EXPECT_EQ(code_of(written), ErrorCode::DiskFull);
    EXPECT_EQ(written.error().offset(), 16U);
    EXPECT_EQ(read_text(*root, "a"), "01234567abcdefgh");
    EXPECT_TRUE(file->write_at(0, as_bytes("ABCD")));
    const auto second = root->open_file("b", OpenMode::CreateNew).value();
    EXPECT_EQ(code_of(second->write_at(0, as_bytes("x"))), ErrorCode::DiskFull);
    EXPECT_EQ(code_of(second->resize(1)), ErrorCode::DiskFull);
    ASSERT_TRUE(file->resize(15));
    EXPECT_TRUE(second->write_at(0, as_bytes("x")));
    ASSERT_TRUE(root->remove("a"));
    EXPECT_TRUE(second->allocate(16));
}

TEST(SimulatedFileSystem, PutsAndErasesFilesDurablyPastTheTrace) {
    const Disk disk = make_disk(1);
    ASSERT_TRUE(disk->put("/x/y", as_bytes("one")));
    ASSERT_TRUE(disk->put("x/y", as_bytes("three")));
    ASSERT_TRUE(disk->put("z", as_bytes("")));
    ASSERT_TRUE(disk->erase("z"));
    EXPECT_EQ(disk->calls(), 0U);
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_EQ(as_text(after->contents("/x/y").value()), "three");
    EXPECT_EQ(after->file_paths(), std::vector<std::string>{"/x/y"});
    EXPECT_EQ(code_of(disk->contents("/x")), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(disk->contents("/q")), ErrorCode::FileNotFound);
    EXPECT_EQ(code_of(disk->erase("/q")), ErrorCode::FileNotFound);
}

TEST(SimulatedFileSystem, RefusesToOutgrowItsMappingRatherThanForgetIt) {
    const Disk disk = make_disk(1);
    const auto root = disk->open_directory("/", false).value();
    const auto file = make_file(*root, "a", "text");
    auto mapping = file->map(4, false).value();
    EXPECT_EQ(code_of(file->write_at(1 << 20, as_bytes("x"))), ErrorCode::Unsupported);
    mapping.reset();
    EXPECT_TRUE(file->write_at(1 << 20, as_bytes("x")));
}

// The rate is printed and not judged: a gate on the clock would fail on a busy machine. A release
// build does about 30,000 of these in a second of processor time.
TEST(SimulatedFileSystem, RunsOnAfterThousandsOfCrashes) {
    const auto begin = std::chrono::steady_clock::now();
    constexpr std::uint64_t kCycles = 1000;
    const std::string segment(std::size_t{16} * 1024, 's');
    for (std::uint64_t seed = 0; seed < kCycles; ++seed) {
        const Disk disk = make_disk(seed);
        disk->crash_at(seed % kPublishCalls, CrashMoment::AfterCall);
        ASSERT_FALSE(publish(*disk, segment));
        const Disk after = disk->after_power_cut({.mode = CutMode::Random, .seed = seed});
        (void)after->erase("/store/new");
        ASSERT_TRUE(publish(*after, segment)) << "seed " << seed;
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    std::cout << "cycles per second: " << static_cast<double>(kCycles) / passed.count() << '\n';
}

}  // namespace
}  // namespace batpak::testing
