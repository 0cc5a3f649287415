#include "batpak/base/id.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <type_traits>
#include <unordered_set>

#include "batpak/base/environment.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak {
namespace {

constexpr std::string_view kText = "01234567-89ab-cdef-0123-456789abcdef";

TEST(Id, PrintsAsAUuid) {
    EventId id;
    for (std::size_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<std::byte>(i * 17);
    EXPECT_EQ(to_string(id), "00112233-4455-6677-8899-aabbccddeeff");
    EXPECT_EQ(to_string(EventId{}), "00000000-0000-0000-0000-000000000000");
}

RC_GTEST_PROP(Id, ReadsBackWhatItPrinted, (std::array<std::uint8_t, 16> numbers)) {
    EventId id;
    for (std::size_t i = 0; i < 16; ++i) id.bytes[i] = std::byte{numbers[i]};
    RC_ASSERT(EventId::parse(to_string(id)) == id);
}

TEST(Id, IsReadInEitherCase) {
    EXPECT_EQ(EventId::parse("01234567-89AB-CDEF-0123-456789ABCDEF"), EventId::parse(kText));
    EXPECT_EQ(to_string(EventId::parse(kText).value()), kText);
}

TEST(Id, RefusesEveryOtherLetterAtEveryPlace) {
    for (std::size_t place = 0; place < kText.size(); ++place) {
        const bool is_dash = kText[place] == '-';
        for (const char letter : {'-', '0', 'g', ' ', '\0', '{'}) {
            std::string text(kText);
            text[place] = letter;
            const bool legal = is_dash ? letter == '-' : letter == '0';
            EXPECT_EQ(EventId::parse(text).has_value(), legal) << text;
        }
    }
}

TEST(Id, RefusesEveryOtherLength) {
    for (std::size_t length = 0; length < kText.size(); ++length)
        EXPECT_FALSE(EventId::parse(kText.substr(0, length))) << length;
    EXPECT_FALSE(EventId::parse(std::string(kText) + '0'));
    EXPECT_FALSE(EventId::parse('{' + std::string(kText) + '}'));
    EXPECT_FALSE(EventId::parse("0123456789abcdef0123456789abcdef"));
}

TEST(Id, OrdersByBytesFromTheFront) {
    EventId low;
    EventId high;
    low.bytes[15] = std::byte{0xFF};
    high.bytes[0] = std::byte{0x01};
    EXPECT_LT(low, high);
    EXPECT_LT(to_string(low), to_string(high));
}

TEST(Id, KnowsNil) {
    EventId id;
    EXPECT_TRUE(id.is_nil());
    id.bytes[15] = std::byte{1};
    EXPECT_FALSE(id.is_nil());
}

TEST(Id, IsMadeAsAUuidOfVersionSevenWithTheTime) {
    testing::SeededEntropy entropy(1);
    constexpr std::int64_t kLastMillisecond = (std::int64_t{1} << 48) - 1;
    const std::pair<std::int64_t, std::string_view> times[] = {
        {0, "00000000-0000-7"},
        {-1, "00000000-0000-7"},
        {INT64_MIN, "00000000-0000-7"},
        {999, "00000000-0000-7"},
        {1000, "00000000-0001-7"},
        {0x0123456789AB * std::int64_t{1000} + 999, "01234567-89ab-7"},
        {kLastMillisecond * 1000, "ffffffff-ffff-7"},
        {INT64_MAX, "ffffffff-ffff-7"}};
    for (const auto& [wall_us, begin] : times) {
        const std::string text = to_string(EventId::make(wall_us, entropy));
        EXPECT_EQ(text.substr(0, begin.size()), begin) << wall_us;
        EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos) << text;
    }
}

TEST(Id, IsMadeOnceOfEachKind) {
    std::unordered_set<EventId> ids;
    for (int i = 0; i < 10'000; ++i) {
        const EventId id = EventId::make();
        EXPECT_FALSE(id.is_nil());
        EXPECT_TRUE(ids.insert(id).second) << to_string(id);
    }
    const std::int64_t now = real_clock()->wall_us();
    EXPECT_LE(ids.begin()->bytes, EventId::make(now + 1'000'000, *real_entropy()).bytes);
    EXPECT_GE(ids.begin()->bytes, EventId::make(now - 60'000'000, *real_entropy()).bytes);
}

TEST(Id, HashesEachOfItsBytes) {
    EventId id;
    std::unordered_set<std::size_t> hashes{std::hash<EventId>()(id)};
    for (std::byte& byte : id.bytes) {
        byte = std::byte{1};
        hashes.insert(std::hash<EventId>()(id));
    }
    EXPECT_EQ(hashes.size(), 17U);
    EXPECT_EQ(std::hash<LogId>()(LogId{}), std::hash<EventId>()(EventId{}));
}

static_assert(!std::is_convertible_v<EventId, LogId>);
static_assert(!std::is_constructible_v<LogId, EventId>);

}  // namespace
}  // namespace batpak
