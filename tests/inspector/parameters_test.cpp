#include "inspector/answers/parameters.hpp"

#include <gtest/gtest.h>

namespace batpak::inspector {
namespace {

TEST(InspectorParameters, RefusesWhatARouteDoesNotKnow) {
    const Parameters none{Parameters::Pairs{}};
    EXPECT_TRUE(none.allow({}, false));
    const Parameters slip{{{"entitty", "x"}}};
    const auto refused = slip.allow({"limit"}, true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
    EXPECT_NE(refused.error().detail().find("entitty"), std::string::npos);
    const Parameters filter{{{"entity", "x"}}};
    EXPECT_TRUE(filter.allow({}, true));
    EXPECT_FALSE(filter.allow({}, false));
}

TEST(InspectorParameters, TakesTwiceOnlyWhatMayBeRepeated) {
    EXPECT_TRUE(
        (Parameters{{{"kind", "1"}, {"kind", "2"}, {"tag", "a"}, {"tag", "b"}}}.allow({}, true)));
    EXPECT_FALSE((Parameters{{{"scope", "a"}, {"scope", "b"}}}.allow({}, true)));
}

TEST(InspectorParameters, ReadsNumbersUpToTheirLimit) {
    const Parameters given{{{"limit", "7"}}};
    EXPECT_EQ(given.number_up_to("limit", 7, 1).value(), 7U);
    EXPECT_FALSE(given.number_up_to("limit", 6, 1));
    EXPECT_EQ(given.number_up_to("count", 6, 1).value(), 1U);
    for (const char* const text : {"", "-1", "0x7", "7.0", "18446744073709551616"}) {
        EXPECT_FALSE((Parameters{{{"limit", text}}}.number("limit"))) << text;
    }
}

TEST(InspectorParameters, TakesAFlagAsNoughtOrOne) {
    EXPECT_EQ((Parameters{{{"check_hash", "1"}}}.flag("check_hash").value()), true);
    EXPECT_EQ((Parameters{{{"check_hash", "0"}}}.flag("check_hash").value()), false);
    EXPECT_EQ((Parameters{Parameters::Pairs{}}.flag("check_hash").value()), false);
    for (const char* const text : {"", "2", "true", "yes", "01"}) {
        EXPECT_FALSE((Parameters{{{"check_hash", text}}}.flag("check_hash"))) << text;
    }
}

TEST(InspectorParameters, MakesTheFilterOfTheTool) {
    const Parameters given{{{"entity", "e"},
                            {"scope", "s"},
                            {"kind", "A"},
                            {"kind", "B"},
                            {"after", "4"},
                            {"where", "payload.x"}}};
    const tool::Filter filter = given.filter().value();
    EXPECT_EQ(filter.entity, "e");
    EXPECT_EQ(filter.scope, "s");
    EXPECT_EQ(filter.kinds, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(filter.after, 4U);
    EXPECT_EQ(filter.where, "payload.x");
    EXPECT_FALSE(filter.entity_prefix);
    EXPECT_FALSE((Parameters{{{"from", "x"}}}.filter()));
}

}  // namespace
}  // namespace batpak::inspector
