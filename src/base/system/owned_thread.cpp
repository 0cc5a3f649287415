#include "batpak/base/detail/owned_thread.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"

namespace batpak {

void OwnedThread::join() noexcept {
    std::thread& thread = *thread_;
    if (is_inherited() || !thread.joinable()) return;
    BATPAK_ASSERT(thread.get_id() != std::this_thread::get_id());
    const CancellationBlock no_cancellation;
    thread.join();
}

}  // namespace batpak
