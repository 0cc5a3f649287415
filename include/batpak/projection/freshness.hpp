// Freshness: how old an answer of project() may be.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "batpak/base/detail/language.hpp"

namespace batpak {

class Freshness {
public:
    // All events that are visible when the call begins.
    static constexpr Freshness consistent() noexcept { return Freshness(std::nullopt); }
    // A kept state that was up to date less than `max_age` ago is good enough. Its age counts from
    // before its events were read, so that zero, and a clock that went back, mean consistent().
    static constexpr Freshness maybe_stale(std::chrono::microseconds max_age) noexcept {
        return Freshness(max_age);
    }

    // Whether a state that was up to date at `then_us` will do at `now_us`.
    constexpr bool accepts(std::int64_t then_us, std::int64_t now_us) const noexcept {
        if (!max_age_ || then_us > now_us) return false;
        // As unsigned numbers, because the difference of any two times fits there.
        const std::uint64_t age =
            static_cast<std::uint64_t>(now_us) - static_cast<std::uint64_t>(then_us);
        return max_age_->count() > 0 && age < static_cast<std::uint64_t>(max_age_->count());
    }

    friend constexpr bool operator==(const Freshness&, const Freshness&) = default;

private:
    explicit constexpr Freshness(std::optional<std::chrono::microseconds> max_age) noexcept
        : max_age_(max_age) {}

    std::optional<std::chrono::microseconds> max_age_;  // none: consistent
};

}  // namespace batpak
