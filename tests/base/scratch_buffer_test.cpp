// Goal:   a thread lends the same memory again and again, to one at a time, and keeps little of it.
// Method: the addresses of what is lent, in threads that have lent nothing before.
#include "batpak/base/detail/scratch_buffer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <thread>

namespace batpak {
namespace {

constexpr std::size_t kBytes = 100;
constexpr std::size_t kHugeBytes = (1U << 20) + 1;

// In a thread of its own, which has lent nothing yet.
template <class Body>
void in_new_thread(Body body) {
    std::thread(body).join();
}

const std::byte* filled(ScratchBuffer& scratch, std::size_t bytes) {
    scratch->extend(bytes);
    return scratch->data();
}

TEST(ScratchBuffer, LendsTheSameMemoryAgainAndEmpty) {
    in_new_thread([] {
        {
            const ScratchBuffer first;
        }  // the thread has a pool from here on
        const std::byte* memory = nullptr;
        {
            ScratchBuffer scratch;
            EXPECT_TRUE(scratch->empty());
            memory = filled(scratch, kBytes);
        }
        ScratchBuffer again;
        EXPECT_TRUE(again->empty());
        EXPECT_GE(again->capacity(), kBytes);
        EXPECT_EQ(again->data(), memory);
    });
}

TEST(ScratchBuffer, TwoAtATimeShareNothing) {
    in_new_thread([] {
        ScratchBuffer outer;
        ScratchBuffer inner;
        EXPECT_NE(filled(outer, kBytes), filled(inner, kBytes));
        EXPECT_EQ(outer->size(), kBytes);
    });
}

TEST(ScratchBuffer, KeepsFewBuffersAndNoHugeOne) {
    in_new_thread([] {
        {
            const ScratchBuffer first;
        }
        {
            ScratchBuffer huge;
            filled(huge, kHugeBytes);
        }
        {
            EXPECT_LT(ScratchBuffer()->capacity(), kHugeBytes);
        }
        {
            std::array<ScratchBuffer, 6> many;
            for (ScratchBuffer& scratch : many) filled(scratch, kBytes);
        }
        std::array<ScratchBuffer, 6> again;
        int kept = 0;
        for (ScratchBuffer& scratch : again) kept += scratch->capacity() >= kBytes ? 1 : 0;
        EXPECT_EQ(kept, 4);
    });
}

// Made before the pool, so destroyed after it: what a destructor of such an object borrows is
// plain.
struct UsedAtTheEnd {
    ~UsedAtTheEnd() {
        ScratchBuffer late;
        filled(late, kBytes);
        EXPECT_EQ(late->size(), kBytes);
    }
};

TEST(ScratchBuffer, WorksAfterTheThreadHasLetGoOfItsBuffers) {
    in_new_thread([] {
        thread_local const UsedAtTheEnd last;
        (void)&last;
        ScratchBuffer scratch;
        filled(scratch, kBytes);
    });
}

}  // namespace
}  // namespace batpak
