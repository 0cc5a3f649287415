// Numbering: gives events their places, and refuses those that do not fit: what every hand-rolled
// event store keeps in memory beside its database.
//
// A stream's length is looked up in the database once, when it is first appended to.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "batpak/base/environment.hpp"
#include "compare/contender.hpp"
#include "event/event_id_generator.hpp"

namespace batpak::bench {

struct Place {
    EventId id;
    std::uint64_t sequence = 0;
    std::uint64_t version = 0;
    std::int64_t time_us = 0;
};

class Numbering {
public:
    using FindLength = std::function<std::uint64_t(const std::string& entity)>;

    Numbering(std::uint64_t next, FindLength find_length)
        : next_(next), find_length_(std::move(find_length)) {}

    // A place for each event, or for none of them if one is refused.
    bool give(std::span<const NewEvent> events, std::vector<Place>& places) {
        const std::lock_guard lock(mutex_);
        places.clear();
        for (std::size_t i = 0; i < events.size(); ++i) {
            std::uint64_t& length = length_of(events[i].coordinate->entity());
            if (length != events[i].expected) {
                for (std::size_t back = 0; back < i; ++back)
                    --length_of(events[back].coordinate->entity());
                next_ -= i;
                return false;
            }
            const std::int64_t now_us = environment_.clock->wall_us();
            places.push_back({ids_.next(now_us), next_++, length++, now_us});
        }
        return true;
    }

    std::optional<Place> give(const NewEvent& event) {
        const std::lock_guard lock(mutex_);
        std::uint64_t& length = length_of(event.coordinate->entity());
        if (length != event.expected) return std::nullopt;
        const std::int64_t now_us = environment_.clock->wall_us();
        return Place{ids_.next(now_us), next_++, length++, now_us};
    }

private:
    std::uint64_t& length_of(const std::string& entity) {
        const auto [found, is_new] = lengths_.try_emplace(entity, 0);
        if (is_new) found->second = find_length_(entity);
        return found->second;
    }

    std::mutex mutex_;
    Environment environment_ = Environment::real();
    EventIdGenerator ids_{*environment_.entropy};
    std::uint64_t next_;
    std::unordered_map<std::string, std::uint64_t> lengths_;
    const FindLength find_length_;
};

}  // namespace batpak::bench
