#include "batpak/base/bytes.hpp"

#include <gtest/gtest.h>

#include "support/faults/throwing_asserts.hpp"

namespace batpak {
namespace {

TEST(Buffer, StartsEmptyWithoutMemory) {
    const Buffer buffer;
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.capacity(), 0U);
    EXPECT_TRUE(buffer.view().empty());
}

TEST(Buffer, HoldsWhatWasAddedInOrder) {
    Buffer buffer;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string text = std::to_string(i);
        buffer.append(as_bytes(text));
        buffer.push_back(std::byte{','});
        expected += text + ',';
    }
    std::memcpy(buffer.extend(3).data(), "end", 3);
    EXPECT_EQ(as_text(buffer.view()), expected + "end");
    EXPECT_EQ(as_text({buffer.data(), buffer.size()}), expected + "end");
}

TEST(Buffer, AppendsNothing) {
    Buffer buffer;
    buffer.append({});
    EXPECT_TRUE(buffer.empty());
    EXPECT_TRUE(buffer.extend(0).empty());
}

TEST(Buffer, KeepsItsRoomWhenCleared) {
    Buffer buffer;
    buffer.append(as_bytes(std::string(1000, 'x')));
    const std::size_t capacity = buffer.capacity();
    const std::byte* const data = buffer.data();
    buffer.clear();
    EXPECT_TRUE(buffer.empty());
    buffer.append(as_bytes(std::string(1000, 'y')));
    EXPECT_EQ(buffer.capacity(), capacity);
    EXPECT_EQ(buffer.data(), data);
}

TEST(Buffer, AllocatesOnceForWhatWasReserved) {
    Buffer buffer;
    buffer.reserve_more(5000);
    const std::byte* const data = buffer.data();
    EXPECT_GE(buffer.capacity(), 5000U);
    buffer.extend(5000);
    EXPECT_EQ(buffer.data(), data);
}

TEST(Buffer, GrowsByDoubling) {
    Buffer buffer;
    int growths = 0;
    std::size_t capacity = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        buffer.push_back(std::byte{1});
        if (buffer.capacity() != capacity) ++growths;
        capacity = buffer.capacity();
    }
    EXPECT_LE(growths, 13);
}

TEST(Buffer, TruncatesToAnySizeItHas) {
    Buffer buffer;
    buffer.append(as_bytes("0123456789"));
    buffer.truncate(10);
    EXPECT_EQ(as_text(buffer.view()), "0123456789");
    buffer.truncate(4);
    EXPECT_EQ(as_text(buffer.view()), "0123");
    buffer.truncate(0);
    EXPECT_TRUE(buffer.empty());
}

TEST(BufferDeathTest, CannotTruncateToMoreThanItHas) {
    Buffer buffer;
    buffer.append(as_bytes("0123"));
    EXPECT_DEATH(buffer.truncate(5), "size <= size_");
}

TEST(Buffer, MovesAndLeavesAnEmptyOneThatStillWorks) {
    Buffer source;
    source.append(as_bytes("text"));
    Buffer target(std::move(source));
    EXPECT_EQ(as_text(target.view()), "text");
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move): this is what is tested
    EXPECT_EQ(source.capacity(), 0U);
    source.append(as_bytes("again"));
    target = std::move(source);
    EXPECT_EQ(as_text(target.view()), "again");
}

TEST(Buffer, RefusesASizeThatOverflows) {
    const testing::ThrowingAsserts throwing;
    Buffer buffer;
    buffer.append(as_bytes("text"));
    EXPECT_THROW(buffer.reserve_more(~std::size_t{0} - 1), testing::AssertionFailed);
    EXPECT_EQ(as_text(buffer.view()), "text");
}

}  // namespace
}  // namespace batpak
