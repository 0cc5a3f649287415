#include "batpak/event/value.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "event/random_value.hpp"
#include "support/hex.hpp"

namespace batpak::value_test {
namespace {

using msgpack::Type;
using testing::any_value;
using testing::encoded;
using testing::from_hex;

std::string decode_error(BytesView bytes, const msgpack::Limits& limits = {}) {
    const auto value = Value::decode(bytes, limits);
    return value ? "" : value.error().detail();
}

Value nested(std::size_t levels) {
    Value value;
    for (std::size_t i = 0; i < levels; ++i) value = Value::Array{std::move(value)};
    return value;
}

TEST(Value, HoldsEveryTypeOfMessagePack) {
    EXPECT_EQ(Value().type(), Type::Nil);
    EXPECT_EQ(Value(nullptr).type(), Type::Nil);
    EXPECT_EQ(Value(true).as_boolean(), true);
    EXPECT_EQ(Value(-5).as_i64(), -5);
    EXPECT_EQ(Value(1.5).as_double(), 1.5);
    EXPECT_EQ(*Value("text").as_string(), "text");
    EXPECT_EQ(*Value(Bytes(2)).as_bytes(), Bytes(2));
    EXPECT_EQ(Value(Value::Extension{5, Bytes(2)}).as_extension()->type, 5);
    EXPECT_EQ(Value(Value::Array{1, 2}).as_array()->size(), 2U);
    EXPECT_EQ(Value(Value::Map{{1, 2}}).as_map()->size(), 1U);
    EXPECT_TRUE(Value().is_nil());
    EXPECT_EQ(Value("text").as_i64(), std::nullopt);
    EXPECT_EQ(Value(1).as_string(), nullptr);
}

TEST(Value, GivesIntegersOnlyWhereTheyFit) {
    EXPECT_EQ(Value(INT64_MAX).as_u64(), static_cast<std::uint64_t>(INT64_MAX));
    EXPECT_EQ(Value(UINT64_MAX).as_u64(), UINT64_MAX);
    EXPECT_EQ(Value(UINT64_MAX).as_i64(), std::nullopt);
    EXPECT_EQ(Value(-1).as_u64(), std::nullopt);
    EXPECT_EQ(Value(5U), Value(5));
    EXPECT_EQ(Value(5U).as_i64(), 5);
    EXPECT_NE(Value(5), Value(5.0));
}

TEST(Value, HasATotalOrder) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<Value> ascending = {Value(),
                                          false,
                                          true,
                                          INT64_MIN,
                                          -1,
                                          0,
                                          INT64_MAX,
                                          UINT64_MAX,
                                          -1.5,
                                          -0.0,
                                          0.0,
                                          nan,
                                          "",
                                          "a",
                                          "b",
                                          Bytes(),
                                          Bytes(1),
                                          Value::Extension{-1, {}},
                                          Value::Extension{1, {}},
                                          Value::Array{},
                                          Value::Array{1},
                                          Value::Array{1, 2},
                                          Value::Map{},
                                          Value::Map{{1, 2}},
                                          Value::Map{{1, 3}}};
    for (std::size_t a = 0; a < ascending.size(); ++a) {
        for (std::size_t b = 0; b < ascending.size(); ++b) {
            EXPECT_EQ(ascending[a] <=> ascending[b], a <=> b) << a << " " << b;
            EXPECT_EQ(ascending[a] == ascending[b], a == b) << a << " " << b;
        }
    }
}

TEST(Value, CanBeEditedByUpcasters) {
    Value value = 5;
    value.set("a", 1);
    value.set("b", 2);
    value.set("a", 3);
    EXPECT_EQ(*value.find("a"), Value(3));
    EXPECT_EQ(value.find("c"), nullptr);
    EXPECT_EQ(Value(5).find("a"), nullptr);
    EXPECT_TRUE(value.rename("a", "c"));
    EXPECT_FALSE(value.rename("a", "d"));
    EXPECT_FALSE(value.rename("b", "c"));
    EXPECT_TRUE(value.erase("b"));
    EXPECT_FALSE(value.erase("b"));
    EXPECT_EQ(value, Value(Value::Map{{"c", 3}}));
}

TEST(Value, KeepsFloat32ValuesAsDoubles) {
    EXPECT_EQ(Value::decode(from_hex("ca 3fc00000")), Value(1.5));
    EXPECT_TRUE(std::isnan(*Value::decode(from_hex("ca 7fc00000"))->as_double()));
}

TEST(Value, TakesAnyKeysButNoneTwice) {
    EXPECT_EQ(decode_error(from_hex("83 01 01 c0 01 a131 01")), "");
    EXPECT_EQ(decode_error(from_hex("82 01 01 01 02")), "a map has one key twice");
    EXPECT_EQ(decode_error(from_hex("82 01 01 cc01 02")), "a map has one key twice");
    EXPECT_EQ(decode_error(from_hex("91 83 a161 01 a162 01 a161 02")), "a map has one key twice");
    const auto both = Value::decode(from_hex("82 01 01 01 02"), {}, Value::Keys::AsTheyAre);
    ASSERT_TRUE(both);
    EXPECT_EQ(both->as_map()->size(), 2U);
}

TEST(Value, IsOneValueAndNothingBehindIt) {
    EXPECT_EQ(decode_error(from_hex("01 02")), "bytes follow the value");
    EXPECT_EQ(decode_error({}), "the bytes end inside a value");
    EXPECT_EQ(Value::decode(from_hex("01 c1")).error().offset(), 1U);
}

TEST(Value, IsReadAndWrittenAsDeepAsTheLimit) {
    EXPECT_EQ(decode_error(encoded(nested(64))), "");
    Bytes deeper = encoded(nested(64));
    deeper.insert(deeper.begin(), std::byte{0x91});
    EXPECT_EQ(decode_error(deeper), "arrays and maps are nested deeper than the limit");
    EXPECT_EQ(decode_error(deeper, {.depth = 65}), "");
    Buffer buffer;
    msgpack::Writer writer(buffer);
    const auto refused = nested(65).encode(writer, Value::kDepthMax);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::EncodeFailed);
    EXPECT_NE(decode_error(Bytes(1'000'000, std::byte{0x91})), "");
    EXPECT_NE(decode_error(Bytes(1'000'000, std::byte{0x81})), "");
}

// Each level claims as many elements as there are bytes behind it: believing them would take
// gigabytes before the first is read.
TEST(Value, MakesNoRoomForElementsThatNeverCome) {
    Bytes bytes;
    for (unsigned level = 0; level < 60; ++level) {
        const Bytes claim = from_hex("dd 00f00000");
        bytes.insert(bytes.end(), claim.begin(), claim.end());
    }
    bytes.resize(0xF00000 + bytes.size() + 100, std::byte{0xC1});
    EXPECT_EQ(decode_error(bytes), "the byte 0xC1 begins no MessagePack value");
}

RC_GTEST_PROP(ValueProperty, DecodesToWhatWasEncoded, ()) {
    const Value value = *any_value();
    const Bytes bytes = encoded(value);
    const auto decoded = Value::decode(bytes);
    RC_ASSERT(decoded);
    RC_ASSERT(*decoded == value);
    RC_ASSERT(encoded(*decoded) == bytes);
    msgpack::Reader reader(bytes);
    RC_ASSERT(reader.raw().size() == bytes.size());
}

RC_GTEST_PROP(ValueProperty, RefusesEveryTruncation, ()) {
    const Bytes bytes = encoded(*any_value());
    const std::size_t step = 1 + bytes.size() / 500;
    for (std::size_t size = 0; size < bytes.size(); size += step) {
        const auto decoded = Value::decode(BytesView(bytes).first(size));
        RC_ASSERT(!decoded);
        RC_ASSERT(decoded.error().code() == ErrorCode::DecodeFailed);
        RC_ASSERT(decoded.error().offset().value() <= size);
    }
}

// Goal:   no change of one byte crashes the decoder, and what it accepts is a value like any other.
// Method: every byte of a random value in turn takes every other value.
RC_GTEST_PROP(ValueProperty, SurvivesEveryMutationOfOneByte, ()) {
    Bytes bytes = encoded(*any_value());
    const std::size_t step = 1 + bytes.size() * bytes.size() / 8192;  // bounds the work
    for (std::size_t place = 0; place < bytes.size(); place += step) {
        const std::byte before = bytes[place];
        for (unsigned value = 0; value < 256; ++value) {
            bytes[place] = static_cast<std::byte>(value);
            const auto decoded = Value::decode(bytes, {}, Value::Keys::AsTheyAre);
            if (decoded) {
                RC_ASSERT(Value::decode(encoded(*decoded), {}, Value::Keys::AsTheyAre) == *decoded);
            }
            msgpack::Reader reader(bytes);
            reader.skip();
            RC_ASSERT(decoded.has_value() == reader.done());
        }
        bytes[place] = before;
    }
}

}  // namespace
}  // namespace batpak::value_test
