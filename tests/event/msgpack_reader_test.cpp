#include "batpak/event/detail/msgpack_reader.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "support/hex.hpp"

namespace batpak::msgpack {
namespace {

using batpak::testing::from_hex;

Fault fault_of_skip(BytesView bytes, const Limits& limits = {}) {
    Reader reader(bytes, limits);
    reader.skip();
    return reader.fault();
}

template <class T>
std::string narrow(std::string_view hex) {
    const Bytes bytes = from_hex(hex);
    Reader reader(bytes);
    const T value = reader.integer<T>();
    return reader.failed() ? std::string(to_string(reader.fault())) : std::to_string(value);
}

TEST(MsgpackReader, TakesIntegersOfAnyWidthAndChecksTheRange) {
    const std::string out_of_range(to_string(Fault::OutOfRange));
    EXPECT_EQ(narrow<std::uint8_t>("cf 00000000000000ff"), "255");
    EXPECT_EQ(narrow<std::uint8_t>("cd 0100"), out_of_range);
    EXPECT_EQ(narrow<std::uint8_t>("ff"), out_of_range);
    EXPECT_EQ(narrow<std::int8_t>("d3 ffffffffffffff80"), "-128");
    EXPECT_EQ(narrow<std::int8_t>("d1 ff7f"), out_of_range);
    EXPECT_EQ(narrow<std::int8_t>("cc 7f"), "127");
    EXPECT_EQ(narrow<std::int8_t>("cc 80"), out_of_range);
    EXPECT_EQ(narrow<std::int64_t>("cf 7fffffffffffffff"), "9223372036854775807");
    EXPECT_EQ(narrow<std::int64_t>("cf 8000000000000000"), out_of_range);
    EXPECT_EQ(narrow<std::int64_t>("d3 8000000000000000"), "-9223372036854775808");
    EXPECT_EQ(narrow<std::uint64_t>("cf ffffffffffffffff"), "18446744073709551615");
    EXPECT_EQ(narrow<std::uint64_t>("d0 ff"), out_of_range);
    EXPECT_EQ(narrow<std::uint64_t>("d0 7f"), "127");
    EXPECT_EQ(narrow<int>("c0"), to_string(Fault::WrongType));
}

TEST(MsgpackReader, TakesOnlyExactIntegersAsFloatingPoint) {
    const auto f64 = [](std::string_view hex) {
        const Bytes bytes = from_hex(hex);
        Reader reader(bytes);
        const double value = reader.f64();
        return reader.failed() ? std::numeric_limits<double>::quiet_NaN() : value;
    };
    EXPECT_EQ(f64("ca 3fc00000"), 1.5);
    EXPECT_EQ(f64("cb 3ff8000000000000"), 1.5);
    EXPECT_EQ(f64("cb 7ff0000000000000"), std::numeric_limits<double>::infinity());
    EXPECT_EQ(f64("00"), 0.0);
    EXPECT_EQ(f64("ff"), -1.0);
    EXPECT_EQ(f64("cf 0020000000000000"), 9007199254740992.0);      // 2^53
    EXPECT_TRUE(std::isnan(f64("cf 0020000000000001")));            // 2^53 + 1
    EXPECT_EQ(f64("cf 0020000000000002"), 9007199254740994.0);      // 2^53 + 2
    EXPECT_EQ(f64("cf 8000000000000000"), 9223372036854775808.0);   // 2^63
    EXPECT_EQ(f64("d3 8000000000000000"), -9223372036854775808.0);  // -2^63
    EXPECT_TRUE(std::isnan(f64("cf ffffffffffffffff")));
    EXPECT_TRUE(std::isnan(f64("d3 ffdfffffffffffff")));  // -(2^53 + 1)
}

TEST(MsgpackReader, KeepsItsFirstFaultAndAnswersEmptyFromThenOn) {
    const Bytes bytes = from_hex("01 c3 a161");
    Reader reader(bytes);
    EXPECT_EQ(reader.i64(), 1);
    EXPECT_EQ(reader.string(), "");
    EXPECT_EQ(reader.fault(), Fault::WrongType);
    EXPECT_EQ(reader.offset(), 1U);
    EXPECT_FALSE(reader.boolean());
    EXPECT_EQ(reader.i64(), 0);
    EXPECT_EQ(reader.f64(), 0.0);
    EXPECT_EQ(reader.array(), 0U);
    EXPECT_EQ(reader.map(), 0U);
    EXPECT_TRUE(reader.binary().empty());
    EXPECT_TRUE(reader.extension().data.empty());
    EXPECT_TRUE(reader.raw().empty());
    EXPECT_EQ(reader.peek(), Type::None);
    EXPECT_FALSE(reader.done());
    EXPECT_FALSE(reader.finished());
    EXPECT_EQ(reader.fault(), Fault::WrongType);
    EXPECT_EQ(reader.error().offset(), 1U);
}

TEST(MsgpackReader, RefusesBytesBehindTheValue) {
    const Bytes bytes = from_hex("01 02");
    Reader reader(bytes);
    reader.skip();
    EXPECT_FALSE(reader.done());
    EXPECT_FALSE(reader.finished());
    EXPECT_EQ(reader.fault(), Fault::Trailing);
    EXPECT_EQ(reader.offset(), 1U);
}

TEST(MsgpackReader, RefusesCountsThatTheBytesCannotBearOut) {
    for (const char* hex : {"dd ffffffff", "dc ffff", "9f", "df ffffffff", "de ffff", "8f",
                            "dd ffffffff c0c0c0", "81 c0", "db ffffffff", "c6 ffffffff",
                            "c9 ffffffff 05", "dd 00000002 c0", "df 80000000 c0c0"}) {
        EXPECT_EQ(fault_of_skip(from_hex(hex)), Fault::Truncated) << hex;
    }
}

TEST(MsgpackReader, SkipsAsDeepAsTheLimitAndNotOneDeeper) {
    for (const std::uint32_t depth : {0U, 1U, 2U, 64U, Limits::kDepthMax}) {
        for (const std::byte head : {std::byte{0x91}, std::byte{0x81}}) {
            Bytes bytes;
            const auto nest = [&](std::uint32_t levels) {
                bytes.clear();
                for (std::uint32_t i = 0; i < levels; ++i) {
                    if (head == std::byte{0x81}) bytes.insert(bytes.end(), {head, std::byte{1}});
                    if (head == std::byte{0x91}) bytes.push_back(head);
                }
                bytes.push_back(std::byte{0xC0});
            };
            nest(depth);
            EXPECT_EQ(fault_of_skip(bytes, {.depth = depth}), Fault::None) << depth;
            nest(depth + 1);
            EXPECT_EQ(fault_of_skip(bytes, {.depth = depth}), Fault::TooDeep) << depth;
        }
    }
}

TEST(MsgpackReader, RefusesAMillionNestedArrays) {
    EXPECT_EQ(fault_of_skip(Bytes(1'000'000, std::byte{0x91})), Fault::TooDeep);
    EXPECT_EQ(fault_of_skip(Bytes(1'000'000, std::byte{0x81})), Fault::TooDeep);
}

TEST(MsgpackReader, CountsTheDepthOfItsCallerTowardsTheLimit) {
    const Bytes bytes = from_hex("91 91 91 c0");
    Reader reader(bytes, {.depth = 3});
    reader.array();
    EXPECT_TRUE(reader.descend());
    EXPECT_EQ(reader.raw().size(), 3U);
    reader.ascend();

    Reader shallow(bytes, {.depth = 2});
    shallow.array();
    EXPECT_TRUE(shallow.descend());
    shallow.skip();
    EXPECT_EQ(shallow.fault(), Fault::TooDeep);

    Reader flat(bytes, {.depth = 0});
    EXPECT_FALSE(flat.descend());
    EXPECT_EQ(flat.fault(), Fault::TooDeep);
}

TEST(MsgpackReader, LimitsCountsAndLengths) {
    EXPECT_EQ(fault_of_skip(from_hex("92 c0c0"), {.count = 2}), Fault::None);
    EXPECT_EQ(fault_of_skip(from_hex("93 c0c0c0"), {.count = 2}), Fault::TooMany);
    EXPECT_EQ(fault_of_skip(from_hex("81 c0c0"), {.count = 1}), Fault::None);
    EXPECT_EQ(fault_of_skip(from_hex("82 c0c0c0c0"), {.count = 1}), Fault::TooMany);
    EXPECT_EQ(fault_of_skip(from_hex("a2 6161"), {.length = 2}), Fault::None);
    EXPECT_EQ(fault_of_skip(from_hex("a3 616161"), {.length = 2}), Fault::TooLong);
    EXPECT_EQ(fault_of_skip(from_hex("c4 03 616161"), {.length = 2}), Fault::TooLong);
    EXPECT_EQ(fault_of_skip(from_hex("d6 05 61616161"), {.length = 2}), Fault::TooLong);
}

TEST(MsgpackReader, ChecksUtf8WhenAsked) {
    const Bytes bad = from_hex("93 01 a3 61ff61 02");
    EXPECT_EQ(fault_of_skip(bad), Fault::None);
    EXPECT_EQ(fault_of_skip(bad, {.utf8 = true}), Fault::NotUtf8);
    EXPECT_EQ(fault_of_skip(from_hex("a2 c3a4"), {.utf8 = true}), Fault::None);
}

TEST(MsgpackReader, HandsOutViewsIntoTheBytesItReads) {
    const Bytes bytes = from_hex("a3 616263 c4 02 0102");
    Reader reader(bytes);
    EXPECT_EQ(static_cast<const void*>(reader.string().data()), bytes.data() + 1);
    EXPECT_EQ(reader.binary().data(), bytes.data() + 6);
    EXPECT_TRUE(reader.done());
}

TEST(MsgpackReader, SurvivesEveryPairOfFirstBytes) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const Bytes bytes = {static_cast<std::byte>(first), static_cast<std::byte>(second)};
            for (std::size_t size = 1; size <= 2; ++size) {
                Reader reader(BytesView(bytes).first(size));
                const Type type = reader.peek();
                const BytesView raw = reader.raw();
                EXPECT_LE(raw.size(), size);
                if (reader.ok()) {
                    EXPECT_NE(type, Type::None);
                }
            }
        }
    }
}

TEST(MsgpackReader, SaysEveryFaultAndTypeInWords) {
    for (unsigned fault = 0; fault <= static_cast<unsigned>(Fault::Trailing); ++fault) {
        EXPECT_FALSE(to_string(static_cast<Fault>(fault)).empty());
    }
    for (unsigned type = 0; type <= static_cast<unsigned>(Type::Extension); ++type) {
        EXPECT_FALSE(to_string(static_cast<Type>(type)).empty());
    }
}

}  // namespace
}  // namespace batpak::msgpack
