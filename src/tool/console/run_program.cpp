// In place of this one a program has its standard streams and its exit code: nothing is left to
// pass on. One that is asked for its answer is waited for in any case, so that none is left behind;
// a signal that asks to stop goes to the whole group at a terminal, and ends it as well.
#include "tool/console/run_program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

#include "batpak/base/assert.hpp"

extern char** environ;

namespace batpak::tool {
namespace {

// Only Linux tells where a program lies; elsewhere PATH is all there is.
std::string beside_this_program(const std::string& name) {
    std::error_code unknown;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", unknown);
    return unknown ? std::string() : (own.parent_path() / name).string();
}

// Borrows: the words. A null pointer ends them.
std::vector<char*> arguments_of(std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    return arguments;
}

tl::unexpected<Error> not_run(const std::string& program, int error) {
    return fail(Error(ErrorCode::Io, "the command does not run").at(program).with_os_error(error));
}

// What posix_spawn() does in the new process before the program.
class SpawnActions {
public:
    SpawnActions() {
        ::posix_spawn_file_actions_init(&actions_);
        // The tool ignores these, and a new process would go on to: `yes | head` would not end.
        ::posix_spawnattr_init(&attributes_);
        ::sigset_t usual;
        sigemptyset(&usual);  // macros on some systems
        sigaddset(&usual, SIGPIPE);
        sigaddset(&usual, SIGXFSZ);
        ::posix_spawnattr_setsigdefault(&attributes_, &usual);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnActions() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    void close_off(int stream) {
        ::posix_spawn_file_actions_addopen(&actions_, stream, "/dev/null", O_RDWR, 0);
    }
    void connect(int stream, int to) { ::posix_spawn_file_actions_adddup2(&actions_, to, stream); }

    // 0, or why there is no new process.
    int spawn(std::vector<std::string> words, ::pid_t& process,
              char** environment = environ) const {
        std::vector<char*> arguments = arguments_of(words);
        return ::posix_spawnp(&process, words.front().c_str(), &actions_, &attributes_,
                              arguments.data(), environment);
    }

private:
    ::posix_spawn_file_actions_t actions_{};
    ::posix_spawnattr_t attributes_{};
};

// All that comes through the pipe; what is over the most is read and dropped, so that the program
// does not wait for ever. False if there was more.
bool read_all(int pipe, std::string& output) {
    std::array<char, 1U << 16> window;
    bool fits = true;
    for (;;) {
        const ssize_t got = ::read(pipe, window.data(), window.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return fits;
        fits =
            fits && output.size() + static_cast<std::size_t>(got) <= CapturedRun::kOutputBytesMax;
        if (fits) output.append(window.data(), static_cast<std::size_t>(got));
    }
}

// The pipe's other end is nobody's when the program has closed it, or has ended: then what is left
// was not asked for.
void write_whole(int pipe, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = ::write(pipe, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

// This process's environment, with variables in place of those of the same name.
std::vector<std::string> environment_with(const std::vector<Variable>& variables) {
    std::vector<std::string> all;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string_view entry(*at);
        const std::string_view name = entry.substr(0, entry.find('='));
        const bool is_given = std::ranges::any_of(
            variables, [&](const Variable& variable) { return variable.first == name; });
        if (!is_given) all.emplace_back(entry);
    }
    for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
    return all;
}

int code_of(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    // As a shell says that a signal has ended a program.
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

// Each call returns only if there is no such program.
void run_in_place(std::vector<std::string> words) {
    const std::vector<char*> arguments = arguments_of(words);
    const auto ours = std::signal(SIGPIPE, SIG_DFL);
    const auto size = std::signal(SIGXFSZ, SIG_DFL);
    ::execv(beside_this_program(words.front()).c_str(), arguments.data());
    ::execvp(words.front().c_str(), arguments.data());
    std::signal(SIGPIPE, ours);
    std::signal(SIGXFSZ, size);
}

bool run_beside(std::vector<std::string> words) {
    SpawnActions actions;
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) actions.close_off(stream);
    ::pid_t child = 0;
    return actions.spawn(std::move(words), child) == 0;
}

Result<CapturedRun> run_captured(const std::vector<std::string>& words) {
    BATPAK_ASSERT(!words.empty());
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return not_run(words.front(), errno);
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    SpawnActions actions;
    actions.close_off(STDIN_FILENO);
    actions.connect(STDOUT_FILENO, ends[1]);
    ::pid_t process = 0;
    const int error = actions.spawn(words, process);
    ::close(ends[1]);
    CapturedRun run;
    // The program alone has the other end now, so the reading ends when the program does.
    const bool fits = error != 0 || read_all(ends[0], run.output);
    ::close(ends[0]);
    if (error != 0) return not_run(words.front(), error);
    run.code = code_of(process);
    if (fits) return run;
    return fail(Error(ErrorCode::PayloadTooLarge,
                      "the command writes more than 16 MiB: let it say what differs")
                    .at(words.front()));
}

Result<int> run_fed(const std::vector<std::string>& words, std::string_view input,
                    const std::vector<Variable>& variables) {
    BATPAK_ASSERT(!words.empty());
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return not_run(words.front(), errno);
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    SpawnActions actions;
    actions.connect(STDIN_FILENO, ends[0]);
    ::pid_t process = 0;
    std::vector<std::string> environment = environment_with(variables);
    const int error = actions.spawn(words, process, arguments_of(environment).data());
    ::close(ends[0]);
    // All of it before the wait: what the program writes goes elsewhere, so neither waits for the
    // other.
    if (error == 0) write_whole(ends[1], input);
    ::close(ends[1]);
    if (error != 0) return not_run(words.front(), error);
    return code_of(process);
}

}  // namespace batpak::tool
