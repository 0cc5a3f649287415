// Feed: the events of the workload, with the lengths that their streams have.
//
// Feeds of several lanes have no stream in common, so that threads do not refuse each other.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <vector>

#include "compare/contender.hpp"
#include "support/workload.hpp"

namespace batpak::bench {

class Feed {
public:
    // Borrows: the workload.
    explicit Feed(const Workload& workload) : Feed(workload, 0, 1) {}
    Feed(const Workload& workload, std::size_t lane, std::size_t lanes)
        : workload_(workload), lane_(lane), lanes_(lanes), lengths_(Workload::kEntities, 0) {}

    NewEvent next() {
        std::size_t rank = workload_.rank(next_++) / lanes_ * lanes_ + lane_;
        if (rank >= Workload::kEntities) rank = lane_;
        return {&workload_.of_rank(rank), lengths_[rank]++, workload_.kind(), workload_.payload()};
    }

    std::vector<NewEvent> take(std::size_t count) {
        std::vector<NewEvent> events;
        events.reserve(count);
        for (std::size_t i = 0; i < count; ++i) events.push_back(next());
        return events;
    }

    std::uint64_t count() const noexcept { return next_; }
    // By rank: how long each stream is, as far as this feed knows.
    const std::vector<std::uint64_t>& lengths() const noexcept { return lengths_; }
    const Workload& workload() const noexcept { return workload_; }

private:
    const Workload& workload_;
    std::size_t lane_;
    std::size_t lanes_;
    std::uint64_t next_ = 0;
    std::vector<std::uint64_t> lengths_;
};

}  // namespace batpak::bench
