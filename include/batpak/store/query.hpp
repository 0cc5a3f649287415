// Query: how to ask for events, and the lazy range that answers.
//
//     for (const auto& event : store.query(Region::scope("room:dungeon"))) {
//         if (!event) return event.error();          // this one event cannot be read
//         use(event->entity, event->as<PlayerMoved>());
//     }
//
// A range reads only what it yields, in sequence order, and sees the one moment at which it was
// made: later appends do not enter it. A damaged event is an error in its place, never a gap; the
// range continues after it. Only where it is unknown which events a damaged region held does the
// range end with that error.
//
// Threads: an EventRange is thread-compatible; it may outlive the store
// Errors:  each element may be one: CorruptFrame, CorruptHash, CorruptSegment, Io; Unsupported,
//          of ReadCheck::Hash
#pragma once

#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/event/event.hpp"

namespace batpak {

// Backward is from the newest event to the oldest.
enum class Direction : std::uint8_t { Forward, Backward };

// What is checked of each event that is read. The checksum of its frame always is.
enum class ReadCheck : std::uint8_t {
    Frame,  // the checksum
    // Besides, payload commitment, content and event hash, and the link to the predecessor. Where
    // there are no hashes, or no BLAKE3 in this build, the read is Unsupported.
    Hash,
};

// Which events of a region a query gives, in which order, and what is checked of them.
struct QueryOptions {
    Direction direction = Direction::Forward;
    // Only the events of [from, end), in either direction; without `end`, all from `from` on. To
    // read page by page, go on forward from the last sequence's next(), and backward to the last
    // sequence as the `end`. A `from` beyond the store's end is InvalidArgument, as the range's one
    // element; equal to it is an empty range.
    Sequence from{};
    std::optional<Sequence> end{};
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
    ReadCheck check = ReadCheck::Frame;
};

namespace store {
class RangeState;
}

class EventRange {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Result<EventView>;
        using difference_type = std::ptrdiff_t;
        using pointer = const value_type*;
        using reference = const value_type&;

        Iterator() = default;
        // Borrows: the element is valid until the iterator moves.
        reference operator*() const noexcept { return *current_; }
        pointer operator->() const noexcept { return current_; }
        Iterator& operator++();
        void operator++(int) { ++*this; }
        friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
            return iterator.current_ == nullptr;
        }

    private:
        friend class EventRange;
        explicit Iterator(store::RangeState* state);

        store::RangeState* state_ = nullptr;
        const Result<EventView>* current_ = nullptr;
    };

    explicit EventRange(std::unique_ptr<store::RangeState> state);
    EventRange(EventRange&&) noexcept;
    EventRange& operator=(EventRange&&) noexcept;
    ~EventRange();

    // One pass: begin() goes on where the range is.
    Iterator begin() { return Iterator(state_.get()); }
    std::default_sentinel_t end() const noexcept { return {}; }

    // The next element, null at the end. Borrows: until the next call.
    const Result<EventView>* next();

    // The rest of the range, copied. Errors: the first that an element is.
    template <class P = Bytes>
    [[nodiscard]] Result<std::vector<StoredEvent<P>>> collect() {
        std::vector<StoredEvent<P>> events;
        while (const Result<EventView>* element = next()) {
            if (!*element) return fail(element->error());
            BATPAK_TRY(StoredEvent<P> event, (*element)->template to_stored<P>());
            events.push_back(std::move(event));
        }
        return events;
    }

private:
    std::unique_ptr<store::RangeState> state_;
};

// Which event is meant: by its id, by its sequence, or by the version that it has in a stream.
// Borrows: all of it, so give it to a call and do not keep it.
class EventRef {
public:
    EventRef(const EventId& id) noexcept : id_(&id) {}
    EventRef(Sequence sequence) noexcept : sequence_(sequence) {}
    EventRef(std::string_view entity, Version version) noexcept
        : entity_(entity), version_(version) {}

private:
    friend class StoreReads;

    // The one that is there says which event is meant.
    const EventId* id_ = nullptr;
    std::optional<Sequence> sequence_{};
    std::string_view entity_{};
    Version version_{};
};

// Which names StoreReads::names() lists: those of entities, of scopes, or tags.
enum class Names : std::uint8_t { Entities, Scopes, Tags };

// One name of a list.
struct NameEntry {
    std::string name{};
    std::uint64_t events = 0;  // that have it; of an entity, those of its stream
    friend bool operator==(const NameEntry&, const NameEntry&) = default;
};

// Which part of a sorted list. Needs memory for as many entries as it gives.
struct PageOptions {
    std::string_view after{};  // the list goes on after this name; empty: from the first
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
};

// What count_newest() has counted: the events of the region that are not before `begin`.
struct CountedPart {
    std::uint64_t events = 0;
    Sequence begin{};  // 0: of all of the region

    bool is_all() const noexcept { return begin == Sequence(0); }
};

// Which way walk_ancestors() goes from an event to the one before it.
enum class Ancestry : std::uint8_t {
    Stream,  // to the previous event of the same entity: the hash chain
    Cause,   // to the event that caused it
};

// Why a walk ended.
enum class WalkEnd : std::uint8_t {
    Origin,   // the last one has no predecessor: the first of its stream, or caused by nothing
    Limit,    // as many as were asked for
    Missing,  // its cause is not in this store
};

struct Ancestors {
    std::vector<StoredEvent<Bytes>> events{};  // the event itself first
    WalkEnd end = WalkEnd::Origin;
};

}  // namespace batpak
