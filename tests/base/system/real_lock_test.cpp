// Goal:   a lock goes with its holder: with its object, with its process, and never with a child's
//         copy of it (INV L1).
// Method: flock() on a second descriptor of the same file says whether the first is held.
#include "base/system/real_lock.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <optional>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::posix {
namespace {

struct RealLockTest : ::testing::Test {
    int open_file() const {
        return ::open((directory / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    // Whether anything holds the lock now.
    bool is_held() const {
        const Descriptor other(open_file());
        return ::flock(other.number(), LOCK_EX | LOCK_NB) != 0;
    }
    void take(std::optional<RealLock>& lock) {
        const std::lock_guard no_fork(RealLock::no_fork());
        Descriptor descriptor(open_file());
        number = descriptor.number();
        ASSERT_EQ(::flock(number, LOCK_EX | LOCK_NB), 0);
        lock.emplace(std::move(descriptor));
    }

    const testing::TemporaryDirectory directory;
    int number = -1;
};

TEST_F(RealLockTest, IsHeldUntilItIsDestroyed) {
    std::optional<RealLock> lock;
    take(lock);
    EXPECT_TRUE(is_held());
    lock.reset();
    EXPECT_FALSE(is_held());
}

TEST_F(RealLockTest, IsGivenBackThoughACopyOfTheDescriptorIsOpen) {
    std::optional<RealLock> lock;
    take(lock);
    const Descriptor copy(::dup(number));
    lock.reset();
    EXPECT_FALSE(is_held());
}

TEST_F(RealLockTest, AChildHasNoCopyAndUnlocksNothing) {
    std::optional<RealLock> lock;
    take(lock);
    const int answer = testing::run_in_child([&] {
        if (::fcntl(number, F_GETFD) != -1) return 1;  // its copy was closed by fork()
        lock.reset();
        return 0;
    });
    EXPECT_EQ(answer, 0);
    EXPECT_TRUE(is_held());
}

TEST_F(RealLockTest, GoesWithAProcessThatIsKilledWhileItsChildLives) {
    testing::Signpost taken;
    testing::Signpost end;
    testing::ChildProcess holder([&]() -> int {
        std::optional<RealLock> lock;
        take(lock);
        if (::fork() == 0) {
            taken.raise();  // the child let go of what it inherited before fork() returned in it
            end.wait();
            ::_exit(0);
        }
        for (;;) ::pause();
    });
    taken.wait();
    EXPECT_TRUE(is_held());
    holder.kill_and_wait();
    EXPECT_FALSE(is_held());
    end.raise();
}

}  // namespace
}  // namespace batpak::posix
