// The counters in order of their counts are a tree: a step costs its depth, which is ten.
#include "tool/top/busiest.hpp"

#include <algorithm>

namespace batpak::tool {

void Busiest::add(std::string_view name) {
    if (const auto known = places_.find(name); known != places_.end()) {
        count_up(known->second);
        return;
    }
    if (entries_.size() < counters_) {
        places_.emplace(name, entries_.size());
        by_events_.emplace(1, entries_.size());
        entries_.push_back({std::string(name), 1, 0});
        return;
    }
    // The lowest counter goes to the newcomer, with its count: by so much it may be too high from
    // here on, and the sum of all counts stays the number of events.
    const std::size_t place = by_events_.begin()->second;
    Entry& entry = entries_[place];
    places_.erase(entry.name);
    places_.emplace(name, place);
    entry.name = name;
    entry.error = entry.events;
    count_up(place);
}

void Busiest::count_up(std::size_t place) {
    std::uint64_t& events = entries_[place].events;
    by_events_.erase({events, place});
    by_events_.emplace(++events, place);
}

std::vector<Busiest::Entry> Busiest::top(std::size_t count) const {
    std::vector<Entry> sorted = entries_;
    std::ranges::sort(sorted, [](const Entry& a, const Entry& b) {
        return a.events != b.events ? a.events > b.events : a.name < b.name;
    });
    if (sorted.size() > count)
        sorted.erase(sorted.begin() + static_cast<std::ptrdiff_t>(count), sorted.end());
    return sorted;
}

}  // namespace batpak::tool
