// Sha256: the hash of what leaves the machine, which other people's programs compute too.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <sodium/crypto_hash_sha256.h>

#include "batpak/base/hash.hpp"

namespace batpak::proof {

class Sha256 {
public:
    Sha256() noexcept { crypto_hash_sha256_init(&state_); }

    Sha256& add(BytesView bytes) noexcept {
        crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size());
        return *this;
    }
    Sha256& add(std::string_view text) noexcept { return add(as_bytes(text)); }
    Sha256& add(std::uint8_t byte) noexcept {
        const auto one = static_cast<std::byte>(byte);
        return add(BytesView(&one, 1));
    }
    Hash done() noexcept {
        Hash hash;
        crypto_hash_sha256_final(&state_, reinterpret_cast<unsigned char*>(hash.bytes.data()));
        return hash;
    }

private:
    crypto_hash_sha256_state state_;
};

}  // namespace batpak::proof
