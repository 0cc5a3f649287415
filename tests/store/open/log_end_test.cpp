// Goal:   a store whose last events are damaged opens for writing, says so, and goes on without
//         ever giving a sequence, a time or an id that is not later than what was there (INV W7).
// Method: the last one, two or all events of a closed store are damaged, with clocks that stand
//         still, go on and go back; what is appended then is compared with what stood there.
#include "store/open/log_end.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/store/read_only_store.hpp"
#include "batpak/testing/environment.hpp"
#include "store/frame/segment_header.hpp"
#include "support/file_helpers.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::log_end_test {
namespace {

constexpr const char* kSegment = "data/segments/000000000001.bpk";

struct LogEndTest : testing::StoreFixture {
    void append(Store& store, const Coordinate& coordinate) {
        const AppendReceipt receipt = store.append_raw(coordinate, kind, payload).value();
        EXPECT_GT(receipt.hlc, last.hlc);
        EXPECT_GT(id_order(receipt.event_id), id_order(last.event_id));
        last = receipt;
    }

    static std::uint64_t id_order(const EventId& id) { return store::id_order(id); }

    // The last `count` frames of events.
    void spoil_last(std::size_t count) const {
        const Bytes bytes = disk->contents(kSegment).value();
        const auto header = store::SegmentHeader::decode(BytesView(bytes).first(96)).value();
        std::vector<std::uint64_t> offsets;
        for (std::uint64_t at = 96;;) {
            const auto checked = store::check_frame(BytesView(bytes).subspan(at), header.salt, at);
            if (checked.frame_bytes == 0) break;
            const bool whole = checked.status == store::FrameStatus::Valid;
            if (whole && store::decode_body(checked.body)->type == store::FrameType::Event)
                offsets.push_back(at);
            at += checked.frame_bytes;
        }
        for (std::size_t i = offsets.size() - count; i < offsets.size(); ++i)
            ASSERT_TRUE(disk->flip_bit(kSegment, offsets[i] + 60, 2));
    }

    AppendReceipt last{};
};

TEST_F(LogEndTest, GoesOnBehindDamagedEvents) {
    for (const bool hashes : {true, false}) {
        for (const std::int64_t step_us : {0, 7, 1'000'000, -5'000'000}) {
            for (const std::size_t damaged : {1U, 2U, 6U}) {
                SCOPED_TRACE(std::to_string(step_us) + " us, damaged " + std::to_string(damaged));
                disk = std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
                config = StoreConfig("data").with_environment({disk, clock, entropy});
                config = config.with_hash_chain(hashes);
                last = {};
                {
                    Store store = open();
                    for (int i = 0; i < 6; ++i) {
                        clock->set_wall_us(clock->wall_us() + step_us);
                        append(store, i % 2 == 0 ? alice : bob);
                    }
                    ASSERT_TRUE(std::move(store).close());
                }
                spoil_last(damaged);
                clock->set_wall_us(clock->wall_us() - 20'000'000);
                Store store = open();
                const auto& report = store.open_report();
                ASSERT_TRUE(report.last_event);
                EXPECT_EQ(report.last_event->code(), ErrorCode::CorruptFrame);
                EXPECT_EQ(report.last_event->sequence(), Sequence(5));
                EXPECT_TRUE(report.last_event->offset());
                EXPECT_EQ(store.visible_end(), Sequence(6));
                // Its stream's next event would be linked to what cannot be read.
                const auto refused = store.append_raw(bob, kind, payload);
                EXPECT_EQ(testing::code_of(refused), ErrorCode::CorruptFrame);
                EXPECT_EQ(refused.error().sequence(), Sequence(5));
                append(store, testing::coordinate_of("player:carol"));
                EXPECT_EQ(last.sequence, Sequence(6));
                ASSERT_TRUE(std::move(store).close());
                Store again = open();
                EXPECT_FALSE(again.open_report().last_event);
                append(again, testing::coordinate_of("player:carol"));
                EXPECT_EQ(last.version, Version(1));
            }
        }
    }
}

// Again and again: each time the last event is damaged, and no time or id comes twice.
TEST_F(LogEndTest, GoesOnHoweverOftenTheLastEventIsDamaged) {
    for (int round = 0; round < 8; ++round) {
        Store store = open();
        EXPECT_EQ(store.open_report().last_event.has_value(), round > 0);
        append(store, testing::coordinate_of("round:" + std::to_string(round)));
        append(store, testing::coordinate_of("again:" + std::to_string(round)));
        ASSERT_TRUE(std::move(store).close());
        spoil_last(1);
    }
}

// Goal:   a copy that was made just after a rotation opens for writing: its last event is in a
//         sealed segment, and nothing is there yet to keep that segment's index in.
// Method: the files of a closed store without index/, the active segment cut after its header.
TEST_F(LogEndTest, IsFoundInASealedSegmentWhereThereIsNoIndexFolder) {
    config = config.with_segment_bytes(4096);
    {
        Store store = open();
        for (int i = 0; i < 60; ++i) append(store, alice);
        ASSERT_GT(store.stats().segments, 1U);
        ASSERT_TRUE(std::move(store).close());
    }
    const std::vector<std::string> paths = disk->file_paths();
    const auto is_in = [](const std::string& path, std::string_view folder) {
        return path.find(folder) != std::string::npos;
    };
    const auto active = std::ranges::find_if(
        paths.rbegin(), paths.rend(), [&](const auto& path) { return is_in(path, "/segments/"); });
    auto copy = std::make_shared<testing::SimulatedFileSystem>(2, testing::SimulatedDisk{});
    for (const std::string& path : paths) {
        Bytes bytes = disk->contents(path).value();
        if (path == *active) bytes.resize(store::SegmentHeader::kBytes);
        if (is_in(path, "/index/")) continue;
        ASSERT_TRUE(copy->put(path, bytes));
    }
    config = config.with_environment({copy, clock, entropy});
    Store store = Store::open(config).value();
    const Sequence end = store.visible_end();
    EXPECT_GT(end, Sequence(0));
    EXPECT_EQ(store.append_raw(alice, kind, payload)->sequence, end);
    EXPECT_FALSE(store.verify()->damage);
}

TEST_F(LogEndTest, AReaderDoesNotAsk) {
    {
        Store store = open();
        append(store, alice);
        append(store, bob);
        ASSERT_TRUE(std::move(store).close());
    }
    spoil_last(1);
    const auto reader = ReadOnlyStore::open(config).value();
    EXPECT_FALSE(reader.open_report().last_event);
    EXPECT_TRUE(reader.find(Sequence(0)));
}

}  // namespace
}  // namespace batpak::log_end_test
