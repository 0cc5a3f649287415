// Files of the Rust original on bytes that nobody wrote.
//
// Whatever they are, what is found lies within the bytes, one after the other, up to where frames
// end; what is called a frame has names and a payload of its own bytes. The same bytes are also
// read as the inside of a frame, since hardly any have the checksum of one.
#include <cstdint>
#include <span>

#include "batpak/base/assert.hpp"
#include "tool/fbat/fbat_segment.hpp"

namespace {

using namespace batpak;
using namespace batpak::tool;

void check_frame(const FbatFrame& frame, BytesView bytes) {
    const auto is_inside = [&](BytesView part) {
        return part.empty() || (part.data() >= bytes.data() &&
                                part.data() + part.size() <= bytes.data() + bytes.size());
    };
    BATPAK_ASSERT(is_inside(as_bytes(frame.entity)) && is_inside(as_bytes(frame.scope)));
    BATPAK_ASSERT(!frame.is_inline || is_inside(frame.payload()));
    BATPAK_ASSERT(frame.is_marker() || frame.event_id != IdBytes{});
}

void check_file(BytesView bytes) {
    const Result<FbatLayout> layout = read_fbat_layout(bytes, 1);
    if (!layout) return;
    BATPAK_ASSERT(layout->frames_begin <= layout->frames_end);
    BATPAK_ASSERT(layout->frames_end <= bytes.size());
    BATPAK_ASSERT(!layout->footer.empty() || layout->rows.empty());
    FbatFrames frames(bytes, *layout);
    std::size_t next = layout->frames_begin;
    for (;;) {
        const FbatFrames::Found found = frames.next();
        BATPAK_ASSERT(frames.offset() == next);
        next += frames.bytes();
        BATPAK_ASSERT(next <= layout->frames_end);
        if (found == FbatFrames::Found::End) break;
        BATPAK_ASSERT(frames.bytes() > 0);
        if (found == FbatFrames::Found::Frame) check_frame(frames.frame(), bytes);
    }
    BATPAK_ASSERT(next == layout->frames_end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const BytesView bytes = std::as_bytes(std::span(data, size));
    check_file(bytes);
    if (const auto frame = decode_fbat_frame(bytes)) check_frame(*frame, bytes);
    return 0;
}
