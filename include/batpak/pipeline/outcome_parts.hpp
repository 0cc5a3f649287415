// Outcome parts: what an outcome holds that is neither a value nor an error nor a batch.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "batpak/base/id.hpp"
#include "batpak/event/fields.hpp"
#include "batpak/pipeline/wait_condition.hpp"

namespace batpak {

// The value of an outcome that has none.
struct Unit {
    friend auto operator<=>(const Unit&, const Unit&) = default;
};

// Names a step that waits, for the caller that resumes it.
using ResumeToken = Id<struct ResumeTag>;

namespace outcome {

struct Retry {
    using required = batpak::all_fields;

    std::chrono::milliseconds after{};
    std::uint32_t attempt = 1;  // the one that comes next, counted from 1
    std::uint32_t attempts_max = 1;
    std::string reason{};

    bool exhausted() const noexcept { return attempt > attempts_max; }
    friend bool operator==(const Retry&, const Retry&) = default;
};

struct Pending {
    using required = batpak::all_fields;

    WaitCondition condition;
    ResumeToken resume_token{};
    friend bool operator==(const Pending&, const Pending&) = default;
};

struct Cancelled {
    using required = batpak::all_fields;

    std::string reason{};
    friend bool operator==(const Cancelled&, const Cancelled&) = default;
};

}  // namespace outcome

enum class OutcomeState : std::uint8_t { Ok, Err, Retry, Pending, Cancelled, Batch };

std::string_view to_string(OutcomeState state) noexcept;

}  // namespace batpak
