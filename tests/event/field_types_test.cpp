// The field types that are more than one value: sets, maps, tuples, variants, and own types.
#include "batpak/event/detail/field_types.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/json.hpp"
#include "support/hex.hpp"

namespace batpak {
namespace {

enum class Colour : std::uint8_t { Red = 1, Green = 2 };
enum class Suit : std::uint8_t { Hearts, Spades };
struct Point {
    std::int32_t x = 0;
    friend bool operator==(const Point&, const Point&) = default;
};

// No default that is good, private members, and a rule.
class Money {
    std::int64_t cents_ = -1;

public:
    Money() = default;
    explicit Money(std::int64_t cents) : cents_(cents) {}
    std::int64_t cents() const { return cents_; }
    friend bool operator==(const Money&, const Money&) = default;
};

}  // namespace

template <>
struct FieldCodec<Money> {
    using Form = std::int64_t;
    static Form encode(const Money& money) { return money.cents(); }
    static Result<Money> decode(Form cents) {
        if (cents < 0) return fail(ErrorCode::InvalidArgument, "no debts here");
        return Money(cents);
    }
};

// An enumeration by its names.
template <>
struct FieldCodec<Suit> {
    using Form = std::string;
    static Result<Form> encode(Suit suit) {
        if (suit == Suit::Hearts) return Form("hearts");
        if (suit == Suit::Spades) return Form("spades");
        return fail(ErrorCode::EncodeFailed, "no such suit");
    }
    static Result<Suit> decode(const Form& name) {
        if (name == "hearts") return Suit::Hearts;
        if (name == "spades") return Suit::Spades;
        return fail(ErrorCode::DecodeFailed, "no suit is called " + name);
    }
};

// Recursive: as a form, a struct that holds what it is the form of.
struct Tree {
    int value = 0;
    std::vector<Tree> children;
    friend bool operator==(const Tree&, const Tree&) = default;
};
template <>
struct FieldCodec<Tree> {
    using Form = std::tuple<int, std::vector<Tree>>;
    static Form encode(const Tree& tree) { return {tree.value, tree.children}; }
    static Tree decode(Form form) { return {std::get<0>(form), std::move(std::get<1>(form))}; }
};

namespace {

using testing::from_hex;

// One field, so that a test names only its type.
template <class T>
struct Holder {
    T f{};
    friend bool operator==(const Holder&, const Holder&) = default;
};

template <class T>
std::string hex_of(const T& value) {
    Buffer buffer;
    const auto encoded = PayloadCodec<Holder<T>>::encode({value}, buffer);
    if (!encoded) return encoded.error().detail();
    EXPECT_EQ(to_hex(buffer.view().first(3)), "81a166");  // {f: ...}
    return to_hex(buffer.view().subspan(3));
}

template <class T>
Result<T> from(const std::string& hex) {
    auto decoded = PayloadCodec<Holder<T>>::decode(from_hex("81a166" + hex));
    if (!decoded) return fail(decoded.error());
    return std::move(decoded->f);
}

template <class T>
std::string refusal(const std::string& hex) {
    const Result<T> decoded = from<T>(hex);
    if (decoded) return "";
    EXPECT_EQ(decoded.error().code(), ErrorCode::DecodeFailed);
    return decoded.error().detail();
}

template <class T>
std::string layout() {
    return detail::LayoutText<T>::of("");
}

// The bytes are as they should be, and what they say is the value; no shorter bytes are taken.
template <class T>
void expect_form(const T& value, const std::string& hex) {
    EXPECT_EQ(hex_of(value), hex);
    const Result<T> back = from<T>(hex);
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(*back, value);
    for (std::size_t size = 0; size < hex.size(); size += 2) {
        EXPECT_NE(refusal<T>(hex.substr(0, size)), "") << hex << " cut to " << size / 2;
    }
}

// Every type of element in one place.
using Shape = std::variant<std::monostate, std::int32_t, std::string, Point, std::vector<Point>>;

TEST(FieldTypes, TupleIsAnArrayOfItsElements) {
    expect_form(std::pair<std::string, std::int32_t>("a", -1), "92a161ff");
    expect_form(std::tuple<std::uint8_t, bool, Point>(255, true, {1}), "93ccffc381a17801");
    expect_form(std::tuple<>(), "90");
    expect_form(std::vector<std::pair<int, int>>{{1, 2}, {3, 4}}, "92920102920304");
    EXPECT_EQ((refusal<std::pair<int, int>>("9101")), "field 'f': expected 2 elements, found 1");
    EXPECT_EQ((refusal<std::pair<int, int>>("93010203")),
              "field 'f': expected 2 elements, found 3");
    EXPECT_EQ((refusal<std::pair<int, int>>("9201a161")),
              "field 'f[1]': expected an integer, found a string");
    EXPECT_EQ((refusal<std::pair<int, int>>("820102")),
              "field 'f': expected an array, found a map");
    EXPECT_EQ((layout<std::pair<std::string, std::tuple<int, bool>>>()), "[string,[int32,bool]]");
}

TEST(FieldTypes, VariantIsTheNumberOfItsAlternativeAndItsValue) {
    expect_form(Shape(), "9200c0");
    expect_form(Shape(7), "920107");
    expect_form(Shape("ab"), "9202a26162");
    expect_form(Shape(Point{9}), "920381a17809");
    expect_form(Shape(std::vector<Point>{{1}}), "92049181a17801");
    expect_form(std::variant<int, int>(std::in_place_index<1>, 5), "920105");
    EXPECT_EQ(refusal<Shape>("9205c0"),
              "field 'f[0]': there is no alternative 5 of 5, counted from 0");
    EXPECT_EQ(refusal<Shape>("92ceffffffffc0"),
              "field 'f[0]': there is no alternative 4294967295 of 5, counted from 0");
    EXPECT_EQ(refusal<Shape>("92ff01"), "field 'f[0]': the number does not fit the type asked for");
    EXPECT_EQ(refusal<Shape>("92a13101"), "field 'f[0]': expected an integer, found a string");
    EXPECT_EQ(refusal<Shape>("9101"), "field 'f': expected 2 elements, found 1");
    EXPECT_EQ(refusal<Shape>("93010101"), "field 'f': expected 2 elements, found 3");
    EXPECT_EQ(refusal<Shape>("9201a0"), "field 'f[1]': expected an integer, found a string");
    EXPECT_EQ(refusal<Shape>("920381a178a0"),
              "field 'f[1].x': expected an integer, found a string");
    EXPECT_EQ(refusal<Shape>("c0"), "field 'f': expected an array, found nil");
    EXPECT_EQ(layout<Shape>(), "(nil|int32|string|{x:int32}|{x:int32}[])");
}

TEST(FieldTypes, SetIsAnArrayInOrderWithEachElementOnce) {
    expect_form(std::set<std::string>{"b", "a", "ab"}, "93a161a26162a162");
    expect_form(std::unordered_set<std::string>{"b", "a", "ab"}, "93a161a26162a162");
    expect_form(std::set<std::int32_t>{3, -1, 200}, "93ff03ccc8");
    expect_form(std::unordered_set<std::int32_t>{3, -1, 200}, "93ff03ccc8");
    expect_form(std::set<std::pair<int, int>>{{2, 1}, {1, 2}}, "92920102920201");
    expect_form(std::set<Colour>{Colour::Green, Colour::Red}, "920102");
    expect_form(std::set<int, std::greater<>>{1, 2}, "920201");
    expect_form(std::set<int>(), "90");
    EXPECT_EQ(from<std::set<int>>("920201").value(), (std::set<int>{1, 2})) << "in any order";
    EXPECT_EQ(refusal<std::set<int>>("93010201"), "field 'f[2]': the element stands twice");
    EXPECT_EQ(refusal<std::unordered_set<int>>("920101"), "field 'f[1]': the element stands twice");
    EXPECT_EQ(refusal<std::set<int>>("92cc0101"), "field 'f[1]': the element stands twice");
    EXPECT_EQ(refusal<std::set<int>>("91a161"),
              "field 'f[0]': expected an integer, found a string");
    EXPECT_EQ(refusal<std::set<int>>("8101c3"), "field 'f': expected an array, found a map");
    EXPECT_EQ(layout<std::set<int>>(), "set<int32>");
    EXPECT_EQ(layout<std::unordered_set<int>>(), "set<int32>");
}

TEST(FieldTypes, MapIsAMapInTheOrderOfItsKeys) {
    expect_form(std::map<std::string, int>{{"b", 1}, {"a", 2}}, "82a16102a16201");
    expect_form(std::unordered_map<std::string, int>{{"b", 1}, {"a", 2}}, "82a16102a16201");
    expect_form(std::map<std::int64_t, std::string>{{5, "x"}, {-5, "y"}}, "82fba17905a178");
    expect_form(std::unordered_map<std::int64_t, bool>{{5, true}, {-5, false}}, "82fbc205c3");
    expect_form(std::map<Colour, Point>{{Colour::Green, {2}}, {Colour::Red, {1}}},
                "820181a178010281a17802");
    expect_form(std::map<Sequence, int>{{Sequence(300), 1}}, "81cd012c01");
    expect_form(std::map<std::array<std::byte, 1>, int>{{{std::byte{7}}, 1}}, "81c4010701");
    expect_form(std::map<std::chrono::milliseconds, int>{{std::chrono::milliseconds(1), 1}},
                "81cd03e801");
    EXPECT_EQ((refusal<std::map<int, int>>("8201020103")), "field 'f[1]': the key stands twice");
    EXPECT_EQ((refusal<std::unordered_map<std::string, int>>("82a16101a16102")),
              "field 'f.a': the key stands twice");
    EXPECT_EQ((refusal<std::map<int, int>>("81a16101")),
              "field 'f': expected an integer, found a string");
    EXPECT_EQ((refusal<std::map<int, int>>("8101c0")),
              "field 'f[0]': expected an integer, found nil");
    EXPECT_EQ((refusal<std::map<int, int>>("920102")), "field 'f': expected a map, found an array");
    EXPECT_EQ((layout<std::map<int, std::string>>()), "map<int32,string>");
    EXPECT_EQ((layout<std::unordered_map<std::string, int>>()), "map<int32>");
}

TEST(FieldTypes, UnorderedContainersHaveTheBytesOfOrderedOnesHoweverTheyWereFilled) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> keys(random() % 40);
        for (std::string& key : keys) {
            for (auto n = random() % 5; n > 0; --n) key += static_cast<char>('a' + random() % 26);
        }
        std::map<std::string, int> map;
        for (const std::string& key : keys) map.emplace(key, static_cast<int>(random()));
        std::set<std::string> set(keys.begin(), keys.end());
        for (int fill = 0; fill < 3; ++fill) {
            std::ranges::shuffle(keys, random);
            std::unordered_map<std::string, int> same_map(random() % 100);
            std::unordered_set<std::string> same_set(random() % 100);
            for (const std::string& key : keys) {
                same_map.emplace(key, map.at(key));
                same_set.insert(key);
            }
            ASSERT_EQ(hex_of(same_map), hex_of(map));
            ASSERT_EQ(hex_of(same_set), hex_of(set));
        }
    }
}

struct Everything {
    std::set<std::uint16_t> set;
    std::unordered_set<std::string> names;
    std::map<std::int8_t, std::set<std::string>> map;
    std::unordered_map<std::string, std::pair<int, bool>> bag;
    std::vector<Shape> shapes;
    std::tuple<std::optional<Suit>, Money, std::monostate> tuple{std::nullopt, Money(0),
                                                                 std::monostate()};
    std::optional<std::variant<bool, std::string>> maybe;
    nlohmann::json json;
    friend bool operator==(const Everything&, const Everything&) = default;
};

std::string word(std::mt19937& random) {
    return std::string(random() % 4, static_cast<char>('a' + random() % 26));
}

Shape shape(std::mt19937& random) {
    switch (random() % 5) {
        case 0: return {};
        case 1: return static_cast<std::int32_t>(random());
        case 2: return word(random);
        case 3: return Point{static_cast<std::int32_t>(random())};
        default: return std::vector<Point>(random() % 3, Point{1});
    }
}

Everything everything(std::mt19937& random) {
    Everything all;
    const auto times = [&] { return random() % 5; };
    for (auto n = times(); n > 0; --n) all.set.insert(static_cast<std::uint16_t>(random()));
    for (auto n = times(); n > 0; --n) all.names.insert(word(random));
    for (auto n = times(); n > 0; --n) {
        all.map[static_cast<std::int8_t>(random() % 256 - 128)].insert(word(random));
        all.bag[word(random)] = {static_cast<int>(random()), random() % 2 == 0};
        all.shapes.push_back(shape(random));
    }
    if (random() % 2 == 0) std::get<0>(all.tuple) = random() % 2 == 0 ? Suit::Hearts : Suit::Spades;
    std::get<1>(all.tuple) = Money(static_cast<std::int64_t>(random()));
    if (random() % 2 == 0) all.maybe = word(random);
    if (random() % 2 == 0) all.json = {{"a", {1, nullptr, -2.5}}, {"b", word(random)}};
    return all;
}

// Goal:   whatever a value holds, it comes back, twice encoded it is the same bytes, and no byte of
//         it can be changed or taken away so that reading does more than answer or refuse.
// Method: random values; for some of them each byte is changed, and each length taken.
TEST(FieldTypes, ComeBackAsTheyWereAndSurviveDamage) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 500; ++round) {
        const Everything before = everything(random);
        Buffer buffer;
        ASSERT_TRUE(PayloadCodec<Everything>::encode(before, buffer));
        const auto after = PayloadCodec<Everything>::decode(buffer.view());
        ASSERT_TRUE(after) << after.error().to_string();
        ASSERT_EQ(*after, before);
        Buffer again;
        ASSERT_TRUE(PayloadCodec<Everything>::encode(*after, again));
        ASSERT_EQ(to_hex(again.view()), to_hex(buffer.view()));
        if (round % 50 != 0) continue;
        Bytes bytes(buffer.view().begin(), buffer.view().end());
        for (std::byte& byte : bytes) {
            const std::byte good = std::exchange(byte, static_cast<std::byte>(random()));
            (void)PayloadCodec<Everything>::decode(bytes);
            byte = good;
        }
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_FALSE(PayloadCodec<Everything>::decode(BytesView(bytes).first(size)));
        }
    }
}

TEST(FieldTypes, CountsThatTheBytesDoNotBearOutAreRefusedBeforeAnythingIsMade) {
    for (const char* const array : {"ddffffffff", "dcffff", "9f"}) {
        EXPECT_NE(refusal<std::set<int>>(array), "") << array;
        EXPECT_NE(refusal<std::unordered_set<std::string>>(array), "") << array;
        EXPECT_NE((refusal<std::pair<int, int>>(array)), "") << array;
        EXPECT_NE(refusal<Shape>(array), "") << array;
        EXPECT_NE(refusal<std::vector<Shape>>(array), "") << array;
    }
    for (const char* const map : {"dfffffffff", "deffff", "8f"}) {
        EXPECT_NE((refusal<std::map<int, int>>(map)), "") << map;
        EXPECT_NE((refusal<std::unordered_map<std::string, int>>(map)), "") << map;
    }
}

struct Nest;
using Nested = std::variant<int, std::vector<Nest>>;
struct Nest {
    Nested of;
};

TEST(FieldTypes, DeepVariantsAreRefusedOnBothSides) {
    Bytes bytes = from_hex("81a26f66");
    const Bytes level = from_hex("9201 91 81a26f66");
    for (int i = 0; i < 100'000; ++i) bytes.insert(bytes.end(), level.begin(), level.end());
    EXPECT_FALSE(PayloadCodec<Nest>::decode(bytes));
    Nest deep;
    for (int i = 0; i < 100; ++i) {
        std::vector<Nest> inside;
        inside.push_back(std::move(deep));
        deep = Nest{std::move(inside)};
    }
    Buffer buffer;
    const auto encoded = PayloadCodec<Nest>::encode(deep, buffer);
    ASSERT_FALSE(encoded);
    EXPECT_NE(encoded.error().detail().find("nested over 64 deep"), std::string::npos);
    EXPECT_EQ(layout<Nest>(), "{of:(int32|Nest[])}");
}

TEST(FieldTypes, OwnTypeIsWrittenAsItsForm) {
    expect_form(Money(5), "05");
    expect_form(Suit::Spades, "a6737061646573");
    expect_form(std::vector<Money>{Money(1), Money(2)}, "920102");
    expect_form(std::map<Suit, Money>{{Suit::Hearts, Money(1)}}, "81a668656172747301");
    expect_form(std::optional<Money>(), "c0");
    expect_form(std::variant<Suit, Money>(Money(3)), "920103");
    expect_form(Tree{1, {Tree{2, {}}}},
                "92019192"
                "0290");
    EXPECT_EQ(refusal<Money>("ff"), "field 'f': no debts here");
    EXPECT_EQ(refusal<std::vector<Money>>("9201ff"), "field 'f[1]': no debts here");
    EXPECT_EQ(refusal<Money>("a0"), "field 'f': expected an integer, found a string");
    EXPECT_EQ(refusal<Suit>("a178"), "field 'f': no suit is called x");
    EXPECT_EQ(hex_of(static_cast<Suit>(9)), "field 'f': no such suit");
    EXPECT_EQ(layout<Money>(), "int64");
    EXPECT_EQ((layout<std::map<Suit, Tree>>()), "map<[int32,Tree[]]>");
}

TEST(FieldTypes, OwnTypeCanBeAPayloadOfItsOwn) {
    Buffer buffer;
    ASSERT_TRUE(PayloadCodec<Money>::encode(Money(5), buffer));
    EXPECT_EQ(to_hex(buffer.view()), "05");
    EXPECT_EQ(PayloadCodec<Money>::decode(buffer.view()), Money(5));
    EXPECT_EQ(PayloadCodec<Money>::decode(from_hex("ff")).error().detail(), "no debts here");
}

TEST(FieldTypes, JsonIsWhateverItIs) {
    expect_form(nlohmann::json(nullptr), "c0");
    expect_form(nlohmann::json{{"b", 1}, {"a", {true, "x"}}}, "82a16192c3a178a16201");
    EXPECT_EQ(hex_of(nlohmann::json(std::nan(""))),
              "field 'f': JSON has no NaN and no infinity: use null");
    EXPECT_EQ(refusal<nlohmann::json>("810102"), "field 'f': JSON has no keys but strings");
    EXPECT_EQ(layout<nlohmann::json>(), "any");
}

TEST(FieldTypes, TimesAreKeysOnlyIfTheirMicrosecondsTellThemApart) {
    EXPECT_TRUE(detail::is_key<std::chrono::microseconds>());
    EXPECT_TRUE(detail::is_key<std::chrono::sys_seconds>());
    EXPECT_FALSE(detail::is_key<std::chrono::nanoseconds>());
    EXPECT_FALSE(detail::is_element<std::chrono::nanoseconds>());
    EXPECT_FALSE(detail::is_key<double>());
    EXPECT_TRUE(detail::is_key<Money>());
    EXPECT_FALSE(detail::is_key<Tree>());
}

}  // namespace
}  // namespace batpak
