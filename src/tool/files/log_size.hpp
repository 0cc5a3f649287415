// LogSize: how many bytes the frames of a log take, as it grows.
//
// Files do not tell: the one that is written to is reserved ahead. So what came since the last look
// is scanned, and only that.
//
// Threads: thread-compatible
// Errors:  those of reading the MANIFEST and the segment
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "batpak/base/result.hpp"
#include "store/log/segment_scan.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::tool {

class LogSize {
public:
    struct Now {
        std::uint64_t bytes = 0;
        std::uint64_t segments = 0;
    };

    [[nodiscard]] static Result<LogSize> open(const std::string& directory);

    [[nodiscard]] Result<Now> measure();
    // The end of the log was taken back: what was scanned is scanned again.
    void forget() noexcept { segment_id_ = 0; }

private:
    explicit LogSize(std::unique_ptr<store::StoreDirectory> directory)
        : directory_(std::move(directory)) {}

    [[nodiscard]] Result<std::uint64_t> measure_active(std::uint64_t id);

    std::unique_ptr<store::StoreDirectory> directory_;
    std::uint64_t segment_id_ = 0;  // that was scanned; 0: none
    store::ScanStart at_{};         // how far
};

}  // namespace batpak::tool
