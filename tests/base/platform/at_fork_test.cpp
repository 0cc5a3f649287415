// Goal:   the functions of a registration are called around every fork(), each in its process.
// Method: each notes itself in memory that parent and child share, so that one look afterwards
//         shows all of them, in their order. A registration lasts as long as the program: there is
//         one for all tests.
#include "base/platform/at_fork.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>

namespace batpak {
namespace {

struct Notes {
    std::atomic<std::uint32_t> count{0};
    std::atomic<char> text[16];
    std::atomic<pid_t> child{0};  // the process in which the function for children ran
};

Notes* notes = nullptr;

void note(char what) noexcept { notes->text[notes->count.fetch_add(1)] = what; }

std::string noted() {
    std::string all;
    for (std::uint32_t i = 0; i < notes->count; ++i) all += notes->text[i];
    return all;
}

class AtFork : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        void* const shared = ::mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ASSERT_NE(shared, MAP_FAILED);
        notes = new (shared) Notes;
        call_at_fork({.before = [] { note('b'); },
                      .in_parent = [] { note('p'); },
                      .in_child =
                          [] {
                              note('c');
                              notes->child = ::getpid();
                          }});
        // Functions that nobody needs may be left out.
        call_at_fork({.before = nullptr, .in_parent = [] { note('q'); }, .in_child = nullptr});
    }
    void SetUp() override { notes->count = 0; }
};

pid_t fork_and_wait() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    return child;
}

TEST_F(AtFork, CallsEachInItsProcess) {
    const pid_t child = fork_and_wait();
    const std::string all = noted();
    ASSERT_EQ(all.size(), 4U) << all;
    EXPECT_EQ(all.front(), 'b') << all;
    EXPECT_LT(all.find('p'), all.find('q')) << all;  // of the parent: in the order of registration
    EXPECT_NE(all.find('c'), std::string::npos) << all;
    EXPECT_EQ(notes->child, child);
}

TEST_F(AtFork, CallsThemAgainAtEveryFork) {
    (void)fork_and_wait();
    const pid_t second = fork_and_wait();
    EXPECT_EQ(noted().size(), 8U);
    EXPECT_EQ(notes->child, second);
}

}  // namespace
}  // namespace batpak
