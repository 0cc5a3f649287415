#include "batpak/base/scratch_buffer.hpp"

#include <array>

namespace batpak {
namespace {

// What a thread keeps for its next call: a few buffers, none of them huge.
constexpr std::size_t kKeptBuffers = 4;
constexpr std::size_t kKeptBytesMax = 1U << 20;

struct Pool {
    std::array<Buffer, kKeptBuffers> buffers;
    std::size_t count = 0;
};

thread_local Pool pool;

}  // namespace

ScratchBuffer::ScratchBuffer() {
    if (pool.count > 0) buffer_ = std::move(pool.buffers[--pool.count]);
}

ScratchBuffer::~ScratchBuffer() {
    if (pool.count == kKeptBuffers || buffer_.capacity() > kKeptBytesMax) return;
    buffer_.clear();
    pool.buffers[pool.count++] = std::move(buffer_);
}

}  // namespace batpak
