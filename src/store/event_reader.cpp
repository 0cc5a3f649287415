#include "store/event_reader.hpp"

#include <algorithm>

#include "batpak/event/hash_chain.hpp"
#include "store/verification.hpp"

namespace batpak::store {
namespace {

Error damaged(ErrorCode code, std::string detail, const LogRun& run, std::uint32_t offset,
              Sequence sequence) {
    return Error(code, std::move(detail))
        .at("segments/" + segment_file_name(run.header.segment_id))
        .at_offset(offset)
        .at_sequence(sequence);
}

}  // namespace

std::uint32_t EventReader::run_count(std::size_t run) const noexcept {
    const auto& runs = pin_.snapshot->runs;
    const Sequence end =
        run + 1 < runs.size() ? std::min(runs[run + 1]->first(), pin_.end) : pin_.end;
    const Sequence first = runs[run]->first();
    return end > first ? static_cast<std::uint32_t>(end.value - first.value) : 0;
}

EventPlaceInLog EventReader::place_of(Sequence sequence) const {
    BATPAK_ASSERT(sequence < pin_.end);
    const std::size_t run = pin_.snapshot->run_of(sequence);
    const Sequence first = pin_.snapshot->runs[run]->first();
    return {run, static_cast<std::uint32_t>(sequence.value - first.value)};
}

Result<EventView> EventReader::read(Sequence sequence, ReadCheck check) {
    return read(place_of(sequence), check);
}

Result<EventView> EventReader::read(const EventPlaceInLog& place, ReadCheck check) {
    BATPAK_TRY(Frame frame, read_frame(place));
    frame.event.durable = frame.sequence < pin_.durable_end;
    if (check == ReadCheck::Hash && !frame.event.hash.is_zero()) {
        const RunHandle& handle = *pin_.snapshot->runs[place.run];
        const Sequence sequence = frame.sequence;
        if (auto checked = check_hash(place, frame, handle.run().header); !checked) {
            return fail(std::move(checked).error().at_sequence(sequence));
        }
        // The check moved the window: the frame is read again to be handed out.
        BATPAK_TRY(frame, read_frame(place));
        frame.event.durable = frame.sequence < pin_.durable_end;
    }
    return frame.event;
}

Result<Frame> EventReader::read_frame(const EventPlaceInLog& place) {
    const RunHandle& handle = *pin_.snapshot->runs[place.run];
    const LogRun& run = handle.run();
    const Sequence sequence = run.first.plus(place.ordinal);
    BATPAK_TRY(const Index* index, handle.index());
    const std::uint32_t offset = index->frame_offset(place.ordinal);
    BATPAK_TRY(const BytesView bytes, frame_bytes(run, offset));
    const CheckedFrame checked = check_frame(bytes, run.header.salt, offset);
    if (checked.status != FrameStatus::Valid) {
        return fail(
            damaged(ErrorCode::CorruptFrame,
                    "the stored event fails its checksum: restore the segment from a backup", run,
                    offset, sequence));
    }
    auto frame = decode_body(checked.body);
    if (!frame || frame->type != FrameType::Event || frame->sequence != sequence) {
        return fail(damaged(ErrorCode::CorruptFrame,
                            "another frame stands where the event should be", run, offset,
                            sequence));
    }
    return frame;
}

Result<BytesView> EventReader::frame_bytes(const LogRun& run, std::uint32_t offset) {
    if (!file_ || file_segment_ != run.header.segment_id) {
        BATPAK_TRY(file_, side_->files().get(run.header.segment_id));
        file_segment_ = run.header.segment_id;
        if (window_) {
            window_->move_to(*file_);
        } else {
            window_.emplace(*file_);
        }
    }
    BATPAK_TRY(BytesView head, window_->at(offset, kFrameHeaderBytes));
    if (head.size() < kFrameHeaderBytes) return head;
    // A length that fails its own check, or points out of the file, is asked of nobody.
    const CheckedFrame claimed = check_frame(head, run.header.salt, offset);
    if (claimed.frame_bytes > kScanWindowBytes) {
        BATPAK_TRY(const FileStat stat, file_->stat());
        if (claimed.frame_bytes > stat.size_bytes) return head;
    }
    return window_->at(offset, std::max(kFrameHeaderBytes, claimed.frame_bytes));
}

Result<void> EventReader::check_hash(const EventPlaceInLog& place, const Frame& frame,
                                     const SegmentHeader& header) {
    if (!hashing_built_in()) {
        return fail(ErrorCode::Unsupported,
                    "this batpak was built without BLAKE3: it cannot check hashes");
    }
    Hash previous;
    const Version version = frame.event.version();
    // Finding the predecessor moves the window that the frame borrows from.
    const std::string entity(frame.event.entity);
    if (version.value > 0) {
        BATPAK_TRY(previous, hash_of_version(entity, Version(version.value - 1)));
    }
    BATPAK_TRY(const Frame again, read_frame(place));
    if (recompute_hash(again, header.log_id, previous) == again.event.hash) return {};
    return fail(Error(ErrorCode::CorruptHash,
                      "the stored event is not what was hashed when it was appended: it, or its "
                      "predecessor, was changed")
                    .at("segments/" + segment_file_name(header.segment_id)));
}

Result<Hash> EventReader::hash_of_version(std::string_view entity, Version version) {
    BATPAK_TRY(const EventPlaceInLog place, find_version(entity, version));
    BATPAK_TRY(const Frame frame, read_frame(place));
    return frame.event.hash;
}

Result<EventPlaceInLog> EventReader::find_version(std::string_view entity, Version version) {
    for (std::size_t run = pin_.snapshot->runs.size(); run-- > 0;) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const Index* index, pin_.snapshot->runs[run]->index());
        std::optional<KeyEntry> entry = index->find(Axis::Entity, entity);
        if (!entry || version < entry->first_version) continue;
        const std::uint64_t position = version.value - entry->first_version.value;
        if (position >= entry->postings.count()) break;
        const std::uint32_t ordinal = entry->postings.at(static_cast<std::uint32_t>(position));
        if (ordinal >= count) break;
        return EventPlaceInLog{run, ordinal};
    }
    return fail(
        Error(ErrorCode::EventNotFound, "the stream has no such version").at(std::string(entity)));
}

Result<std::optional<EventPlaceInLog>> EventReader::find_latest(std::string_view entity) {
    for (std::size_t run = pin_.snapshot->runs.size(); run-- > 0;) {
        const std::uint32_t count = run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const Index* index, pin_.snapshot->runs[run]->index());
        std::optional<KeyEntry> entry = index->find(Axis::Entity, entity);
        if (!entry) continue;
        const std::uint32_t visible = entry->postings.lower_bound(count);
        if (visible == 0) continue;
        const std::uint32_t ordinal = entry->postings.at(visible - 1);
        if (ordinal < count) return std::optional(EventPlaceInLog{run, ordinal});
        return fail(ErrorCode::CorruptSegment,
                    "the index contradicts itself: delete the index folder");
    }
    return std::optional<EventPlaceInLog>();
}

Result<std::optional<EventPlaceInLog>> EventReader::find_id(const EventId& id) {
    const std::uint64_t order = id_order(id);
    // Ids grow along the log: the run is the last one, of those with events, whose first id is not
    // above.
    std::size_t low = 0;
    std::size_t high = pin_.snapshot->runs.size();
    std::optional<std::size_t> found;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        std::size_t probe = middle;
        while (probe < high && run_count(probe) == 0) ++probe;
        if (probe == high) {
            high = middle;
            continue;
        }
        BATPAK_TRY(const Index* index, pin_.snapshot->runs[probe]->index());
        if (index->id_order_at(0) > order) {
            high = middle;
        } else {
            found = probe;
            low = probe + 1;
        }
    }
    if (!found) return std::optional<EventPlaceInLog>();
    BATPAK_TRY(const Index* index, pin_.snapshot->runs[*found]->index());
    const std::optional<std::uint32_t> ordinal = index->find_id(order, run_count(*found));
    if (!ordinal) return std::optional<EventPlaceInLog>();
    return std::optional(EventPlaceInLog{*found, *ordinal});
}

Result<Sequence> EventReader::find_time(std::int64_t us) {
    Sequence low;
    Sequence high = pin_.end;
    while (low < high) {
        const Sequence middle(low.value + (high.value - low.value) / 2);
        BATPAK_TRY(const EventView event, read(middle, ReadCheck::Frame));
        if (event.position.hlc.us < us) {
            low = middle.next();
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace batpak::store
