#include "batpak/event/payload_codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/hex.hpp"

namespace batpak::payload_codec_test {
namespace {

using testing::from_hex;

struct Point {
    std::int32_t x = 0;
    std::int32_t y = 0;
    friend bool operator==(const Point&, const Point&) = default;
};
struct Moved {
    static constexpr auto kind = EventKind::custom(1, 1);
    static constexpr std::uint16_t payload_version = 3;
    std::string who;
    Point to;
    std::optional<std::string> note;
    friend bool operator==(const Moved&, const Moved&) = default;
};
struct Empty {
    static constexpr auto kind = EventKind::custom(1, 2);
    friend bool operator==(const Empty&, const Empty&) = default;
};
enum class Colour : std::uint8_t { Red, Green };
struct Everything {
    bool flag = true;
    Colour colour = Colour::Green;
    std::int8_t tiny = -128;
    std::uint64_t huge = UINT64_MAX;
    char letter = 'b';
    float real32 = 0.1F;
    double real64 = 0.1;
    std::string text = "t\xC3\xA4xt";
    Bytes bytes = {std::byte{0}, std::byte{255}};
    std::array<std::byte, 2> fixed = {std::byte{1}, std::byte{2}};
    EventId id{{std::byte{9}}};
    Hash hash{{std::byte{8}}};
    Sequence sequence{7};
    std::optional<int> some = 1;
    std::optional<int> none;
    std::vector<Point> points = {{1, 2}, {3, 4}};
    std::vector<bool> bits = {true, false, true};
    std::array<std::array<int, 2>, 2> matrix = {{{1, 2}, {3, 4}}};
    std::map<std::string, std::vector<int>> lists = {{"a", {1}}, {"b", {}}};
    std::chrono::milliseconds span{-1500};
    std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(1)};
    Value value = Value::Array{1, "two", nullptr};
    friend bool operator==(const Everything&, const Everything&) = default;
};
struct Strict {
    using required = batpak::all_fields;
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::optional<int> z;
};
struct Partly {
    std::string who;
    Strict at;
    Point to{5, 6};
    std::optional<std::string> note = "none";
    using required = batpak::fields<&Partly::who, &Partly::note>;
};
class RequiredPrivate {
    std::string player_;
    int x_ = 3;

public:
    using fields = batpak::fields<field<&RequiredPrivate::player_, "who">, &RequiredPrivate::x_>;
    using required = batpak::fields<&RequiredPrivate::player_>;
    RequiredPrivate() = default;
    int x() const { return x_; }
};
struct Lists {
    std::vector<Point> list;
    std::array<Point, 2> pair = {{{1, 2}, {3, 4}}};
    std::map<std::string, Point> map;
    std::optional<Point> maybe = Point{7, 8};
};
struct Node {
    std::vector<Node> children;
};
class Hidden {
    std::string player_;

public:
    using fields = batpak::fields<field<&Hidden::player_, "who">>;
    Hidden() = default;
    explicit Hidden(std::string player) : player_(std::move(player)) {}
    const std::string& player() const { return player_; }
};

template <class P>
Bytes encoded(const P& payload) {
    Buffer buffer;
    EXPECT_TRUE(PayloadCodec<P>::encode(payload, buffer));
    return {buffer.view().begin(), buffer.view().end()};
}

template <class P>
std::string decode_error(BytesView bytes) {
    const auto decoded = PayloadCodec<P>::decode(bytes);
    if (decoded) return "";
    EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed);
    EXPECT_TRUE(decoded.error().offset());
    return decoded.error().detail();
}

template <class P>
std::string encode_error(const P& payload) {
    Buffer buffer;
    buffer.push_back(std::byte{1});
    const auto encoded = PayloadCodec<P>::encode(payload, buffer);
    if (encoded) return "";
    EXPECT_EQ(buffer.size(), 1U) << "the buffer must be as it was";
    EXPECT_EQ(encoded.error().code(), ErrorCode::EncodeFailed);
    return encoded.error().detail();
}

TEST(PayloadCodec, WritesAMapOfFieldNames) {
    EXPECT_EQ(to_hex(encoded(Point{1, -1})), "82a17801a179ff");
    EXPECT_EQ(to_hex(encoded(Moved{"al", {1, 2}, {}})),
              "83a377686fa2616ca2746f82a17801a17902a46e6f7465c0");
    EXPECT_EQ(to_hex(encoded(Empty{})), "80");
    EXPECT_EQ(to_hex(encoded(Hidden("al"))), "81a377686fa2616c");
}

TEST(PayloadCodec, GivesBackEveryKindOfField) {
    const Everything before;
    Everything after{.flag = false, .none = 3, .points = {{9, 9}}};
    const Bytes bytes = encoded(before);
    const auto decoded = PayloadCodec<Everything>::decode(bytes);
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(*decoded, before);
    EXPECT_NE(*decoded, after);
    EXPECT_EQ(PayloadCodec<Hidden>::decode(encoded(Hidden("al")))->player(), "al");
    EXPECT_EQ(PayloadCodec<Empty>::decode(encoded(Empty{})), Empty{});
}

TEST(PayloadCodec, RefusesEveryTruncationOfEveryKindOfField) {
    const Bytes bytes = encoded(Everything{});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_NE(decode_error<Everything>(BytesView(bytes).first(size)), "") << size;
    }
}

TEST(PayloadCodec, SurvivesEveryMutationOfOneByte) {
    Bytes bytes = encoded(Everything{});
    for (std::byte& byte : bytes) {
        const std::byte before = byte;
        for (unsigned value = 0; value < 256; ++value) {
            byte = static_cast<std::byte>(value);
            const auto decoded = PayloadCodec<Everything>::decode(bytes);
            if (!decoded) {
                EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed);
            }
        }
        byte = before;
    }
}

TEST(PayloadCodec, PassesOverUnknownFieldsInAnyOrder) {
    Value map;
    map.set("new", Value::Array{1, 2});
    map.set("y", 2);
    map.set("newer", nullptr);
    map.set("x", 1);
    map.as_map()->push_back({5, "a key that is no string"});
    EXPECT_EQ(PayloadCodec<Point>::decode(encoded(map)), (Point{1, 2}));
}

TEST(PayloadCodec, KeepsTheDefaultOfAFieldThatIsMissing) {
    struct Grown {
        std::string who = "nobody";
        int lives = 3;
        double speed;  // without a default: zero
        std::vector<int> path = {1};
        std::map<std::string, int> bag = {{"sword", 1}};
        Value extra = "x";
    };
    const auto grown = PayloadCodec<Grown>::decode(from_hex("81 a377686f a2616c"));
    ASSERT_TRUE(grown) << grown.error().to_string();
    EXPECT_EQ(grown->who, "al");
    EXPECT_EQ(grown->lives, 3);
    EXPECT_EQ(grown->speed, 0.0);
    EXPECT_EQ(grown->path, std::vector<int>{1});
    EXPECT_EQ(grown->bag.at("sword"), 1);
    EXPECT_EQ(grown->extra, Value("x"));
    EXPECT_EQ(PayloadCodec<Grown>::decode(from_hex("80"))->who, "nobody");
    EXPECT_EQ(PayloadCodec<Moved>::decode(from_hex("81 a2746f 81 a17801")),
              (Moved{"", {1, 0}, {}}));
}

TEST(PayloadCodec, TakesWhatTheWholePayloadHasByDefaultAlsoForTheFieldsOfAField) {
    const auto partly =
        PayloadCodec<Partly>::decode(from_hex("83 a377686f a2616c a46e6f7465 c0 a2746f 81 a17801"));
    ASSERT_TRUE(partly) << partly.error().to_string();
    EXPECT_EQ(partly->to, (Point{1, 6}));
    EXPECT_EQ(partly->note, std::nullopt);
    // What a list, a map or an optional holds was not there by default.
    const auto lists = PayloadCodec<Lists>::decode(
        from_hex("84 a46c697374 91 81 a17801 a470616972 92 80 81 a17909 a36d6170 81 a16b 81 a17903"
                 "a56d61796265 81 a17801"));
    ASSERT_TRUE(lists) << lists.error().to_string();
    EXPECT_EQ(lists->list, (std::vector<Point>{{1, 0}}));
    EXPECT_EQ(lists->pair, (std::array<Point, 2>{{{1, 2}, {3, 9}}}));
    EXPECT_EQ(lists->map.at("k"), (Point{0, 3}));
    EXPECT_EQ(lists->maybe, (Point{1, 0}));
}

TEST(PayloadCodec, RefusesAPayloadThatLacksARequiredField) {
    EXPECT_EQ(decode_error<Strict>(from_hex("81 a178 01")), "field 'y': the field is missing");
    EXPECT_EQ(decode_error<Strict>(from_hex("80")), "field 'x': the field is missing");
    EXPECT_TRUE(PayloadCodec<Strict>::decode(from_hex("82 a178 01 a179 01")));
    EXPECT_EQ(decode_error<Partly>(from_hex("81 a377686f a2616c")),
              "field 'note': the field is missing");
    EXPECT_EQ(decode_error<Partly>(from_hex("81 a46e6f7465 c0")),
              "field 'who': the field is missing");
    EXPECT_EQ(decode_error<Partly>(from_hex("83 a377686f a2616c a46e6f7465 c0 a26174 80")),
              "field 'at.x': the field is missing");
    EXPECT_EQ(decode_error<RequiredPrivate>(from_hex("81 a2785f 01")),
              "field 'who': the field is missing");
    EXPECT_EQ(PayloadCodec<RequiredPrivate>::decode(from_hex("81 a377686f a2616c"))->x(), 3);
}

TEST(PayloadCodec, NamesTheFieldThatDoesNotFit) {
    EXPECT_EQ(decode_error<Point>(from_hex("82 a178 a131 a179 02")),
              "field 'x': expected an integer, found a string");
    EXPECT_EQ(decode_error<Point>(from_hex("82 a178 ce80000000 a179 02")),
              "field 'x': the number does not fit the type asked for");
    EXPECT_EQ(decode_error<Point>(from_hex("83 a178 01 a179 02 a178 01")),
              "field 'x': the field stands twice");
    EXPECT_EQ(decode_error<Point>(from_hex("93 01 02 03")), "expected a map, found an array");
    EXPECT_EQ(decode_error<Point>(from_hex("82 a178 01 a179 02 c0")), "bytes follow the value");
    EXPECT_EQ(decode_error<Point>(from_hex("82 a178 01 a179")),
              "field 'y': the bytes end inside a value");
    EXPECT_EQ(decode_error<Point>({}), "the bytes end inside a value");
    EXPECT_EQ(decode_error<Point>(from_hex("82 a178 c1 a179 02")),
              "field 'x': the byte 0xC1 begins no MessagePack value");
}

// Goal:   each way in which one field of any type can be wrong names the whole path to it.
// Method: one member of a good value is replaced at a time.
TEST(PayloadCodec, NamesThePathThroughListsAndMaps) {
    const auto with = [](std::string_view field, Value value) {
        Value whole = Value::decode(encoded(Everything{})).value();
        whole.set(field, std::move(value));
        return decode_error<Everything>(encoded(whole));
    };
    Value point;
    point.set("x", 1);
    point.set("y", true);
    EXPECT_EQ(with("points", Value::Array{point}),
              "field 'points[0].y': expected an integer, found a boolean");
    EXPECT_EQ(with("matrix", Value::Array{Value::Array{1, 2}, Value::Array{3}}),
              "field 'matrix[1]': expected 2 elements, found 1");
    Value lists;
    lists.set("k", Value::Array{1, "x"});
    EXPECT_EQ(with("lists", lists), "field 'lists.k[1]': expected an integer, found a string");
    lists.as_map()->push_back({"l", Value::Array{}});
    lists.as_map()->front() = {"l", Value::Array{}};
    EXPECT_EQ(decode_error<Everything>(from_hex("81 a56c69737473 82 a16c 90 a16c 90")),
              "field 'lists.l': the key stands twice");
    EXPECT_EQ(with("fixed", Bytes(3)), "field 'fixed': expected 2 bytes, found 3");
    EXPECT_EQ(with("id", Bytes(15)), "field 'id': expected 16 bytes, found 15");
    EXPECT_EQ(with("hash", "text"), "field 'hash': expected binary data, found a string");
    EXPECT_EQ(with("some", "text"), "field 'some': expected an integer, found a string");
    EXPECT_EQ(with("flag", 1), "field 'flag': expected a boolean, found an integer");
    EXPECT_EQ(with("colour", 256), "field 'colour': the number does not fit the type asked for");
    EXPECT_EQ(with("tiny", 128), "field 'tiny': the number does not fit the type asked for");
    EXPECT_EQ(with("sequence", -1), "field 'sequence': the number does not fit the type asked for");
    EXPECT_EQ(with("real32", 0.1), "field 'real32': the number does not fit a float exactly");
    EXPECT_EQ(with("real32", 1e300), "field 'real32': the number does not fit a float exactly");
    EXPECT_EQ(with("real64", "1"),
              "field 'real64': expected a floating-point number, found a string");
    EXPECT_EQ(with("span", 1), "field 'span': the time does not fit its type");
}

TEST(PayloadCodec, TakesNumbersAsOtherWritersSendThem) {
    struct Reals {
        double big = 0;
        float small = 0;
    };
    const auto reals =
        PayloadCodec<Reals>::decode(from_hex("82 a3626967 01 a5736d616c6c cb "
                                             "3ff8000000000000"));
    ASSERT_TRUE(reals) << reals.error().to_string();
    EXPECT_EQ(reals->big, 1.0);
    EXPECT_EQ(reals->small, 1.5F);
    for (const float value :
         {std::numeric_limits<float>::infinity(), -0.0F, std::numeric_limits<float>::denorm_min(),
          std::numeric_limits<float>::max()}) {
        EXPECT_EQ(PayloadCodec<Reals>::decode(encoded(Reals{1, value}))->small, value);
    }
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(PayloadCodec<Reals>::decode(encoded(Reals{1, nan}))->small));
}

TEST(PayloadCodec, RefusesToWriteTextThatIsNotUtf8) {
    EXPECT_EQ(encode_error(Moved{"a\xFF", {}, {}}),
              "field 'who': the string is not UTF-8: use batpak::Bytes");
    struct Map {
        std::map<std::string, int> map;
    };
    EXPECT_EQ(encode_error(Map{{{"\xC0", 1}}}).substr(0, 12), "field 'map.\xC0");
}

TEST(PayloadCodec, ReadsBackAsDeepAsItWritesAndNoDeeper) {
    const auto nested = [](std::size_t structs) {
        Node node;
        for (std::size_t i = 1; i < structs; ++i) {
            Node outer;
            outer.children.push_back(std::move(node));
            node = std::move(outer);
        }
        return node;
    };
    EXPECT_TRUE(PayloadCodec<Node>::decode(encoded(nested(32))));  // a map and an array each
    EXPECT_NE(encode_error(nested(33)).find("nested over 64 deep"), std::string::npos);

    Value value;
    for (int i = 0; i < 62; ++i) value = Value::Array{std::move(value)};
    struct Holder {
        std::vector<Value> values;
    };
    Holder holder{{value}};
    EXPECT_TRUE(PayloadCodec<Holder>::decode(encoded(holder)));
    holder.values[0] = Value::Array{std::move(value)};
    EXPECT_NE(encode_error(holder).find("nested deeper"), std::string::npos);
}

TEST(PayloadCodec, RefusesAMillionNestedStructs) {
    Bytes bytes;
    const Bytes level = from_hex("81 a8 6368696c6472656e 91");
    for (int i = 0; i < 1'000'000; ++i) bytes.insert(bytes.end(), level.begin(), level.end());
    EXPECT_NE(decode_error<Node>(bytes), "");
}

TEST(PayloadCodec, TurnsTimesIntoWholeMicroseconds) {
    using namespace std::chrono;
    EXPECT_EQ(detail::to_microseconds(nanoseconds(1999)), 1);
    EXPECT_EQ(detail::to_microseconds(nanoseconds(-1)), -1);
    EXPECT_EQ(detail::to_microseconds(nanoseconds(-2000)), -2);
    EXPECT_EQ(detail::to_microseconds(hours(1)), 3'600'000'000);
    EXPECT_EQ(detail::to_microseconds(seconds(INT64_MAX / 1'000'000)),
              INT64_MAX / 1'000'000 * 1'000'000);
    EXPECT_EQ(detail::to_microseconds(seconds(INT64_MAX / 1'000'000 + 1)), std::nullopt);
    EXPECT_EQ(detail::from_microseconds<nanoseconds>(INT64_MAX / 1000),
              nanoseconds(INT64_MAX / 1000 * 1000));
    EXPECT_EQ(detail::from_microseconds<nanoseconds>(INT64_MAX / 1000 + 1), std::nullopt);
    EXPECT_EQ(detail::from_microseconds<seconds>(2'000'000), seconds(2));
    EXPECT_EQ(detail::from_microseconds<seconds>(2'000'001), std::nullopt);
    using Small = duration<std::int16_t>;
    EXPECT_EQ(detail::from_microseconds<Small>(32'768'000'000), std::nullopt);
}

TEST(PayloadCodec, PassesBytesThroughAsTheyAre) {
    const Bytes bytes = from_hex("c1 ff 00");
    EXPECT_EQ(encoded(bytes), bytes);
    EXPECT_EQ(encoded(BytesView(bytes)), bytes);
    EXPECT_EQ(PayloadCodec<Bytes>::decode(bytes), bytes);
    EXPECT_EQ(PayloadCodec<BytesView>::decode(bytes)->data(), bytes.data());
}

TEST(PayloadCodec, KnowsEventsAndTheirVersions) {
    EXPECT_TRUE(TypedEvent<Moved>);
    EXPECT_TRUE(TypedEvent<Empty>);
    EXPECT_FALSE(TypedEvent<Point>);
    EXPECT_FALSE(TypedEvent<int>);
    EXPECT_EQ(payload_version_of<Moved>, 3);
    EXPECT_EQ(payload_version_of<Empty>, 1);
}

TEST(PayloadCodec, AllocatesNothingIntoAUsedBuffer) {
    Buffer buffer;
    ASSERT_TRUE(PayloadCodec<Point>::encode({1, 2}, buffer));
    const std::byte* const room = buffer.data();
    const std::size_t capacity = buffer.capacity();
    for (int i = 0; i < 100; ++i) {
        buffer.clear();
        ASSERT_TRUE(PayloadCodec<Point>::encode({i, i}, buffer));
    }
    EXPECT_EQ(buffer.data(), room);
    EXPECT_EQ(buffer.capacity(), capacity);
}

}  // namespace
}  // namespace batpak::payload_codec_test
