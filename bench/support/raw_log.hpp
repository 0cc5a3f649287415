// RawLog: the limit: bytes into one file, and nothing else.
//
// The file is filled beforehand in small writes and synced, so that an append changes data only:
// the fastest that write(2) and fdatasync(2) can be on this disk.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "batpak/base/bytes.hpp"

namespace batpak::bench {

class RawLog {
public:
    RawLog(const std::string& path, std::uint64_t bytes);
    ~RawLog();
    RawLog(const RawLog&) = delete;
    RawLog& operator=(const RawLog&) = delete;

    // Back to the start, if `bytes` more would not fit.
    void make_room(std::uint64_t bytes);
    // Requires: there is room.
    void write(BytesView bytes);
    void sync();

    std::uint64_t offset() const noexcept { return offset_; }

private:
    std::string path_;
    int descriptor_;
    std::uint64_t bytes_;
    std::uint64_t offset_ = 0;
};

}  // namespace batpak::bench
