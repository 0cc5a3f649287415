// WindowReader: reads a file in windows that grow while the reading goes forward.
//
// A single read costs one small system call; a scan soon costs one system call for each 256 KiB.
// Windows shrink again where the reading leaps.
//
// Threads: thread-compatible
// Errors:  those of File::read_at
#pragma once

#include <cstdint>

#include "batpak/base/bytes.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {

class WindowReader {
public:
    // Borrows: the file, for the life of the reader.
    explicit WindowReader(File& file, std::size_t first_window_bytes = kPointReadBytes)
        : WindowReader(first_window_bytes) {
        file_ = &file;
    }
    // Holds nothing until it moves to something.
    explicit WindowReader(std::size_t first_window_bytes)
        : first_window_bytes_(first_window_bytes), window_bytes_(first_window_bytes) {}

    // The `count` bytes at `offset`; fewer only where the file ends.
    // Borrows: until the next call.
    [[nodiscard]] Result<BytesView> at(std::uint64_t offset, std::size_t count);

    // What was read already of the bytes from `offset` on. Borrows: until the next call.
    BytesView held(std::uint64_t offset) const noexcept {
        if (offset < held_offset_ || offset - held_offset_ > held_.size()) return {};
        return held_.subspan(static_cast<std::size_t>(offset - held_offset_));
    }

    // Reads from another file from now on.
    void move_to(File& file);
    // Looks into `whole`, all of another file that will not change, and reads nothing from now on.
    // Borrows: the bytes, until the next move.
    void move_to(BytesView whole) noexcept;
    // Forgets what was read, because the file may have changed.
    void forget() noexcept { held_ = {}; }

private:
    [[nodiscard]] Result<void> load(std::uint64_t offset, std::size_t count);

    File* file_ = nullptr;  // null while a whole file is held
    Buffer window_;
    BytesView held_;  // all of the window, or a whole file
    std::uint64_t held_offset_ = 0;
    std::size_t first_window_bytes_;
    std::size_t window_bytes_;
};

}  // namespace batpak::store
