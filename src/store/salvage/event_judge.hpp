// EventJudge: whether events that were found in a damaged store may be taken, and what becomes of
// them.
//
// It goes along the log with what must go on from one event to the next: the count and the last
// hash of each stream, the last id and time. Both as they were and as they are in the new store,
// because after a lost event they differ.
//
// Threads: thread-compatible
// Errors:  CorruptFrame, CorruptHash, ForeignSegment: why a unit is not taken; those of reading
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "batpak/base/detail/text_hash.hpp"
#include "batpak/base/result.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/frame_reader.hpp"
#include "store/salvage/survey.hpp"

namespace batpak::store {

// An event as it is in the new store. Borrows: names and payload, until the next unit.
struct JudgedEvent {
    EventFields fields;
    Blind blind{};
    Hash commitment;         // P, of an event with a hash
    bool is_erased = false;  // it has no payload in the new store, whatever it had before
    EventPlace place;
    Hash hash;
    bool is_unproved = false;  // the one before it is lost, so its hash could not be checked
};

// What the next event follows.
struct LastEvent {
    EventId id;
    Hlc hlc;
};

class EventJudge {
public:
    // Borrows: both.
    EventJudge(StoreDirectory& directory, const Survey& survey)
        : directory_(directory), survey_(survey) {}

    // The hash of the event of that entity and version, which the judge was not shown; nothing if
    // it cannot be told.
    using FindHash = std::function<std::optional<Hash>(std::string_view entity, Version version)>;

    // What is known of the events before a unit.
    enum class Before : std::uint8_t {
        All,     // each was kept
        Some,    // some are lost: a hash may have nothing to be checked against
        Unseen,  // the judge began behind them
    };

    // The events of the unit, which follows `next` taken or lost ones. `new_log`: if the new store
    // is another log there; else the events stay as they are. Borrows: until the next call.
    [[nodiscard]] Result<std::span<const JudgedEvent>> judge(const FoundUnit& unit, Sequence next,
                                                             Before before, const LogId* new_log);
    // Opens what units of the file are read from, so that it is there for them whatever its name
    // becomes. Errors: those of open_segment.
    [[nodiscard]] Result<void> open(std::uint32_t file);
    void ask(FindHash find_hash) { find_hash_ = std::move(find_hash); }
    // The files have changed: what was opened of them is not read again.
    void forget_file() noexcept {
        reader_.reset();
        file_.reset();
        file_index_.reset();
    }
    // The unit that was judged last is taken.
    void keep();

    // Puts an event that a salvage itself writes behind the last one of its stream, and behind all
    // that was kept.
    void link(JudgedEvent& own, const LogId& log_id);

    const std::optional<LastEvent>& last() const noexcept { return last_; }
    // Of the unit that was judged last: its first event, for what is lost before it.
    LastEvent first_of_unit() const noexcept { return first_of_unit_; }
    // Where the frames of the unit that was judged last start and end.
    std::uint64_t unit_begin() const noexcept { return unit_begin_; }
    std::uint64_t unit_end() const noexcept { return unit_end_; }

private:
    // Of a stream: in the old store, and in the new one.
    struct StreamEnd {
        bool is_seen = false;  // one of its events was judged, or found
        std::uint64_t count_was = 0;
        Hash hash_was;
        std::uint64_t count = 0;
        Hash hash;
    };
    using Streams = std::unordered_map<std::string, StreamEnd, TextHash, std::equal_to<>>;

    [[nodiscard]] Result<void> read_bodies(const FoundUnit& unit);
    [[nodiscard]] Result<void> check_place(const Frame& frame, Sequence expected,
                                           std::uint64_t gap) const;
    [[nodiscard]] Result<JudgedEvent> judge_event(const Frame& frame, const LogId& log_id,
                                                  Before before, const LogId* new_log);
    StreamEnd& stream_of(const EventView& event);

    StoreDirectory& directory_;
    const Survey& survey_;
    FindHash find_hash_;
    std::unique_ptr<File> file_;
    std::optional<std::uint32_t> file_index_;
    std::optional<FrameReader> reader_;

    Streams streams_;
    Streams touched_;  // by the unit that was judged last
    std::optional<LastEvent> last_;
    std::optional<LastEvent> last_of_unit_;
    LastEvent first_of_unit_;
    std::uint64_t unit_begin_ = 0;
    std::uint64_t unit_end_ = 0;
    std::vector<Buffer> bodies_;
    std::vector<JudgedEvent> judged_;
    Buffer scratch_;
};

inline constexpr unsigned kIdCounterBits = 12;
// More than any log has lost: what says so is not believed.
inline constexpr std::uint64_t kLostMax = std::uint64_t{1} << 32;
// The number that ids grow by: their milliseconds and the counter within one.
std::uint64_t id_number(const EventId& id) noexcept;
// How many times lie between two, at least; none if the second does not follow the first.
std::uint64_t times_between(const Hlc& one, const Hlc& other) noexcept;

}  // namespace batpak::store
