// OrdinalPlan: which ordinals of one index may be in a region, found without reading events.
//
//     plan   = union of clauses          (the region's OR)
//     clause = intersection of sets      (its AND), within [low, high)
//     set    = union of posting lists    (the kinds of a category, the entities of a prefix)
//
// ceiling() and floor() leap: each set is asked for its next ordinal at or behind the candidate
// until all agree, so what is skipped is never touched. Where a clause has a part that the index
// does not know (versions of a prefix, times), or too many keys to merge, the plan gives a
// superset and says so; the reader then asks Region::contains of each event.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "batpak/coordinate/region.hpp"
#include "store/index.hpp"

namespace batpak::store {

// A union of posting lists, walked in either direction.
class OrdinalSet {
public:
    void add(Postings postings) { lists_.push_back({std::move(postings), 0}); }
    void add(std::uint32_t ordinal) { single_ = ordinal; }
    bool is_empty() const noexcept { return lists_.empty() && !single_; }

    // The smallest ordinal >= `from`; nothing if there is none.
    std::optional<std::uint32_t> ceiling(std::uint32_t from) noexcept;
    // The largest ordinal <= `from`; nothing if there is none.
    std::optional<std::uint32_t> floor(std::uint32_t from) noexcept;

private:
    struct List {
        Postings postings;
        std::uint32_t position;  // where the last answer was: the next is near
    };

    std::vector<List> lists_;
    std::optional<std::uint32_t> single_;
};

class OrdinalPlan {
public:
    // For the events of `index` with ordinals below `count`.
    // Borrows: the index.
    OrdinalPlan(const Index& index, std::uint32_t count, const Region& region);

    std::optional<std::uint32_t> ceiling(std::uint32_t from) noexcept;
    std::optional<std::uint32_t> floor(std::uint32_t from) noexcept;

    // Whether the ordinal is known to be in the plan without a search, as each of a scan is.
    bool surely_has(std::uint32_t ordinal) const noexcept {
        return ordinal >= all_from_ && ordinal < all_to_;
    }
    // Whether every ordinal of the plan is in the region.
    bool is_exact() const noexcept { return exact_; }

private:
    struct Clause {
        std::vector<OrdinalSet> sets;
        std::uint32_t low = 0;
        std::uint32_t high = 0;

        std::optional<std::uint32_t> ceiling(std::uint32_t from) noexcept;
        std::optional<std::uint32_t> floor(std::uint32_t from) noexcept;
    };

    void add_clause(const Index& index, std::uint32_t count, const Region::Clause& clause);
    // Each narrows the clause by one part; false if nothing is left of it.
    bool add_entity(const Index& index, const Region::Clause& part, Clause& clause);
    bool add_prefix(const Index& index, const std::string& prefix, Clause& clause);
    bool add_kinds(const Index& index, const KindFilter& kinds, Clause& clause);
    bool add_correlation(const Index& index, const EventId& id, Clause& clause);
    bool add_key(const Index& index, Axis axis, std::string_view key, Clause& clause);

    std::vector<Clause> clauses_;
    // [all_from_, all_to_): ordinals that are all in the plan.
    std::uint32_t all_from_ = 0;
    std::uint32_t all_to_ = 0;
    bool exact_ = true;
};

}  // namespace batpak::store
