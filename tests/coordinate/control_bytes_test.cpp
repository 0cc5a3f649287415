// Goal:   a control character is seen wherever it stands, and nothing else is taken for one.
// Method: each byte, at each place of names of each length up to 20, between letters and between
//         bytes that are nearly control characters; the answer is that of the rule in words.
#include "coordinate/control_bytes.hpp"

#include <gtest/gtest.h>

#include <string>

namespace batpak {
namespace {

TEST(ControlBytes, AreSeenWhereverTheyStand) {
    for (const char filler : {'a', ' ', '\x80', '\xFF'}) {
        for (std::size_t length = 1; length <= 20; ++length) {
            for (std::size_t place = 0; place < length; ++place) {
                for (int byte = 0; byte < 256; ++byte) {
                    std::string name(length, filler);
                    name[place] = static_cast<char>(byte);
                    const bool is_control = byte < 0x20 || byte == 0x7F;
                    ASSERT_EQ(has_control_bytes(name), is_control) << byte << " at " << place;
                }
            }
        }
    }
    EXPECT_FALSE(has_control_bytes(""));
}

}  // namespace
}  // namespace batpak
