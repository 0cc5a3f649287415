#include "tool/text/payload_json.hpp"

#include <gtest/gtest.h>

#include "batpak/json.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {
namespace {

Bytes from_text(const std::string& json) {
    return payload_from_json(parse_json(json).value()).value();
}

TEST(ToolPayloadJson, MessagePackWithAJsonFormIsThatForm) {
    for (const char* const json :
         {"null", "true", "0", "-1", "18446744073709551615", "1.5", "\"ä\\n\"", "[]", "{}",
          "[1,[2,{\"a\":[]}]]", "{\"a\":{\"$bytes\":\"00ff\"},\"b\":[{\"$bytes\":\"\"}]}",
          "{\"$bytes\":1}", "{\"$bytes\":\"zz\"}", "{\"$bytes\":\"00\",\"x\":1}"}) {
        EXPECT_EQ(payload_json(from_text(json), false), json);
    }
}

TEST(ToolPayloadJson, EverythingElseIsBytes) {
    const auto shown = [](std::string_view hex) {
        Bytes bytes(hex.size() / 2);
        EXPECT_TRUE(from_hex(hex, bytes));
        return payload_json(bytes, false);
    };
    for (const char* const hex : {
             "",                          // no value
             "c1",                        // no MessagePack
             "c0c0",                      // two values
             "c40101",                    // binary alone
             "d40102",                    // an extension
             "92d4010201",                // an extension inside
             "cb7ff8000000000000",        // NaN
             "8101c0",                    // a key that is no string
             "82a16101a16102",            // one key twice
             "a1ff",                      // text that is no UTF-8
             "81a6246279746573a23030",    // a map that would read as bytes
             "9181a6246279746573a23030",  // the same, inside
         }) {
        const std::string expected = "{\"$bytes\":\"" + std::string(hex) + "\"}";
        EXPECT_EQ(shown(hex), expected);
        EXPECT_EQ(to_hex(from_text(expected)), hex);
    }
}

TEST(ToolPayloadJson, DepthIsBounded) {
    const std::string deepest = std::string(64, '[') + std::string(64, ']');
    EXPECT_EQ(payload_json(from_text(deepest), false), deepest);
    const Bytes deeper(100000, std::byte{0x91});
    EXPECT_TRUE(payload_json(deeper, false).starts_with("{\"$bytes\""));
}

TEST(ToolPayloadJson, AFormThatNoLineHoldsIsBytes) {
    // Each byte is six characters of JSON.
    const std::uint32_t count = 33U << 20;
    Bytes text = {std::byte{0xDB}};
    for (int shift = 24; shift >= 0; shift -= 8) text.push_back(std::byte(count >> shift & 0xFFU));
    text.resize(text.size() + count, std::byte{1});
    const std::string shown = payload_json(text, false);
    EXPECT_TRUE(shown.starts_with("{\"$bytes\":\"db"));
    EXPECT_EQ(shown.size(), 2 * text.size() + std::string_view("{\"$bytes\":\"\"}").size());
}

TEST(ToolPayloadJson, NamesAreTextOrBytes) {
    EXPECT_EQ(name_from_json("a"), "a");
    EXPECT_EQ(name_from_json(parse_json("{\"$bytes\":\"61ff\"}").value()), "a\xff");
    EXPECT_EQ(name_from_json(1), std::nullopt);
    EXPECT_EQ(name_from_json(parse_json("{\"$bytes\":\"6\"}").value()), std::nullopt);
    EXPECT_EQ(text_json("a\xff", false), "{\"$bytes\":\"61ff\"}");
}

}  // namespace
}  // namespace batpak::tool
