// Goal:   what a crash cannot leave is not mistaken for what it can: durable events that rotted are
//         refused and not cut off as a torn tail, and bytes that only look like frames are no
//         events (INV R2, R4).
// Method: a log of durable events whose process died is changed from outside: each of its bytes is
//         flipped in turn, and frames of it, of another log and of no log are put behind its end.
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/environment.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/segment_header.hpp"
#include "support/crash/model_store.hpp"

namespace batpak::testing {
namespace {

constexpr const char* kSegment = "/data/segments/000000000001.bpk";
constexpr std::uint64_t kEvents = 5;

class ForgedLog : public ::testing::Test {
protected:
    ForgedLog() {
        Disk disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
        ModelStore store(model_, setup_);
        store.open(disk);
        for (std::uint64_t i = 0; i < kEvents; ++i) store.append({});
        EXPECT_EQ(store.problem(), "");
        disk_ = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
        store.kill(disk);
        segment_ = disk_->contents(kSegment).value();
        borders_ = borders_of(segment_);
        EXPECT_EQ(borders_.size(), kEvents + 1);
    }

    static std::vector<std::size_t> borders_of(BytesView segment) {
        const store::Salt salt = salt_of(segment);
        std::vector<std::size_t> borders = {store::SegmentHeader::kBytes};
        for (;;) {
            const auto checked =
                store::check_frame(segment.subspan(borders.back()), salt, borders.back());
            if (checked.status != store::FrameStatus::Valid) return borders;
            borders.push_back(borders.back() + checked.frame_bytes);
        }
    }

    static store::Salt salt_of(BytesView segment) {
        return store::SegmentHeader::decode(segment.first(store::SegmentHeader::kBytes))
            .value()
            .salt;
    }

    Result<Store> open(const Bytes& segment) const {
        const Disk disk = disk_->after_process_kill();
        EXPECT_TRUE(disk->put(kSegment, segment));
        return open_store(setup_, disk, 3);
    }

    Result<Store> open_with(BytesView behind) const {
        Bytes segment = segment_;
        std::ranges::copy(behind, segment.begin() + static_cast<std::ptrdiff_t>(borders_.back()));
        return open(segment);
    }

    BytesView frame(std::size_t number) const {
        return BytesView(segment_).subspan(borders_[number],
                                           borders_[number + 1] - borders_[number]);
    }

    // All events, and what was put behind them cut off.
    void expect_cut(const Result<Store>& store) const {
        ASSERT_TRUE(store) << store.error().to_string();
        EXPECT_EQ(store->visible_end().value, kEvents);
        EXPECT_EQ(check_events(*store, model_), "");
        ASSERT_TRUE(store->open_report().cut);
        EXPECT_EQ(store->open_report().cut->offset, borders_.back());
    }

    const StoreSetup setup_{
        .wrap = {}, .hashes = true, .clock = std::make_shared<ManualClock>(ManualClock::kStartUs)};
    LogModel model_;
    Disk disk_;
    Bytes segment_;
    std::vector<std::size_t> borders_;
};

// Each event was durable when the one behind it was written, and that one says so.
TEST_F(ForgedLog, RotBeforeTheLastEventIsRefused) {
    for (std::size_t at = borders_.front(); at < borders_[kEvents - 1]; ++at) {
        Bytes rotten = segment_;
        rotten[at] ^= std::byte{0x10};
        const Result<Store> store = open(rotten);
        ASSERT_FALSE(store) << "byte " << at;
        ASSERT_EQ(store.error().code(), ErrorCode::LostDurableEvents) << "byte " << at;
        EXPECT_TRUE(store.error().offset());
    }
}

// Nothing testifies for the last one: it is cut off, and the report says so.
TEST_F(ForgedLog, RotInTheLastEventIsReported) {
    for (std::size_t at = borders_[kEvents - 1]; at < borders_.back(); ++at) {
        Bytes rotten = segment_;
        rotten[at] ^= std::byte{0x10};
        const Result<Store> store = open(rotten);
        ASSERT_TRUE(store) << "byte " << at << ": " << store.error().to_string();
        ASSERT_EQ(store->visible_end().value, kEvents - 1) << "byte " << at;
        ASSERT_TRUE(store->open_report().cut) << "byte " << at;
        ASSERT_EQ(store->open_report().cut->offset, borders_[kEvents - 1]);
    }
}

TEST_F(ForgedLog, AFrameIsNoneAtAnotherOffset) {
    for (std::size_t i = 0; i < kEvents; ++i) expect_cut(open_with(frame(i)));
}

TEST_F(ForgedLog, AFrameIsNoneInAnotherSegment) {
    // The same events in another log, and one more, at the same offset, with the right sequence.
    const Disk disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    LogModel model;
    Result<Store> other = open_store(setup_, disk, 99);
    ASSERT_TRUE(other);
    for (std::uint64_t i = 0; i <= kEvents; ++i) {
        const ModelEvent& event = model_.events()[std::min(i, kEvents - 1)];
        ASSERT_TRUE(other->append_raw(event.coordinate, event.kind, event.payload));
    }
    const Bytes segment = disk->contents(kSegment).value();
    const std::vector<std::size_t> borders = borders_of(segment);
    ASSERT_EQ(borders.size(), kEvents + 2);
    ASSERT_EQ(borders[kEvents], borders_.back());
    expect_cut(open_with(
        BytesView(segment).subspan(borders[kEvents], borders[kEvents + 1] - borders[kEvents])));
}

// Whoever knows the salt can make frames; the order of sequences still has to hold.
TEST_F(ForgedLog, AFrameWithTheWrongSequenceIsRefused) {
    for (const std::uint64_t sequence : {kEvents - 1, kEvents + 1, std::uint64_t{0}}) {
        Buffer content;
        const Blind blind{};
        store::encode_content(content,
                              {.kind = EventKind::custom(0xF, 1),
                               .payload_version = 1,
                               .flags = 0,
                               .timestamp_us = 0,
                               .entity = "alice",
                               .scope = "cave",
                               .payload = {}},
                              &blind);
        Hash hash;
        hash.bytes[0] = std::byte{1};
        Buffer forged;
        store::append_event_frame(forged, salt_of(segment_), borders_.back(),
                                  {.place = {.sequence = Sequence(sequence),
                                             .version = Version(kEvents),
                                             .hlc = {},
                                             .event_id = {}},
                                   .durable_end = Sequence(0),
                                   .timestamp_us = 0,
                                   .hash = &hash},
                                  content.view());
        const Result<Store> store = open_with(forged.view());
        ASSERT_FALSE(store);
        EXPECT_EQ(store.error().code(), ErrorCode::CorruptSegment);
    }
}

TEST_F(ForgedLog, ABatchCountsOnlyWithItsCommit) {
    Buffer begin;
    store::append_batch_begin(begin, salt_of(segment_), borders_.back(), Sequence(kEvents),
                              Sequence(0), 2);
    expect_cut(open_with(begin.view()));
}

}  // namespace
}  // namespace batpak::testing
