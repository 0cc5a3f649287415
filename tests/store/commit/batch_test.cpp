#include "batpak/store/batch.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::batch_test {
namespace {

struct Placed {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    int order = 0;
};

struct Reserved {
    static constexpr auto kind = EventKind::custom(0x1, 2);
    int item = 0;
};

struct Named {
    static constexpr auto kind = EventKind::custom(0x1, 3);
    std::string name;
};

class Batch : public ::testing::Test {
protected:
    StoreConfig config_ = StoreConfig("data").with_environment(testing::memory_environment());
    std::optional<Store> store_{Store::open(config_).value()};
    Coordinate order_ = Coordinate::create("order:1", "shop").value();
    Coordinate stock_ = Coordinate::create("stock:7", "shop").value();

    void reopen() {
        ASSERT_TRUE(std::move(*store_).close());
        store_.emplace(Store::open(config_).value());
    }

    std::uint64_t events() const { return store_->visible_end().value; }
};

TEST_F(Batch, StoresItemsOfSeveralStreamsWithCausesAmongThem) {
    BatchBuilder batch;
    const BatchItem placed = batch.add(order_, Placed{1});
    batch.add(stock_, Reserved{7}, {.caused_by = placed});
    batch.add(stock_, Reserved{8}, {.caused_by = placed});
    const auto receipts = store_->append_batch(std::move(batch));
    ASSERT_TRUE(receipts) << receipts.error().to_string();
    ASSERT_EQ(receipts->size(), 3U);
    for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ((*receipts)[i].sequence, Sequence(i));
    EXPECT_EQ((*receipts)[2].version, Version(1));
    reopen();
    for (std::uint64_t i = 1; i < 3; ++i) {
        const auto event = store_->find(Sequence(i), ReadCheck::Hash);
        ASSERT_TRUE(event) << event.error().to_string();
        EXPECT_EQ((*event)->header.causation_id, (*receipts)[0].event_id);
        EXPECT_EQ((*event)->batch_index, i);
        EXPECT_EQ((*event)->batch_count, 3U);
    }
    const auto report = store_->verify();
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->damage) << report->damage->to_string();
}

TEST_F(Batch, LeavesNothingBehindWhenOneItemFails) {
    ASSERT_TRUE(store_->append(order_, Placed{1}));
    BatchBuilder batch;
    batch.add(stock_, Reserved{7});
    batch.add(order_, Placed{2}, {.expect = ExpectedVersion::none()});
    const auto refused = store_->append_batch(std::move(batch));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::VersionConflict);
    EXPECT_EQ(refused.error().stage(), BatchStage::Validation);
    EXPECT_EQ(refused.error().item(), 1U);
    EXPECT_EQ(refused.error().detail(), "the stream's latest version is 0");
    EXPECT_EQ(refused.error().place(), "order:1");
    EXPECT_EQ(events(), 1U);
    EXPECT_EQ(store_->append(stock_, Reserved{9})->version, Version(0));
}

TEST_F(Batch, IsFoundAgainByItsKey) {
    const auto make = [&](int item) {
        BatchBuilder batch;
        batch.add(order_, Placed{1});
        batch.add(stock_, Reserved{item});
        return batch;
    };
    const BatchOptions options{.condition = {}, .idempotency_key = "commit 1", .durability = {}};
    const auto first = store_->append_batch(make(7), options);
    ASSERT_TRUE(first) << first.error().to_string();
    reopen();
    const auto again = store_->append_batch(make(7), options);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_TRUE((*again)[1].replayed);
    EXPECT_EQ((*again)[1].event_id, (*first)[1].event_id);
    EXPECT_EQ(events(), 2U);
    const auto other = store_->append_batch(make(8), options);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), ErrorCode::KeyConflict);
}

TEST_F(Batch, ConditionsForbidWhatWasAppendedSince) {
    const auto seen = store_->append(stock_, Reserved{1})->sequence;
    AppendOptions options;
    options.condition = AppendCondition{Region::scope("shop").with_kind<Reserved>(), seen.next()};
    ASSERT_TRUE(store_->append(order_, Placed{1}, options));
    const auto rival = store_->append(stock_, Reserved{2})->sequence;
    const auto refused = store_->append(order_, Placed{2}, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::ConditionConflict);
    EXPECT_EQ(refused.error().sequence(), rival);
}

TEST_F(Batch, AKeyedAppendIsAReplayBeforeItsConditionIsChecked) {
    AppendOptions options;
    options.expect = ExpectedVersion::none();
    options.idempotency_key = "first";
    const auto first = store_->append(order_, Placed{1}, options);
    ASSERT_TRUE(first);
    const auto again = store_->append(order_, Placed{1}, options);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_TRUE(again->replayed);
    EXPECT_EQ(again->event_id, first->event_id);
    EXPECT_EQ(again->durability, Durability::Durable);
    EXPECT_EQ(store_->append(order_, Placed{2}, options).error().code(), ErrorCode::KeyConflict);
    EXPECT_EQ(events(), 1U);
}

// ---- limits and stages

using BatchFailure = testing::StoreFixture;
using testing::CallKind;
using testing::code_of;
using testing::Fault;

BatchBuilder batch_of(const Coordinate& coordinate, std::size_t items, std::size_t bytes_each) {
    BatchBuilder batch;
    for (std::size_t i = 0; i < items; ++i)
        batch.add(coordinate, EventKind::custom(1, 7), Bytes(bytes_each));
    return batch;
}

TEST_F(BatchFailure, AnEmptyBatchDoesNothing) {
    Store store = open();
    const std::uint64_t calls = disk->calls();
    BatchOptions options;
    options.idempotency_key = "key";
    options.condition = AppendCondition{Region::all()};
    const auto receipts = store.append_batch(BatchBuilder(), options);
    ASSERT_TRUE(receipts);
    EXPECT_TRUE(receipts->empty());
    EXPECT_EQ(disk->calls(), calls);
    EXPECT_EQ(store.visible_end(), Sequence(0));
}

TEST_F(BatchFailure, TakesAsManyItemsAndBytesAsConfigured) {
    for (const std::uint32_t limit : {1U, 2U, 256U}) {
        SCOPED_TRACE(limit);
        config = StoreConfig("items " + std::to_string(limit))
                     .with_environment(config.environment())
                     .with_batch_items_max(limit)
                     .with_batch_bytes_max(3 * limit);
        Store store = open();
        EXPECT_TRUE(store.append_batch(batch_of(alice, limit - 1, 1)));
        EXPECT_TRUE(store.append_batch(batch_of(alice, limit, 3)));
        const std::uint64_t end = store.visible_end().value;
        EXPECT_EQ(end, 2 * limit - 1);
        for (const auto& [items, bytes] : {std::pair<std::size_t, std::size_t>{limit + 1, 1},
                                           std::pair<std::size_t, std::size_t>{limit, 4}}) {
            const auto refused = store.append_batch(batch_of(alice, items, bytes));
            ASSERT_EQ(code_of(refused), ErrorCode::InvalidArgument);
            EXPECT_EQ(refused.error().stage(), BatchStage::Validation);
            EXPECT_EQ(refused.error().item(), std::nullopt);
        }
        EXPECT_EQ(store.append_raw(alice, kind, payload)->sequence, Sequence(end));
    }
}

// Goal:   whatever is wrong with an item, the error says so, says which, and nothing is stored.
// Method: each mistake, in each place of a batch of three.
TEST_F(BatchFailure, NamesTheItemThatIsAtFault) {
    struct Mistake {
        ErrorCode code;
        BatchStage stage;
        std::function<void(BatchBuilder&, BatchItemOptions)> add;
    };
    config = config.with_payload_bytes_max(100);
    Store store = open();
    const auto with = [&](auto change) {
        return [this, change](BatchBuilder& batch, BatchItemOptions options) {
            change(options, static_cast<std::uint32_t>(batch.size()));
            batch.add(alice, Placed{1}, options);
        };
    };
    const std::vector<Mistake> mistakes = {
        {ErrorCode::ReservedKind, BatchStage::Validation,
         [&](BatchBuilder& batch, BatchItemOptions options) {
             batch.add(alice, EventKind::from_number(0), Bytes(1), options);
         }},
        {ErrorCode::PayloadTooLarge, BatchStage::Validation,
         [&](BatchBuilder& batch, BatchItemOptions options) {
             batch.add(alice, kind, Bytes(101), options);
         }},
        {ErrorCode::EncodeFailed, BatchStage::Encoding,
         [&](BatchBuilder& batch, BatchItemOptions options) {
             batch.add(alice, Named{"\xff"}, options);
         }},
        {ErrorCode::InvalidArgument, BatchStage::Validation,
         with([](BatchItemOptions& options, std::uint32_t) { options.flags = 1; })},
        {ErrorCode::InvalidArgument, BatchStage::Validation,
         with([](BatchItemOptions& options, std::uint32_t self) {
             options.caused_by = BatchItem{self};
         })},
        {ErrorCode::InvalidArgument, BatchStage::Validation,
         with([](BatchItemOptions& options, std::uint32_t self) {
             options.caused_by = BatchItem{self + 1};
         })},
        {ErrorCode::VersionConflict, BatchStage::Validation,
         with([](BatchItemOptions& options, std::uint32_t) {
             options.expect = ExpectedVersion::exactly(7);
         })},
    };
    for (std::size_t i = 0; i < mistakes.size(); ++i) {
        for (const auto& [place, count] : {std::pair{0U, 1U}, {0U, 3U}, {1U, 3U}, {2U, 3U}}) {
            SCOPED_TRACE(std::to_string(i) + " at " + std::to_string(place));
            BatchBuilder batch;
            for (std::uint32_t item = 0; item < count; ++item) {
                if (item == place) {
                    mistakes[i].add(batch, {});
                } else {
                    batch.add(alice, Placed{1});
                }
            }
            const auto refused = store.append_batch(std::move(batch));
            ASSERT_EQ(code_of(refused), mistakes[i].code);
            ASSERT_EQ(refused.error().stage(), mistakes[i].stage);
            ASSERT_EQ(refused.error().item(), place);
            ASSERT_FALSE(refused.error().detail().empty());
        }
    }
    EXPECT_EQ(store.append_raw(alice, kind, payload)->sequence, Sequence(0));
}

TEST_F(BatchFailure, KeysOfABatchAreOfAllItemsOrOfTheWhole) {
    Store store = open();
    const auto refused = [&](BatchOptions options, std::vector<std::string> keys) {
        BatchBuilder batch;
        for (std::string& key : keys) {
            BatchItemOptions item;
            item.idempotency_key = std::move(key);
            batch.add(alice, Placed{1}, item);
        }
        return store.append_batch(std::move(batch), options);
    };
    BatchOptions whole;
    whole.idempotency_key = "whole";
    EXPECT_EQ(code_of(refused({}, {"a", ""})), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(refused({}, {"", "b"})), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(refused({}, {"a", "b", "a"})), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused({}, {"a", "b", "a"}).error().item(), 2U);
    EXPECT_EQ(code_of(refused(whole, {"a", "b"})), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(refused(whole, {"a"})), ErrorCode::InvalidArgument);
    EXPECT_EQ(store.visible_end(), Sequence(0));
    EXPECT_TRUE(refused({}, {"a", "b"}));
    const auto some = refused({}, {"b", "c"});
    ASSERT_EQ(code_of(some), ErrorCode::KeyConflict);
    EXPECT_EQ(some.error().sequence(), Sequence(1));
    EXPECT_EQ(some.error().stage(), BatchStage::Validation);
}

TEST_F(BatchFailure, AFailedWriteLeavesNothingAndTakesNoNumber) {
    Store store = open();
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    for (const Fault& fault :
         {Fault::io(), Fault::disk_full(), Fault::short_write(100, Fault::io())}) {
        disk->fail_next(CallKind::Write, fault);
        const auto failed = store.append_batch(batch_of(bob, 3, 100));
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().stage(), BatchStage::Writing);
        EXPECT_EQ(failed.error().item(), std::nullopt);
    }
    const auto receipts = store.append_batch(batch_of(bob, 3, 100));
    ASSERT_TRUE(receipts) << receipts.error().to_string();
    EXPECT_EQ((*receipts)[0].sequence, Sequence(1));
    EXPECT_EQ((*receipts)[2].version, Version(2));
}

TEST_F(BatchFailure, AFailedSyncPoisonsAndTheNextBatchIsRefusedBeforeItIsWritten) {
    Store store = open();
    disk->fail_next(CallKind::Sync, Fault::io());
    const auto failed = store.append_batch(batch_of(alice, 3, 10));
    ASSERT_EQ(code_of(failed), ErrorCode::Poisoned);
    EXPECT_EQ(failed.error().stage(), BatchStage::Syncing);
    EXPECT_EQ(store.visible_end(), Sequence(0));
    const std::uint64_t writes = store.stats().writes;
    const auto refused = store.append_batch(batch_of(alice, 3, 10));
    ASSERT_EQ(code_of(refused), ErrorCode::Poisoned);
    EXPECT_EQ(refused.error().stage(), BatchStage::Validation);
    EXPECT_EQ(store.stats().writes, writes);
}

// Goal:   nobody is told of an event that never was.
// Method: in one group, an append of a new stream, and three that are refused because of it: by
//         version, by condition, by key. The group's write fails: all of them hear that. Then the
//         same group again, without a fault.
TEST_F(BatchFailure, WhatIsRefusedBecauseOfAFailedAppendFailsWithIt) {
    auto engine = store::Engine::open(config).value();
    const testing::GroupEvent first{.coordinate = alice, .payload = "1", .key = "key"};
    testing::GroupEvent late = first;
    late.key = "";
    late.expect = ExpectedVersion::none();
    testing::GroupEvent other = first;
    other.payload = "2";
    const AppendCondition nobody{Region::entity("player:alice")};
    const std::vector<testing::GroupItem> items = {
        {.events = {{.coordinate = bob, .expect = ExpectedVersion::exists()}},
         .whole_key = {},
         .condition = {}},
        {.events = {first}, .whole_key = {}, .condition = {}},
        {.events = {late}, .whole_key = {}, .condition = {}},
        {.events = {other}, .whole_key = {}, .condition = {}},
        {.events = {{.coordinate = bob}}, .whole_key = {}, .condition = nobody},
    };
    disk->fail_next(CallKind::Write, Fault::io());
    const auto failed = testing::OneGroup(engine).commit(items);
    EXPECT_EQ(code_of(failed[0]), ErrorCode::VersionConflict);
    for (std::size_t i = 1; i < items.size(); ++i) EXPECT_EQ(code_of(failed[i]), ErrorCode::Io);
    const auto answers = testing::OneGroup(engine).commit(items);
    EXPECT_EQ(code_of(answers[0]), ErrorCode::VersionConflict);
    EXPECT_TRUE(answers[1]);
    EXPECT_EQ(code_of(answers[2]), ErrorCode::VersionConflict);
    EXPECT_EQ(code_of(answers[3]), ErrorCode::KeyConflict);
    EXPECT_EQ(code_of(answers[4]), ErrorCode::ConditionConflict);
}

// ---- versions and causes

// Goal:   expected versions see the items before them in the batch.
// Method: every batch of three items out of two streams and five expectations, on streams of zero
//         to two events, beside counters.
TEST_F(Batch, ExpectedVersionsSeeTheItemsBefore) {
    const std::array expectations = {ExpectedVersion::any(), ExpectedVersion::none(),
                                     ExpectedVersion::exists(), ExpectedVersion::exactly(0),
                                     ExpectedVersion::exactly(1)};
    constexpr std::size_t kChoices = 10;
    for (std::size_t n = 0; n < 9 * kChoices * kChoices * kChoices && !HasFailure(); ++n) {
        SCOPED_TRACE(n);
        const std::array<std::uint64_t, 2> before = {n % 3, n / 3 % 3};
        std::array<std::uint64_t, 2> counts = before;
        std::vector<Coordinate> streams;
        for (std::size_t stream = 0; stream < 2; ++stream) {
            streams.push_back(
                testing::coordinate_of(std::to_string(n) + "/" + std::to_string(stream)));
            for (std::uint64_t i = 0; i < counts[stream]; ++i)
                ASSERT_TRUE(store_->append(streams[stream], Placed{}));
        }
        BatchBuilder batch;
        std::optional<std::uint32_t> at_fault;
        std::vector<std::uint64_t> versions;
        for (std::uint32_t item = 0, rest = static_cast<std::uint32_t>(n / 9); item < 3;
             ++item, rest /= kChoices) {
            const std::size_t stream = rest % 2;
            const ExpectedVersion expect = expectations[rest % kChoices / 2];
            batch.add(streams[stream], Placed{}, {.expect = expect});
            if (!at_fault && !expect.holds(counts[stream])) at_fault = item;
            versions.push_back(counts[stream]++);
        }
        const std::uint64_t end = events();
        const auto receipts = store_->append_batch(std::move(batch));
        ASSERT_EQ(receipts.has_value(), !at_fault);
        ASSERT_EQ(events(), end + (at_fault ? 0 : 3));
        if (at_fault) {
            ASSERT_EQ(receipts.error().code(), ErrorCode::VersionConflict);
            ASSERT_EQ(receipts.error().item(), *at_fault);
            for (std::size_t stream = 0; stream < 2; ++stream)
                ASSERT_EQ(store_->append(streams[stream], Placed{})->version.value, before[stream]);
            continue;
        }
        for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ((*receipts)[i].version.value, versions[i]);
    }
}

TEST_F(Batch, AnItemHasOneCause) {
    const EventId event = store_->append(order_, Placed{1})->event_id;
    BatchBuilder batch;
    const BatchItem first = batch.add(order_, Placed{1});
    batch.add(order_, Placed{2}, {.caused_by = first, .causation_id = event});
    const auto refused = store_->append_batch(std::move(batch));
    ASSERT_EQ(code_of(refused), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused.error().item(), 1U);
}

// A chain of causes, item by item, with hashes that hold.
TEST_F(Batch, EveryItemMayBeCausedByAnyEarlierOne) {
    constexpr std::uint32_t kItems = 6;
    std::vector<std::uint32_t> causes;
    BatchBuilder batch;
    for (std::uint32_t item = 0; item < kItems; ++item) {
        for (std::uint32_t cause = 0; cause < item; ++cause) {
            batch.add(stock_, Reserved{1}, {.caused_by = BatchItem{cause}});
            causes.push_back(cause);
        }
    }
    BatchBuilder with_roots;
    for (std::uint32_t item = 0; item < kItems; ++item) with_roots.add(order_, Placed{1});
    for (const std::uint32_t cause : causes)
        with_roots.add(stock_, Reserved{1}, {.caused_by = BatchItem{cause}});
    const auto receipts = store_->append_batch(std::move(with_roots));
    ASSERT_TRUE(receipts) << receipts.error().to_string();
    for (std::size_t i = 0; i < causes.size(); ++i) {
        const auto event = store_->find((*receipts)[kItems + i].event_id, ReadCheck::Hash);
        ASSERT_TRUE(event) << event.error().to_string();
        EXPECT_EQ((*event)->header.causation_id, (*receipts)[causes[i]].event_id);
        EXPECT_EQ((*event)->header.correlation_id, (*event)->event_id());  // a story of its own
        const auto ancestors = store_->walk_ancestors((*event)->event_id(), Ancestry::Cause, 9);
        EXPECT_EQ(ancestors->events.size(), 2U);
    }
}

// An answer to an event keeps its story and names it as the cause: appended, submitted, in a batch.
TEST_F(Batch, ReactionsKeepTheStoryAndNameTheCause) {
    AppendOptions of_story;
    of_story.correlation_id = EventId{{std::byte{7}}};
    ASSERT_TRUE(store_->append(order_, Placed{1}, of_story));
    const auto cause = store_->find(Sequence(0));
    const EventHeader& header = (*cause)->header;
    ASSERT_TRUE(store_->append(stock_, Reserved{1}, AppendOptions::reaction_to(header)));
    ASSERT_TRUE(store_->submit(stock_, Reserved{2}, AppendOptions::reaction_to(header))->wait());
    ASSERT_TRUE(store_->try_append(stock_, Reserved{3}, AppendOptions::reaction_to(header)));
    BatchBuilder batch;
    batch.add(stock_, Reserved{4}, BatchItemOptions::reaction_to(header));
    batch.add(stock_, Reserved{5}, BatchItemOptions::reaction_to(header));
    ASSERT_TRUE(store_->append_batch(std::move(batch)));
    std::uint64_t reactions = 0;
    for (const auto& event : store_->stream(stock_.entity())) {
        ASSERT_TRUE(event);
        EXPECT_EQ(event->header.causation_id, header.event_id);
        EXPECT_EQ(event->header.correlation_id, *of_story.correlation_id);
        ++reactions;
    }
    EXPECT_EQ(reactions, 5U);
    EXPECT_EQ(*store_->count(Region::all().with_correlation(*of_story.correlation_id)), 6U);
}

// ---- segments

// Goal:   a batch lies in one segment, wherever the segment is when it comes, and however large it
//         is (INV W5).
// Method: batches of every size from one to forty items, behind single events of growing size, in
//         segments of 4 KiB, of which a batch may need three. Then the frames alone must tell the
//         same: the index files are deleted, and a scan takes no batch that is not whole.
TEST_F(BatchFailure, LiesInOneSegment) {
    config = config.with_segment_bytes(4096);
    std::vector<std::uint32_t> counts;
    std::uint64_t rotations = 0;
    {
        Store store = open();
        for (std::size_t items = 1; items <= 40; ++items) {
            ASSERT_TRUE(store.append_raw(alice, kind, Bytes(items * 37)));
            counts.push_back(1);
            const std::uint64_t before = store.stats().segments;
            ASSERT_TRUE(store.append_batch(batch_of(bob, items, 200)));
            ASSERT_LE(store.stats().segments, before + 1);
            rotations += store.stats().segments - before;
            counts.insert(counts.end(), items, static_cast<std::uint32_t>(items));
        }
        EXPECT_GT(rotations, 20U);
    }
    for (const std::string& path : disk->file_paths())
        ASSERT_TRUE(!path.ends_with(".bpx") || disk->erase(path));
    const Store store = open();
    ASSERT_EQ(store.visible_end().value, counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i)
        ASSERT_EQ((*store.find(Sequence(i)))->batch_count, counts[i]);
    const auto report = store.verify();
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->damage) << report->damage->to_string();
}

}  // namespace
}  // namespace batpak::batch_test
