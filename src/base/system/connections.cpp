// A descriptor that was looked at may be closed by its thread, and its number be another file's,
// before it is shut down. So each is duplicated and looked at again: the duplicate stays the one
// that it was. What is no connection of the port is not duplicated, because closing any descriptor
// of a file drops the locks of fcntl() that this process has on the file, such as SQLite's.
#include "base/system/connections.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/platform/platform.hpp"
#include "base/system/posix.hpp"

namespace batpak {
namespace {

// Where the system does not list the descriptors, so many numbers are tried.
constexpr long kNumbersMax = 65'536;

bool is_connection_of(int number, std::uint16_t port) noexcept {
    int type = 0;
    ::socklen_t length = sizeof type;
    if (::getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &length) != 0) return false;
    if (type != SOCK_STREAM) return false;
    ::sockaddr_in own{};
    length = sizeof own;
    auto* const address = reinterpret_cast<::sockaddr*>(&own);
    if (::getsockname(number, address, &length) != 0 || own.sin_family != AF_INET) return false;
    if (own.sin_addr.s_addr != htonl(INADDR_LOOPBACK) || own.sin_port != htons(port)) return false;
    ::sockaddr_in other{};
    length = sizeof other;
    return ::getpeername(number, reinterpret_cast<::sockaddr*>(&other), &length) == 0;
}

void end_if_of(int number, std::uint16_t port) noexcept {
    if (!is_connection_of(number, port)) return;
    const posix::Descriptor kept(::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (kept.is_open() && is_connection_of(kept.number(), port)) {
        ::shutdown(kept.number(), SHUT_RDWR);
    }
}

// False where there is no such list.
bool end_those_listed(std::uint16_t port) noexcept {
#if BATPAK_LINUX_CALLS
    ::DIR* const list = ::opendir("/proc/self/fd");
    if (list == nullptr) return false;
    while (const ::dirent* const entry = ::readdir(list)) {
        char* end = nullptr;
        const long number = std::strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0') end_if_of(static_cast<int>(number), port);
    }
    ::closedir(list);
    return true;
#else
    (void)port;
    return false;
#endif
}

}  // namespace

void end_connections_of(std::uint16_t port) noexcept {
    const CancellationBlock no_cancellation;
    if (end_those_listed(port)) return;
    const long numbers = std::clamp(::sysconf(_SC_OPEN_MAX), 0L, kNumbersMax);
    for (int number = 0; number < numbers; ++number) end_if_of(number, port);
}

}  // namespace batpak
