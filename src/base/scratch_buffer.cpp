// A thread lends from a pool of its own and gives back to it:
//
//     pool is there     take a kept buffer, or make one; give it back, unless there are enough
//     not yet           make one, and the pool for the next call
//     over              the thread is ending: plain buffers, which nothing keeps
//
// A buffer that once grew huge is not kept: one large payload would hold its memory for ever.
#include "batpak/base/detail/scratch_buffer.hpp"

#include <array>

namespace batpak {
namespace {

// What a thread keeps for its next call: a few buffers, none of them huge.
constexpr std::size_t kKeptBuffers = 4;
constexpr std::size_t kKeptBytesMax = 1U << 20;

class Pool;

// Two words without a destructor, because a thread goes on after its pool is gone: in the
// destructors of its other thread_locals, and the main thread in every atexit handler and static
// object. It then keeps nothing, and each buffer is a plain one.
thread_local constinit Pool* pool = nullptr;
thread_local constinit bool pool_is_over = false;

class Pool {
public:
    Pool() noexcept { pool = this; }
    ~Pool() {
        pool = nullptr;
        pool_is_over = true;
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    Buffer take() noexcept { return count_ > 0 ? std::move(buffers_[--count_]) : Buffer(); }
    void keep(Buffer buffer) noexcept {
        if (count_ == kKeptBuffers || buffer.capacity() > kKeptBytesMax) return;
        buffer.clear();
        buffers_[count_++] = std::move(buffer);
    }

private:
    std::array<Buffer, kKeptBuffers> buffers_;
    std::size_t count_ = 0;
};

// Frees what the thread kept when the thread ends. A thread_local with a destructor is registered
// at its first use, which this call is: threads that never use a scratch buffer pay nothing.
void start_pool() {
    thread_local Pool of_thread;
    BATPAK_ASSERT(pool == &of_thread);
}

}  // namespace

ScratchBuffer::ScratchBuffer() {
    if (pool != nullptr) {
        buffer_ = pool->take();
    } else if (!pool_is_over) {
        start_pool();
    }
}

ScratchBuffer::~ScratchBuffer() {
    if (pool != nullptr) pool->keep(std::move(buffer_));
}

}  // namespace batpak
