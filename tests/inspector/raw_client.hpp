// RawClient: bytes to a server of this machine and back, as no browser would send them.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace batpak::inspector {

class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int failed = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to);
        EXPECT_EQ(failed, 0);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(std::string_view text) const {
        (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    }
    // Whether the server has said something, or ended the connection, within this time.
    bool hears(std::chrono::milliseconds patience) const {
        pollfd asked{.fd = socket_, .events = POLLIN, .revents = 0};
        return ::poll(&asked, 1, static_cast<int>(patience.count())) != 0;
    }
    // All that comes until the server ends the connection.
    std::string rest() const {
        std::string all;
        std::array<char, 4096> piece{};
        for (;;) {
            const ssize_t bytes = ::recv(socket_, piece.data(), piece.size(), 0);
            if (bytes <= 0) return all;
            all.append(piece.data(), static_cast<std::size_t>(bytes));
        }
    }

private:
    int socket_;
};

// What the server answers to a request of these lines, each with its end.
inline std::string answer_to(std::uint16_t port, const std::string& request) {
    const RawClient client(port);
    client.send(request);
    return client.rest();
}

}  // namespace batpak::inspector
