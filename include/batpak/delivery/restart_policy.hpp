// RestartPolicy: how often a worker may try again after its handler failed.
//
//     once()               never: the first failure ends the worker
//     bounded(3, 10s)      at most three in any ten seconds; the fourth failure in them ends it
//
// Threads: immutable value
// Errors:  none here; what takes a policy checks it
#pragma once

#include <chrono>
#include <cstdint>

#include "batpak/base/detail/language.hpp"

namespace batpak {

class RestartPolicy {
public:
    static constexpr std::uint32_t kRestartsMax = 10'000;

    static constexpr RestartPolicy once() noexcept { return RestartPolicy(0, {}); }
    static constexpr RestartPolicy bounded(std::uint32_t restarts,
                                           std::chrono::nanoseconds window) noexcept {
        return RestartPolicy(restarts, window);
    }

    constexpr std::uint32_t restarts() const noexcept { return restarts_; }
    constexpr std::chrono::nanoseconds window() const noexcept { return window_; }
    // bounded() wants 1 to kRestartsMax restarts, and a window that is longer than nothing.
    constexpr bool is_valid() const noexcept {
        if (*this == once()) return true;
        return restarts_ >= 1 && restarts_ <= kRestartsMax && window_ > window_.zero();
    }

    friend constexpr bool operator==(const RestartPolicy&, const RestartPolicy&) = default;

private:
    constexpr RestartPolicy(std::uint32_t restarts, std::chrono::nanoseconds window) noexcept
        : window_(window), restarts_(restarts) {}

    std::chrono::nanoseconds window_;
    std::uint32_t restarts_;
};

}  // namespace batpak
