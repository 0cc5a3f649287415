// TopSample: what was appended in an interval, and since the beginning.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tool/console/console.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/top/busiest.hpp"

namespace batpak::tool {

// Of all events since the beginning.
struct TopNames {
    Busiest kinds{};  // by two bytes, as kind_of_key() reads them
    Busiest entities{};
    Busiest scopes{};

    void add(const EventView& event);
    static EventKind kind_of_key(std::string_view key);
};

struct TopSample {
    std::chrono::nanoseconds took{0};   // the interval
    std::chrono::nanoseconds since{0};  // the beginning
    std::uint64_t events = 0;           // in the interval
    std::uint64_t events_since = 0;     // the beginning
    std::uint64_t bytes = 0;            // of frames, in the interval
    std::uint64_t bytes_since = 0;
    std::uint64_t unreadable = 0;  // damaged events since the beginning
    std::uint64_t end = 0;         // events in the store
    std::uint64_t durable_end = 0;
    std::uint64_t store_bytes = 0;  // of frames
    std::uint64_t segments = 0;
    std::int64_t now_us = 0;
};

std::string top_json(const TopSample& sample, const TopNames& of, const KindNames& names,
                     bool ascii);

// The lines for people: at most `columns` wide and `lines` high, where these are not 0.
struct TopScreen {
    std::size_t columns = 0;
    std::size_t lines = 0;
};
std::vector<std::string> top_lines(const TopSample& sample, const TopNames& of,
                                   const KindNames& names, std::string_view directory,
                                   const TopScreen& screen);

}  // namespace batpak::tool
