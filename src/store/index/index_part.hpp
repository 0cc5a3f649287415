// IndexPart: an immutable index in a file, read block by block.
//
//     header (128 bytes) | events | axes[8] | entries | keys | lists
//     events: for each 128 of them, or what is left: { id orders u64[], frame offsets u32[] }
//     axis:   { u32 entries, u32 offset of its first entry }
//     entry:  { u32 key offset, u32 key bytes, u32 list offset, u32 postings, u64 first version }
//
// Entries of an axis are sorted by key, bytewise. Offsets count from the end of the header. The
// header binds the part to one log, segment, salt and run of events, and to the checksum of the
// last event's frame; its own checksum and that of everything after it are verified before the
// part is used. A part that is missing, damaged or foreign is rebuilt from the frames: it can cost
// time, and never an event.
//
// That also holds of one that is cut, written over or cannot be read while it is open: its blocks
// are read as they are needed, and proved again each time (PartFile). In memory there are a
// checksum for each block, the order of every 64th id, and the blocks that the store's BlockCache
// has. Nothing is mapped (decision 0031).
//
// Threads: immutable value
// Errors:  open, read: CorruptSegment and those of the file, which only ever mean "rebuild it";
//          then is_lost()
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"
#include "store/index/index.hpp"
#include "store/index/memory_index.hpp"
#include "store/index/part_file.hpp"

namespace batpak::store {

// What a part is bound to.
struct PartBinding {
    LogId log_id;
    std::uint64_t segment_id = 0;
    Salt salt{};
    Sequence first;
    Sequence end;
    std::uint64_t start_offset = 0;   // of the first event's frame, or where it would stand
    std::uint64_t end_offset = 0;     // after the last event and the marks that follow it
    std::uint32_t last_checksum = 0;  // of the last event's frame; 0 without events

    // Whether both are bound to the same run of events, as far as their places tell.
    bool covers(PartBinding other) const noexcept {
        other.last_checksum = last_checksum;
        return *this == other;
    }

    friend bool operator==(const PartBinding&, const PartBinding&) = default;
};

// Places in a body are 32 bits wide.
inline constexpr std::uint64_t kPartBodyBytesMax = UINT32_MAX;

// The bytes of the file for an index; nothing if the body would have more than `body_bytes_max`,
// which is at most kPartBodyBytesMax. Requires: index.end() == binding.end, no writer at work.
std::optional<Buffer> encode_part(const MemoryIndex& index, const PartBinding& binding,
                                  std::uint64_t body_bytes_max = kPartBodyBytesMax);

class IndexPart final : public Index {
public:
    // Of bytes in memory. Verifies everything. Keeps: the bytes, through `owner`.
    [[nodiscard]] static Result<std::unique_ptr<IndexPart>> open(std::shared_ptr<const void> owner,
                                                                 BytesView bytes);
    // The same of a file, which is read now, and again whenever it is asked for what `files` have
    // no longer. Keeps: all of them.
    [[nodiscard]] static Result<std::unique_ptr<IndexPart>> read(std::shared_ptr<File> file,
                                                                 std::string name,
                                                                 std::shared_ptr<PartFiles> files);

    // What the header of a file says; the body is not read.
    [[nodiscard]] static Result<PartBinding> read_binding(File& file);

    const PartBinding& binding() const noexcept { return binding_; }

    bool is_lost() const noexcept override { return file_ && file_->is_lost(); }
    Sequence first() const noexcept override { return binding_.first; }
    Sequence end() const noexcept override { return binding_.end; }
    std::uint32_t frame_offset(std::uint32_t ordinal) const override;
    std::uint64_t id_order_at(std::uint32_t ordinal) const override;
    std::optional<std::uint32_t> find_id(std::uint64_t order, std::uint32_t count) const override;
    std::optional<KeyEntry> find(Axis axis, std::string_view key) const override;
    void keys(Axis axis, std::string_view prefix,
              const std::function<bool(std::string_view key)>& visit) const override;
    std::size_t memory_bytes() const noexcept override {
        return sizeof(*this) + fence_.size() * sizeof(fence_[0]) +
               (file_ ? file_->memory_bytes() : 0);
    }

private:
    struct Entry {
        std::uint64_t key_at = 0;
        std::uint32_t key_bytes = 0;
        std::uint32_t list_at = 0;
        std::uint32_t count = 0;
        Version first_version;
    };
    struct AxisTable {
        std::uint32_t entries = 0;
        std::uint32_t at = 0;  // of its first entry
    };

    explicit IndexPart(const PartBinding& binding) : binding_(binding) {}

    std::uint32_t event_count() const noexcept {
        return static_cast<std::uint32_t>(binding_.end.value - binding_.first.value);
    }
    // Where they are, counted from the end of the header.
    std::uint64_t order_place(std::uint32_t ordinal) const noexcept;
    std::uint64_t offset_place(std::uint32_t ordinal) const noexcept;
    const AxisTable& table(Axis axis) const noexcept {
        return axes_[static_cast<std::size_t>(axis)];
    }
    // Requires: index < table(axis).entries. Nothing if the part is lost; so are the next two.
    std::optional<Entry> entry(Axis axis, std::uint32_t index) const;
    // How the key of an entry compares with `key`: below 0, 0, above.
    std::optional<int> compare(const Entry& entry, std::string_view key) const;
    // The first entry whose key is not below `key`.
    std::optional<std::uint32_t> lower_bound(Axis axis, std::string_view key) const;

    class EventCheck;
    class ProvedBytes;
    bool take_tables();
    bool is_sound(ProvedBytes& bytes) const;

    std::shared_ptr<const void> owner_;  // of what is in memory, or
    std::unique_ptr<PartFile> file_;
    PartBytes body_;
    PartBinding binding_;
    std::vector<std::uint64_t> fence_;  // the order of every 64th id
    std::array<AxisTable, kAxisCount> axes_;
};

}  // namespace batpak::store
