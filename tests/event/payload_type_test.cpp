#include "batpak/event/detail/payload_type.hpp"

#include <gtest/gtest.h>

namespace app {
struct PlayerMoved {};
template <class T>
struct Wrapped {};
}  // namespace app

namespace batpak {
namespace {

TEST(PayloadType, IsTheSameForOneTypeOnly) {
    const PayloadType moved = PayloadType::of<app::PlayerMoved>();
    EXPECT_EQ(moved, PayloadType::of<app::PlayerMoved>());
    EXPECT_FALSE(moved == PayloadType::of<app::Wrapped<int>>());
    EXPECT_FALSE(PayloadType::of<app::Wrapped<long>>() == PayloadType::of<app::Wrapped<int>>());
    EXPECT_FALSE(moved == PayloadType());
    EXPECT_EQ(PayloadType(), PayloadType());
}

TEST(PayloadType, HasTheNameThatTheCompilerSpells) {
    EXPECT_EQ(PayloadType::of<app::PlayerMoved>().name(), "app::PlayerMoved");
    EXPECT_EQ(PayloadType::of<app::Wrapped<app::PlayerMoved>>().name(),
              "app::Wrapped<app::PlayerMoved>");
    EXPECT_EQ(PayloadType().name(), "");
}

// Two libraries of one program may have the text at two addresses.
TEST(PayloadType, TheTextCountsAndNotWhereItIs) {
    const PayloadType type = PayloadType::of<app::PlayerMoved>();
    const std::string copy = type.id();
    EXPECT_NE(static_cast<const void*>(copy.c_str()), static_cast<const void*>(type.id()));
    EXPECT_EQ(PayloadType::from_id(copy.c_str()), type);
    EXPECT_EQ(PayloadType::from_id(type.id()).name(), "app::PlayerMoved");
    EXPECT_EQ(PayloadType().id(), nullptr);
}

}  // namespace
}  // namespace batpak
