// The predicate behind queries: a disjunction of clauses, each a conjunction of parts.
//
// Clauses are data, not lambdas, so that the store can answer a query from its index instead of
// asking every event in turn. Every part is of a type that is closed under intersection, so the
// intersection of two clauses is one clause or nothing. The laws (tests/coordinate/region_test.cpp
// checks them for every small a, b, c and fact f):
//
//     R1  all().contains(f), !none().contains(f)
//     R2  (a & b).contains(f) == (a.contains(f) && b.contains(f))
//     R3  (a | b).contains(f) == (a.contains(f) || b.contains(f))
//     R4  a.with_x(v) == (a & Region::x(v))
//     R5  & and | are commutative, associative, idempotent, absorb and distribute, by ==
//     R6  a == b if and only if a.canonical_bytes() == b.canonical_bytes()
//
// R5 holds because add() keeps the maximal clauses only: what a clause covers can never come to
// stand in the result of a later & or |, whatever the order of the operations.
#include "batpak/coordinate/region.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace batpak {
namespace {

using Clause = Region::Clause;

// Narrows `a` to what it shares with `b`; false if they share nothing.
template <class T>
bool narrow(std::optional<T>& a, const std::optional<T>& b) {
    if (!a) a = b;
    return !b || *a == *b;
}

// The longer one remains, if the shorter one begins it.
bool narrow_prefix(std::string& a, const std::string& b) {
    if (b.starts_with(a)) a = b;
    return a.starts_with(b);
}

// An exact entity answers its prefix, which then says nothing more.
bool settle_prefix(Clause& clause) {
    if (!clause.entity) return true;
    const bool agrees = clause.entity->starts_with(clause.entity_prefix);
    clause.entity_prefix.clear();
    return agrees;
}

template <class T>
Region::Range<T> intersect(const Region::Range<T>& a, const Region::Range<T>& b) noexcept {
    const T begin = std::max(a.begin, b.begin);
    if (!a.end || !b.end) return {begin, a.end ? a.end : b.end};
    return {begin, std::min(*a.end, *b.end)};
}

// Both sorted, none twice; so is the result.
std::vector<std::string> union_of(const std::vector<std::string>& a,
                                  const std::vector<std::string>& b) {
    std::vector<std::string> both;
    std::ranges::set_union(a, b, std::back_inserter(both));
    return both;
}

std::optional<Clause> intersect(Clause a, const Clause& b) {
    const bool agree = narrow(a.entity, b.entity) &&
                       narrow_prefix(a.entity_prefix, b.entity_prefix) && settle_prefix(a) &&
                       narrow(a.scope, b.scope) && narrow(a.correlation_id, b.correlation_id) &&
                       narrow(a.causation_id, b.causation_id);
    if (!agree) return std::nullopt;
    a.kinds = a.kinds & b.kinds;
    a.versions = intersect(a.versions, b.versions);
    a.sequences = intersect(a.sequences, b.sequences);
    a.times_us = intersect(a.times_us, b.times_us);
    if (!b.tags.empty()) a.tags = union_of(a.tags, b.tags);
    return a;
}

bool is_empty(const Clause& clause) noexcept {
    return clause.kinds.is_empty() || clause.versions.is_empty() || clause.sequences.is_empty() ||
           clause.times_us.is_empty();
}

template <class T>
bool covers(const std::optional<T>& a, const std::optional<T>& b) noexcept {
    return !a || a == b;
}

template <class T>
bool covers(const Region::Range<T>& a, const Region::Range<T>& b) noexcept {
    return a.begin <= b.begin && (!a.end || (b.end && *b.end <= *a.end));
}

// Whether `a` keeps every event that `b` keeps. Requires: neither is empty.
bool covers(const Clause& a, const Clause& b) noexcept {
    const std::string& known_of_b = b.entity ? *b.entity : b.entity_prefix;
    return covers(a.entity, b.entity) && known_of_b.starts_with(a.entity_prefix) &&
           covers(a.scope, b.scope) && covers(a.versions, b.versions) &&
           covers(a.sequences, b.sequences) && covers(a.times_us, b.times_us) &&
           covers(a.correlation_id, b.correlation_id) && covers(a.causation_id, b.causation_id) &&
           a.kinds.covers(b.kinds) && std::ranges::includes(b.tags, a.tags);
}

}  // namespace

bool Region::Clause::contains(const EventFacts& facts) const noexcept {
    return (!entity || *entity == facts.entity) && facts.entity.starts_with(entity_prefix) &&
           (!scope || *scope == facts.scope) && kinds.contains(facts.kind) &&
           versions.contains(facts.version) && sequences.contains(facts.sequence) &&
           times_us.contains(facts.time_us) &&
           (!correlation_id || *correlation_id == facts.correlation_id) &&
           (!causation_id || causation_id == facts.causation_id) &&
           (tags.empty() || facts.tags.contains_all(tags));
}

bool Region::contains(const EventFacts& facts) const noexcept {
    return std::ranges::any_of(clauses_,
                               [&](const Clause& clause) { return clause.contains(facts); });
}

// Ensures: the clauses stay sorted, none is empty, and none covers another.
void Region::add(Clause clause) {
    if (is_empty(clause)) return;
    BATPAK_ASSERT(!clause.entity || clause.entity_prefix.empty());

    const auto covers_it = [&](const Clause& other) { return covers(other, clause); };
    if (std::ranges::any_of(clauses_, covers_it)) return;
    std::erase_if(clauses_, [&](const Clause& other) { return covers(clause, other); });
    clauses_.insert(std::ranges::lower_bound(clauses_, clause), std::move(clause));
}

// Every clause with every other one. Regions are written by people and rarely have more than a few;
// with_sequences() spares a large one from it.
Region operator&(const Region& a, const Region& b) {
    Region both;
    for (const Clause& left : a.clauses_) {
        for (const Clause& right : b.clauses_) {
            if (auto clause = intersect(left, right)) both.add(*std::move(clause));
        }
    }
    return both;
}

Region operator|(Region a, const Region& b) {
    for (const Clause& clause : b.clauses_) a.add(clause);
    return a;
}

Region::Region(Clause clause) { add(std::move(clause)); }

Region Region::all() { return Region(Clause{}); }

std::span<const Region::Clause> Region::clauses() const& noexcept { return clauses_; }

Region Region::entity(std::string_view text) { return Region(Clause{.entity = std::string(text)}); }

Region Region::entity_prefix(std::string_view text) {
    return Region(Clause{.entity_prefix = std::string(text)});
}

Region Region::scope(std::string_view text) { return Region(Clause{.scope = std::string(text)}); }

Region Region::kinds(std::initializer_list<EventKind> kinds) {
    return Region::kinds(KindFilter::of(kinds));
}

Region Region::kinds(KindFilter kinds) { return Region(Clause{.kinds = std::move(kinds)}); }

Region Region::tag(std::string_view text) { return Region(Clause{.tags = {std::string(text)}}); }

Region Region::tags(std::initializer_list<std::string_view> all_of) {
    return tags(std::vector<std::string>(all_of.begin(), all_of.end()));
}

Region Region::tags(std::span<const std::string> all_of) {
    Clause clause;
    clause.tags.assign(all_of.begin(), all_of.end());
    std::ranges::sort(clause.tags);
    clause.tags.erase(std::ranges::unique(clause.tags).begin(), clause.tags.end());
    return Region(std::move(clause));
}

Region Region::with_entity(std::string_view text) const { return *this & entity(text); }

Region Region::with_entity_prefix(std::string_view text) const {
    return *this & entity_prefix(text);
}

Region Region::with_scope(std::string_view text) const { return *this & scope(text); }

Region Region::with_kinds(std::initializer_list<EventKind> kinds) const {
    return *this & Region::kinds(kinds);
}

Region Region::with_kinds(KindFilter kinds) const {
    return *this & Region::kinds(std::move(kinds));
}

Region Region::with_category(std::uint8_t category) const {
    return with_kinds(KindFilter::category(category));
}

Region Region::with_versions(Version begin, Version end) const {
    return *this & Region(Clause{.versions = {begin, end}});
}

// Where all clauses have the same sequences, as nearly always, they stay sorted, and none comes to
// cover another: a page of a region of thousands of clauses costs no comparison of each with each.
Region Region::with_sequences(const Range<Sequence>& range) const {
    const auto differs = [&](const Clause& clause) {
        return clause.sequences != clauses_.front().sequences;
    };
    if (std::ranges::any_of(clauses_, differs)) return *this & Region(Clause{.sequences = range});
    if (clauses_.empty()) return none();
    const Range<Sequence> both = intersect(clauses_.front().sequences, range);
    if (both.is_empty()) return none();
    Region narrowed = *this;
    for (Clause& clause : narrowed.clauses_) clause.sequences = both;
    return narrowed;
}

Region Region::with_sequences(Sequence begin, Sequence end) const {
    return with_sequences(Range<Sequence>{begin, end});
}

Region Region::from(Sequence begin) const {
    return with_sequences(Range<Sequence>{begin, std::nullopt});
}

Region Region::before(Sequence end) const { return with_sequences(Sequence(0), end); }

Region Region::with_time_us(std::int64_t begin, std::int64_t end) const {
    return *this & Region(Clause{.times_us = {begin, end}});
}

Region Region::with_correlation(const EventId& id) const {
    return *this & Region(Clause{.correlation_id = id});
}

Region Region::with_causation(const EventId& cause) const {
    return *this & Region(Clause{.causation_id = cause});
}

Region Region::with_tag(std::string_view text) const { return *this & tag(text); }

Region Region::with_tags(std::initializer_list<std::string_view> all_of) const {
    return *this & tags(all_of);
}

Region Region::with_tags(std::span<const std::string> all_of) const { return *this & tags(all_of); }

}  // namespace batpak
