// Busiest: which names come most often, of any number of names, in bounded memory.
//
// The algorithm is Space-Saving (Metwally, Agrawal and El Abbadi, 2005): there are so many
// counters, and a name that has none takes over the lowest, with what that counted as its possible
// error. So no count is too low, none is too high by more than its error, and a name that has more
// than total / counters of the events is always among them.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "batpak/base/detail/text_hash.hpp"

namespace batpak::tool {

class Busiest {
public:
    static constexpr std::size_t kCounters = 1024;

    struct Entry {
        std::string name;
        std::uint64_t events = 0;
        std::uint64_t error = 0;  // so many of them may be of others

        friend bool operator==(const Entry&, const Entry&) = default;
    };

    explicit Busiest(std::size_t counters = kCounters) : counters_(counters) {}

    void add(std::string_view name);
    // At most so many, the busiest first, equal ones by name.
    std::vector<Entry> top(std::size_t count) const;
    std::size_t size() const noexcept { return entries_.size(); }

private:
    void count_up(std::size_t place);

    const std::size_t counters_;
    std::vector<Entry> entries_;
    std::unordered_map<std::string, std::size_t, TextHash, std::equal_to<>> places_;
    std::set<std::pair<std::uint64_t, std::size_t>> by_events_;  // events, place
};

}  // namespace batpak::tool
