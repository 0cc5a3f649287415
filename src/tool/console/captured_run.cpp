// A signal that asks this process to stop goes to the whole group at a terminal, so the program
// that runs ends by it as well; it is waited for in any case, so that none is left behind.
#include "tool/console/captured_run.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "batpak/base/assert.hpp"

extern char** environ;

namespace batpak::tool {
namespace {

tl::unexpected<Error> not_run(const std::string& program, int error) {
    return fail(Error(ErrorCode::Io, "the command does not run").at(program).with_os_error(error));
}

// What posix_spawn() does in the new process before the program.
class SpawnActions {
public:
    explicit SpawnActions(int output) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;

    const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
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

int code_of(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<CapturedRun> run_captured(const std::vector<std::string>& words) {
    BATPAK_ASSERT(!words.empty());
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return not_run(words.front(), errno);
    for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    for (std::string& word : copies) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const SpawnActions actions(ends[1]);
    pid_t process = 0;
    const int error = ::posix_spawnp(&process, words.front().c_str(), actions.get(), nullptr,
                                     arguments.data(), environ);
    ::close(ends[1]);
    CapturedRun run;
    const bool fits = error != 0 || read_all(ends[0], run.output);
    ::close(ends[0]);
    if (error != 0) return not_run(words.front(), error);
    run.code = code_of(process);
    if (fits) return run;
    return fail(Error(ErrorCode::PayloadTooLarge,
                      "the command writes more than 16 MiB: let it say what differs")
                    .at(words.front()));
}

}  // namespace batpak::tool
