// A small world to try every law of Region in: all facts that can be made of a few names and
// numbers, the regions of one part over them, and what each of these must keep by its definition.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "batpak/coordinate/region.hpp"

namespace batpak::testing {

inline constexpr std::uint64_t kNumberMax = UINT64_MAX;
inline constexpr std::string_view kEntities[] = {"a", "ab", "abc", "b"};
inline constexpr std::string_view kScopes[] = {"a", "s"};
inline constexpr EventKind kKinds[] = {
    EventKind::from_number(0x1001), EventKind::from_number(0x1002), EventKind::from_number(0xF001)};
inline constexpr std::uint64_t kNumbers[] = {0, 1, kNumberMax};
inline constexpr std::int64_t kTimes[] = {INT64_MIN, -1, INT64_MAX};
inline constexpr EventId kIds[] = {EventId{}, EventId{{std::byte{0xE1}}}};
inline constexpr std::optional<EventId> kCauses[] = {std::nullopt, kIds[0], kIds[1]};

// As stored: no tags, ["t"], ["t", "tu"], ["u"].
inline constexpr std::string_view kTagLists[] = {"", "\x91\xA1t", "\x92\xA1t\xA2tu", "\x91\xA1u"};

inline constexpr std::size_t kFacts = 4 * 2 * 3 * 3 * 3 * 3 * 2 * 3 * 4;
using Kept = std::bitset<kFacts>;

inline std::vector<EventFacts> all_facts() {
    std::vector<EventFacts> facts;
    for (std::size_t i = 0; i < kFacts; ++i) {
        std::size_t rest = i;
        const auto pick = [&rest](const auto& values) {
            const std::size_t at = rest % std::size(values);
            rest /= std::size(values);
            return values[at];
        };
        facts.push_back({.entity = pick(kEntities),
                         .scope = pick(kScopes),
                         .kind = pick(kKinds),
                         .version = Version(pick(kNumbers)),
                         .sequence = Sequence(pick(kNumbers)),
                         .time_us = pick(kTimes),
                         .correlation_id = pick(kIds),
                         .causation_id = pick(kCauses),
                         .tags = TagsView(as_bytes(pick(kTagLists)))});
    }
    return facts;
}

inline const std::vector<EventFacts>& facts() {
    static const std::vector<EventFacts> kAll = all_facts();
    return kAll;
}

inline Kept kept_by(const std::function<bool(const EventFacts&)>& keeps) {
    Kept kept;
    for (std::size_t i = 0; i < kFacts; ++i) kept[i] = keeps(facts()[i]);
    return kept;
}

inline Kept kept_by(const Region& region) {
    return kept_by([&region](const EventFacts& fact) { return region.contains(fact); });
}

// A region of one part, how to refine another by the same part, and what the part means.
struct Atom {
    std::function<Region(const Region&)> refine;
    Kept meaning;

    Region region() const { return refine(Region::all()); }
};

// `keeps` is the definition in its plainest words: it shares no code with Region.
template <class Refine, class Keeps>
Atom atom(Refine refine, Keeps keeps) {
    return {refine, kept_by(std::function<bool(const EventFacts&)>(keeps))};
}

inline void add_name_atoms(std::vector<Atom>& atoms) {
    using F = const EventFacts&;
    for (const std::string_view name : {"a", "ab", "b"}) {
        atoms.push_back(atom([=](const Region& r) { return r.with_entity(name); },
                             [=](F f) { return f.entity == name; }));
    }
    for (const std::string_view prefix : {"", "a", "ab", "b"}) {
        atoms.push_back(atom([=](const Region& r) { return r.with_entity_prefix(prefix); },
                             [=](F f) { return f.entity.substr(0, prefix.size()) == prefix; }));
    }
    for (const std::string_view name : kScopes) {
        atoms.push_back(atom([=](const Region& r) { return r.with_scope(name); },
                             [=](F f) { return f.scope == name; }));
    }
}

inline void add_kind_atoms(std::vector<Atom>& atoms) {
    using F = const EventFacts&;
    atoms.push_back(atom([](const Region& r) { return r.with_kinds({kKinds[0], kKinds[2]}); },
                         [](F f) { return f.kind == kKinds[0] || f.kind == kKinds[2]; }));
    atoms.push_back(atom([](const Region& r) { return r.with_kinds(KindFilter::of({kKinds[1]})); },
                         [](F f) { return f.kind == kKinds[1]; }));
    atoms.push_back(atom([](const Region& r) { return r.with_category(0x1); },
                         [](F f) { return f.kind.number() / 0x1000 == 0x1; }));
    atoms.push_back(
        atom([](const Region& r) { return r.with_kinds({}); }, [](F) { return false; }));
}

inline void add_range_atoms(std::vector<Atom>& atoms) {
    using F = const EventFacts&;
    for (const std::uint64_t at : kNumbers) {
        atoms.push_back(atom([=](const Region& r) { return r.from(Sequence(at)); },
                             [=](F f) { return f.sequence.value >= at; }));
        atoms.push_back(atom([=](const Region& r) { return r.before(Sequence(at)); },
                             [=](F f) { return f.sequence.value < at; }));
        atoms.push_back(
            atom([=](const Region& r) { return r.with_versions(Version(1), Version(at)); },
                 [=](F f) { return f.version.value >= 1 && f.version.value < at; }));
    }
    atoms.push_back(atom([](const Region& r) { return r.with_sequences(Sequence(0), Sequence(2)); },
                         [](F f) { return f.sequence.value < 2; }));
    atoms.push_back(atom([](const Region& r) { return r.with_time_us(INT64_MIN, 0); },
                         [](F f) { return f.time_us < 0; }));
    atoms.push_back(atom([](const Region& r) { return r.with_time_us(-1, INT64_MAX); },
                         [](F f) { return f.time_us >= -1 && f.time_us < INT64_MAX; }));
    for (const EventId& id : kIds) {
        atoms.push_back(atom([=](const Region& r) { return r.with_correlation(id); },
                             [=](F f) { return f.correlation_id == id; }));
        atoms.push_back(atom([=](const Region& r) { return r.with_causation(id); },
                             [=](F f) { return f.causation_id == id; }));
    }
}

inline void add_tag_atoms(std::vector<Atom>& atoms) {
    using F = const EventFacts&;
    const auto has = [](F f, std::string_view wanted) {
        bool found = false;
        for (const std::string_view tag : f.tags) found = found || tag == wanted;
        return found;
    };
    for (const std::string_view tag : {"t", "tu", "u", "v"}) {
        atoms.push_back(atom([=](const Region& r) { return r.with_tag(tag); },
                             [=](F f) { return has(f, tag); }));
    }
    atoms.push_back(atom([](const Region& r) { return r.with_tags({"tu", "t", "tu"}); },
                         [=](F f) { return has(f, "t") && has(f, "tu"); }));
}

inline const std::vector<Atom>& atoms() {
    static const std::vector<Atom> kAll = [] {
        std::vector<Atom> made;
        add_name_atoms(made);
        add_kind_atoms(made);
        add_range_atoms(made);
        add_tag_atoms(made);
        return made;
    }();
    return kAll;
}

// A region and what it must keep, whichever way it was put together.
struct Known {
    Region region;
    Kept meaning;
};

inline Known operator&(const Known& a, const Known& b) {
    return {a.region & b.region, a.meaning & b.meaning};
}
inline Known operator|(const Known& a, const Known& b) {
    return {a.region | b.region, a.meaning | b.meaning};
}

// all(), none(), every atom, and every pair of atoms under & and |.
inline std::vector<Known> small_regions() {
    std::vector<Known> known{{Region::all(), Kept().set()}, {Region::none(), Kept()}};
    for (const Atom& a : atoms()) {
        const Known left{a.region(), a.meaning};
        known.push_back(left);
        for (const Atom& b : atoms()) {
            const Known right{b.region(), b.meaning};
            known.push_back(left & right);
            known.push_back(left | right);
        }
    }
    return known;
}

}  // namespace batpak::testing
