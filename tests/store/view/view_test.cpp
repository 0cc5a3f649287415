// Goal:   a view answers every read as a store would that had ended there (INV P1).
// Method: random logs over small segments, closed and opened in between, so that views end inside
//         runs of every form. At every sequence of the log, each read of the view is compared with
//         the plain list of the events before it (support/naive_log.hpp).
#include "batpak/store/reads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "batpak/event/hash_chain.hpp"
#include "batpak/testing/environment.hpp"
#include "support/seeds.hpp"
#include "support/store/naive_log.hpp"
#include "support/store/naive_root.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::view_test {
namespace {

using testing::Moved;
using testing::NaiveEvent;
using testing::NaiveLog;
using testing::StoreFixture;
using Sequences = std::vector<std::uint64_t>;

constexpr const char* kEntities[] = {"a", "ab", "b", "player:1"};
constexpr const char* kScopes[] = {"s", "t"};
constexpr std::uint16_t kKinds[] = {0x1001, 0x1002, 0x2001};

std::uint64_t seed_of_run() { return testing::number_from_environment("BATPAK_SEED").value_or(1); }

struct World {
    explicit World(std::uint64_t seed) : random(seed) {
        Environment environment = testing::memory_environment();
        environment.clock = clock;
        config = config.with_environment(environment).with_segment_bytes(4096);
        store.emplace(Store::open(config).value());
        while (log.events.size() < 60) {
            if (below(20) == 0) reopen();
            append();
        }
    }

    std::uint64_t below(std::uint64_t end) { return random() % end; }

    void reopen() {
        ASSERT_TRUE(std::move(*store).close().has_value());
        store.emplace(Store::open(config).value());
    }

    void append() {
        // Times stand still and go back: the Hlc does not.
        clock->set_wall_us(clock->wall_us() + static_cast<std::int64_t>(below(30)) - 10);
        NaiveEvent event{.entity = kEntities[below(4)],
                         .scope = kScopes[below(2)],
                         .kind = EventKind::from_number(kKinds[below(3)]),
                         .payload = std::string(below(200), 'p')};
        AppendOptions options;
        if (!log.events.empty() && below(3) == 0) {
            event.causation_id = log.events[below(log.events.size())].receipt.event_id;
            options.causation_id = event.causation_id;
        }
        const Coordinate coordinate = Coordinate::create(event.entity, event.scope).value();
        event.receipt =
            store->append_raw(coordinate, event.kind, as_bytes(event.payload), options).value();
        log.events.push_back(event);
    }

    std::mt19937_64 random;
    std::shared_ptr<testing::ManualClock> clock =
        std::make_shared<testing::ManualClock>(testing::ManualClock::kStartUs);
    StoreConfig config{"data"};
    std::optional<Store> store;
    NaiveLog log;
};

Sequences drain(EventRange range) {
    Sequences sequences;
    for (const auto& event : range) {
        EXPECT_TRUE(event.has_value());
        sequences.push_back(event->sequence().value);
    }
    return sequences;
}

void expect_single_events(const StoreView& view, const NaiveLog& past, const NaiveLog& all) {
    for (const NaiveEvent& event : all.events) {
        const AppendReceipt& receipt = event.receipt;
        const bool there = receipt.sequence.value < past.events.size();
        EXPECT_EQ(view.find(receipt.event_id).has_value(), there);
        EXPECT_EQ(view.find(receipt.sequence).has_value(), there);
        EXPECT_EQ(view.find({event.entity, receipt.version}).has_value(), there);
        EXPECT_EQ(view.get(receipt.event_id).has_value(), there);
        EXPECT_EQ(view.walk_ancestors(receipt.event_id, Ancestry::Cause, 9).has_value(), there);
    }
    for (const char* entity : kEntities) {
        const Sequences stream = past.stream(entity);
        const auto latest = view.latest(entity).value();
        ASSERT_EQ(latest.has_value(), !stream.empty());
        if (!latest) continue;
        EXPECT_EQ(latest->sequence().value, stream.back());
        EXPECT_EQ(view.version(entity).value(), Version(stream.size() - 1));
        EXPECT_EQ((*view.find_latest(entity).value())->sequence().value, stream.back());
    }
}

void expect_ranges(const StoreView& view, const NaiveLog& past) {
    for (const char* entity : kEntities) {
        EXPECT_EQ(drain(view.stream(entity)), past.stream(entity));
        const Region region = Region::entity(entity).with_kinds({EventKind::from_number(0x1001)}) |
                              Region::scope("t");
        Sequences kept = past.query(region);
        EXPECT_EQ(drain(view.query(region)), kept);
        EXPECT_EQ(view.count(region).value(), kept.size());
        std::ranges::reverse(kept);
        EXPECT_EQ(drain(view.query(region, {.direction = Direction::Backward})), kept);
    }
    for (const char* scope : kScopes)
        EXPECT_EQ(drain(view.by_scope(scope)), past.query(Region::scope(scope)));
    for (const std::uint16_t number : kKinds) {
        const EventKind kind = EventKind::from_number(number);
        EXPECT_EQ(drain(view.by_fact(kind)), past.query(Region::kinds({kind})));
    }
}

void expect_whole(const StoreView& view, const NaiveLog& past) {
    const Sequence end(past.events.size());
    EXPECT_EQ(view.visible_end(), end);
    EXPECT_EQ(view.durable_end(), end);
    EXPECT_EQ(view.names(Names::Entities).value(), past.entities(""));
    EXPECT_EQ(view.names(Names::Scopes).value(), past.scopes());
    const Catalogue catalogue = view.catalogue().value();
    EXPECT_TRUE(std::ranges::equal(catalogue, past.kinds(), [](const auto& entry, const auto& own) {
        return entry.kind == own.first && entry.events == own.second;
    }));
    const VerifyReport verified = view.verify().value();
    EXPECT_FALSE(verified.damage.has_value());
    EXPECT_EQ(verified.events, end.value);
    if (!hashing_built_in()) return;
    std::vector<Hash> leaves;
    for (const NaiveEvent& event : past.events) leaves.push_back(event.receipt.hash);
    EXPECT_EQ(view.root(end).value(), testing::naive_root(leaves));
    EXPECT_EQ(verified.root, testing::naive_root(leaves));
    EXPECT_EQ(view.root(end.next()).error().code(), ErrorCode::InvalidArgument);
}

TEST(View, AnswersEachReadAsAStoreThatEndedThere) {
    const std::uint64_t seed = seed_of_run();
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    NaiveLog past;
    for (std::uint64_t end = 0; end <= world.log.events.size(); ++end) {
        SCOPED_TRACE("end " + std::to_string(end));
        const StoreView view = world.store->before(Sequence(end));
        expect_single_events(view, past, world.log);
        expect_ranges(view, past);
        expect_whole(view, past);
        if (HasFailure()) return;
        if (end < world.log.events.size()) past.events.push_back(world.log.events[end]);
    }
}

TEST(View, OfATimeHoldsTheEventsThatAreNotAfterIt) {
    const std::uint64_t seed = seed_of_run();
    SCOPED_TRACE("seed " + std::to_string(seed));
    const World world(seed);
    const auto events_until = [&](std::int64_t time_us) {
        return static_cast<std::uint64_t>(std::ranges::count_if(
            world.log.events,
            [&](const NaiveEvent& event) { return event.receipt.hlc.us <= time_us; }));
    };
    for (const NaiveEvent& event : world.log.events) {
        for (const std::int64_t off : {-1, 0, 1}) {
            const std::int64_t time_us = event.receipt.hlc.us + off;
            EXPECT_EQ(world.store->as_of_time(time_us).value().visible_end().value,
                      events_until(time_us));
        }
    }
    EXPECT_EQ(world.store->as_of_time(INT64_MIN).value().visible_end(), Sequence(0));
    EXPECT_EQ(world.store->as_of_time(INT64_MAX).value().visible_end(), world.store->visible_end());
}

struct Views : StoreFixture {};

TEST_F(Views, StayWhatTheyAreWhateverIsAppended) {
    Store store = open();
    const auto first = store.append(alice, Moved{1, 1}).value();
    const StoreView then = store.as_of(first.sequence);
    const StoreView empty = store.before(Sequence(0));
    ASSERT_TRUE(store.append(alice, Moved{2, 2}).has_value());
    EXPECT_EQ(then.latest<Moved>("player:alice").value()->payload().x, 1);
    EXPECT_EQ(store.latest<Moved>("player:alice").value()->payload().x, 2);
    EXPECT_FALSE(empty.latest("player:alice").value().has_value());
    EXPECT_EQ(then.log_id(), store.log_id());
}

TEST_F(Views, OfAnEventThatIsNotThereYetWaitForIt) {
    Store store = open();
    ASSERT_TRUE(store.append(alice, Moved{1, 1}).has_value());
    const StoreView later = store.as_of(Sequence(1));
    EXPECT_EQ(later.latest("player:alice").error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(later.latest("player:alice").error().sequence(), Sequence(1));
    EXPECT_EQ(later.count(Region::all()).error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(later.verify().error().code(), ErrorCode::EventNotFound);
    EventRange range = later.query(Region::all());
    const auto* element = range.next();
    ASSERT_NE(element, nullptr);
    EXPECT_EQ(element->error().code(), ErrorCode::EventNotFound);
    EXPECT_EQ(store.as_of(Sequence(UINT64_MAX)).names(Names::Entities).error().code(),
              ErrorCode::EventNotFound);
    ASSERT_TRUE(store.append(alice, Moved{2, 2}).has_value());
    EXPECT_EQ(later.latest<Moved>("player:alice").value()->payload().x, 2);
}

TEST_F(Views, OfViewsSeeNoMoreThanThese) {
    Store store = open();
    for (int x = 0; x < 4; ++x) ASSERT_TRUE(store.append(alice, Moved{x, 0}).has_value());
    const StoreView then = store.as_of(Sequence(2));
    EXPECT_EQ(then.as_of(Sequence(1)).visible_end(), Sequence(2));
    EXPECT_EQ(then.as_of(Sequence(2)).visible_end(), Sequence(3));
    EXPECT_EQ(then.as_of(Sequence(3)).find_latest("player:alice").error().code(),
              ErrorCode::EventNotFound);
    EXPECT_EQ(then.as_of(Sequence(3)).visible_end(), Sequence(3));
    EXPECT_EQ(then.as_of_time(INT64_MAX).value().visible_end(), Sequence(3));
}

TEST_F(Views, AreClosedWithTheirStore) {
    Store store = open();
    ASSERT_TRUE(store.append(alice, Moved{1, 1}).has_value());
    const StoreView then = store.as_of(Sequence(0));
    ASSERT_TRUE(std::move(store).close().has_value());
    EXPECT_EQ(then.latest("player:alice").error().code(), ErrorCode::Closed);
    EXPECT_EQ(then.as_of_time(0).error().code(), ErrorCode::Closed);
}

// Goal:   what is damaged behind a view is not the view's damage; what is damaged in it is.
// Method: one bit of the last event of three is turned.
TEST_F(Views, VerifyTheirOwnEventsOnly) {
    {
        Store store = open();
        for (int x = 0; x < 3; ++x) ASSERT_TRUE(store.append(alice, Moved{x, 0}).has_value());
        ASSERT_TRUE(std::move(store).close().has_value());
    }
    Store store = open();
    for (const std::string& path : disk->file_paths()) {
        if (path.find("segments/") == std::string::npos) continue;
        const std::string text(as_text(disk->contents(path).value()));
        ASSERT_TRUE(disk->flip_bit(path, text.rfind("dungeon"), 0).has_value());
    }
    EXPECT_FALSE(store.before(Sequence(2)).verify().value().damage.has_value());
    EXPECT_EQ(store.before(Sequence(2)).verify().value().events, 2U);
    EXPECT_TRUE(store.before(Sequence(3)).verify().value().damage.has_value());
}

}  // namespace
}  // namespace batpak::view_test
