// Whether a file that could not be read is damaged, or the program was in no state to read it.
//
// Rights, descriptors, memory and connections are the caller's or the machine's: the next attempt
// may read everything, so nothing is lost, and nothing may be put in the place of it.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <cerrno>

#include "batpak/base/error.hpp"

namespace batpak::store {

// Of an error of opening or reading one file: the file is not there, is none, is not what it
// should be, or the disk does not give its bytes.
inline bool is_damage(const Error& error) noexcept {
    switch (error.error_class()) {
        case ErrorClass::NotFound:
        case ErrorClass::Invalid:
        case ErrorClass::Refused: return true;
        case ErrorClass::Io: break;
        default: return false;
    }
    switch (error.os_error()) {
        case 0:  // no call failed: what was read is at fault
        case EIO:
        // What a file system answers whose own checksums fail.
        case EBADMSG:
#ifdef EUCLEAN
        case EUCLEAN:
#endif
            return true;
        default: return false;
    }
}

}  // namespace batpak::store
