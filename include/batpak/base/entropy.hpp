// Entropy: the seam through which batpak gets randomness (ids, blinds, salts).
//
// Threads: thread-safe
// Errors:  none; an operating system without randomness aborts the program
#pragma once

#include <memory>

#include "batpak/base/bytes.hpp"

namespace batpak {

class Entropy {
public:
    virtual ~Entropy() = default;
    Entropy() = default;
    Entropy(const Entropy&) = delete;
    Entropy& operator=(const Entropy&) = delete;

    // Fills `into` with bytes that nobody can predict.
    virtual void fill(MutableBytesView into) noexcept = 0;
};

// The operating system's randomness, drawn in pools; a child after fork() never repeats its parent.
std::shared_ptr<Entropy> real_entropy();

}  // namespace batpak
