// HistoryRun: makes a history of one store: threads that append, condition, batch, retry and read,
// and write down each call before it begins and when it ends.
//
// Threads: the workers of one run may run at once, each with a log of its own
// Errors:  answers that no rule knows are counted as `strange`
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "batpak/store/store.hpp"
#include "support/crash/history.hpp"

namespace batpak::testing {

// The calls of one thread, in memory that may outlive its process. The last one may be unfinished.
struct HistoryRecord {
    static constexpr std::uint32_t kCallsMax = 2000;

    std::atomic<std::uint32_t> begun{0};
    std::atomic<std::uint32_t> strange{0};
    std::array<HistoryCall, kCallsMax> calls{};
};

struct HistoryWork {
    std::uint64_t seed = 0;
    std::uint32_t thread = 0;
    std::uint32_t life = 0;  // of the store: contents differ from life to life, keys do not
    std::uint32_t calls = HistoryRecord::kCallsMax;
};

void work_on_history(Store& store, const HistoryWork& work, HistoryRecord& record);

// What the store holds.
std::vector<HistoryEvent> history_log(const StoreReads& store);

// Adds what the records hold. What nobody was told ended at `end` at the latest.
void add_calls(History& history, const HistoryRecord& record, std::uint64_t end);

// Of a clock that all processes share and that never goes back.
std::uint64_t history_clock() noexcept;

}  // namespace batpak::testing
