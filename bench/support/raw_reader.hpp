// RawReader: the limit of reading: the frames of a store, read by pread(2) where they are known to
// be, and nothing proved of them.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "support/contest.hpp"

namespace batpak::bench {

class RawReader {
public:
    // Opens every segment of a closed store and notes where its event frames are.
    explicit RawReader(const std::string& store);
    ~RawReader();
    RawReader(const RawReader&) = delete;
    RawReader& operator=(const RawReader&) = delete;

    std::size_t count() const noexcept { return places_.size(); }
    // The bytes of the frame of event `sequence`. Borrows: until the next call.
    BytesView read(std::size_t sequence);

    // Reads all of it in order, 256 KiB at a time, going from frame to frame.
    Turn scan();
    // The same, with the CRC of each body.
    Turn scan_with_checksums();

private:
    struct Place {
        std::uint32_t file;
        std::uint32_t bytes;
        std::uint64_t offset;
    };

    template <class Visit>
    std::uint64_t walk(int descriptor, Visit&& visit);
    template <class Look>
    Turn timed_walk(Look&& look);

    std::vector<int> descriptors_;
    std::vector<Place> places_;
    Buffer frame_;
    Buffer window_;
};

}  // namespace batpak::bench
