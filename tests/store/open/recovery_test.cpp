// Goal:   an open does to the files what it must before it promises anything (INV R7), and nothing
//         else.
// Method: the calls of opens are looked at one by one; and disks are made that a process left which
//         died between a change and its sync, on which the next one makes a promise before the
//         power goes.
#include "store/open/recovery.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "batpak/testing/injectors.hpp"
#include "support/store/small_store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::recovery_test {
namespace {

using testing::Call;
using testing::CallKind;
using testing::CutMode;
using testing::Disk;

using Changes = std::vector<std::string>;

constexpr const char* kSegment = "data/segments/000000000001.bpk";

// Notes when a path is opened so that it is made, and made durable, if it is not there.
class NotedFileSystem final : public FileSystem {
public:
    explicit NotedFileSystem(Disk disk) : disk_(std::move(disk)) {}

    Result<std::unique_ptr<Directory>> open_directory(const std::string& path,
                                                      bool create) override {
        makes_paths = makes_paths || create;
        return disk_->open_directory(path, create);
    }

    bool makes_paths = false;

private:
    const Disk disk_;
};

bool may_change_files(const Call& call) {
    switch (call.kind) {
        case CallKind::Rename:
        case CallKind::Link:
        case CallKind::Remove:
        case CallKind::SyncDirectory:
        case CallKind::Write:
        case CallKind::Allocate:
        case CallKind::Resize:
        case CallKind::Sync: return true;
        default: return false;
    }
}

struct RecoveryTest : testing::StoreFixture {
    Store open_on(const Disk& other) const {
        return Store::open(config.with_environment({other, clock, entropy})).value();
    }

    // Each fills a good part of a segment of 4 KiB.
    void append_to(Store& store, int count) const {
        const Bytes bytes(600, std::byte{0x5A});
        for (int i = 0; i < count; ++i) ASSERT_TRUE(store.append_raw(alice, kind, bytes));
    }

    // What an open does besides reading.
    Changes changes_of_an_open() const {
        const std::uint64_t before = disk->calls();
        const auto noted = std::make_shared<NotedFileSystem>(disk);
        const Store store = Store::open(config.with_environment({noted, clock, entropy})).value();
        Changes changes;
        if (noted->makes_paths) changes.emplace_back("making the path");
        for (const Call& call : disk->trace()) {
            if (call.number >= before && may_change_files(call))
                changes.push_back(std::string(to_string(call.kind)) + ' ' + call.path);
        }
        return changes;
    }

    static Disk empty_disk() {
        return std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    }

    // The disk as a process leaves it that opens the store on `begin` and appends, and is killed
    // right before the `number`-th sync of the store's directory.
    Disk killed_before_sync(const Disk& begin, int number, int events) const {
        Disk killed;
        int syncs = 0;
        begin->observe([&](const Call& call) {
            const bool is_sync = call.kind == CallKind::SyncDirectory && call.path == "data";
            if (is_sync && ++syncs == number) killed = begin->after_process_kill();
        });
        Store store = open_on(begin);
        append_to(store, events);
        begin->observe(nullptr);
        return killed;
    }

    // What is appended on `begin`, and acknowledged as durable, is there when the power was cut.
    void expect_promise_kept(const Disk& begin) const {
        std::uint64_t end = 0;
        Disk cut;
        {
            Store store = open_on(begin);
            append_to(store, 1);
            end = store.durable_end().value;
            cut = begin->after_power_cut({.mode = CutMode::None});
        }
        const auto store = Store::open(config.with_environment({cut, clock, entropy}));
        ASSERT_TRUE(store) << store.error().to_string();
        EXPECT_EQ(store->visible_end().value, end);
        EXPECT_TRUE(store->verify());
    }
};

TEST_F(RecoveryTest, AfterACloseAnOpenSyncsAndWritesNothing) {
    config = config.with_segment_bytes(4096);
    for (const int events : {0, 1, 3, 20}) {
        {
            Store store = open();
            append_to(store, events);
            ASSERT_TRUE(std::move(store).close());
        }
        EXPECT_EQ(changes_of_an_open(), Changes{}) << events << " more events";
    }
}

TEST_F(RecoveryTest, WithoutTheIndexWhatTheLastFrameDoesNotTestifyIsMadeDurable) {
    {
        Store store = open();
        append_to(store, 3);
    }
    ASSERT_TRUE(disk->erase("data/index/1-0.bpx"));
    const std::string segment = kSegment;
    EXPECT_EQ(changes_of_an_open(), (Changes{"Write " + segment, "Sync " + segment}));
}

TEST_F(RecoveryTest, AfterAKillOnlyTheSegmentIsSynced) {
    config = config.with_sync_every_n_events(100);
    {
        Store store = open();
        append_to(store, 3);
        disk = disk->after_process_kill();
    }
    const std::string segment = kSegment;
    EXPECT_EQ(changes_of_an_open(), (Changes{"Write " + segment, "Sync " + segment}));
}

// A write that failed is cut off again, and its process dies before the sync.
TEST(Recovery, WhatADeadProcessCutOffDoesNotComeBack) {
    const testing::SmallStore made = testing::make_small_store(7, testing::StoreEnd::Closed);
    const Disk disk = made.disk->after_process_kill();
    Disk killed;
    {
        Store store = Store::open(testing::config_on(disk, 8)).value();
        ASSERT_TRUE(
            store.append_raw(testing::coordinate_of("failed"), EventKind::custom(1, 7), {}));
        killed = disk->after_process_kill();
    }
    const auto folder = killed->open_directory(testing::store_path("segments"), false).value();
    const auto file = folder->open_file("000000000003.bpk", OpenMode::ReadWrite).value();
    ASSERT_TRUE(file->resize(made.active_end));

    const Store store = Store::open(testing::config_on(killed, 9)).value();
    EXPECT_EQ(store.visible_end().value, made.events.size());
    const Disk cut = killed->after_power_cut({.mode = CutMode::None});
    const Store again = Store::open(testing::config_on(cut, 10)).value();
    EXPECT_EQ(again.visible_end().value, made.events.size());
}

TEST_F(RecoveryTest, ADirectoryThatADeadProcessMadeIsMadeDurable) {
    // The name is not: that takes a sync of the directory above.
    ASSERT_TRUE(disk->open_directory("/", false).value()->open_directory("data", true));
    expect_promise_kept(disk);
}

TEST_F(RecoveryTest, ANewManifestThatADeadProcessNamedIsMadeDurable) {
    // The syncs of a creation: the folders, MANIFEST, the copy.
    for (const int sync : {1, 2, 3}) expect_promise_kept(killed_before_sync(empty_disk(), sync, 0));
}

TEST_F(RecoveryTest, ARotationThatADeadProcessDidNotFinishIsMadeDurable) {
    config = config.with_segment_bytes(4096);
    {
        Store store = open();
        append_to(store, 3);
    }
    for (const int sync : {1, 2}) {
        const Disk begin = disk->after_process_kill();
        const Disk killed = killed_before_sync(begin, sync, 10);
        ASSERT_NE(killed, nullptr);
        expect_promise_kept(killed);
    }
}

// The MANIFEST rots behind a copy that was not durable yet, and the process that repairs it is
// killed as well.
TEST_F(RecoveryTest, TheManifestThatARepairWasMadeFromIsDurableBefore) {
    const Disk without_copy = killed_before_sync(disk, 3, 0);
    ASSERT_TRUE(without_copy->flip_bit("data/MANIFEST", 40, 1));
    int syncs = 0;
    Disk killed;
    without_copy->observe([&](const Call& call) {
        if (call.kind == CallKind::Rename && call.path == "data/MANIFEST.tmp") syncs = 1;
        const bool is_sync = call.kind == CallKind::SyncDirectory && call.path == "data";
        if (is_sync && syncs == 1 && !killed) killed = without_copy->after_process_kill();
    });
    const Store store = open_on(without_copy);
    ASSERT_NE(killed, nullptr);
    expect_promise_kept(killed);
}

// ---- A refusal has changed nothing (INV R2) -------------------------------------------------

// Every file with its content, but LOCK, which whoever looks must hold.
std::map<std::string, Bytes> everything_on(const Disk& disk) {
    std::map<std::string, Bytes> found;
    for (const std::string& path : disk->file_paths()) {
        if (!path.ends_with("/LOCK")) found[path] = disk->contents(path).value();
    }
    return found;
}

struct RefusalTest : RecoveryTest {
    // Bytes behind the end of the log that are no frame.
    void tear_the_end(std::string_view torn = "torn") const {
        const std::uint64_t end = end_of_log();
        const auto folder = disk->open_directory("data/segments", false).value();
        const auto file = folder->open_file("000000000001.bpk", OpenMode::ReadWrite).value();
        ASSERT_TRUE(file->write_at(end, as_bytes(torn)));
    }

    // Behind the last byte that is no zero: a frame ends with its payload, a mark with its numbers.
    std::uint64_t end_of_log() const {
        const Bytes bytes = disk->contents(kSegment).value();
        std::uint64_t end = bytes.size();
        while (end > 0 && bytes[end - 1] == std::byte{0}) --end;
        return end + 8;
    }

    void expect_refused(const StoreConfig& asked, ErrorCode code) const {
        const auto before = everything_on(disk);
        const std::uint64_t calls = disk->calls();
        const auto store = Store::open(asked);
        ASSERT_FALSE(store);
        EXPECT_EQ(store.error().code(), code) << store.error().to_string();
        EXPECT_EQ(everything_on(disk), before);
        for (const Call& call : disk->trace()) {
            if (call.number < calls) continue;
            EXPECT_FALSE(may_change_files(call)) << to_string(call.kind) << ' ' << call.path;
        }
    }
};

TEST_F(RefusalTest, AStoreThatIsOlderThanExpectedIsLeftAsItIs) {
    {
        Store store = open();
        append_to(store, 3);
    }
    tear_the_end();
    ASSERT_TRUE(disk->erase("data/MANIFEST.copy"));                    // to be repaired
    ASSERT_TRUE(disk->put("data/segments/000000000002.bpk.tmp", {}));  // to be removed
    expect_refused(config.with_expect_at_least(Sequence(99)), ErrorCode::RolledBack);
    const Store store = open();
    ASSERT_TRUE(store.open_report().cut);
    EXPECT_EQ(store.visible_end(), Sequence(3));
}

// Goal:   no damage makes an open change the store and then refuse it.
// Method: a closed store with a torn frame behind its mark, and one bit flipped in each byte in
//         turn: with its index, and without.
TEST_F(RefusalTest, NoDamageIsMetAfterSomethingWasChanged) {
    {
        Store store = open();
        append_to(store, 2);
    }
    tear_the_end();
    const Disk torn = disk;
    const std::uint64_t end = end_of_log();
    int refused = 0;
    for (std::uint64_t at = 0; at < end; ++at) {
        for (const bool indexed : {true, false}) {
            disk = torn->after_process_kill();
            ASSERT_TRUE(disk->flip_bit(kSegment, at, static_cast<unsigned>(at % 8)));
            if (!indexed) {
                ASSERT_TRUE(disk->erase("data/index/1-0.bpx"));
            }
            const auto before = everything_on(disk);
            if (Store::open(config.with_environment({disk, clock, entropy}))) continue;
            ++refused;
            ASSERT_EQ(everything_on(disk), before) << at;
        }
    }
    EXPECT_GT(refused, 100);
}

TEST_F(RefusalTest, NoStoreIsMadeWhereOneIsExpected) {
    expect_refused(config.with_expect_at_least(Sequence(1)), ErrorCode::RolledBack);
    EXPECT_FALSE(disk->open_directory("data", false));
}

// ---- lost/ ---------------------------------------------------------------------------------

TEST_F(RefusalTest, TailsOfOnePlaceAreAllKept) {
    {
        Store store = open();
        append_to(store, 3);
    }
    const std::uint64_t end = end_of_log();
    const auto cut_one = [&](std::string_view torn) {
        const auto folder = disk->open_directory("data/segments", false).value();
        const auto file = folder->open_file("000000000001.bpk", OpenMode::ReadWrite).value();
        EXPECT_TRUE(file->write_at(end, as_bytes(torn)));
        const Store store = open();
        return store.open_report().cut.value().saved_to;
    };
    const std::string first = cut_one("first");
    const std::string second = cut_one("second");
    const std::string third = cut_one("third");
    EXPECT_EQ(std::set({first, second, third}).size(), 3U);
    const auto kept = [&](const std::string& name) {
        const Bytes bytes = disk->contents("data/" + name).value();
        return std::string(as_text(bytes));
    };
    EXPECT_NE(kept(first).find("first"), std::string::npos);
    EXPECT_NE(kept(second).find("second"), std::string::npos);
    EXPECT_NE(kept(third).find("third"), std::string::npos);
}

// A full disk leaves no room for the copy of a tail.
TEST_F(RefusalTest, ATailOnAFullDiskSaysWhatMakesItOpen) {
    {
        Store store = open();
        append_to(store, 3);
    }
    tear_the_end();
    const auto before = everything_on(disk);
    std::uint64_t used = 0;
    for (const auto& [path, bytes] : before) used += bytes.size();
    disk->set_capacity(used);
    for (int i = 0; i < 3; ++i) {
        const auto store = Store::open(config);
        ASSERT_FALSE(store);
        EXPECT_EQ(store.error().code(), ErrorCode::DiskFull);
        EXPECT_NE(store.error().to_string().find("free "), std::string::npos);
        EXPECT_EQ(everything_on(disk), before);
    }
    disk->set_capacity(used + (1U << 20));
    EXPECT_EQ(open().visible_end(), Sequence(3));
}

// Cut by something that asks no lock, after the log was judged and before it is taken up.
TEST_F(RefusalTest, ASegmentThatShrinksDuringTheOpenIsAnError) {
    {
        Store store = open();
        append_to(store, 3);
    }
    const auto before = everything_on(disk);
    Environment environment{disk, clock, entropy};
    environment.faults = std::make_shared<testing::CountdownInjector>(
        testing::Countdown{.point = InjectionPoint::BeforeTakeUp},
        [this](const testing::Arrival&) -> std::optional<Error> {
            Bytes cut = disk->contents(kSegment).value();
            cut.resize(100);
            testing::must(disk->put(kSegment, cut));
            return std::nullopt;
        });
    const auto store = Store::open(config.with_environment(environment));
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::Io);
    EXPECT_EQ(store.error().offset(), 100U);
    testing::must(disk->put(kSegment, before.at(std::string("/") + kSegment)));
    EXPECT_EQ(open().visible_end(), Sequence(3));
}

}  // namespace
}  // namespace batpak::recovery_test
