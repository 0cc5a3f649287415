// Goal:   of the events of a group that could all be the first of their kind, the first one that
//         stays says what the kind is called, and no other does (INV C3).
// Method: groups that callers of a store only get by chance: with items that fail before and
//         after those that stay, a write that fails, and metadata that has no room.
#include <gtest/gtest.h>

#include "batpak/event/msgpack.hpp"
#include "event/kind_note.hpp"
#include "store/view/event_reader.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using testing::CallKind;
using testing::Fault;
using testing::GroupEvent;
using testing::GroupItem;
using testing::OneGroup;

struct KindNotingTest : testing::StoreFixture {
    // An event that stays, and one that does not.
    GroupEvent good(const std::string& name = "named") const {
        return {.coordinate = alice, .kind = kind, .payload = "p", .kind_name = name};
    }
    GroupEvent bad() const {
        GroupEvent event = good();
        event.coordinate = bob;
        event.expect = ExpectedVersion::exists();
        return event;
    }
    std::vector<std::uint64_t> noted() const {
        std::vector<std::uint64_t> sequences;
        EventReader reader(engine->side()->pin(), engine->side());
        for (Sequence at; at < reader.pin().end; at = at.next()) {
            const EventView event = reader.read(at, ReadCheck::Hash).value();
            if (!Metadata::found_by(event.metadata_bytes).kind.empty())
                sequences.push_back(at.value);
        }
        return sequences;
    }
    // Of an append that is alone in its group.
    struct Asked {
        BytesView payload;
        PayloadType type = {};
        BytesView gates = {};
        std::string_view name = {};
    };
    Result<AppendReceipt> append(const Asked& asked) {
        const Metadata none;
        return engine->append({.coordinate = alice,
                               .kind = kind,
                               .payload_version = 1,
                               .payload = asked.payload,
                               .metadata = none,
                               .idempotency_key = {},
                               .correlation_id = {},
                               .causation_id = {},
                               .caused_by = std::nullopt,
                               .expect = ExpectedVersion::any(),
                               .flags = 0,
                               .gate_evidence = asked.gates,
                               .type = asked.type,
                               .kind_name = asked.name},
                              {});
    }
    std::size_t failures(const std::vector<GroupItem>& items) {
        std::size_t count = 0;
        for (const auto& answer : OneGroup(engine).commit(items)) count += answer ? 0U : 1U;
        return count;
    }

    std::shared_ptr<Engine> engine = Engine::open(config).value();
};

using Sequences = std::vector<std::uint64_t>;

TEST_F(KindNotingTest, TheFirstThatStaysSaysIt) {
    const std::vector<GroupItem>
        items =
            {
                {.events = {bad()}},
                {.events = {good(), bad()}},  // the batch is taken back, and its note with it
                {.events = {good(), good()}},
                {.events = {good()}},
                {.events = {good(), bad()}},
                {.events = {good()}},
            };
    EXPECT_EQ(failures(items), 3U);
    EXPECT_EQ(noted(), Sequences{0});
    EXPECT_EQ(failures({{.events = {good()}}}), 0U);
    EXPECT_EQ(noted(), Sequences{0});
}

TEST_F(KindNotingTest, AGroupThatWasNotWrittenSaidNothing) {
    disk->fail_next(CallKind::Write, Fault::disk_full());
    EXPECT_EQ(failures({{.events = {good()}}, {.events = {good()}}}), 2U);
    EXPECT_EQ(failures({{.events = {bad()}}, {.events = {good()}}, {.events = {good()}}}), 1U);
    EXPECT_EQ(noted(), Sequences{0});
}

TEST_F(KindNotingTest, KindsAndVersionsAreApart) {
    GroupEvent other = good("other");
    other.kind = EventKind::custom(1, 8);
    EXPECT_EQ(failures({{.events = {good(), other, good(), other}}}), 0U);
    EXPECT_EQ(noted(), (Sequences{0, 1}));
}

struct Wide {};

KindNote note_of_wide() { return {"Wide", std::string(8000, 's')}; }

// What is added to the first event counts where a segment is judged to be full.
TEST_F(KindNotingTest, ANoteDoesNotMakeASegmentTooLong) {
    engine.reset();
    engine = Engine::open(config.with_segment_bytes(16'384)).value();
    const Bytes large(12'000);
    ASSERT_TRUE(append({.payload = large}));
    EXPECT_EQ(engine->stats().segments, 1U);
    ASSERT_TRUE(append({.payload = payload, .type = PayloadType::of<Wide>().with(&note_of_wide)}));
    EXPECT_EQ(engine->stats().segments, 2U);
    EXPECT_EQ(noted(), Sequences{1});
}

// Metadata may be as large as a reader takes: the next event says it then.
TEST_F(KindNotingTest, MetadataWithoutRoomLeavesItToTheNextEvent) {
    Buffer evidence;
    msgpack::Writer(evidence).binary(Bytes(65'400));
    const std::string name(200, 'n');
    ASSERT_TRUE(append({.payload = payload, .gates = evidence.view(), .name = name}));
    EXPECT_TRUE(noted().empty());
    ASSERT_TRUE(append({.payload = payload, .name = name}));
    ASSERT_TRUE(append({.payload = payload, .name = name}));
    EXPECT_EQ(noted(), Sequences{1});
}

}  // namespace
}  // namespace batpak::store
