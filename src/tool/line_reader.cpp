#include "tool/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "tool/interrupt.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
    const bool is_input = path == "-";
    const int descriptor = is_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        const int error = errno;
        const ErrorCode code = error == ENOENT ? ErrorCode::FileNotFound : ErrorCode::Io;
        return fail(Error(code, "the input cannot be opened").at(path).with_os_error(error));
    }
    LineReader reader(descriptor, is_input ? "standard input" : path);
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        reader.bytes_total_ = static_cast<std::uint64_t>(status.st_size);
    }
    return reader;
}

LineReader::LineReader(LineReader&& other) noexcept
    : name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      scanned_(other.scanned_),
      bytes_total_(other.bytes_total_),
      bytes_read_(other.bytes_read_),
      line_number_(other.line_number_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      at_end_(other.at_end_) {}

LineReader::~LineReader() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

// Reads on; false at the end of the input, or when a signal asked to stop.
Result<bool> LineReader::fill() {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    if (buffer_.size() > kLineBytesMax) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "line " + std::to_string(line_number_ + 1) + " is longer than any event")
                        .at(name_));
    }
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kReadBytes);
    for (;;) {
        const ssize_t got =
            interrupted() ? 0 : ::read(descriptor_, buffer_.data() + kept, kReadBytes);
        if (got < 0 && errno == EINTR) continue;
        const int error = errno;
        buffer_.resize(kept + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0) {
            return fail(
                Error(ErrorCode::Io, "the input cannot be read").at(name_).with_os_error(error));
        }
        bytes_read_ += static_cast<std::uint64_t>(got);
        return got > 0;
    }
}

Result<std::optional<std::string_view>> LineReader::next() {
    for (;;) {
        if (interrupted()) return std::optional<std::string_view>();
        const std::size_t end = buffer_.find('\n', scanned_);
        if (end != std::string::npos || (at_end_ && begin_ < buffer_.size())) {
            const std::size_t stop = std::min(end, buffer_.size());
            std::string_view line(buffer_.data() + begin_, stop - begin_);
            if (line.ends_with('\r')) line.remove_suffix(1);
            begin_ = scanned_ = std::min(stop + 1, buffer_.size());
            ++line_number_;
            return std::optional(line);
        }
        if (at_end_) return std::optional<std::string_view>();
        scanned_ = buffer_.size();
        BATPAK_TRY(const bool more, fill());
        at_end_ = !more;
    }
}

}  // namespace batpak::tool
