// The exit codes are an interface for scripts (`batpak help exit-codes`): what went wrong as far as
// a script can act on it. So they follow the class of an error, and a new code needs no line here.
#include "tool/console/exit_code.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::tool {

ExitCode exit_code(ErrorClass error_class) noexcept {
    switch (error_class) {
        case ErrorClass::NotFound:
        case ErrorClass::Conflict:
        case ErrorClass::Denied:
        case ErrorClass::Domain: return ExitCode::No;
        case ErrorClass::Invalid: return ExitCode::Usage;
        case ErrorClass::Refused: return ExitCode::Refused;
        case ErrorClass::Io:
        case ErrorClass::Full:
        case ErrorClass::Poisoned:
        case ErrorClass::Closed:
        case ErrorClass::Forked: return ExitCode::Io;
        case ErrorClass::Busy:
        case ErrorClass::WouldBlock:
        case ErrorClass::Timeout: return ExitCode::Busy;
    }
    BATPAK_UNREACHABLE();
}

}  // namespace batpak::tool
