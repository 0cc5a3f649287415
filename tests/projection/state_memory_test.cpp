// Goal:   states are kept by identity, the newest of one store, up to a number of bytes; the least
//         recently used leave first.
// Method: states of known sizes; a limit that three of them fit.
#include "projection/state_memory.hpp"

#include <gtest/gtest.h>

#include "projection/identity.hpp"
#include "store/view/read_side.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::projection {
namespace {

constexpr std::uint64_t kSlotBytes = 320;
constexpr std::size_t kStateBytes = 1000;

std::string identity_of(std::string_view name, char version) {
    return static_cast<char>(name.size()) + std::string(name) + version + "\0\0\0" + "more";
}

struct StateMemoryTest : ::testing::Test {
    static KeptEntry entry(std::uint64_t end, std::size_t bytes = kStateBytes) {
        auto record = std::make_shared<StateRecord>();
        record->state = Bytes(bytes);
        KeptEntry made;
        made.record = record;
        made.current_end = Sequence(end);
        return made;
    }
    bool has(const std::string& identity) { return memory.get(identity).has_value(); }

    const std::string a = identity_of("a", 'x');
    const std::string b = identity_of("b", 'x');
    const std::string c = identity_of("c", 'x');
    const std::string d = identity_of("d", 'x');
    StateMemory memory{3 * (kSlotBytes + kStateBytes + 20)};
};

TEST_F(StateMemoryTest, GivesWhatWasPut) {
    EXPECT_FALSE(has(a));
    EXPECT_TRUE(memory.put(a, entry(5)));
    EXPECT_EQ(memory.get(a)->current_end, Sequence(5));
    EXPECT_TRUE(memory.put(a, entry(6)));
    EXPECT_EQ(memory.get(a)->current_end, Sequence(6));
    EXPECT_EQ(memory.size().states, 1U);
}

TEST_F(StateMemoryTest, TheLeastRecentlyUsedLeaves) {
    for (const std::string& identity : {a, b, c}) memory.put(identity, entry(1));
    EXPECT_TRUE(has(a));
    memory.put(d, entry(1));
    EXPECT_TRUE(has(a));
    EXPECT_FALSE(has(b));
    EXPECT_TRUE(has(c));
    EXPECT_TRUE(has(d));
    EXPECT_EQ(memory.size().evictions, 1U);
}

TEST_F(StateMemoryTest, CountsTheBytesThatItHolds) {
    memory.put(a, entry(1));
    const std::uint64_t one = memory.size().bytes;
    EXPECT_GE(one, kStateBytes);
    memory.put(b, entry(1));
    EXPECT_EQ(memory.size().bytes, 2 * one);
    memory.put(b, entry(2, 0));
    EXPECT_EQ(memory.size().bytes, 2 * one - kStateBytes);
    memory.remove(b);
    memory.remove(b);
    EXPECT_EQ(memory.size().bytes, one);
    memory.clear();
    EXPECT_EQ(memory.size().bytes, 0U);
    EXPECT_EQ(memory.size().states, 0U);
}

TEST_F(StateMemoryTest, WhatIsLargerThanAllIsNotKeptAndReplacesItsFormer) {
    memory.put(a, entry(1));
    memory.put(b, entry(1));
    EXPECT_TRUE(memory.put(a, entry(2, 100 * kStateBytes)));
    EXPECT_FALSE(has(a));
    EXPECT_TRUE(has(b));
}

TEST_F(StateMemoryTest, ANewerStateOfTheSameStoreStays) {
    KeptEntry newer = entry(9);
    KeptEntry older = entry(5);
    const auto side = std::make_shared<int>();  // stands for the side: only its identity counts
    newer.seen_in = std::shared_ptr<const store::ReadSide>(side, nullptr);
    older.seen_in = newer.seen_in;
    EXPECT_TRUE(memory.put(a, newer));
    EXPECT_FALSE(memory.put(a, older));
    EXPECT_EQ(memory.get(a)->current_end, Sequence(9));
    older.seen_in = std::shared_ptr<const store::ReadSide>(std::make_shared<int>(), nullptr);
    EXPECT_TRUE(memory.put(a, older));  // of another store
    EXPECT_EQ(memory.get(a)->current_end, Sequence(5));
}

TEST_F(StateMemoryTest, RemovesAllVersionsOfAName) {
    const std::string a2 = identity_of("a", 'y');
    for (const std::string& identity : {a, a2, b}) memory.put(identity, entry(1));
    memory.remove_named("a");
    EXPECT_FALSE(has(a));
    EXPECT_FALSE(has(a2));
    EXPECT_TRUE(has(b));
}

}  // namespace
}  // namespace batpak::projection
