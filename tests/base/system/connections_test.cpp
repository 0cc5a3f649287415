#include "base/system/connections.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/system/posix.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using posix::Descriptor;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t own_port(const Descriptor& of) {
    sockaddr_in address{};
    socklen_t length = sizeof address;
    EXPECT_EQ(::getsockname(of.number(), reinterpret_cast<sockaddr*>(&address), &length), 0);
    return ntohs(address.sin_port);
}

// A port that listens, and both ends of a connection to it.
struct Line {
    Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port = 0;

    Line() {
        const sockaddr_in any = loopback(0);
        EXPECT_EQ(::bind(listener.number(), reinterpret_cast<const sockaddr*>(&any), sizeof any),
                  0);
        EXPECT_EQ(::listen(listener.number(), 8), 0);
        port = own_port(listener);
    }
    Descriptor dial() const {
        Descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in to = loopback(port);
        EXPECT_EQ(::connect(client.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
        return client;
    }
    Descriptor answer() const { return Descriptor(::accept(listener.number(), nullptr, nullptr)); }
};

bool is_ended(const Descriptor& end) {
    std::array<char, 1> byte{};
    return ::recv(end.number(), byte.data(), 1, MSG_DONTWAIT) == 0;
}

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator list("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(list), end(list)));
}

TEST(Connections, EndsThoseOfThePortAndNoOther) {
    const Line line;
    const Line other;
    const Descriptor client = line.dial();
    const Descriptor accepted = line.answer();
    const Descriptor other_client = other.dial();
    const Descriptor other_accepted = other.answer();
    end_connections_of(line.port);
    EXPECT_TRUE(is_ended(accepted));
    EXPECT_TRUE(is_ended(client));  // its peer has ended
    EXPECT_FALSE(is_ended(other_accepted));
    EXPECT_FALSE(is_ended(other_client));
}

// A client of this very process has the port as its peer's, which is not its own.
TEST(Connections, LeavesTheListenerAndWhoeverDialsAlone) {
    const Line line;
    const Descriptor client = line.dial();  // waits to be accepted
    end_connections_of(line.port);
    const Descriptor accepted = line.answer();
    ASSERT_TRUE(accepted.is_open());
    EXPECT_EQ(::send(client.number(), "x", 1, MSG_NOSIGNAL), 1);
    std::array<char, 1> byte{};
    EXPECT_EQ(::recv(accepted.number(), byte.data(), 1, 0), 1);
}

// Closing another descriptor of a locked file would drop the lock.
TEST(Connections, TouchesNoFile) {
    const testing::TemporaryDirectory directory;
    const Descriptor file(
        ::open((directory / "locked").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    ASSERT_TRUE(file.is_open());
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    ASSERT_EQ(::fcntl(file.number(), F_SETLK, &lock), 0);
    const Line line;
    const Descriptor client = line.dial();
    const Descriptor accepted = line.answer();
    const std::size_t before = open_descriptors();
    end_connections_of(line.port);
    EXPECT_EQ(open_descriptors(), before);
    // Who holds a lock is not told of it.
    const int status = testing::run_in_child([&] {
        struct flock seen{};
        seen.l_type = F_WRLCK;
        seen.l_whence = SEEK_SET;
        return ::fcntl(file.number(), F_GETLK, &seen) == 0 && seen.l_type == F_WRLCK ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace batpak
