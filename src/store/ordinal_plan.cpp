#include "store/ordinal_plan.hpp"

#include <algorithm>

namespace batpak::store {
namespace {

// More lists than this are not merged: asking each of them for its next ordinal would cost more
// than reading the events between.
constexpr std::size_t kMergedListsMax = 64;

// [begin, end) of a range over the whole log, as ordinals of an index.
std::uint32_t to_ordinal(std::uint64_t sequence, std::uint64_t first, std::uint32_t count) {
    if (sequence <= first) return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(sequence - first, count));
}

}  // namespace

std::optional<std::uint32_t> OrdinalSet::ceiling(std::uint32_t from) noexcept {
    std::optional<std::uint32_t> best;
    if (single_ && *single_ >= from) best = single_;
    for (List& list : lists_) {
        Postings& postings = list.postings;
        std::uint32_t& at = list.position;
        const std::uint32_t count = postings.count();
        // The usual step is to the next posting: look there before searching.
        const bool is_behind =
            at < count && postings.at(at) >= from && (at == 0 || postings.at(at - 1) < from);
        const bool is_next =
            !is_behind && at + 1 < count && postings.at(at) < from && postings.at(at + 1) >= from;
        if (is_next) ++at;
        if (!is_behind && !is_next) at = postings.lower_bound(from);
        if (at >= count) continue;
        const std::uint32_t found = postings.at(at);
        if (!best || found < *best) best = found;
    }
    return best;
}

std::optional<std::uint32_t> OrdinalSet::floor(std::uint32_t from) noexcept {
    std::optional<std::uint32_t> best;
    if (single_ && *single_ <= from) best = single_;
    for (List& list : lists_) {
        Postings& postings = list.postings;
        std::uint32_t behind = postings.lower_bound(from);
        if (behind < postings.count() && postings.at(behind) == from) ++behind;
        if (behind == 0) continue;
        const std::uint32_t found = postings.at(behind - 1);
        if (!best || found > *best) best = found;
    }
    return best;
}

std::optional<std::uint32_t> OrdinalPlan::Clause::ceiling(std::uint32_t from) noexcept {
    std::uint32_t candidate = std::max(from, low);
    if (candidate >= high) return std::nullopt;
    for (std::size_t agreed = 0; agreed < sets.size();) {
        for (OrdinalSet& set : sets) {
            const std::optional<std::uint32_t> found = set.ceiling(candidate);
            if (!found) return std::nullopt;
            agreed = *found == candidate ? agreed + 1 : 1;
            candidate = *found;
            if (agreed == sets.size()) break;
        }
    }
    if (candidate >= high) return std::nullopt;
    return candidate;
}

std::optional<std::uint32_t> OrdinalPlan::Clause::floor(std::uint32_t from) noexcept {
    if (high == 0) return std::nullopt;
    std::uint32_t candidate = std::min(from, high - 1);
    for (std::size_t agreed = 0; agreed < sets.size();) {
        for (OrdinalSet& set : sets) {
            const std::optional<std::uint32_t> found = set.floor(candidate);
            if (!found) return std::nullopt;
            agreed = *found == candidate ? agreed + 1 : 1;
            candidate = *found;
            if (agreed == sets.size()) break;
        }
    }
    if (candidate < low) return std::nullopt;
    return candidate;
}

OrdinalPlan::OrdinalPlan(const Index& index, std::uint32_t count, const Region& region) {
    for (const Region::Clause& clause : region.clauses()) add_clause(index, count, clause);
}

void OrdinalPlan::add_clause(const Index& index, std::uint32_t count, const Region::Clause& part) {
    const std::uint64_t first = index.first().value;
    Clause clause;
    clause.low = to_ordinal(part.sequences.begin.value, first, count);
    clause.high = part.sequences.end ? to_ordinal(part.sequences.end->value, first, count) : count;
    if (clause.low >= clause.high) return;
    if (part.entity && !add_entity(index, part, clause)) return;
    if (!part.entity_prefix.empty() && !add_prefix(index, part.entity_prefix, clause)) return;
    if (part.scope && !add_key(index, Axis::Scope, *part.scope, clause)) return;
    if (!part.kinds.is_any() && !add_kinds(index, part.kinds, clause)) return;
    if (part.correlation_id && !add_correlation(index, *part.correlation_id, clause)) return;
    if (!part.times_us.is_all() || (!part.entity && !part.versions.is_all())) exact_ = false;
    if (clause.sets.empty() && clause.high - clause.low > all_to_ - all_from_) {
        all_from_ = clause.low;
        all_to_ = clause.high;
    }
    clauses_.push_back(std::move(clause));
}

bool OrdinalPlan::add_entity(const Index& index, const Region::Clause& part, Clause& clause) {
    std::optional<KeyEntry> entry = index.find(Axis::Entity, *part.entity);
    if (!entry) return false;
    Postings& postings = entry->postings;
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

bool OrdinalPlan::add_prefix(const Index& index, const std::string& prefix, Clause& clause) {
    std::vector<Postings> lists;
    index.keys(Axis::Entity, prefix, [&](std::string_view key) {
        if (std::optional<KeyEntry> entry = index.find(Axis::Entity, key))
            lists.push_back(entry->postings);
        return lists.size() <= kMergedListsMax;
    });
    if (lists.empty()) return false;
    if (lists.size() > kMergedListsMax) {
        exact_ = false;
        return true;
    }
    OrdinalSet& set = clause.sets.emplace_back();
    for (Postings& list : lists) set.add(std::move(list));
    return true;
}

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
        exact_ = false;
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
        exact_ = false;
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

std::optional<std::uint32_t> OrdinalPlan::ceiling(std::uint32_t from) noexcept {
    std::optional<std::uint32_t> best;
    for (Clause& clause : clauses_) {
        const std::optional<std::uint32_t> found = clause.ceiling(from);
        if (found && (!best || *found < *best)) best = found;
    }
    return best;
}

std::optional<std::uint32_t> OrdinalPlan::floor(std::uint32_t from) noexcept {
    std::optional<std::uint32_t> best;
    for (Clause& clause : clauses_) {
        const std::optional<std::uint32_t> found = clause.floor(from);
        if (found && (!best || *found > *best)) best = found;
    }
    return best;
}

}  // namespace batpak::store
