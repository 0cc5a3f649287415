// Fixture: what the micro suites share: the loop that is timed, and stores in memory.
//
// A benchmark makes what it needs, hands one step to measure(), and looks afterwards whether the
// work was done. Only the steps are timed. Stores lie in memory, so that no disk is measured.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <source_location>
#include <string>
#include <vector>

#include "batpak/store/store.hpp"
#include "support/allocations.hpp"
#include "support/must.hpp"
#include "support/workload.hpp"

namespace batpak::bench::micro {

// What one step must do.
struct Step {
    std::uint64_t items = 1;  // by which times, rates and allocations are divided
    std::uint64_t yields;     // what the step returns; a bool is 1 or 0
};

// Runs steps while the clock runs. What they return is added up, so that no compiler can leave them
// out; after the clock has stopped the sum must be what so many steps yield.
template <class Run>
void measure(benchmark::State& state, const Step& step, Run&& run,
             const std::source_location& benchmark = std::source_location::current()) {
    std::uint64_t sum = 0;
    const std::uint64_t before = Allocations::now().count;
    for (auto _ : state) sum += static_cast<std::uint64_t>(run());
    const std::uint64_t allocations = Allocations::now().count - before;
    const auto steps = static_cast<std::uint64_t>(state.iterations());
    if (sum != steps * step.yields)
        give_up(std::string("this did not do its work: ") + benchmark.function_name());
    const auto items = static_cast<double>(steps * step.items);
    state.counters["items_per_second"] = benchmark::Counter(items, benchmark::Counter::kIsRate);
    state.counters["allocations"] = static_cast<double>(allocations) / items;
}

// A config for a store in memory whose appends are Buffered. Copies of it share their files.
StoreConfig in_memory();

// The usual events, made once for each size of payload.
const Workload& workload_of(std::size_t payload_bytes);

// A store in memory, never closed, with events of the usual workload and four kinds.
class Loaded {
public:
    static constexpr std::size_t kPayloadBytes = 256;

    explicit Loaded(std::uint64_t events);

    // The one that reading benchmarks share, which is made when the first of them runs.
    static const Loaded& shared();

    const StoreConfig& config() const noexcept { return config_; }
    Store& store() noexcept { return store_; }
    const Store& store() const noexcept { return store_; }
    const Workload& workload() const noexcept { return workload_; }
    std::uint64_t count() const noexcept { return ids_.size(); }
    const EventId& id(std::uint64_t number) const noexcept { return ids_[number]; }
    static EventKind kind(std::uint64_t number) noexcept {
        return EventKind::custom(1, static_cast<std::uint16_t>(number % 4));
    }

    // How many of the events are so, found without the store.
    template <class Predicate>
    std::uint64_t count_if(Predicate&& is_so) const {
        std::uint64_t found = 0;
        for (std::uint64_t number = 0; number < count(); ++number)
            if (is_so(workload_.coordinate(number), kind(number))) ++found;
        return found;
    }

private:
    StoreConfig config_ = in_memory();
    const Workload& workload_ = workload_of(kPayloadBytes);
    Store store_;
    std::vector<EventId> ids_;
};

}  // namespace batpak::bench::micro
