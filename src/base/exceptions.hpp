// exceptions: errors where memory may be short, and what an exception becomes where none may pass.
//
// batpak throws nothing of its own; but memory can run out at any step, and a FileSystem of the
// user's can throw. Where such an exception would leave others waiting, or a group of events half
// done, it is caught and becomes the error of that step.
//
// Threads: thread-safe
// Errors:  OutOfMemory for std::bad_alloc, HandlerFailed for anything else
#pragma once

#include "batpak/base/result.hpp"

namespace batpak {

// The error that stands for the exception that is being handled. Without memory for its words it
// has none. Requires: called inside a catch block.
Error error_of_exception() noexcept;

// A copy; without memory for its words, the same error without them.
Error copy_of(const Error& error) noexcept;

// What `step` returns, a Result; what it throws is its error. Requires: the thread cannot be
// cancelled in it (CancellationBlock).
template <class Step>
auto caught(Step&& step) noexcept -> decltype(step()) {
    try {
        return step();
    } catch (...) {
        return fail(error_of_exception());
    }
}

}  // namespace batpak
