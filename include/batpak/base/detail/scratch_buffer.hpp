// ScratchBuffer: a Buffer on loan from the calling thread, so that encoding allocates nothing.
//
// Threads: each ScratchBuffer belongs to the thread that made it
// Errors:  none
#pragma once

#include "batpak/base/bytes.hpp"

namespace batpak {

class ScratchBuffer {
public:
    ScratchBuffer();
    ~ScratchBuffer();
    ScratchBuffer(const ScratchBuffer&) = delete;
    ScratchBuffer& operator=(const ScratchBuffer&) = delete;

    // Empty at first.
    Buffer& operator*() noexcept { return buffer_; }
    Buffer* operator->() noexcept { return &buffer_; }

private:
    Buffer buffer_;
};

}  // namespace batpak
