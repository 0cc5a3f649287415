// Goal:   what can be refused by looking at a request alone is refused before it reaches the queue,
//         and what passes needs nothing of the caller but the answer.
// Method: requests through the store, each with one thing wrong, at the border of what is allowed.
#include "store/commit/preparation.hpp"

#include <gtest/gtest.h>

#include "batpak/event/detail/limits.hpp"
#include "batpak/store/store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using testing::code_of;

struct PreparationTest : testing::StoreFixture {
    ErrorCode code_with(const AppendOptions& options) const {
        auto store = open();
        const ErrorCode code = code_of(store.append_raw(alice, kind, payload, options));
        EXPECT_EQ(store.visible_end(), Sequence(code == ErrorCode{} ? 1 : 0));
        return code;
    }
};

TEST_F(PreparationTest, AKeyHasUpTo256Bytes) {
    const std::string longest(limits::kIdempotencyKeyBytesMax, 'k');
    EXPECT_TRUE(Preparation::check_key(""));
    EXPECT_TRUE(Preparation::check_key(longest));
    EXPECT_EQ(code_of(Preparation::check_key(longest + 'k')), ErrorCode::InvalidArgument);
    AppendOptions options;
    options.idempotency_key = longest + 'k';
    EXPECT_EQ(code_with(options), ErrorCode::InvalidArgument);
}

TEST_F(PreparationTest, TheLowFlagBitsAreBatpaks) {
    AppendOptions options;
    for (unsigned bit = 0; bit < 32; ++bit) {
        disk = std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
        config = config.with_environment({disk, clock, entropy});
        options.flags = 1U << bit;
        EXPECT_EQ(code_with(options), bit < 8 ? ErrorCode::InvalidArgument : ErrorCode{}) << bit;
    }
}

TEST_F(PreparationTest, APayloadIsAsLongAsTheConfigSays) {
    config = config.with_payload_bytes_max(100);
    auto store = open();
    EXPECT_TRUE(store.append_raw(alice, kind, Bytes(100)));
    EXPECT_EQ(code_of(store.append_raw(alice, kind, Bytes(101))), ErrorCode::PayloadTooLarge);
    EXPECT_EQ(store.visible_end(), Sequence(1));
}

TEST_F(PreparationTest, ReservedKindsAreBatpaksOwn) {
    auto store = open();
    for (const std::uint16_t number : std::initializer_list<std::uint16_t>{0, 1, 0x0FFF}) {
        EXPECT_EQ(code_of(store.append_raw(alice, EventKind::from_number(number), payload)),
                  ErrorCode::ReservedKind);
    }
    EXPECT_TRUE(store.append_raw(alice, EventKind::from_number(0x1000), payload));
}

TEST_F(PreparationTest, ABatchIsRefusedAsAWholeWithTheItemThatIsWrong) {
    auto store = open();
    BatchBuilder batch;
    batch.add(alice, kind, payload);
    batch.add(bob, EventKind::from_number(1), payload);
    const auto refused = store.append_batch(std::move(batch));
    EXPECT_EQ(code_of(refused), ErrorCode::ReservedKind);
    EXPECT_EQ(refused.error().item(), 1U);
    EXPECT_EQ(refused.error().stage(), BatchStage::Validation);
    EXPECT_EQ(store.visible_end(), Sequence(0));
}

TEST_F(PreparationTest, ABatchIsNoLargerThanTheConfigSays) {
    config = config.with_batch_items_max(2).with_batch_bytes_max(10);
    auto store = open();
    const auto append = [&](int items, std::size_t bytes) {
        const Bytes payload_bytes(bytes);
        BatchBuilder batch;
        for (int i = 0; i < items; ++i) batch.add(alice, kind, BytesView(payload_bytes));
        return code_of(store.append_batch(std::move(batch)));
    };
    EXPECT_EQ(append(2, 5), ErrorCode{});
    EXPECT_EQ(append(3, 1), ErrorCode::InvalidArgument);
    EXPECT_EQ(append(2, 6), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::store
