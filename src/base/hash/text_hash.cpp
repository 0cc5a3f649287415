#include "batpak/base/detail/text_hash.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/hash/key_hash.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"

namespace batpak {
namespace {

KeyHash of_new_secrets() noexcept {
    const CancellationBlock no_cancellation;
    std::array<std::uint64_t, 2> secrets{};
    // So few bytes come whole, or not at all.
    ssize_t count = -1;
    while (count < 0) {
        count = ::getrandom(secrets.data(), sizeof(secrets), 0);
        BATPAK_ASSERT(count == sizeof(secrets) || errno == EINTR);
    }
    return {secrets[0], secrets[1]};
}

}  // namespace

std::size_t TextHash::operator()(std::string_view text) const noexcept {
    static const KeyHash hash = of_new_secrets();
    return hash(text);
}

}  // namespace batpak
