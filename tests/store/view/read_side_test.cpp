// Goal:   what reading owns together keeps its own promises: pins, ends that go back only by a
//         correction, waits that end, and what may be checked.
// Method: the read side of an engine on a simulated disk, and of a store without hashes.
#include "store/view/read_side.hpp"

#include <gtest/gtest.h>

#include "batpak/event/hash_chain.hpp"
#include "batpak/store/store.hpp"
#include "store/engine.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

using std::chrono::steady_clock;
using testing::code_of;

struct ReadSideTest : testing::StoreFixture {
    void fill(std::uint64_t events) {
        {
            auto store = open();
            for (std::uint64_t i = 0; i < events; ++i)
                EXPECT_TRUE(store.append_raw(alice, kind, payload));
        }
        engine = Engine::open(config).value();
        side = engine->side();
    }

    std::shared_ptr<Engine> engine;
    std::shared_ptr<ReadSide> side;
};

TEST_F(ReadSideTest, APinIsOfOneMoment) {
    fill(3);
    const Pin pin = side->pin();
    EXPECT_EQ(pin.end, Sequence(3));
    EXPECT_EQ(pin.durable_end, Sequence(3));
    EXPECT_FALSE(pin.snapshot->runs.empty());
}

TEST_F(ReadSideTest, ARootIsOfTheEventsBeforeItsEnd) {
    if (!hashing_built_in()) return;
    fill(5);
    const Pin pin = side->pin();
    std::vector<Hash> roots;
    for (std::uint64_t end = 0; end <= 5; ++end)
        roots.push_back(ReadSide::root(side, pin, Sequence(end)).value());
    for (std::uint64_t end = 6; end-- > 0;)  // the kept front is further now
        EXPECT_EQ(ReadSide::root(side, pin, Sequence(end)).value(), roots[end]);
    EXPECT_NE(roots[4], roots[5]);
    EXPECT_EQ(code_of(ReadSide::root(side, pin, Sequence(6))), ErrorCode::InvalidArgument);
}

TEST_F(ReadSideTest, WithoutHashesThereAreNoneToCheck) {
    config = config.with_hash_chain(false);
    fill(1);
    EXPECT_TRUE(side->can_check(ReadCheck::Frame));
    EXPECT_EQ(code_of(side->can_check(ReadCheck::Hash)), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(ReadSide::root(side, side->pin(), Sequence(1))), ErrorCode::Unsupported);
}

TEST_F(ReadSideTest, WaitsEndByArrivalDeadlineAndClose) {
    fill(1);
    EXPECT_TRUE(side->wait_visible(Sequence(0), steady_clock::now(), {}).value());
    EXPECT_FALSE(side->wait_visible(Sequence(1), steady_clock::now(), {}).value());
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(
        side->wait_visible(Sequence(1), steady_clock::time_point::max(), stop.get_token()).value());
    side->mark_closed();
    EXPECT_EQ(code_of(side->wait_visible(Sequence(1), steady_clock::now(), {})), ErrorCode::Closed);
    EXPECT_EQ(code_of(side->check()), ErrorCode::Closed);
    EXPECT_FALSE(side->is_usable());
}

TEST_F(ReadSideTest, ACorrectionTakesTheEndBackButNeverWhatWasDurable) {
    fill(4);
    Ends& ends = side->ends();
    ends.publish(Sequence(6), Sequence(4));
    side->correct(Sequence(5), *side->snapshots().get());
    EXPECT_EQ(ends.visible(), Sequence(5));
    EXPECT_EQ(ends.durable(), Sequence(4));
    EXPECT_EQ(side->corrections().since(0), Sequence(5));
    ends.take_back(Sequence(4));
    const testing::ThrowingAssert throwing;
    EXPECT_THROW(side->correct(Sequence(3), *side->snapshots().get()), testing::AssertFailed);
}

// A writer knows its files; only a reader asks whether they are still the ones that it means.
TEST_F(ReadSideTest, AnErrorIsJudgedOnlyBesideAWriter) {
    fill(2);
    const Error damage = Error(ErrorCode::CorruptFrame, "why").at_sequence(Sequence(1));
    EXPECT_EQ(side->judged(damage).code(), ErrorCode::CorruptFrame);
    Witness elsewhere;
    elsewhere.segment = side->pin().snapshot->runs.back()->run().header;
    side->set_witness(elsewhere);
    EXPECT_EQ(side->judged(damage).code(),
              ErrorCode::CorruptFrame);  // the files are what they were
    elsewhere.segment.salt[0] ^= std::byte{1};
    side->set_witness(elsewhere);
    EXPECT_EQ(side->judged(damage).code(), ErrorCode::RolledBack);
    EXPECT_EQ(side->judged(damage).sequence(), Sequence(1));
    EXPECT_EQ(side->judged(Error(ErrorCode::Io)).code(), ErrorCode::Io);  // accuses the disk
}

}  // namespace
}  // namespace batpak::store
