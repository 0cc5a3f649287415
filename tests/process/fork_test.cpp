// Goal:   fork() at any moment, with threads in the middle of everything, does no harm to the
//         parent, and a child neither hangs nor writes: each call on what it inherited answers
//         Forked, each destructor returns, and it can open stores of its own (INV L1, L2).
// Method: a program of its own (tests/programs/forks.cpp) with appenders, readers, workers,
// reactors,
//         runners and a syncer, which forks again and again while they run; after each way for a
//         child to end, the parent's store holds what its threads were told, and verifies.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "batpak/store/store.hpp"
#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing::fork_test {
namespace {

constexpr unsigned kHangSeconds = 500;

// What a parent's threads had on their stacks is lost in a child that exits: that is no leak.
void look_for_no_leaks() {
    const char* const options = std::getenv("ASAN_OPTIONS");
    const std::string before = options == nullptr ? "" : std::string(options) + ':';
    ::setenv("ASAN_OPTIONS", (before + "detect_leaks=0").c_str(), 1);
}

// Runs the program with what it says in a file.
int run(const std::string& path, const char* way, const std::string& said) {
    return run_in_child([&] {
        ::alarm(kHangSeconds);
        look_for_no_leaks();
        if (std::freopen(said.c_str(), "w", stdout) == nullptr) return 98;
        ::execl(BATPAK_FORKS, "forks", path.c_str(), way, nullptr);
        return 99;
    });
}

class Fork : public ::testing::TestWithParam<const char*> {};

TEST_P(Fork, AtAnyMomentHarmsNeitherSide) {
    const TemporaryDirectory temporary;
    const std::string path = temporary / "store";
    const std::string said = temporary / "said";
    ASSERT_EQ(run(path, GetParam(), said), 0);
    std::uint64_t durable = 0;
    std::uint64_t buffered = 0;
    std::ifstream(said) >> durable >> buffered;
    EXPECT_GT(durable, 0U);
    EXPECT_GT(buffered, 0U);
    const auto store = Store::open(StoreConfig(path));
    ASSERT_TRUE(store) << store.error().to_string();
    EXPECT_FALSE(store->verify().value().damage.has_value());
    EXPECT_EQ(store->count(Region::entity("durable")).value(), durable);
    EXPECT_EQ(store->count(Region::entity("buffered")).value(), buffered);
    EXPECT_EQ(store->count(Region::entity("ticket")).value(), 1U);
    EXPECT_EQ(store->count(Region::entity("child")).value(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Ways, Fork, ::testing::Values("_exit", "exit", "destroy"),
                         [](const auto& named) {
                             return std::string(named.param == std::string("_exit") ? "quick"
                                                                                    : named.param);
                         });

// A child that lives on has a copy of every descriptor of a parent that is killed.
TEST(ForkedParent, ThatIsKilledLeavesTheStoreFreeThoughItsChildLives) {
    const TemporaryDirectory temporary;
    const std::string path = temporary / "store";
    int input[2];
    int output[2];
    ASSERT_EQ(::pipe(input), 0);
    ASSERT_EQ(::pipe(output), 0);
    ChildProcess parent([&] {
        ::dup2(input[0], STDIN_FILENO);
        ::dup2(output[1], STDOUT_FILENO);
        for (const int end : {input[0], input[1], output[0], output[1]}) ::close(end);
        ::execl(BATPAK_FORKS, "forks", path.c_str(), "lives", nullptr);
        return 99;
    });
    ::close(input[0]);
    ::close(output[1]);
    char text[32] = {};
    ASSERT_GT(::read(output[0], text, sizeof(text) - 1), 0) << "no child";
    EXPECT_EQ(code_of(Store::open(StoreConfig(path))), ErrorCode::StoreLocked);
    EXPECT_EQ(parent.kill_and_wait(), -SIGKILL);
    {
        const auto store = Store::open(StoreConfig(path));
        ASSERT_TRUE(store) << store.error().to_string();
        EXPECT_FALSE(store->verify().value().damage.has_value());
    }
    // The child ends now; its end of the pipe closes then.
    ::close(input[1]);
    EXPECT_EQ(::read(output[0], text, 1), 0);
    ::close(output[0]);
}

}  // namespace
}  // namespace batpak::testing::fork_test
