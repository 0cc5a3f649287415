#include "batpak/store/batch.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak {
namespace {

struct Placed {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    int order = 0;
};

struct Reserved {
    static constexpr auto kind = EventKind::custom(0x1, 2);
    int item = 0;
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
        const auto event = store_->at(Sequence(i), ReadCheck::Hash);
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
    options.condition = AppendCondition{Region::scope("shop").with_kind<Reserved>(), seen};
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

}  // namespace
}  // namespace batpak
