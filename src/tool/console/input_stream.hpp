// InputStream: the bytes of a file, or of standard input, which is never closed.
//
// A signal that asks to stop ends a read that waits (interrupt.hpp).
//
// Threads: thread-compatible
// Errors:  open: FileNotFound, Io; read: Io
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"

namespace batpak::tool {

class InputStream {
public:
    // "-" is standard input.
    [[nodiscard]] static Result<InputStream> open(const std::string& path);
    InputStream(InputStream&& other) noexcept
        : name_(std::move(other.name_)),
          bytes_total_(other.bytes_total_),
          descriptor_(std::exchange(other.descriptor_, -1)) {}
    InputStream& operator=(InputStream&&) = delete;
    ~InputStream();

    // How many bytes came; 0 at the end of the input, or when a signal asked to stop.
    [[nodiscard]] Result<std::size_t> read(MutableBytesView into);
    // Whether a read would have to wait, and nothing came for so long either.
    bool pauses(int milliseconds) const;

    // The size of a file; nothing for a pipe or a terminal.
    std::optional<std::uint64_t> bytes_total() const noexcept { return bytes_total_; }
    const std::string& name() const noexcept { return name_; }

private:
    InputStream(int descriptor, std::string name)
        : name_(std::move(name)), descriptor_(descriptor) {}

    std::string name_;
    std::optional<std::uint64_t> bytes_total_;
    int descriptor_;
};

}  // namespace batpak::tool
