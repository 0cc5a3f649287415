// Goal:   a query over many entities at once, and over what names begin with, is the filtered list
//         of all events, in both directions, page by page and counted (INV I3).
// Method: a log of hundreds of entities in small segments, parts of them in memory and in files,
//         and random regions of up to two hundred clauses, beside a plain list. The seed is fixed.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "support/store/naive_log.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::NaiveLog;
using Sequences = std::vector<std::uint64_t>;

class ManyClauses : public testing::StoreFixture {
protected:
    static constexpr std::uint64_t kEntities = 300;
    static constexpr std::uint64_t kEvents = 1500;

    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    std::string some_entity() { return "e:" + std::to_string(below(kEntities + 20)); }
    std::string some_scope() { return "s:" + std::to_string(below(3)); }
    EventKind some_kind() {
        return EventKind::custom(static_cast<std::uint8_t>(1 + below(2)),
                                 static_cast<std::uint16_t>(1 + below(3)));
    }

    void SetUp() override {
        config = config.with_segment_bytes(16 << 10).with_sync_every_n_events(100);
        store_.emplace(open());
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            if (below(400) == 0) {
                std::move(*store_).close().value();
                store_.emplace(open());
            }
            clock->advance(std::chrono::microseconds(below(3)));
            testing::NaiveEvent event{.entity = some_entity(),
                                      .scope = some_scope(),
                                      .kind = some_kind(),
                                      .receipt = {},
                                      .correlation_id = {},
                                      .causation_id = {},
                                      .payload = {}};
            const Coordinate where = Coordinate::create(event.entity, event.scope).value();
            event.receipt = store_->append_raw(where, event.kind, payload).value();
            log_.events.push_back(std::move(event));
        }
    }

    Region some_clause() {
        Region clause = Region::entity(some_entity());
        if (below(8) == 0) clause = Region::entity_prefix("e:" + std::to_string(below(40)));
        if (below(60) == 0) clause = Region::scope(some_scope());
        if (below(6) == 0) clause = clause.with_scope(some_scope());
        if (below(6) == 0) clause = clause.with_kinds({some_kind(), some_kind()});
        if (below(6) == 0) clause = clause.with_versions(Version(below(3)), Version(1 + below(9)));
        if (below(6) == 0) clause = clause.from(Sequence(below(kEvents)));
        if (below(9) == 0) {
            const std::int64_t time = log_.events[below(kEvents)].receipt.hlc.us;
            clause = clause.with_time_us(time, time + 900);
        }
        return clause;
    }

    Sequences read(const Region& region, const QueryOptions& options) const {
        Sequences sequences;
        for (const auto& event : store_->query(region, options)) {
            EXPECT_TRUE(event);
            sequences.push_back(event->sequence().value);
        }
        return sequences;
    }

    void check(const Region& region) {
        SCOPED_TRACE(to_string(region));
        Sequences kept = log_.query(region, kEvents);
        ASSERT_EQ(store_->count(region).value(), kept.size());
        for (const std::uint64_t reads : {std::uint64_t{0}, below(kEvents), kEvents}) {
            const CountedPart part = store_->count_newest(region, reads).value();
            const auto begin = std::ranges::lower_bound(kept, part.begin.value);
            ASSERT_EQ(part.events, static_cast<std::uint64_t>(kept.end() - begin));
            ASSERT_TRUE(part.is_all() || reads < kEvents);
        }
        for (const Direction direction : {Direction::Forward, Direction::Backward}) {
            if (direction == Direction::Backward) std::ranges::reverse(kept);
            ASSERT_EQ(read(region, {.direction = direction}), kept);
            QueryOptions page{.direction = direction, .limit = 1 + below(40)};
            Sequences paged;
            for (;;) {
                const Sequences next = read(region, page);
                if (next.empty()) break;
                paged.insert(paged.end(), next.begin(), next.end());
                if (direction == Direction::Forward) {
                    page.from = Sequence(next.back()).next();
                } else {
                    page.end = Sequence(next.back());
                }
            }
            ASSERT_EQ(paged, kept);
        }
    }

    std::optional<Store> store_;
    NaiveLog log_;

private:
    std::mt19937_64 random_{20261129};
};

TEST_F(ManyClauses, AreTheFilteredList) {
    for (int round = 0; round < 60 && !HasFatalFailure(); ++round) {
        Region region = Region::none();
        for (std::uint64_t clauses = below(200); clauses > 0; --clauses)
            region = std::move(region) | some_clause();
        check(region);
    }
}

TEST_F(ManyClauses, OfEveryPrefixAreTheFilteredList) {
    for (const char* prefix : {"e", "e:", "e:1", "e:12", "e:123", "e:9", "nobody", "f"}) {
        check(Region::entity_prefix(prefix));
        check(Region::entity_prefix(prefix).from(Sequence(kEvents / 3)));
        check(Region::entity_prefix(prefix).with_sequences(Sequence(700), Sequence(701)));
        check(Region::entity_prefix(prefix).with_kinds({some_kind()}));
        if (HasFatalFailure()) return;
    }
    for (const auto& kinds : {KindFilter::category(1), KindFilter::of({some_kind()})})
        check(Region::kinds(kinds).before(Sequence(1000)));
}

// The pages of a view begin and end where those of the store do not.
TEST_F(ManyClauses, OfAViewAreThoseOfItsMoment) {
    Region region = Region::entity_prefix("e:2");
    for (int i = 0; i < 80; ++i) region = std::move(region) | some_clause();
    for (const std::uint64_t end :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{777}, kEvents}) {
        const StoreView view = store_->before(Sequence(end));
        const Sequences kept = log_.query(region, end);
        EXPECT_EQ(view.count(region).value(), kept.size());
        EXPECT_EQ(view.query(region).collect()->size(), kept.size());
        EXPECT_EQ(view.count(Region::entity_prefix("e:1")).value(),
                  log_.query(Region::entity_prefix("e:1"), end).size());
    }
}

}  // namespace
}  // namespace batpak
