#include "store/log/witness.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::store {

// The header first: an offset means something only in the segment that it was taken from. Bytes are
// compared, not decoded: what is there may be anything.
Result<bool> still_stands(File& segment, const Witness& witness) {
    BATPAK_ASSERT(witness.offset == 0 || witness.offset >= SegmentHeader::kBytes);
    std::array<std::byte, SegmentHeader::kBytes> bytes;
    BATPAK_TRY(const std::size_t got, segment.read_at(0, bytes));
    if (got < bytes.size() || bytes != witness.segment.encode()) return false;
    if (witness.offset == 0) return true;
    FrameHead head;
    BATPAK_TRY(const std::size_t found, segment.read_at(witness.offset, head));
    return found == head.size() && head == witness.head;
}

// A segment that is not there is an answer and no error: it may have been replaced by another
// store's.
Result<bool> still_stands(StoreDirectory& directory, const Witness& witness) {
    const auto file = directory.open_segment(witness.segment.segment_id, OpenMode::ReadOnly);
    if (!file && file.error().code() == ErrorCode::MissingSegment) return false;
    if (!file) return fail(file.error());
    return still_stands(**file, witness);
}

}  // namespace batpak::store
