// CommandLine: from the words of a shell to a command that ran.
//
// Threads: thread-compatible
// Errors:  none; whatever goes wrong is said on the console and is in the code
#pragma once

#include <span>
#include <string>

#include "tool/console/console.hpp"
#include "tool/console/exit_code.hpp"

namespace batpak::tool {

// `words` without the name of the program.
ExitCode run_command_line(std::span<const std::string> words, Console& console);

}  // namespace batpak::tool
