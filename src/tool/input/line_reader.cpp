// Lines out of one buffer: begin_ is where the next one starts, scanned_ how far it was searched
// for its end, so that a line that comes in many pieces is searched once. A line is bounded by what
// an event can hold. A read waits in a way that an interrupt ends, and what was read stays.
#include "tool/input/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tool/console/interrupt.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;
constexpr std::size_t kHeadBytes = 64;
constexpr int kForEver = -1;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

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
      end_(other.end_),
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
                          "line " + std::to_string(line_number_ + 1) + " is longer than " +
                              format_bytes(kLineBytesMax) + ", and so than any event")
                        .at(name_));
    }
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kReadBytes);
    for (;;) {
        const ssize_t got = wait_readable(descriptor_, kForEver)
                                ? ::read(descriptor_, buffer_.data() + kept, kReadBytes)
                                : 0;
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

bool LineReader::find_end() {
    if (end_) return true;
    const std::size_t found = buffer_.find('\n', scanned_);
    scanned_ = std::min(found, buffer_.size());
    if (found == std::string::npos && !(at_end_ && begin_ < buffer_.size())) return false;
    end_ = scanned_;
    return true;
}

Result<std::optional<std::string_view>> LineReader::next() {
    for (;;) {
        if (interrupted()) return std::optional<std::string_view>();
        if (find_end()) {
            std::string_view line(buffer_.data() + begin_, *end_ - begin_);
            if (line.ends_with('\r')) line.remove_suffix(1);
            begin_ = scanned_ = std::min(*end_ + 1, buffer_.size());
            end_.reset();
            ++line_number_;
            if (line_number_ == 1 && line.starts_with(kByteOrderMark)) {
                line.remove_prefix(kByteOrderMark.size());
            }
            return std::optional(line);
        }
        if (at_end_) return std::optional<std::string_view>();
        BATPAK_TRY(const bool more, fill());
        at_end_ = !more;
    }
}

bool LineReader::pauses(int milliseconds) {
    return !find_end() && !at_end_ && !wait_readable(descriptor_, milliseconds) && !interrupted();
}

Result<std::string> read_text(const std::string& path) {
    BATPAK_TRY(LineReader reader, LineReader::open(path));
    std::string text;
    for (;;) {
        BATPAK_TRY(const std::optional<std::string_view> line, reader.next());
        if (!line) return text;
        if (line->size() > LineReader::kLineBytesMax - text.size()) {
            return fail(Error(ErrorCode::InvalidArgument, "it is longer than any event: shorten it")
                            .at(reader.name()));
        }
        text += *line;
        text += '\n';
    }
}

std::string_view LineReader::head() const noexcept {
    return std::string_view(buffer_).substr(begin_, kHeadBytes);
}

}  // namespace batpak::tool
