// Child processes for tests that need a second process, or limits that must not outlive the test.
//
// Threads: only from a program with one thread, as fork() wants it
// Errors:  none; a fork() that fails throws
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <stdexcept>

namespace batpak::testing {

// A process that runs `body` and exits with its answer, 0 to 255. Killed if it outlives this
// object.
class ChildProcess {
public:
    explicit ChildProcess(const std::function<int()>& body) : number_(::fork()) {
        if (number_ < 0) throw std::runtime_error("no fork");
        if (number_ == 0) ::_exit(body());
    }
    ~ChildProcess() { kill(); }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // What it exited with, or minus the signal that ended it.
    int wait() {
        int status = 0;
        ::waitpid(number_, &status, 0);
        number_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

    void kill() {
        if (number_ != 0) kill_and_wait();
    }
    // Its answer, or minus SIGKILL. Requires: nobody has waited for it.
    int kill_and_wait() {
        ::kill(number_, SIGKILL);
        return wait();
    }

private:
    pid_t number_;
};

inline int run_in_child(const std::function<int()>& body) { return ChildProcess(body).wait(); }

// A pipe of single bytes, by which one process waits for another.
class Signpost {
public:
    Signpost() {
        if (::pipe(ends_) != 0) throw std::runtime_error("no pipe");
    }
    ~Signpost() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }
    Signpost(const Signpost&) = delete;
    Signpost& operator=(const Signpost&) = delete;

    void raise() const {
        const char byte = '!';
        if (::write(ends_[1], &byte, 1) != 1) ::_exit(99);
    }
    void wait() const {
        char byte = 0;
        if (::read(ends_[0], &byte, 1) != 1) throw std::runtime_error("nobody raised it");
    }

private:
    int ends_[2] = {-1, -1};
};

}  // namespace batpak::testing
