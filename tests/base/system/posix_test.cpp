// Goal:   what the real file system puts around its system calls keeps its promises: one owner for
//         each descriptor, an error that says how to react, signals that are held back and come
//         back.
// Method: real descriptors and signals of this process; every errno that has an error code.
#include "base/system/posix.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include "support/child_process.hpp"

namespace batpak::posix {
namespace {

int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int number) { return ::fcntl(number, F_GETFD) != -1; }

sigset_t blocked_now() {
    sigset_t set;
    EXPECT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &set), 0);
    return set;
}

TEST(Posix, ADescriptorIsClosedByItsLastOwner) {
    const int number = open_null();
    {
        Descriptor first(number);
        EXPECT_TRUE(first.is_open());
        const Descriptor second(std::move(first));
        EXPECT_FALSE(first.is_open());
        EXPECT_EQ(second.number(), number);
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Posix, AReleasedDescriptorStaysOpen) {
    const int number = open_null();
    {
        EXPECT_EQ(Descriptor(number).release(), number);
    }
    EXPECT_TRUE(is_open(number));
    ::close(number);
}

TEST(Posix, NoFileGetsTheNumberOfAStandardStream) {
    const int answer = testing::run_in_child([] {
        ::close(STDOUT_FILENO);
        const int number = open_null();
        if (number != STDOUT_FILENO) return 1;
        const Descriptor moved = clear_of_standard_streams(number);
        if (moved.number() <= STDERR_FILENO || is_open(STDOUT_FILENO)) return 2;
        return is_open(moved.number()) ? 0 : 3;
    });
    EXPECT_EQ(answer, 0);
}

TEST(Posix, WhatCouldNotBeOpenedKeepsItsReason) {
    errno = ENOENT;
    EXPECT_FALSE(clear_of_standard_streams(-1).is_open());
    EXPECT_EQ(errno, ENOENT);
}

TEST(Posix, AnErrnoSaysHowToReact) {
    struct Case {
        int number;
        ErrorCode code;
    };
    for (const Case& expected :
         {Case{ENOENT, ErrorCode::FileNotFound}, Case{ENOSPC, ErrorCode::DiskFull},
          Case{EDQUOT, ErrorCode::DiskFull}, Case{EFBIG, ErrorCode::DiskFull},
          Case{ELOOP, ErrorCode::NotRegular}, Case{ENXIO, ErrorCode::NotRegular},
          Case{EISDIR, ErrorCode::NotRegular}, Case{ENOTDIR, ErrorCode::NotRegular},
          Case{EOPNOTSUPP, ErrorCode::Unsupported}, Case{ENOSYS, ErrorCode::Unsupported},
          Case{ENODEV, ErrorCode::Unsupported}, Case{EIO, ErrorCode::Io},
          Case{EACCES, ErrorCode::Io}, Case{EMFILE, ErrorCode::Io}}) {
        const Error error = system_error(expected.number, "data/LOCK", "open");
        EXPECT_EQ(error.code(), expected.code) << expected.number;
        EXPECT_EQ(error.os_error(), expected.number);
        EXPECT_EQ(error.place(), "data/LOCK");
        EXPECT_NE(error.detail().find("cannot open"), std::string::npos);
    }
}

TEST(Posix, CallsAgainOnlyWhatASignalInterrupted) {
    int calls = 0;
    const auto twice_interrupted = [&] {
        errno = EINTR;
        return ++calls < 3 ? -1 : 7;
    };
    EXPECT_EQ(retry_interrupted(twice_interrupted), 7);
    EXPECT_EQ(calls, 3);
    calls = 0;
    const auto failing = [&] {
        errno = EIO;
        return ++calls, -1;
    };
    EXPECT_EQ(retry_interrupted(failing), -1);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(errno, EIO);
}

TEST(Posix, ASignalBlockBlocksAllAndGivesBackWhatWas) {
    const sigset_t before = blocked_now();
    errno = EXDEV;
    {
        const SignalBlock block;
        const sigset_t inside = blocked_now();
        for (const int signal : {SIGTERM, SIGALRM, SIGUSR1, SIGXFSZ})
            EXPECT_EQ(sigismember(&inside, signal), 1) << signal;
    }
    const sigset_t after = blocked_now();
    for (const int signal : {SIGTERM, SIGALRM, SIGUSR1, SIGXFSZ})
        EXPECT_EQ(sigismember(&after, signal), sigismember(&before, signal)) << signal;
    EXPECT_EQ(errno, EXDEV);
}

// In a child, because SIGXFSZ ends a process that has it unblocked.
TEST(Posix, ASizeSignalIsTakenBackUnlessItWasTheCallers) {
    const int own = testing::run_in_child([] {
        {
            SizeSignalBlock block;
            pthread_kill(pthread_self(), SIGXFSZ);
            block.discard();
        }
        return 0;
    });
    EXPECT_EQ(own, 0);
    const int callers = testing::run_in_child([] {
        sigset_t signal;
        sigemptyset(&signal);
        sigaddset(&signal, SIGXFSZ);
        pthread_sigmask(SIG_BLOCK, &signal, nullptr);
        pthread_kill(pthread_self(), SIGXFSZ);
        {
            SizeSignalBlock block;
            block.discard();
        }
        sigset_t pending;
        sigpending(&pending);
        return sigismember(&pending, SIGXFSZ) == 1 ? 0 : 1;
    });
    EXPECT_EQ(callers, 0);
}

}  // namespace
}  // namespace batpak::posix
