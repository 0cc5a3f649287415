#include "batpak/store/read_only_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "batpak/store/salvage.hpp"
#include "batpak/store/scrub.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/memory_file_system.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/faults/hooked_disk.hpp"
#include "support/file_helpers.hpp"

namespace batpak {
namespace {

constexpr auto kKind = EventKind::custom(0x1, 1);

// Goal:   a reader beside a writer sees whole events only, in order, and never changes anything.
// Method: append through rotations and reopens, refresh after each, and compare what is seen.
TEST(ReadOnlyStore, FollowsAWriterThroughRotationsAndReopens) {
    const StoreConfig config = StoreConfig("data")
                                   .with_environment(testing::memory_environment())
                                   .with_segment_bytes(4096);
    const auto alice = Coordinate::create("alice", "room").value();
    std::optional<Store> writer(Store::open(config).value());
    auto reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(reader.visible_end(), Sequence(0));
    for (std::uint64_t i = 0; i < 200; ++i) {
        if (i % 50 == 49) {
            ASSERT_TRUE(std::move(*writer).close());
            writer.emplace(Store::open(config).value());
        }
        const std::string payload(i % 300, 'x');
        ASSERT_TRUE(writer->append_raw(alice, kKind, as_bytes(payload)));
        const auto seen = reader.refresh();
        ASSERT_TRUE(seen) << seen.error().to_string();
        ASSERT_EQ(*seen, Sequence(i + 1));
        const auto latest = reader.latest("alice");
        ASSERT_TRUE(latest) << latest.error().to_string();
        EXPECT_EQ((*latest)->payload().size(), payload.size());
        // The last event is testified by the next frame only.
        EXPECT_GE(reader.durable_end(), Sequence(i));
    }
    EXPECT_EQ(reader.count(Region::scope("room")).value(), 200U);
    EXPECT_EQ(reader.root(Sequence(200)).value(), writer->root(Sequence(200)).value());
    const auto report = reader.verify();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_FALSE(report->damage) << report->damage->to_string();
}

// Goal:   looking changes nothing and keeps nobody out (INV L3).
// Method: every call on the disk is watched while a store is opened for reading, which a crash left
//         without indexes and with a torn tail, and read, followed and verified; then a writer
//         opens it beside the reader.
TEST(ReadOnlyStore, WritesNothingAndTakesNoLock) {
    using testing::CallKind;
    auto disk = std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    Environment environment = testing::memory_environment();
    const auto config_on = [&](const std::shared_ptr<testing::SimulatedFileSystem>& files) {
        environment.files = files;
        return StoreConfig("data").with_environment(environment).with_segment_bytes(4096);
    };
    const auto alice = Coordinate::create("alice", "room").value();
    {
        Store store = Store::open(config_on(disk)).value();
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(store.append_raw(alice, kKind, as_bytes(std::string(200, 'x'))));
        disk = disk->after_process_kill();
    }
    for (const std::string& path : disk->file_paths())
        ASSERT_TRUE(!path.ends_with(".bpx") || disk->erase(path));
    const auto before = disk->file_paths();

    const auto reader = ReadOnlyStore::open(config_on(disk));
    ASSERT_TRUE(reader) << reader.error().to_string();
    EXPECT_EQ(reader->query(Region::all()).collect()->size(), 100U);
    EXPECT_FALSE(reader->verify()->damage);
    constexpr CallKind kLooks[] = {CallKind::OpenPath, CallKind::OpenFile, CallKind::OpenDirectory,
                                   CallKind::List,     CallKind::Read,     CallKind::Stat,
                                   CallKind::Map};
    for (const testing::Call& call : disk->trace()) {
        const bool looks = std::ranges::find(kLooks, call.kind) != std::end(kLooks);
        EXPECT_TRUE(looks) << to_string(call.kind) << " " << call.path;
    }
    EXPECT_EQ(disk->file_paths(), before);
    EXPECT_TRUE(Store::open(config_on(disk)));
}

// Opens and refreshes while two more events are there before each of the reader's first `reads`
// reads, so that what it finds behind the end, at a later moment, testifies for more than it has
// scanned.
void expect_healthy_beside_writer(int reads) {
    Environment environment = testing::memory_environment();
    const auto alice = Coordinate::create("alice", "room").value();
    Store writer = Store::open(StoreConfig("data").with_environment(environment)).value();
    int left = reads;
    environment.files = testing::hooked_disk(
        environment.files,
        [&](testing::HookedCall call, const std::string&) -> std::optional<Error> {
            if (call != testing::HookedCall::Read || left-- <= 0) return std::nullopt;
            for (int i = 0; i < 2; ++i) EXPECT_TRUE(writer.append_raw(alice, kKind, as_bytes("x")));
            return std::nullopt;
        });
    auto reader = ReadOnlyStore::open(StoreConfig("data").with_environment(environment));
    ASSERT_TRUE(reader) << reads << ": " << reader.error().to_string();
    left = reads;
    const auto end = reader->refresh();
    ASSERT_TRUE(end) << reads << ": " << end.error().to_string();
    left = 0;
    ASSERT_EQ(reader->refresh().value(), writer.visible_end());
    ASSERT_FALSE(reader->verify()->damage);
}

// A writer that appends durably all the while is never taken for a damaged store (INV I6).
TEST(ReadOnlyStore, IsNotToldThatAHealthyStoreIsDamaged) {
    for (int reads = 1; reads < 60; ++reads) expect_healthy_beside_writer(reads);
    expect_healthy_beside_writer(400);
}

// Goal:   what a writer took back is corrected at the next refresh, for every way to ask, and until
//         then it is an error, not the event that took its place (INV I7).
// Method: a write fails after its bytes were in the file; a reader looks before they are cut off.
TEST(ReadOnlyStore, CorrectsWhatTheWriterTookBack) {
    Environment environment = testing::memory_environment();
    const StoreConfig beside = StoreConfig("data").with_environment(environment);
    std::optional<ReadOnlyStore> reader;
    bool fails = false;
    environment.files = testing::hooked_disk(
        environment.files,
        [&](testing::HookedCall call, const std::string&) -> std::optional<Error> {
            if (fails && call == testing::HookedCall::Resize) {
                fails = false;
                EXPECT_EQ(reader->refresh().value(), Sequence(2));
            }
            return std::nullopt;
        });
    class Injector final : public FaultInjector {
    public:
        explicit Injector(const bool& fails) : fails_(fails) {}
        std::optional<Error> reached(InjectionPoint point) noexcept override {
            if (!fails_ || point != InjectionPoint::AfterWrite) return std::nullopt;
            return Error(ErrorCode::Io, "after the write");
        }

    private:
        const bool& fails_;
    };
    environment.faults = std::make_shared<Injector>(fails);
    Store writer = Store::open(StoreConfig("data").with_environment(environment)).value();
    const auto alice = Coordinate::create("alice", "room").value();
    const auto bob = Coordinate::create("bob", "room").value();
    ASSERT_TRUE(writer.append_raw(alice, kKind, as_bytes("0")));
    reader.emplace(ReadOnlyStore::open(beside).value());
    fails = true;
    ASSERT_FALSE(writer.append_raw(alice, kKind, as_bytes("taken back")));
    ASSERT_EQ(reader->visible_end(), Sequence(2));
    const StoreView view = reader->as_of(Sequence(1));
    ASSERT_TRUE(writer.append_raw(bob, kKind, as_bytes("stands here")));

    const auto before = reader->find(Sequence(1));
    ASSERT_FALSE(before);
    EXPECT_EQ(before.error().code(), ErrorCode::RolledBack);
    EXPECT_EQ(testing::code_of(reader->verify()), ErrorCode::RolledBack);

    ASSERT_EQ(reader->refresh().value(), Sequence(2));
    EXPECT_EQ(reader->corrected_from(), Sequence(1));
    EXPECT_EQ(reader->stream("alice").collect()->size(), 1U);
    EXPECT_EQ(reader->stream("bob").collect()->size(), 1U);
    EXPECT_EQ(as_text(reader->find(Sequence(1)).value()->payload), "stands here");
    EXPECT_FALSE(reader->verify().value().damage);
    EXPECT_EQ(reader->root(Sequence(2)).value(), writer.root(Sequence(2)).value());
    EXPECT_EQ(testing::code_of(view.count(Region::all())), ErrorCode::RolledBack);
    ASSERT_EQ(reader->refresh().value(), Sequence(2));
    EXPECT_FALSE(reader->corrected_from());
}

// Goal:   events that a writer was told are stored are never hidden by what was put over the store.
// Method: an older MANIFEST, none, a copy of a segment under another number, no folder of segments:
//         what readers, scrub and writers say of each.
TEST(ReadOnlyStore, IsRefusedWhereTheManifestDoesNotKnowAllEvents) {
    const auto disk = std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    Environment environment = testing::memory_environment();
    environment.files = disk;
    const StoreConfig config =
        StoreConfig("data").with_environment(environment).with_segment_bytes(4096);
    const auto alice = Coordinate::create("alice", "room").value();
    const auto append = [&](int count) {
        Store writer = Store::open(config).value();
        for (int i = 0; i < count; ++i)
            writer.append_raw(alice, kKind, as_bytes(std::string(200, 'x'))).value();
        std::move(writer).close().value();
    };
    append(5);
    const Bytes older = disk->contents("/data/MANIFEST").value();
    append(45);
    const Bytes newer = disk->contents("/data/MANIFEST").value();
    ASSERT_NE(older, newer);
    const auto codes = [&] {
        const auto scrubbed = scrub(config).value();
        return std::tuple(
            testing::code_of(ReadOnlyStore::open(config)),
            scrubbed.damage.empty() ? ErrorCode::Unsupported : scrubbed.damage.back().code(),
            testing::code_of(Store::open(config)));
    };
    const auto put_manifests = [&](const Bytes& manifest) {
        disk->put("/data/MANIFEST", manifest).value();
        disk->put("/data/MANIFEST.copy", manifest).value();
    };
    const auto unlisted = ErrorCode::UnlistedSegment;
    put_manifests(older);
    EXPECT_EQ(codes(), std::tuple(unlisted, unlisted, unlisted));
    EXPECT_TRUE(salvage(config, "saved").value().lost.empty());
    const auto saved = ReadOnlyStore::open(StoreConfig("saved").with_environment(environment));
    EXPECT_EQ(saved->stream("alice").collect()->size(), 50U);
    put_manifests(newer);
    EXPECT_EQ(ReadOnlyStore::open(config)->visible_end(), Sequence(50));
    EXPECT_TRUE(scrub(config)->damage.empty());

    const Bytes segment = disk->contents("/data/segments/000000000001.bpk").value();
    disk->put("/data/segments/000000000099.bpk", segment).value();
    EXPECT_EQ(codes(), std::tuple(unlisted, unlisted, unlisted));
    disk->erase("/data/segments/000000000099.bpk").value();

    disk->erase("/data/MANIFEST").value();
    disk->erase("/data/MANIFEST.copy").value();
    EXPECT_EQ(testing::code_of(ReadOnlyStore::open(config)), ErrorCode::NotAStore);
    put_manifests(newer);
    EXPECT_EQ(ReadOnlyStore::open(config)->visible_end(), Sequence(50));
}

TEST(ReadOnlyStore, IsRefusedAsDamagedWhereTheSegmentsAreGone) {
    const auto disk = std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    Environment environment = testing::memory_environment();
    environment.files = disk;
    const StoreConfig config = StoreConfig("data").with_environment(environment);
    std::move(*Store::open(config)).close().value();
    const Bytes manifest = disk->contents("/data/MANIFEST").value();
    const StoreConfig moved = StoreConfig("moved").with_environment(environment);
    disk->open_directory("moved", true).value();
    disk->put("/moved/MANIFEST", manifest).value();
    EXPECT_EQ(testing::code_of(ReadOnlyStore::open(moved)), ErrorCode::MissingSegment);
}

TEST(ReadOnlyStore, IsRefusedWhereThereIsNoStore) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    const auto reader = ReadOnlyStore::open(config);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().code(), ErrorCode::NotAStore);
}

}  // namespace
}  // namespace batpak
