// retry_on_conflict(): decide again, as long as others were faster.
//
//     auto receipt = retry_on_conflict({.attempts = 16}, [&]() -> Result<AppendReceipt> {
//         BATPAK_TRY(const auto model, store.decide(CourseSeats{course}));
//         const CourseSeats& seats = model.get<CourseSeats>();
//         if (seats.taken == seats.seats) return fail(ErrorCode::InvalidArgument, "it is full");
//         return store.append(where, StudentEnrolled{student, course},
//                             {.condition = model.condition()});
//     });
//
// A conflict means that another append has succeeded meanwhile, so there is always progress, and no
// pause is made. What was decided on is read again by the attempt itself.
//
// Threads: thread-safe, if the attempt is
// Errors:  those of the last attempt
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

struct RetryBudget {
    std::uint32_t attempts = 16;  // in all; at least 1
    // After it no further attempt is begun; absent: attempts alone count.
    std::optional<std::chrono::steady_clock::time_point> deadline{};
};

// Whether reading and deciding again may help: an event came between.
inline bool is_outdated(const Error& error) noexcept {
    return error.code() == ErrorCode::ConditionConflict ||
           error.code() == ErrorCode::DecisionOutdated ||
           error.code() == ErrorCode::VersionConflict;
}

// `attempt`: a function without arguments that gives a Result.
template <class Attempt>
[[nodiscard]] std::invoke_result_t<Attempt&> retry_on_conflict(const RetryBudget& budget,
                                                               Attempt&& attempt) {
    BATPAK_ASSERT(budget.attempts >= 1);
    for (std::uint32_t left = budget.attempts;;) {
        auto result = attempt();
        if (result || !is_outdated(result.error()) || --left == 0) return result;
        if (budget.deadline && std::chrono::steady_clock::now() >= *budget.deadline) return result;
    }
}

}  // namespace batpak
