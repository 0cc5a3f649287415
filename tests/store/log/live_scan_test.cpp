// Goal:   beside a writer a scan goes on for as long as frames are added, and what it says about
//         the end was so when nothing moved there (INV I6).
// Method: a segment that grows at each look, by frames that testify for what was torn a moment
//         before.
#include "store/log/live_scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "support/store/segment_builder.hpp"

namespace batpak::store {
namespace {

using testing::SegmentBuilder;

// A file whose content may change before each look at its size.
class MovingFile final : public File {
public:
    explicit MovingFile(std::vector<Bytes> moments) : moments_(std::move(moments)) {}

    Result<FileStat> stat() override {
        if (looks_ > 0 && now_ + 1 < moments_.size()) ++now_;
        ++looks_;
        return FileStat{.size_bytes = moments_[now_].size()};
    }
    Result<std::size_t> read_at(std::uint64_t offset, MutableBytesView into) override {
        const Bytes& bytes = moments_[now_];
        if (offset >= bytes.size()) return std::size_t{0};
        const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - offset);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
        return count;
    }
    Result<void> write_at(std::uint64_t, BytesView) override { return unexpected(); }
    Result<void> allocate(std::uint64_t) override { return unexpected(); }
    Result<void> resize(std::uint64_t) override { return unexpected(); }
    Result<void> sync(SyncMode) override { return unexpected(); }
    Result<std::unique_ptr<Mapping>> map(std::uint64_t, bool) override {
        return fail(unexpected().error());
    }
    int looks() const { return looks_; }

private:
    static Result<void> unexpected() { return fail(ErrorCode::Io, "a scan only reads"); }

    std::vector<Bytes> moments_;
    std::size_t now_ = 0;
    int looks_ = 0;
};

struct LiveScanTest : ::testing::Test {
    // The builder's bytes as they are now.
    void moment() { moments.emplace_back(builder.bytes().begin(), builder.bytes().end()); }
    LiveScan scan() {
        MovingFile file(moments);
        const EventVisitor visit = [this](const Frame& frame, std::uint64_t) -> Result<void> {
            EXPECT_EQ(frame.sequence, Sequence(visited));
            ++visited;
            return {};
        };
        const LiveScan found =
            scan_beside_writer(file, builder.header(), {SegmentHeader::kBytes, Sequence(0)}, visit)
                .value();
        looks = file.looks();
        return found;
    }

    SegmentBuilder builder{Sequence(0)};
    std::vector<Bytes> moments;
    std::uint64_t visited = 0;
    int looks = 0;
};

TEST_F(LiveScanTest, AWholeSegmentIsLookedAtOnce) {
    builder.event().event().zeros(500);
    moment();
    const LiveScan found = scan();
    EXPECT_EQ(found.end.next, Sequence(2));
    EXPECT_EQ(found.end.behind, Behind::Zeros);
    EXPECT_EQ(found.testimony, Testimony::No);
    EXPECT_EQ(found.file_bytes, builder.offset());
    EXPECT_EQ(visited, 2U);
    EXPECT_EQ(looks, 1);
}

// The write of the second event was half done at the first look, and more came after it.
TEST_F(LiveScanTest, WhatWasTornIsWholeAtTheNextLook) {
    builder.event();
    const std::size_t first_end = builder.offset();
    builder.event();
    const std::size_t second_end = builder.offset();
    builder.durable(Sequence(2)).event();
    Bytes torn(builder.bytes().begin(), builder.bytes().end());
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(first_end + 20),
              torn.begin() + static_cast<std::ptrdiff_t>(second_end), std::byte{0});
    moments.push_back(torn);
    moment();
    const LiveScan found = scan();
    EXPECT_EQ(found.end.next, Sequence(3));
    EXPECT_EQ(found.end.durable_end, Sequence(2));
    EXPECT_EQ(found.testimony, Testimony::No);
    EXPECT_EQ(visited, 3U);
    EXPECT_EQ(looks, 2);
}

TEST_F(LiveScanTest, WhatStaysTornIsLookedAtTwice) {
    builder.event();
    const std::size_t first_end = builder.offset();
    builder.event().durable(Sequence(2)).event();
    moment();
    moments[0][first_end + 20] ^= std::byte{1};
    const LiveScan found = scan();
    EXPECT_EQ(found.end.next, Sequence(1));
    EXPECT_EQ(found.end.behind, Behind::Damage);
    EXPECT_EQ(found.testimony, Testimony::Yes);
    EXPECT_EQ(visited, 1U);
    EXPECT_EQ(looks, 2);
}

TEST_F(LiveScanTest, ATailThatNothingTestifiesForIsTheEndAtOnce) {
    builder.event().raw(as_bytes("half of a frame"));
    moment();
    const LiveScan found = scan();
    EXPECT_EQ(found.end.behind, Behind::Damage);
    EXPECT_EQ(found.testimony, Testimony::No);
    EXPECT_EQ(looks, 1);
}

TEST_F(LiveScanTest, TheHeadsOfAllRoundsAddUp) {
    builder.event();
    const std::size_t first_end = builder.offset();
    builder.event().durable(Sequence(2)).event();
    moment();
    Bytes torn = moments[0];
    torn[first_end + 20] ^= std::byte{1};
    moments.insert(moments.begin(), torn);
    const LiveScan found = scan();
    const auto file = builder.file();
    EXPECT_EQ(found.end.heads,
              heads_between(*file, SegmentHeader::kBytes, builder.offset()).value().value());
}

TEST_F(LiveScanTest, AFileThatShrinksIsNoReasonToGoBack) {
    builder.event().event();
    const std::size_t whole = builder.offset();
    builder.durable(Sequence(5)).event();  // testifies for what is not there: damage by itself
    moment();
    moments[0][whole + 20] ^= std::byte{1};
    moments.push_back(moments[0]);
    moments[1].resize(whole - 5);
    const LiveScan found = scan();
    EXPECT_EQ(found.end.next, Sequence(2));
    EXPECT_GE(found.file_bytes, found.end.offset);
}

}  // namespace
}  // namespace batpak::store
