// Goal:   a run of frames is known again by its heads, whether they are taken at once or in parts,
//         and any other run is told from it (INV I7).
// Method: a segment of events, batches and marks, taken by every cut in two; every head changed.
#include "store/frame/frame_heads.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/store/segment_builder.hpp"

namespace batpak::store {
namespace {

constexpr std::uint64_t kBegin = SegmentHeader::kBytes;

struct FrameHeadsTest : ::testing::Test {
    FrameHeadsTest() { builder.event().batch(3).event().mark().event(); }

    std::optional<FrameHeads> between(std::uint64_t begin, std::uint64_t end) const {
        const auto file = builder.file();
        return heads_between(*file, begin, end).value();
    }
    // Where each frame begins, and where the last one ends.
    std::vector<std::uint64_t> borders() const {
        std::vector<std::uint64_t> found{kBegin};
        while (found.back() < builder.offset()) {
            const auto head = builder.bytes().subspan(found.back());
            found.push_back(found.back() + kFrameHeaderBytes +
                            load_little_endian<std::uint32_t>(head));
        }
        return found;
    }

    testing::SegmentBuilder builder{Sequence(0)};
};

TEST_F(FrameHeadsTest, AreOfEveryFrame) {
    const auto heads = between(kBegin, builder.offset());
    ASSERT_TRUE(heads);
    EXPECT_EQ(heads->count(), borders().size() - 1);
    EXPECT_EQ(heads->last_offset(), borders()[borders().size() - 2]);
    EXPECT_TRUE(equal_bytes(heads->last(),
                            builder.bytes().subspan(heads->last_offset(), kFrameHeaderBytes)));
}

TEST_F(FrameHeadsTest, TwoPartsAddUpToTheWhole) {
    const FrameHeads whole = between(kBegin, builder.offset()).value();
    for (const std::uint64_t cut : borders()) {
        FrameHeads front = between(kBegin, cut).value();
        front.add(between(cut, builder.offset()).value());
        EXPECT_EQ(front, whole) << cut;
    }
}

TEST_F(FrameHeadsTest, AnotherFrameAnywhereShows) {
    const FrameHeads whole = between(kBegin, builder.offset()).value();
    const std::vector<std::uint64_t> frames = borders();
    for (std::size_t changed = 0; changed + 1 < frames.size(); ++changed) {
        FrameHeads other;
        for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
            FrameHead head;
            std::ranges::copy(builder.bytes().subspan(frames[i], head.size()), head.begin());
            if (i == changed) head[8] ^= std::byte{1};  // of its checksum
            other.add(frames[i], head.data());
        }
        EXPECT_NE(other, whole) << changed;
    }
}

TEST_F(FrameHeadsTest, TheSameFramesElsewhereAreOthers) {
    FrameHead head{};
    FrameHeads here;
    FrameHeads there;
    here.add(96, head.data());
    there.add(97, head.data());
    EXPECT_NE(here, there);
}

TEST_F(FrameHeadsTest, FramesThatDoNotEndWhereTheyShouldHaveNone) {
    EXPECT_EQ(between(kBegin, builder.offset() - 1), std::nullopt);
    EXPECT_EQ(between(kBegin, kBegin + kFrameHeaderBytes - 1), std::nullopt);
    builder.zeros(100);
    EXPECT_EQ(between(kBegin, builder.offset()), std::nullopt);
    EXPECT_EQ(between(kBegin, builder.offset() + 100), std::nullopt);  // behind the file
    EXPECT_EQ(between(kBegin, kBegin)->count(), 0U);
}

}  // namespace
}  // namespace batpak::store
