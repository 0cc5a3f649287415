// Keys of tables may come from outside. So each process hashes with secrets of its own: nobody can
// choose keys in advance that all fall into one place. What is stored is never hashed with it.
#include "batpak/base/detail/text_hash.hpp"

#include <array>
#include <span>

#include "base/hash/key_hash.hpp"
#include "base/platform/random.hpp"

namespace batpak {
namespace {

KeyHash of_new_secrets() noexcept {
    std::array<std::uint64_t, 2> secrets{};
    fill_random(std::as_writable_bytes(std::span(secrets)));
    return {secrets[0], secrets[1]};
}

}  // namespace

std::size_t TextHash::operator()(std::string_view text) const noexcept {
    static const KeyHash hash = of_new_secrets();
    return hash(text);
}

}  // namespace batpak
