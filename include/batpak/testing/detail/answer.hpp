// answer_of: calls what a test hands to the kit, whatever it returns.
//
// Threads: as what is called
// Errors:  those of what is called
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "batpak/base/result.hpp"

namespace batpak::testing {

// The call's error, if it returns a Result; nothing if it returns another, or void.
template <class Callable, class... Arguments>
Result<void> answer_of(Callable& callable, Arguments&&... arguments) {
    using Answer = std::invoke_result_t<Callable&, Arguments...>;
    if constexpr (requires(Answer answer) { fail(std::move(answer).error()); }) {
        auto answer = std::invoke(callable, std::forward<Arguments>(arguments)...);
        if (!answer) return fail(std::move(answer).error());
    } else {
        (void)std::invoke(callable, std::forward<Arguments>(arguments)...);
    }
    return {};
}

}  // namespace batpak::testing
