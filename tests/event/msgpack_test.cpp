#include "batpak/event/msgpack.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "support/hex.hpp"

namespace batpak::msgpack {
namespace {

using batpak::testing::from_hex;

struct Vector {
    std::string name;
    std::string hex;  // one whole value
    Type type = Type::None;
    // How Writer makes it; empty for forms that are longer than they need be.
    std::function<void(Writer&)> write;
};

std::string repeat(std::string_view hex, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += hex;
    return all;
}

std::function<void(Writer&)> text_of(std::size_t length) {
    return [=](Writer& writer) { writer.string(std::string(length, 'a')); };
}
std::function<void(Writer&)> binary_of(std::size_t length) {
    return [=](Writer& writer) { writer.binary(Bytes(length, std::byte{0x61})); };
}
std::function<void(Writer&)> extension_of(std::size_t length) {
    return [=](Writer& writer) { writer.extension(5, Bytes(length, std::byte{0x61})); };
}
std::function<void(Writer&)> array_of(std::uint32_t count) {
    return [=](Writer& writer) {
        writer.array(count);
        for (std::uint32_t i = 0; i < count; ++i) writer.nil();
    };
}
std::function<void(Writer&)> map_of(std::uint32_t count) {
    return [=](Writer& writer) {
        writer.map(count);
        for (std::uint32_t i = 0; i < 2 * count; ++i) writer.nil();
    };
}
template <Integer T>
std::function<void(Writer&)> number(T value) {
    return [=](Writer& writer) { writer.integer(value); };
}

std::vector<Vector> scalar_vectors() {
    return {
        {"positive fixint", "2a", Type::Integer, number(42)},
        {"negative fixint", "e0", Type::Integer, number(-32)},
        {"nil", "c0", Type::Nil, [](Writer& writer) { writer.nil(); }},
        {"false", "c2", Type::Boolean, [](Writer& writer) { writer.boolean(false); }},
        {"true", "c3", Type::Boolean, [](Writer& writer) { writer.boolean(true); }},
        {"float 32", "ca 3fc00000", Type::Float, [](Writer& writer) { writer.float32(1.5F); }},
        {"float 64", "cb 3ff8000000000000", Type::Float,
         [](Writer& writer) { writer.float64(1.5); }},
        {"uint 8", "cc 80", Type::Integer, number(128)},
        {"uint 16", "cd 0100", Type::Integer, number(256)},
        {"uint 32", "ce 00010000", Type::Integer, number(65536)},
        {"uint 64", "cf 0000000100000000", Type::Integer, number(1LL << 32)},
        {"int 8", "d0 80", Type::Integer, number(-128)},
        {"int 16", "d1 ff7f", Type::Integer, number(-129)},
        {"int 32", "d2 ffff7fff", Type::Integer, number(-32769)},
        {"int 64", "d3 ffffffff7fffffff", Type::Integer, number(-2147483649LL)},
    };
}

std::vector<Vector> sized_vectors() {
    return {
        {"fixstr", "a3 616161", Type::String, text_of(3)},
        {"str 8", "d9 20" + repeat("61", 32), Type::String, text_of(32)},
        {"str 16", "da 0100" + repeat("61", 256), Type::String, text_of(256)},
        {"str 32", "db 00010000" + repeat("61", 65536), Type::String, text_of(65536)},
        {"bin 8", "c4 01 61", Type::Binary, binary_of(1)},
        {"bin 16", "c5 0100" + repeat("61", 256), Type::Binary, binary_of(256)},
        {"bin 32", "c6 00010000" + repeat("61", 65536), Type::Binary, binary_of(65536)},
        {"fixext 1", "d4 05 61", Type::Extension, extension_of(1)},
        {"fixext 2", "d5 05" + repeat("61", 2), Type::Extension, extension_of(2)},
        {"fixext 4", "d6 05" + repeat("61", 4), Type::Extension, extension_of(4)},
        {"fixext 8", "d7 05" + repeat("61", 8), Type::Extension, extension_of(8)},
        {"fixext 16", "d8 05" + repeat("61", 16), Type::Extension, extension_of(16)},
        {"ext 8", "c7 03 05 616161", Type::Extension, extension_of(3)},
        {"ext 16", "c8 0100 05" + repeat("61", 256), Type::Extension, extension_of(256)},
        {"ext 32", "c9 00010000 05" + repeat("61", 65536), Type::Extension, extension_of(65536)},
        {"fixarray", "93 c0c0c0", Type::Array, array_of(3)},
        {"array 16", "dc 0010" + repeat("c0", 16), Type::Array, array_of(16)},
        {"array 32", "dd 00010000" + repeat("c0", 65536), Type::Array, array_of(65536)},
        {"fixmap", "82 c0c0c0c0", Type::Map, map_of(2)},
        {"map 16", "de 0010" + repeat("c0", 32), Type::Map, map_of(16)},
        {"map 32", "df 00010000" + repeat("c0c0", 65536), Type::Map, map_of(65536)},
    };
}

std::vector<Vector> all_vectors() {
    std::vector<Vector> all = scalar_vectors();
    for (Vector& vector : sized_vectors()) all.push_back(std::move(vector));
    return all;
}

Buffer written(const std::function<void(Writer&)>& write) {
    Buffer buffer;
    Writer writer(buffer);
    write(writer);
    return buffer;
}

// Every form of the specification but "never used": 0xC1 has a test of its own.
TEST(Msgpack, HasAVectorForEachOfTheThirtySixForms) { EXPECT_EQ(all_vectors().size(), 36U); }

TEST(Msgpack, WritesTheVectorsOfTheSpecification) {
    for (const Vector& vector : all_vectors()) {
        EXPECT_TRUE(equal_bytes(written(vector.write).view(), from_hex(vector.hex))) << vector.name;
    }
}

TEST(Msgpack, SkipsTheVectorsOfTheSpecificationAndNoByteMore) {
    for (const Vector& vector : all_vectors()) {
        Bytes bytes = from_hex(vector.hex);
        const std::size_t size = bytes.size();
        bytes.push_back(std::byte{0xC0});
        Reader reader(bytes);
        EXPECT_EQ(reader.peek(), vector.type) << vector.name;
        EXPECT_EQ(reader.raw().size(), size) << vector.name;
        EXPECT_EQ(reader.offset(), size) << vector.name;
        EXPECT_EQ(reader.peek(), Type::Nil) << vector.name;
    }
}

TEST(Msgpack, RefusesEveryTruncationOfTheVectors) {
    for (const Vector& vector : all_vectors()) {
        const Bytes bytes = from_hex(vector.hex);
        const std::size_t step = bytes.size() > 1000 ? 997 : 1;
        for (std::size_t size = 0; size < bytes.size(); size += step) {
            Reader reader(BytesView(bytes).first(size));
            reader.skip();
            EXPECT_EQ(reader.fault(), Fault::Truncated) << vector.name << " at " << size;
        }
    }
}

TEST(Msgpack, RefusesTheByteThatIsNeverUsed) {
    const Bytes bytes = from_hex("c1");
    Reader reader(bytes);
    EXPECT_EQ(reader.peek(), Type::None);
    reader.skip();
    EXPECT_EQ(reader.fault(), Fault::UnknownTag);
    EXPECT_EQ(reader.error().code(), ErrorCode::DecodeFailed);
    EXPECT_EQ(reader.error().offset(), 0U);
}

TEST(Msgpack, PicksTheShortestIntegerAtEveryBorder) {
    const std::vector<std::pair<std::int64_t, std::string>> borders = {
        {INT64_MIN, "d38000000000000000"},
        {-2147483649LL, "d3ffffffff7fffffff"},
        {-2147483648LL, "d280000000"},
        {-32769, "d2ffff7fff"},
        {-32768, "d18000"},
        {-129, "d1ff7f"},
        {-128, "d080"},
        {-33, "d0df"},
        {-32, "e0"},
        {-1, "ff"},
        {0, "00"},
        {1, "01"},
        {127, "7f"},
        {128, "cc80"},
        {255, "ccff"},
        {256, "cd0100"},
        {65535, "cdffff"},
        {65536, "ce00010000"},
        {4294967295LL, "ceffffffff"},
        {4294967296LL, "cf0000000100000000"},
        {INT64_MAX, "cf7fffffffffffffff"}};
    for (const auto& [value, hex] : borders) {
        EXPECT_EQ(to_hex(written(number(value)).view()), hex) << value;
        const Bytes bytes = from_hex(hex);
        Reader reader(bytes);
        EXPECT_EQ(reader.i64(), value);
        EXPECT_TRUE(reader.done());
        if (value < 0) continue;
        EXPECT_EQ(to_hex(written(number(static_cast<std::uint64_t>(value))).view()), hex);
    }
    EXPECT_EQ(to_hex(written(number(UINT64_MAX)).view()), "cfffffffffffffffff");
    EXPECT_EQ(to_hex(written(number(std::int8_t{-1})).view()), "ff");
    EXPECT_EQ(to_hex(written(number(std::uint8_t{255})).view()), "ccff");
}

TEST(Msgpack, PicksTheShortestLengthAtEveryBorder) {
    const auto head = [](const std::function<void(Writer&)>& write, std::size_t bytes) {
        return to_hex(written(write).view().first(bytes));
    };
    EXPECT_EQ(head(text_of(31), 1), "bf");
    EXPECT_EQ(head(text_of(32), 2), "d920");
    EXPECT_EQ(head(text_of(255), 2), "d9ff");
    EXPECT_EQ(head(text_of(256), 3), "da0100");
    EXPECT_EQ(head(text_of(65535), 3), "daffff");
    EXPECT_EQ(head(text_of(65536), 5), "db00010000");
    EXPECT_EQ(head(binary_of(0), 2), "c400");
    EXPECT_EQ(head(binary_of(255), 2), "c4ff");
    EXPECT_EQ(head(binary_of(256), 3), "c50100");
    EXPECT_EQ(head(binary_of(65535), 3), "c5ffff");
    EXPECT_EQ(head(binary_of(65536), 5), "c600010000");
    EXPECT_EQ(head(array_of(15), 1), "9f");
    EXPECT_EQ(head(array_of(16), 3), "dc0010");
    EXPECT_EQ(head(array_of(65535), 3), "dcffff");
    EXPECT_EQ(head(array_of(65536), 5), "dd00010000");
    EXPECT_EQ(head(map_of(15), 1), "8f");
    EXPECT_EQ(head(map_of(16), 3), "de0010");
    EXPECT_EQ(head(map_of(65535), 3), "deffff");
    EXPECT_EQ(head(map_of(65536), 5), "df00010000");
}

TEST(Msgpack, WritesExtensionsOfEveryLengthSoThatTheyReadBack) {
    for (const std::size_t length :
         {0U, 1U, 2U, 3U, 4U, 5U, 8U, 15U, 16U, 17U, 255U, 256U, 65535U, 65536U}) {
        for (const int number : {-128, -1, 0, 127}) {
            const auto type = static_cast<std::int8_t>(number);
            const Bytes data(length, std::byte{7});
            const Buffer buffer = written([&](Writer& writer) { writer.extension(type, data); });
            Reader reader(buffer.view());
            const Extension extension = reader.extension();
            EXPECT_TRUE(reader.done());
            EXPECT_EQ(extension.type, type);
            EXPECT_TRUE(equal_bytes(extension.data, data));
        }
    }
}

}  // namespace
}  // namespace batpak::msgpack
