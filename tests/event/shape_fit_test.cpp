// Goal:   a shape fits another where docs/PAYLOADS.md says that a struct may change so.
// Method: a table of changes, asked in both directions, and the codec itself as the judge of the
//         simple ones.
#include "event/shape_fit.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "batpak/event/detail/payload_layout.hpp"

namespace batpak {
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

}  // namespace
}  // namespace batpak
