#include "batpak/fmt.hpp"

#include <gtest/gtest.h>

namespace batpak {
namespace {

TEST(Fmt, PrintsEveryValueAsItsToStringDoes) {
    const auto coordinate = Coordinate::create("a", "b").value();
    const Error error = Error(ErrorCode::Io, "disk").at("log").at_offset(7);
    EXPECT_EQ(fmt::format("{}", Sequence(42)), "42");
    EXPECT_EQ(fmt::format("{}", Version(7)), "7");
    EXPECT_EQ(fmt::format("{}", EventId{}), "00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(fmt::format("{}", LogId{}), to_string(LogId{}));
    EXPECT_EQ(fmt::format("{}", EventKind::custom(0xF, 1)), "0xF001");
    EXPECT_EQ(fmt::format("{}", Hash{}), std::string(64, '0'));
    EXPECT_EQ(fmt::format("{}", coordinate), "a@b");
    EXPECT_EQ(fmt::format("{}", ErrorCode::Io), "Io");
    EXPECT_EQ(fmt::format("{}", ErrorClass::Io), "Io");
    EXPECT_EQ(fmt::format("{}", error), "Io in log at offset 7: disk");
}

TEST(Fmt, TakesTheWidthOfStrings) { EXPECT_EQ(fmt::format("{:>4}|", Sequence(42)), "  42|"); }

}  // namespace
}  // namespace batpak
