// The laws R1 to R5 of src/coordinate/region.cpp; R6 is in region_text_test.cpp.
#include "batpak/coordinate/region.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <utility>

#include "coordinate/region_universe.hpp"

namespace batpak::region_test {
namespace {

using testing::atoms;
using testing::Kept;
using testing::kept_by;
using testing::Known;

struct DoorLocked {
    static constexpr EventKind kind = EventKind::custom(0xF, 0x001);
};

const EventFacts kFact{.entity = "player:alice",
                       .scope = "room:dungeon",
                       .kind = DoorLocked::kind,
                       .version = Version(3),
                       .sequence = Sequence(7),
                       .time_us = 1000,
                       .correlation_id = EventId{{std::byte{1}}},
                       .causation_id = EventId{{std::byte{2}}},
                       .tags = TagsView(as_bytes("\x92\xA1t\xA1u"))};

TEST(Region, KeepsAnEventThatPassesEveryPart) {
    const Region region = Region::entity_prefix("player:")
                              .with_scope("room:dungeon")
                              .with_kind<DoorLocked>()
                              .with_versions(Version(3), Version(4))
                              .from(Sequence(7))
                              .before(Sequence(8))
                              .with_time_us(1000, 1001)
                              .with_correlation(kFact.correlation_id)
                              .with_causation(*kFact.causation_id)
                              .with_tag("u")
                              .with_tags({"u", "t"});
    EXPECT_TRUE(region.contains(kFact));
    EXPECT_EQ(region.clauses().size(), 1U);
    EXPECT_FALSE(region.with_entity("player:bob").contains(kFact));
    EXPECT_FALSE(region.with_scope("room").contains(kFact));
    EXPECT_FALSE(region.with_category(0x1).contains(kFact));
    EXPECT_FALSE(region.from(Sequence(8)).contains(kFact));
    EXPECT_FALSE(region.with_correlation(EventId{}).contains(kFact));
    EXPECT_FALSE(region.with_causation(kFact.correlation_id).contains(kFact));
    EXPECT_FALSE(region.with_tag("v").contains(kFact));
    EXPECT_FALSE(region.with_tags({"t", "u", "v"}).contains(kFact));
}

TEST(Region, MakersAgreeWithRefinementsOfAll) {
    EXPECT_EQ(Region::entity("a"), Region::all().with_entity("a"));
    EXPECT_EQ(Region::entity_prefix("a"), Region::all().with_entity_prefix("a"));
    EXPECT_EQ(Region::scope("a"), Region::all().with_scope("a"));
    EXPECT_EQ(Region::kinds({DoorLocked::kind}), Region::all().with_kind<DoorLocked>());
    EXPECT_EQ(Region::kinds(KindFilter::category(1)), Region::all().with_category(1));
    EXPECT_EQ(Region::tag("a"), Region::all().with_tag("a"));
    EXPECT_EQ(Region::tags({"a", "b"}), Region::tag("b").with_tag("a"));
    EXPECT_EQ(Region::tags(std::vector<std::string>{"b", "a", "b"}), Region::tags({"a", "b"}));
    EXPECT_EQ(Region::tags({}), Region::all());
    EXPECT_EQ(Region::entity_prefix(""), Region::all());
    EXPECT_EQ(Region::kinds(KindFilter::any()), Region::all());
    EXPECT_EQ(Region::all().from(Sequence(0)), Region::all());
}

TEST(Region, RangesAreHalfOpen) {
    const auto sequences = [](const Region& region) {
        std::string found;
        for (std::uint64_t number = 0; number < 8; ++number) {
            EventFacts fact = kFact;
            fact.sequence = Sequence(number);
            if (region.contains(fact)) found += std::to_string(number);
        }
        return found;
    };
    EXPECT_EQ(sequences(Region::all().with_sequences(Sequence(2), Sequence(5))), "234");
    EXPECT_EQ(sequences(Region::all().from(Sequence(5))), "567");
    EXPECT_EQ(sequences(Region::all().before(Sequence(2))), "01");
    EXPECT_EQ(sequences(Region::all().from(Sequence(2)).before(Sequence(3))), "2");
}

TEST(Region, IsNoneWhereItContradictsItself) {
    const Region none = Region::none();
    EXPECT_EQ(Region::entity("a").with_entity("b"), none);
    EXPECT_EQ(Region::entity("a").with_entity_prefix("ab"), none);
    EXPECT_EQ(Region::entity_prefix("ab").with_entity_prefix("b"), none);
    EXPECT_EQ(Region::scope("a").with_scope("b"), none);
    EXPECT_EQ(Region::kinds({DoorLocked::kind}).with_category(0x1), none);
    EXPECT_EQ(Region::kinds({}), none);
    EXPECT_EQ(Region::all().with_versions(Version(2), Version(2)), none);
    EXPECT_EQ(Region::all().with_sequences(Sequence(3), Sequence(2)), none);
    EXPECT_EQ(Region::all().from(Sequence(2)).before(Sequence(2)), none);
    EXPECT_EQ(Region::all().with_time_us(0, INT64_MIN), none);
    EXPECT_EQ(Region::all().with_correlation(kFact.correlation_id).with_correlation({}), none);
    EXPECT_TRUE(none.clauses().empty());
}

TEST(Region, GivesItsClausesAsData) {
    const Region region = Region::entity("b").from(Sequence(5)) |
                          Region::entity_prefix("a").with_entity_prefix("ab").with_scope("s");
    ASSERT_EQ(region.clauses().size(), 2U);
    const Region::Clause& first = region.clauses()[0];
    EXPECT_EQ(first.entity, std::nullopt);
    EXPECT_EQ(first.entity_prefix, "ab");
    EXPECT_EQ(first.scope, "s");
    EXPECT_TRUE(first.kinds.is_any() && first.sequences.is_all());
    const Region::Clause& second = region.clauses()[1];
    EXPECT_EQ(second.entity, "b");
    EXPECT_EQ(second.sequences.begin, Sequence(5));
    EXPECT_EQ(second.sequences.end, std::nullopt);
}

TEST(Region, DropsTheClausesThatAnotherCovers) {
    const Region all = Region::all();
    EXPECT_EQ(Region::entity("a") | Region::entity("a"), Region::entity("a"));
    EXPECT_EQ(Region::entity("a") | all, all);
    EXPECT_EQ(Region::entity("ab") | Region::entity_prefix("a"), Region::entity_prefix("a"));
    EXPECT_EQ(all.from(Sequence(5)) | all.from(Sequence(2)), all.from(Sequence(2)));

    const Region apart = Region::entity("a") | Region::entity("b");
    EXPECT_EQ(apart.clauses().size(), 2U);
    const Region overlapping = all.from(Sequence(5)) | all.before(Sequence(7));
    EXPECT_EQ(overlapping.clauses().size(), 2U);
}

TEST(Region, IsNoneAfterItWasMovedFrom) {
    Region region = Region::all();
    const Region taken = std::move(region);
    EXPECT_EQ(taken, Region::all());
    EXPECT_EQ(region, Region::none());  // NOLINT(bugprone-use-after-move)
}

// Goal:   R1 to R3: a region keeps what the words that made it say, of every fact there is.
// Method: all(), none(), every atom, and every pair of atoms under & and |.
TEST(Region, KeepsExactlyWhatItsDefinitionSays) {
    std::size_t tried = 0;
    for (const Known& known : testing::small_regions()) {
        ASSERT_EQ(kept_by(known.region), known.meaning) << to_string(known.region);
        ++tried;
    }
    EXPECT_EQ(tried, 2 + atoms().size() + 2 * atoms().size() * atoms().size());
}

// Goal:   R4: to refine is to intersect, on a region of any number of clauses.
// Method: every small region of at most one & or |, refined by every atom.
TEST(Region, RefiningIsIntersecting) {
    for (const Known& known : testing::small_regions()) {
        for (const testing::Atom& atom : atoms()) {
            ASSERT_EQ(atom.refine(known.region), known.region & atom.region())
                << to_string(known.region);
        }
    }
}

// Goal:   R5: & and | are the meet and the join of a distributive lattice, by ==.
// Method: every triple of all(), none() and the atoms.
TEST(Region, ObeysTheLawsOfALattice) {
    std::vector<Region> regions{Region::all(), Region::none()};
    for (const testing::Atom& atom : atoms()) regions.push_back(atom.region());

    for (const Region& a : regions) {
        ASSERT_EQ(a & a, a);
        ASSERT_EQ(a | a, a);
        ASSERT_EQ(a & Region::all(), a);
        ASSERT_EQ(a | Region::none(), a);
        ASSERT_EQ(a & Region::none(), Region::none());
        ASSERT_EQ(a | Region::all(), Region::all());
        for (const Region& b : regions) {
            ASSERT_EQ(a & b, b & a);
            ASSERT_EQ(a | b, b | a);
            ASSERT_EQ(a & (a | b), a);
            ASSERT_EQ(a | (a & b), a);
            for (const Region& c : regions) {
                ASSERT_EQ((a & b) & c, a & (b & c));
                ASSERT_EQ((a | b) | c, a | (b | c));
                ASSERT_EQ(a & (b | c), (a & b) | (a & c));
                ASSERT_EQ(a | (b & c), (a | b) & (a | c));
            }
        }
    }
}

// Three chains of & and | over the atoms, each as long as rapidcheck makes it, put together.
Known any_region() {
    const auto any_chain = [] {
        const auto steps = *rc::gen::container<std::vector<std::size_t>>(
            rc::gen::inRange<std::size_t>(0, 2 * atoms().size()));
        Known known{Region::none(), Kept()};
        for (const std::size_t step : steps) {
            const testing::Atom& atom = atoms()[step / 2];
            const Known next{atom.region(), atom.meaning};
            known = step % 2 == 0 ? known | next : known & next;
        }
        return known;
    };
    const Known a = any_chain(), b = any_chain(), c = any_chain();
    return (a & b) | c;
}

RC_GTEST_PROP(Region, KeepsWhatItsDefinitionSaysHoweverDeep, ()) {
    const Known known = any_region();
    RC_ASSERT(kept_by(known.region) == known.meaning);
}

RC_GTEST_PROP(Region, ObeysTheLawsHoweverDeep, ()) {
    const Region a = any_region().region, b = any_region().region, c = any_region().region;
    RC_ASSERT((a & b) == (b & a));
    RC_ASSERT((a | b) == (b | a));
    RC_ASSERT(((a & b) & c) == (a & (b & c)));
    RC_ASSERT(((a | b) | c) == (a | (b | c)));
    RC_ASSERT((a & (b | c)) == ((a & b) | (a & c)));
    RC_ASSERT((a | (a & b)) == a);
    RC_ASSERT((a & a) == a);
    RC_ASSERT(std::ranges::is_sorted(a.clauses()));
}

}  // namespace
}  // namespace batpak::region_test
