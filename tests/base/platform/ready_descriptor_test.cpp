#include "base/platform/ready_descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

namespace batpak {
namespace {

bool is_readable(const ReadyDescriptor& descriptor) {
    ::pollfd asked{.fd = descriptor.number(), .events = POLLIN, .revents = 0};
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLIN) != 0;
}

TEST(ReadyDescriptor, IsReadableAsItsOwnerSays) {
    ReadyDescriptor descriptor;
    ASSERT_TRUE(descriptor.open());
    EXPECT_FALSE(is_readable(descriptor));
    // More often than a pipe has bytes, and the same twice: nothing must add up.
    for (int i = 0; i < 70'000; ++i) {
        const bool readable = i % 4 < 2;
        descriptor.set(readable);
        if (i % 1000 < 4) {
            EXPECT_EQ(is_readable(descriptor), readable) << i;
        }
    }
}

TEST(ReadyDescriptor, IsNotInheritedByPrograms) {
    ReadyDescriptor descriptor;
    ASSERT_TRUE(descriptor.open());
    EXPECT_NE(::fcntl(descriptor.number(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(descriptor.number(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(ReadyDescriptor, SetsNothingBeforeItIsOpen) {
    ReadyDescriptor descriptor;
    descriptor.set(true);
    EXPECT_FALSE(descriptor.is_open());
}

TEST(ReadyDescriptor, SaysThatThereAreNoDescriptors) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none = before;
    none.rlim_cur = 0;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    ReadyDescriptor descriptor;
    const Result<void> opened = descriptor.open();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::Io);
    EXPECT_EQ(opened.error().os_error(), EMFILE);
}

}  // namespace
}  // namespace batpak
