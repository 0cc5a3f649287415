// NaiveLog: what a store must answer, from a plain list of all its events.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "batpak/store/store.hpp"

namespace batpak::testing {

// An event as it was appended.
struct NaiveEvent {
    std::string entity;
    std::string scope;
    EventKind kind = EventKind::from_number(0);
    AppendReceipt receipt;
    std::optional<EventId> correlation_id;
    std::optional<EventId> causation_id;
    std::string payload;
    std::set<std::string> tags;

    EventId story() const { return correlation_id.value_or(receipt.event_id); }
};

// A clause read word by word, so that a mistake in Region cannot hide one in the store.
inline bool clause_keeps(const Region::Clause& clause, const NaiveEvent& event) {
    const auto inside = [](const auto& range, auto value) {
        return !(value < range.begin) && (!range.end || value < *range.end);
    };
    if (clause.entity && event.entity != *clause.entity) return false;
    if (event.entity.compare(0, clause.entity_prefix.size(), clause.entity_prefix) != 0)
        return false;
    if (clause.scope && event.scope != *clause.scope) return false;
    const bool whole_category = (clause.kinds.categories() & (1 << event.kind.category())) != 0;
    const auto kinds = clause.kinds.kinds();
    if (!whole_category && std::ranges::find(kinds, event.kind) == kinds.end()) return false;
    if (!inside(clause.versions, event.receipt.version)) return false;
    if (!inside(clause.sequences, event.receipt.sequence)) return false;
    if (!inside(clause.times_us, event.receipt.hlc.us)) return false;
    if (clause.causation_id && clause.causation_id != event.causation_id) return false;
    for (const std::string& tag : clause.tags)
        if (!event.tags.contains(tag)) return false;
    return !clause.correlation_id || *clause.correlation_id == event.story();
}

class NaiveLog {
public:
    std::vector<NaiveEvent> events;

    // The sequences that the region keeps among the first `end` events.
    std::vector<std::uint64_t> query(const Region& region, std::size_t end) const {
        std::vector<std::uint64_t> kept;
        for (std::size_t i = 0; i < end; ++i) {
            const bool keeps = std::ranges::any_of(
                region.clauses(),
                [&](const Region::Clause& clause) { return clause_keeps(clause, events[i]); });
            if (keeps) kept.push_back(i);
        }
        return kept;
    }
    std::vector<std::uint64_t> query(const Region& region) const {
        return query(region, events.size());
    }

    std::vector<std::uint64_t> stream(std::string_view entity) const {
        std::vector<std::uint64_t> kept;
        for (std::size_t i = 0; i < events.size(); ++i)
            if (events[i].entity == entity) kept.push_back(i);
        return kept;
    }

    // Of all entities, the names that begin with `prefix`.
    std::vector<NameEntry> entities(std::string_view prefix) const {
        std::map<std::string, std::uint64_t> counts;
        for (const NaiveEvent& event : events)
            if (event.entity.starts_with(prefix)) ++counts[event.entity];
        std::vector<NameEntry> entries;
        for (const auto& [name, count] : counts) entries.push_back({name, count});
        return entries;
    }

    // The same of tags.
    std::vector<NameEntry> tags(std::string_view prefix) const {
        std::map<std::string, std::uint64_t> counts;
        for (const NaiveEvent& event : events)
            for (const std::string& tag : event.tags)
                if (tag.starts_with(prefix)) ++counts[tag];
        std::vector<NameEntry> entries;
        for (const auto& [tag, count] : counts) entries.push_back({tag, count});
        return entries;
    }

    std::vector<NameEntry> scopes() const {
        std::map<std::string, std::uint64_t> counts;
        for (const NaiveEvent& event : events) ++counts[event.scope];
        std::vector<NameEntry> entries;
        for (const auto& [scope, count] : counts) entries.push_back({scope, count});
        return entries;
    }

    // The kinds, with how many events each has.
    std::vector<std::pair<EventKind, std::uint64_t>> kinds() const {
        std::map<EventKind, std::uint64_t> counts;
        for (const NaiveEvent& event : events) ++counts[event.kind];
        return {counts.begin(), counts.end()};
    }

    const NaiveEvent* find(const EventId& id) const {
        for (const NaiveEvent& event : events)
            if (event.receipt.event_id == id) return &event;
        return nullptr;
    }
};

}  // namespace batpak::testing
