// CancellationBlock: while one lives, pthread_cancel() waits.
//
// A cancelled thread ends at its next system call that can be a long one, as if by an exception:
// others would wait for what it was doing, a write might be half done, and where that unwinding
// meets a noexcept function, a destructor say, the whole program ends. So batpak makes each such
// call under one of these, and none of its functions is a cancellation point. Costs no system call.
//
// Threads: of the calling thread
// Errors:  none
#pragma once

#include <pthread.h>

#include "batpak/base/language.hpp"

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
