// One pass over the frames of each run, in order, with what must go on from one to the next: the
// count and the last hash of each stream, the last id and time, and how much was known durable. The
// scan proves the frames and the grammar; here is what opening and reading take on trust. The first
// damage ends it: what comes after may follow from it.
//
// It reads each byte of the log once, and keeps an entry for each stream, the frontier of the tree
// and what IndexCheck has of one run: memory grows with streams, not with events.
#include "store/view/verification.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/text_hash.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/frame_rules.hpp"
#include "store/log/segment_scan.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/index_check.hpp"

namespace batpak::store {
namespace {

class Verification {
public:
    // Requires: options.from <= pin.end.
    Verification(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                 const VerifyOptions& options)
        : pin_(pin), side_(side), options_(options) {
        BATPAK_ASSERT(options.from <= pin.end);
        report_.hashes_checked = side->has_hashes() && hashing_built_in();
        report_.from = segment_start(options.from);
        BATPAK_ASSERT(report_.from <= options.from);
    }

    Result<VerifyReport> run() {
        BATPAK_CHECK(take_up_erasures());
        std::uint64_t last_segment = 0;
        for (std::size_t run = 0; run < pin_.snapshot->runs.size() && !is_done(); ++run) {
            const RunHandle& handle = *pin_.snapshot->runs[run];
            if (handle.first() < report_.from) continue;
            if (handle.first() >= pin_.end && report_.segments > 0) break;
            if (handle.run().header.segment_id != last_segment) ++report_.segments;
            last_segment = handle.run().header.segment_id;
            // A run that is, or was just, appended to does not know its end; the next one does.
            const bool last = run + 1 == pin_.snapshot->runs.size();
            const Sequence end = last ? pin_.end : pin_.snapshot->runs[run + 1]->first();
            BATPAK_CHECK(check_run(handle, std::min(end, pin_.end)));
            tell();
        }
        if (!is_done() && checked_end() < pin_.end) {
            report_.damage =
                Error(ErrorCode::LostDurableEvents, "the files end before the log does")
                    .at_sequence(checked_end());
        }
        if (report_.hashes_checked && report_.from == Sequence(0)) report_.root = frontier_.root();
        return report_;
    }

private:
    static constexpr std::uint64_t kTellEveryEvents = 16'384;

    bool is_done() const noexcept { return report_.damage.has_value() || report_.stopped; }
    Sequence checked_end() const noexcept { return report_.from.plus(report_.events); }

    // Where the segment begins in which `sequence` is; nothing else tells where its frame is.
    Sequence segment_start(Sequence sequence) const noexcept {
        Sequence start;
        for (const auto& handle : pin_.snapshot->runs) {
            const Sequence first = handle->run().header.first;
            if (first <= sequence) start = first;
        }
        return start;
    }

    void tell() {
        BATPAK_ASSERT(report_.from <= pin_.end);
        if (options_.stop.stop_requested()) report_.stopped = checked_end() < pin_.end;
        if (!options_.progress) return;
        options_.progress({.events = report_.events,
                           .events_total = pin_.end.value - report_.from.value,
                           .bytes = report_.bytes});
    }

    // From before the first frame is read, so that what is erased meanwhile is not asked for. What
    // cannot be read of the records is damage, which is said where it is.
    Result<void> take_up_erasures() {
        prune_ = side_->erasures().prune();
        if (!prune_) return {};
        auto erased = read_intents(side_->pin(), side_, *prune_, Sequence(0));
        if (erased) {
            erased_ = *std::move(erased);
        } else if (erased.error().error_class() == ErrorClass::Refused) {
            report_.damage = std::move(erased).error();
        } else {
            return fail(std::move(erased).error());
        }
        return {};
    }

    // A payload that is missing was erased only if the log says so: else it is lost. And what the
    // log says is erased must not be there again (INV K5).
    std::optional<std::string> broken_erasure(const EventView& event) const {
        if (event.erased && erased_.contains(event.sequence())) return std::nullopt;
        if (event.erased && side_->erasures().contain(event.sequence())) return std::nullopt;
        if (event.erased)
            return "its payload is lost: it is not there, and no record says that it was erased";
        const bool is_back = prune_ && !prune_->is_pending && erased_.contains(event.sequence());
        if (is_back) return "its payload is there, and the log says that it was erased";
        return std::nullopt;
    }

    struct StreamEnd {
        std::uint64_t count = 0;
        Hash hash;
    };

    // `expected`: the end of the events that this run must hold.
    Result<void> check_run(const RunHandle& handle, Sequence expected) {
        for (;;) {
            const LogRun& run = handle.run_now();
            const auto file = side_->files().get(run.header.segment_id);
            if (file) {
                // A compaction may move the events to another segment while they are checked (INV
                // K4): the place is asked for again until file and index are of one run.
                const Result<RunHandle::Place> place = handle.place();
                if (place && place->run != &run) continue;
                return check_run(handle, run, place, **file, expected);
            }
            if (file.error().code() != ErrorCode::MissingSegment) return fail(file.error());
            BATPAK_TRY(const bool found, handle.move_from(run));
            if (!found) return fail(file.error());
        }
    }

    // `run`: where the handle's events are now, in the file. `place`: the same with its index.
    Result<void> check_run(const RunHandle& handle, const LogRun& run,
                           const Result<RunHandle::Place>& place, File& file, Sequence expected) {
        BATPAK_TRY(const FileStat stat, file.stat());
        // A run whose index is in memory is, or just was, appended to: the scan finds its end.
        const bool final = handle.memory() == nullptr || &run != &handle.run();
        const std::uint64_t end_offset =
            final ? std::min(run.end_offset, stat.size_bytes) : stat.size_bytes;
        if (end_offset < run.start_offset) {
            report_.damage = damaged("the file ends before its events do",
                                     ErrorCode::LostDurableEvents, run, end_offset, run.first);
            return {};
        }
        if (!place) {
            report_.damage = place.error();
            return {};
        }
        const Index* index = place->index;
        IndexCheck postings(run.first, side_->key_hash());
        const auto visit = [&](const Frame& frame, std::uint64_t offset) -> Result<void> {
            // What was appended after the pin is not judged, and the first damage ends the check.
            if (is_done() || frame.sequence >= pin_.end) return {};
            report_.damage = check_event(frame, run, offset, *index);
            while (report_.damage && index->is_lost()) {
                BATPAK_TRY(const RunHandle::Place again, handle.place());
                if (again.run != &run) return moved_away(run);
                index = again.index;
                report_.damage = check_event(frame, run, offset, *index);
            }
            if (report_.damage) return {};
            if (final) postings.add(frame);
            if (++report_.events % kTellEveryEvents == 0) tell();
            return {};
        };
        const auto visit_frame = [&](const Frame& frame, BytesView body,
                                     std::uint64_t offset) -> Result<void> {
            if (!is_done()) report_.damage = check_form(frame, body, run, offset);
            return {};
        };
        // The scan goes to the end of the run even after damage was found: its own finding, a frame
        // that fails its checksum, is only looked at if no event was found wrong before.
        BATPAK_TRY(const ScanEnd end,
                   scan_segment(file, end_offset, run.header, {run.start_offset, run.first}, visit,
                                visit_frame));
        report_.bytes += end.offset - run.start_offset;
        // After the last event of a final run stand marks, and they must be whole as well. A view
        // that ends inside the run answers for its own events only.
        const bool whole = !final || end.offset == run.end_offset || pin_.end < run.end;
        if (!is_done() && (!whole || end.next < expected)) {
            report_.damage =
                damaged("a frame is damaged", ErrorCode::CorruptFrame, run, end.offset, end.next);
        }
        if (!is_done() && final && run.end <= pin_.end)
            return check_postings(handle, *place, postings);
        return {};
    }

    // Its index was lost as well, so that nothing tells where in the old file an event was.
    static Result<void> moved_away(const LogRun& run) {
        return fail(Error(ErrorCode::MissingSegment,
                          "the log was compacted while it was verified: verify it again")
                        .at(segment_place(run.header.segment_id)));
    }

    // What is in memory was made of the frames by this process; a file may say anything.
    Result<void> check_postings(const RunHandle& handle, RunHandle::Place place,
                                const IndexCheck& postings) {
        BATPAK_ASSERT(place.run != nullptr && place.index != nullptr);
        const LogRun& run = *place.run;
        while (!postings.agrees_with(*place.index)) {
            if (!place.index->is_lost()) {
                report_.damage = damaged(
                    "the index leaves out an event, or has one where it is not: delete "
                    "the index folder",
                    ErrorCode::CorruptSegment, run, run.start_offset, run.first);
                return {};
            }
            BATPAK_TRY(place, handle.place());
        }
        return {};
    }

    static Error damaged(std::string detail, ErrorCode code, const LogRun& run,
                         std::uint64_t offset, Sequence sequence) {
        return Error(code, std::move(detail))
            .at(segment_place(run.header.segment_id))
            .at_offset(offset)
            .at_sequence(sequence);
    }

    // What opening and reading do without.
    std::optional<Error> check_form(const Frame& frame, BytesView body, const LogRun& run,
                                    std::uint64_t offset) {
        const bool is_event = frame.type == FrameType::Event;
        if (frame.sequence > pin_.end || (is_event && frame.sequence == pin_.end))
            return std::nullopt;
        std::optional<std::string_view> broken = broken_rule(frame, body, scratch_);
        if (!broken && frame.durable_end < testified_end_)
            broken = "it testifies for fewer events than a frame before it";
        testified_end_ = frame.durable_end;
        if (!broken) return std::nullopt;
        return damaged("a rule of the format is broken: " + std::string(*broken),
                       ErrorCode::CorruptFrame, run, offset, frame.sequence);
    }

    std::optional<Error> check_event(const Frame& frame, const LogRun& run, std::uint64_t offset,
                                     const Index& index) {
        BATPAK_ASSERT(frame.type == FrameType::Event && frame.sequence >= run.first);
        const EventView& event = frame.event;
        const auto wrong = [&](std::string detail, ErrorCode code = ErrorCode::CorruptFrame) {
            return damaged(std::move(detail), code, run, offset, frame.sequence);
        };
        const Result<StreamEnd*> known = stream_of(event);
        if (!known) return known.error();
        StreamEnd& stream = **known;
        // The cheap checks come first: a hash is computed only of an event that fits into its
        // place.
        if (event.version().value != stream.count)
            return wrong("its version does not follow its stream's");
        if (report_.events > 0 && id_order(event.event_id()) <= last_id_order_) {
            return wrong("its id does not grow");
        }
        if (report_.events > 0 && !(last_hlc_ < event.position.hlc))
            return wrong("its time does not grow");
        const auto ordinal = static_cast<std::uint32_t>(frame.sequence.value - run.first.value);
        if (frame.sequence >= index.end() || index.frame_offset(ordinal) != offset) {
            return wrong("the index points elsewhere: delete the index folder",
                         ErrorCode::CorruptSegment);
        }
        if (index.id_order_at(ordinal) != id_order(event.event_id())) {
            return wrong(
                "the index knows another event here: refresh(), or delete the index folder",
                ErrorCode::CorruptSegment);
        }
        if (std::optional<std::string> broken = broken_erasure(event))
            return wrong(*std::move(broken));
        if (report_.hashes_checked) {
            if (recompute_hash(frame, run.header.log_id, stream.hash) != event.hash) {
                return wrong("it is not what was hashed when it was appended",
                             ErrorCode::CorruptHash);
            }
            // Of hashes that were checked just now, so that the root is one of what is there.
            frontier_.push(event.hash);
        }
        if (event.erased) ++report_.erased;
        ++stream.count;
        stream.hash = event.hash;
        last_id_order_ = id_order(event.event_id());
        last_hlc_ = event.position.hlc;
        return std::nullopt;
    }

    // The end of the event's stream so far. Of one that began before the check did, the event
    // before this one is read: it is proved by its checksum alone.
    Result<StreamEnd*> stream_of(const EventView& event) {
        const auto known = streams_.find(event.entity);
        if (known != streams_.end()) return &known->second;
        StreamEnd end;
        if (report_.from > Sequence(0) && event.version().value > 0) {
            end.count = event.version().value;
            EventReader reader(pin_, side_);
            BATPAK_TRY(const RunOrdinal place,
                       reader.find_version(event.entity, Version(end.count - 1)));
            BATPAK_TRY(const EventView before, reader.read(place, ReadCheck::Frame));
            end.hash = before.hash;
        }
        return &streams_.emplace(event.entity, end).first->second;
    }

    const Pin& pin_;
    const std::shared_ptr<ReadSide> side_;
    const VerifyOptions& options_;
    std::optional<Prune> prune_;  // when the check began
    SequenceSet erased_;          // by all records up to there
    VerifyReport report_;
    std::unordered_map<std::string, StreamEnd, TextHash, std::equal_to<>> streams_;
    MerkleFrontier frontier_;
    Buffer scratch_;
    Sequence testified_end_;
    std::uint64_t last_id_order_ = 0;
    Hlc last_hlc_;
};

}  // namespace

Hash recompute_hash(const Frame& frame, const LogId& log_id, const Hash& previous) {
    BATPAK_ASSERT(hashing_built_in());
    const EventView& event = frame.event;
    const Hash content = content_hash(log_id, fields_of(event), commitment_of(frame));
    return event_hash(place_of(event), content, previous);
}

EventPreimage preimage_of(const Frame& frame, const LogId& log_id, const Hash& previous) {
    BATPAK_ASSERT(hashing_built_in());
    const EventView& event = frame.event;
    const Hash commitment = commitment_of(frame);
    const Hash content = content_hash(log_id, fields_of(event), commitment);
    return {.hash = event_hash(place_of(event), content, previous),
            .link = link_bytes(place_of(event), content, previous),
            .content = content_bytes(log_id, fields_of(event), commitment),
            .blind = frame.blind,
            .payload = Bytes(event.payload.begin(), event.payload.end()),
            .erased = event.erased};
}

Result<VerifyReport> verify_log(const Pin& pin, const std::shared_ptr<ReadSide>& side,
                                const VerifyOptions& options) {
    const Sequence end = options.end.value_or(pin.end);
    if (end < options.from && options.from <= pin.end) {
        return fail(
            Error(ErrorCode::InvalidArgument, "the range to verify ends before it begins, at " +
                                                  std::to_string(options.from.value))
                .at_sequence(end));
    }
    if (options.from > pin.end || end > pin.end) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the range to verify does not lie in the store: it ends before event " +
                              std::to_string(pin.end.value))
                        .at_sequence(std::max(options.from, end)));
    }
    Pin range = pin;
    range.end = end;
    return Verification(range, side, options).run();
}

}  // namespace batpak::store
