// start_thread: a thread, or the error that says why there is none.
//
// Threads: thread-safe
// Errors:  Io, with the error of the operating system: it gives no further thread, or no memory for
//          its stack
#pragma once

#include <functional>
#include <memory>

#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

// Requires: the body throws nothing.
[[nodiscard]] Result<std::unique_ptr<OwnedThread>> start_thread(std::function<void()> body);

}  // namespace batpak
