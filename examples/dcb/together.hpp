// What the programs of this folder share: eight threads that all want the same.
#pragma once

#include <batpak/batpak.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <batpak/projection/decision.hpp>
#include <batpak/store/retry.hpp>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace together {

inline constexpr int kThreads = 8;
// Each conflict means that another thread got on, so this is never used up here.
inline constexpr batpak::RetryBudget kBudget{.attempts = 10'000};

// Calls work(0) ... work(7), each in a thread of its own.
template <class Work>
void in_eight_threads(const Work& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
    for (std::thread& thread : threads) thread.join();
}

// A store in the working directory, which syncs now and then.
inline batpak::Store open(std::string_view name) {
    return batpak::Store::open(
               batpak::StoreConfig("./" + std::string(name)).with_sync_every_n_events(1000))
        .value();
}

// The program's exit code: whether an audit of the log found what the rules promise.
inline int report(std::string_view what, bool holds) {
    fmt::print("{}: {}\n", what, holds ? "the log keeps every rule" : "A RULE IS BROKEN");
    return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace together
