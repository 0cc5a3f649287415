// Goal:   a range yields what its region keeps of one moment, in either direction, within its
//         options, and counts as many as it would yield (INV I5).
// Method: a log over several segments beside a plain list; every begin, end and limit of it.
#include "store/view/range_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/store/store.hpp"
#include "store/engine.hpp"
#include "support/store/one_group.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::store::range_state_test {
namespace {

using testing::code_of;

constexpr std::uint64_t kEvents = 40;
using Numbers = std::vector<std::uint64_t>;

struct RangeStateTest : testing::StoreFixture {
    RangeStateTest() {
        config = config.with_segment_bytes(4096);
        auto store = open();
        for (std::uint64_t i = 0; i < kEvents; ++i) append(store, i);
        EXPECT_TRUE(std::move(store).close());
        engine = Engine::open(config).value();
    }

    void append(Store& store, std::uint64_t i) const {
        EXPECT_TRUE(store.append_raw(i % 3 == 0 ? alice : bob, kind, Bytes(300)));
    }
    RangeState range(const Region& region, const QueryOptions& options) const {
        return {engine->side()->pin(), engine->side(), region, options};
    }
    static Numbers sequences_of(RangeState range) {
        Numbers numbers;
        while (const Result<EventView>* event = range.next()) {
            EXPECT_TRUE(*event);
            numbers.push_back((*event)->sequence().value);
        }
        EXPECT_EQ(range.next(), nullptr);  // the end stays the end
        return numbers;
    }
    // Of alice, or of all, as a list says.
    static Numbers expected(bool of_alice, const QueryOptions& options) {
        Numbers numbers;
        const std::uint64_t end = options.end ? options.end->value : kEvents;
        for (std::uint64_t i = options.from.value; i < std::min(end, kEvents); ++i)
            if (!of_alice || i % 3 == 0) numbers.push_back(i);
        if (options.direction == Direction::Backward) std::ranges::reverse(numbers);
        if (numbers.size() > options.limit) numbers.resize(options.limit);
        return numbers;
    }

    std::shared_ptr<Engine> engine;
};

TEST_F(RangeStateTest, YieldsAsTheListDoesInBothDirections) {
    for (const bool of_alice : {false, true}) {
        const Region region = of_alice ? Region::entity(alice.entity()) : Region::all();
        for (const Direction direction : {Direction::Forward, Direction::Backward}) {
            for (const std::uint64_t from : {0U, 1U, 13U, 39U, 40U}) {
                for (const std::uint64_t end : {0U, 1U, 14U, 40U, 99U}) {
                    for (const std::uint64_t limit : {0U, 1U, 5U, 99U}) {
                        const QueryOptions options{.direction = direction,
                                                   .from = Sequence(from),
                                                   .end = Sequence(end),
                                                   .limit = limit};
                        const Numbers right = expected(of_alice, options);
                        EXPECT_EQ(sequences_of(range(region, options)), right);
                        EXPECT_EQ(range(region, options).count().value(), right.size());
                    }
                }
            }
        }
    }
}

TEST_F(RangeStateTest, CountsWhatIsLeftOfAWalk) {
    RangeState walk = range(Region::entity(bob.entity()), {});
    const Numbers all = expected(false, {});
    const std::uint64_t bobs = all.size() - expected(true, {}).size();
    for (std::uint64_t i = 0; i < 10; ++i) ASSERT_NE(walk.next(), nullptr);
    EXPECT_EQ(walk.count().value(), bobs - 10);
    EXPECT_EQ(walk.next(), nullptr);
}

// What only events tell is counted as far as so many of them lead; what the index tells, always.
TEST_F(RangeStateTest, CountsTheNewestWithoutReadingMoreThanItMay) {
    const QueryOptions backward{.direction = Direction::Backward};
    const Region first_five = Region::all().with_versions(Version(0), Version(5));
    for (const std::uint64_t reads : {0U, 1U, 7U, 39U, 40U, 99U}) {
        const CountedPart part = range(first_five, backward).count_newest(reads).value();
        EXPECT_EQ(part.begin, Sequence(reads < kEvents ? kEvents - reads : 0)) << reads;
        const QueryOptions counted{.from = part.begin};
        EXPECT_EQ(part.events, sequences_of(range(first_five, counted)).size()) << reads;
        EXPECT_EQ(part.is_all(), reads >= kEvents);
    }
    const CountedPart known =
        range(Region::entity(alice.entity()), backward).count_newest(0).value();
    EXPECT_TRUE(known.is_all());
    EXPECT_EQ(known.events, expected(true, {}).size());
}

TEST_F(RangeStateTest, SeesTheMomentOfItsPin) {
    RangeState walk = range(Region::all(), {});
    ASSERT_NE(walk.next(), nullptr);
    ASSERT_TRUE(testing::OneGroup(engine).commit({{.events = {testing::GroupEvent{alice}}}})[0]);
    EXPECT_EQ(walk.count().value(), kEvents - 1);
}

TEST_F(RangeStateTest, OutlivesItsStore) {
    RangeState walk = range(Region::all(), {});
    ASSERT_NE(walk.next(), nullptr);
    ASSERT_TRUE(engine->close());
    engine.reset();
    EXPECT_EQ(sequences_of(std::move(walk)).size(), kEvents - 1);
}

TEST_F(RangeStateTest, NothingIsInNoRegion) {
    EXPECT_EQ(sequences_of(range(Region::none(), {})), Numbers{});
    EXPECT_EQ(range(Region::none(), {}).count().value(), 0U);
}

TEST_F(RangeStateTest, AnErrorIsTheOnlyElementOfARangeThatIsOne) {
    RangeState failed(Error(ErrorCode::Closed, "why"));
    const Result<EventView>* element = failed.next();
    ASSERT_NE(element, nullptr);
    EXPECT_EQ(code_of(*element), ErrorCode::Closed);
    EXPECT_EQ(failed.next(), nullptr);
}

}  // namespace
}  // namespace batpak::store::range_state_test
