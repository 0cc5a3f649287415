// Goal:   a shape fits another where docs/PAYLOADS.md says that a struct may change so.
// Method: a table of changes, asked in both directions; a model that knows values and not texts,
//         for all pairs of small shapes and for many of chance; and the codec itself as the judge
//         of the types that are most like each other.
#include "event/shape_fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "batpak/event/detail/payload_layout.hpp"
#include "support/seeds.hpp"

namespace batpak::shape_fit_test {
namespace {

struct Change {
    const char* stored;
    const char* asked;
    bool fits;
    bool fits_back;
};

TEST(ShapeFit, IsWhatTheTableOfChangesSays) {
    const Change changes[] = {
        // fields
        {"{a:int32}", "{a:int32,b:string}", true, true},
        {"{a:int32,b:string}", "{b:string,a:int32}", true, true},
        {"{a:int32}", "{a:int32?}", true, true},
        {"{a:int32}", "{a:int64}", true, true},
        {"{a:int32}", "{a:string}", false, false},
        {"{a:int32,b:bool}", "{a:int32,b:string}", false, false},
        {"{a:int32}", "{b:int32}", false, false},
        {"{}", "{b:int32}", true, true},
        {"{a:int32,b:bool}", "{b:bool,c:string}", true, true},
        // numbers
        {"int8", "uint64", true, true},
        {"int32", "float64", true, false},
        {"float32", "float64", true, true},
        {"us", "int64", true, true},
        {"bool", "int8", false, false},
        {"nil", "int8", false, false},
        // bytes and text
        {"string", "bytes", false, false},
        {"bytes", "bytes[16]", true, true},
        {"bytes[32]", "bytes[16]", false, false},
        // lists
        {"int32[]", "int32[4]", true, true},
        {"int32[3]", "int32[4]", false, false},
        {"set<string>", "string[]", true, true},
        {"set<string>", "bytes[][]", false, false},
        {"[int32,string]", "[int32,string]", true, true},
        {"[int32,string]", "[string,int32]", false, false},
        {"[int32,string]", "[int32]", false, false},
        {"[int32,int64]", "int32[]", true, true},
        {"[int32,string]", "int32[]", false, false},
        {"[int32,string][]", "[int32,string][2]", true, true},
        {"string", "string[]", false, false},
        // maps
        {"map<int32>", "map<int64>", true, true},
        {"map<int32>", "map<string>", false, false},
        {"map<int32,string>", "map<int64,string>", true, true},
        {"map<int32,string>", "map<string>", false, false},
        {"map<int32>", "{a:int32}", true, true},
        {"map<map<bool>>", "map<map<string>>", false, false},
        // variants and alternatives
        {"(int32|string)", "(int32|string|bool)", true, true},
        {"(int32|string)", "(string|int32)", false, false},
        {"(ok:int32|err:string)", "(ok:int32|err:string|retry:nil)", true, true},
        {"(ok:int32|err:string)", "(ok:string|err:string)", false, false},
        // inside
        {"{pos:{x:int32,y:int32}}", "{pos:{x:int32,y:int32,z:int32}}", true, true},
        {"{pos:{x:int32,y:int32}[]}", "{pos:{x:string,y:int32}[]}", false, false},
        {"{pos:{x:int32}?}", "{pos:{x:string}}", false, false},
        // what is not known
        {"any", "string", true, true},
        {"Tree", "string", true, true},
        {"{children:Tree[]}", "{children:{x:int32}[]}", true, true},
        {"", "string", true, true},
        {"{a:int32", "string", true, true},
        {"}", "{", true, true},
        {"map<", "[", true, true},
    };
    for (const Change& change : changes) {
        EXPECT_EQ(shape_fits(change.stored, change.asked), change.fits)
            << change.stored << " as " << change.asked;
        EXPECT_EQ(shape_fits(change.asked, change.stored), change.fits_back)
            << change.asked << " as " << change.stored;
        EXPECT_TRUE(shape_fits(change.stored, change.stored));
    }
}

TEST(ShapeFit, EndsForTextsOfAnyDepth) {
    for (const char* bracket : {"[", "{a:", "(", "set<", "map<"}) {
        std::string deep;
        for (int i = 0; i < 4000; ++i) deep += bracket;
        EXPECT_TRUE(shape_fits(deep, deep + "x"));
        const char* const close = *bracket == '[' ? "]" : *bracket == '{' ? "}" : ">";
        std::string closed = deep + "int32";
        std::string other = deep + "string";
        for (int i = 0; i < 4000; ++i) {
            closed += close;
            other += close;
        }
        EXPECT_TRUE(shape_fits(closed, other));  // beyond what a payload may be nested
    }
}

// ---- a model of what may be read as what: values, and not texts

// A shape as a tree, as docs/FORMAT.md lists them.
struct Shape {
    enum class Kind : std::uint8_t {
        Nil,
        Bool,
        Integer,
        Float,
        Text,
        Bytes,
        Any,
        Optional,
        List,
        Tuple,
        Map,
        Struct,
        Variant,       // known by their places
        Alternatives,  // known by their names
    };
    Kind kind;
    std::string text{};
    std::vector<Shape> parts{};          // of a map: key and value
    std::vector<std::string> names{};    // of fields and alternatives
    std::optional<std::size_t> count{};  // of a list or of bytes whose length is fixed
};
using Kind = Shape::Kind;

std::string joined_texts(const Shape& shape, std::string_view between) {
    std::string text;
    for (std::size_t i = 0; i < shape.parts.size(); ++i) {
        if (i > 0) text += between;
        if (!shape.names.empty()) text += shape.names[i] + ":";
        text += shape.parts[i].text;
    }
    return text;
}

Shape word(Kind kind, std::string text) { return {kind, std::move(text)}; }
// It is what both a bin of so many bytes is called, and an array of so many bins.
Shape fixed_bytes(std::size_t count) {
    return {Kind::Bytes, "bytes[" + std::to_string(count) + "]", {}, {}, count};
}
Shape optional_of(const Shape& inner) { return {Kind::Optional, inner.text + "?", {inner}}; }
Shape list_of(const Shape& inner) { return {Kind::List, inner.text + "[]", {inner}}; }
Shape set_of(const Shape& inner) { return {Kind::List, "set<" + inner.text + ">", {inner}}; }
Shape array_of(const Shape& inner, std::size_t count) {
    if (inner.text == "bytes") return fixed_bytes(count);
    return {Kind::List, inner.text + "[" + std::to_string(count) + "]", {inner}, {}, count};
}
Shape map_of(const Shape& key, const Shape& value) {
    return {Kind::Map,
            key.kind == Kind::Text ? "map<" + value.text + ">"
                                   : "map<" + key.text + "," + value.text + ">",
            {key, value}};
}
Shape tuple_of(std::vector<Shape> parts) {
    Shape made{Kind::Tuple, {}, std::move(parts)};
    made.text = "[" + joined_texts(made, ",") + "]";
    return made;
}
Shape struct_of(std::vector<std::string> names, std::vector<Shape> parts) {
    Shape made{Kind::Struct, {}, std::move(parts), std::move(names)};
    made.text = "{" + joined_texts(made, ",") + "}";
    return made;
}
Shape variant_of(std::vector<Shape> parts) {
    Shape made{Kind::Variant, {}, std::move(parts)};
    made.text = "(" + joined_texts(made, "|") + ")";
    return made;
}
Shape alternatives_of(std::vector<std::string> names, std::vector<Shape> parts) {
    Shape made{Kind::Alternatives, {}, std::move(parts), std::move(names)};
    made.text = "(" + joined_texts(made, "|") + ")";
    return made;
}

// What a payload of a shape holds. It has something in it wherever it can: an optional has its
// value, a list an element, and a number is one that all integers can hold.
struct Sample {
    Kind kind;
    std::vector<Sample> parts{};
    std::vector<std::string> names{};
    std::optional<std::size_t> count{};
    std::size_t place = 0;  // of the alternative
};

std::vector<Sample> samples_of(const Shape& shape);

// The i-th sample has the i-th of each part, so that each sample of a part is in one.
std::vector<Sample> samples_of_parts(const Shape& shape) {
    std::vector<std::vector<Sample>> of_part;
    std::size_t most = 1;
    for (const Shape& part : shape.parts) {
        of_part.push_back(samples_of(part));
        most = std::max(most, of_part.back().size());
    }
    std::vector<Sample> made;
    for (std::size_t i = 0; i < most; ++i) {
        Sample sample{shape.kind, {}, shape.names, shape.count};
        for (const auto& each : of_part) sample.parts.push_back(each[i % each.size()]);
        made.push_back(std::move(sample));
    }
    return made;
}

std::vector<Sample> samples_of(const Shape& shape) {
    if (shape.kind == Kind::Optional) return samples_of(shape.parts[0]);
    if (shape.kind != Kind::Variant && shape.kind != Kind::Alternatives)
        return samples_of_parts(shape);
    std::vector<Sample> made;
    for (std::size_t place = 0; place < shape.parts.size(); ++place) {
        for (Sample& inner : samples_of(shape.parts[place]))
            made.push_back({shape.kind, {std::move(inner)}, shape.names, {}, place});
    }
    return made;
}

bool reads(const Shape& asked, const Sample& value);

bool all_read(const Shape& asked, const std::vector<Sample>& values) {
    return std::ranges::all_of(values, [&](const Sample& value) { return reads(asked, value); });
}

bool reads_list(const Shape& asked, const Sample& value) {
    if (value.kind == Kind::List)
        return (!asked.count || !value.count || asked.count == value.count) &&
               all_read(asked.parts[0], value.parts);
    if (value.kind != Kind::Tuple) return false;
    return (!asked.count || *asked.count == value.parts.size()) &&
           all_read(asked.parts[0], value.parts);
}

bool reads_tuple(const Shape& asked, const Sample& value) {
    const bool is_list = value.kind == Kind::List;
    if (!is_list && value.kind != Kind::Tuple) return false;
    const std::size_t count =
        is_list ? value.count.value_or(asked.parts.size()) : value.parts.size();
    if (count != asked.parts.size()) return false;
    for (std::size_t i = 0; i < count; ++i) {
        if (!reads(asked.parts[i], value.parts[is_list ? 0 : i])) return false;
    }
    return true;
}

// The names of a struct are keys of a map. A map's keys are any: none of them need be the name of a
// field.
bool reads_map(const Shape& asked, const Sample& value) {
    if (value.kind == Kind::Map)
        return reads(asked.parts[0], value.parts[0]) && reads(asked.parts[1], value.parts[1]);
    if (value.kind != Kind::Struct) return false;
    if (value.parts.empty()) return true;
    return reads(asked.parts[0], {Kind::Text}) && all_read(asked.parts[1], value.parts);
}

// Fields may come and go; two structs with none in common are two structs.
bool reads_struct(const Shape& asked, const Sample& value) {
    if (value.kind == Kind::Map) return true;
    if (value.kind != Kind::Struct) return false;
    bool any_common = asked.parts.empty() || value.parts.empty();
    for (std::size_t i = 0; i < value.parts.size(); ++i) {
        const auto field = std::ranges::find(asked.names, value.names[i]);
        if (field == asked.names.end()) continue;
        any_common = true;
        const auto at = static_cast<std::size_t>(field - asked.names.begin());
        if (!reads(asked.parts[at], value.parts[i])) return false;
    }
    return any_common;
}

// An alternative that is not there is refused only where it is used. If none is, all are refused.
bool reads_alternative(const Shape& asked, const Sample& value) {
    if (value.kind != asked.kind) return false;
    if (asked.kind == Kind::Variant)
        return value.place >= asked.parts.size() || reads(asked.parts[value.place], value.parts[0]);
    if (std::ranges::find_first_of(asked.names, value.names) == asked.names.end()) return false;
    const auto same = std::ranges::find(asked.names, value.names[value.place]);
    if (same == asked.names.end()) return true;
    return reads(asked.parts[static_cast<std::size_t>(same - asked.names.begin())], value.parts[0]);
}

bool reads(const Shape& asked, const Sample& value) {
    if (value.kind == Kind::Any) return true;
    if (value.kind == Kind::Bytes && value.count &&
        (asked.kind == Kind::List || asked.kind == Kind::Tuple))
        return reads(asked, {Kind::List, {{Kind::Bytes}}, {}, value.count});
    switch (asked.kind) {
        case Kind::Any: return true;
        case Kind::Optional: return value.kind == Kind::Nil || reads(asked.parts[0], value);
        case Kind::Float: return value.kind == Kind::Float || value.kind == Kind::Integer;
        case Kind::Bytes:
            if (value.kind == Kind::Bytes)
                return !asked.count || !value.count || asked.count == value.count;
            return asked.count &&
                   reads_list({Kind::List, {}, {word(Kind::Bytes, "bytes")}, {}, asked.count},
                              value);
        case Kind::List: return reads_list(asked, value);
        case Kind::Tuple: return reads_tuple(asked, value);
        case Kind::Map: return reads_map(asked, value);
        case Kind::Struct: return reads_struct(asked, value);
        case Kind::Variant:
        case Kind::Alternatives: return reads_alternative(asked, value);
        default: return value.kind == asked.kind;
    }
}

void expect_as_model(const Shape& stored, const Shape& asked) {
    // Two texts that are alike fit, whatever they say.
    const bool expected = stored.text == asked.text || all_read(asked, samples_of(stored));
    EXPECT_EQ(shape_fits(stored.text, asked.text), expected) << stored.text << " as " << asked.text;
}

const Shape kInt = word(Kind::Integer, "int32");
const Shape kText = word(Kind::Text, "string");
const Shape kBytes = word(Kind::Bytes, "bytes");

std::vector<Shape> words() {
    return {word(Kind::Nil, "nil"),
            word(Kind::Bool, "bool"),
            word(Kind::Integer, "int8"),
            kInt,
            word(Kind::Integer, "uint64"),
            word(Kind::Integer, "us"),
            word(Kind::Float, "float32"),
            word(Kind::Float, "float64"),
            kText,
            kBytes,
            fixed_bytes(2),
            fixed_bytes(3),
            word(Kind::Any, "any"),
            word(Kind::Any, "Tree")};
}

// Each shape that has one of `inner` in it.
std::vector<Shape> around(const std::vector<Shape>& inner) {
    std::vector<Shape> made;
    for (const Shape& one : inner) {
        for (Shape& each : std::vector<Shape>{
                 optional_of(one), list_of(one), set_of(one), array_of(one, 2), array_of(one, 3),
                 tuple_of({one}), map_of(kText, one), map_of(kInt, one), map_of(kBytes, one),
                 struct_of({"a"}, {one}), struct_of({"b"}, {one}), variant_of({one}),
                 alternatives_of({"a"}, {one}), alternatives_of({"b"}, {one})})
            made.push_back(std::move(each));
    }
    return made;
}

// Each shape that has two of `inner` in it.
std::vector<Shape> around_two(const std::vector<Shape>& inner) {
    std::vector<Shape> made;
    for (const Shape& one : inner) {
        for (const Shape& two : inner) {
            for (Shape& each : std::vector<Shape>{
                     tuple_of({one, two}), struct_of({"a", "b"}, {one, two}),
                     variant_of({one, two}), alternatives_of({"a", "b"}, {one, two})})
                made.push_back(std::move(each));
        }
    }
    return made;
}

TEST(ShapeFit, AgreesWithTheModelForAllSmallShapes) {
    const std::vector<Shape> few = {
        word(Kind::Nil, "nil"), kInt, word(Kind::Float, "float64"), kText, kBytes,
        word(Kind::Any, "any")};
    std::vector<Shape> shapes = words();
    for (const auto& more : {around(few), around_two(few), around(around({kInt, kText}))})
        shapes.insert(shapes.end(), more.begin(), more.end());
    shapes.push_back(tuple_of({}));
    shapes.push_back(struct_of({}, {}));
    std::size_t fitting = 0;
    for (const Shape& stored : shapes) {
        const std::vector<Sample> samples = samples_of(stored);
        for (const Shape& asked : shapes) {
            const bool expected = stored.text == asked.text || all_read(asked, samples);
            fitting += expected ? 1 : 0;
            ASSERT_EQ(shape_fits(stored.text, asked.text), expected)
                << stored.text << " as " << asked.text;
        }
    }
    EXPECT_GT(shapes.size(), 600U);
    EXPECT_GT(fitting, shapes.size() * shapes.size() / 25);
}

// Goal:   what is deep inside decides as much as what is outside.
// Method: shapes of chance, up to four deep, and each again with one part of it exchanged; both are
//         asked as each other.
class ShapeMaker {
public:
    explicit ShapeMaker(std::uint64_t seed) : random_(seed) {}

    Shape make(int depth) {
        static const std::vector<Shape> all = words();
        if (depth == 0 || below(4) == 0) return all[below(all.size())];
        return put_around(below(9), depth);
    }
    // The shape with one part, somewhere in it, made anew.
    Shape changed(const Shape& shape, int depth) {
        if (shape.parts.empty() || below(3) == 0) return make(depth);
        Shape other = shape;
        const std::size_t at = shape.kind == Kind::Map ? 1 : below(shape.parts.size());
        other.parts[at] = changed(shape.parts[at], std::max(depth - 1, 0));
        return written_again(other);
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }

    Shape put_around(std::size_t which, int depth) {
        if (which == 0) return optional_of(make(depth - 1));
        if (which == 1) return list_of(make(depth - 1));
        if (which == 2) return set_of(make(depth - 1));
        if (which == 3) return array_of(make(depth - 1), 2 + below(2));
        if (which == 4) return map_of(below(2) == 0 ? kText : kInt, make(depth - 1));
        std::vector<Shape> parts;
        for (std::size_t i = 0, count = 1 + below(3); i < count; ++i)
            parts.push_back(make(depth - 1));
        if (which == 5) return tuple_of(std::move(parts));
        if (which == 6) return variant_of(std::move(parts));
        std::vector<std::string> names = {"a", "b", "c", "d"};
        std::shuffle(names.begin(), names.end(), random_);
        names.resize(parts.size());
        if (which == 7) return struct_of(std::move(names), std::move(parts));
        return alternatives_of(std::move(names), std::move(parts));
    }
    static Shape written_again(const Shape& shape) {
        switch (shape.kind) {
            case Kind::Optional: return optional_of(shape.parts[0]);
            case Kind::List:
                return shape.count ? array_of(shape.parts[0], *shape.count)
                                   : list_of(shape.parts[0]);
            case Kind::Map: return map_of(shape.parts[0], shape.parts[1]);
            case Kind::Tuple: return tuple_of(shape.parts);
            case Kind::Variant: return variant_of(shape.parts);
            case Kind::Struct: return struct_of(shape.names, shape.parts);
            case Kind::Alternatives: return alternatives_of(shape.names, shape.parts);
            default: return shape;
        }
    }

    std::mt19937_64 random_;
};

TEST(ShapeFit, AgreesWithTheModelForShapesOfChance) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    ShapeMaker maker(seed);
    for (int i = 0; i < 5'000 && !HasFailure(); ++i) {
        const Shape one = maker.make(4);
        const Shape other = maker.changed(one, 3);
        expect_as_model(one, other);
        expect_as_model(other, one);
    }
}

TEST(ShapeFit, ALetterOfChanceNeitherCrashesNorHangs) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    ShapeMaker maker(seed);
    std::mt19937_64 random(seed);
    constexpr std::string_view kLetters = "{}()[]<>,:|?a2";
    for (int i = 0; i < 5'000; ++i) {
        const std::string one = maker.make(3).text;
        std::string other = one;
        other[random() % other.size()] = kLetters[random() % kLetters.size()];
        shape_fits(one, other);
        shape_fits(other, one);
        EXPECT_TRUE(shape_fits(other, other)) << other;
    }
}

TEST(ShapeFit, AStructWithOddNamesIsNotJudged) {
    for (const char* const name :
         {"a,b", "a(", "a)", "a(,b)", "a[", "a]", "a{", "a}", "a<", "a>", "a),b(", "a->b"}) {
        const std::string stored = "{" + std::string(name) + ":int32,b:string}";
        for (const std::string& asked : {"{" + std::string(name) + ":int32,b:string,c:bool}",
                                         std::string("{c:bool}"), "{x:" + stored + "}"}) {
            EXPECT_TRUE(shape_fits(stored, asked)) << stored << " as " << asked;
            EXPECT_TRUE(shape_fits(asked, stored)) << asked << " as " << stored;
        }
    }
}

// ---- the codec

template <class T>
std::string shape() {
    return detail::LayoutText<T>::of("");
}

// A value of each type, read as each other type: where the codec refuses all of them, and none is
// empty, the shapes must not fit; where it reads them, they must.
template <class Stored, class Asked>
void expect_as_codec(const Stored& value) {
    Buffer buffer;
    detail::PayloadEncoder encoder(buffer);
    ASSERT_TRUE(encoder.put(value));
    detail::PayloadDecoder decoder(buffer.view());
    Asked asked{};
    const bool reads = decoder.get(asked) && decoder.finished();
    EXPECT_EQ(shape_fits(shape<Stored>(), shape<Asked>()), reads)
        << shape<Stored>() << " as " << shape<Asked>();
}

template <class Stored>
void expect_as_codec_for_all(const Stored& value) {
    expect_as_codec<Stored, bool>(value);
    expect_as_codec<Stored, std::int32_t>(value);
    expect_as_codec<Stored, std::uint64_t>(value);
    expect_as_codec<Stored, double>(value);
    expect_as_codec<Stored, float>(value);
    expect_as_codec<Stored, std::string>(value);
    expect_as_codec<Stored, Bytes>(value);
    expect_as_codec<Stored, std::optional<std::int32_t>>(value);
    expect_as_codec<Stored, std::vector<std::int32_t>>(value);
    expect_as_codec<Stored, std::set<std::string>>(value);
    expect_as_codec<Stored, std::pair<std::int32_t, std::int32_t>>(value);
    expect_as_codec<Stored, std::map<std::string, std::int32_t>>(value);
    expect_as_codec<Stored, std::map<std::int32_t, std::int32_t>>(value);
    expect_as_codec<Stored, std::chrono::microseconds>(value);
    expect_as_codec<Stored, Value>(value);
}

TEST(ShapeFit, AgreesWithTheCodec) {
    expect_as_codec_for_all(true);
    expect_as_codec_for_all(std::int32_t{1});
    expect_as_codec_for_all(std::uint64_t{1});
    expect_as_codec_for_all(1.5);
    expect_as_codec_for_all(std::string("text"));
    expect_as_codec_for_all(Bytes{std::byte{1}});
    expect_as_codec_for_all(std::vector<std::int32_t>{1, 2});
    expect_as_codec_for_all(std::set<std::string>{"a", "b"});
    expect_as_codec_for_all(std::pair<std::int32_t, std::int32_t>{1, 2});
    expect_as_codec_for_all(std::map<std::string, std::int32_t>{{"a", 1}});
    expect_as_codec_for_all(std::map<std::int32_t, std::int32_t>{{1, 1}});
    expect_as_codec_for_all(std::chrono::microseconds(5));
}

struct Point {
    std::int32_t a = 0;
    std::int32_t b = 0;
};

template <class Stored>
void expect_as_codec_for_those_alike(const Stored& value) {
    expect_as_codec<Stored, std::monostate>(value);
    expect_as_codec<Stored, std::optional<std::int32_t>>(value);
    expect_as_codec<Stored, std::vector<Bytes>>(value);
    expect_as_codec<Stored, std::array<Bytes, 2>>(value);
    expect_as_codec<Stored, std::pair<Bytes, Bytes>>(value);
    expect_as_codec<Stored, std::array<std::int32_t, 3>>(value);
    expect_as_codec<Stored, std::pair<std::int32_t, std::int32_t>>(value);
    expect_as_codec<Stored, Point>(value);
    expect_as_codec<Stored, std::map<std::string, std::int32_t>>(value);
    expect_as_codec<Stored, std::map<std::int32_t, std::int32_t>>(value);
    expect_as_codec<Stored, std::map<std::string, std::string>>(value);
}

TEST(ShapeFit, AgreesWithTheCodecAboutListsMapsAndNothing) {
    const Bytes bytes{std::byte{1}};
    expect_as_codec_for_those_alike(std::monostate());
    expect_as_codec_for_those_alike(std::optional<std::int32_t>(1));
    expect_as_codec_for_those_alike(std::vector<Bytes>{bytes, bytes});
    expect_as_codec_for_those_alike(std::array<Bytes, 2>{bytes, bytes});
    expect_as_codec_for_those_alike(std::pair<Bytes, Bytes>{bytes, bytes});
    expect_as_codec_for_those_alike(std::array<std::int32_t, 3>{1, 2, 3});
    expect_as_codec_for_those_alike(std::pair<std::int32_t, std::int32_t>{1, 2});
    expect_as_codec_for_those_alike(Point{1, 2});
    expect_as_codec_for_those_alike(std::map<std::string, std::int32_t>{{"z", 1}});
    expect_as_codec_for_those_alike(std::map<std::int32_t, std::int32_t>{{1, 1}});
    expect_as_codec_for_those_alike(std::map<std::string, std::string>{{"z", "z"}});
}

}  // namespace
}  // namespace batpak::shape_fit_test
