// The program takes the place of this one, with its standard streams and its exit code: nothing is
// left to pass on.
#include "tool/console/run_program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace batpak::tool {
namespace {

// Only Linux tells where a program lies; elsewhere PATH is all there is.
std::string beside_this_program(const std::string& name) {
    std::error_code unknown;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return unknown ? std::string() : (own.parent_path() / name).string();
}

}  // namespace

void run_in_place(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    // Each returns only if there is no such program.
    ::execv(beside_this_program(words.front()).c_str(), arguments.data());
    ::execvp(words.front().c_str(), arguments.data());
}

bool run_beside(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::posix_spawn_file_actions_t actions{};
    ::posix_spawn_file_actions_init(&actions);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        ::posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
    }
    ::pid_t child = 0;
    const int failed =
        ::posix_spawnp(&child, words.front().c_str(), &actions, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    return failed == 0;
}

}  // namespace batpak::tool
