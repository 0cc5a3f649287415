// call_at_fork: what a process does around each fork().
//
// A registration ends by itself where batpak lies in a library that is unloaded. The functions of
// one registration are called in the parent before fork() and after it, and in the child after it;
// there only async-signal-safe code may run.
//
// Threads: thread-safe
// Errors:  none
#pragma once

namespace batpak {

struct ForkHandlers {
    void (*before)() = nullptr;
    void (*in_parent)() = nullptr;
    void (*in_child)() = nullptr;
};

void call_at_fork(const ForkHandlers& handlers) noexcept;

}  // namespace batpak
