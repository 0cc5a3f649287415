#include "batpak/base/detail/owned_thread.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"

namespace batpak {

// In a child after fork() the thread is not there, and to wait for it would never end. A thread
// that joined itself would not either: a handler that destroys its own worker does that.
void OwnedThread::join() noexcept {
    std::thread& thread = *thread_;
    if (is_inherited() || !thread.joinable()) return;
    BATPAK_ASSERT(thread.get_id() != std::this_thread::get_id());
    const CancellationBlock no_cancellation;
    thread.join();
}

}  // namespace batpak
