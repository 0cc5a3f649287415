// EventReader: reads single events by where they are, and proves each.
//
// Threads: thread-compatible
// Errors:  CorruptFrame, CorruptHash, Io and those of loading an index; beside a writer RolledBack,
//          if the event is no longer in the files
#pragma once

#include <functional>
#include <memory>
#include <type_traits>

#include "batpak/base/result.hpp"
#include "batpak/event/detail/payload_type.hpp"
#include "batpak/store/query.hpp"
#include "store/frame/frame_reader.hpp"
#include "store/view/read_side.hpp"
#include "store/view/snapshot.hpp"

namespace batpak::store {

// Which event: run `run` of a pin's snapshot, event `ordinal` of it.
struct RunOrdinal {
    std::size_t run = 0;
    std::uint32_t ordinal = 0;
};

// An event that is damaged, of which no index tells whose it was, and that may be one of the
// stream that was asked about.
struct LostEvent {
    RunOrdinal place;
    Sequence sequence;
    // It has one of these versions, if it is of the stream.
    Version first_version;
    std::optional<Version> end_version;  // exclusive; none: it may be later than all that are known
};

class EventReader {
public:
    EventReader(const Pin& pin, std::shared_ptr<ReadSide> side)
        : pin_(pin), side_(std::move(side)), follows_(side_->follows()) {}

    // Requires: the place is below the pin's end (not checked: a list of a forged index may name
    // any place, which is an error when its frame is read). Borrows: until the next call.
    [[nodiscard]] Result<EventView> read(const RunOrdinal& place, ReadCheck check);
    [[nodiscard]] Result<EventView> read(Sequence sequence, ReadCheck check);
    // The same, into a result that may hold an earlier one: an EventView is large.
    void read_into(const RunOrdinal& place, ReadCheck check, Result<EventView>& into);

    // Whether the file still has the payload, be it handed out or not.
    [[nodiscard]] Result<bool> has_payload(Sequence sequence);
    // What the hashes of the event are made of; its hash is what is stored. Errors: CorruptHash if
    // that is another.
    [[nodiscard]] Result<EventPreimage> preimage(const RunOrdinal& place);

    // Where the event of `entity` with `version` is. Errors: EventNotFound. This and the next two
    // give the place of a damaged event if that may be the one: reading it says so.
    [[nodiscard]] Result<RunOrdinal> find_version(std::string_view entity, Version version);
    // Where the latest event of `entity` is; nothing if it has none.
    [[nodiscard]] Result<std::optional<RunOrdinal>> find_latest(std::string_view entity);
    [[nodiscard]] Result<std::optional<RunOrdinal>> find_id(const EventId& id);
    // Where the latest event, at or after `from`, is that was appended with this idempotency key.
    [[nodiscard]] Result<std::optional<RunOrdinal>> find_key(std::string_view key, Sequence from);
    // The first sequence whose event's Hlc is not before `us`; the pin's end if there is none.
    // Damaged events on the border count as `damaged` says.
    enum class Border : std::uint8_t { Before, NotBefore };
    [[nodiscard]] Result<Sequence> find_time(std::int64_t us, Border damaged);

    // Calls visit(event, note) for each event that says what the kind is called, the latest first,
    // until it returns false. What cannot be read is passed over; so is what is older than the
    // latest 4,096. The event is borrowed for the call.
    using VisitNote = std::function<bool(const EventView& event, KindNote note)>;
    void visit_kind_notes(EventKind kind, const VisitNote& visit);

    // The damaged events that may belong to a stream, in order.
    [[nodiscard]] Result<std::vector<LostEvent>> lost_of(std::string_view entity);
    // Where the first event is of which nothing is known.
    [[nodiscard]] Result<std::optional<RunOrdinal>> first_lost() const;
    // Whether the versions that are missing in streams tell the streams of all that is damaged.
    [[nodiscard]] Result<bool> knows_all_streams() const;

    // One of the same moment, which reads without moving what this one has read.
    EventReader another() const { return EventReader(pin_, side_); }

    const Pin& pin() const noexcept { return pin_; }
    const ReadSide& side() const noexcept { return *side_; }
    RunOrdinal place_of(Sequence sequence) const;
    // One that is not lost, as far as is known. Borrows: the pin's snapshot.
    [[nodiscard]] Result<const Index*> index_of(std::size_t run) const;
    // What ask(index) answers of one that was not lost by then. It may be called again.
    template <class Ask>
    [[nodiscard]] auto ask(std::size_t run, const Ask& ask) const
        -> Result<std::invoke_result_t<const Ask&, const Index&>> {
        for (;;) {
            BATPAK_TRY(const Index* const index, index_of(run));
            auto answer = ask(*index);
            if (!index->is_lost()) return answer;
        }
    }
    // How many events of that run are below the pin's end.
    std::uint32_t run_count(std::size_t run) const noexcept;

private:
    // The run that was read from last, and what each read in it needs.
    struct Entered {
        std::size_t run = 0;
        const LogRun* log = nullptr;
        const Index* index = nullptr;
        std::uint32_t count = 0;
        std::uint32_t offset = 0;  // of the frame that was read last
    };

    // What knows_all_streams() answers; nothing if an index was lost meanwhile.
    [[nodiscard]] Result<std::optional<bool>> accounts_for_damage() const;
    // The front half of the first id of a run that is known; nothing if there is none.
    [[nodiscard]] Result<std::optional<std::uint64_t>> first_id_order(std::size_t run) const;
    [[nodiscard]] Result<std::optional<RunOrdinal>> find_known_latest(std::string_view entity,
                                                                      bool& passed_damage);
    // The first event from `begin` to before `end` that can be read; nothing if none can.
    [[nodiscard]] Result<std::optional<Hlc>> next_time(Sequence& begin, Sequence end);
    [[nodiscard]] Result<RunHandle::Place> find_run(std::size_t run) const;
    [[nodiscard]] Result<void> enter(std::size_t run);
    [[nodiscard]] Result<void> move_to(const SegmentHeader& header);
    // The body of the frame at a place, proved by its checksum.
    [[nodiscard]] Result<BytesView> body_at(const RunOrdinal& place);
    // Where the frame at a place of the run begins, after an index was lost that was asked for it.
    [[nodiscard]] Result<std::uint32_t> offset_again(const RunOrdinal& place);
    // What the frame at a place takes, as far as the index tells. Requires: its run was entered.
    std::size_t expected_bytes(std::uint32_t ordinal, std::uint32_t offset) const;
    Error damaged(ErrorCode code, std::string detail, std::uint32_t ordinal) const;
    Error foreign(std::uint32_t ordinal) const;
    Error replaced(std::uint32_t ordinal) const;
    // Beside a writer: another event may stand at the place than the index knows.
    [[nodiscard]] Result<bool> is_replaced(const EventView& event, const RunOrdinal& place);
    [[nodiscard]] Result<Frame> read_frame(const RunOrdinal& place);
    [[nodiscard]] Result<void> check_hash(const RunOrdinal& place, const EventView& event);
    // E of the event before it in its stream; zero if there is none. Moves the window.
    [[nodiscard]] Result<Hash> previous_hash(const EventView& event);
    static Error changed(const SegmentHeader& header);
    [[nodiscard]] Result<Hash> hash_of_version(std::string_view entity, Version version);

    Pin pin_;
    std::shared_ptr<ReadSide> side_;
    bool follows_;
    std::shared_ptr<File> file_;        // that is read from, or
    std::shared_ptr<Mapping> mapping_;  // that is looked into
    std::uint64_t segment_ = 0;
    std::optional<FrameReader> frames_;
    std::optional<Entered> entered_;
};

}  // namespace batpak::store
