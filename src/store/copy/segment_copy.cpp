// Bytes first, proof second: what is proved is the copy, so that neither damage in the source nor a
// mistake on the way is in a copy that was made.
#include "store/copy/segment_copy.hpp"

#include <algorithm>

#include "base/hash/blake3_context.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "store/log/segment_scan.hpp"

namespace batpak::store {
namespace {

constexpr std::uint64_t kCopyWindowBytes = 1U << 20;

// The hash over the bytes of a file, which come in pieces. Without BLAKE3 there is none, and frames
// are proved by their checksums alone.
class FileHash {
public:
    FileHash() {
        static const Blake3Context context("batpak.v1 segment file");
        if (hashing_built_in()) stream_.emplace(context);
    }
    void add(BytesView bytes) noexcept {
        if (stream_) stream_->add(bytes);
    }
    std::optional<Hash> finish() const noexcept {
        if (!stream_) return std::nullopt;
        return stream_->finish();
    }

private:
    std::optional<Blake3Stream> stream_;
};

// Calls take(offset, bytes) for each window of the first `bytes` of a file. False if `step` ended
// it.
template <class Take>
Result<bool> read_windows(File& file, std::uint64_t bytes, const CopyStep& step, const Take& take) {
    Buffer window;
    const MutableBytesView room =
        window.extend(static_cast<std::size_t>(std::min(bytes, kCopyWindowBytes)));
    for (std::uint64_t at = 0; at < bytes;) {
        const auto want =
            static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), bytes - at));
        BATPAK_ASSERT(want > 0);  // so that each turn gets on
        BATPAK_TRY(const std::size_t got, file.read_at(at, room.first(want)));
        if (got < want)
            return fail(Error(ErrorCode::CorruptSegment, "the file is shorter than the log says")
                            .at_offset(at + got));
        BATPAK_CHECK(take(at, BytesView(room.first(got))));
        at += got;
        if (!step(got)) return false;
    }
    return true;
}

}  // namespace

Error damaged_in(std::uint64_t segment_id, std::uint64_t offset, Sequence sequence) {
    return Error(ErrorCode::CorruptFrame,
                 "a frame is damaged, and what is damaged is not copied: restore the segment first")
        .at(segment_place(segment_id))
        .at_offset(offset)
        .at_sequence(sequence);
}

Result<SegmentHeader> header_of(File& file, const SealedSegment& segment) {
    std::array<std::byte, SegmentHeader::kBytes> bytes;
    BATPAK_TRY(const std::size_t got, file.read_at(0, bytes));
    Result<SegmentHeader> header = fail(ErrorCode::CorruptSegment, "it ends inside its header");
    if (got == bytes.size()) header = SegmentHeader::decode(bytes);
    if (header && (header->segment_id != segment.id || header->first != segment.first)) {
        header = fail(ErrorCode::ForeignSegment, "its header is that of another segment");
    }
    if (!header) return fail(std::move(header).error().at(segment_place(segment.id)));
    return header;
}

Result<std::optional<Hash>> hash_of_file(File& file, std::uint64_t bytes, const CopyStep& step) {
    FileHash hash;
    const auto take = [&](std::uint64_t, BytesView window) {
        hash.add(window);
        return Result<void>();
    };
    BATPAK_TRY(const bool whole, read_windows(file, bytes, step, take));
    return whole ? hash.finish() : std::nullopt;
}

Result<void> prove_frames(File& file, const SegmentHeader& header, const SealedSegment& segment) {
    const auto pass = [](const Frame&, std::uint64_t) { return Result<void>(); };
    BATPAK_TRY(const ScanEnd end, scan_segment(file, segment.bytes, header,
                                               {SegmentHeader::kBytes, segment.first}, pass));
    if (end.offset == segment.bytes && end.next == segment.end) return {};
    return fail(damaged_in(segment.id, end.offset, end.next));
}

Result<std::optional<CopiedSegment>> copy_segment(File& source, const SealedSegment& segment,
                                                  File& copy, const CopyStep& step) {
    CopiedSegment copied;
    BATPAK_TRY(copied.header, header_of(source, segment));
    FileHash hash;
    const auto take = [&](std::uint64_t at, BytesView window) {
        hash.add(window);
        return copy.write_at(at, window);
    };
    BATPAK_TRY(const bool whole, read_windows(source, segment.bytes, step, take));
    if (!whole) return std::optional<CopiedSegment>();
    copied.hash = hash.finish();
    // Read back before the sync, so most likely from the cache of the system: this proves the
    // copying. What the disk keeps of it is proved by the next one that reads it.
    BATPAK_CHECK(prove_frames(copy, copied.header, segment));
    BATPAK_CHECK(copy.sync(SyncMode::All));
    return std::optional(copied);
}

}  // namespace batpak::store
