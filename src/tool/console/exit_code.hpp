// ExitCode: what a command tells its caller, who often reads nothing else.
//
// Threads: immutable values
// Errors:  none
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "batpak/base/error.hpp"

namespace batpak::tool {

enum class ExitCode : std::uint8_t {
    Ok = 0,
    No = 1,             // there is no such thing, or a condition did not hold
    Usage = 2,          // the arguments or the input are wrong
    Refused = 3,        // the store is damaged, or cannot be understood
    Io = 4,             // the operating system failed
    Busy = 5,           // somebody else writes to the store
    Interrupted = 130,  // ended by SIGINT or SIGTERM, at a border between events
};

struct ExitCodeMeaning {
    ExitCode code;
    std::string_view meaning;
    std::string_view classes;  // the error classes that end so, for people
};

inline constexpr std::array<ExitCodeMeaning, 7> kExitCodes = {{
    {ExitCode::Ok, "done, and nothing was wrong", ""},
    {ExitCode::No, "there is no such event or store, or a condition did not hold",
     "NotFound, Conflict, Denied, Domain"},
    {ExitCode::Usage, "the arguments or the input are wrong", "Invalid"},
    {ExitCode::Refused, "the store is damaged, or its format is not known", "Refused"},
    {ExitCode::Io, "the operating system failed, or there is no room",
     "Io, Full, Poisoned, Closed, Forked"},
    {ExitCode::Busy, "another process writes to the store", "Busy, WouldBlock, Timeout"},
    {ExitCode::Interrupted, "interrupted; what was acknowledged is stored", ""},
}};

ExitCode exit_code(ErrorClass error_class) noexcept;

constexpr int to_number(ExitCode code) noexcept { return static_cast<int>(code); }

}  // namespace batpak::tool
