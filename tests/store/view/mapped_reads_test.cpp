// Goal:   a store that maps its sealed segments answers as one that reads them, damage included,
//         and reads them no more.
// Method: a store of many small segments, opened with and without the setting; each way of reading.
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/store/read_only_store.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::mapped_reads_test {
namespace {

using testing::CallKind;
using testing::code_of;

constexpr int kEvents = 300;

struct MappedReadsTest : testing::StoreFixture {
    MappedReadsTest() {
        config = config.with_segment_bytes(4096).with_open_files_max(2);
        Store store = open();
        for (int i = 0; i < kEvents; ++i)
            EXPECT_TRUE(store.append_raw(i % 3 == 0 ? alice : bob, kind, payload));
        EXPECT_GT(store.stats().segments, 10U);
    }

    Store open_mapped() const { return Store::open(config.with_mapped_reads(true)).value(); }

    // The reads of segments, but for their headers, since the last call.
    std::size_t segment_reads() {
        const std::vector<testing::Call> trace = disk->trace();
        std::size_t count = 0;
        for (; looked_at_ < trace.size(); ++looked_at_) {
            const testing::Call& call = trace[looked_at_];
            const bool of_segment = call.path.find("segments/") != std::string::npos;
            if (call.kind == CallKind::Read && of_segment && call.offset > 0) ++count;
        }
        return count;
    }

    // What anybody can see of an event.
    static std::string seen(const EventView& event) {
        return to_string(event.event_id()) + " " + std::to_string(event.sequence().value) + " " +
               std::to_string(event.version().value) + " " + std::string(event.entity) + " " +
               std::string(event.scope) + " " + std::string(as_text(event.payload)) + " " +
               to_string(event.hash) + (event.durable ? " durable" : "");
    }

    static std::vector<std::string> all_of(EventRange range) {
        std::vector<std::string> events;
        for (const Result<EventView>& event : range)
            events.push_back(event ? seen(*event) : std::string(to_string(event.error().code())));
        return events;
    }

private:
    std::size_t looked_at_ = 0;
};

TEST_F(MappedReadsTest, EveryWayOfReadingShowsTheSame) {
    const QueryOptions orders[] = {{},
                                   {.direction = Direction::Backward},
                                   {.check = ReadCheck::Hash},
                                   {.from = Sequence(78), .end = Sequence(500), .limit = 100}};
    std::vector<std::vector<std::string>> expected;
    {
        const Store store = open();
        for (const QueryOptions& order : orders) {
            expected.push_back(all_of(store.query(Region::all(), order)));
            expected.push_back(all_of(store.stream("player:alice", order)));
        }
    }
    const Store store = open_mapped();
    std::size_t at = 0;
    for (const QueryOptions& order : orders) {
        EXPECT_EQ(all_of(store.query(Region::all(), order)), expected[at++]);
        EXPECT_EQ(all_of(store.stream("player:alice", order)), expected[at++]);
    }
    for (std::uint64_t i = 0; i < kEvents; ++i) {
        const HeldEvent event = store.find(Sequence(i)).value();
        EXPECT_EQ(seen(*event), expected[0][i]);
        EXPECT_EQ(seen(*store.find(event->event_id()).value()), expected[0][i]);
    }
}

TEST_F(MappedReadsTest, OnlyTheActiveSegmentIsRead) {
    const Store store = open_mapped();
    const auto read_sealed = [&] {
        for (std::uint64_t i = 0; i < 100; ++i) EXPECT_TRUE(store.find(Sequence(i)));
    };
    read_sealed();
    (void)segment_reads();  // among them those that bind each index to its segment
    read_sealed();
    EXPECT_EQ(segment_reads(), 0U);
    EXPECT_TRUE(store.find(Sequence(kEvents - 1)));
    EXPECT_EQ(segment_reads(), 1U);
}

TEST_F(MappedReadsTest, WhatCannotBeMappedIsRead) {
    const Store store = open_mapped();
    EXPECT_TRUE(store.find(Sequence(100)));  // its index is mapped
    const std::string expected = seen(*store.find(Sequence(0)).value());
    for (std::uint64_t i = 101; i < 250; i += 10) EXPECT_TRUE(store.find(Sequence(i)));  // 0 goes
    disk->fail_next(CallKind::Map, testing::Fault::io());
    (void)segment_reads();
    EXPECT_EQ(seen(*store.find(Sequence(0)).value()), expected);
    EXPECT_GT(segment_reads(), 0U);
    (void)segment_reads();
    EXPECT_EQ(seen(*store.find(Sequence(0)).value()), expected);  // the next one maps it
    EXPECT_EQ(segment_reads(), 0U);
}

TEST_F(MappedReadsTest, AReaderBesideTheWriterMapsAsWell) {
    Store writer = open();
    const auto reader = ReadOnlyStore::open(config.with_mapped_reads(true));
    ASSERT_TRUE(reader);
    EXPECT_EQ(all_of(reader->query(Region::all())), all_of(writer.query(Region::all())));
    (void)segment_reads();
    EXPECT_TRUE(reader->find(Sequence(0)));
    EXPECT_EQ(segment_reads(), 0U);
}

TEST_F(MappedReadsTest, WhatIsHeldStaysWhenItsSegmentIsLetGo) {
    const Store store = open_mapped();
    const HeldEvent first = store.find(Sequence(0)).value();
    const std::string before = seen(*first);
    EXPECT_EQ(all_of(store.query(Region::all())).size(), static_cast<std::size_t>(kEvents));
    EXPECT_EQ(seen(*first), before);
}

TEST_F(MappedReadsTest, AStoreThatSealsASegmentReadsOn) {
    Store store = open_mapped();
    const std::vector<std::string> before = all_of(store.query(Region::all()));
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(store.append_raw(alice, kind, payload));
    const std::vector<std::string> after = all_of(store.query(Region::all()));
    ASSERT_EQ(after.size(), before.size() + 50);
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
}

TEST_F(MappedReadsTest, ASegmentThatWasCutBeforeTheOpenAnswersAsWhenItIsRead) {
    const std::string path = "data/segments/000000000002.bpk";
    const Bytes whole = disk->contents(path).value();
    for (const std::size_t left :
         {whole.size() - 1, whole.size() / 2, std::size_t{1}, std::size_t{0}}) {
        SCOPED_TRACE(left);
        ASSERT_TRUE(disk->put(path, BytesView(whole).first(left)));
        std::vector<std::string> expected;
        {
            const auto store = Store::open(config);
            if (store) expected = all_of(store->query(Region::all()));
        }
        const auto store = Store::open(config.with_mapped_reads(true));
        ASSERT_EQ(store.has_value(), !expected.empty());
        if (!store) continue;
        EXPECT_EQ(all_of(store->query(Region::all())), expected);
    }
}

}  // namespace
}  // namespace batpak::mapped_reads_test
