// LineReader: the lines of a file or pipe, one at a time, none of them endless.
//
// A byte order mark of UTF-8 in front of the first line is passed over.
//
// Threads: thread-compatible
// Errors:  open: FileNotFound, Io; next: Io, InvalidArgument
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/result.hpp"
#include "tool/console/input_stream.hpp"

namespace batpak::tool {

class LineReader {
public:
    // A payload of 64 MiB in hexadecimal, and then some.
    static constexpr std::size_t kLineBytesMax = std::size_t{256} << 20;

    // "-" is standard input.
    [[nodiscard]] static Result<LineReader> open(const std::string& path);

    // The next line without its end, nothing at the end of the input, or when a signal asked to
    // stop. Borrows: until the next call.
    [[nodiscard]] Result<std::optional<std::string_view>> next();
    // Whether next() would have to wait, and nothing came for so long either.
    bool pauses(int milliseconds);
    // What is read and not given out: the beginning of a line that was too long, at most 64 bytes.
    std::string_view head() const noexcept;

    std::uint64_t line_number() const noexcept { return line_number_; }  // of the last line, from 1
    std::uint64_t bytes_read() const noexcept { return bytes_read_; }
    std::optional<std::uint64_t> bytes_total() const noexcept { return stream_.bytes_total(); }
    const std::string& name() const noexcept { return stream_.name(); }

private:
    explicit LineReader(InputStream stream) : stream_(std::move(stream)) {}

    // Whether a line lies ready: up to its end, or up to the end of the input.
    bool find_end();
    [[nodiscard]] Result<bool> fill();

    InputStream stream_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of what was not given out
    std::size_t scanned_ = 0;  // no line ends before this
    std::optional<std::size_t> end_;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t line_number_ = 0;
    bool at_end_ = false;
};

// All lines of a file or of standard input, each with its end. Errors: those of a LineReader; also
// InvalidArgument beyond kLineBytesMax.
[[nodiscard]] Result<std::string> read_text(const std::string& path);

}  // namespace batpak::tool
