// StateMemory: states by identity, up to a number of bytes; the least recently used leave first.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/text_hash.hpp"
#include "projection/state_record.hpp"

namespace batpak::store {
class ReadSide;
}

namespace batpak::projection {

// A state in memory, with what this process knows of it besides.
struct KeptEntry {
    std::shared_ptr<const StateRecord> record;
    // The open store in whose log the anchor was found. Its log only grows, so that needs no
    // second look. A weak pointer, because a new store may lie where an old one was.
    std::weak_ptr<const store::ReadSide> seen_in;
    // All events before this are in the state, and were at that time.
    Sequence current_end;
    std::int64_t current_us = 0;
    std::uint64_t unwritten = 0;  // events folded since the state last went to the cache
};

bool is_same(const std::weak_ptr<const store::ReadSide>& a,
             const std::shared_ptr<const store::ReadSide>& b) noexcept;

class StateMemory {
public:
    explicit StateMemory(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    std::optional<KeptEntry> get(std::string_view identity);
    // False if there is a newer state of the same open store, which stays.
    bool put(std::string_view identity, KeptEntry entry);
    void remove(std::string_view identity);
    void remove_named(std::string_view name);
    void clear();

    struct Size {
        std::uint64_t states = 0;
        std::uint64_t bytes = 0;
        std::uint64_t evictions = 0;
    };
    Size size() const;

private:
    struct Slot {
        std::string identity;
        KeptEntry entry;
        std::uint64_t bytes = 0;
    };
    using Slots = std::list<Slot>;  // the most recently used first

    void erase_locked(Slots::iterator slot) BATPAK_REQUIRES(mutex_);

    const std::uint64_t bytes_max_;

    mutable Mutex mutex_;
    Slots slots_ BATPAK_GUARDED_BY(mutex_);
    // The keys are the slots' own.
    std::unordered_map<std::string_view, Slots::iterator, TextHash> by_identity_
        BATPAK_GUARDED_BY(mutex_);
    Size size_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::projection
