// EntityQueues: which event may be given out next, if each entity has at most one out at a time.
//
// An event waits or is out. The first that waits, of each entity that has none out, is ready;
// next() gives the oldest of these. Every step costs the logarithm of what is waiting. (INV Q3)
//
// Only add() needs memory: whatever was added can be given out, given back and removed.
//
// Threads: thread-compatible
// Errors:  none; add() throws std::bad_alloc, and has then added nothing
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "batpak/base/sequence.hpp"

namespace batpak::delivery {

class EntityQueues {
public:
    // Requires: it does not contain the event.
    void add(Sequence event, std::string_view entity);
    // The event is out from then on.
    std::optional<Sequence> next() noexcept;
    // It waits again. Requires: it is out.
    void give_back(Sequence event) noexcept;
    // It is settled, whether it waits or is out. Nothing happens if it is neither.
    void remove(Sequence event) noexcept;

    bool contains(Sequence event) const { return events_.contains(event); }
    bool is_out(Sequence event) const;
    std::size_t size() const noexcept { return events_.size(); }
    std::size_t out() const noexcept { return out_; }
    // The oldest that waits or is out, from this one on.
    std::optional<Sequence> first_from(Sequence event) const;

private:
    using Events = std::set<Sequence>;
    struct Entity {
        Events waiting;
        Events::node_type spare;  // for ready_, while nothing of it is ready
        bool has_one_out = false;
    };
    using Entities = std::map<std::string, Entity, std::less<>>;
    struct Place {
        Entities::iterator entity;
        bool is_out = false;
        Events::node_type spare = {};  // for `waiting`, while it is out
    };

    // Before and after a change of an entity: what of it is ready.
    void withdraw(Entity& entity) noexcept;
    void offer(Entities::iterator entity) noexcept;

    Entities entities_;
    std::map<Sequence, Place> events_;
    Events ready_;
    std::size_t out_ = 0;
};

}  // namespace batpak::delivery
