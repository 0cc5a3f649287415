// Goal:   a plan yields every ordinal that the region keeps, forward and backward, and says
//         truthfully whether it yields others too.
// Method: regions of every part over a random index in memory and its file form, against the
//         region's own contains().
#include "store/index/ordinal_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "store/index/index_part.hpp"
#include "support/store/sample_index.hpp"

namespace batpak::store::ordinal_plan_test {
namespace {

using testing::SampleIndex;

constexpr Sequence kFirst{100};
constexpr std::uint32_t kCount = 400;

// What the index knows of its events, from the outside.
class Facts {
public:
    explicit Facts(const SampleIndex& sample) : facts_(sample.ids.size()), tags_(facts_.size()) {
        for (std::uint32_t i = 0; i < facts_.size(); ++i) {
            facts_[i].sequence = kFirst.plus(i);
            facts_[i].correlation_id = sample.ids[i];
            facts_[i].time_us = i;
        }
        for (const auto& [entity, list] : sample.lists[0]) {
            for (std::size_t i = 0; i < list.size(); ++i) {
                facts_[list[i]].entity = entity;
                facts_[list[i]].version = Version(10 + i);
            }
        }
        for (const auto& [scope, list] : sample.lists[1])
            for (const std::uint32_t i : list) facts_[i].scope = scope;
        for (const auto& [kind, list] : sample.lists[2])
            for (const std::uint32_t i : list) facts_[i].kind = KindKey::parse(kind);
        for (const auto& [id, list] : sample.lists[3]) {
            for (const std::uint32_t i : list)
                std::ranges::copy(as_bytes(id), facts_[i].correlation_id.bytes.begin());
        }
        std::vector<std::vector<std::string>> of_each(facts_.size());
        for (const auto& [tag, list] : sample.lists[7])
            for (const std::uint32_t i : list) of_each[i].push_back(tag);
        for (std::uint32_t i = 0; i < facts_.size(); ++i) {
            EXPECT_TRUE(encode_tags(tags_[i], of_each[i], {}));
            facts_[i].tags = TagsView(tags_[i].view());
        }
    }

    std::vector<std::uint32_t> kept_by(const Region& region, std::uint32_t count) const {
        std::vector<std::uint32_t> kept;
        for (std::uint32_t i = 0; i < count; ++i)
            if (contains(region, i)) kept.push_back(i);
        return kept;
    }
    template <class RegionOrClause>
    bool contains(const RegionOrClause& region, std::uint32_t ordinal) const {
        return region.contains(facts_[ordinal]);
    }

private:
    struct OwnFacts : EventFacts {
        OwnFacts() : EventFacts{.kind = EventKind::from_number(0)} {}
    };
    std::vector<OwnFacts> facts_;
    std::vector<Buffer> tags_;
};

std::vector<Region> regions() {
    const EventKind kind = EventKind::from_number(4000);
    std::vector<Region> regions = {
        Region::all(),
        Region::none(),
        Region::entity("entity:7"),
        Region::entity("nobody"),
        Region::scope("scope:1"),
        Region::kinds({kind, EventKind::from_number(8000)}),
        Region::kinds(KindFilter::category(1)),
        Region::kinds(KindFilter::of({})),
        Region::kinds({EventKind::from_number(77)}),
        Region::entity_prefix("entity:1"),
        Region::entity_prefix("entity"),
        Region::entity_prefix("x"),
        Region::entity("entity:7").with_versions(Version(12), Version(15)),
        Region::entity("entity:7").with_versions(Version(0), Version(11)),
        Region::entity("entity:7").with_versions(Version(500), Version(600)),
        Region::all().with_versions(Version(12), Version(15)),
        Region::all().with_correlation(SampleIndex::id_of(5)),
        Region::all().with_correlation(SampleIndex::id_of(1000 + 3 * 44)),
        Region::all().with_correlation(SampleIndex::id_of(3)),
        Region::tag("tag:a"),
        Region::tags({"tag:a", "tag:b"}),
        Region::tags({"tag:a", "nothing"}),
        Region::tag("tag:ab").with_entity("entity:7"),
        Region::all().with_time_us(100, 200),
        Region::all().with_sequences(Sequence(150), Sequence(170)),
        Region::all().with_sequences(Sequence(0), Sequence(101)),
        Region::all().from(Sequence(499)),
        Region::all().before(Sequence(100)),
        Region::all().from(Sequence(UINT64_MAX))};
    const std::size_t simple = regions.size();
    for (std::size_t a = 0; a < simple; ++a) {
        const Region other = regions[(a * 7 + 3) % simple];  // the vector grows
        regions.push_back(regions[a] & other);
        regions.push_back(regions[a] | other);
        regions.push_back((regions[a] & Region::scope("scope:2")) | (other & regions[4]));
    }
    return regions;
}

// All that one walk yields and the region keeps, by ordinal.
std::vector<std::uint32_t> walk(const Index& index, const Facts& facts, std::uint32_t count,
                                const Region& region, Direction direction) {
    OrdinalPlan plan(index, count, region, direction);
    std::vector<std::uint32_t> kept;
    for (std::uint32_t at = 0;; ++at) {
        at = plan.surely_has(at) ? at : plan.next(at);
        if (at == kNoPlace) break;
        EXPECT_LT(at, count);
        const std::uint32_t ordinal = plan.ordinal_at(at);
        const bool keeps = plan.keeps(at, [&](std::uint32_t clause) {
            return facts.contains(region.clauses()[clause], ordinal);
        });
        EXPECT_EQ(keeps, facts.contains(region, ordinal));
        EXPECT_TRUE(keeps || !plan.is_exact());
        if (keeps) kept.push_back(ordinal);
    }
    if (direction == Direction::Backward) std::ranges::reverse(kept);
    return kept;
}

void expect_plan(const Index& index, const Facts& facts, std::uint32_t count,
                 const Region& region) {
    const std::vector<std::uint32_t> kept = facts.kept_by(region, count);
    for (const Direction direction : {Direction::Forward, Direction::Backward}) {
        ASSERT_EQ(walk(index, facts, count, region, direction), kept);
        // From any place on, and always when asked for the first time.
        for (std::uint32_t from = 0; from <= count; from += 7) {
            OrdinalPlan plan(index, count, region, direction);
            const std::uint32_t place = plan.next(from);
            const std::uint32_t again = plan.next(from);
            ASSERT_EQ(again, place) << "an answer is no step";
            if (place == kNoPlace) continue;
            ASSERT_GE(place, from);
            for (std::uint32_t between = from; between < place; ++between)
                ASSERT_FALSE(facts.contains(region, plan.ordinal_at(between)));
        }
    }
    const auto sum = OrdinalPlan::sum_of_lists(index, count, region);
    if (sum) {
        ASSERT_EQ(*sum, kept.size());
    }
}

TEST(OrdinalPlan, HasAllOfAScanWithoutASearch) {
    const SampleIndex sample(kFirst, kCount, 8);
    for (const Direction direction : {Direction::Forward, Direction::Backward}) {
        const OrdinalPlan all(sample.index, kCount, Region::all(), direction);
        for (std::uint32_t at = 0; at < kCount; ++at) ASSERT_TRUE(all.surely_has(at));
        EXPECT_FALSE(all.surely_has(kCount));
    }
    const OrdinalPlan scope(sample.index, kCount, Region::scope("scope:2"), Direction::Forward);
    for (std::uint32_t at = 0; at < kCount; ++at) ASSERT_FALSE(scope.surely_has(at));
}

TEST(OrdinalPlan, YieldsWhatTheRegionKeepsInBothDirections) {
    const SampleIndex sample(kFirst, kCount, 8);
    const Facts facts(sample);
    const PartBinding binding{.first = sample.index.first(),
                              .end = sample.index.end(),
                              .start_offset = 96,
                              .end_offset = 96 + 100 * kCount};
    const auto bytes = std::make_shared<Buffer>(*encode_part(sample.index, binding));
    const auto part = IndexPart::open(bytes, bytes->view()).value();
    for (const Region& region : regions()) {
        SCOPED_TRACE(to_string(region));
        for (const std::uint32_t count : {0U, 1U, kCount / 2, kCount}) {
            expect_plan(sample.index, facts, count, region);
            expect_plan(*part, facts, count, region);
        }
    }
}

TEST(OrdinalPlan, IsExactWhereTheIndexKnowsEveryPart) {
    const SampleIndex sample(kFirst, kCount, 8);
    const auto exact = [&](const Region& region) {
        return OrdinalPlan(sample.index, kCount, region, Direction::Forward).is_exact();
    };
    EXPECT_TRUE(exact(Region::all()));
    EXPECT_TRUE(exact(Region::entity("entity:7").with_versions(Version(12), Version(15))));
    EXPECT_TRUE(exact(Region::scope("scope:1").with_category(1).from(Sequence(120))));
    EXPECT_TRUE(exact(Region::tags({"tag:a", "tag:b"}).with_kinds({EventKind::from_number(4000)})));
    EXPECT_FALSE(exact(Region::all().with_time_us(100, 200)));
    EXPECT_FALSE(exact(Region::scope("scope:1").with_versions(Version(12), Version(15))));
}

// Every other event is of an entity of its own, "even:<number>".
void fill(MemoryIndex& index, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::string entity = (i % 2 == 0 ? "even:" : "odd:") + std::to_string(i);
        index.add({.fields = {.entity = entity, .scope = "s"}, .event_id = SampleIndex::id_of(i)});
    }
}

TEST(OrdinalPlan, MergesTheListsOfAPrefix) {
    constexpr std::uint32_t kEvents = 2 * kMergedListsMax;
    MemoryIndex index(Sequence(0), testing::kKeyHash);
    fill(index, kEvents);
    for (const Direction direction : {Direction::Forward, Direction::Backward}) {
        OrdinalPlan plan(index, kEvents, Region::entity_prefix("even:"), direction);
        EXPECT_TRUE(plan.is_exact());
        std::uint32_t count = 0;
        for (std::uint32_t at = plan.next(0); at != kNoPlace; at = plan.next(at + 1)) {
            ASSERT_EQ(plan.ordinal_at(at) % 2, 0U);
            ++count;
        }
        EXPECT_EQ(count, kMergedListsMax);
    }
}

TEST(OrdinalPlan, WithManyKeysItAnswersWithMoreThanTheRegion) {
    constexpr std::uint32_t kEvents = 2 * kMergedListsMax + 2;
    MemoryIndex index(Sequence(0), testing::kKeyHash);
    fill(index, kEvents);
    const Region even = Region::entity_prefix("even:");
    OrdinalPlan plan(index, kEvents, even, Direction::Forward);
    EXPECT_FALSE(plan.is_exact());
    EXPECT_EQ(plan.next(1), 1U);
    EXPECT_EQ(OrdinalPlan::sum_of_lists(index, kEvents, even), kMergedListsMax + 1);
    OrdinalPlan few(index, kEvents, Region::entity_prefix("even:10"), Direction::Forward);
    EXPECT_TRUE(few.is_exact());
    EXPECT_EQ(few.next(1), 10U);
    EXPECT_EQ(few.next(11), 100U);
}

// Goal:   a union of many clauses is walked in order, whatever the clauses are, and each place is
//         judged by the clauses that gave it.
// Method: random clauses, some of them exact and some not, against the region's own contains().
TEST(OrdinalPlan, OfManyClausesYieldsWhatTheRegionKeeps) {
    const SampleIndex sample(kFirst, kCount, 9);
    const Facts facts(sample);
    std::mt19937_64 random(20261129);
    const auto below = [&](std::uint64_t end) { return random() % end; };
    for (int round = 0; round < 60; ++round) {
        Region region = Region::none();
        for (std::uint64_t clauses = 1 + below(40); clauses > 0; --clauses) {
            Region clause = Region::entity("entity:" + std::to_string(below(60)));
            if (below(4) == 0) clause = Region::entity_prefix("entity:" + std::to_string(below(9)));
            if (below(3) == 0) clause = clause & Region::scope("scope:" + std::to_string(below(4)));
            if (below(4) == 0)
                clause = clause &
                         Region::all().with_time_us(static_cast<std::int64_t>(below(300)),
                                                    static_cast<std::int64_t>(100 + below(300)));
            if (below(5) == 0) clause = clause.from(kFirst.plus(below(kCount)));
            if (below(9) == 0)
                clause = Region::all().with_correlation(SampleIndex::id_of(below(kCount)));
            region = std::move(region) | clause;
        }
        SCOPED_TRACE(to_string(region));
        expect_plan(sample.index, facts, kCount, region);
        if (::testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace batpak::store::ordinal_plan_test
