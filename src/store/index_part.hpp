// IndexPart: an immutable index in a file, used where it lies.
//
//     header (128 bytes) | id orders u64[n] | frame offsets u32[n] | axes[6] | entries | keys |
//     lists axis:  { u32 entries, u32 offset of its first entry } entry: { u32 key offset, u32 key
//     bytes, u32 list offset, u32 postings, u64 first version }
//
// Entries of an axis are sorted by key, bytewise. Offsets count from the end of the header. The
// header binds the part to one log, segment, salt and run of events, and to the checksum of the
// last event's frame; its own checksum and that of everything behind it are verified before the
// part is used. A part that is missing, damaged or foreign is rebuilt from the frames: it can cost
// time, and never an event.
//
// Threads: immutable value
// Errors:  open: CorruptSegment, which only ever means "rebuild it"
#pragma once

#include <array>
#include <memory>
#include <span>

#include "batpak/base/buffer.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/base/result.hpp"
#include "store/frame.hpp"
#include "store/index.hpp"
#include "store/memory_index.hpp"

namespace batpak::store {

// What a part is bound to.
struct PartBinding {
    LogId log_id;
    std::uint64_t segment_id = 0;
    Salt salt{};
    Sequence first;
    Sequence end;
    std::uint64_t start_offset = 0;   // of the first event's frame, or where it would stand
    std::uint64_t end_offset = 0;     // behind the last event, and behind the marks after it
    std::uint32_t last_checksum = 0;  // of the last event's frame; 0 without events

    // Whether both are bound to the same run of events, as far as their places tell.
    bool covers(PartBinding other) const noexcept {
        other.last_checksum = last_checksum;
        return *this == other;
    }

    friend bool operator==(const PartBinding&, const PartBinding&) = default;
};

// The bytes of the file for an index. Requires: index.end() == binding.end, no writer at work.
Buffer encode_part(const MemoryIndex& index, const PartBinding& binding);

class IndexPart final : public Index {
public:
    // Verifies everything. Keeps: the bytes, through `owner`.
    [[nodiscard]] static Result<std::unique_ptr<IndexPart>> open(std::shared_ptr<const void> owner,
                                                                 BytesView bytes);

    const PartBinding& binding() const noexcept { return binding_; }

    Sequence first() const noexcept override { return binding_.first; }
    Sequence end() const noexcept override { return binding_.end; }
    std::uint32_t frame_offset(std::uint32_t ordinal) const noexcept override;
    std::uint64_t id_order_at(std::uint32_t ordinal) const noexcept override;
    std::optional<std::uint32_t> find_id(std::uint64_t order,
                                         std::uint32_t count) const noexcept override;
    std::optional<KeyEntry> find(Axis axis, std::string_view key) const override;
    void keys(Axis axis, std::string_view prefix,
              const std::function<bool(std::string_view key)>& visit) const override;
    std::size_t memory_bytes() const noexcept override { return sizeof(*this); }

private:
    struct Entry {
        std::string_view key;
        BytesView list;
        std::uint32_t count = 0;
        Version first_version;
    };

    IndexPart(std::shared_ptr<const void> owner, const PartBinding& binding, BytesView body)
        : owner_(std::move(owner)), binding_(binding), body_(body) {}

    std::uint32_t event_count() const noexcept {
        return static_cast<std::uint32_t>(binding_.end.value - binding_.first.value);
    }
    std::uint32_t axis_entries(Axis axis) const noexcept;
    // Requires: index < axis_entries(axis).
    Entry entry(Axis axis, std::uint32_t index) const noexcept;
    std::uint32_t lower_bound(Axis axis, std::string_view key) const noexcept;
    bool has_offsets_inside(BytesView offsets) const noexcept;
    bool is_sound() const noexcept;

    std::shared_ptr<const void> owner_;
    PartBinding binding_;
    BytesView body_;
};

}  // namespace batpak::store
