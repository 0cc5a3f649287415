// Samples: the times of single operations, kept one by one, so that a percentile is exact.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace batpak::bench {

inline std::uint64_t now_ns() noexcept {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds(1));
}

class Samples {
public:
    // Makes room, so that adding allocates nothing while the clock runs.
    explicit Samples(std::size_t count) { times_.reserve(count); }

    // Runs `operation` and keeps how long it took.
    template <class Operation>
    void time(Operation&& operation) {
        const std::uint64_t begin = now_ns();
        operation();
        times_.push_back(now_ns() - begin);
    }

    // Keeps a time that was taken elsewhere.
    void keep(std::uint64_t nanoseconds) { times_.push_back(nanoseconds); }

    void add(const Samples& others) {
        times_.insert(times_.end(), others.times_.begin(), others.times_.end());
    }

    std::size_t count() const noexcept { return times_.size(); }

    // The time that `share` of all operations did not exceed; 0 if there were none.
    double percentile(double share) const {
        if (times_.empty()) return 0;
        std::vector<std::uint64_t> sorted = times_;
        const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(count() - 1));
        std::nth_element(sorted.begin(), sorted.begin() + place, sorted.end());
        return static_cast<double>(sorted[static_cast<std::size_t>(place)]);
    }

private:
    std::vector<std::uint64_t> times_;
};

inline double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace batpak::bench
