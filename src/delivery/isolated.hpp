// isolated: calls a function of the user's, which may throw whatever it likes.
//
// What it throws becomes an error, but for one thing: a thread that is being ended from inside, by
// pthread_exit() or pthread_cancel(), unwinds as if by an exception, and has to go on to its end.
//
// Threads: as what is called
// Errors:  HandlerFailed, and those of what is called
#pragma once

#include <exception>

#include "base/platform/forced_unwind.hpp"
#include "batpak/base/result.hpp"

namespace batpak::delivery {

// Requires: call() returns a Result.
template <class Call>
auto isolated(Call&& call) -> decltype(call()) {
    try {
        return call();
    } catch (const ForcedUnwind&) {
        throw;
    } catch (const std::exception& exception) {
        return fail(ErrorCode::HandlerFailed, exception.what());
    } catch (...) {
        return fail(ErrorCode::HandlerFailed, "it threw what is no std::exception");
    }
}

}  // namespace batpak::delivery
