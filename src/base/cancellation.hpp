// CancellationBlock: while one lives, pthread_cancel() waits.
//
// A cancelled thread ends at its next system call that can be a long one, as if by an exception.
// Others would wait for what it was doing, and a write might be half done. Costs no system call.
//
// Threads: of the calling thread
// Errors:  none
#pragma once

#include <pthread.h>

namespace batpak {

class CancellationBlock {
public:
    CancellationBlock() noexcept { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
    ~CancellationBlock() { pthread_setcancelstate(before_, nullptr); }
    CancellationBlock(const CancellationBlock&) = delete;
    CancellationBlock& operator=(const CancellationBlock&) = delete;

private:
    int before_ = PTHREAD_CANCEL_ENABLE;
};

}  // namespace batpak
