// The folder's files and the MANIFEST's lines, side by side: what is in one and not in the other is
// a finding, and so is a segment that cannot be scanned to where it should end. No store is opened
// for it, so no damage refuses it.
#include "tool/files/segment_list.hpp"

#include <algorithm>
#include <set>

#include "batpak/store/config.hpp"
#include "store/index/index_part.hpp"
#include "store/log/manifest.hpp"
#include "store/log/segment_scan.hpp"
#include "store/log/store_directory.hpp"

namespace batpak::tool {
namespace {

using store::Manifest;
using store::SegmentHeader;
using store::StoreDirectory;

Result<OpenSegment> open_in(StoreDirectory& directory, std::uint64_t id) {
    const std::string place = "segments/" + store::segment_file_name(id);
    OpenSegment segment;
    BATPAK_TRY(segment.file, directory.open_segment(id, OpenMode::ReadOnly));
    BATPAK_TRY(const FileStat stat, segment.file->stat());
    segment.file_bytes = stat.size_bytes;
    std::array<std::byte, SegmentHeader::kBytes> bytes;
    BATPAK_TRY(const std::size_t got, segment.file->read_at(0, bytes));
    if (got < bytes.size()) {
        return fail(Error(ErrorCode::CorruptSegment, "it ends inside its header").at(place));
    }
    auto header = SegmentHeader::decode(bytes);
    if (!header) return fail(std::move(header).error().at(place));
    segment.header = *header;
    return segment;
}

// What the MANIFEST says of a segment.
SegmentInfo listed(const std::optional<Manifest>& manifest, std::uint64_t id) {
    SegmentInfo info{.id = id, .state = SegmentState::Unlisted};
    if (!manifest) return info;
    if (manifest->active.id == id) {
        info.state = SegmentState::Active;
        info.first = manifest->active.first;
    }
    for (const store::SealedSegment& sealed : manifest->sealed) {
        if (sealed.id != id) continue;
        info.state = SegmentState::Sealed;
        info.first = sealed.first;
        info.end = sealed.end;
    }
    if (std::ranges::binary_search(manifest->gone, id)) info.state = SegmentState::Gone;
    return info;
}

// What is wrong if a frame after the end testifies that events there were durable.
std::optional<Error> lost_behind(const OpenSegment& segment, const store::ScanEnd& end) {
    if (end.behind == store::Behind::Nothing || end.behind == store::Behind::Zeros) return {};
    const auto testimony = store::find_testimony(*segment.file, segment.file_bytes, segment.header,
                                                 end.offset, end.next);
    if (!testimony) return testimony.error();
    if (*testimony == store::Testimony::No) return {};
    return Error(ErrorCode::LostDurableEvents,
                 "events that were acknowledged as durable are damaged: restore from a backup, or "
                 "save what is whole with `batpak salvage`; `batpak dump` shows what is there")
        .at("segments/" + store::segment_file_name(segment.header.segment_id))
        .at_offset(end.offset)
        .at_sequence(end.next);
}

// What the file says. A sealed segment is believed, any other is scanned for its end. A sealed
// segment is not scanned, because that would read the whole log: verify does.
// What is scanned is taken from `scan_bytes_left`.
void look_into(StoreDirectory& directory, SegmentInfo& info, std::uint64_t& scan_bytes_left) {
    auto segment = open_in(directory, info.id);
    if (!segment) {
        const bool missing = segment.error().code() == ErrorCode::MissingSegment;
        info.state = missing ? SegmentState::Missing : SegmentState::Damaged;
        info.problem = segment.error();
        return;
    }
    info.file_bytes = segment->file_bytes;
    info.header = segment->header;
    info.first = segment->header.first;
    if (info.state == SegmentState::Sealed) {
        info.frame_bytes = info.file_bytes;
        return;
    }
    info.is_measured = info.file_bytes <= scan_bytes_left;
    if (!info.is_measured) return;
    scan_bytes_left -= info.file_bytes;
    const auto pass = [](const store::Frame&, std::uint64_t) { return Result<void>(); };
    const auto end = store::scan_segment(*segment->file, segment->file_bytes, segment->header,
                                         {SegmentHeader::kBytes, segment->header.first}, pass);
    if (!end) {
        info.problem = end.error();
        return;
    }
    info.frame_bytes = end->offset;
    info.end = end->next;
    info.problem = lost_behind(*segment, *end);
}

IndexFileInfo look_at_index(StoreDirectory& directory, const std::string& name) {
    IndexFileInfo info{.file = "index/" + name};
    const auto look = [&]() -> Result<void> {
        BATPAK_TRY(const std::unique_ptr<File> file, directory.open_index_file(name));
        BATPAK_TRY(const FileStat stat, file->stat());
        info.bytes = stat.size_bytes;
        BATPAK_TRY(const store::PartBinding binding, store::IndexPart::read_binding(*file));
        info.segment = binding.segment_id;
        info.first = binding.first;
        info.end = binding.end;
        return {};
    };
    if (const Result<void> looked = look(); !looked) info.problem = looked.error();
    return info;
}

// Nothing if it cannot be read, which the list then says.
Result<std::optional<Manifest>> read_manifest(StoreDirectory& directory, SegmentList& list) {
    auto manifest = directory.read_manifest();
    if (!manifest && manifest.error().error_class() != ErrorClass::Refused) return manifest;
    if (!manifest) {
        list.manifest_problem = manifest.error();
        return std::optional<Manifest>();
    }
    if (!*manifest) {
        list.manifest_problem = Error(ErrorCode::NotAStore, "the directory holds no MANIFEST");
    }
    return manifest;
}

// Those that the MANIFEST lists, in the order of their events; then what else is there.
Result<std::vector<std::uint64_t>> ids_of(StoreDirectory& directory,
                                          const std::optional<Manifest>& manifest) {
    BATPAK_TRY(const StoreDirectory::SegmentNames names, directory.list_segments());
    if (!manifest) return names.ids;
    std::vector<std::uint64_t> ids;
    for (const store::SealedSegment& sealed : manifest->sealed) ids.push_back(sealed.id);
    ids.push_back(manifest->active.id);
    const std::set<std::uint64_t> listed(ids.begin(), ids.end());
    for (const std::uint64_t id : names.ids) {
        if (!listed.contains(id)) ids.push_back(id);
    }
    return ids;
}

}  // namespace

std::string_view to_string(SegmentState state) noexcept {
    switch (state) {
        case SegmentState::Sealed: return "sealed";
        case SegmentState::Active: return "active";
        case SegmentState::Unlisted: return "unlisted";
        case SegmentState::Gone: return "gone";
        case SegmentState::Missing: return "missing";
        case SegmentState::Damaged: return "damaged";
    }
    return "";
}

Result<SegmentList> list_segments(const std::string& path, const SegmentListPart& part) {
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(StoreConfig(path)));
    SegmentList list;
    BATPAK_TRY(const std::optional<Manifest> manifest, read_manifest(*directory, list));
    if (manifest) list.has_hashes = manifest->has_hashes;
    BATPAK_TRY(const std::vector<std::uint64_t> ids, ids_of(*directory, manifest));
    list.total = ids.size();
    std::uint64_t scan_bytes_left = part.scan_bytes_max;
    for (std::size_t i = part.skip; i < ids.size() && list.segments.size() < part.max; ++i) {
        SegmentInfo info = listed(manifest, ids[i]);
        look_into(*directory, info, scan_bytes_left);
        list.segments.push_back(std::move(info));
    }
    return list;
}

Result<std::vector<IndexFileInfo>> list_index_files(const std::string& path, std::uint64_t max) {
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(StoreConfig(path)));
    BATPAK_TRY(std::vector<std::string> names, directory->list_index());
    std::ranges::sort(names);
    std::vector<IndexFileInfo> files;
    for (const std::string& name : names) {
        if (files.size() == max) break;
        files.push_back(look_at_index(*directory, name));
    }
    return files;
}

Result<std::vector<std::uint64_t>> list_segment_ids(const std::string& path) {
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(StoreConfig(path)));
    SegmentList list;
    BATPAK_TRY(const std::optional<Manifest> manifest, read_manifest(*directory, list));
    return ids_of(*directory, manifest);
}

Result<OpenSegment> open_segment(const std::string& path, std::uint64_t id) {
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(StoreConfig(path)));
    return open_in(*directory, id);
}

}  // namespace batpak::tool
