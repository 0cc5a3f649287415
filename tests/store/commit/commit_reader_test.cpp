// What the committer asks of the past, on a log that was closed and one that is being written.
#include "store/commit/commit_reader.hpp"

#include <gtest/gtest.h>

#include "batpak/store/store.hpp"
#include "store/engine.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

struct CommitReaderTest : testing::StoreFixture {
    CommitReaderTest() {
        auto store = open();
        AppendOptions keyed;
        for (int i = 0; i < 4; ++i) {
            keyed.idempotency_key = "key:" + std::to_string(i);
            receipts.push_back(
                store.append_raw(i == 1 ? bob : alice, kind, payload, keyed).value());
        }
        EXPECT_TRUE(std::move(store).close());
        engine = Engine::open(config).value();
        reader.emplace(engine->side());
    }

    std::vector<AppendReceipt> receipts;
    std::shared_ptr<Engine> engine;
    std::optional<CommitReader> reader;
};

TEST_F(CommitReaderTest, AHeadIsTheCountAndTheHashOfTheLast) {
    const Head head = reader->head(alice.entity()).value();
    EXPECT_EQ(head.count, 3U);
    EXPECT_EQ(head.last_hash, receipts[3].hash);
    EXPECT_EQ(reader->head(bob.entity())->count, 1U);
    EXPECT_EQ(reader->head(bob.entity())->last_hash, receipts[1].hash);
}

TEST_F(CommitReaderTest, AnEntityWithoutEventsHasAnEmptyHead) {
    const Head head = reader->head("nobody").value();
    EXPECT_EQ(head.count, 0U);
    EXPECT_EQ(head.last_hash, Hash{});
}

TEST_F(CommitReaderTest, FindsAKeyFromAPlaceOn) {
    EXPECT_EQ(reader->find_key("key:2", Sequence(0)).value()->sequence(), Sequence(2));
    EXPECT_EQ(reader->find_key("key:2", Sequence(2)).value()->sequence(), Sequence(2));
    EXPECT_FALSE(reader->find_key("key:2", Sequence(3)).value());
    EXPECT_FALSE(reader->find_key("key:9", Sequence(0)).value());
}

TEST_F(CommitReaderTest, ReadsTheEventAtAPlace) {
    for (std::uint64_t i = 0; i < receipts.size(); ++i)
        EXPECT_EQ(reader->at(Sequence(i))->event_id(), receipts[i].event_id);
}

TEST_F(CommitReaderTest, NamesTheFirstEventThatAConditionForbids) {
    const Region of_alice = Region::entity(alice.entity());
    EXPECT_EQ(reader->first_match({of_alice, Sequence(0)}).value(), Sequence(0));
    EXPECT_EQ(reader->first_match({of_alice, Sequence(1)}).value(), Sequence(2));
    EXPECT_EQ(reader->first_match({of_alice, Sequence(3)}).value(), Sequence(3));
    EXPECT_FALSE(reader->first_match({of_alice, Sequence(4)}).value());
    EXPECT_FALSE(reader->first_match({Region::entity("nobody"), Sequence(0)}).value());
    EXPECT_FALSE(reader->first_match({Region::none(), Sequence(0)}).value());
}

// Each question is of the log as it is then.
TEST_F(CommitReaderTest, SeesWhatWasCommittedMeanwhile) {
    EXPECT_EQ(reader->head(bob.entity())->count, 1U);
    ASSERT_TRUE(testing::OneGroup(engine).commit({{.events = {testing::GroupEvent{bob}}}})[0]);
    EXPECT_EQ(reader->head(bob.entity())->count, 2U);
    EXPECT_EQ(reader->first_match({Region::entity(bob.entity()), Sequence(4)}).value(),
              Sequence(4));
}

}  // namespace
}  // namespace batpak::store
