// How next() leaps: each set of a clause is asked for its next place at or after the candidate; the
// largest answer is the next candidate, until all sets agree on one.
//
//     kind  2 9 14 30        from 3:  kind says 9, scope says 11 -> kind 14, scope 14: agreed
//     scope 1 5 11 14
//
// Three things keep a walk cheap. A list begins where its last answer was. A union keeps the next
// place of each of its parts in a heap, so that only the parts at the front move. And what takes
// everything (no sets at all) is not searched: its places are a range.
#include "store/index/ordinal_plan.hpp"

#include <functional>

namespace batpak::store {
namespace {

// [begin, end) of a range over the whole log, as ordinals of an index.
std::uint32_t to_ordinal(std::uint64_t sequence, std::uint64_t first, std::uint32_t count) {
    if (sequence <= first) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(sequence - first, count));
}

struct OrdinalRange {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
};

OrdinalRange ordinals_of(const Region::Range<Sequence>& sequences, const Index& index,
                         std::uint32_t count) {
    const std::uint64_t first = index.first().value;
    return {to_ordinal(sequences.begin.value, first, count),
            sequences.end ? to_ordinal(sequences.end->value, first, count) : count};
}

// The next place, at or after `from`, of a union of `parts`, of which `next_of(part, from)` says
// the next of one.
template <class NextOf>
std::uint32_t next_of_union(std::size_t parts, std::uint32_t from, bool& merging, MergeHeads& heads,
                            const NextOf& next_of) {
    if (parts == 1) return next_of(0, from);
    if (!merging) {
        merging = true;
        for (std::uint32_t part = 0; part < parts; ++part) heads.add(next_of(part, from), part);
    }
    while (!heads.is_empty() && heads.place() < from)
        heads.move_front_to(next_of(heads.part(), from));
    return heads.is_empty() ? kNoPlace : heads.place();
}

}  // namespace

// ---- unions

void MergeHeads::add(std::uint32_t place, std::uint32_t part) {
    if (place == kNoPlace) return;
    heap_.push_back({place, part});
    std::ranges::push_heap(heap_, std::greater<>());
}

// The front sinks to where it belongs: half the steps of taking it out and adding it again.
void MergeHeads::move_front_to(std::uint32_t place) {
    BATPAK_ASSERT(!heap_.empty() && place > heap_.front().place);
    Head moved{place, heap_.front().part};
    if (place == kNoPlace) {
        moved = heap_.back();
        heap_.pop_back();
        if (heap_.empty()) return;
    }
    std::size_t at = 0;
    for (;;) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child] > heap_[child + 1]) ++child;
        if (!(moved > heap_[child])) break;
        heap_[at] = heap_[child];
        at = child;
    }
    heap_[at] = moved;
}

std::uint32_t OrdinalSet::List::ceiling(std::uint32_t ordinal) {
    std::uint32_t& at = position;
    const std::uint32_t count = postings.count();
    // The usual step is to the next posting: look there before searching.
    const bool is_behind =
        at < count && postings.at(at) >= ordinal && (at == 0 || postings.at(at - 1) < ordinal);
    const bool is_next = !is_behind && at < count && at + 1 < count && postings.at(at) < ordinal &&
                         postings.at(at + 1) >= ordinal;
    if (is_next) ++at;
    if (!is_behind && !is_next) at = postings.lower_bound(ordinal);
    if (at >= count) return kNoPlace;
    const std::uint32_t found = postings.at(at);
    return found >= ordinal ? found : kNoPlace;  // else the list is forged
}

// The mirror image: `at` is one behind the answer.
std::uint32_t OrdinalSet::List::floor(std::uint32_t ordinal) {
    std::uint32_t& at = position;
    const std::uint32_t count = postings.count();
    const bool is_before = at >= 1 && at <= count && postings.at(at - 1) <= ordinal &&
                           (at == count || postings.at(at) > ordinal);
    const bool is_next = !is_before && at >= 2 && at <= count && postings.at(at - 1) > ordinal &&
                         postings.at(at - 2) <= ordinal;
    if (is_next) --at;
    if (!is_before && !is_next) {
        at = postings.lower_bound(ordinal);
        if (at < count && postings.at(at) == ordinal) ++at;
    }
    if (at == 0) return kNoPlace;
    const std::uint32_t found = postings.at(at - 1);
    return found <= ordinal ? found : kNoPlace;
}

std::uint32_t OrdinalSet::List::next(std::uint32_t from, const WalkOrder& order) {
    if (order.direction == Direction::Forward) return ceiling(from);
    const std::uint32_t found = floor(order.mirrored(from));
    return found == kNoPlace ? kNoPlace : order.mirrored(found);
}

std::uint32_t OrdinalSet::next_of_lists(std::uint32_t from, const WalkOrder& order) {
    if (lists_.empty()) return kNoPlace;
    return next_of_union(
        lists_.size(), from, merging_, heads_,
        [&](std::uint32_t part, std::uint32_t at) { return lists_[part].next(at, order); });
}

std::uint32_t OrdinalSet::next(std::uint32_t from, const WalkOrder& order) {
    BATPAK_ASSERT(from < order.count);
    const std::uint32_t found = next_of_lists(from, order);
    if (!single_ || *single_ >= order.count) return found;
    const std::uint32_t place = order.mirrored(*single_);
    return place >= from ? std::min(place, found) : found;
}

// Each round starts from the largest place that any set has said, so it ends: places only grow, up
// to `high`. A clause without sets takes every place of its range.
std::uint32_t OrdinalPlan::Clause::next(std::uint32_t from, const WalkOrder& order) {
    std::uint32_t candidate = std::max(from, low);
    if (candidate >= high) return kNoPlace;
    for (std::size_t agreed = 0; agreed < sets.size();) {
        for (OrdinalSet& set : sets) {
            const std::uint32_t found = set.next(candidate, order);
            if (found >= high) return kNoPlace;
            agreed = found == candidate ? agreed + 1 : 1;
            candidate = found;
            if (agreed == sets.size()) break;
        }
    }
    return candidate;
}

std::uint32_t OrdinalPlan::next(std::uint32_t from) {
    BATPAK_ASSERT(from >= asked_from_);  // the walk goes one way
    asked_from_ = from;
    if (clauses_.empty()) return kNoPlace;
    return next_of_union(
        clauses_.size(), from, merging_, heads_,
        [&](std::uint32_t part, std::uint32_t at) { return clauses_[part].next(at, order_); });
}

// ---- making the plan

OrdinalPlan::OrdinalPlan(const Index& index, std::uint32_t count, const Region& region,
                         Direction direction)
    : order_{direction, count} {
    const auto& clauses = region.clauses();
    for (std::size_t i = 0; i < clauses.size(); ++i)
        add_clause(index, clauses[i], static_cast<std::uint32_t>(i));
    BATPAK_ASSERT(all_from_ <= all_to_ && all_to_ <= count);
}

// A clause of its own, which lets every event be asked for.
void OrdinalPlan::add_damaged(std::vector<std::uint32_t> ordinals) {
    BATPAK_ASSERT(damaged_.empty());
    BATPAK_ASSERT(!merging_ && asked_from_ == 0);
    if (ordinals.empty()) return;
    damaged_ = std::move(ordinals);
    BATPAK_ASSERT(damaged_.front() <= damaged_.back() && damaged_.back() < order_.count);
    Clause clause;
    clause.low = damaged_.front();
    clause.high = damaged_.back() + 1;
    clause.exact = false;
    clause.sets.emplace_back().add(Postings(damaged_));
    complete(std::move(clause));
}

// What no index knows is not narrowed here: then the clause is not exact, and the reader asks the
// event. A part that has no postings at all leaves nothing of the clause, which is dropped.
void OrdinalPlan::add_clause(const Index& index, const Region::Clause& part, std::uint32_t number) {
    const OrdinalRange range = ordinals_of(part.sequences, index, order_.count);
    Clause clause;
    clause.low = range.low;
    clause.high = range.high;
    clause.number = number;
    if (clause.low >= clause.high) return;
    if (part.entity && !add_entity(index, part, clause)) return;
    if (!part.entity_prefix.empty() && !add_prefix(index, part.entity_prefix, clause)) return;
    if (part.scope && !add_key(index, Axis::Scope, *part.scope, clause)) return;
    if (!part.kinds.is_any() && !add_kinds(index, part.kinds, clause)) return;
    if (part.correlation_id && !add_correlation(index, *part.correlation_id, clause)) return;
    if (part.causation_id &&
        !add_key(index, Axis::Causation, as_text(part.causation_id->view()), clause))
        return;
    for (const std::string& tag : part.tags) {
        if (!add_key(index, Axis::Tag, tag, clause)) return;
    }
    if (!part.times_us.is_all() || (!part.entity && !part.versions.is_all())) clause.exact = false;
    complete(std::move(clause));
}

void OrdinalPlan::complete(Clause clause) {
    BATPAK_ASSERT(clause.low < clause.high && clause.high <= order_.count);
    if (order_.direction == Direction::Backward) {
        const OrdinalRange ordinals{clause.low, clause.high};
        clause.low = order_.mirrored(ordinals.high - 1);
        clause.high = order_.mirrored(ordinals.low) + 1;
    }
    // Of several such ranges only the largest is remembered: the others are found by next().
    if (clause.sets.empty() && clause.high - clause.low > all_to_ - all_from_) {
        all_from_ = clause.low;
        all_to_ = clause.high;
    }
    exact_ = exact_ && clause.exact;
    clauses_.push_back(std::move(clause));
}

bool OrdinalPlan::add_entity(const Index& index, const Region::Clause& part, Clause& clause) {
    std::optional<KeyEntry> entry = index.find(Axis::Entity, *part.entity);
    if (!entry) return false;
    Postings& postings = entry->postings;
    if (index.damage() != nullptr) {
        // Some versions are missing, so a place in the list tells none.
        clause.exact = clause.exact && part.versions.is_all();
        clause.sets.emplace_back().add(std::move(entry->postings));
        return true;
    }
    // Versions are dense, so a range of them is a range of the list.
    const std::uint64_t first = entry->first_version.value;
    const std::uint32_t begin = to_ordinal(part.versions.begin.value, first, postings.count());
    const std::uint32_t end = part.versions.end
                                  ? to_ordinal(part.versions.end->value, first, postings.count())
                                  : postings.count();
    if (begin >= end) return false;
    clause.low = std::max(clause.low, postings.at(begin));
    clause.high = std::min(clause.high, postings.at(end - 1) + 1);
    clause.sets.emplace_back().add(std::move(entry->postings));
    return clause.low < clause.high;
}

// Too many lists leave the clause without this set: every event of the range is then asked.
bool OrdinalPlan::add_prefix(const Index& index, const std::string& prefix, Clause& clause) {
    std::vector<Postings> lists;
    index.keys(Axis::Entity, prefix, [&](std::string_view key) {
        if (std::optional<KeyEntry> entry = index.find(Axis::Entity, key))
            lists.push_back(entry->postings);
        return lists.size() <= kMergedListsMax;
    });
    if (lists.empty()) return false;
    if (lists.size() > kMergedListsMax) {
        clause.exact = false;
        return true;
    }
    OrdinalSet& set = clause.sets.emplace_back();
    for (Postings& list : lists) set.add(std::move(list));
    return true;
}

// All kinds of the run are gone through, because a category has no list of its own: a run has few
// of them.
bool OrdinalPlan::add_kinds(const Index& index, const KindFilter& kinds, Clause& clause) {
    OrdinalSet set;
    std::size_t lists = 0;
    index.keys(Axis::Kind, {}, [&](std::string_view key) {
        if (!kinds.contains(KindKey::parse(key))) return true;
        if (std::optional<KeyEntry> entry = index.find(Axis::Kind, key)) {
            set.add(std::move(entry->postings));
            ++lists;
        }
        return lists <= kMergedListsMax;
    });
    if (lists == 0) return false;
    if (lists > kMergedListsMax) {
        clause.exact = false;
        return true;
    }
    clause.sets.push_back(std::move(set));
    return true;
}

bool OrdinalPlan::add_correlation(const Index& index, const EventId& id, Clause& clause) {
    OrdinalSet set;
    if (std::optional<KeyEntry> entry = index.find(Axis::Correlation, as_text(id.view()))) {
        set.add(std::move(entry->postings));
    }
    // The event whose story it is does not stand under its own id. The index knows the front half
    // of ids only, so whether this is the one shows when it is read.
    if (const auto origin = index.find_id(id_order(id), clause.high)) {
        set.add(*origin);
        clause.exact = false;
    }
    if (set.is_empty()) return false;
    clause.sets.push_back(std::move(set));
    return true;
}

bool OrdinalPlan::add_key(const Index& index, Axis axis, std::string_view key, Clause& clause) {
    std::optional<KeyEntry> entry = index.find(axis, key);
    if (!entry) return false;
    clause.sets.emplace_back().add(std::move(entry->postings));
    return true;
}

// ---- counting

// An event has one entity and one kind, so lists of one axis share no event and their lengths add
// up. Two axes at once would have to be intersected.
std::optional<std::uint64_t> OrdinalPlan::sum_of_lists(const Index& index, std::uint32_t count,
                                                       const Region& region) {
    if (region.clauses().size() != 1) return std::nullopt;
    const Region::Clause& part = region.clauses()[0];
    const bool by_prefix = !part.entity_prefix.empty();
    const bool by_kind = !part.kinds.is_any();
    const bool by_more = part.entity || part.scope || part.correlation_id || part.causation_id ||
                         !part.versions.is_all() || !part.times_us.is_all() || !part.tags.empty();
    if (by_prefix == by_kind || by_more) return std::nullopt;
    const OrdinalRange range = ordinals_of(part.sequences, index, count);
    if (range.low >= range.high) return 0;
    const Axis axis = by_prefix ? Axis::Entity : Axis::Kind;
    std::uint64_t sum = 0;
    index.keys(axis, part.entity_prefix, [&](std::string_view key) {
        if (by_kind && !part.kinds.contains(KindKey::parse(key))) return true;
        if (std::optional<KeyEntry> entry = index.find(axis, key)) {
            sum += entry->postings.lower_bound(range.high) - entry->postings.lower_bound(range.low);
        }
        return true;
    });
    return sum;
}

}  // namespace batpak::store
