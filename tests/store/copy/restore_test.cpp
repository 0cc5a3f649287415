// A restored store has the events of the snapshot, and a name of its own (INV K1, K2).
#include "batpak/store/restore.hpp"

#include <gtest/gtest.h>

#include "batpak/delivery/cursor.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/read_only_store.hpp"
#include "store/copy/snapshot_record.hpp"
#include "support/store/store_fixture.hpp"
#include "support/store/whole_copy.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::copies_of;
using testing::EventCopy;
using testing::Moved;
using testing::problem_of_copy;
using Sequences = std::vector<std::uint64_t>;

class RestoreTest : public testing::StoreFixture {
protected:
    RestoreTest() { config = config.with_segment_bytes(4096); }

    StoreConfig at(const std::string& directory) const {
        return StoreConfig(directory)
            .with_environment(config.environment())
            .with_segment_bytes(4096);
    }
    void append(Store& store, int count) const {
        const std::string text(300, 'x');
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(store.append_raw(i % 2 == 0 ? alice : bob, kind, as_bytes(text)));
        }
    }
    // A snapshot of 40 events, at "backup", of a store that went on to 60.
    std::vector<EventCopy> make_backup() const {
        Store store = open();
        append(store, 40);
        std::vector<EventCopy> events = copies_of(store);
        EXPECT_TRUE(store.snapshot("backup"));
        append(store, 20);
        return events;
    }
    static Sequences drain(Cursor& cursor) {
        Sequences sequences;
        while (const auto event = cursor.poll().value())
            sequences.push_back(event->sequence().value);
        return sequences;
    }
};

TEST_F(RestoreTest, HasTheEventsOfTheSnapshotAndGoesOn) {
    const std::vector<EventCopy> events = make_backup();
    const LogId old_log = ReadOnlyStore::open(at("backup")).value().log_id();
    const RestoreReport report = restore(at("backup"), "again").value();
    EXPECT_EQ(report.end, Sequence(40));
    EXPECT_EQ(report.restored, old_log);
    EXPECT_NE(report.log_id, old_log);
    EXPECT_EQ(problem_of_copy(at("again"), events), "");
    Store store = Store::open(at("again")).value();
    EXPECT_EQ(store.log_id(), report.log_id);
    append(store, 30);
    EXPECT_EQ(store.version("player:alice").value(), Version(34));
    EXPECT_FALSE(store.verify().value().damage);
    std::move(store).close().value();
    store = Store::open(at("again")).value();
    EXPECT_EQ(store.visible_end(), Sequence(70));
    EXPECT_FALSE(store.verify().value().damage);
}

TEST_F(RestoreTest, KeepsRootsOfBefore) {
    Store store = open();
    append(store, 10);
    const Hash root = store.root(Sequence(10)).value();
    ASSERT_TRUE(store.snapshot("backup"));
    ASSERT_TRUE(restore(at("backup"), "again"));
    Store again = Store::open(at("again")).value();
    append(again, 5);
    EXPECT_EQ(again.root(Sequence(10)).value(), root);
}

// Each has an era of its own, also where no event was appended in one.
TEST_F(RestoreTest, OfARestoredStoreKnowsAllItsLogs) {
    const std::vector<EventCopy> events = make_backup();
    const LogId first = ReadOnlyStore::open(at("backup")).value().log_id();
    const LogId second = restore(at("backup"), "second").value().log_id;
    const LogId third = restore(at("second"), "third").value().log_id;
    Store store = Store::open(at("third")).value();
    append(store, 3);
    EXPECT_EQ(store.common_end(first), Sequence(40));
    EXPECT_EQ(store.common_end(second), Sequence(40));
    EXPECT_EQ(store.common_end(third), Sequence(43));
    EXPECT_EQ(store.common_end(LogId{}), std::nullopt);
    EXPECT_EQ(store.before(Sequence(7)).common_end(first), Sequence(7));
    EXPECT_FALSE(store.verify().value().damage);
}

TEST_F(RestoreTest, OfAnEmptyStoreIsEmpty) {
    ASSERT_TRUE(open().snapshot("backup"));
    ASSERT_TRUE(restore(at("backup"), "again"));
    Store store = Store::open(at("again")).value();
    append(store, 3);
    EXPECT_FALSE(store.verify().value().damage);
}

// Goal:   a store can be restored to each of its ends, and to no place inside a batch.
// Method: a log of single events and batches over several segments; each prefix is restored, and
//         compared with the first events. What is inside a batch is known from the events.
TEST_F(RestoreTest, ToEachOfItsEnds) {
    Store store = open();
    append(store, 5);
    for (int round = 0; round < 6; ++round) {
        BatchBuilder batch;
        for (int i = 0; i < 3; ++i) batch.add(bob, kind, Bytes(400, std::byte{'b'}));
        ASSERT_TRUE(store.append_batch(std::move(batch)));
        append(store, 2);
    }
    const std::vector<EventCopy> events = copies_of(store);
    std::uint64_t inside = 0;
    for (std::uint64_t end = 0; end <= events.size(); ++end) {
        const std::string path = "to" + std::to_string(end);
        const auto report = restore(config, path, {.end = Sequence(end)});
        if (end < events.size() && events[end].batch_index > 0) {
            ++inside;
            EXPECT_EQ(code_of(report), ErrorCode::InvalidArgument) << end;
            continue;
        }
        ASSERT_TRUE(report) << end << report.error().to_string();
        const std::vector<EventCopy> first(events.begin(),
                                           events.begin() + static_cast<std::ptrdiff_t>(end));
        EXPECT_EQ(problem_of_copy(at(path), first), "") << end;
        Store again = Store::open(at(path)).value();
        append(again, 1);
        EXPECT_FALSE(again.verify().value().damage) << end;
    }
    EXPECT_EQ(inside, 12U);
    EXPECT_EQ(code_of(restore(config, "too_far", {.end = Sequence(events.size() + 1)})),
              ErrorCode::InvalidArgument);
}

// ---- the same log

TEST_F(RestoreTest, IsTheSameLogWhereNothingIsLost) {
    Store store = open();
    append(store, 40);
    const KnownLog known{store.visible_end(), store.root(store.visible_end()).value()};
    ASSERT_TRUE(store.snapshot("backup"));
    const RestoreReport report = restore(at("backup"), "moved", {.same_log = known}).value();
    EXPECT_EQ(report.log_id, store.log_id());
    EXPECT_EQ(report.restored, store.log_id());
    Store moved = Store::open(at("moved")).value();
    append(moved, 3);
    EXPECT_FALSE(moved.verify().value().damage);
}

TEST_F(RestoreTest, IsNotTheSameLogWhereSomethingIsLostOrElse) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.snapshot("backup"));
    append(store, 1);
    const KnownLog later{store.visible_end(), store.root(store.visible_end()).value()};
    EXPECT_EQ(code_of(restore(at("backup"), "a", {.same_log = later})), ErrorCode::RolledBack);
    const KnownLog other{Sequence(40), later.root};
    EXPECT_EQ(code_of(restore(at("backup"), "a", {.same_log = other})), ErrorCode::CorruptHash);
    EXPECT_EQ(code_of(restore(at("backup"), "a", {.end = Sequence(3), .same_log = other})),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(ReadOnlyStore::open(at("a"))), ErrorCode::NotAStore);
}

// ---- positions that were kept outside

// Goal:   a position of the log that was restored is taken up where both logs are the same, and
//         refused where events that it delivered are not there any more (INV K2).
// Method: a position at each place of the old log of 60 events; the store restored at 40, and grown
//         past all of them; with the anchor and without, as older positions are. What the cursor
//         delivers must be all that comes after the position.
TEST_F(RestoreTest, TakesUpPositionsAsFarAsTheLogsAreTheSame) {
    make_backup();
    std::vector<CursorPosition> positions;
    {
        const ReadOnlyStore old = ReadOnlyStore::open(config).value();
        Cursor cursor = old.cursor_guaranteed(Region::all(), CursorId("kept")).value();
        positions.push_back(cursor.position());
        while (cursor.poll().value()) positions.push_back(cursor.position());
    }
    ASSERT_EQ(positions.size(), 61U);
    ASSERT_TRUE(restore(at("backup"), "again"));
    Store store = Store::open(at("again")).value();
    append(store, 40);
    for (CursorPosition position : positions) {
        for (const bool has_anchor : {true, false}) {
            if (!has_anchor) position.anchor.reset();
            CursorOptions options;
            options.start = CursorStart::from(position);
            auto cursor = store.cursor_guaranteed(Region::all(), CursorId("kept"), options);
            const std::uint64_t next = position.next.value;
            if (next > 40) {
                EXPECT_EQ(code_of(cursor), ErrorCode::RolledBack) << next;
                EXPECT_EQ(cursor.error().sequence(), Sequence(40));
                continue;
            }
            ASSERT_TRUE(cursor) << next << cursor.error().to_string();
            Sequences expected;
            for (std::uint64_t sequence = next; sequence < 80; ++sequence)
                expected.push_back(sequence);
            EXPECT_EQ(drain(*cursor), expected) << next;
            EXPECT_EQ(cursor->position().log_id, store.log_id());
            EXPECT_TRUE(store.verify_completeness(Region::all(), cursor->position()).value());
        }
    }
}

TEST_F(RestoreTest, JudgesWhatPositionsOfBothLogsSay) {
    make_backup();
    const ReadOnlyStore old = ReadOnlyStore::open(config).value();
    Cursor cursor = old.cursor_guaranteed(Region::all(), CursorId("kept")).value();
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(cursor.poll().value());
    const CursorPosition before = cursor.position();
    drain(cursor);
    const CursorPosition after = cursor.position();
    ASSERT_TRUE(restore(at("backup"), "again"));
    const ReadOnlyStore again = ReadOnlyStore::open(at("again")).value();
    EXPECT_TRUE(again.verify_completeness(Region::all(), before).value());
    EXPECT_EQ(code_of(again.verify_completeness(Region::all(), after)), ErrorCode::InvalidArgument);
}

// What a position in the log delivered is in the log: it goes on, and nothing comes twice.
TEST_F(RestoreTest, KeepsPositionsThatAreInTheLog) {
    {
        Store store = open();
        append(store, 10);
        Cursor cursor = store.cursor_guaranteed(Region::all(), CursorId("inside")).value();
        for (int i = 0; i < 4; ++i) ASSERT_TRUE(cursor.poll().value());
        ASSERT_TRUE(cursor.commit());
        ASSERT_TRUE(store.snapshot("backup"));
    }
    ASSERT_TRUE(restore(at("backup"), "again"));
    Store store = Store::open(at("again")).value();
    Cursor cursor = store.cursor_guaranteed(Region::all(), CursorId("inside")).value();
    EXPECT_EQ(drain(cursor), (Sequences{4, 5, 6, 7, 8, 9}));
}

// A key that was used before is known: a retry across the restore stores nothing.
TEST_F(RestoreTest, KnowsKeysOfBefore) {
    AppendOptions options;
    options.idempotency_key = "once";
    EventId first;
    {
        Store store = open();
        first = store.append(alice, Moved{1, 2}, options).value().event_id;
        ASSERT_TRUE(store.snapshot("backup"));
    }
    ASSERT_TRUE(restore(at("backup"), "again"));
    Store store = Store::open(at("again")).value();
    const AppendReceipt retry = store.append(alice, Moved{1, 2}, options).value();
    EXPECT_TRUE(retry.replayed);
    EXPECT_EQ(retry.event_id, first);
}

// ---- forks

// The number of bytes in segments of `directory` that have another name too.
std::uint64_t bytes_with_two_names(const StoreConfig& config) {
    const auto directory =
        config.environment().files->open_directory(config.directory() + "/segments", false).value();
    std::uint64_t bytes = 0;
    for (const DirectoryEntry& entry : directory->list().value()) {
        const auto file = directory->open_file(entry.name, OpenMode::ReadOnly).value();
        const FileStat stat = file->stat().value();
        if (stat.link_count > 1) bytes += stat.size_bytes;
    }
    return bytes;
}

// Of a store that is open: its end may not be known to be durable.
std::string problem_of(const StoreReads& store, const std::vector<EventCopy>& expected) {
    if (store.visible_end().value != expected.size()) return "it has other events";
    for (const auto& event : store.query(Region::all())) {
        if (!event) return event.error().to_string();
        if (!expected[event->sequence().value].is(*event)) return to_string(event->sequence());
    }
    const auto damage = store.verify().value().damage;
    return damage ? damage->to_string() : "";
}

// Goal:   a fork of a store that is written has its events, and after it the two have nothing in
//         common but bytes that nobody changes.
// Method: both are appended to, one is compacted and has an event erased; after each step each of
//         them has what it is to have, and verifies.
TEST_F(RestoreTest, OfALiveStoreSharesItsFilesAndNothingElse) {
    Store store = open();
    append(store, 41);
    const AppendReceipt early = store.append(alice, Moved{4711, 0}).value();
    append(store, 30);
    std::vector<EventCopy> of_the_fork = copies_of(store);
    const RestoreReport report = restore(config, "fork", {.share_files = true}).value();
    EXPECT_EQ(report.end, store.visible_end());
    EXPECT_EQ(report.restored, store.log_id());
    EXPECT_NE(report.log_id, store.log_id());
    EXPECT_EQ(bytes_with_two_names(at("fork")), report.bytes_shared);
    EXPECT_GT(report.bytes_shared, report.bytes / 2);
    EXPECT_LT(report.bytes_shared, report.bytes);  // what is appended to is nobody else's
    EXPECT_EQ(problem_of_copy(at("fork"), of_the_fork), "");

    append(store, 25);
    Store fork = Store::open(at("fork")).value();
    EXPECT_EQ(fork.visible_end(), report.end);
    append(fork, 17);
    of_the_fork = copies_of(fork);
    Tombstone tombstone("a request");
    tombstone.ids = {early.event_id};
    ASSERT_TRUE(store.compact(tombstone));
    ASSERT_TRUE(store.compact());
    const std::vector<EventCopy> of_the_store = copies_of(store);
    EXPECT_EQ(problem_of(fork, of_the_fork), "");
    EXPECT_TRUE(fork.get<Moved>(early.event_id));
    EXPECT_EQ(code_of(store.get<Moved>(early.event_id)), ErrorCode::PayloadErased);
    ASSERT_TRUE(fork.compact());
    of_the_fork = copies_of(fork);
    std::move(fork).close().value();
    EXPECT_EQ(problem_of_copy(at("fork"), of_the_fork), "");
    EXPECT_EQ(problem_of(store, of_the_store), "");
    EXPECT_EQ(bytes_with_two_names(at("fork")), 0U);
}

TEST_F(RestoreTest, ToAnEarlierEndSharesTheSegmentsBeforeIt) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> all = copies_of(store);
    for (std::uint64_t end = 0; end <= all.size(); end += 7) {
        const std::string directory = "fork" + std::to_string(end);
        const RestoreReport report =
            restore(config, directory, {.end = Sequence(end), .share_files = true}).value();
        EXPECT_EQ(bytes_with_two_names(at(directory)), report.bytes_shared) << end;
        EXPECT_EQ(
            problem_of_copy(at(directory), {all.begin(), all.begin() + static_cast<long>(end)}),
            "");
    }
    EXPECT_EQ(problem_of(store, all), "");
}

TEST_F(RestoreTest, CopiesWhereThereCanBeNoLinks) {
    Store store = open();
    append(store, 60);
    disk->fail_next(testing::CallKind::Link,
                    testing::Fault::error(ErrorCode::Unsupported, EXDEV).forever());
    const RestoreReport report = restore(config, "fork", {.share_files = true}).value();
    disk->clear_faults();
    EXPECT_EQ(report.bytes_shared, 0U);
    EXPECT_EQ(problem_of_copy(at("fork"), copies_of(store)), "");
}

TEST_F(RestoreTest, OfTheSameLogSharesNothing) {
    make_backup();
    const RestoreOptions options{.same_log = KnownLog{}, .share_files = true};
    EXPECT_EQ(code_of(restore(at("backup"), "again", options)), ErrorCode::InvalidArgument);
}

// ---- what is wrong with a snapshot

TEST_F(RestoreTest, RefusesASnapshotThatWasEdited) {
    make_backup();
    const auto refused = [&](const char* what) {
        for (const bool share_files : {false, true}) {
            const auto report = restore(at("backup"), "again", {.share_files = share_files});
            EXPECT_EQ(code_of(report), ErrorCode::CorruptSnapshot) << what;
            EXPECT_EQ(code_of(ReadOnlyStore::open(at("again"))), ErrorCode::NotAStore) << what;
        }
    };
    const std::string path = "/backup/SNAPSHOT";
    const Bytes text = disk->contents(path).value();
    ASSERT_TRUE(disk->flip_bit(path, 30, 0));
    refused("a bit");
    auto record = store::SnapshotRecord::parse(as_text(text)).value();
    record.segments[1].hash->bytes[0] ^= std::byte{1};
    ASSERT_TRUE(disk->put(path, as_bytes(record.to_text())));
    refused("a hash");
    record = store::SnapshotRecord::parse(as_text(text)).value();
    record.segments[1].salt[0] ^= std::byte{1};
    ASSERT_TRUE(disk->put(path, as_bytes(record.to_text())));
    refused("a salt");
    record = store::SnapshotRecord::parse(as_text(text)).value();
    record.segments.erase(record.segments.begin());
    ASSERT_TRUE(disk->put(path, as_bytes(record.to_text())));
    refused("a segment");
    record = store::SnapshotRecord::parse(as_text(text)).value();
    record.end = Sequence(39);
    ASSERT_TRUE(disk->put(path, as_bytes(record.to_text())));
    refused("the end");
    ASSERT_TRUE(disk->put(path, text));
    EXPECT_TRUE(restore(at("backup"), "again"));
}

TEST_F(RestoreTest, SharesTheFilesOfASnapshotThatHoldWhatItSays) {
    const std::vector<EventCopy> events = make_backup();
    const RestoreReport report = restore(at("backup"), "again", {.share_files = true}).value();
    EXPECT_GT(report.bytes_shared, 0U);
    EXPECT_EQ(problem_of_copy(at("again"), events), "");
    ASSERT_TRUE(disk->flip_bit("/backup/segments/000000000002.bpk", 1000, 3));
    EXPECT_EQ(code_of(restore(at("backup"), "third", {.share_files = true})),
              ErrorCode::CorruptFrame);
}

TEST_F(RestoreTest, RefusesDamageAndABadDestination) {
    make_backup();
    EXPECT_EQ(code_of(restore(at("backup"), "backup/inside")), ErrorCode::BadDestination);
    EXPECT_EQ(code_of(restore(at("backup"), "data")), ErrorCode::BadDestination);
    EXPECT_EQ(code_of(restore(at("nothing"), "again")), ErrorCode::NotAStore);
    ASSERT_TRUE(disk->flip_bit("/backup/segments/000000000002.bpk", 1000, 3));
    EXPECT_EQ(code_of(restore(at("backup"), "again")), ErrorCode::CorruptFrame);
    EXPECT_EQ(code_of(ReadOnlyStore::open(at("again"))), ErrorCode::NotAStore);
}

TEST_F(RestoreTest, ThatIsStoppedLeavesNothing) {
    make_backup();
    std::stop_source stop;
    RestoreOptions options{.stop = stop.get_token()};
    options.progress = [&](const CopyProgress&) { stop.request_stop(); };
    EXPECT_TRUE(restore(at("backup"), "again", options).value().stopped);
    EXPECT_TRUE(restore(at("backup"), "again"));
}

}  // namespace
}  // namespace batpak
