// KeyHash: a fast 64-bit hash of short keys, keyed with two secrets.
//
// Eight bytes at a time are folded in by a 64 x 64 -> 128 bit multiplication whose halves are
// xored (the construction of wyhash and of folded-multiply hashes). Without the secrets nobody can
// make collisions on purpose. It is never stored.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace batpak {

class KeyHash {
public:
    KeyHash(std::uint64_t secret_a, std::uint64_t secret_b) noexcept
        : secret_a_(secret_a | 1), secret_b_(secret_b | 1) {}

    std::uint64_t operator()(std::string_view key) const noexcept {
        std::uint64_t state = secret_a_ ^ (key.size() * 0x9E3779B97F4A7C15U);
        const char* at = key.data();
        std::size_t left = key.size();
        for (; left > 8; left -= 8, at += 8) state = fold(state ^ load(at, 8), secret_b_);
        state = fold(state ^ load(at, left), secret_b_);
        return fold(state, secret_a_);
    }

private:
    static std::uint64_t load(const char* from, std::size_t count) noexcept {
        std::uint64_t word = 0;
        if (count == 0) return word;  // `from` may be null
        std::memcpy(&word, from, count);
        return word;
    }

    static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    std::uint64_t secret_a_;
    std::uint64_t secret_b_;
};

}  // namespace batpak
