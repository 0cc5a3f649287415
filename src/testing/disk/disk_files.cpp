// The bytes of files. See disk_model.hpp for what becomes durable when.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "batpak/base/assert.hpp"
#include "testing/disk/disk_model.hpp"

namespace batpak::testing {
namespace {

bool is_zero(BytesView bytes) noexcept {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// The part of sector `number` that the file has.
MutableBytesView sector_of(Node& file, std::uint64_t number) noexcept {
    const std::uint64_t begin = std::min(number * kSectorBytes, file.content.size());
    const std::uint64_t end = std::min(begin + kSectorBytes, file.content.size());
    return file.content.bytes().subspan(begin, end - begin);
}

Error disk_full(int os_error, std::string detail) {
    return Error(ErrorCode::DiskFull, std::move(detail)).with_os_error(os_error);
}

}  // namespace

std::size_t DiskModel::read(const Node& file, std::uint64_t offset, MutableBytesView into) const {
    if (offset >= file.content.size()) return 0;
    const std::size_t count = std::min<std::uint64_t>(into.size(), file.content.size() - offset);
    if (count > 0) std::memcpy(into.data(), file.content.bytes().data() + offset, count);
    return count;
}

// A full disk takes as much as there is room for, and says so: as the calls of a system do.
Result<void> DiskModel::write(Node& file, std::uint64_t offset, BytesView bytes) {
    if (offset > kModelFileBytesMax || bytes.size() > kModelFileBytesMax - offset)
        return fail(disk_full(EFBIG, "beyond what a file in memory may hold").at_offset(offset));
    if (bytes.empty()) return {};

    const std::uint64_t size = file.content.size();
    const std::uint64_t end = std::max(size, offset + bytes.size());
    const std::uint64_t end_possible = size + std::min(end - size, room());
    const std::uint64_t count =
        std::min<std::uint64_t>(bytes.size(), end_possible - std::min(offset, end_possible));
    if (count > 0) {
        if (offset + count > size) BATPAK_CHECK(extend(file, offset + count));
        mark_dirty(file, offset, offset + count);
        std::memcpy(file.content.bytes().data() + offset, bytes.data(), count);
    }
    if (count == bytes.size()) return {};
    return fail(disk_full(ENOSPC, "no room: free some and try again").at_offset(offset + count));
}

Result<void> DiskModel::allocate(Node& file, std::uint64_t size_bytes) {
    if (size_bytes <= file.content.size()) return {};
    return resize(file, size_bytes);
}

Result<void> DiskModel::resize(Node& file, std::uint64_t size_bytes) {
    const std::uint64_t size = file.content.size();
    if (size_bytes > kModelFileBytesMax)
        return fail(disk_full(EFBIG, "beyond what a file in memory may hold"));
    if (size_bytes > size) {
        if (size_bytes - size > room())
            return fail(disk_full(ENOSPC, "no room: free some and try again"));
        return extend(file, size_bytes);
    }
    for (std::uint64_t at = size_bytes; at < size; at = (at / kSectorBytes + 1) * kSectorBytes) {
        // Zeros need no mark: cutting them off and reading zeros again is the same.
        if (!is_zero(sector_of(file, at / kSectorBytes))) mark_dirty(file, at, at + 1);
    }
    const bool cut = file.content.resize(size_bytes);
    BATPAK_ASSERT(cut);
    return {};
}

// What a failed sync has dropped stays dropped: the kernel calls those pages clean, and this sync
// does not write them.
void DiskModel::sync(Node& file) {
    if (tracking_ == Tracking::Off) return;
    const std::uint64_t size = file.content.size();
    std::erase_if(file.dirty, [size](const auto& entry) {
        return !entry.second.dropped || entry.first * kSectorBytes >= size;
    });
    file.durable_size = size;
    mark_mappings_dirty(file);
    if (names_ == NameDurability::Journaled) commit_all_names(*root_);
}

// The disk never gets what was unsynced, unless it is written again; reads go on to show it.
void DiskModel::drop_unsynced(Node& file) {
    for (auto& [number, sector] : file.dirty) sector.dropped = true;
}

Result<MutableBytesView> DiskModel::map(Node& file, std::uint64_t size_bytes, bool writable) {
    if (size_bytes == 0 || size_bytes > file.content.size())
        return fail(ErrorCode::InvalidArgument, "cannot map more than the file holds");
    if (!file.content.pin()) return fail(disk_full(ENOMEM, "no memory for a mapping"));
    if (writable) {
        file.writable_mappings.push_back(size_bytes);
        mark_mappings_dirty(file);
    }
    return file.content.bytes().first(size_bytes);
}

void DiskModel::unmap(Node& file, std::uint64_t size_bytes, bool writable) {
    file.content.unpin();
    if (!writable) return;
    const auto found = std::ranges::find(file.writable_mappings, size_bytes);
    BATPAK_ASSERT(found != file.writable_mappings.end());
    file.writable_mappings.erase(found);
}

FileStat DiskModel::stat(const Node& file) const {
    return {.kind = file.kind,
            .size_bytes = file.content.size(),
            .link_count = file.link_count,
            .permissions = 0600,
            .device = 1,
            .inode = file.id};
}

// On the disk and in memory: rot that a power cut does not undo.
void DiskModel::flip_bit(Node& file, std::uint64_t offset, unsigned bit) {
    BATPAK_ASSERT(offset < file.content.size());
    BATPAK_ASSERT(bit < 8);
    const std::byte mask{static_cast<unsigned char>(1U << bit)};
    file.content.bytes()[offset] ^= mask;
    const auto found = file.dirty.find(offset / kSectorBytes);
    if (found != file.dirty.end()) found->second.durable[offset % kSectorBytes] ^= mask;
}

// Remembers what is on the disk below [begin, end), before it is written to.
void DiskModel::mark_dirty(Node& file, std::uint64_t begin, std::uint64_t end) {
    if (tracking_ == Tracking::Off || begin >= end) return;
    const std::uint64_t stamp = next_stamp_++;
    for (std::uint64_t number = begin / kSectorBytes; number * kSectorBytes < end; ++number) {
        const auto [found, is_new] = file.dirty.try_emplace(number);
        if (is_new) copy_shared(sector_of(file, number), found->second.durable);
        found->second.stamp = stamp;
        found->second.dropped = false;
    }
}

// The holder of a mapping writes unseen, so all that is mapped counts as written.
void DiskModel::mark_mappings_dirty(Node& file) {
    for (const std::uint64_t length : file.writable_mappings)
        mark_dirty(file, 0, std::min(length, file.content.size()));
}

Result<void> DiskModel::extend(Node& file, std::uint64_t size_bytes) {
    BATPAK_ASSERT(size_bytes > file.content.size());
    if (file.content.resize(size_bytes)) return {};
    return fail(ErrorCode::Unsupported, "outgrows a mapping of it, or the memory of the process");
}

std::uint64_t DiskModel::room() const {
    if (capacity_bytes_ == std::numeric_limits<std::uint64_t>::max()) return capacity_bytes_;
    // Summed up again each time: a test's disk has few files, and a sum that is kept could be
    // wrong.
    const std::uint64_t used = used_bytes();
    return capacity_bytes_ - std::min(used, capacity_bytes_);
}

}  // namespace batpak::testing
