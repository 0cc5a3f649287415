#include "event/event_id_generator.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>

#include "batpak/base/detail/byte_order.hpp"

namespace batpak {
namespace {

class CountingEntropy final : public Entropy {
public:
    explicit CountingEntropy(int fixed = -1) : fixed_(fixed) {}
    void fill(MutableBytesView into) noexcept override {
        ++fills_;
        for (std::byte& byte : into) {
            byte = static_cast<std::byte>(fixed_ >= 0 ? static_cast<unsigned>(fixed_) : engine_());
        }
    }
    int fills() const { return fills_; }

private:
    std::mt19937 engine_{7};
    int fixed_;
    int fills_ = 0;
};

std::uint64_t top_of(const EventId& id) {
    std::uint64_t top = 0;
    std::memcpy(&top, id.bytes.data(), sizeof(top));
    return big_endian(top);
}

EventId with_top(std::uint64_t top) {
    EventId id;
    const std::uint64_t ordered = big_endian(top);
    std::memcpy(id.bytes.data(), &ordered, sizeof(ordered));
    return id;
}

TEST(EventIdGenerator, MakesUuidsOfVersionSevenWithTheTime) {
    CountingEntropy entropy;
    EventIdGenerator generator(entropy);
    constexpr std::int64_t kUs = 1'700'000'000'123'456;
    for (int i = 0; i < 1000; ++i) {
        const EventId id = generator.next(kUs);
        EXPECT_EQ(top_of(id) >> 16, 1'700'000'000'123U);
        EXPECT_EQ(std::to_integer<int>(id.bytes[6]) >> 4, 7);
        EXPECT_EQ(std::to_integer<int>(id.bytes[8]) >> 6, 2);
    }
    EXPECT_EQ(to_string(generator.next(kUs)).substr(0, 15), "018bcfe5-687b-7");
}

// Goal:   one million ids grow strictly in their first 64 bits under a clock of any kind.
// Method: a clock that stands still, one that goes back, one that jumps to both ends of its range,
//         and one that does all of that by chance.
TEST(EventIdGenerator, GrowsStrictlyWhateverTheClockDoes) {
    constexpr int kIds = 1'000'000;
    std::mt19937_64 engine(11);
    const auto check = [&](const char* name, auto&& clock) {
        CountingEntropy entropy;
        EventIdGenerator generator(entropy);
        std::uint64_t last = 0;
        for (int i = 0; i < kIds; ++i) {
            const std::uint64_t top = top_of(generator.next(clock(i)));
            ASSERT_GT(top, last) << name << " " << i;
            ASSERT_EQ((top >> 12) & 0xF, 7U) << name << " " << i;
            last = top;
        }
    };
    check("frozen", [](int) { return std::int64_t{1'700'000'000'000'000}; });
    check("back", [](int i) { return std::int64_t{1'700'000'000'000'000} - i; });
    check("before 1970", [](int i) { return std::int64_t{-1} - i; });
    check("jumping", [](int i) { return i % 2 == 0 ? INT64_MAX : INT64_MIN; });
    check("at chance", [&](int) { return static_cast<std::int64_t>(engine()); });
    check("forward", [](int i) { return std::int64_t{1'700'000'000'000'000} + i; });
}

TEST(EventIdGenerator, RunsOverIntoTheNextMillisecondAfterItsCounter) {
    CountingEntropy entropy(0);
    EventIdGenerator generator(entropy);
    for (std::uint64_t i = 0; i <= EventIdGenerator::kCounterMax; ++i) {
        EXPECT_EQ(top_of(generator.next(5000)), (5U << 16) | 0x7000 | i);
    }
    EXPECT_EQ(top_of(generator.next(5000)), (6U << 16) | 0x7000U);
    EXPECT_EQ(top_of(generator.next(7000)), (7U << 16) | 0x7000U);
}

TEST(EventIdGenerator, BeginsEachMillisecondBelow256) {
    CountingEntropy entropy;
    EventIdGenerator generator(entropy);
    std::set<std::uint64_t> starts;
    for (std::int64_t ms = 1; ms < 1000; ++ms) {
        starts.insert(top_of(generator.next(ms * 1000)) & EventIdGenerator::kCounterMax);
    }
    EXPECT_LT(*starts.rbegin(), 256U);
    EXPECT_GT(starts.size(), 100U);
}

TEST(EventIdGenerator, GoesOnAfterTheLastIdOfAnother) {
    CountingEntropy entropy;
    for (const std::uint64_t counter : {0U, 1U, 0xFFEU, 0xFFFU}) {
        for (const std::int64_t wall_us : {0, 8'999'000, 9'000'000, 9'001'000}) {
            EventIdGenerator generator(entropy);
            const EventId last = with_top((9000ULL << 16) | 0x7000 | counter);
            ASSERT_TRUE(generator.resume_after(last));
            EXPECT_GT(top_of(generator.next(wall_us)), top_of(last)) << counter << " " << wall_us;
            const EventId own = generator.next(wall_us);
            ASSERT_TRUE(generator.resume_after(last));  // older than its own: changes nothing
            EXPECT_GT(top_of(generator.next(wall_us)), top_of(own));
        }
    }
}

TEST(EventIdGenerator, GoesOnAfterIdsOfOtherVersions) {
    CountingEntropy entropy;
    EventIdGenerator generator(entropy);
    const EventId foreign = with_top(0x0123'4567'89AB'FFFF);
    ASSERT_TRUE(generator.resume_after(foreign));
    EXPECT_GT(top_of(generator.next(0)), top_of(foreign));
}

TEST(EventIdGenerator, RefusesToGoOnWhereNoRoomIsLeft) {
    CountingEntropy entropy;
    EventIdGenerator generator(entropy);
    EXPECT_FALSE(generator.resume_after(with_top(UINT64_MAX)));
    EXPECT_FALSE(generator.resume_after(with_top((EventIdGenerator::kResumeMax + 1) << 16)));
    EXPECT_EQ(top_of(generator.next(1000)) >> 16, 1U);
    const EventId last = with_top((EventIdGenerator::kResumeMax << 16) | 0x7FFF);
    EXPECT_TRUE(generator.resume_after(last));
    EXPECT_GT(top_of(generator.next(INT64_MAX)), top_of(last));
}

TEST(EventIdGenerator, TakesTheYear6429ForEveryLaterOne) {
    CountingEntropy entropy;
    EventIdGenerator generator(entropy);
    EXPECT_EQ(top_of(generator.next(INT64_MAX)) >> 16, EventIdGenerator::kClockMax);
}

TEST(EventIdGenerator, DrawsItsRandomnessInPools) {
    CountingEntropy entropy;
    EventIdGenerator generator(entropy);
    std::set<std::uint64_t> bottoms;
    for (int i = 0; i < 500; ++i) {
        std::uint64_t bottom = 0;
        std::memcpy(&bottom, generator.next(1000).bytes.data() + 8, sizeof(bottom));
        bottoms.insert(bottom);
    }
    EXPECT_EQ(entropy.fills(), 1);
    for (int i = 0; i < 500; ++i) (void)generator.next(1000);
    EXPECT_EQ(entropy.fills(), 2);
    EXPECT_EQ(bottoms.size(), 500U);
}

}  // namespace
}  // namespace batpak
