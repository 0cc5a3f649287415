#include "batpak/event/detail/payload_layout.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace game {
struct PlayerMoved {
    static constexpr auto kind = batpak::EventKind::custom(1, 1);
    std::string who;
    double x = 0;
    std::optional<std::string> note;
};
struct Named {
    static constexpr auto kind = batpak::EventKind::custom(1, 2);
    static constexpr std::string_view event_name = "player.named";
    static constexpr std::uint16_t payload_version = 3;
    std::vector<std::int32_t> numbers;
};
}  // namespace game

namespace batpak {
namespace {

TEST(PayloadLayout, SaysNameKindVersionAndFields) {
    EXPECT_EQ(layout_of<game::PlayerMoved>(),
              "PlayerMoved 0x1001 v1 {who:string,x:float64,note:string?}");
    EXPECT_EQ(layout_of<game::Named>(), "player.named 0x1002 v3 {numbers:int32[]}");
}

TEST(PayloadLayout, TextsAreJoinedWithSomethingBetween) {
    EXPECT_EQ(detail::joined({}, ","), "");
    EXPECT_EQ(detail::joined({"a"}, ","), "a");
    EXPECT_EQ(detail::joined({"a", "", "b"}, ","), "a,,b");
}

}  // namespace
}  // namespace batpak
