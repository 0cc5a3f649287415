#include "batpak/json.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "event/random_value.hpp"
#include "support/hex.hpp"

namespace batpak {
namespace {

using nlohmann::json;
using testing::from_hex;
using Codec = PayloadCodec<json>;

Bytes encoded(const json& value) {
    Buffer buffer;
    EXPECT_TRUE(Codec::encode(value, buffer));
    return {buffer.view().begin(), buffer.view().end()};
}

std::string encode_error(const json& value) {
    Buffer buffer;
    buffer.push_back(std::byte{1});
    const auto done = Codec::encode(value, buffer);
    if (done) return "";
    EXPECT_EQ(done.error().code(), ErrorCode::EncodeFailed);
    EXPECT_EQ(buffer.size(), 1U) << "the buffer must be as it was";
    return done.error().detail();
}

std::string decode_error(BytesView bytes) {
    const auto value = Codec::decode(bytes);
    if (value) return "";
    EXPECT_EQ(value.error().code(), ErrorCode::DecodeFailed);
    EXPECT_TRUE(value.error().offset());
    return value.error().detail();
}

std::string parse_error(std::string_view text) {
    const auto value = parse_json(text);
    if (value) return "";
    EXPECT_EQ(value.error().code(), ErrorCode::DecodeFailed);
    return value.error().detail();
}

json nested(std::size_t levels) {
    json value;
    for (std::size_t i = 0; i < levels; ++i) value = json::array({std::move(value)});
    return value;
}

TEST(Json, IsWrittenInCanonicalMessagePack) {
    EXPECT_EQ(to_hex(encoded({{"b", 1}, {"a", {true, nullptr, -1, 1.5, "x"}}})),
              "82a16195c3c0ffcb3ff8000000000000a178a16201");
    EXPECT_EQ(to_hex(encoded(json::binary({1, 2}))), "c4020102");
    EXPECT_EQ(to_hex(encoded(json::binary({1, 2}, 5))), "d5050102");
    EXPECT_EQ(to_hex(encoded(5)), to_hex(encoded(5U)));
}

TEST(Json, KeepsNumbersExactly) {
    for (const json& value :
         {json(INT64_MIN), json(INT64_MAX), json(UINT64_MAX), json(0), json(-1)}) {
        EXPECT_EQ(Codec::decode(encoded(value)), value);
        EXPECT_TRUE(Codec::decode(encoded(value))->is_number_integer());
    }
    for (const double value : {1.5, 0.1, 1e300, -0.0, 5e-324}) {
        EXPECT_EQ(encoded(value).size(), 9U) << "never narrowed";
        EXPECT_EQ(Codec::decode(encoded(value))->get<double>(), value);
        EXPECT_TRUE(Codec::decode(encoded(value))->is_number_float());
    }
}

TEST(Json, CarriesBinaryAndExtensionsBothWays) {
    for (const json& value : {json::binary({}), json::binary({1, 2}), json::binary({1}, 0),
                              json::binary({1}, 255), json::binary({1, 2, 3}, 128)}) {
        EXPECT_EQ(Codec::decode(encoded(value)), value) << value;
    }
    EXPECT_EQ(value_from_json(json::binary({1}, 255))->as_extension()->type, -1);
    EXPECT_NE(encode_error(json::binary({1}, 256)), "");
}

TEST(Json, RefusesWhatMessagePackOrTextCouldNotGiveBack) {
    EXPECT_NE(encode_error(std::numeric_limits<double>::quiet_NaN()), "");
    EXPECT_NE(encode_error({{"a", std::numeric_limits<double>::infinity()}}), "");
    EXPECT_NE(encode_error("\xFF"), "");
    EXPECT_NE(encode_error({{"\xFF", 1}}), "");
    EXPECT_NE(encode_error(json(json::value_t::discarded)), "");
    EXPECT_EQ(decode_error(from_hex("cb 7ff8000000000000")), "JSON has no NaN and no infinity");
    EXPECT_EQ(decode_error(from_hex("ca ff800000")), "JSON has no NaN and no infinity");
    EXPECT_EQ(decode_error(from_hex("81 01 02")), "JSON has no keys but strings");
    EXPECT_EQ(decode_error(from_hex("82 a161 01 a161 02")), "a map has one key twice");
    EXPECT_EQ(decode_error(from_hex("a1 ff")), "a string is not UTF-8");
    EXPECT_EQ(decode_error(from_hex("81 a1ff 01")), "a string is not UTF-8");
    EXPECT_EQ(decode_error(from_hex("01 02")), "bytes follow the value");
    EXPECT_EQ(decode_error(from_hex("81 a161")), "the bytes end inside a value");
    EXPECT_EQ(decode_error(from_hex("c1")), "the byte 0xC1 begins no MessagePack value");
}

TEST(Json, IsReadAndWrittenAsDeepAsTheLimit) {
    EXPECT_EQ(Codec::decode(encoded(nested(64))), nested(64));
    EXPECT_NE(encode_error(nested(65)), "");
    EXPECT_NE(decode_error(Bytes(1'000'000, std::byte{0x91})), "");
    EXPECT_NE(decode_error(Bytes(1'000'000, std::byte{0x81})), "");
}

TEST(Json, IsParsedAsNlohmannDoes) {
    for (const char* text : {"null", "true", "-5", "18446744073709551615", "-9223372036854775808",
                             "1.5", "1e3", "\"\"", "\"\\u00e4\\ud83e\\udd87\"", "[]", "{}",
                             "[1,[2,[3]],{}]", " { \"a\" : [ 1 , { \"b\" : null } ] } ",
                             "{\"a\":{\"b\":[1,2]},\"c\":[[],{\"d\":1}],\"e\":2}"}) {
        const auto parsed = parse_json(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, json::parse(text)) << text;
    }
}

TEST(Json, RefusesTextWithoutThrowing) {
    for (const char* text : {"", "{", "[1", "[1,]", "nul", "\"", "\"\xFF\"", "1e999", "[1] 2",
                             "{1:2}", "\"\\ud800\"", "01", "NaN"}) {
        EXPECT_NE(parse_error(text), "") << text;
    }
    EXPECT_EQ(parse_error("{\"a\":1,\"a\":2}"), "no JSON: an object has one key twice");
    EXPECT_EQ(parse_error("18446744073709551616"), "no JSON: an integer does not fit 64 bits");
    EXPECT_EQ(parse_error("-9223372036854775809"), "no JSON: an integer does not fit 64 bits");
    EXPECT_EQ(parse_json("[1,").error().offset(), 4U);
}

// nlohmann's lexer ends at a NUL byte, as if the text did.
TEST(Json, NothingFollowsANulByteUnread) {
    using namespace std::literals;
    for (const std::string_view text :
         {"1\0"sv, "1\0 2"sv, "{\"a\":1}\0{\"b\":2}"sv, "\0"sv, "\0 1"sv, "[1\0]"sv, "\"a\0\""sv,
          "\0\0\0{}"sv, " {} \0\0"sv}) {
        const auto parsed = parse_json(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().offset(), text.find('\0') + 1) << text;
    }
    EXPECT_EQ(parse_error("1\0"sv), "no JSON: a NUL byte");
    // What was wrong before it comes first.
    EXPECT_EQ(parse_json("{x\0"sv).error().offset(), 2U);
}

TEST(Json, KeepsTheSignOfZero) {
    for (const char* text : {"-0", "-0.0", "-0e5", "-1e-999"}) {
        const auto value = parse_json(text);
        ASSERT_TRUE(value && value->is_number_float()) << text;
        EXPECT_EQ(to_hex(encoded(*value)), "cb8000000000000000") << text;
        EXPECT_EQ(value->dump(), "-0.0");
    }
    EXPECT_EQ(to_hex(encoded(parse_json("[-0,0,-1]").value())), "93cb800000000000000000ff");
}

TEST(Json, SaysHowFarItHadReadWhenItRefused) {
    const auto offset = [](std::string_view text) { return parse_json(text).error().offset(); };
    EXPECT_EQ(offset("{\"a\":1,\"a\":2}"), 10U);
    EXPECT_EQ(offset("{\"b\":{\"a\":1,\"a\":2}}"), 15U);
    EXPECT_EQ(offset(std::string(65, '[')), 65U);
    EXPECT_EQ(offset("[1,18446744073709551616]"), 24U);
    EXPECT_EQ(offset("{x"), 2U);
}

TEST(Json, SaysWhatIsWrongInFewWords) {
    EXPECT_EQ(parse_error("{x"),
              "no JSON: syntax error while parsing object key - invalid literal; expected string "
              "literal");
    EXPECT_EQ(parse_error("[1] 2"),
              "no JSON: syntax error while parsing value - unexpected number literal; expected end "
              "of input");
    EXPECT_EQ(parse_error("\"\\ud800\""),
              "no JSON: syntax error while parsing value - invalid string: surrogate "
              "U+D800..U+DBFF must be followed by U+DC00..U+DFFF");
    EXPECT_EQ(parse_error("[1e400]"), "no JSON: a number is too large for a float of 64 bits");
    EXPECT_EQ(parse_error("-1e400"), "no JSON: a number is too large for a float of 64 bits");
    EXPECT_EQ(parse_error(""),
              "no JSON: syntax error while parsing value - unexpected end of "
              "input; expected '[', '{', or a literal");
    // A token of any length and any bytes is not in the error.
    const std::string token = "\"; expected ': " + std::string(100'000, 'x') + "\xFF";
    const std::string problem = parse_error(token);
    EXPECT_EQ(problem,
              "no JSON: syntax error while parsing value - invalid string: ill-formed "
              "UTF-8 byte");
}

TEST(Json, RefusesTextThatIsNestedTooDeep) {
    const auto brackets = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_EQ(parse_error(brackets(64)), "");
    EXPECT_EQ(parse_error(brackets(65)), "no JSON: nested over 64 deep");
    EXPECT_EQ(parse_error(std::string(1'000'000, '[')), "no JSON: nested over 64 deep");
    std::string objects;
    for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
    EXPECT_EQ(parse_error(objects), "no JSON: nested over 64 deep");
}

RC_GTEST_PROP(JsonProperty, GoesThroughValueAndBytesUnchanged, ()) {
    const Value value = *testing::any_value(testing::Holding::OnlyJson);
    const auto as_json = json_from_value(value);
    RC_ASSERT(as_json);
    const auto back = value_from_json(*as_json);
    RC_ASSERT(back);
    RC_ASSERT(json_from_value(*back) == *as_json);
    RC_ASSERT(Codec::decode(encoded(*as_json)) == *as_json);
    const auto parsed = parse_json(as_json->dump());
    RC_ASSERT(parsed);
    RC_ASSERT(*parsed == *as_json);
}

}  // namespace
}  // namespace batpak
