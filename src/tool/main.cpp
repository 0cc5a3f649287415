#include <exception>

#include "tool/command_line.hpp"

int main(int argc, char** argv) {
    using namespace batpak::tool;
    Console console = Console::of_process();
    ExitCode code = ExitCode::Io;
    try {
        const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        code = run_command_line(words, console);
    } catch (const std::exception& exception) {
        // Only memory can be missing here; what was acknowledged is stored.
        code = console.complain(ExitCode::Io, exception.what());
    }
    if (const auto finished = console.finish(); !finished) code = console.report(finished.error());
    return to_number(code);
}
