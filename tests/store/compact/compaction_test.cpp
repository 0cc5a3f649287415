// A merge makes few segments of many, and changes nothing that anybody can see (INV K3).
#include "batpak/store/compaction.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <set>
#include <thread>

#include "batpak/delivery/cursor.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/repair.hpp"
#include "batpak/store/restore.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"
#include "support/store/store_fixture.hpp"
#include "support/store/whole_copy.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::copies_of;
using testing::EventCopy;
using testing::Moved;
using testing::problem_of_copy;

class CompactionTest : public testing::StoreFixture {
protected:
    CompactionTest() { config = config.with_segment_bytes(4096); }

    StoreConfig at(const std::string& directory) const {
        return StoreConfig(directory).with_environment(config.environment());
    }
    // Single events and batches, keys, tags and causes.
    void append(Store& store, int count) const {
        EventId last;
        for (int i = 0; i < count; ++i) {
            AppendOptions options{.tags = {"tag:" + std::to_string(i % 3)}};
            if (i > 0) options.causation_id = last;
            const std::string text(static_cast<std::size_t>(100 + i % 7 * 60), 'x');
            const auto receipt =
                store.append_raw(i % 2 == 0 ? alice : bob, kind, as_bytes(text), options);
            ASSERT_TRUE(receipt) << receipt.error().to_string();
            last = receipt->event_id;
            if (i % 5 != 0) continue;
            BatchBuilder batch;
            for (int j = 0; j < 3; ++j) batch.add(j == 0 ? alice : bob, Moved{i, j});
            ASSERT_TRUE(store.append_batch(std::move(batch)));
        }
    }
    std::set<std::string> segments() const {
        std::set<std::string> found;
        for (const std::string& path : disk->file_paths()) {
            if (path.starts_with("/data/segments/")) found.insert(path.substr(15));
        }
        return found;
    }
    store::Manifest manifest(const std::string& name = "MANIFEST") const {
        const Bytes text = disk->contents("/data/" + name).value();
        return store::Manifest::parse(as_text(text)).value();
    }
    static std::string same_log(const StoreReads& store, const std::vector<EventCopy>& expected) {
        std::size_t at = 0;
        for (const auto& event : store.query(Region::all())) {
            if (!event) return event.error().to_string();
            if (at == expected.size() || !expected[at].is(*event)) return "another event";
            ++at;
        }
        return at == expected.size() ? "" : "events are missing";
    }
};

TEST_F(CompactionTest, MakesOneSegmentOfMany) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    const Hash root = store.root(store.visible_end()).value();
    const std::uint64_t sealed = store.stats().segments - 1;
    ASSERT_GT(sealed, 4U);

    const CompactionReport report = store.compact().value();
    EXPECT_EQ(report.segments_before, sealed);
    EXPECT_EQ(report.segments_after, 1U);
    EXPECT_EQ(report.segments_merged, sealed);
    EXPECT_EQ(report.segments_made, 1U);
    EXPECT_LE(report.bytes_after, report.bytes_before);
    EXPECT_FALSE(report.stopped);
    EXPECT_FALSE(report.cleanup_pending);
    EXPECT_EQ(store.stats().segments, 2U);
    EXPECT_EQ(segments().size(), 2U);
    EXPECT_EQ(same_log(store, before), "");
    EXPECT_EQ(store.root(store.visible_end()).value(), root);
    EXPECT_FALSE(store.verify().value().damage);
    EXPECT_EQ(manifest(), manifest("MANIFEST.copy"));
    EXPECT_TRUE(manifest().gone.empty());
    EXPECT_EQ(manifest().sealed.front().bytes, report.bytes_after);
}

TEST_F(CompactionTest, IsReadByEveryLaterOpen) {
    std::optional<Store> store(open());
    append(*store, 60);
    const std::vector<EventCopy> before = copies_of(*store);
    ASSERT_TRUE(store->compact());
    ASSERT_TRUE(std::move(*store).close());
    EXPECT_EQ(problem_of_copy(config, before), "");
    for (const std::string& path : disk->file_paths()) {
        if (path.starts_with("/data/index/")) {
            ASSERT_TRUE(disk->erase(path));
        }
    }
    store.emplace(open());
    EXPECT_EQ(same_log(*store, before), "");
    append(*store, 60);
    const std::vector<EventCopy> after = copies_of(*store);
    ASSERT_TRUE(store->compact());
    EXPECT_EQ(store->stats().segments, 2U);
    EXPECT_EQ(same_log(*store, after), "");
}

TEST_F(CompactionTest, OfAStoreWithoutHashes) {
    config = config.with_hash_chain(false);
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    EXPECT_EQ(store.compact().value().segments_after, 1U);
    EXPECT_EQ(same_log(store, before), "");
    EXPECT_FALSE(store.verify().value().damage);
}

TEST_F(CompactionTest, LeavesAStoreOfVersion1AsItIs) {
    Store store = open();
    append(store, 3);
    const Bytes before = disk->contents("/data/MANIFEST").value();
    const CompactionReport report = store.compact().value();
    EXPECT_EQ(report.segments_made, 0U);
    EXPECT_EQ(report.segments_before, 0U);
    EXPECT_EQ(disk->contents("/data/MANIFEST").value(), before);
}

TEST_F(CompactionTest, MergesNoMoreThanFit) {
    Store store = open();
    append(store, 120);
    const std::vector<EventCopy> before = copies_of(store);
    const std::uint64_t sealed = store.stats().segments - 1;
    const CompactionReport planned = plan_compaction(config, Merge{.bytes_max = 20'000}).value();
    EXPECT_EQ(store.stats().segments - 1, sealed);  // a plan changes nothing
    const CompactionReport report = store.compact(Merge{.bytes_max = 20'000}).value();
    EXPECT_EQ(planned.segments_before, report.segments_before);
    EXPECT_EQ(planned.segments_after, report.segments_after);
    EXPECT_EQ(planned.segments_merged, report.segments_merged);
    EXPECT_GT(report.segments_made, 2U);
    for (const store::SealedSegment& segment : manifest().sealed) EXPECT_LE(segment.bytes, 20'000U);
    EXPECT_EQ(same_log(store, before), "");
    // What was made is more than half of the limit, and is left alone.
    EXPECT_EQ(store.compact(Merge{.bytes_max = 20'000}).value().segments_merged, 0U);
    EXPECT_EQ(store.compact(Merge{.bytes_max = 200'000}).value().segments_after, 1U);
    EXPECT_EQ(same_log(store, before), "");
}

TEST_F(CompactionTest, RefusesSizesThatNoSegmentHas) {
    Store store = open();
    EXPECT_EQ(code_of(store.compact(Merge{.bytes_max = 4095})), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(store.compact(Merge{.bytes_max = Merge::kBytesMaxLimit + 1})),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(store.compact(Merge{.segments_min = 1})), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(plan_compaction(config, Merge{.segments_min = 0})),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(plan_compaction(at("nowhere"))), ErrorCode::NotAStore);
}

TEST_F(CompactionTest, LeavesFewerThanTheMinimumAlone) {
    Store store = open();
    append(store, 20);
    const std::uint64_t sealed = store.stats().segments - 1;
    EXPECT_EQ(store.compact(Merge{.segments_min = sealed + 1}).value().segments_made, 0U);
    EXPECT_EQ(store.compact(Merge{.segments_min = sealed}).value().segments_made, 1U);
}

TEST_F(CompactionTest, OneCallAtATime) {
    Store store = open();
    append(store, 30);
    ErrorCode inside{};
    Merge merge;
    merge.progress = [&](const CopyProgress&) { inside = code_of(store.compact()); };
    ASSERT_TRUE(store.compact(merge));
    EXPECT_EQ(inside, ErrorCode::CompactionRunning);
    ASSERT_TRUE(store.compact());
}

TEST_F(CompactionTest, TellsHowFarItIs) {
    Store store = open();
    append(store, 60);
    CopyProgress last;
    Merge merge{.bytes_max = 20'000};
    merge.progress = [&](const CopyProgress& now) {
        EXPECT_GE(now.bytes, last.bytes);
        EXPECT_LE(now.bytes, now.bytes_total);
        last = now;
    };
    const CompactionReport report = store.compact(merge).value();
    EXPECT_GT(last.bytes, 0U);
    EXPECT_EQ(last.bytes, report.bytes_after - (report.bytes_before - last.bytes_total));
}

TEST_F(CompactionTest, ThatIsStoppedLeavesTheSegmentsThatItHasNotMade) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    const std::set<std::string> files = segments();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_TRUE(store.compact(Merge{.stop = stop.get_token()}).value().stopped);
    EXPECT_EQ(segments(), files);
    std::stop_source later;
    int told = 0;
    Merge merge{.bytes_max = 20'000, .stop = later.get_token()};
    merge.progress = [&](const CopyProgress&) {
        if (++told == 2) later.request_stop();
    };
    const CompactionReport report = store.compact(merge).value();
    EXPECT_TRUE(report.stopped);
    EXPECT_EQ(report.segments_made, 1U);
    EXPECT_FALSE(report.cleanup_pending);
    // The id that was announced and not used is not given to another segment.
    ASSERT_EQ(manifest().gone.size(), 1U);
    const std::uint64_t dropped = manifest().gone[0];
    EXPECT_GT(dropped, manifest().active.id);
    EXPECT_EQ(segments().size(), store.stats().segments);
    EXPECT_EQ(same_log(store, before), "");
    while (manifest().active.id < dropped) append(store, 1);
    EXPECT_EQ(manifest().active.id, dropped + 1);
    ASSERT_TRUE(store.compact());
    EXPECT_TRUE(manifest().gone.empty());
}

// ---- damage

TEST_F(CompactionTest, ADamagedSegmentIsRefusedAndNothingIsChanged) {
    Store store = open();
    append(store, 60);
    const std::string path = "/data/segments/" + store::segment_file_name(2);
    const Bytes sound = disk->contents(path).value();
    const std::set<std::string> files = segments();
    for (std::size_t at = store::SegmentHeader::kBytes; at < sound.size(); at += 397) {
        Bytes damaged = sound;
        damaged[at] ^= std::byte{8};
        ASSERT_TRUE(disk->put(path, damaged));
        ASSERT_EQ(code_of(store.compact()), ErrorCode::CorruptFrame) << at;
        ASSERT_EQ(segments(), files);
    }
    ASSERT_TRUE(disk->put(path, sound));
    EXPECT_EQ(store.compact().value().segments_after, 1U);
    EXPECT_FALSE(store.verify().value().damage);
}

// ---- those who look at the log meanwhile

TEST_F(CompactionTest, RangesGoOnOverIt) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    for (const auto direction : {Direction::Forward, Direction::Backward}) {
        append(store, 30);
        const std::vector<EventCopy> all = copies_of(store);
        EventRange range = store.query(Region::all(), {.direction = direction});
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i % 40 == 20) {
                ASSERT_TRUE(store.compact(Merge{.bytes_max = i < 60 ? 20'000U : 200'000U}));
            }
            const Result<EventView>* const event = range.next();
            ASSERT_NE(event, nullptr) << i;
            ASSERT_TRUE(*event) << i << ": " << event->error().to_string();
            const std::size_t place = direction == Direction::Forward ? i : all.size() - 1 - i;
            ASSERT_TRUE(all[place].is(**event)) << i;
        }
        EXPECT_EQ(range.next(), nullptr);
    }
    EXPECT_EQ(copies_of(store).size(), before.size() + 2 * (30U + 18U));
}

TEST_F(CompactionTest, ViewsKeepTheirMoment) {
    Store store = open();
    append(store, 60);
    const StoreView view = store.before(Sequence(50));
    const std::vector<EventCopy> before = copies_of(view);
    const Hash root = view.root(Sequence(50)).value();
    ASSERT_TRUE(store.compact(Merge{.bytes_max = 20'000}));
    append(store, 60);
    ASSERT_TRUE(store.compact());
    EXPECT_EQ(same_log(view, before), "");
    EXPECT_EQ(view.root(Sequence(50)).value(), root);
    EXPECT_FALSE(view.verify().value().damage);
}

TEST_F(CompactionTest, CursorsGoOnWhereTheyAre) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    Cursor cursor = store.cursor_guaranteed(Region::all(), CursorId("billing")).value();
    std::size_t at = 0;
    while (at < before.size()) {
        if (at % 25 == 10) {
            ASSERT_TRUE(store.compact(Merge{.bytes_max = at < 50 ? 20'000U : 1U << 20}));
        }
        const auto event = cursor.poll();
        ASSERT_TRUE(event) << event.error().to_string();
        ASSERT_TRUE(*event);
        ASSERT_TRUE(before[at].is(**event)) << at;
        ++at;
    }
}

// ---- beside it, from another handle

TEST_F(CompactionTest, AReaderGoesOnBySequence) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    ReadOnlyStore lazy = ReadOnlyStore::open(config.with_open_files_max(16)).value();
    EventRange range = reader.query(Region::all());
    for (int i = 0; i < 5; ++i) ASSERT_NE(range.next(), nullptr);
    ASSERT_TRUE(store.compact(Merge{.bytes_max = 20'000}));
    ASSERT_TRUE(store.compact());
    EXPECT_EQ(same_log(lazy, before), "");
    for (std::size_t i = 5; i < before.size(); ++i) {
        const Result<EventView>* const event = range.next();
        ASSERT_NE(event, nullptr);
        ASSERT_TRUE(*event) << event->error().to_string();
        ASSERT_TRUE(before[i].is(**event)) << i;
    }
    EXPECT_EQ(range.next(), nullptr);
    EXPECT_FALSE(reader.verify().value().damage);
    EXPECT_EQ(reader.root(reader.visible_end()).value(), store.root(reader.visible_end()).value());
    append(store, 10);
    EXPECT_EQ(reader.refresh().value(), store.visible_end());
    EXPECT_EQ(same_log(reader, copies_of(store)), "");
    EXPECT_FALSE(reader.corrected_from());
}

// Also where no segment is left that the reader knows.
TEST_F(CompactionTest, AReaderRefreshesOverIt) {
    Store store = open();
    append(store, 20);
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    ReadOnlyStore used = ReadOnlyStore::open(config).value();
    EXPECT_EQ(same_log(used, copies_of(store)), "");
    for (int round = 0; round < 4; ++round) {
        append(store, 30);
        ASSERT_TRUE(store.compact());
        ASSERT_EQ(reader.refresh().value(), store.visible_end());
        ASSERT_EQ(used.refresh().value(), store.visible_end());
        EXPECT_EQ(same_log(used, copies_of(store)), "");
    }
    EXPECT_EQ(same_log(reader, copies_of(store)), "");
}

TEST_F(CompactionTest, AnotherStoreInItsPlaceIsStillRolledBack) {
    std::optional<Store> store(open());
    append(*store, 60);
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(same_log(reader, copies_of(*store)), "");
    ASSERT_TRUE(store->snapshot("backup"));
    append(*store, 60);
    ASSERT_EQ(reader.refresh().value(), store->visible_end());
    const KnownLog known{Sequence(96), store->root(Sequence(96)).value()};
    ASSERT_TRUE(std::move(*store).close());
    ASSERT_TRUE(restore(at("backup"), "again", {.same_log = known}));
    clock->advance(std::chrono::seconds(1));  // so that its events have other ids
    store.emplace(Store::open(at("again").with_segment_bytes(4096)).value());
    append(*store, 90);
    ASSERT_TRUE(store->compact());
    ASSERT_TRUE(std::move(*store).close());
    for (const std::string& path : disk->file_paths()) {
        if (path.starts_with("/data/segments/") || path.starts_with("/data/index/")) {
            ASSERT_TRUE(disk->erase(path));
        }
    }
    for (const std::string& path : disk->file_paths()) {
        if (path.starts_with("/again/")) {
            ASSERT_TRUE(disk->put("/data/" + path.substr(7), disk->contents(path).value()));
        }
    }
    EXPECT_EQ(code_of(reader.refresh()), ErrorCode::RolledBack);
}

// ---- the end of the store, and of its place

// Goal:   a close waits until a compaction has taken away what it had begun; no file is touched
//         after the lock is gone.
// Method: another thread closes while the progress is told. Whatever the compaction asks of the
//         disk once that close has returned is counted: there must be nothing. The progress gives
//         a close that does not wait the time to return. The store is then opened and has all.
TEST_F(CompactionTest, ACloseEndsItAndWaitsForIt) {
    std::optional<Store> store(open());
    append(*store, 200);
    const std::vector<EventCopy> before = copies_of(*store);
    std::atomic<bool> is_closed{false};
    std::atomic<int> calls_after{0};
    std::promise<void> returned;
    disk->observe([&](const testing::Call&) {
        if (is_closed) ++calls_after;
    });
    std::jthread closer;
    Merge merge;
    merge.progress = [&](const CopyProgress&) {
        if (closer.joinable()) return;
        closer = std::jthread([&] {
            EXPECT_TRUE(std::move(*store).close());
            is_closed = true;
            returned.set_value();
        });
        while (code_of(store->count(Region::all())) != ErrorCode::Closed) std::this_thread::yield();
        (void)returned.get_future().wait_for(std::chrono::milliseconds(100));
    };
    const auto report = store->compact(merge);
    EXPECT_TRUE(!report || report->stopped);
    closer.join();
    disk->observe({});
    EXPECT_EQ(calls_after, 0);
    store.reset();
    for (const std::string& name : segments()) EXPECT_FALSE(name.ends_with(".tmp")) << name;
    const Store again = open();
    EXPECT_EQ(same_log(again, before), "");
}

TEST_F(CompactionTest, ItsOwnProgressCannotCloseTheStore) {
    Store store = open();
    append(store, 60);
    ErrorCode refused{};
    Merge merge;
    merge.progress = [&](const CopyProgress&) { refused = code_of(std::move(store).close()); };
    EXPECT_FALSE(store.compact(merge).value().stopped);
    EXPECT_EQ(refused, ErrorCode::InvalidArgument);
    EXPECT_TRUE(std::move(store).close());
}

// What was put in the place of the store keeps its MANIFEST.
TEST_F(CompactionTest, IsRefusedWhereAnotherStoreHasTakenItsPlace) {
    std::optional<Store> store(open());
    append(*store, 30);
    ASSERT_TRUE(std::move(*store).close());
    const auto older = disk->after_process_kill();
    store.emplace(open());
    // One segment more: all that the writer would merge has a file in the older copy as well.
    for (const std::size_t sealed = manifest().sealed.size(); manifest().sealed.size() == sealed;)
        append(*store, 1);
    for (const std::string& path : disk->file_paths()) {
        if (path.starts_with("/data/segments/") || path.starts_with("/data/index/")) {
            ASSERT_TRUE(disk->erase(path));
        }
    }
    for (const std::string& path : older->file_paths()) {
        if (path == "/data/LOCK") continue;
        ASSERT_TRUE(disk->put(path, older->contents(path).value()));
    }
    const Bytes its_manifest = disk->contents("/data/MANIFEST").value();
    EXPECT_FALSE(store->compact());
    EXPECT_EQ(disk->contents("/data/MANIFEST").value(), its_manifest);
    EXPECT_EQ(disk->contents("/data/MANIFEST.copy").value(),
              older->contents("/data/MANIFEST.copy").value());
}

// ---- copies

TEST_F(CompactionTest, SnapshotsBeforeDuringAndAfterAreOfTheirMoment) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    ASSERT_TRUE(store.snapshot("first"));
    std::optional<CompactionReport> inside;
    SnapshotOptions options;
    options.progress = [&](const CopyProgress&) {
        if (!inside) inside = store.compact().value();
    };
    ASSERT_TRUE(store.snapshot("second", options));
    EXPECT_TRUE(inside->cleanup_pending);  // the files were still to be copied
    EXPECT_EQ(inside->segments_after, 1U);
    EXPECT_FALSE(manifest().gone.empty());
    ASSERT_TRUE(store.snapshot("third", {.previous = "second"}));
    ASSERT_TRUE(store.snapshot("fourth", {.previous = "third"}));
    EXPECT_GT(segments().size(), 2U);
    EXPECT_FALSE(store.compact().value().cleanup_pending);
    EXPECT_EQ(segments().size(), 2U);
    for (const char* copy : {"first", "second", "third", "fourth"}) {
        EXPECT_EQ(problem_of_copy(at(copy), before), "") << copy;
        const std::string restored = std::string("restored-") + copy;
        ASSERT_TRUE(restore(at(copy), restored)) << copy;
        EXPECT_EQ(problem_of_copy(at(restored), before), "") << copy;
        Store again = Store::open(at(restored).with_segment_bytes(4096)).value();
        append(again, 30);
        EXPECT_EQ(again.compact().value().segments_after, 2U) << copy;  // no era is left
        EXPECT_FALSE(again.verify().value().damage);
    }
}

TEST_F(CompactionTest, ASnapshotByAReaderCopiesTheMomentThatItShows) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    append(store, 60);
    ASSERT_TRUE(store.compact());
    EXPECT_EQ(reader.snapshot("backup").value().end.value, before.size());
    EXPECT_EQ(problem_of_copy(at("backup"), before), "");
    // And where the files go while they are copied.
    append(store, 60);
    ReadOnlyStore next = ReadOnlyStore::open(config).value();
    const std::vector<EventCopy> later = copies_of(store);
    bool compacted = false;
    SnapshotOptions options;
    options.progress = [&](const CopyProgress&) {
        if (std::exchange(compacted, true)) return;
        append(store, 30);
        ASSERT_TRUE(store.compact());
    };
    ASSERT_TRUE(next.snapshot("again", options));
    EXPECT_EQ(problem_of_copy(at("again"), later), "");
}

TEST_F(CompactionTest, ARestoreFromAStoreInUseGoesOnOverIt) {
    Store store = open();
    append(store, 60);
    bool compacted = false;
    RestoreOptions options;
    options.progress = [&](const CopyProgress&) {
        if (std::exchange(compacted, true)) return;
        ASSERT_TRUE(store.compact());
    };
    ASSERT_TRUE(restore(config, "again", options));
    EXPECT_EQ(manifest().sealed.size(), 1U);
    EXPECT_EQ(problem_of_copy(at("again"), copies_of(store)), "");
}

// What is missing for another reason is said at once, and not copied again and again.
TEST_F(CompactionTest, ASegmentThatIsReallyMissingIsLookedForOnce) {
    Store store = open();
    append(store, 60);
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    const std::string path = "/data/segments/" + store::segment_file_name(2);
    ASSERT_TRUE(disk->erase(path));
    int looks = 0;
    disk->observe([&](const testing::Call& call) {
        if (call.kind == testing::CallKind::OpenFile && "/" + call.path == path) ++looks;
    });
    EXPECT_EQ(code_of(reader.snapshot("backup")), ErrorCode::MissingSegment);
    disk->observe({});
    EXPECT_LE(looks, 2);
}

TEST_F(CompactionTest, RestoresUpToAnyEvent) {
    Store store = open();
    append(store, 40);
    const std::vector<EventCopy> before = copies_of(store);
    ASSERT_TRUE(store.compact());
    ASSERT_TRUE(store.snapshot("backup"));
    for (std::uint64_t end = 0; end <= before.size(); end += 7) {
        const std::string path = "restored" + std::to_string(end);
        const auto restored = restore(at("backup"), path, {.end = Sequence(end)});
        if (!restored) {
            ASSERT_EQ(restored.error().code(), ErrorCode::InvalidArgument);  // inside a batch
            continue;
        }
        const std::vector<EventCopy> part(before.begin(),
                                          before.begin() + static_cast<std::ptrdiff_t>(end));
        ASSERT_EQ(problem_of_copy(at(path), part), "") << end;
    }
}

TEST_F(CompactionTest, IsRepairedFromASnapshotOfTheMergedStore) {
    std::optional<Store> store(open());
    append(*store, 60);
    const std::vector<EventCopy> before = copies_of(*store);
    ASSERT_TRUE(store->snapshot("old"));
    ASSERT_TRUE(store->compact());
    ASSERT_TRUE(store->snapshot("new"));
    ASSERT_TRUE(std::move(*store).close());
    const std::string path =
        "/data/segments/" + store::segment_file_name(manifest().sealed.front().id);
    Bytes damaged = disk->contents(path).value();
    damaged[damaged.size() / 2] ^= std::byte{1};
    ASSERT_TRUE(disk->put(path, damaged));
    // The old one has other segments, and says so.
    const RepairReport none = repair(config, "old").value();
    EXPECT_TRUE(none.repaired.empty());
    ASSERT_EQ(none.damaged.size(), 1U);
    EXPECT_EQ(repair(config, "new").value().repaired.size(), 1U);
    EXPECT_EQ(problem_of_copy(config, before), "");
}

// ---- what a compaction that was cut short leaves

TEST_F(CompactionTest, FilesThatAreGoneAreRemovedByTheNextOpen) {
    std::optional<Store> store(open());
    append(*store, 60);
    const std::vector<EventCopy> before = copies_of(*store);
    disk->observe([&](const testing::Call& call) {
        if (call.kind == testing::CallKind::Remove && call.path.ends_with("000000000003.bpk"))
            disk->fail_next(testing::CallKind::Remove, testing::Fault::io());
    });
    EXPECT_TRUE(store->compact().value().cleanup_pending);
    disk->observe({});
    EXPECT_FALSE(manifest().gone.empty());
    const std::size_t files = segments().size();
    EXPECT_GT(files, 2U);
    append(*store, 10);  // rotates; the MANIFEST still says what is gone
    ASSERT_TRUE(std::move(*store).close());
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_GE(segments().size(), files);  // a reader removes nothing
    store.emplace(open());
    EXPECT_TRUE(manifest().gone.empty());
    EXPECT_EQ(segments().size(), store->stats().segments);
    EXPECT_FALSE(store->verify().value().damage);
}

// A file that is not listed, and of which the MANIFEST does not say that it is gone, is somebody's
// events.
TEST_F(CompactionTest, AFileThatIsOnlyUnlistedIsStillRefused) {
    std::optional<Store> store(open());
    append(*store, 60);
    const Bytes file = disk->contents("/data/segments/" + store::segment_file_name(1)).value();
    ASSERT_TRUE(store->compact());
    ASSERT_TRUE(std::move(*store).close());
    ASSERT_TRUE(disk->put("/data/segments/" + store::segment_file_name(1), file));
    EXPECT_EQ(code_of(Store::open(config)), ErrorCode::UnlistedSegment);
}

TEST_F(CompactionTest, WhileTheCopyOfTheManifestIsOlderNoFileGoes) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    // The copy of the second manifest, which swaps, cannot be written.
    int copies = 0;
    bool failing = false;
    disk->observe([&](const testing::Call& call) {
        if (call.kind != testing::CallKind::Rename || !call.path.ends_with("MANIFEST.copy.tmp"))
            return;
        if (++copies == 2) failing = true;
        if (failing) disk->fail_next(testing::CallKind::Rename, testing::Fault::io());
    });
    const auto report = store.compact();
    disk->observe({});
    disk->clear_faults();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_TRUE(report->cleanup_pending);
    // So the log is whole whichever of the two is read.
    ASSERT_NE(manifest(), manifest("MANIFEST.copy"));
    const auto killed = disk->after_process_kill();
    ASSERT_TRUE(killed->erase("/data/MANIFEST"));
    const Store survivor = Store::open(config.with_environment({killed, clock, entropy})).value();
    EXPECT_EQ(same_log(survivor, before), "");
    // The next call writes the copy, though it has nothing to merge, and then the files go.
    const CompactionReport later = store.compact().value();
    EXPECT_EQ(later.segments_made, 0U);
    EXPECT_FALSE(later.cleanup_pending);
    EXPECT_EQ(manifest(), manifest("MANIFEST.copy"));
    EXPECT_EQ(segments().size(), store.stats().segments);
}

}  // namespace
}  // namespace batpak
