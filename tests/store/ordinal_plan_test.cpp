// Goal:   a plan yields every ordinal that the region keeps, forward and backward, and says
//         truthfully whether it yields others too.
// Method: regions of every part over a random index in memory and its file form, against the
//         region's own contains().
#include "store/ordinal_plan.hpp"

#include <gtest/gtest.h>

#include "store/index_part.hpp"
#include "support/sample_index.hpp"

namespace batpak::store {
namespace {

using testing::SampleIndex;

constexpr Sequence kFirst{100};
constexpr std::uint32_t kCount = 400;

// What the index knows of its events, from the outside.
class Facts {
public:
    explicit Facts(const SampleIndex& sample) : facts_(sample.ids.size()) {
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
    }

    std::vector<std::uint32_t> kept_by(const Region& region, std::uint32_t count) const {
        std::vector<std::uint32_t> kept;
        for (std::uint32_t i = 0; i < count; ++i)
            if (contains(region, i)) kept.push_back(i);
        return kept;
    }
    bool contains(const Region& region, std::uint32_t ordinal) const {
        return region.contains(facts_[ordinal]);
    }

private:
    struct OwnFacts : EventFacts {
        OwnFacts() : EventFacts{.kind = EventKind::from_number(0)} {}
    };
    std::vector<OwnFacts> facts_;
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
        Region::all().with_time_us(100, 200),
        Region::all().with_sequences(Sequence(150), Sequence(170)),
        Region::all().with_sequences(Sequence(0), Sequence(101)),
        Region::all().from(Sequence(499)),
        Region::all().before(Sequence(100)),
        Region::all().after(Sequence(UINT64_MAX))};
    const std::size_t simple = regions.size();
    for (std::size_t a = 0; a < simple; ++a) {
        const Region other = regions[(a * 7 + 3) % simple];  // the vector grows
        regions.push_back(regions[a] & other);
        regions.push_back(regions[a] | other);
        regions.push_back((regions[a] & Region::scope("scope:2")) | (other & regions[4]));
    }
    return regions;
}

void expect_plan(const Index& index, const Facts& facts, std::uint32_t count,
                 const Region& region) {
    const std::vector<std::uint32_t> kept = facts.kept_by(region, count);
    OrdinalPlan plan(index, count, region);
    std::vector<std::uint32_t> forward;
    for (auto at = plan.ceiling(0); at; at = plan.ceiling(*at + 1)) {
        ASSERT_LT(*at, count);
        const bool keeps = facts.contains(region, *at);
        ASSERT_TRUE(keeps || !plan.is_exact());
        if (keeps) forward.push_back(*at);
    }
    ASSERT_EQ(forward, kept);
    for (std::uint32_t at = 0; at <= count; ++at) {
        const bool has = plan.ceiling(at) == std::optional(at);
        ASSERT_TRUE(has || !plan.surely_has(at)) << at;
    }
    std::vector<std::uint32_t> backward;
    OrdinalPlan down(index, count, region);
    for (auto at = count > 0 ? down.floor(count - 1) : std::nullopt; at;
         at = *at > 0 ? down.floor(*at - 1) : std::nullopt) {
        if (facts.contains(region, *at)) backward.insert(backward.begin(), *at);
    }
    ASSERT_EQ(backward, kept);
}

TEST(OrdinalPlan, HasAllOfAScanWithoutASearch) {
    const SampleIndex sample(kFirst, kCount, 8);
    const OrdinalPlan all(sample.index, kCount, Region::all());
    for (std::uint32_t at = 0; at < kCount; ++at) ASSERT_TRUE(all.surely_has(at));
    EXPECT_FALSE(all.surely_has(kCount));
    const OrdinalPlan scope(sample.index, kCount, Region::scope("scope:2"));
    for (std::uint32_t at = 0; at < kCount; ++at) ASSERT_FALSE(scope.surely_has(at));
}

TEST(OrdinalPlan, YieldsWhatTheRegionKeepsInBothDirections) {
    const SampleIndex sample(kFirst, kCount, 8);
    const Facts facts(sample);
    const PartBinding binding{.first = sample.index.first(),
                              .end = sample.index.end(),
                              .start_offset = 96,
                              .end_offset = 96 + 100 * kCount};
    const auto bytes = std::make_shared<Buffer>(encode_part(sample.index, binding));
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
        return OrdinalPlan(sample.index, kCount, region).is_exact();
    };
    EXPECT_TRUE(exact(Region::all()));
    EXPECT_TRUE(exact(Region::entity("entity:7").with_versions(Version(12), Version(15))));
    EXPECT_TRUE(exact(Region::scope("scope:1").with_category(1).from(Sequence(120))));
    EXPECT_FALSE(exact(Region::all().with_time_us(100, 200)));
    EXPECT_FALSE(exact(Region::scope("scope:1").with_versions(Version(12), Version(15))));
}

TEST(OrdinalPlan, WithManyKeysItAnswersWithMoreThanTheRegion) {
    MemoryIndex index(Sequence(0), testing::kKeyHash);
    for (std::uint32_t i = 0; i < 200; ++i) {
        const std::string entity = (i % 2 == 0 ? "even:" : "odd:") + std::to_string(i);
        index.add({.event_id = SampleIndex::id_of(i), .entity = entity, .scope = "s"});
    }
    OrdinalPlan plan(index, 200, Region::entity_prefix("even:"));
    EXPECT_FALSE(plan.is_exact());
    EXPECT_EQ(plan.ceiling(1), 1U);
    OrdinalPlan few(index, 200, Region::entity_prefix("even:1"));
    EXPECT_TRUE(few.is_exact());
    EXPECT_EQ(few.ceiling(1), 10U);
    EXPECT_EQ(few.floor(99), 18U);
}

}  // namespace
}  // namespace batpak::store
