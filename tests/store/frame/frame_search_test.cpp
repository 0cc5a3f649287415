// Goal:   the search for frames finds what a naive one finds, and costs a few times the bytes that
//         it searches, whatever they are (INV R3).
// Method: torn writes of what programs store, against a search that checks each place by itself;
//         bytes made by somebody who knows the salt, from which the worst are looked for. What is
//         counted is bytes summed up and places tried, not time.
#include "store/frame/frame_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/log/segment_scan.hpp"
#include "support/file_helpers.hpp"
#include "support/store/segment_builder.hpp"
#include "testing/random.hpp"

namespace batpak::store::frame_search_test {
namespace {

using testing::Random;
using testing::SegmentBuilder;

constexpr Sequence kFirst{10};
constexpr std::uint64_t kBytesPerByteMax = 4;

bool accept_all(BytesView, std::uint32_t) { return true; }

std::vector<FoundFrame> sorted(std::vector<FoundFrame> frames) {
    std::ranges::sort(frames, {}, &FoundFrame::offset);
    return frames;
}

std::vector<FoundFrame> search(const SegmentBuilder& segment, std::uint64_t begin) {
    const auto file = segment.file();
    FrameSearch search(*file, segment.header().salt, begin, segment.offset());
    std::vector<FoundFrame> found;
    const auto keep = [&](const FoundFrame& frame) {
        found.push_back(frame);
        return true;
    };
    EXPECT_TRUE(search.run(accept_all, keep));
    EXPECT_LE(search.bytes_summed(), kBytesPerByteMax * (segment.offset() - begin));
    return sorted(std::move(found));
}

// Each place by itself.
std::vector<FoundFrame> naive_search(const SegmentBuilder& segment, std::uint64_t begin) {
    std::vector<FoundFrame> found;
    for (std::uint64_t at = begin; at < segment.offset(); ++at) {
        const CheckedFrame checked =
            check_frame(segment.bytes().subspan(at), segment.header().salt, at);
        if (checked.status == FrameStatus::Valid) found.push_back({at, at + checked.frame_bytes});
    }
    return found;
}

Testimony testimony_of(const SegmentBuilder& segment, const std::vector<FoundFrame>& frames,
                       Sequence next) {
    for (const FoundFrame& found : frames) {
        const BytesView body = segment.bytes().subspan(
            found.offset + kFrameHeaderBytes, found.end - found.offset - kFrameHeaderBytes);
        const Result<Frame> frame = decode_any_body(body);
        if (frame && frame->durable_end > next) return Testimony::Yes;
    }
    return Testimony::No;
}

Testimony testimony(const SegmentBuilder& segment, std::uint64_t begin, Sequence next) {
    const auto file = segment.file();
    return find_testimony(*file, segment.offset(), segment.header(), begin, next).value();
}

TEST(FrameSearch, FindsTheFramesOfASegmentFromAnyByte) {
    SegmentBuilder segment(kFirst);
    segment.event().batch(3).mark().event().zeros(700).event().zeros(100);
    for (std::size_t begin = 0; begin < segment.offset(); ++begin)
        ASSERT_EQ(search(segment, begin), naive_search(segment, begin)) << begin;
}

TEST(FrameSearch, FindsFramesAroundTheBordersOfItsWindows) {
    for (const std::size_t from_border : {0U, 1U, 5U, 9U, 10U, 11U, 50U, 58U, 59U, 73U, 74U, 75U}) {
        SegmentBuilder segment(kFirst);
        const std::size_t begin = segment.offset();
        segment.zeros(kScanWindowBytes - from_border)
            .event()
            .event()
            .zeros(kScanWindowBytes)
            .mark();
        ASSERT_EQ(search(segment, begin), naive_search(segment, begin)) << from_border;
        ASSERT_EQ(search(segment, begin).size(), 3U);
    }
}

TEST(FrameSearch, EndsWhereItIsToldTo) {
    SegmentBuilder segment(kFirst);
    segment.event().event().event();
    const auto file = segment.file();
    FrameSearch search(*file, segment.header().salt, SegmentHeader::kBytes, segment.offset());
    int visits = 0;
    const auto stop = [&](const FoundFrame&) { return ++visits < 2; };
    ASSERT_TRUE(search.run(accept_all, stop));
    EXPECT_EQ(visits, 2);
}

// ---- Torn writes of what programs store ------------------------------------------------------

struct Content {
    const char* name;
    std::function<Bytes(std::size_t size)> make;
};

Bytes utf16(std::size_t size) {
    constexpr std::string_view kText = "The quick brown fox jumps over the lazy dog. ";
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; i += 2)
        bytes[i] = static_cast<std::byte>(kText[i / 2 % kText.size()]);
    return bytes;
}

Bytes integers(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i + 4 <= size; i += 4)
        store_little_endian(MutableBytesView(bytes).subspan(i), static_cast<std::uint32_t>(i));
    return bytes;
}

Bytes sparse(std::size_t size) {
    Bytes bytes(size);
    Random random(5);
    for (std::size_t i = 0; i + 8 <= size; i += 8 * (1 + random.below(9)))
        store_little_endian(MutableBytesView(bytes).subspan(i), random.below(1000));
    return bytes;
}

Bytes zeros_with_ones(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 3; i < size; i += 5) bytes[i] = std::byte{1};
    return bytes;
}

Bytes noise(std::size_t size) {
    Bytes bytes(size);
    Random random(6);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
    return bytes;
}

// MessagePack of small arrays: every other byte starts one.
Bytes arrays(std::size_t size) {
    Bytes bytes(size, std::byte{0x93});
    for (std::size_t i = 0; i + 4 <= size; i += 4) bytes[i + 3] = std::byte{1};
    return bytes;
}

// The file of another store, or of this one, as a payload.
Bytes a_store(std::size_t size) {
    SegmentBuilder segment(Sequence(1000));
    segment.durable(Sequence(1000));
    while (segment.offset() < size) segment.event().batch(3).mark();
    return {segment.bytes().begin(), segment.bytes().begin() + static_cast<std::ptrdiff_t>(size)};
}

const Content kContents[] = {{"UTF-16", utf16},
                             {"integers", integers},
                             {"a sparse matrix", sparse},
                             {"zeros with ones", zeros_with_ones},
                             {"noise", noise},
                             {"arrays", arrays},
                             {"a store", a_store}};

// One event of megabytes, of which a part was written when the process was killed.
TEST(FrameSearch, WhateverIsTornItIsNoTestimony) {
    constexpr std::size_t kPayload = 3U << 20;
    for (const Content& content : kContents) {
        SCOPED_TRACE(content.name);
        const Bytes payload = content.make(kPayload);
        for (const std::size_t percent : {25U, 50U, 75U}) {
            SegmentBuilder segment(kFirst);
            segment.event();
            const std::size_t begin = segment.offset();
            segment.event(payload);
            const std::size_t torn = begin + (segment.offset() - begin) * percent / 100;
            segment.cut(torn).zeros(4096);
            const std::vector<FoundFrame> naive = naive_search(segment, begin);
            EXPECT_EQ(search(segment, begin), naive);
            EXPECT_EQ(testimony_of(segment, naive, Sequence(11)), Testimony::No);
            EXPECT_EQ(testimony(segment, begin, Sequence(11)), Testimony::No);
            // The same bytes, and behind them what was promised.
            segment.next(Sequence(20)).durable(Sequence(13)).event();
            EXPECT_EQ(testimony(segment, begin, Sequence(11)), Testimony::Yes);
        }
    }
}

// ---- Bytes of somebody who knows the salt ----------------------------------------------------

enum class Ends : std::uint8_t { AtTheEnd, Anywhere, Soon };

struct Plan {
    std::size_t period = 15;
    Ends ends = Ends::AtTheEnd;
};

// Heads whose checks hold, one every `period` bytes, each in the number that the one before it
// says its sequence is. The body of each starts as an event's that testifies for more.
Bytes worst_bytes(const Salt& salt, std::uint64_t begin, std::size_t size, const Plan& plan,
                  Random& random) {
    Bytes bytes(size);
    const MutableBytesView all(bytes);
    for (std::size_t at = 0; at + 80 < size; at += plan.period) {
        const std::size_t room = size - at - kFrameHeaderBytes;
        std::size_t n = room;
        if (plan.ends == Ends::Anywhere) n = 24 + random.below(room - 24);
        if (plan.ends == Ends::Soon) n = std::min<std::size_t>(room, 24 + random.below(5000));
        std::array<std::byte, 28> bound{};
        std::ranges::copy(salt, bound.begin());
        store_little_endian(std::span(bound).subspan(16), begin + at);
        store_little_endian(std::span(bound).subspan(24), static_cast<std::uint32_t>(n));
        store_little_endian(all.subspan(at), static_cast<std::uint32_t>(n));
        store_little_endian(all.subspan(at + 4), static_cast<std::uint16_t>(crc32(bound) & 0xFFFF));
        constexpr auto kFront = std::to_array<std::uint8_t>({0xDC, 0, 20, 1, 0xCF});
        for (std::size_t i = 0; i < kFront.size(); ++i)
            bytes[at + kFrameHeaderBytes + i] = static_cast<std::byte>(kFront[i]);
        if (plan.period > 15) bytes[at + 16] = std::byte{1};  // a sequence that is not 0
    }
    return bytes;
}

struct Cost {
    std::uint64_t summed = 0;
    std::uint64_t candidates = 0;
};

Cost cost_of(const Plan& plan, std::size_t size, std::uint64_t seed) {
    SegmentBuilder segment(kFirst);
    const std::uint64_t begin = segment.offset();
    Random random(seed);
    segment.raw(worst_bytes(segment.header().salt, begin, size, plan, random));
    const auto file = segment.file();
    FrameSearch search(*file, segment.header().salt, begin, segment.offset());
    const auto as_testimony = [](BytesView front, std::uint32_t body_bytes) {
        const auto frame = read_front(front, body_bytes);
        return frame && frame->durable_end > kFirst;
    };
    EXPECT_TRUE(search.run(as_testimony, [](const FoundFrame&) { return true; }));
    EXPECT_EQ(testimony(segment, begin, kFirst), Testimony::No);
    return {search.bytes_summed(), search.candidates()};
}

TEST(FrameSearch, TheWorstBytesCostAFewTimesTheirNumber) {
    const auto checked_cost = [](const Plan& plan, std::size_t size) {
        const Cost cost = cost_of(plan, size, plan.period);
        EXPECT_LE(cost.summed, kBytesPerByteMax * size) << plan.period;
        EXPECT_LE(cost.candidates, size / 5) << plan.period;
        return cost;
    };
    constexpr std::size_t kSmall = 256U << 10;
    Plan worst;
    Cost most;
    for (const Ends ends : {Ends::AtTheEnd, Ends::Anywhere, Ends::Soon}) {
        for (std::size_t period = 15; period <= 40; period += period < 20 ? 1 : 10) {
            const Plan plan{period, ends};
            const Cost cost = checked_cost(plan, kSmall);
            if (cost.summed <= most.summed) continue;
            worst = plan;
            most = cost;
        }
    }
    constexpr std::size_t kLarge = 8U << 20;
    most = checked_cost(worst, kLarge);
    std::cout << "the worst: a head every " << worst.period << " bytes, " << most.candidates
              << " tried, " << most.summed << " of " << kLarge << " bytes summed up\n";
    EXPECT_GT(most.candidates, kLarge / 20);
    EXPECT_GT(most.summed, kLarge);
}

// Every one of them right: a frame in a frame in a frame.
TEST(FrameSearch, FindsFramesThatOverlap) {
    constexpr std::size_t kSize = 64U << 10;
    constexpr std::size_t kPeriod = 24;
    SegmentBuilder segment(kFirst);
    const std::uint64_t begin = segment.offset();
    Random random(1);
    Bytes bytes =
        worst_bytes(segment.header().salt, begin, kSize, {kPeriod, Ends::Anywhere}, random);
    std::size_t made = 0;
    for (std::size_t at = (kSize - 81) / kPeriod * kPeriod;; at -= kPeriod) {
        // From the last to the first, so that what a sum covers does not change any more.
        const MutableBytesView all(bytes);
        const auto n = load_little_endian<std::uint32_t>(all.subspan(at));
        std::array<std::byte, 28> bound{};
        std::ranges::copy(segment.header().salt, bound.begin());
        store_little_endian(std::span(bound).subspan(16), begin + at);
        store_little_endian(std::span(bound).subspan(24), n);
        store_little_endian(all.subspan(at + 6),
                            crc32(all.subspan(at + kFrameHeaderBytes, n), crc32(bound)));
        ++made;
        if (at == 0) break;
    }
    segment.raw(bytes);
    const std::vector<FoundFrame> found = search(segment, begin);
    EXPECT_EQ(found.size(), made);
    EXPECT_EQ(found, naive_search(segment, begin));
    EXPECT_EQ(testimony(segment, begin, kFirst), Testimony::Yes);
}

}  // namespace
}  // namespace batpak::store::frame_search_test
