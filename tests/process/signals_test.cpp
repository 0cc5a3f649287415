// Goal:   signals change nothing: whatever a store does, and wherever its threads wait, a handler
//         that runs every moment without SA_RESTART alters no answer and ends no wait early (INV
//         L5).
// Method: the life of a store, quiet, and then while one thread sends a signal to every thread of
//         the process, over and over. What both saw must be the same.
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <thread>

#include "process/life_of_a_store.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

constexpr unsigned kHangSeconds = 300;

std::atomic<std::uint64_t> handled{0};

extern "C" void count_signal(int) { handled.fetch_add(1, std::memory_order_relaxed); }

// While one lives, each other thread of the process is interrupted again and again.
class SignalStorm {
public:
    SignalStorm() {
        struct sigaction action{};
        action.sa_handler = count_signal;
        sigemptyset(&action.sa_mask);
        ::sigaction(SIGUSR1, &action, &before_);
        sender_ = std::thread([this] { send(); });
    }
    ~SignalStorm() {
        over_ = true;
        sender_.join();
        ::sigaction(SIGUSR1, &before_, nullptr);
    }
    SignalStorm(const SignalStorm&) = delete;
    SignalStorm& operator=(const SignalStorm&) = delete;

private:
    void send() {
        const pid_t own = static_cast<pid_t>(::syscall(SYS_gettid));
        const std::unique_ptr<DIR, int (*)(DIR*)> tasks(::opendir("/proc/self/task"), &::closedir);
        while (!over_ && tasks) {
            ::rewinddir(tasks.get());
            while (const dirent* const task = ::readdir(tasks.get())) {
                const int thread = std::atoi(task->d_name);
                if (thread > 0 && thread != own) ::syscall(SYS_tgkill, ::getpid(), thread, SIGUSR1);
            }
            std::this_thread::yield();
        }
    }

    struct sigaction before_{};
    std::atomic<bool> over_{false};
    std::thread sender_;
};

TEST(Signals, ChangeNoAnswerAndEndNoWait) {
    ::alarm(kHangSeconds);
    const TemporaryDirectory temporary;
    const std::string quiet = LifeOfAStore(temporary / "quiet").live();
    ASSERT_TRUE(quiet.starts_with(" at=")) << quiet;
    {
        const SignalStorm storm;
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(LifeOfAStore(temporary / std::to_string(i)).live(), quiet);
        }
    }
    EXPECT_GT(handled.load(), 100U);
    ::alarm(0);
}

}  // namespace
}  // namespace batpak::testing
