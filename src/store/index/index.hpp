// Index: where the events of one run of a segment stand, and which of them share a key.
//
// An index covers the events [first, end) of one segment; an *ordinal* is a sequence minus first.
// It answers four questions: where an ordinal's frame is, which ordinal has an id, which ordinals
// share a key on an axis, and which keys there are. Two kinds exist: MemoryIndex for what is being
// appended, IndexPart for what lies in a file and never changes.
//
// What is asked of a part may turn out not to be readable. Then the answer means nothing, which
// is_lost() says from then on, and RunHandle has another index: ask through RunHandle::ask() or
// EventReader::ask(), or look at is_lost() before an answer is used.
//
// Threads: any number of readers beside one writer
// Errors:  none but is_lost(); memory that runs out throws std::bad_alloc
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "store/index/postings.hpp"

namespace batpak::store {

// What events are found by. Correlation lists only events that belong to another's story, and
// Causation only those that were caused. Key lists events by their idempotency key. KindNote lists,
// by kind, the events that say what their kind is called. On the last axis alone an event may have
// several keys.
enum class Axis : std::uint8_t { Entity, Scope, Kind, Correlation, Causation, Key, KindNote, Tag };
inline constexpr std::size_t kAxisCount = 8;

// The key of a kind: its number, most significant byte first, so that keys order as kinds do.
struct KindKey {
    explicit KindKey(EventKind kind) noexcept
        : bytes{static_cast<char>(kind.number() >> 8), static_cast<char>(kind.number() & 0xFF)} {}
    std::string_view view() const noexcept { return {bytes, 2}; }
    static EventKind parse(std::string_view key) noexcept {
        BATPAK_ASSERT(key.size() == sizeof(bytes));
        return EventKind::from_number(static_cast<std::uint16_t>(
            (static_cast<unsigned char>(key[0]) << 8) | static_cast<unsigned char>(key[1])));
    }
    char bytes[2];
};

// The first 64 bits of an event id, as a number. They alone grow strictly along a log.
inline std::uint64_t id_order(const EventId& id) noexcept {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = (number << 8) | std::to_integer<std::uint64_t>(id.bytes[i]);
    return number;
}

struct KeyEntry {
    Postings postings;
    Version first_version;  // Entity axis: the version of the first posting; they are dense
};

class DamagedIndex;

class Index {
public:
    virtual ~Index() = default;
    Index() = default;
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    virtual Sequence first() const noexcept = 0;
    // Of a MemoryIndex: at least all events that were published before the call.
    virtual Sequence end() const noexcept = 0;

    // Whether something that was asked could not be answered: it, or anything since then.
    virtual bool is_lost() const noexcept { return false; }

    // Requires: the ordinal is published and below end() - first() (not checked: each read asks,
    // and a list in a file that was forged may give any number, whose frame then fails its
    // checksum). 0, which no frame has, if the index is lost, or such a number is outside of it.
    virtual std::uint32_t frame_offset(std::uint32_t ordinal) const = 0;
    virtual std::uint64_t id_order_at(std::uint32_t ordinal) const = 0;
    // Borrows: the index.
    virtual std::optional<KeyEntry> find(Axis axis, std::string_view key) const = 0;
    // Calls visit(key) for each key of the axis that starts with `prefix`, in no promised order,
    // until it returns false.
    virtual void keys(Axis axis, std::string_view prefix,
                      const std::function<bool(std::string_view key)>& visit) const = 0;
    virtual std::size_t memory_bytes() const noexcept = 0;

    // The ordinal, below `count`, of the event whose id has this order. Requires: as many events
    // are published (not checked: each kind of index does).
    virtual std::optional<std::uint32_t> find_id(std::uint64_t order,
                                                 std::uint32_t count) const = 0;

    // This index, if events of its run are damaged and no index tells what they were.
    virtual const DamagedIndex* damage() const noexcept { return nullptr; }
};

}  // namespace batpak::store
