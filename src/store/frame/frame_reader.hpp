// FrameReader: takes frames from the files of segments, through a window, and proves each.
//
// Threads: thread-compatible
// Errors:  those of File::read_at and File::stat
#pragma once

#include <algorithm>
#include <cstdint>

#include "batpak/base/assert.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/window_reader.hpp"

namespace batpak::store {

class FrameReader {
public:
    // Borrows: the file, for as long as it is read from.
    FrameReader(File& file, const Salt& salt, std::size_t first_window_bytes)
        : file_(&file), checker_(salt), window_(file, first_window_bytes) {}
    // Moves somewhere first.
    explicit FrameReader(std::size_t first_window_bytes)
        : checker_(Salt{}), window_(first_window_bytes) {}

    // What stands at `offset`, as check_frame() says; Short only if `end`, or the file, comes
    // before the frame does. Requires: offset <= end (held() checks). Borrows: until the next call.
    [[nodiscard]] Result<CheckedFrame> at(std::uint64_t offset, std::uint64_t end) {
        const CheckedFrame checked = held(offset, end);
        if (checked.status != FrameStatus::Short) [[likely]]
            return checked;
        return load(offset, end, kFrameHeaderBytes);
    }

    // at() in two steps: what the window holds of the frame, and if that is Short, a read of
    // `expected_bytes`, or more if need be.
    CheckedFrame held(std::uint64_t offset, std::uint64_t end) const noexcept {
        BATPAK_ASSERT(offset <= end);
        return checker_.check(up_to(window_.held(offset), end - offset), offset);
    }
    [[nodiscard]] Result<CheckedFrame> load(std::uint64_t offset, std::uint64_t end,
                                            std::size_t expected_bytes);

    // Reads from another segment from now on.
    void move_to(File& file, const Salt& salt) {
        file_ = &file;
        checker_ = FrameChecker(salt);
        window_.move_to(file);
    }

    // Looks into a whole segment that lies in memory. Borrows: the bytes, until the next move.
    void move_to(BytesView whole, const Salt& salt) noexcept {
        file_ = nullptr;
        checker_ = FrameChecker(salt);
        window_.move_to(whole);
    }

private:
    static BytesView up_to(BytesView bytes, std::uint64_t left) noexcept {
        return bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), left)));
    }

    File* file_ = nullptr;  // null while a whole segment is held
    FrameChecker checker_;
    WindowReader window_;
};

}  // namespace batpak::store
