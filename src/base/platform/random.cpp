// The system's random bytes: getrandom() on Linux, getentropy() elsewhere, the latter in pieces of
// what it gives at once.
#include "base/platform/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/platform/platform.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"

#if !BATPAK_LINUX_CALLS
#include <unistd.h>
#endif

namespace batpak {
namespace {

// How many bytes of the front were filled; -1 and errno if none.
ssize_t draw(MutableBytesView into) noexcept {
#if BATPAK_LINUX_CALLS
    return ::getrandom(into.data(), into.size(), 0);  // since Linux 3.17
#else
    constexpr std::size_t kBytesMax = 256;  // what getentropy() gives at once
    const std::size_t count = std::min(into.size(), kBytesMax);
    return ::getentropy(into.data(), count) == 0 ? static_cast<ssize_t>(count) : -1;
#endif
}

}  // namespace

// It waits where the system has not gathered enough yet, which is early at a boot, and cannot fail
// after that: ids, salts and blinds are never made of anything weaker.
void fill_random(MutableBytesView into) noexcept {
    const CancellationBlock no_cancellation;
    while (!into.empty()) {
        const ssize_t count = draw(into);
        if (count < 0 && errno == EINTR) continue;
        BATPAK_ASSERT(count > 0);
        into = into.subspan(static_cast<std::size_t>(count));
    }
}

void wipe(MutableBytesView bytes) noexcept {
    std::memset(bytes.data(), 0, bytes.size());
    // Says that the bytes are read here, so the zeros must be there.
    asm volatile("" : : "r"(bytes.data()) : "memory");
}

}  // namespace batpak
