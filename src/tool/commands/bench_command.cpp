// bench: batpak against other stores, on this machine.
//
// What does the work is a program of its own, so that the tool links no foreign database: it is
// called batpak-bench and lies beside the tool, or in PATH, if it was built at all.
#include "tool/commands/commands.hpp"
#include "tool/console/run_program.hpp"

namespace batpak::tool {
namespace {

constexpr const char* kProgram = "batpak-bench";

}  // namespace

Result<ExitCode> run(const BenchCommand& command, Console& console) {
    std::vector<std::string> words = {kProgram, "--against", command.against, "--directory",
                                      command.directory};
    if (command.quick) words.emplace_back("--quick");
    if (command.only) words.insert(words.end(), {"--only", *command.only});
    console.flush();
    run_in_place(std::move(words));
    return console.complain(ExitCode::No,
                            "there is no batpak-bench beside this program or in PATH: build batpak "
                            "with -DBATPAK_BUILD_BENCHMARKS=ON");
}

}  // namespace batpak::tool
