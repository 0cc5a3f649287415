// SegmentHeader: the first 96 bytes of a segment, and the name of its file.
//
// Threads: immutable value
// Errors:  decode: FutureFormat, CorruptSegment
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

struct SegmentHeader {
    static constexpr std::size_t kBytes = 96;
    static constexpr std::uint32_t kFormatVersion = 1;

    LogId log_id;
    std::uint64_t segment_id = 0;
    Sequence first;
    std::uint32_t era = 0;
    bool has_hashes = false;
    Salt salt{};

    std::array<std::byte, kBytes> encode() const;
    // Requires: bytes.size() == kBytes.
    [[nodiscard]] static Result<SegmentHeader> decode(BytesView bytes);

    friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// "000000000001.bpk"
std::string segment_file_name(std::uint64_t segment_id);
// Where it is in the store's directory, as errors say it.
std::string segment_place(std::uint64_t segment_id);
// The id, only if the name is exactly what segment_file_name() gives for it.
std::optional<std::uint64_t> parse_segment_file_name(std::string_view name);

}  // namespace batpak::store
