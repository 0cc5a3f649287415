// EventReader: reads single events by where they are, and proves each.
//
// Threads: thread-compatible
// Errors:  CorruptFrame, CorruptHash, Io and those of loading an index
#pragma once

#include <memory>

#include "batpak/base/result.hpp"
#include "batpak/store/query.hpp"
#include "store/read_side.hpp"
#include "store/snapshot.hpp"
#include "store/window_reader.hpp"

namespace batpak::store {

// A place in the log: run `run` of a pin's snapshot, event `ordinal` of it.
struct EventPlaceInLog {
    std::size_t run = 0;
    std::uint32_t ordinal = 0;
};

class EventReader {
public:
    EventReader(const Pin& pin, std::shared_ptr<ReadSide> side)
        : pin_(pin), side_(std::move(side)) {}

    // Requires: the place is below the pin's end. Borrows: until the next call.
    [[nodiscard]] Result<EventView> read(const EventPlaceInLog& place, ReadCheck check);
    [[nodiscard]] Result<EventView> read(Sequence sequence, ReadCheck check);

    // Where the event of `entity` with `version` is. Errors: EventNotFound.
    [[nodiscard]] Result<EventPlaceInLog> find_version(std::string_view entity, Version version);
    // Where the latest event of `entity` is; nothing if it has none.
    [[nodiscard]] Result<std::optional<EventPlaceInLog>> find_latest(std::string_view entity);
    [[nodiscard]] Result<std::optional<EventPlaceInLog>> find_id(const EventId& id);
    // The first sequence whose event's Hlc is not before `us`; the pin's end if there is none.
    [[nodiscard]] Result<Sequence> find_time(std::int64_t us);

    const Pin& pin() const noexcept { return pin_; }
    EventPlaceInLog place_of(Sequence sequence) const;
    // How many events of that run are below the pin's end.
    std::uint32_t run_count(std::size_t run) const noexcept;

private:
    [[nodiscard]] Result<BytesView> frame_bytes(const LogRun& run, std::uint32_t offset);
    [[nodiscard]] Result<Frame> read_frame(const EventPlaceInLog& place);
    [[nodiscard]] Result<void> check_hash(const EventPlaceInLog& place, const Frame& frame,
                                          const SegmentHeader& header);
    [[nodiscard]] Result<Hash> hash_of_version(std::string_view entity, Version version);

    Pin pin_;
    std::shared_ptr<ReadSide> side_;
    std::shared_ptr<File> file_;
    std::uint64_t file_segment_ = 0;
    std::optional<WindowReader> window_;
};

}  // namespace batpak::store
