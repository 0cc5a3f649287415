// The start of a hash is computed once, for its context or key, and each hash begins as a copy of
// it. A message of one chunk, as nearly all here are, goes the short way: gathered into one piece,
// and compressed without the machinery for trees. Several such messages go side by side, each in a
// lane of the processor's vectors; where one is longer, or BLAKE3 is a library, it goes by itself.
#include "base/hash/blake3_context.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>

#include "batpak/base/assert.hpp"

#if BATPAK_BLAKE3_FROM_SOURCES
#include "base/hash/blake3_chunk.hpp"
#elif BATPAK_HAVE_BLAKE3
#include <blake3.h>
#endif

namespace batpak {

#if BATPAK_HAVE_BLAKE3

struct Blake3Context::State {
    blake3_hasher start;

    Hash hash(std::initializer_list<BytesView> parts) const noexcept {
        // A fresh state differs from another only before cv_stack, whose 1,760 bytes are written
        // before they are read. Copying them would cost as much as a compression.
        blake3_hasher hasher;
        std::memcpy(&hasher, &start, offsetof(blake3_hasher, cv_stack));
        for (BytesView part : parts) blake3_hasher_update(&hasher, part.data(), part.size());
        Hash hash;
        blake3_hasher_finalize(&hasher, reinterpret_cast<std::uint8_t*>(hash.bytes.data()),
                               Hash::kBytes);
        return hash;
    }
};

// The stream has a context of its own, so its start may be moved on.
void Blake3Stream::add(BytesView bytes) noexcept {
    blake3_hasher_update(&context_.state().start, bytes.data(), bytes.size());
}

Hash Blake3Stream::finish() const noexcept {
    Hash hash;
    blake3_hasher_finalize(&context_.state().start,
                           reinterpret_cast<std::uint8_t*>(hash.bytes.data()), Hash::kBytes);
    return hash;
}

bool hashing_built_in() noexcept { return true; }

Blake3Context::Blake3Context(const char* context) {
    static_assert(sizeof(State) <= kStateBytes && alignof(State) <= 64);
    State* const state = ::new (state_.data()) State;
    blake3_hasher_init_derive_key(&state->start, context);
}

Blake3Context::Blake3Context(const Key& key) {
    State* const state = ::new (state_.data()) State;
    blake3_hasher_init_keyed(&state->start, reinterpret_cast<const std::uint8_t*>(key.data()));
}

Blake3Context::Blake3Context(Plain) {
    State* const state = ::new (state_.data()) State;
    blake3_hasher_init(&state->start);
}

#else

struct Blake3Context::State {
    Hash hash(std::initializer_list<BytesView>) const noexcept { BATPAK_UNREACHABLE(); }
};

void Blake3Stream::add(BytesView) noexcept { BATPAK_UNREACHABLE(); }
Hash Blake3Stream::finish() const noexcept { BATPAK_UNREACHABLE(); }

bool hashing_built_in() noexcept { return false; }

Blake3Context::Blake3Context(const char*) : state_{} {}
Blake3Context::Blake3Context(const Key&) : state_{} {}
Blake3Context::Blake3Context(Plain) : state_{} {}

#endif

static_assert(std::is_trivially_destructible_v<Blake3Context>);

// In a buffer of bytes, so that the header need not know BLAKE3, and without a destructor: contexts
// are statics.
const Blake3Context::State& Blake3Context::state() const noexcept {
    return *std::launder(reinterpret_cast<const State*>(state_.data()));
}

Blake3Context::State& Blake3Context::state() noexcept {
    return *std::launder(reinterpret_cast<State*>(state_.data()));
}

#if BATPAK_BLAKE3_FROM_SOURCES

namespace {

std::size_t size_of(std::initializer_list<BytesView> parts) noexcept {
    std::size_t size = 0;
    for (const BytesView part : parts) size += part.size();
    return size;
}

void gather(std::initializer_list<BytesView> parts, std::byte* into) noexcept {
    for (const BytesView part : parts) {
        if (!part.empty()) std::memcpy(into, part.data(), part.size());
        into += part.size();
    }
}

}  // namespace

Hash Blake3Context::hash(std::initializer_list<BytesView> parts) const noexcept {
    const std::size_t size = size_of(parts);
    // Of one chunk the root is the chunk itself. From the second on there is a tree.
    if (size > blake3::kChunkBytes) return state().hash(parts);
    alignas(64) std::array<std::byte, blake3::kChunkBytes> message;
    gather(parts, message.data());
    blake3::Chunk chunk(state().start);
    return chunk.finish(message, size);
}

void Blake3Lanes::add(std::initializer_list<BytesView> parts, Hash& into) noexcept {
    static_assert(kMessageBytesMax == blake3::kChunkBytes && kLanes == blake3::kMessagesMax);
    const std::size_t size = size_of(parts);
    if (size > kMessageBytesMax) {
        into = context_.state().hash(parts);
        return;
    }
    Lane& lane = lanes_[count_++];
    lane.size = size;
    lane.into = &into;
    gather(parts, lane.bytes.data());
    if (count_ == kLanes) finish();
}

// As far as the shortest goes before its last block together, then each to its end.
void Blake3Lanes::finish() noexcept {
    std::array<const std::byte*, kLanes> messages;
    std::size_t blocks = blake3::kChunkBytes;
    for (std::size_t i = 0; i < count_; ++i) {
        messages[i] = lanes_[i].bytes.data();
        blocks = std::min(blocks, blake3::blocks_before_last(lanes_[i].size));
    }
    std::array<blake3::Chunk, kLanes> chunks;
    blake3::start_together(context_.state().start, std::span(messages).first(count_), blocks,
                           chunks);
    for (std::size_t i = 0; i < count_; ++i)
        *lanes_[i].into = chunks[i].finish(lanes_[i].bytes, lanes_[i].size);
    count_ = 0;
}

#else

Hash Blake3Context::hash(std::initializer_list<BytesView> parts) const noexcept {
    return state().hash(parts);
}

void Blake3Lanes::add(std::initializer_list<BytesView> parts, Hash& into) noexcept {
    into = context_.hash(parts);
}

void Blake3Lanes::finish() noexcept {}

#endif

}  // namespace batpak
