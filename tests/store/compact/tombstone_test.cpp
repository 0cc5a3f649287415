// A tombstone takes payloads out of the log for good, and leaves everything else (INV K5).
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "batpak/event/system_kinds.hpp"
#include "batpak/event/value.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/repair.hpp"
#include "batpak/store/restore.hpp"
#include "store/erasure/prune_events.hpp"
#include "store/erasure/sequence_set.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"
#include "support/store/erased_log.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using store::Manifest;
using store::Prune;
using testing::code_of;
using testing::copies_of;
using testing::EventCopy;
using testing::file_with;
using testing::problem_of_erased;
using testing::secret;
using Indices = std::set<std::uint64_t>;

Tombstone tombstone_of(Region region) {
    Tombstone tombstone("request 4711");
    tombstone.region = std::move(region);
    return tombstone;
}

Tombstone tombstone_of(std::vector<EventId> ids) {
    Tombstone tombstone("request 4711");
    tombstone.ids = std::move(ids);
    return tombstone;
}

class TombstoneTest : public testing::StoreFixture {
protected:
    TombstoneTest() { config = config.with_segment_bytes(4096); }

    // Single events and batches of two entities; each payload is a secret of its own. Alice's are
    // every second one.
    void append(Store& store, int count) {
        for (int i = 0; i < count; ++i) {
            const std::uint64_t number = secrets_.size();
            AppendOptions options{.tags = {"tag:" + std::to_string(i % 3)}};
            options.idempotency_key = "key " + std::to_string(number);
            ASSERT_TRUE(options.metadata.set("note", "kept"));
            add(store.append_raw(number % 2 == 0 ? alice : bob, kind, new_secret(), options)
                    .value());
            if (i % 5 != 0) continue;
            BatchBuilder batch;
            for (std::uint64_t j = 0; j < 3; ++j)
                batch.add((number + 1 + j) % 2 == 0 ? alice : bob, kind, new_secret());
            for (const AppendReceipt& receipt : store.append_batch(std::move(batch)).value())
                add(receipt);
        }
    }
    Bytes new_secret() {
        secrets_.push_back(secret(secrets_.size(), 16 + secrets_.size() % 7 * 30));
        return secrets_.back();
    }
    void add(const AppendReceipt& receipt) {
        receipts_.push_back(receipt);
        if (receipt.sequence.value % 2 == 0) alices_.insert(receipt.sequence.value);
    }
    // A file that has one of the erased secrets.
    std::string found(const Indices& erased) const {
        for (const std::uint64_t at : erased) {
            std::string path = file_with(*disk, secrets_[at]);
            if (!path.empty()) return path;
        }
        return "";
    }
    void check_open_range() {
        Store store = open();
        append(store, 40);
        const std::size_t end = secrets_.size();
        EventRange range = store.query(Region::all());
        ASSERT_FALSE((*range.next())->erased);
        ASSERT_TRUE(store.compact(tombstone_of(Region::entity(alice.entity()))));
        std::size_t at = 1;
        for (; const Result<EventView>* event = range.next(); ++at) {
            ASSERT_TRUE(*event) << event->error().to_string();
            ASSERT_EQ((*event)->erased, alices_.contains(at)) << at;
        }
        EXPECT_EQ(at, end);
    }
    Manifest manifest(const std::string& name = "MANIFEST") const {
        const Bytes text = disk->contents("/data/" + name).value();
        return Manifest::parse(as_text(text)).value();
    }
    void put(const Manifest& manifest) const {
        for (const char* name : {"MANIFEST", "MANIFEST.copy"})
            disk->put("/data/" + std::string(name), as_bytes(manifest.to_text())).value();
    }
    StoreConfig at(const std::string& directory) const {
        return StoreConfig(directory).with_environment(config.environment());
    }

    std::vector<Bytes> secrets_;  // by sequence
    std::vector<AppendReceipt> receipts_;
    Indices alices_;
};

TEST_F(TombstoneTest, ErasesPayloadsAndNothingElse) {
    Store store = open();
    append(store, 60);
    const std::vector<EventCopy> before = copies_of(store);
    const Sequence end = store.visible_end();
    const Hash root = store.root(end).value();
    ASSERT_GT(store.stats().segments, 4U);
    ASSERT_NE(found(alices_), "");

    const CompactionReport report =
        store.compact(tombstone_of(Region::entity(alice.entity()))).value();
    EXPECT_EQ(report.events_erased, alices_.size());
    EXPECT_EQ(report.segments_rewritten, report.segments_before);
    EXPECT_EQ(report.segments_after, report.segments_before);
    EXPECT_LT(report.bytes_after, report.bytes_before);
    EXPECT_FALSE(report.erasure_pending);
    EXPECT_FALSE(report.cleanup_pending);

    EXPECT_EQ(problem_of_erased(store, before, alices_), "");
    EXPECT_EQ(found(alices_), "");
    EXPECT_EQ(store.root(end).value(), root);
    const VerifyReport verified = store.verify().value();
    EXPECT_FALSE(verified.damage) << verified.damage->to_string();
    EXPECT_EQ(verified.erased, alices_.size());
    EXPECT_TRUE(verified.hashes_checked);
    for (const AppendReceipt& receipt : receipts_) {
        const HeldEvent event = store.find(receipt.event_id, ReadCheck::Hash).value();
        EXPECT_EQ(event->hash, receipt.hash);
        EXPECT_EQ(event->position.hlc, receipt.hlc);
    }
}

TEST_F(TombstoneTest, IsReadByEveryLaterOpen) {
    std::optional<Store> store(open());
    append(*store, 40);
    const std::vector<EventCopy> before = copies_of(*store);
    ASSERT_TRUE(store->compact(tombstone_of(Region::entity(alice.entity()))));
    ASSERT_TRUE(std::move(*store).close());
    for (const std::string& path : disk->file_paths()) {
        if (path.starts_with("/data/index/")) {
            ASSERT_TRUE(disk->erase(path));
        }
    }
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_EQ(problem_of_erased(reader, before, alices_), "");
    EXPECT_EQ(reader.verify().value().erased, alices_.size());
    store.emplace(open());
    EXPECT_FALSE(store->open_report().erasure_pending);
    EXPECT_EQ(problem_of_erased(*store, before, alices_), "");
    ASSERT_TRUE(store->compact());  // as any other events
    EXPECT_EQ(problem_of_erased(*store, before, alices_), "");
    EXPECT_FALSE(store->verify().value().damage);
    EXPECT_EQ(found(alices_), "");
}

TEST_F(TombstoneTest, SaysSoForEveryTypeOfPayload) {
    Store store = open();
    const AppendReceipt moved = store.append(alice, testing::Moved{1, 2}).value();
    ASSERT_TRUE(store.compact(tombstone_of({moved.event_id})));
    const HeldEvent event = store.find(moved.sequence).value();
    EXPECT_TRUE(event->erased);
    EXPECT_EQ(code_of(event->as<testing::Moved>()), ErrorCode::PayloadErased);
    EXPECT_EQ(code_of(event->as<Bytes>()), ErrorCode::PayloadErased);
    EXPECT_EQ(code_of(event->as<Value>()), ErrorCode::PayloadErased);
    EXPECT_EQ(code_of(event->to_stored<testing::Moved>()), ErrorCode::PayloadErased);
    EXPECT_EQ(code_of(store.get<testing::Moved>(moved.event_id)), ErrorCode::PayloadErased);
    const StoredEvent<Bytes> rest = event->to_stored_or_erased().value();
    EXPECT_TRUE(rest.erased);
    EXPECT_EQ(rest.coordinate, alice);
    EXPECT_EQ(rest.event.hash, moved.hash);
}

TEST_F(TombstoneTest, IsToldInTheLog) {
    Store store = open();
    append(store, 20);
    const Sequence end = store.visible_end();
    ASSERT_TRUE(store.compact(tombstone_of(Region::entity(alice.entity()))));
    ASSERT_EQ(store.visible_end(), end.plus(2));
    const auto intended = store.get<store::PruneIntended>(end).value();
    EXPECT_EQ(intended.coordinate.entity(), store::kMaintenanceEntity);
    EXPECT_EQ(intended.payload().reason, "request 4711");
    EXPECT_EQ(intended.payload().events, alices_.size());
    EXPECT_FALSE(intended.payload().previous);
    const auto erased = store::SequenceSet::decode(intended.payload().sequences).value();
    EXPECT_EQ(erased.size(), alices_.size());
    for (const std::uint64_t sequence : alices_) EXPECT_TRUE(erased.contains(Sequence(sequence)));
    EXPECT_EQ(store.get<store::Pruned>(end.next()).value().payload().intent, end);
    EXPECT_EQ(manifest().prune, (Prune{.intent = end, .is_pending = false}));
    EXPECT_TRUE(manifest().to_text().starts_with("batpak manifest v3\n"));
    EXPECT_EQ(manifest(), manifest("MANIFEST.copy"));
    EXPECT_EQ(store.erased_payloads().end(), end.next());

    // The second one names the first.
    ASSERT_TRUE(store.compact(tombstone_of(Region::entity(bob.entity()))));
    const auto second = store.get<store::PruneIntended>(end.plus(2)).value();
    EXPECT_EQ(second.payload().previous, end);
    EXPECT_EQ(store.verify().value().erased, secrets_.size());
    EXPECT_FALSE(store.verify().value().damage);
}

TEST_F(TombstoneTest, FindsNothingToDo) {
    Store store = open();
    append(store, 20);
    const Bytes before = disk->contents("/data/MANIFEST").value();
    const Sequence end = store.visible_end();
    EXPECT_EQ(store.compact(tombstone_of(Region::entity("nobody"))).value().events_erased, 0U);
    EXPECT_EQ(code_of(store.compact(tombstone_of({EventId{}}))), ErrorCode::EventNotFound);
    Tombstone silent = tombstone_of(Region::all());
    silent.reason.clear();
    EXPECT_EQ(code_of(store.compact(silent)), ErrorCode::InvalidArgument);
    silent.reason = std::string(Tombstone::kReasonBytesMax + 1, 'x');
    EXPECT_EQ(code_of(store.compact(silent)), ErrorCode::InvalidArgument);
    silent.reason = "\xFF";
    EXPECT_EQ(code_of(store.compact(silent)), ErrorCode::InvalidArgument);
    EXPECT_EQ(store.visible_end(), end);
    EXPECT_EQ(disk->contents("/data/MANIFEST").value(), before);

    ASSERT_EQ(store.compact(tombstone_of(Region::all())).value().events_erased, secrets_.size());
    const Sequence erased_end = store.visible_end();
    EXPECT_EQ(store.compact(tombstone_of(Region::all())).value().events_erased, 0U);
    EXPECT_EQ(store.visible_end(), erased_end);  // batpak's own records are not erased
    const EventId own = store.find(end).value()->event_id();
    EXPECT_EQ(code_of(store.compact(tombstone_of({own}))), ErrorCode::InvalidArgument);
}

TEST_F(TombstoneTest, PlansWithoutAnyChange) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.sync());
    const Bytes before = disk->contents("/data/MANIFEST").value();
    const Tombstone tombstone = tombstone_of(Region::entity(alice.entity()));
    const CompactionReport plan = plan_compaction(config, tombstone).value();
    EXPECT_EQ(plan.events_erased, alices_.size());
    EXPECT_EQ(plan.segments_rewritten, plan.segments_before);
    EXPECT_EQ(disk->contents("/data/MANIFEST").value(), before);
    EXPECT_EQ(store.compact(tombstone).value().events_erased, plan.events_erased);
    EXPECT_EQ(plan_compaction(config, tombstone).value().events_erased, 0U);
}

TEST_F(TombstoneTest, OfAStoreWithoutHashes) {
    config = config.with_hash_chain(false);
    Store store = open();
    append(store, 30);
    const std::vector<EventCopy> before = copies_of(store);
    ASSERT_TRUE(store.compact(tombstone_of(Region::entity(alice.entity()))));
    EXPECT_EQ(problem_of_erased(store, before, alices_), "");
    EXPECT_EQ(found(alices_), "");
    const VerifyReport report = store.verify().value();
    EXPECT_FALSE(report.damage) << report.damage->to_string();
    EXPECT_EQ(report.erased, alices_.size());
}

TEST_F(TombstoneTest, KnowsARetryByWhatIsLeft) {
    Store store = open();
    AppendOptions options;
    options.idempotency_key = "key";
    const AppendReceipt first = store.append_raw(alice, kind, payload, options).value();
    ASSERT_TRUE(store.compact(tombstone_of({first.event_id})));
    const AppendReceipt again = store.append_raw(alice, kind, payload, options).value();
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.event_id, first.event_id);
    const Bytes longer(payload.size() + 1);
    EXPECT_EQ(code_of(store.append_raw(alice, kind, longer, options)), ErrorCode::KeyConflict);
    EXPECT_EQ(code_of(store.append_raw(bob, kind, payload, options)), ErrorCode::KeyConflict);
}

// What was pinned before answers as what is pinned after it.
TEST_F(TombstoneTest, IsSeenByRangesThatWereOpenBefore) { check_open_range(); }
TEST_F(TombstoneTest, IsSeenByMappedRangesThatWereOpenBefore) {
    config = config.with_mapped_reads(true);
    check_open_range();
}

TEST_F(TombstoneTest, IsSeenByReadersInOtherProcesses) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.sync());
    const std::vector<EventCopy> before = copies_of(store);
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    ReadOnlyStore idle = ReadOnlyStore::open(config).value();
    EventRange range = reader.query(Region::all());
    ASSERT_FALSE((*range.next())->erased);
    ASSERT_TRUE(store.compact(tombstone_of(Region::entity(alice.entity()))));
    ASSERT_TRUE(store.compact(tombstone_of(Region::entity(bob.entity()))));
    // Also one that has not refreshed finds no payload where its old file is gone.
    EXPECT_TRUE(idle.find(Sequence(0)).value()->erased);
    ASSERT_TRUE(reader.refresh());
    Indices all;
    for (std::uint64_t at = 0; at < before.size(); ++at) all.insert(at);
    EXPECT_EQ(problem_of_erased(reader, before, all), "");
    while (const Result<EventView>* event = range.next()) EXPECT_TRUE((*event)->erased);
    EXPECT_EQ(reader.erased_payloads().end(), store.erased_payloads().end());
}

TEST_F(TombstoneTest, GoesIntoSnapshotsAndWhatIsRestoredFromThem) {
    Store store = open();
    append(store, 40);
    const std::vector<EventCopy> before = copies_of(store);
    ASSERT_TRUE(store.snapshot("early"));
    ASSERT_TRUE(store.compact(tombstone_of(Region::entity(alice.entity()))));
    ASSERT_TRUE(store.snapshot("late"));
    ASSERT_TRUE(restore(at("late"), "copy"));
    for (const char* directory : {"late", "copy"}) {
        const ReadOnlyStore copy = ReadOnlyStore::open(at(directory)).value();
        EXPECT_EQ(problem_of_erased(copy, before, alices_), "") << directory;
        EXPECT_EQ(copy.verify().value().erased, alices_.size());
        EXPECT_FALSE(copy.verify().value().damage);
    }
    // A part that ends before the record would not say why its payloads are gone.
    RestoreOptions part;
    part.end = Sequence(10);
    EXPECT_EQ(code_of(restore(at("late"), "part", part)), ErrorCode::InvalidArgument);
    part.end = Sequence(before.size() + 1);
    EXPECT_TRUE(restore(at("late"), "part", part));
    EXPECT_FALSE(ReadOnlyStore::open(at("part")).value().verify().value().damage);
}

TEST_F(TombstoneTest, IsNotUndoneByARepair) {
    std::optional<Store> store(open());
    append(*store, 40);
    ASSERT_TRUE(store->snapshot("early"));
    ASSERT_TRUE(store->compact(tombstone_of(Region::entity(alice.entity()))));
    const std::vector<EventCopy> before = copies_of(*store);
    ASSERT_TRUE(std::move(*store).close());
    for (const store::SealedSegment& segment : manifest().sealed) {
        const std::string path = "/data/segments/" + store::segment_file_name(segment.id);
        Bytes content = disk->contents(path).value();
        content[200] ^= std::byte{1};
        ASSERT_TRUE(disk->put(path, content));
    }
    const RepairReport report = repair(config, "early").value();
    EXPECT_TRUE(report.repaired.empty());
    EXPECT_EQ(report.damaged.size(), manifest().sealed.size());
    for (const std::uint64_t at : alices_) {
        for (const std::string& path : disk->file_paths()) {
            if (!path.starts_with("/data/")) continue;
            const Bytes content = disk->contents(path).value();
            EXPECT_TRUE(std::ranges::search(content, secrets_[at]).empty()) << path;
        }
    }
}

TEST_F(TombstoneTest, RemovesWhatWasKeptUnderLost) {
    Store store = open();
    append(store, 20);
    ASSERT_TRUE(disk->put("/data/lost/1-4000.tail", secrets_[0]));
    // As a compaction leaves it that could neither end nor tidy up.
    ASSERT_TRUE(disk->put("/data/segments/000000000099.bpk.tmp", secrets_[0]));
    ASSERT_TRUE(store.compact(tombstone_of({receipts_[0].event_id})));
    EXPECT_EQ(found({0}), "");
}

// Without a record a payload that is missing is lost, and one that is there again is damage.
TEST_F(TombstoneTest, IsToldFromALoss) {
    std::optional<Store> store(open());
    append(*store, 40);
    ASSERT_TRUE(store->sync());
    std::map<std::string, Bytes> old_files;
    for (const std::string& path : disk->file_paths()) old_files[path] = *disk->contents(path);
    const Manifest old_manifest = manifest();
    ASSERT_TRUE(store->compact(tombstone_of(Region::entity(alice.entity()))));
    ASSERT_TRUE(std::move(*store).close());

    const Manifest whole = manifest();
    Manifest without = whole;
    without.prune.reset();
    put(without);
    auto damage = ReadOnlyStore::open(config).value().verify().value().damage;
    ASSERT_TRUE(damage);
    EXPECT_EQ(damage->code(), ErrorCode::CorruptFrame);
    EXPECT_EQ(damage->sequence(), Sequence(0));
    EXPECT_NE(damage->detail().find("lost"), std::string::npos);

    Manifest back = whole;
    back.sealed.front() = old_manifest.sealed.front();
    const std::string path =
        "/data/segments/" + store::segment_file_name(old_manifest.sealed.front().id);
    ASSERT_TRUE(disk->put(path, old_files.at(path)));
    put(back);
    // The segment that was made of it is none that the MANIFEST lists now.
    EXPECT_EQ(code_of(ReadOnlyStore::open(config)), ErrorCode::UnlistedSegment);
    ASSERT_TRUE(disk->erase("/data/segments/" + store::segment_file_name(whole.sealed.front().id)));
    damage = ReadOnlyStore::open(config).value().verify().value().damage;
    ASSERT_TRUE(damage);
    EXPECT_EQ(damage->code(), ErrorCode::CorruptFrame);
    EXPECT_NE(damage->detail().find("the log says that it was erased"), std::string::npos);
}

// Until the files of a snapshot that is being made may go, reads answer and the bytes stay.
TEST_F(TombstoneTest, WaitsForASnapshot) {
    Store store = open();
    append(store, 40);
    const std::vector<EventCopy> before = copies_of(store);
    std::optional<CompactionReport> report;
    SnapshotOptions options;
    options.progress = [&](const CopyProgress&) {
        if (report) return;
        report = store.compact(tombstone_of(Region::entity(alice.entity()))).value();
        EXPECT_EQ(problem_of_erased(store, before, alices_), "");
        EXPECT_EQ(code_of(store.compact(tombstone_of(Region::entity(bob.entity())))),
                  ErrorCode::CompactionRunning);
    };
    ASSERT_TRUE(store.snapshot("copy", options));
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->cleanup_pending);
    EXPECT_EQ(report->erasure_pending, Sequence(before.size()));
    EXPECT_EQ(manifest().prune, (Prune{Sequence(before.size()), true}));
    const CompactionReport finished = store.compact().value();
    EXPECT_FALSE(finished.erasure_pending);
    EXPECT_EQ(manifest().prune, (Prune{Sequence(before.size()), false}));
    EXPECT_FALSE(store.verify().value().damage);
    for (const std::uint64_t at : alices_) {
        const std::string path = file_with(*disk, secrets_[at]);
        EXPECT_TRUE(path.empty() || path.starts_with("/copy/")) << path;
    }
}

// Whoever stops it before it is told in the log has changed nothing; after that it is pending.
TEST_F(TombstoneTest, CanBeStopped) {
    std::optional<Store> store(open());
    append(*store, 40);
    const std::vector<EventCopy> before = copies_of(*store);
    Tombstone tombstone = tombstone_of(Region::entity(alice.entity()));
    std::stop_source early;
    early.request_stop();
    tombstone.stop = early.get_token();
    EXPECT_TRUE(store->compact(tombstone).value().stopped);
    EXPECT_EQ(problem_of_erased(*store, before, {}), "");
    std::stop_source late;
    tombstone.stop = late.get_token();
    tombstone.progress = [&](const CopyProgress&) { late.request_stop(); };
    const CompactionReport report = store->compact(tombstone).value();
    EXPECT_TRUE(report.stopped);
    EXPECT_EQ(report.erasure_pending, Sequence(before.size()));
    EXPECT_EQ(problem_of_erased(*store, before, alices_), "");
    ASSERT_TRUE(std::move(*store).close());
    EXPECT_NE(found(alices_), "");
    store.emplace(open());
    EXPECT_EQ(store->open_report().erasure_pending, Sequence(before.size()));
    EXPECT_EQ(problem_of_erased(*store, before, alices_), "");
    EXPECT_FALSE(store->verify().value().damage);
    EXPECT_GT(store->compact().value().events_erased, 0U);
    EXPECT_EQ(found(alices_), "");
    EXPECT_EQ(store->verify().value().erased, alices_.size());
}

TEST_F(TombstoneTest, RefusesWhatIsDamagedBeforeItChangesAnything) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.sync());
    const std::vector<EventCopy> before = copies_of(store);
    const Manifest was = manifest();
    // Behind the last event that goes: it is only met when the segment is proved.
    const std::string path = "/data/segments/" + store::segment_file_name(was.sealed.front().id);
    Bytes content = disk->contents(path).value();
    content.back() ^= std::byte{1};
    ASSERT_TRUE(disk->put(path, content));
    const auto report = store.compact(tombstone_of({receipts_[0].event_id}));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), ErrorCode::CorruptFrame);
    EXPECT_EQ(manifest(), was);
    EXPECT_EQ(store.visible_end(), Sequence(before.size()));
    EXPECT_FALSE(store.find(Sequence(0)).value()->erased);
}

}  // namespace
}  // namespace batpak
