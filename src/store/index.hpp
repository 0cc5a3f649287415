// Index: where the events of one run of a segment stand, and which of them share a key.
//
// An index covers the events [first, end) of one segment; an *ordinal* is a sequence minus first.
// It answers four questions: where an ordinal's frame is, which ordinal has an id, which ordinals
// share a key on an axis, and which keys there are. Two kinds exist: MemoryIndex for what is being
// appended, IndexPart for what lies in a file and never changes.
//
// Threads: any number of readers beside one writer
// Errors:  none
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "batpak/base/id.hpp"
#include "batpak/base/little_endian.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "store/postings.hpp"

namespace batpak::store {

// What events are found by. Correlation lists only events that belong to another's story, and
// Causation only those that were caused. Key lists events by their idempotency key.
enum class Axis : std::uint8_t { Entity, Scope, Kind, Correlation, Causation, Key };
inline constexpr std::size_t kAxisCount = 6;

// The key of a kind: its number, most significant byte first, so that keys order as kinds do.
struct KindKey {
    explicit KindKey(EventKind kind) noexcept
        : bytes{static_cast<char>(kind.number() >> 8), static_cast<char>(kind.number() & 0xFF)} {}
    std::string_view view() const noexcept { return {bytes, 2}; }
    static EventKind parse(std::string_view key) noexcept {
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

    // Requires: the ordinal is published and below end() - first().
    virtual std::uint32_t frame_offset(std::uint32_t ordinal) const noexcept = 0;
    virtual std::uint64_t id_order_at(std::uint32_t ordinal) const noexcept = 0;
    // Borrows: the index.
    virtual std::optional<KeyEntry> find(Axis axis, std::string_view key) const = 0;
    // Calls visit(key) for each key of the axis that starts with `prefix`, in no promised order,
    // until it returns false.
    virtual void keys(Axis axis, std::string_view prefix,
                      const std::function<bool(std::string_view key)>& visit) const = 0;
    virtual std::size_t memory_bytes() const noexcept = 0;

    // The ordinal, below `count`, of the event whose id has this order. Requires: count published.
    virtual std::optional<std::uint32_t> find_id(std::uint64_t order,
                                                 std::uint32_t count) const noexcept = 0;

    // This index, if events of its run are damaged and no index tells what they were.
    virtual const DamagedIndex* damage() const noexcept { return nullptr; }

protected:
    // Says before which ordinals a search will look next.
    struct NoHint {
        void operator()(std::uint32_t /*low*/, std::uint32_t /*high*/) const noexcept {}
    };

    // find_id over `order_at(ordinal)`, which grows. `will_look(low, high)` is told of the two
    // ranges of which one is searched next.
    template <class OrderAt, class WillLook = NoHint>
    static std::optional<std::uint32_t> search(std::uint64_t order, std::uint32_t count,
                                               const OrderAt& order_at,
                                               const WillLook& will_look = {}) noexcept {
        std::uint32_t low = 0;
        std::uint32_t high = count;
        while (low < high) {
            const std::uint32_t middle = low + (high - low) / 2;
            will_look(low, middle);
            will_look(middle + 1, high);
            if (order_at(middle) < order) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low == count || order_at(low) != order) return std::nullopt;
        return low;
    }
};

}  // namespace batpak::store
