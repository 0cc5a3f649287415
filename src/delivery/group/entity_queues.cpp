// Every event is in events_, with its entity; of an entity those that wait are in a set; and of
// each entity that has none out, the first of these is in ready_. So next() is the front of ready_.
//
// A change is made between withdraw() and offer(), which take an entity's event out of ready_ and
// put the right one in again. The nodes of the sets are made when an event is added, and moved from
// set to set after that: nothing but add() can run out of memory, and an event that went out can
// always come back (INV Q3).
#include "delivery/group/entity_queues.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::delivery {

namespace {

std::set<Sequence>::node_type node_of(Sequence event) {
    std::set<Sequence> events = {event};
    return events.extract(events.begin());
}

}  // namespace

void EntityQueues::withdraw(Entity& entity) noexcept {
    if (!entity.has_one_out && !entity.waiting.empty())
        entity.spare = ready_.extract(*entity.waiting.begin());
}

void EntityQueues::offer(Entities::iterator entity) noexcept {
    Entity& state = entity->second;
    if (state.has_one_out) return;
    if (state.waiting.empty()) {
        entities_.erase(entity);
    } else {
        state.spare.value() = *state.waiting.begin();
        ready_.insert(std::move(state.spare));
    }
}

void EntityQueues::add(Sequence event, std::string_view entity) {
    // All that needs memory comes first and is taken back if there is none; the rest cannot fail.
    // So the event is in all of the sets, or in none.
    Events::node_type waiting = node_of(event);
    Events::node_type spare = node_of(event);
    const auto [place, is_first] = entities_.try_emplace(std::string(entity));
    try {
        const bool is_new = events_.emplace(event, Place{place}).second;
        BATPAK_ASSERT(is_new);
    } catch (...) {
        if (is_first) entities_.erase(place);
        throw;
    }
    if (is_first) place->second.spare = std::move(spare);
    withdraw(place->second);
    place->second.waiting.insert(std::move(waiting));
    offer(place);
}

std::optional<Sequence> EntityQueues::next() noexcept {
    if (ready_.empty()) return std::nullopt;
    const Sequence event = *ready_.begin();
    Place& place = events_.find(event)->second;
    Entity& entity = place.entity->second;
    entity.spare = ready_.extract(ready_.begin());
    place.is_out = true;
    place.spare = entity.waiting.extract(event);
    entity.has_one_out = true;
    ++out_;
    return event;
}

void EntityQueues::give_back(Sequence event) noexcept {
    const auto found = events_.find(event);
    BATPAK_ASSERT(found != events_.end() && found->second.is_out);
    Place& place = found->second;
    place.is_out = false;
    --out_;
    place.entity->second.has_one_out = false;
    place.entity->second.waiting.insert(std::move(place.spare));
    offer(place.entity);
}

void EntityQueues::remove(Sequence event) noexcept {
    const auto found = events_.find(event);
    if (found == events_.end()) return;
    const Entities::iterator place = found->second.entity;
    const bool was_out = found->second.is_out;
    events_.erase(found);
    Entity& entity = place->second;
    if (was_out) {
        entity.has_one_out = false;
        --out_;
    } else {
        withdraw(entity);
        entity.waiting.erase(event);
    }
    offer(place);
}

bool EntityQueues::is_out(Sequence event) const {
    const auto found = events_.find(event);
    return found != events_.end() && found->second.is_out;
}

std::optional<Sequence> EntityQueues::first_from(Sequence event) const {
    const auto found = events_.lower_bound(event);
    if (found == events_.end()) return std::nullopt;
    return found->first;
}

}  // namespace batpak::delivery
