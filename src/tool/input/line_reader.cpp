// Lines out of one buffer: begin_ is where the next one starts, scanned_ how far it was searched
// for its end, so that a line that comes in many pieces is searched once. A line is bounded by what
// an event can hold. A read waits in a way that an interrupt ends, and what was read stays.
#include "tool/input/line_reader.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "tool/console/interrupt.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::size_t kReadBytes = 256U << 10;
constexpr std::size_t kHeadBytes = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<LineReader> LineReader::open(const std::string& path) {
    BATPAK_TRY(InputStream stream, InputStream::open(path));
    return LineReader(std::move(stream));
}

// Reads on; false at the end of the input, or when a signal asked to stop.
Result<bool> LineReader::fill() {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    // What is left is moved to the front. That is the front of one line at most, since next() reads
    // on only when there is no whole line.
    begin_ = 0;
    if (buffer_.size() > kLineBytesMax) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "line " + std::to_string(line_number_ + 1) + " is longer than " +
                              format_bytes(kLineBytesMax) + ", and so than any event")
                        .at(name()));
    }
    const std::size_t kept = buffer_.size();
    buffer_.resize(kept + kReadBytes);
    const auto room = std::as_writable_bytes(std::span(buffer_)).subspan(kept);
    const Result<std::size_t> got = stream_.read(room);
    buffer_.resize(kept + got.value_or(0));
    if (!got) return fail(got.error());
    bytes_read_ += *got;
    return *got > 0;
}

bool LineReader::find_end() {
    if (end_) return true;
    const std::size_t found = buffer_.find('\n', scanned_);
    scanned_ = std::min(found, buffer_.size());
    // The last line of an input may have no end of its own.
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
    return !find_end() && !at_end_ && stream_.pauses(milliseconds);
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
