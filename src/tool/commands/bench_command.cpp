// bench: batpak against other stores, on this machine.
//
// What does the work is a program of its own, so that the tool links no foreign database: it is
// called batpak-bench and lies beside the tool, or in PATH, if it was built at all.
#include <unistd.h>

#include <filesystem>

#include "tool/commands/commands.hpp"

namespace batpak::tool {
namespace {

constexpr const char* kProgram = "batpak-bench";

std::string beside_this_program() {
    std::error_code unknown;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return unknown ? std::string() : (own.parent_path() / kProgram).string();
}

}  // namespace

Result<ExitCode> run(const BenchCommand& command, Console& console) {
    std::vector<std::string> words = {kProgram, "--against", command.against, "--directory",
                                      command.directory};
    if (command.quick) words.emplace_back("--quick");
    if (command.only) words.insert(words.end(), {"--only", *command.only});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    console.flush();
    // Each returns only if there is no such program.
    ::execv(beside_this_program().c_str(), arguments.data());
    ::execvp(kProgram, arguments.data());
    return console.complain(ExitCode::No,
                            "there is no batpak-bench beside this program or in PATH: build batpak "
                            "with -DBATPAK_BUILD_BENCHMARKS=ON");
}

}  // namespace batpak::tool
