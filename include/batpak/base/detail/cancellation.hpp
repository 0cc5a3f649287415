// CancellationBlock: while one lives, pthread_cancel() waits.
//
// A cancelled thread ends at its next system call that may take long, as if by an exception: others
// would wait for what it was doing, a write might be half done, and where that unwinding meets a
// noexcept function, for example a destructor, the whole program ends. So batpak makes each such
// call under a CancellationBlock, and none of its functions is a cancellation point. It costs no
// system call.
//
// Threads: belongs to the calling thread
// Errors:  none
#pragma once

#include <pthread.h>

#include "batpak/base/detail/language.hpp"

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
