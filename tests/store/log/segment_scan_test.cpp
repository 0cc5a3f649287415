#include "store/log/segment_scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <functional>

#include "support/file_helpers.hpp"
#include "support/store/segment_builder.hpp"
#include "support/watchdog.hpp"

namespace batpak::store {
namespace {

using testing::SegmentBuilder;

constexpr Sequence kFirst{10};

struct Scanned {
    ScanEnd end;
    std::vector<std::uint64_t> sequences;
    std::vector<std::uint64_t> offsets;
};

Scanned scan(const SegmentBuilder& segment) {
    const testing::Watchdog watchdog("a scan", std::chrono::seconds(30));
    Scanned scanned;
    const auto visit = [&](const Frame& frame, std::uint64_t offset) -> Result<void> {
        scanned.sequences.push_back(frame.sequence.value);
        scanned.offsets.push_back(offset);
        EXPECT_EQ(frame.event.entity, "entity");
        return {};
    };
    const auto file = segment.file();
    const ScanStart start{SegmentHeader::kBytes, segment.header().first};
    scanned.end =
        scan_segment(*file, segment.bytes().size(), segment.header(), start, visit).value();
    EXPECT_EQ(scanned.end.next.value, start.next.value + scanned.sequences.size());
    return scanned;
}

Behind behind(const SegmentBuilder& segment) { return scan(segment).end.behind; }

TEST(SegmentScan, AnEmptySegmentEndsBehindItsHeader) {
    const Scanned scanned = scan(SegmentBuilder(kFirst));
    EXPECT_EQ(scanned.end.offset, SegmentHeader::kBytes);
    EXPECT_EQ(scanned.end.next, kFirst);
    EXPECT_EQ(scanned.end.behind, Behind::Nothing);
    EXPECT_FALSE(scanned.end.ends_with_mark);
    EXPECT_EQ(behind(SegmentBuilder(kFirst).zeros(1)), Behind::Zeros);
    EXPECT_EQ(behind(SegmentBuilder(kFirst).zeros(1 << 20)), Behind::Zeros);
}

TEST(SegmentScan, VisitsSinglesAndBatchesInOrder) {
    SegmentBuilder segment(kFirst);
    segment.event().event().durable(Sequence(11)).batch(3).mark().event().batch(2);
    const std::size_t end = segment.offset();
    segment.zeros(5000);
    const Scanned scanned = scan(segment);
    EXPECT_EQ(scanned.sequences, (std::vector<std::uint64_t>{10, 11, 12, 13, 14, 15, 16, 17}));
    EXPECT_EQ(scanned.offsets, segment.offsets);
    EXPECT_EQ(scanned.end.offset, end);
    EXPECT_EQ(scanned.end.durable_end, Sequence(11));
    EXPECT_EQ(scanned.end.behind, Behind::Zeros);
    EXPECT_EQ(scanned.end.open_batch, OpenBatch::No);
    EXPECT_FALSE(scanned.end.ends_with_mark);
}

TEST(SegmentScan, GoesOnFromAFrameInTheMiddle) {
    SegmentBuilder segment(kFirst);
    segment.event().event().batch(2).event();
    const auto file = segment.file();
    std::vector<std::uint64_t> sequences;
    const auto visit = [&](const Frame& frame, std::uint64_t) -> Result<void> {
        sequences.push_back(frame.sequence.value);
        return {};
    };
    const ScanStart start{segment.offsets[1], Sequence(11)};
    ASSERT_TRUE(scan_segment(*file, segment.offset(), segment.header(), start, visit));
    EXPECT_EQ(sequences, (std::vector<std::uint64_t>{11, 12, 13, 14}));
}

TEST(SegmentScan, SeesTheMarkOfACleanClose) {
    SegmentBuilder segment(kFirst);
    segment.event().durable(Sequence(11)).mark();
    const std::size_t end = segment.offset();
    const Scanned scanned = scan(segment);
    EXPECT_TRUE(scanned.end.ends_with_mark);
    EXPECT_EQ(scanned.end.offset, end);
    EXPECT_EQ(scanned.end.durable_end, Sequence(11));
    EXPECT_FALSE(scan(segment.event()).end.ends_with_mark);
}

TEST(SegmentScan, TheVisitorsErrorEndsIt) {
    SegmentBuilder segment(kFirst);
    segment.event().event();
    const auto file = segment.file();
    int visits = 0;
    const auto refuse = [&](const Frame&, std::uint64_t) -> Result<void> {
        ++visits;
        return fail(ErrorCode::Timeout);
    };
    const ScanStart start{SegmentHeader::kBytes, kFirst};
    const auto end = scan_segment(*file, segment.offset(), segment.header(), start, refuse);
    EXPECT_EQ(testing::code_of(end), ErrorCode::Timeout);
    EXPECT_EQ(visits, 1);
}

TEST(SegmentScan, ABatchWithoutItsCommitDoesNotCount) {
    for (std::uint32_t items = 0; items <= 3; ++items) {
        SegmentBuilder segment(kFirst);
        segment.event();
        const std::size_t end = segment.offset();
        segment.begin(3);
        for (std::uint32_t i = 0; i < items; ++i) segment.item(i, 3);
        segment.zeros(100);
        const Scanned scanned = scan(segment);
        EXPECT_EQ(scanned.sequences, (std::vector<std::uint64_t>{10}));
        EXPECT_EQ(scanned.end.offset, end);
        EXPECT_EQ(scanned.end.open_batch, OpenBatch::Yes);
        EXPECT_EQ(scanned.end.behind, Behind::Zeros);
    }
}

TEST(SegmentScan, AnyByteBehindTheFramesIsDamage) {
    SegmentBuilder segment(kFirst);
    segment.event();
    const std::size_t end = segment.offset();
    segment.zeros(300'000).raw(as_bytes("x")).zeros(100);
    EXPECT_EQ(scan(segment).end.offset, end);
    EXPECT_EQ(behind(segment), Behind::Damage);
}

TEST(SegmentScan, AreZerosSeesTheOneByteThatIsNot) {
    EXPECT_TRUE(are_zeros({}));
    for (std::size_t size = 1; size < 70; ++size) {
        Bytes bytes(size);
        EXPECT_TRUE(are_zeros(bytes));
        for (std::byte& byte : bytes) {
            byte = std::byte{0x80};
            EXPECT_FALSE(are_zeros(bytes));
            byte = std::byte{0};
        }
        std::ranges::fill(bytes, std::byte{7});
        EXPECT_FALSE(are_zeros(bytes));
    }
}

TEST(SegmentScan, EveryTruncationEndsBehindTheLastWholeFrame) {
    SegmentBuilder whole(kFirst);
    whole.event().batch(2).event();
    for (std::size_t length = SegmentHeader::kBytes; length < whole.offset(); ++length) {
        const auto file = whole.file();
        std::size_t visits = 0;
        const auto visit = [&](const Frame&, std::uint64_t) -> Result<void> {
            ++visits;
            return {};
        };
        const ScanEnd end =
            scan_segment(*file, length, whole.header(), {SegmentHeader::kBytes, kFirst}, visit)
                .value();
        ASSERT_LE(end.offset, length);
        ASSERT_EQ(end.next.value, kFirst.value + visits);
        const bool at_border = end.offset == length || end.open_batch == OpenBatch::Yes;
        ASSERT_TRUE(at_border || end.behind == Behind::Damage) << length;
    }
}

// Frames whose checksums hold and that do not fit where they stand: no crash leaves them.
TEST(SegmentScan, WellFormedFramesThatDoNotFitAreContradictions) {
    using Step = std::function<void(SegmentBuilder&)>;
    const std::vector<std::pair<const char*, Step>> contradictions = {
        {"a gap", [](auto& s) { s.next(Sequence(12)).event(); }},
        {"a repetition", [](auto& s) { s.next(Sequence(10)).event(); }},
        {"a mark of another sequence", [](auto& s) { s.next(Sequence(12)).mark(); }},
        {"a batch of another sequence", [](auto& s) { s.next(Sequence(12)).begin(1); }},
        {"a testimony for what is not there",
         [](auto& s) { s.begin(2).item(0, 2).durable(Sequence(12)).item(1, 2); }},
        {"a hash where there are none", [](auto& s) { s.hashed(true).event(); }},
        {"an item without its batch", [](auto& s) { s.item(0, 2); }},
        {"a commit without its batch", [](auto& s) { s.commit(1, 0); }},
        {"a batch in a batch", [](auto& s) { s.begin(2).begin(2); }},
        {"a mark in a batch", [](auto& s) { s.begin(2).item(0, 2).mark(); }},
        {"an event alone in a batch", [](auto& s) { s.begin(2).event(); }},
        {"an item of another index", [](auto& s) { s.begin(2).item(1, 2); }},
        {"an item of another count", [](auto& s) { s.begin(2).item(0, 3); }},
        {"a commit too early", [](auto& s) { s.begin(2).item(0, 2).commit(2); }},
        {"an item too many", [](auto& s) { s.begin(2).item(0, 2).item(1, 2).item(1, 2); }},
        {"a commit of another count", [](auto& s) { s.begin(1).item(0, 1).commit(2); }},
        {"a commit of other bytes", [](auto& s) { s.begin(1).item(0, 1).commit(1, 7); }},
        {"a body that is no frame's", [](auto& s) {
             Buffer frame;
             append_event_frame(frame, s.header().salt, s.offset(),
                                {.place = {.sequence = Sequence(11)}}, as_bytes("\xC0"));
             s.raw(frame.view());
         }}};
    for (const auto& [name, step] : contradictions) {
        SCOPED_TRACE(name);
        SegmentBuilder segment(kFirst);
        segment.event();
        const std::size_t end = segment.offset();
        step(segment);
        segment.zeros(100);
        const Scanned scanned = scan(segment);
        EXPECT_EQ(scanned.end.behind, Behind::Contradiction);
        EXPECT_EQ(scanned.end.offset, end);
        EXPECT_EQ(scanned.sequences, (std::vector<std::uint64_t>{10}));
    }
}

Testimony testimony(const SegmentBuilder& segment, std::uint64_t offset, Sequence next) {
    const auto file = segment.file();
    return find_testimony(*file, segment.offset(), segment.header(), offset, next).value();
}

TEST(SegmentScan, AFrameBehindDamageTestifiesForMoreThanWasFound) {
    for (const std::size_t damaged_bytes : {1U, 9U, 10U, 700U, 300'000U}) {
        SCOPED_TRACE(damaged_bytes);
        SegmentBuilder segment(kFirst);
        segment.event();
        const std::size_t damage_at = segment.offset();
        segment.raw(Bytes(damaged_bytes, std::byte{0x07}));
        segment.next(Sequence(20)).durable(Sequence(12)).event();
        EXPECT_EQ(testimony(segment, damage_at, Sequence(11)), Testimony::Yes);
        EXPECT_EQ(testimony(segment, damage_at, Sequence(12)), Testimony::No);
    }
}

TEST(SegmentScan, EveryTypeOfFrameTestifies) {
    const auto testifies = [](const std::function<void(SegmentBuilder&)>& step) {
        SegmentBuilder segment(kFirst);
        segment.raw(as_bytes("damage")).next(Sequence(20)).durable(Sequence(20));
        step(segment);
        return testimony(segment, SegmentHeader::kBytes, kFirst) == Testimony::Yes;
    };
    EXPECT_TRUE(testifies([](auto& s) { s.event(); }));
    EXPECT_TRUE(testifies([](auto& s) { s.mark(); }));
    EXPECT_TRUE(testifies([](auto& s) { s.begin(2); }));
    EXPECT_FALSE(testifies([](auto& s) { s.durable(kFirst).event(); }));
    EXPECT_FALSE(testifies([](auto& s) { s.zeros(1000); }));
}

// A frame inside a payload, or of another life of the file, stands at another offset.
TEST(SegmentScan, AFrameInTheWrongPlaceDoesNotTestify) {
    SegmentBuilder honest(kFirst);
    honest.next(Sequence(20)).durable(Sequence(20)).event();
    SegmentBuilder segment(kFirst);
    segment.raw(as_bytes("damage")).raw(honest.bytes().subspan(SegmentHeader::kBytes));
    EXPECT_EQ(testimony(segment, SegmentHeader::kBytes, kFirst), Testimony::No);
}

TEST(SegmentScan, TheSearchEndsEvenIfEveryPlaceLooksLikeAFrame) {
    // Head checks that hold, one behind the other, each claiming all that follows.
    constexpr std::size_t kBytes = 64 << 10;
    constexpr std::size_t kEmptyFrame = kFrameHeaderBytes + 29;
    SegmentBuilder segment(kFirst);
    const std::size_t start = segment.offset();
    Bytes bytes(kBytes);
    for (std::size_t at = 0; at + kEmptyFrame <= kBytes; at += kFrameHeaderBytes) {
        Buffer frame;
        append_event_frame(frame, segment.header().salt, start + at, {},
                           Bytes(kBytes - at - kEmptyFrame));
        ASSERT_EQ(frame.size(), kBytes - at);
        std::ranges::copy(frame.view().first(6), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    }
    segment.raw(bytes);
    const auto file = segment.file();
    const auto found =
        find_testimony(*file, segment.offset(), segment.header(), start, Sequence(0));
    EXPECT_EQ(found.value(), Testimony::No);
}

}  // namespace
}  // namespace batpak::store
