// The bytes of a file in memory. They stay where they are as long as a mapping looks at them: a
// resize that would move them fails instead, as it cannot on a real disk, and the room that a pin
// makes lets nearly all of them succeed.
#include "testing/disk/content.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "batpak/base/assert.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kFirstCapacity = 512;
// How far a file may grow under a mapping: to twice its size, or by this much.
constexpr std::uint64_t kPinnedRoomBytes = std::uint64_t{64} * 1024;

}  // namespace

void Content::Free::operator()(std::byte* storage) const noexcept { std::free(storage); }

Content::Content(const Content& other) {
    if (other.size_ == 0) return;
    if (!move_to(other.size_)) throw std::bad_alloc();
    size_ = other.size_;
    copy_shared(other.bytes(), bytes());
}

// What was cut off and is added again reads as zeros, as on a disk.
bool Content::resize(std::uint64_t size_bytes) {
    if (size_bytes > capacity_) {
        if (pins_ > 0) return false;
        if (!move_to(std::max({size_bytes, capacity_ * 2, kFirstCapacity}))) return false;
    } else if (size_bytes > size_) {
        std::memset(storage_.get() + size_, 0, size_bytes - size_);
    }
    size_ = size_bytes;
    return true;
}

bool Content::pin() {
    const std::uint64_t capacity = size_ + std::max(size_, kPinnedRoomBytes);
    if (pins_ == 0 && capacity_ < capacity && !move_to(capacity)) return false;
    ++pins_;
    return true;
}

void Content::unpin() noexcept {
    BATPAK_ASSERT(pins_ > 0);
    --pins_;
}

// calloc, because it hands out large runs of zeros without touching them: preallocating a segment
// of 64 MiB in memory costs nothing until it is filled.
bool Content::move_to(std::uint64_t capacity) {
    BATPAK_ASSERT(pins_ == 0);
    BATPAK_ASSERT(capacity >= size_);
    auto* const storage = static_cast<std::byte*>(std::calloc(capacity, 1));
    if (storage == nullptr) return false;
    if (size_ > 0) std::memcpy(storage, storage_.get(), size_);
    storage_.reset(storage);
    capacity_ = capacity;
    return true;
}

// Word by word and atomically, because a mapping may be written to by another thread of a test
// meanwhile.
void copy_shared(BytesView source, MutableBytesView target) noexcept {
    BATPAK_ASSERT(target.size() >= source.size());
    auto* const bytes = const_cast<std::byte*>(source.data());  // atomic_ref wants it; only read
    std::size_t done = 0;
    for (; done + sizeof(std::uint64_t) <= source.size(); done += sizeof(std::uint64_t)) {
        auto& word = *std::launder(reinterpret_cast<std::uint64_t*>(bytes + done));
        const std::uint64_t value = std::atomic_ref(word).load(std::memory_order_relaxed);
        std::memcpy(target.data() + done, &value, sizeof(value));
    }
    for (; done < source.size(); ++done) {
        target[done] = std::atomic_ref(bytes[done]).load(std::memory_order_relaxed);
    }
}

}  // namespace batpak::testing
