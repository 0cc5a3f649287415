#include "base/blake3_context.hpp"

#include <cstring>

#include "batpak/base/assert.hpp"

#if BATPAK_HAVE_BLAKE3
#include <blake3.h>
#endif

namespace batpak {

#if BATPAK_HAVE_BLAKE3

struct Blake3Context::State {
    blake3_hasher start;
};

bool hashing_built_in() noexcept { return true; }

Blake3Context::Blake3Context(const char* context) : state_(std::make_unique<State>()) {
    blake3_hasher_init_derive_key(&state_->start, context);
}

Blake3Context::Blake3Context(const Key& key) : state_(std::make_unique<State>()) {
    blake3_hasher_init_keyed(&state_->start, reinterpret_cast<const std::uint8_t*>(key.data()));
}

Hash Blake3Context::hash(std::initializer_list<BytesView> parts) const noexcept {
    // A fresh state differs from another only before cv_stack, whose 1,760 bytes are written before
    // they are read. Copying them would cost as much as a compression.
    blake3_hasher hasher;
    std::memcpy(&hasher, &state_->start, offsetof(blake3_hasher, cv_stack));
    for (BytesView part : parts) blake3_hasher_update(&hasher, part.data(), part.size());
    Hash hash;
    blake3_hasher_finalize(&hasher, reinterpret_cast<std::uint8_t*>(hash.bytes.data()),
                           Hash::kBytes);
    return hash;
}

#else

struct Blake3Context::State {};

bool hashing_built_in() noexcept { return false; }

Blake3Context::Blake3Context(const char*) {}
Blake3Context::Blake3Context(const Key&) {}

Hash Blake3Context::hash(std::initializer_list<BytesView>) const noexcept { BATPAK_UNREACHABLE(); }

#endif

Blake3Context::~Blake3Context() = default;

}  // namespace batpak
