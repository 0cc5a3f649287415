#include "delivery/entity_queues.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::delivery {

void EntityQueues::withdraw(const Entity& entity) {
    if (!entity.has_one_out && !entity.waiting.empty()) ready_.erase(*entity.waiting.begin());
}

void EntityQueues::offer(Entities::iterator entity) {
    const Entity& state = entity->second;
    if (state.has_one_out) return;
    if (state.waiting.empty()) {
        entities_.erase(entity);
    } else {
        ready_.insert(*state.waiting.begin());
    }
}

void EntityQueues::add(Sequence event, std::string_view entity) {
    const Entities::iterator place = entities_.try_emplace(std::string(entity)).first;
    const bool is_new = events_.emplace(event, Place{place}).second;
    BATPAK_ASSERT(is_new);
    withdraw(place->second);
    place->second.waiting.insert(event);
    offer(place);
}

std::optional<Sequence> EntityQueues::next() {
    if (ready_.empty()) return std::nullopt;
    const Sequence event = *ready_.begin();
    ready_.erase(ready_.begin());
    Place& place = events_.at(event);
    place.is_out = true;
    place.entity->second.waiting.erase(event);
    place.entity->second.has_one_out = true;
    ++out_;
    return event;
}

void EntityQueues::give_back(Sequence event) {
    Place& place = events_.at(event);
    BATPAK_ASSERT(place.is_out);
    place.is_out = false;
    --out_;
    place.entity->second.has_one_out = false;
    place.entity->second.waiting.insert(event);
    offer(place.entity);
}

void EntityQueues::remove(Sequence event) {
    const auto found = events_.find(event);
    if (found == events_.end()) return;
    const Place place = found->second;
    events_.erase(found);
    Entity& entity = place.entity->second;
    if (place.is_out) {
        entity.has_one_out = false;
        --out_;
    } else {
        withdraw(entity);
        entity.waiting.erase(event);
    }
    offer(place.entity);
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
