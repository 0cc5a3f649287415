// FrameEditor: changes a stored event and makes its checksum right again, as a forger would.
//
// Threads: thread-compatible
// Errors:  none; an event that is not there fails the test
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "store/frame/segment_header.hpp"

namespace batpak::testing {

// Calls edit(frame bytes) for the event at `sequence` in a segment file, and seals the frame anew.
inline void edit_event(SimulatedFileSystem& disk, const std::string& path, Sequence sequence,
                       const std::function<void(MutableBytesView)>& edit) {
    Bytes file = disk.contents(path).value();
    const auto header = store::SegmentHeader::decode(BytesView(file).first(96)).value();
    for (std::size_t at = 96; at < file.size();) {
        const auto checked = store::check_frame(BytesView(file).subspan(at), header.salt, at);
        ASSERT_EQ(checked.status, store::FrameStatus::Valid);
        const auto frame = store::decode_body(checked.body).value();
        if (frame.type != store::FrameType::Event || frame.sequence != sequence) {
            at += checked.frame_bytes;
            continue;
        }
        const MutableBytesView bytes = MutableBytesView(file).subspan(at, checked.frame_bytes);
        edit(bytes);
        std::array<std::byte, 28> place;
        std::ranges::copy(header.salt, place.begin());
        store_little_endian(MutableBytesView(place).subspan(16), std::uint64_t{at});
        std::ranges::copy(bytes.first(4), place.begin() + 24);
        const std::uint32_t checksum = crc32(bytes.subspan(10), crc32(place));
        store_little_endian(bytes.subspan(6), checksum);
        ASSERT_TRUE(disk.put(path, file));
        return;
    }
    FAIL() << "no event " << to_string(sequence);
}

}  // namespace batpak::testing
