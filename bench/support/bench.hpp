// Bench: what every area of a benchmark program is given: where to work, how long, where to report.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

#include "batpak/store/store.hpp"
#include "support/report.hpp"
#include "support/workload.hpp"

namespace batpak::bench {

struct Bench {
    Report& report;
    std::string directory;
    bool quick = false;
    double sync_us = 0;  // what a sync costs here and now

    static constexpr unsigned kRepetitions = 7;

    // How much to do of what takes `full` in a full run.
    std::size_t scaled(std::size_t full, std::size_t of_quick) const noexcept {
        return quick ? of_quick : full;
    }

    // How many operations that each sync make a turn: a slow disk gets shorter ones.
    std::size_t synced_operations() const noexcept {
        const double turn_us = quick ? 40'000 : 400'000;
        const std::size_t affordable = static_cast<std::size_t>(turn_us / std::max(sync_us, 1.0));
        return std::clamp(affordable, std::size_t{20}, std::size_t{300});
    }

    // A fresh directory.
    std::string fresh(const std::string& name) const {
        std::filesystem::remove_all(directory + "/" + name);
        return directory + "/" + name;
    }
};

// How many events the range gave; each was read and proved.
std::uint64_t drain(EventRange range);

// `number` with zeros before it, so that it has so many digits.
std::string padded(std::uint64_t number, std::size_t digits);

// The bytes of the files in a folder and below it.
std::uint64_t bytes_under(const std::string& folder);

// A store of `events` events at `directory`, loaded fast and closed.
void load_store(const std::string& directory, const Workload& workload, std::uint64_t events);

}  // namespace batpak::bench
