// A file or standard input, read in a way that Ctrl-C ends. Only a regular file has a size
// beforehand: of a pipe no progress bar can be drawn.
#include "tool/console/input_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "tool/console/interrupt.hpp"

namespace batpak::tool {
namespace {

constexpr int kForEver = -1;

}  // namespace

Result<InputStream> InputStream::open(const std::string& path) {
    const bool is_input = path == "-";
    const int descriptor = is_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const int error = errno;
        const ErrorCode code = error == ENOENT ? ErrorCode::FileNotFound : ErrorCode::Io;
        return fail(Error(code, "the input cannot be opened").at(path).with_os_error(error));
    }
    InputStream stream(descriptor, is_input ? "standard input" : path);
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        stream.bytes_total_ = static_cast<std::uint64_t>(status.st_size);
    }
    return stream;
}

InputStream::~InputStream() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

// An interrupt reads as the end of the input: what came before it is kept.
Result<std::size_t> InputStream::read(MutableBytesView into) {
    for (;;) {
        const ssize_t got = wait_readable(descriptor_, kForEver)
                                ? ::read(descriptor_, into.data(), into.size())
                                : 0;
        if (got >= 0) return static_cast<std::size_t>(got);
        const int error = errno;
        if (error == EINTR) continue;
        return fail(
            Error(ErrorCode::Io, "the input cannot be read").at(name_).with_os_error(error));
    }
}

bool InputStream::pauses(int milliseconds) const {
    return !wait_readable(descriptor_, milliseconds) && !interrupted();
}

}  // namespace batpak::tool
