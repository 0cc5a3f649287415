// ReadyDescriptor: a file descriptor that is readable or not, as its owner says, for poll() and the
// event loops of users.
//
// An eventfd on Linux, a pipe elsewhere. Nobody but its owner reads it or writes it.
//
// Threads: thread-compatible
// Errors:  open: Io
#pragma once

#include "batpak/base/result.hpp"

namespace batpak {

class ReadyDescriptor {
public:
    ReadyDescriptor() = default;
    ~ReadyDescriptor();
    ReadyDescriptor(const ReadyDescriptor&) = delete;
    ReadyDescriptor& operator=(const ReadyDescriptor&) = delete;

    // Opens it, as not readable. Requires: it is not open.
    [[nodiscard]] Result<void> open();
    bool is_open() const noexcept { return read_end_ >= 0; }
    int number() const noexcept { return read_end_; }
    // Never blocks. Does nothing if it is not open.
    void set(bool readable) noexcept;

private:
    int read_end_ = -1;
    int write_end_ = -1;  // the same number for an eventfd
    bool is_readable_ = false;
};

}  // namespace batpak
