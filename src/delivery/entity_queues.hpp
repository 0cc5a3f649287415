// EntityQueues: which event may be given out next, if each entity has at most one out at a time.
//
// An event waits or is out. The first that waits, of each entity that has none out, is ready;
// next() gives the oldest of these. Every step costs the logarithm of what is waiting. (INV Q3)
//
// Threads: thread-compatible
// Errors:  none
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
    std::optional<Sequence> next();
    // It waits again. Requires: it is out.
    void give_back(Sequence event);
    // It is settled, whether it waits or is out. Nothing happens if it is neither.
    void remove(Sequence event);

    bool contains(Sequence event) const { return events_.contains(event); }
    bool is_out(Sequence event) const;
    std::size_t size() const noexcept { return events_.size(); }
    std::size_t out() const noexcept { return out_; }
    // The oldest that waits or is out, from this one on.
    std::optional<Sequence> first_from(Sequence event) const;

private:
    struct Entity {
        std::set<Sequence> waiting;
        bool has_one_out = false;
    };
    using Entities = std::map<std::string, Entity, std::less<>>;
    struct Place {
        Entities::iterator entity;
        bool is_out = false;
    };

    // Before and after a change of an entity: what of it is ready.
    void withdraw(const Entity& entity);
    void offer(Entities::iterator entity);

    Entities entities_;
    std::map<Sequence, Place> events_;
    std::set<Sequence> ready_;
    std::size_t out_ = 0;
};

}  // namespace batpak::delivery
