// What is said about a field that cannot be read: the whole path to it, and what is wrong there.
// How values of each type are written and read: payload_codec_test.cpp and field_types_test.cpp.
#include "batpak/event/detail/field_codec.hpp"

#include <gtest/gtest.h>

#include "batpak/event/payload_codec.hpp"

namespace batpak::field_codec_test {
namespace {

struct Point {
    using required = batpak::all_fields;
    std::int8_t x = 0;
    double y = 0;
};
struct Line {
    using required = batpak::all_fields;
    std::vector<Point> points;
    std::map<std::string, Point> named;
    std::array<std::byte, 4> tag{};
};

std::string said_of(const Value& value) {
    Buffer bytes;
    EXPECT_TRUE(PayloadCodec<Value>::encode(value, bytes));
    const auto decoded = PayloadCodec<Line>::decode(bytes.view());
    EXPECT_FALSE(decoded);
    if (decoded) return "";
    EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed);
    return decoded.error().detail();
}

Value point(Value x) { return Value::Map{{"x", std::move(x)}, {"y", 1.0}}; }
Value line(Value points, Value named, Value tag) {
    return Value::Map{
        {"points", std::move(points)}, {"named", std::move(named)}, {"tag", std::move(tag)}};
}
const Bytes kTag(4);

TEST(FieldCodec, AProblemIsAtTheEndOfItsWholePath) {
    EXPECT_EQ(said_of(line(Value::Array{point(1), point("one")}, Value::Map{}, kTag)),
              "field 'points[1].x': expected an integer, found a string");
    EXPECT_EQ(said_of(line(Value::Array{}, Value::Map{{"start", point("one")}}, kTag)),
              "field 'named.start.x': expected an integer, found a string");
}

TEST(FieldCodec, AMissingFieldIsNamed) {
    EXPECT_EQ(said_of(line(Value::Array{Value::Map{{"x", 1}}}, Value::Map{}, kTag)),
              "field 'points[0].y': the field is missing");
}

TEST(FieldCodec, FixedBytesHaveExactlySoMany) {
    EXPECT_EQ(said_of(line(Value::Array{}, Value::Map{}, Bytes(5))),
              "field 'tag': expected 4 bytes, found 5");
}

TEST(FieldCodec, WhatIsNoPayloadAtAllHasNoPath) {
    EXPECT_EQ(said_of(Value("text")), "expected a map, found a string");
}

TEST(FieldCodec, ALongKeyIsShownInPart) {
    const std::string key(200, 'k');
    const std::string said =
        said_of(line(Value::Array{}, Value::Map{{Value(key), point("one")}}, kTag));
    EXPECT_NE(said.find("named." + std::string(64, 'k') + ".x"), std::string::npos) << said;
}

TEST(FieldProblem, TheFirstThingThatIsSaidCounts) {
    detail::FieldProblem problem;
    EXPECT_FALSE(problem.say("first"));
    EXPECT_FALSE(problem.say("second"));
    EXPECT_EQ(problem.text(), "first");
    EXPECT_FALSE(problem.in("inner"));
    EXPECT_FALSE(problem.in(std::size_t{3}));
    EXPECT_FALSE(problem.in("list"));
    EXPECT_EQ(problem.text(), "field 'list[3].inner': first");
}

}  // namespace
}  // namespace batpak::field_codec_test
