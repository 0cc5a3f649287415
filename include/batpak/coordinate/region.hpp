// Region: WHICH events. The one predicate of queries, subscriptions, cursors and conditions.
//
// A Region is a list of clauses, and an event is in it if at least one clause keeps it:
//
//     Region::scope("room:dungeon").with_kinds({kMoved, kFled}) | Region::entity("player:alice")
//
// It is data, not a function, so that a store can answer it from its index, and so that a cursor
// can be bound to it. Clauses are kept minimal: one that contradicts itself, or that another clause
// covers, is removed. Every region without clauses is therefore none(), whatever it was made of,
// and & and | obey the laws of a distributive lattice by == and not only in effect. Even so,
// regions that differ by == may keep the same events: 0..5 or 5..9 is not merged into 0..9.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/coordinate/tags.hpp"

namespace batpak {

// What a Region asks of an event. Borrows: the two texts, and the tags.
struct EventFacts {
    std::string_view entity{};
    std::string_view scope{};
    EventKind kind;
    Version version{};
    Sequence sequence{};
    std::int64_t time_us = 0;
    EventId correlation_id{};
    std::optional<EventId> causation_id{};  // of the event that caused it
    TagsView tags{};
};

class Region {
public:
    // [begin, end), in which an absent end is no limit at all: only so is the highest value inside.
    template <class T>
    struct Range {
        static constexpr T kLowest = [] {
            if constexpr (std::is_integral_v<T>)
                return std::numeric_limits<T>::min();
            else
                return T{};
        }();

        T begin = kLowest;
        std::optional<T> end;

        constexpr bool contains(T value) const noexcept {
            return begin <= value && (!end || value < *end);
        }
        constexpr bool is_all() const noexcept { return begin == kLowest && !end; }
        constexpr bool is_empty() const noexcept { return end && *end <= begin; }

        friend constexpr auto operator<=>(const Range&, const Range&) = default;
    };

    // Keeps the events that pass every part; a part that is absent, empty or any() passes all. The
    // order of the members is the order of clauses, and so belongs to canonical_bytes().
    struct Clause {
        std::optional<std::string> entity;
        std::string entity_prefix;  // empty where `entity` is given
        std::optional<std::string> scope;
        KindFilter kinds = KindFilter::any();
        Range<Version> versions;
        Range<Sequence> sequences;
        Range<std::int64_t> times_us;
        std::optional<EventId> correlation_id;
        std::optional<EventId> causation_id;
        std::vector<std::string> tags;  // all of them; sorted by bytes, none twice

        bool contains(const EventFacts& facts) const noexcept;
        friend auto operator<=>(const Clause&, const Clause&) = default;
    };

    static Region all();
    static Region none() noexcept { return {}; }
    static Region entity(std::string_view text);
    static Region entity_prefix(std::string_view text);
    static Region scope(std::string_view text);
    static Region kinds(std::initializer_list<EventKind> kinds);
    static Region kinds(KindFilter kinds);
    // The events that have this tag; that have all of these, whatever else they have.
    static Region tag(std::string_view text);
    static Region tags(std::initializer_list<std::string_view> all_of);
    static Region tags(std::span<const std::string> all_of);

    // Each returns what this region and the new part have in common: a part that is given twice is
    // narrowed, never replaced, and parts that contradict each other leave none().
    [[nodiscard]] Region with_entity(std::string_view text) const;
    [[nodiscard]] Region with_entity_prefix(std::string_view text) const;
    [[nodiscard]] Region with_scope(std::string_view text) const;
    [[nodiscard]] Region with_kinds(std::initializer_list<EventKind> kinds) const;
    [[nodiscard]] Region with_kinds(KindFilter kinds) const;
    template <class Payload>
    [[nodiscard]] Region with_kind() const {
        return with_kinds({Payload::kind});
    }
    [[nodiscard]] Region with_category(std::uint8_t category) const;  // Requires: category <= 0xF.
    [[nodiscard]] Region with_versions(Version begin, Version end) const;
    [[nodiscard]] Region with_sequences(Sequence begin, Sequence end) const;
    [[nodiscard]] Region from(Sequence begin) const;  // sequences >= begin
    [[nodiscard]] Region before(Sequence end) const;  // sequences < end
    // Microseconds of the event's Hlc.
    [[nodiscard]] Region with_time_us(std::int64_t begin, std::int64_t end) const;
    [[nodiscard]] Region with_correlation(const EventId& id) const;
    // The effects of an event: those that name it as their cause.
    [[nodiscard]] Region with_causation(const EventId& cause) const;
    [[nodiscard]] Region with_tag(std::string_view text) const;
    [[nodiscard]] Region with_tags(std::initializer_list<std::string_view> all_of) const;
    [[nodiscard]] Region with_tags(std::span<const std::string> all_of) const;

    // A region of n clauses & one of m has at most n * m, and n | m at most n + m.
    friend Region operator&(const Region& a, const Region& b);
    friend Region operator|(Region a, const Region& b);

    bool contains(const EventFacts& facts) const noexcept;

    // Sorted, each satisfiable, none covered by another. Borrows: this region.
    std::span<const Clause> clauses() const& noexcept;
    std::span<const Clause> clauses() const&& = delete;

    // Equal for equal regions and different for different ones, in every version and on every
    // machine: what a digest of a region is made of.
    Bytes canonical_bytes() const;

    friend bool operator==(const Region&, const Region&) = default;

private:
    Region() = default;
    explicit Region(Clause clause);

    void add(Clause clause);
    Region with_sequences(const Range<Sequence>& range) const;

    std::vector<Clause> clauses_;
};

// Such as `scope="room:dungeon" & kinds={0xF001} | entity="player:alice"`, for people; not parsed
// back. Control characters, quotes and backslashes in names are escaped.
std::string to_string(const Region& region);

}  // namespace batpak
