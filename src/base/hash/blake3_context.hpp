// Blake3Context: BLAKE3 in key-derivation mode under one fixed context string, or keyed, or plain.
//
// What a context costs, two compressions, is paid once, when it is made; hash() starts from a copy
// of that state. A build without BLAKE3 keeps the type, so that the layers above compile the
// same, and answers kHashingBuiltIn = false; it must not call hash().
//
// Where the library was built in from its sources, messages of up to 1,024 bytes, which are one
// chunk, are given to its compression function directly (decision 0025).
//
// It owns no memory and has no destructor: contexts are static objects, and a store may be used
// after those with a destructor are gone.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

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
    // The plain hash, for what other programs hash: nothing of batpak's own is hashed so.
    struct Plain {};
    explicit Blake3Context(Plain);
    Blake3Context& operator=(const Blake3Context&) = delete;

    // The hash of the concatenation of `parts`. Requires: hashing_built_in().
    Hash hash(std::initializer_list<BytesView> parts) const noexcept;

private:
    friend class Blake3Lanes;
    friend class Blake3Stream;
    struct State;
    static constexpr std::size_t kStateBytes = 1920;

    Blake3Context(const Blake3Context&) = default;

    const State& state() const noexcept;
    State& state() noexcept;

    alignas(64) std::array<std::byte, kStateBytes> state_;  // a State, where there is BLAKE3
};

// Blake3Stream: the hash of one long message that comes in pieces.
//
// Threads: thread-compatible
// Errors:  none
class Blake3Stream {
public:
    // Requires: hashing_built_in().
    explicit Blake3Stream(const Blake3Context& context) noexcept : context_(context) {}
    Blake3Stream(const Blake3Stream&) = delete;
    Blake3Stream& operator=(const Blake3Stream&) = delete;

    void add(BytesView bytes) noexcept;
    // What hash() of the context gives for all that was added.
    Hash finish() const noexcept;

private:
    Blake3Context context_;  // its state goes on from piece to piece
};

// Blake3Lanes: hashes messages of one context side by side, where the processor can; each message
// then costs a part of what it costs alone.
//
// Threads: thread-compatible
// Errors:  none
class Blake3Lanes {
public:
    // Borrows: the context. Requires: hashing_built_in().
    explicit Blake3Lanes(const Blake3Context& context) noexcept : context_(context) {}
    Blake3Lanes(const Blake3Lanes&) = delete;
    Blake3Lanes& operator=(const Blake3Lanes&) = delete;

    // `into` gets the hash of the concatenation of `parts`, at the latest in finish().
    // Borrows: `into`, until then; not the parts.
    void add(std::initializer_list<BytesView> parts, Hash& into) noexcept;
    void finish() noexcept;

private:
    static constexpr std::size_t kLanes = 16;
    static constexpr std::size_t kMessageBytesMax = 1024;

    struct Lane {
        alignas(64) std::array<std::byte, kMessageBytesMax> bytes;
        std::size_t size;
        Hash* into;
    };

    const Blake3Context& context_;
    std::array<Lane, kLanes> lanes_;  // not zeroed
    std::size_t count_ = 0;
};

}  // namespace batpak
