// Goal:   which version of a model serves is the last switch in the log, and of two switches that
//         know of the same moment one is stored (INV U4).
// Method: streams that were read before and after one another.
#include "readmodel/switched.hpp"

#include <gtest/gtest.h>

#include "support/store/store_fixture.hpp"

namespace batpak::readmodel {
namespace {

using testing::code_of;

struct SwitchedTest : testing::StoreFixture {
    SwitchStream stream(std::string_view name = "orders") const {
        return SwitchStream::read(store, name).value();
    }
    static ProjectionSwitched to(std::uint32_t version, std::uint32_t replaced) {
        return {
            .name = "orders", .version = version, .replaced = replaced, .model_next = Sequence(7)};
    }

    Store store = open();
};

TEST_F(SwitchedTest, BeforeTheFirstSwitchNoneServes) {
    EXPECT_FALSE(stream().head);
    EXPECT_FALSE(stream().serving);
    EXPECT_FALSE(serving_version(store, "orders").value());
}

TEST_F(SwitchedTest, TheLastSwitchServes) {
    const ServingVersion first = stream().append(store, to(1, 0)).value();
    EXPECT_EQ(first.version, 1U);
    EXPECT_EQ(first.switched_at, Sequence(0));
    ASSERT_TRUE(stream().append(store, to(2, 1)));
    const ServingVersion serving = serving_version(store, "orders").value().value();
    EXPECT_EQ(serving.version, 2U);
    EXPECT_EQ(serving.replaced, 1U);
    EXPECT_EQ(serving.model_next, Sequence(7));
    EXPECT_EQ(serving.switched_at, Sequence(1));
}

TEST_F(SwitchedTest, OfTwoSwitchesOfOneMomentOneIsStored) {
    const SwitchStream moment = stream();
    ASSERT_TRUE(moment.append(store, to(1, 0)));
    EXPECT_EQ(code_of(moment.append(store, to(2, 0))), ErrorCode::VersionConflict);
    const SwitchStream later = stream();
    ASSERT_TRUE(later.append(store, to(2, 1)));
    EXPECT_EQ(code_of(later.append(store, to(3, 1))), ErrorCode::VersionConflict);
    EXPECT_EQ(serving_version(store, "orders").value()->version, 2U);
}

TEST_F(SwitchedTest, ASwitchIsDurable) {
    ASSERT_TRUE(stream().append(store, to(1, 0)));
    EXPECT_EQ(store.durable_end(), Sequence(1));
}

TEST_F(SwitchedTest, EachModelHasItsOwnStream) {
    ASSERT_TRUE(stream().append(store, to(1, 0)));
    EXPECT_FALSE(stream("invoices").serving);
}

}  // namespace
}  // namespace batpak::readmodel
