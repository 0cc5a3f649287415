// Catalogue: the kinds of events that a store has: what they are called, what their payloads look
// like, and how many there are.
//
//     const Catalogue catalogue = store.catalogue().value();
//     for (const KindEntry& entry : catalogue) show(entry.name, entry.events);
//
// The names are those of the types that were appended, or what was given with a payload that has no
// type (AppendOptions::kind_name). The log itself says them, in the first event of each kind, so
// that they are known without the program. Kinds of a log that an earlier batpak wrote have no
// names; the next append of a kind gives it one.
//
// Threads: immutable value
// Errors:  none; StoreReads::catalogue() makes it
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/event_kind.hpp"

namespace batpak {

// A field of a payload.
struct KindField {
    std::string name;
    std::string type;  // such as "float64": docs/FORMAT.md lists them

    friend bool operator==(const KindField&, const KindField&) = default;
};

// One version of a kind's payload, as the latest event that told of it says.
struct KindVersion {
    std::uint16_t payload_version = 1;
    std::string name;
    std::string shape{};  // "{x:float64,y:float64}"; empty: unknown
    Sequence noted_at{};  // of that event

    // Of a payload that is a struct; of others there are none.
    std::vector<KindField> fields() const;

    friend bool operator==(const KindVersion&, const KindVersion&) = default;
};

// A kind that has events.
struct KindEntry {
    EventKind kind;
    std::string name;                     // of the latest version; empty: the log does not say
    std::vector<KindVersion> versions{};  // of which the log tells, ascending
    Sequence first{};                     // the first event of the kind
    std::uint64_t events = 0;

    friend bool operator==(const KindEntry&, const KindEntry&) = default;
};

class Catalogue {
public:
    Catalogue() = default;
    // Requires: the kinds ascend.
    Catalogue(std::vector<KindEntry> kinds, bool is_complete)
        : kinds_(std::move(kinds)), is_complete_(is_complete) {}

    auto begin() const noexcept { return kinds_.begin(); }
    auto end() const noexcept { return kinds_.end(); }
    std::size_t size() const noexcept { return kinds_.size(); }
    bool empty() const noexcept { return kinds_.empty(); }

    // Null if there is no event of the kind. Borrows: the catalogue; so do the next two.
    const KindEntry* find(EventKind kind) const noexcept;
    // What the kind is called; empty if the log does not say.
    std::string_view name_of(EventKind kind) const noexcept;
    // The kinds that are or were called so, in some version. Mostly one or none.
    std::vector<EventKind> named(std::string_view name) const;

    // False if events are damaged whose kind is not known: they are not in it.
    bool is_complete() const noexcept { return is_complete_; }

private:
    std::vector<KindEntry> kinds_;
    bool is_complete_ = true;
};

}  // namespace batpak
