#include "batpak/base/bytes.hpp"

#include <algorithm>

namespace batpak {
namespace {

constexpr std::size_t kFirstCapacity = 256;

}  // namespace

// Twice as large at least, so that bytes added one by one are moved once on average. What is new is
// not zeroed: nothing reads it before it is written. Whatever borrows from the buffer is moved away
// from under it.
void Buffer::grow_for(std::size_t count) {
    const std::size_t needed = size_ + count;
    BATPAK_ASSERT(needed >= size_);
    const std::size_t capacity = std::max({needed, capacity_ * 2, kFirstCapacity});
    auto storage = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ > 0) std::memcpy(storage.get(), storage_.get(), size_);
    storage_ = std::move(storage);
    capacity_ = capacity;
}

}  // namespace batpak
