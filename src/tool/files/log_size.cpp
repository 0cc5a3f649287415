// The sealed segments are as long as the MANIFEST says. A writer may seal the active one between
// the two looks: then the next look is right again.
#include "tool/files/log_size.hpp"

#include <array>
#include <optional>

#include "store/log/manifest.hpp"

namespace batpak::tool {

Result<LogSize> LogSize::open(const std::string& path) {
    BATPAK_TRY(std::unique_ptr<store::StoreDirectory> directory,
               store::StoreDirectory::open_for_reading(StoreConfig(path)));
    return LogSize(std::move(directory));
}

Result<LogSize::Now> LogSize::measure() {
    BATPAK_TRY(const std::optional<store::Manifest> manifest, directory_->look_at_manifest());
    Now now;
    if (!manifest) return now;
    for (const store::SealedSegment& segment : manifest->sealed) now.bytes += segment.bytes;
    now.segments = manifest->sealed.size() + 1;
    BATPAK_TRY(const std::uint64_t active, measure_active(manifest->active.id));
    now.bytes += active;
    return now;
}

Result<std::uint64_t> LogSize::measure_active(std::uint64_t id) {
    BATPAK_TRY(const std::unique_ptr<File> file, directory_->open_segment(id, OpenMode::ReadOnly));
    BATPAK_TRY(const FileStat stat, file->stat());
    std::array<std::byte, store::SegmentHeader::kBytes> bytes{};
    BATPAK_CHECK(file->read_at(0, bytes));
    BATPAK_TRY(const store::SegmentHeader header, store::SegmentHeader::decode(bytes));
    if (segment_id_ != id) at_ = {store::SegmentHeader::kBytes, header.first};
    segment_id_ = id;
    const auto pass = [](const store::Frame&, std::uint64_t) { return Result<void>(); };
    BATPAK_TRY(const store::ScanEnd end,
               store::scan_segment(*file, stat.size_bytes, header, at_, pass));
    at_ = {end.offset, end.next};
    return end.offset;
}

}  // namespace batpak::tool
