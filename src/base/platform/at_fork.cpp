// It fails only for want of memory, and every caller registers before main(): a process that has
// none by then has nothing to lose.
#include "base/platform/at_fork.hpp"

#include <pthread.h>

#include "batpak/base/assert.hpp"

namespace batpak {

void call_at_fork(const ForkHandlers& handlers) noexcept {
    const int failed = pthread_atfork(handlers.before, handlers.in_parent, handlers.in_child);
    BATPAK_ASSERT(failed == 0);
}

}  // namespace batpak
