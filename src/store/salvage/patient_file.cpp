// Zeros are no frame, and no header: so what could not be read is found to be damage by those who
// look for frames, and they need not know of this.
#include "store/salvage/patient_file.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "store/salvage/disk_error.hpp"

namespace batpak::store {
namespace {

tl::unexpected<Error> only_read() {
    return fail(ErrorCode::Unsupported, "the file of a damaged store is only read");
}

}  // namespace

Result<std::size_t> PatientFile::read_at(std::uint64_t offset, MutableBytesView into) {
    auto read = file_->read_at(offset, into);
    if (read || read.error().error_class() != ErrorClass::Io || !is_damage(read.error()))
        return read;
    return read_blocks(offset, into);
}

// Up to the end of the file, whose size the directory knows.
Result<std::size_t> PatientFile::read_blocks(std::uint64_t offset, MutableBytesView into) {
    BATPAK_TRY(const FileStat stat, file_->stat());
    if (offset >= stat.size_bytes) return std::size_t{0};
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), stat.size_bytes - offset));
    for (std::size_t at = 0; at < size;) {
        const std::uint64_t begin = offset + at;
        const std::uint64_t block = begin - begin % kBlockBytes;
        const auto want = static_cast<std::size_t>(
            std::min<std::uint64_t>(block + kBlockBytes - begin, size - at));
        BATPAK_ASSERT(want > 0);
        const MutableBytesView part = into.subspan(at, want);
        const auto read = file_->read_at(begin, part);
        if (!read && !is_damage(read.error())) return read;
        // By the block's own offset, so that a place that is read twice is reported once.
        if (!read) unreadable_.insert(block);
        std::fill(part.begin() + static_cast<std::ptrdiff_t>(read.value_or(0)), part.end(),
                  std::byte{0});
        at += want;
    }
    return size;
}

Result<void> PatientFile::write_at(std::uint64_t, BytesView) { return only_read(); }
Result<void> PatientFile::allocate(std::uint64_t) { return only_read(); }
Result<void> PatientFile::resize(std::uint64_t) { return only_read(); }
Result<void> PatientFile::sync(SyncMode) { return only_read(); }
Result<std::unique_ptr<Mapping>> PatientFile::map(std::uint64_t, bool) { return only_read(); }

}  // namespace batpak::store
