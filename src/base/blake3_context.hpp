// Blake3Context: BLAKE3 in key-derivation mode under one fixed context string, or keyed.
//
// What a context costs, two compressions, is paid once, when it is made; hash() starts from a copy
// of that state. A build without BLAKE3 keeps the type, so that the layers above compile the
// same, and answers kHashingBuiltIn = false; it must not call hash().
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"

namespace batpak {

// Whether this build of batpak can hash at all.
bool hashing_built_in() noexcept;

class Blake3Context {
public:
    using Key = std::array<std::byte, 32>;

    explicit Blake3Context(const char* context);
    // The keyed hash, which is a MAC.
    explicit Blake3Context(const Key& key);
    ~Blake3Context();
    Blake3Context(const Blake3Context&) = delete;
    Blake3Context& operator=(const Blake3Context&) = delete;

    // The hash of the concatenation of `parts`. Requires: hashing_built_in().
    Hash hash(std::initializer_list<BytesView> parts) const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace batpak
