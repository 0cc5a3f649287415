// The names that come most often, of more names than there are counters.
#include "tool/top/busiest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace batpak::tool {
namespace {

using Entries = std::vector<Busiest::Entry>;

TEST(Busiest, CountsExactlyWhileThereAreCounters) {
    Busiest busiest(3);
    for (const char* const name : {"a", "b", "b", "c", "c", "c"}) busiest.add(name);
    EXPECT_EQ(busiest.top(9), (Entries{{"c", 3, 0}, {"b", 2, 0}, {"a", 1, 0}}));
    EXPECT_EQ(busiest.top(1), (Entries{{"c", 3, 0}}));
    EXPECT_EQ(Busiest(3).top(9), Entries());
}

TEST(Busiest, TakesOverTheLowestCounter) {
    Busiest busiest(2);
    for (const char* const name : {"a", "a", "b", "new"}) busiest.add(name);
    EXPECT_EQ(busiest.top(9), (Entries{{"a", 2, 0}, {"new", 2, 1}}));
    EXPECT_EQ(busiest.size(), 2U);
}

// Goal:   the three promises of the header, for names that come in any order.
// Method: names with weights, most of them rare, against a plain count; many seeds.
TEST(Busiest, KeepsItsPromises) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        std::map<std::string, std::uint64_t> exact;
        constexpr std::size_t counters = 16;
        Busiest busiest(counters);
        constexpr std::uint64_t total = 4000;
        for (std::uint64_t i = 0; i < total; ++i) {
            const bool is_common = random() % 2 == 0;
            const std::string name = std::to_string(is_common ? random() % 5 : random() % 3000);
            ++exact[name];
            busiest.add(name);
        }
        const Entries entries = busiest.top(SIZE_MAX);
        EXPECT_EQ(entries.size(), counters);
        for (const Busiest::Entry& entry : entries) {
            EXPECT_GE(entry.events, exact[entry.name]);
            EXPECT_LE(entry.events - entry.error, exact[entry.name]);
        }
        for (const auto& [name, events] : exact) {
            if (events <= total / counters) continue;
            EXPECT_TRUE(std::ranges::any_of(
                entries, [&](const Busiest::Entry& entry) { return entry.name == name; }));
        }
    }
}

}  // namespace
}  // namespace batpak::tool
