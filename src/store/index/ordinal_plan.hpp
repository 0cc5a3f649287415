// OrdinalPlan: which ordinals of one index may be in a region, found without reading events.
//
//     plan   = union of clauses          (the region's OR)
//     clause = intersection of sets      (its AND), within [low, high)
//     set    = union of posting lists    (the kinds of a category, the entities of a prefix)
//
// A plan is walked once, in one direction, and counts in *places*: the ordinals in the order in
// which the walk meets them. next() leaps: each set is asked for its next place at or after the
// candidate until all agree, so what is skipped is never touched. Unions keep the next place of
// each of their parts in a heap, so that a step costs the logarithm of their number: a query over
// n entities costs what it yields, not n for each event.
//
// Where a clause has a part that the index does not know (versions of a prefix, times), or too many
// keys to merge, the plan gives a superset and says so for each place; the reader then asks the
// clauses that gave it.
//
// Threads: thread-compatible
// Errors:  none but those of the index: what is planned while it gets lost means nothing
//          (Index::is_lost)
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/coordinate/region.hpp"
#include "batpak/store/query.hpp"
#include "store/index/index.hpp"

namespace batpak::store {

inline constexpr std::uint32_t kNoPlace = UINT32_MAX;  // MemoryIndex has no ordinal that high

// More lists than this are not merged: their heads would take megabytes for each run.
inline constexpr std::size_t kMergedListsMax = 4096;

// The ordinals below `count` in the order of a walk.
struct WalkOrder {
    Direction direction = Direction::Forward;
    std::uint32_t count = 0;

    // Of each other: the ordinal at a place, and the place of an ordinal. Requires: below count.
    std::uint32_t mirrored(std::uint32_t value) const noexcept {
        BATPAK_ASSERT(value < count);
        return direction == Direction::Forward ? value : count - 1 - value;
    }
};

// The parts of a union by their next place, the least in front.
class MergeHeads {
public:
    bool is_empty() const noexcept { return heap_.empty(); }
    std::uint32_t place() const noexcept {
        BATPAK_ASSERT(!heap_.empty());
        return heap_.front().place;
    }
    std::uint32_t part() const noexcept {
        BATPAK_ASSERT(!heap_.empty());
        return heap_.front().part;
    }

    // kNoPlace: the part has no more.
    void add(std::uint32_t place, std::uint32_t part);
    void move_front_to(std::uint32_t place);

    // Whether `is_one(part)` of a part that stands at the place in front.
    template <class IsOne>
    bool any_in_front(const IsOne& is_one) const {
        return !heap_.empty() && any_from(0, heap_.front().place, is_one);
    }

private:
    struct Head {
        std::uint32_t place;
        std::uint32_t part;
        friend bool operator>(const Head& a, const Head& b) noexcept { return a.place > b.place; }
    };

    // Only the parts at the place, and one level of others, are looked at.
    template <class IsOne>
    bool any_from(std::size_t at, std::uint32_t place, const IsOne& is_one) const {
        if (at >= heap_.size() || heap_[at].place != place) return false;
        return is_one(heap_[at].part) || any_from(2 * at + 1, place, is_one) ||
               any_from(2 * at + 2, place, is_one);
    }

    std::vector<Head> heap_;
};

// A union of posting lists. Each walk goes one way: `from` never falls.
class OrdinalSet {
public:
    void add(Postings postings) { lists_.push_back({std::move(postings), kNotAsked}); }
    void add(std::uint32_t ordinal) { single_ = ordinal; }
    bool is_empty() const noexcept { return lists_.empty() && !single_; }

    // The first place that is not before `from`; kNoPlace if there is none.
    // Requires: from < order.count.
    std::uint32_t next(std::uint32_t from, const WalkOrder& order);

private:
    static constexpr std::uint32_t kNotAsked = UINT32_MAX;
    struct List {
        Postings postings;
        std::uint32_t position;  // where the last answer was: the next is near

        std::uint32_t next(std::uint32_t from, const WalkOrder& order);
        std::uint32_t ceiling(std::uint32_t ordinal);
        std::uint32_t floor(std::uint32_t ordinal);
    };

    std::uint32_t next_of_lists(std::uint32_t from, const WalkOrder& order);

    std::vector<List> lists_;
    MergeHeads heads_;  // of the lists, if there are several and they were asked
    bool merging_ = false;
    std::optional<std::uint32_t> single_;
};

class OrdinalPlan {
public:
    // For the events of `index` with ordinals below `count`.
    // Borrows: the index.
    OrdinalPlan(const Index& index, std::uint32_t count, const Region& region, Direction direction);

    // Besides, damaged events that may be in the region: reading them says so. Ascending, below
    // `count`. Requires: nothing was asked yet.
    void add_damaged(std::vector<std::uint32_t> ordinals);

    // The first place that is not before `from`, which never falls; kNoPlace if there is none.
    std::uint32_t next(std::uint32_t from);
    std::uint32_t ordinal_at(std::uint32_t place) const noexcept { return order_.mirrored(place); }

    // Whether the place is known to be in the plan without a search, as each of a scan is.
    bool surely_has(std::uint32_t place) const noexcept {
        return place >= all_from_ && place < all_to_;
    }
    // Whether every ordinal of the plan is in the region.
    bool is_exact() const noexcept { return exact_; }
    // Whether the event at `place`, which next() or surely_has() has just given, is in the region:
    // known from the index, or asked of `keeps(clause)`, with the number of a clause of the region.
    template <class Keeps>
    bool keeps(std::uint32_t place, const Keeps& keeps) const {
        if (exact_) return true;
        if (surely_has(place)) {
            // A scan asks no part for its next place.
            return std::ranges::any_of(clauses_, [&](const Clause& clause) {
                if (place < clause.low || place >= clause.high) return false;
                return (clause.exact && clause.sets.empty()) || keeps(clause.number);
            });
        }
        if (clauses_.size() == 1) return keeps(clauses_[0].number);
        return heads_.any_in_front([&](std::uint32_t part) {
            return clauses_[part].exact || keeps(clauses_[part].number);
        });
    }

    // How many events of `index` with ordinals below `count` the region keeps, if it is made of
    // lists that share none, such as the entities of a prefix; nothing if it is not.
    static std::optional<std::uint64_t> sum_of_lists(const Index& index, std::uint32_t count,
                                                     const Region& region);

private:
    struct Clause {
        std::vector<OrdinalSet> sets;
        std::uint32_t low = 0;  // places, once the clause is complete; ordinals before
        std::uint32_t high = 0;
        std::uint32_t number = 0;  // in the region
        bool exact = true;

        std::uint32_t next(std::uint32_t from, const WalkOrder& order);
    };

    void add_clause(const Index& index, const Region::Clause& clause, std::uint32_t number);
    void complete(Clause clause);
    // Each narrows the clause by one part; false if nothing is left of it.
    static bool add_entity(const Index& index, const Region::Clause& part, Clause& clause);
    static bool add_prefix(const Index& index, const std::string& prefix, Clause& clause);
    static bool add_kinds(const Index& index, const KindFilter& kinds, Clause& clause);
    static bool add_correlation(const Index& index, const EventId& id, Clause& clause);
    static bool add_key(const Index& index, Axis axis, std::string_view key, Clause& clause);

    const WalkOrder order_;
    std::vector<Clause> clauses_;
    std::vector<std::uint32_t> damaged_;  // which a clause borrows
    MergeHeads heads_;  // of the clauses, if there are several and they were asked
    bool merging_ = false;
    std::uint32_t asked_from_ = 0;  // what next() was asked for last
    // [all_from_, all_to_): places that are all in the plan.
    std::uint32_t all_from_ = 0;
    std::uint32_t all_to_ = 0;
    bool exact_ = true;
};

}  // namespace batpak::store
