// Goal:   of a pinned log a reader finds each event by everything that can name it, hands it out
//         proved, and knows nothing that came after the pin (INV I4, I5).
// Method: a log of 60 events of five entities over several segments, parts of it indexed in files,
//         beside a plain list; a pin at every end; one damaged event.
#include "store/view/event_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/store/store.hpp"
#include "store/engine.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using testing::code_of;

constexpr std::uint64_t kEvents = 60;

struct EventReaderTest : testing::StoreFixture {
    EventReaderTest() {
        config = config.with_segment_bytes(4096);
        auto store = open();
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            clock->advance(std::chrono::milliseconds(1));
            AppendOptions options;
            if (i % 7 == 3) options.idempotency_key = "key:" + std::to_string(i);
            receipts.push_back(
                store.append_raw(testing::coordinate_of(entity_of(i)), kind, payload_of(i), options)
                    .value());
        }
        EXPECT_TRUE(std::move(store).close());
        engine = Engine::open(config).value();
    }

    static std::string entity_of(std::uint64_t i) { return "entity:" + std::to_string(i % 5); }
    static Bytes payload_of(std::uint64_t i) { return Bytes(300, static_cast<std::byte>(i)); }

    // A reader of the first `end` events.
    EventReader reader_until(std::uint64_t end) const {
        Pin pin = engine->side()->pin();
        pin.end = Sequence(end);
        pin.durable_end = std::min(pin.durable_end, pin.end);
        return {pin, engine->side()};
    }
    static Sequence sequence_at(EventReader& reader, const RunOrdinal& place) {
        return reader.pin().snapshot->runs[place.run]->first().plus(place.ordinal);
    }

    std::vector<AppendReceipt> receipts;
    std::shared_ptr<Engine> engine;
};

TEST_F(EventReaderTest, ReadsEachEventByItsSequence) {
    EventReader reader = reader_until(kEvents);
    ASSERT_GT(reader.pin().snapshot->runs.size(), 3U);
    for (std::uint64_t i = kEvents; i-- > 0;) {
        const auto event = reader.read(Sequence(i), ReadCheck::Frame);
        ASSERT_TRUE(event) << event.error().to_string();
        EXPECT_EQ(event->sequence(), Sequence(i));
        EXPECT_EQ(event->entity, entity_of(i));
        EXPECT_TRUE(equal_bytes(event->payload, payload_of(i)));
        EXPECT_TRUE(event->durable);
    }
}

TEST_F(EventReaderTest, RunsHaveTogetherAllEventsBelowThePin) {
    for (std::uint64_t end = 0; end <= kEvents; ++end) {
        EventReader reader = reader_until(end);
        std::uint64_t count = 0;
        for (std::size_t run = 0; run < reader.pin().snapshot->runs.size(); ++run)
            count += reader.run_count(run);
        EXPECT_EQ(count, end);
    }
}

TEST_F(EventReaderTest, FindsVersionsAndTheLatestBelowThePin) {
    for (const std::uint64_t end :
         {std::uint64_t{0}, std::uint64_t{4}, std::uint64_t{31}, kEvents}) {
        EventReader reader = reader_until(end);
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            const auto place = reader.find_version(entity_of(i), Version(i / 5));
            EXPECT_EQ(place.has_value(), i < end) << i;
            if (place) {
                EXPECT_EQ(sequence_at(reader, *place), Sequence(i));
            }
            if (!place) {
                EXPECT_EQ(code_of(place), ErrorCode::EventNotFound);
            }
        }
        for (std::uint64_t entity = 0; entity < 5; ++entity) {
            const auto latest = reader.find_latest(entity_of(entity)).value();
            ASSERT_EQ(latest.has_value(), entity < end);
            if (!latest) continue;
            const std::uint64_t last = end - 1 - (end - 1 - entity) % 5;
            EXPECT_EQ(sequence_at(reader, *latest), Sequence(last));
        }
        EXPECT_FALSE(reader.find_latest("nobody").value());
    }
}

TEST_F(EventReaderTest, FindsIdsBelowThePin) {
    EventReader reader = reader_until(31);
    for (std::uint64_t i = 0; i < kEvents; ++i) {
        const auto place = reader.find_id(receipts[i].event_id).value();
        ASSERT_EQ(place.has_value(), i < 31) << i;
        if (place) {
            EXPECT_EQ(sequence_at(reader, *place), Sequence(i));
        }
    }
    EXPECT_FALSE(reader.find_id(EventId{}).value());
}

TEST_F(EventReaderTest, FindsTheUseOfAKeyThatStillCounts) {
    EventReader reader = reader_until(kEvents);
    EXPECT_EQ(sequence_at(reader, reader.find_key("key:3", Sequence(0)).value().value()),
              Sequence(3));
    EXPECT_EQ(sequence_at(reader, reader.find_key("key:59", Sequence(59)).value().value()),
              Sequence(59));
    EXPECT_FALSE(reader.find_key("key:3", Sequence(4)).value());
    EXPECT_FALSE(reader.find_key("key:4", Sequence(0)).value());
}

TEST_F(EventReaderTest, FindsTheFirstEventThatIsNotBeforeATime) {
    EventReader reader = reader_until(kEvents);
    for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{17}, kEvents - 1}) {
        const std::int64_t us = receipts[i].hlc.us;
        EXPECT_EQ(reader.find_time(us, EventReader::Border::Before).value(), Sequence(i));
        EXPECT_EQ(reader.find_time(us + 1, EventReader::Border::Before).value(), Sequence(i + 1));
    }
    EXPECT_EQ(reader.find_time(INT64_MIN, EventReader::Border::Before).value(), Sequence(0));
    EXPECT_EQ(reader.find_time(INT64_MAX, EventReader::Border::Before).value(), Sequence(kEvents));
}

TEST_F(EventReaderTest, ADamagedEventIsAnErrorAndItsNeighboursAreNot) {
    const Bytes segment = disk->contents("data/segments/000000000001.bpk").value();
    const auto at = static_cast<std::uint64_t>(std::ranges::search(segment, payload_of(2)).begin() -
                                               segment.begin());
    ASSERT_TRUE(disk->flip_bit("data/segments/000000000001.bpk", at + 7, 1));
    EventReader reader = reader_until(kEvents);
    for (std::uint64_t i = 0; i < 5; ++i) {
        const auto event = reader.read(Sequence(i), ReadCheck::Frame);
        EXPECT_EQ(event.has_value(), i != 2) << i;
        if (!event) {
            EXPECT_EQ(code_of(event), ErrorCode::CorruptFrame);
            EXPECT_EQ(event.error().sequence(), Sequence(2));
        }
    }
    EXPECT_EQ(sequence_at(reader, reader.find_version(entity_of(2), Version(0)).value()),
              Sequence(2));
}

TEST_F(EventReaderTest, ChecksHashesIfAsked) {
    EventReader reader = reader_until(kEvents);
    EXPECT_TRUE(reader.read(Sequence(42), ReadCheck::Hash));
}

TEST_F(EventReaderTest, AskingForAPlaceBehindThePinIsABug) {
    EventReader reader = reader_until(31);
    const testing::ThrowingAssert throwing;
    EXPECT_THROW((void)reader.place_of(Sequence(31)), testing::AssertFailed);
}

}  // namespace
}  // namespace batpak::store
