// R6 of src/coordinate/region.cpp, and the form for people.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "batpak/coordinate/region.hpp"
#include "coordinate/region_universe.hpp"

namespace batpak {
namespace {

using namespace std::string_view_literals;

// Names that a careless encoding takes for its own structure.
constexpr std::string_view kNames[] = {
    ""sv,      "a"sv,  "ab"sv,   "abc"sv, "b"sv,
    "bc"sv,    "c"sv,  "|"sv,    "a|b"sv, "="sv,
    "a=b"sv,   "\0"sv, "a\0"sv,  "\0a"sv, "\x01"sv,
    "\""sv,    "\\"sv, "\\\""sv, "&"sv,   "\" & scope=\""sv,
    "\\x00"sv,
};

// As text, because GCC 12 warns of the order of two vectors of bytes for nothing.
std::string bytes_of(const Region& region) {
    return std::string(as_text(region.canonical_bytes()));
}

TEST(RegionBytes, AreLocked) {
    const EventId id{{std::byte{0xAB}}};
    const Region region = Region::entity("e").with_scope("st") |
                          Region::entity_prefix("p")
                              .with_kinds(KindFilter::of({EventKind::from_number(0xF001)}) |
                                          KindFilter::category(0x1))
                              .with_versions(Version(1), Version(2))
                              .from(Sequence(0x0102))
                              .with_time_us(-1, 3)
                              .with_correlation(id);
    EXPECT_EQ(to_hex(region.canonical_bytes()),
              "01"
              "0200000000000000"
              // The clause of the prefix stands first: it gives no entity.
              "fa"
              "0100000000000000"
              "70"
              "0200"
              "0100000000000000"
              "01f0"
              "01"
              "0100000000000000"
              "0200000000000000"
              "00"
              "0201000000000000"
              "01"
              "ffffffffffffffff"
              "0300000000000000"
              "ab000000000000000000000000000000"
              "05"
              "0100000000000000"
              "65"
              "0200000000000000"
              "7374");
    // What names a cause is said in the second version, and all else in the first for ever.
    EXPECT_EQ(to_hex((Region::all().with_causation(id) | Region::scope("s")).canonical_bytes()),
              "02"
              "0200000000000000"
              "0001"
              "ab000000000000000000000000000000"
              "0400"
              "0100000000000000"
              "73");
    // What names tags is said in the third.
    EXPECT_EQ(to_hex((Region::tags({"t", "ab"}) | Region::scope("s")).canonical_bytes()),
              "03"
              "0200000000000000"
              "0002"
              "0200000000000000"
              "0200000000000000"
              "6162"
              "0100000000000000"
              "74"
              "0400"
              "0100000000000000"
              "73");
    EXPECT_EQ(to_hex(Region::none().canonical_bytes()), "010000000000000000");
    EXPECT_EQ(to_hex(Region::all().canonical_bytes()), "01010000000000000000");
}

// The order of clauses is in the bytes, so the order of the parts that decides it is locked too.
TEST(RegionBytes, OrderClausesByTheirPartsInTurn) {
    const EventId id{{std::byte{1}}};
    const Region all = Region::all();
    const Region regions[] = {Region::tag("t"),
                              all.with_causation(id),
                              all.with_correlation(id),
                              all.with_time_us(5, 9),
                              all.with_sequences(Sequence(5), Sequence(9)),
                              all.with_versions(Version(5), Version(9)),
                              Region::scope("s"),
                              Region::entity_prefix("p"),
                              Region::entity("e")};
    Region sum = Region::none();
    for (const Region& region : regions) sum = region | sum;
    ASSERT_EQ(sum.clauses().size(), std::size(regions));
    for (std::size_t i = 0; i < std::size(regions); ++i) {
        EXPECT_EQ(sum.clauses()[i], regions[i].clauses()[0]) << i;
    }
    const Region kinds = Region::kinds({EventKind::from_number(0x1001)});
    for (const Region& later : {Region::scope("s"), all.from(Sequence(5))}) {
        const Region both = kinds | later;
        EXPECT_EQ(both.clauses()[0], kinds.clauses()[0]) << to_string(both);
    }
}

TEST(RegionBytes, TellEveryNameApart) {
    std::set<std::string> bytes;
    std::set<std::string> texts;
    std::size_t made = 0;
    const auto expect_new = [&](const Region& region) {
        EXPECT_TRUE(bytes.insert(bytes_of(region)).second) << to_string(region);
        EXPECT_TRUE(texts.insert(to_string(region)).second) << to_string(region);
        ++made;
    };
    for (const std::string_view name : kNames) {
        expect_new(Region::entity(name));
        expect_new(Region::scope(name));
        expect_new(Region::entity_prefix(name));
        expect_new(Region::tag(name));
        for (const std::string_view other : kNames) {
            expect_new(Region::entity(name).with_scope(other));
            if (!name.empty()) expect_new(Region::entity_prefix(name).with_scope(other));
            if (name < other) expect_new(Region::entity(name) | Region::entity(other));
            if (name < other) expect_new(Region::tag(name) | Region::tag(other));
            if (name < other) expect_new(Region::tags({name, other}));
        }
    }
    const std::size_t names = std::size(kNames);
    EXPECT_EQ(made, 4 * names + names * names + (names - 1) * names + 3 * names * (names - 1) / 2);
}

// Goal:   R6: bytes are equal if and only if the regions are.
// Method: every small region goes into a map by its bytes; a second region with the same bytes
//         must be equal to the first, and there are as many bytes as distinct regions.
TEST(RegionBytes, AreEqualExactlyForEqualRegions) {
    std::map<std::string, Region> by_bytes;
    std::vector<Region> distinct;
    for (const testing::Known& known : testing::small_regions()) {
        const auto [found, is_new] = by_bytes.emplace(bytes_of(known.region), known.region);
        ASSERT_EQ(found->second, known.region);
        if (std::ranges::find(distinct, known.region) != distinct.end()) continue;
        ASSERT_TRUE(is_new) << to_string(known.region);
        distinct.push_back(known.region);
    }
    EXPECT_EQ(by_bytes.size(), distinct.size());
    EXPECT_GT(distinct.size(), 400U);
}

RC_GTEST_PROP(RegionBytes, TellAnyNamesAndNumbersApart,
              (const std::string& entity, const std::string& scope, std::uint64_t begin,
               const std::string& entity_b, const std::string& scope_b, std::uint64_t begin_b)) {
    const Region a = Region::entity(entity).with_scope(scope).from(Sequence(begin));
    const Region b = Region::entity(entity_b).with_scope(scope_b).from(Sequence(begin_b));
    RC_ASSERT((a == b) == (a.canonical_bytes() == b.canonical_bytes()));
    RC_ASSERT((a | b).canonical_bytes() == (b | a).canonical_bytes());
    // Characters moved over the border of two names.
    const Region joined = Region::entity(entity + scope).with_scope("").from(Sequence(begin));
    RC_ASSERT((a == joined) == (a.canonical_bytes() == joined.canonical_bytes()));
}

TEST(RegionText, ReadsAsItIsWritten) {
    EXPECT_EQ(to_string(Region::none()), "none");
    EXPECT_EQ(to_string(Region::all()), "all");
    EXPECT_EQ(to_string(Region::scope("room:dungeon").with_kinds({EventKind::from_number(0xF001)}) |
                        Region::entity("player:alice")),
              "scope=\"room:dungeon\" & kinds={0xF001} | entity=\"player:alice\"");
    EXPECT_EQ(to_string(Region::entity_prefix("p:")
                            .with_versions(Version(1), Version(2))
                            .from(Sequence(7))
                            .with_time_us(-5, 5)
                            .with_correlation(EventId{})),
              "entity_prefix=\"p:\" & versions=[1,2) & sequences=[7,) & times_us=[-5,5) & "
              "correlation_id=00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(to_string(Region::scope("s").with_causation(EventId{})),
              "scope=\"s\" & causation_id=00000000-0000-0000-0000-000000000000");
    EXPECT_EQ(to_string(Region::tags({"b", "a"}) | Region::scope("s")),
              "tag=\"a\" & tag=\"b\" | scope=\"s\"");
    EXPECT_EQ(to_string(Region::all().before(Sequence(3))), "sequences=[,3)");
}

TEST(RegionText, EscapesEveryControlCharacterAndTheQuote) {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string name(1, static_cast<char>(byte));
        const std::string text = to_string(Region::entity(name));
        const std::string hex = to_hex(as_bytes(name));
        const bool is_control = byte < 0x20 || byte == 0x7F;
        const bool is_quoted = byte == '"' || byte == '\\';
        EXPECT_EQ(text, "entity=\"" +
                            (is_control  ? "\\x" + hex
                             : is_quoted ? "\\" + name
                                         : name) +
                            "\"");
    }
}

}  // namespace
}  // namespace batpak
