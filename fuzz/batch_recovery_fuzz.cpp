// Recovery of a segment whose frames nobody wrote: whatever stands behind a header that holds, the
// scan gives whole events and whole batches in order, and gives the same again.
//
// The input is a list of pieces: frames of batches and events, right or wrong by one number, cut
// off, repeated, or bytes as they are. Frames are sealed with the segment's own salt and offsets,
// so that their checksums hold and their numbers are what is judged.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/testing/memory_file_system.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/segment_scan.hpp"

namespace batpak::store {
namespace {

class Input {
public:
    explicit Input(BytesView bytes) : bytes_(bytes) {}

    bool empty() const { return bytes_.empty(); }
    std::uint8_t byte() {
        if (bytes_.empty()) return 0;
        const auto value = std::to_integer<std::uint8_t>(bytes_[0]);
        bytes_ = bytes_.subspan(1);
        return value;
    }
    BytesView take(std::size_t count) {
        const BytesView taken = bytes_.first(std::min(count, bytes_.size()));
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }
    // Mostly 0, so that most frames are right but for one number.
    std::uint64_t error() {
        const std::uint8_t value = byte();
        return value < 224 ? 0 : value - 224U;
    }

private:
    BytesView bytes_;
};

class Segment {
public:
    explicit Segment(Input input) : input_(input) {
        header_.segment_id = 1;
        bytes_.append(header_.encode());
        while (!input_.empty() && bytes_.size() < 1U << 16) add_piece();
    }

    const SegmentHeader& header() const { return header_; }
    BytesView bytes() const { return bytes_.view(); }

private:
    void add_piece() {
        switch (input_.byte() % 8) {
            case 0: add_event(0, 1); break;
            case 1: add_begin(); break;
            case 2:
            case 3: add_event(index_++, count_ + input_.error()); break;
            case 4: add_commit(); break;
            case 5: add_mark(); break;
            case 6: bytes_.append(input_.take(input_.byte())); break;
            case 7: cut(input_.byte()); break;
            default: break;
        }
    }

    void cut(std::size_t count) {
        bytes_.truncate(bytes_.size() - std::min(count, bytes_.size() - SegmentHeader::kBytes));
    }

    void add_mark() {
        const Sequence at = next();
        append_mark(bytes_, header_.salt, bytes_.size(), at,
                    std::min(at, Sequence(input_.error())));
    }

    Sequence next() { return Sequence(next_ + input_.error()); }

    void add_begin() {
        count_ = 1 + input_.byte() % 5;
        index_ = 0;
        batch_first_ = next_;
        append_batch_begin(bytes_, header_.salt, bytes_.size(), next(), Sequence(0),
                           static_cast<std::uint32_t>(count_ + input_.error()));
        items_at_ = bytes_.size();
    }

    void add_commit() {
        const std::size_t from = std::min(items_at_, bytes_.size());
        const std::uint32_t checksum = crc32(bytes_.view().subspan(from));
        append_batch_commit(bytes_, header_.salt, bytes_.size(), Sequence(batch_first_),
                            Sequence(0), static_cast<std::uint32_t>(count_ + input_.error()),
                            checksum + static_cast<std::uint32_t>(input_.error()));
    }

    void add_event(std::uint64_t index, std::uint64_t count) {
        Buffer content;
        encode_content(content,
                       {.kind = EventKind::from_number(0xF001),
                        .payload_version = 1,
                        .flags = 0,
                        .timestamp_us = 0,
                        .entity = "entity",
                        .scope = "scope",
                        .payload = {}},
                       nullptr);
        EventId id;
        id.bytes[15] = static_cast<std::byte>(next_);
        append_event_frame(
            bytes_, header_.salt, bytes_.size(),
            {.place = {.sequence = next(),
                       .version = Version(0),
                       .hlc = {},
                       .batch_index = static_cast<std::uint32_t>(index),
                       .batch_count = static_cast<std::uint32_t>(std::max(count, index + 1)),
                       .event_id = id},
             .durable_end = Sequence(0),
             .timestamp_us = 0,
             .hash = nullptr},
            content.view());
        ++next_;
    }

    Input input_;
    SegmentHeader header_;
    Buffer bytes_;
    std::uint64_t next_ = 0;
    std::uint64_t batch_first_ = 0;
    std::uint64_t count_ = 1;
    std::uint64_t index_ = 0;
    std::size_t items_at_ = 0;
};

struct Found {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places;  // in their batches
    ScanEnd end;
};

Found scan(File& file, const Segment& segment) {
    Found found;
    const auto visit = [&](const Frame& frame, std::uint64_t) -> Result<void> {
        BATPAK_ASSERT(frame.sequence.value == found.places.size());
        found.places.emplace_back(frame.event.batch_index, frame.event.batch_count);
        return {};
    };
    const ScanStart start{SegmentHeader::kBytes, Sequence(0)};
    const auto end = scan_segment(file, segment.bytes().size(), segment.header(), start, visit);
    if (end) found.end = *end;
    // An error is damage that is made to defeat the search behind it; what was visited is whole.
    return found;
}

void expect_whole(const Found& found) {
    for (std::size_t at = 0; at < found.places.size();) {
        const std::uint32_t count = found.places[at].second;
        BATPAK_ASSERT(count >= 1 && count <= found.places.size() - at);
        for (std::uint32_t i = 0; i < count; ++i)
            BATPAK_ASSERT(found.places[at + i] == std::pair(i, count));
        at += count;
    }
}

void fuzz(BytesView input) {
    const Segment segment{Input(input)};
    const auto directory = testing::MemoryFileSystem().open_directory("segment", true).value();
    const auto file = directory->open_file("segment", OpenMode::CreateNew).value();
    BATPAK_ASSERT(file->write_at(0, segment.bytes()));
    const Found found = scan(*file, segment);
    expect_whole(found);
    BATPAK_ASSERT(found.end.offset <= segment.bytes().size());
    BATPAK_ASSERT(scan(*file, segment).places == found.places);
}

}  // namespace
}  // namespace batpak::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    batpak::store::fuzz(std::as_bytes(std::span(data, size)));
    return 0;
}
