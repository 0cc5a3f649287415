// Goal:   a place lets exactly one event follow it, in its own stream of its own store (INV M1).
// Method: the options that it makes, and receipts of events at other places.
#include "batpak/machine/detail/stream_place.hpp"

#include <gtest/gtest.h>

#include "batpak/machine/detail/transition.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/file_helpers.hpp"

namespace batpak::detail {
namespace {

using testing::code_of;

struct StreamPlaceTest : ::testing::Test {
    StreamPlace place(std::uint64_t events) const { return {store.log_id(), "door:1", events}; }
    static AppendReceipt receipt_of(std::uint64_t version, bool replayed) {
        AppendReceipt receipt;
        receipt.version = Version(version);
        receipt.replayed = replayed;
        return receipt;
    }

    Store store = Store::open(testing::memory_config()).value();
    const Coordinate door = Coordinate::create("door:1", "house").value();
    const Coordinate other = Coordinate::create("door:2", "house").value();
};

TEST_F(StreamPlaceTest, ExpectsThatNothingHasComeAfterIt) {
    EXPECT_EQ(place(0).expected(), ExpectedVersion::none());
    EXPECT_EQ(place(1).expected(), ExpectedVersion::exactly(0));
    EXPECT_EQ(place(9).expected(), ExpectedVersion::exactly(8));
}

TEST_F(StreamPlaceTest, GivesItsExpectationToTheOptions) {
    AppendOptions options;
    options.idempotency_key = "key";
    const AppendOptions made = place(3).options_for(store, door, options).value();
    EXPECT_EQ(made.expect, ExpectedVersion::exactly(2));
    EXPECT_EQ(made.idempotency_key, "key");
}

TEST_F(StreamPlaceTest, IsOfOneEntityInOneStore) {
    EXPECT_EQ(code_of(place(3).options_for(store, other, {})), ErrorCode::InvalidArgument);
    const Store elsewhere = Store::open(testing::memory_config()).value();
    EXPECT_EQ(code_of(place(3).options_for(elsewhere, door, {})), ErrorCode::InvalidArgument);
}

TEST_F(StreamPlaceTest, TheCallerExpectsNothingItself) {
    AppendOptions options;
    options.expect = ExpectedVersion::exactly(2);
    EXPECT_EQ(code_of(place(3).options_for(store, door, options)), ErrorCode::InvalidArgument);
}

TEST_F(StreamPlaceTest, MovesOnByTheEventThatWasAppendedThere) {
    const StreamPlace next = place(3).after(receipt_of(3, false)).value();
    EXPECT_EQ(next.events(), 4U);
    EXPECT_EQ(next.entity(), "door:1");
    EXPECT_EQ(place(3).after(receipt_of(3, true))->events(), 4U);
}

TEST_F(StreamPlaceTest, AKeyThatWasUsedElsewhereIsAConflict) {
    EXPECT_EQ(code_of(place(3).after(receipt_of(1, true))), ErrorCode::VersionConflict);
}

TEST_F(StreamPlaceTest, ATransitionWithoutAMachineNamesItsVersion) {
    AppendOptions options;
    EXPECT_EQ(code_of(check_expects_version(options)), ErrorCode::InvalidArgument);
    options.expect = ExpectedVersion::exists();
    EXPECT_EQ(code_of(check_expects_version(options)), ErrorCode::InvalidArgument);
    options.expect = ExpectedVersion::none();
    EXPECT_TRUE(check_expects_version(options));
    options.expect = ExpectedVersion::exactly(4);
    EXPECT_TRUE(check_expects_version(options));
}

}  // namespace
}  // namespace batpak::detail
