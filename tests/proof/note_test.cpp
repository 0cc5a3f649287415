// Goal:   the names that keys may have.
// Method: good and bad ones.
#include "batpak/proof/note.hpp"

#include <gtest/gtest.h>

namespace batpak::proof {
namespace {

TEST(KeyName, HasNoSpaceNoPlusAndNoControls) {
    for (const char* good : {"a", "example.com/log", "\xC3\xA4"}) EXPECT_TRUE(is_key_name(good));
    for (const char* bad : {"", "a b", "a+b", "a\nb", "a\x7F",
                            "a\xC2\xA0"
                            "b",
                            "\xFF", "\xE3\x80\x80"})
        EXPECT_FALSE(is_key_name(bad)) << bad;
    EXPECT_TRUE(is_key_name(std::string(255, 'a')));
    EXPECT_FALSE(is_key_name(std::string(256, 'a')));
}

}  // namespace
}  // namespace batpak::proof
