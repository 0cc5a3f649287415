// LineFile: a file of lines that grows at its end, and can be taken up where it ends.
//
// A crash leaves whole lines and at most a part of one, since nothing is written but at the end.
//
// Threads: thread-compatible
// Errors:  those of FileSystem; create(): InvalidArgument, if the file is there
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"

namespace batpak::tool {

class LineFile {
public:
    // A new file, which only its owner may read.
    [[nodiscard]] static Result<LineFile> create(const std::string& path);
    // One that may be there.
    [[nodiscard]] static Result<LineFile> open(const std::string& path);

    // The last line that has its end; nothing if there is none. Errors: InvalidArgument, if it is
    // longer than LineReader::kLineBytesMax.
    [[nodiscard]] Result<std::optional<std::string>> last_line();
    // What stands after it: the front of a line, at most its first `bytes_max` bytes.
    [[nodiscard]] Result<std::string> torn_front(std::size_t bytes_max);
    // Takes that away. Requires: last_line() was asked.
    [[nodiscard]] Result<void> cut_torn();

    // Adds a line, which is written with others.
    [[nodiscard]] Result<void> add(const std::string& line);
    // Writes all, and makes it durable.
    [[nodiscard]] Result<void> finish();
    std::uint64_t bytes() const noexcept { return end_ + buffer_.size(); }

private:
    LineFile(std::unique_ptr<Directory> folder, std::unique_ptr<File> file, std::string path)
        : folder_(std::move(folder)), file_(std::move(file)), path_(std::move(path)) {}
    Result<void> write_buffer();
    // Where the last byte of that value before `end` stands, plus one; 0 if there is none.
    Result<std::uint64_t> after_line_end(std::uint64_t end);

    std::unique_ptr<Directory> folder_;
    std::unique_ptr<File> file_;
    std::string path_;
    std::string buffer_;
    std::uint64_t end_ = 0;   // of what is written, and stays
    std::uint64_t size_ = 0;  // of the file as it was opened
};

}  // namespace batpak::tool
