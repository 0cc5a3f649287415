#include "store/committer.hpp"

#include <algorithm>

#include "base/crc32.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/limits.hpp"

namespace batpak::store {
namespace {

constexpr std::size_t kBatchMarkerBytesMax = 64;

Error poisoned_by(const Error& first) {
    return Error(ErrorCode::Poisoned, "an earlier write or sync failed (" + first.to_string() +
                                          "): what it was to store is unknown until the store is "
                                          "opened anew; reads go on")
        .with_os_error(first.os_error());
}

}  // namespace

std::uint64_t frame_bytes_bound(const CommitItem& item) noexcept {
    std::uint64_t bytes = item.events.size() > 1 ? 2 * kBatchMarkerBytesMax : 0;
    for (const PreparedEvent& event : item.events) {
        bytes += event.content.size() + kFrameOverheadBytesMax;
    }
    return bytes;
}

Committer::Committer(Parts parts, LogState state)
    : config_(parts.config),
      directory_(parts.directory),
      snapshots_(parts.snapshots),
      snapshot_change_(parts.snapshot_change),
      ends_(parts.ends),
      key_hash_(parts.key_hash),
      heads_(parts.key_hash, std::move(parts.find_head)),
      ids_(*parts.config.environment().entropy),
      state_(std::move(state)),
      written_end_(state_.next) {
    if (!state_.last_id.is_nil()) {
        const bool resumed = ids_.resume_after(state_.last_id);
        BATPAK_ASSERT(resumed);
    }
    last_sync_ = config_.environment().clock->monotonic();
    ends_.publish(state_.next, state_.next);
}

void Committer::commit(std::span<CommitItem* const> items) {
    while (!items.empty()) items = items.subspan(commit_group(items));
}

std::size_t Committer::commit_group(std::span<CommitItem* const> items) {
    frames_.clear();
    staged_.clear();
    std::size_t count = 0;
    for (; count < items.size(); ++count) {
        CommitItem& item = *items[count];
        if (poison_) {
            item.error = poisoned_by(*poison_);
            continue;
        }
        if (item.events.empty()) continue;
        if (!make_room(item)) break;
        if (!item.error) item.error = stage(item);
    }
    const auto group = items.first(count);
    if (const auto failure = write_group()) {
        for (CommitItem* item : group) {
            if (!item->error && !item->events.empty()) item->error = failure;
        }
    }
    const auto failure = poison_ ? std::optional(poisoned_by(*poison_)) : sync_if_due(group);
    if (!failure) publish();
    for (CommitItem* item : group) {
        if (failure && !item->error) item->error = failure;
        if (!item->error && item->action) item->error = item->action();
    }
    return count;
}

// Whether the item may join the group. If it does not fit the segment, and the group is empty, the
// segment is changed first; a failure to do so is the item's.
bool Committer::make_room(CommitItem& item) {
    const std::uint64_t bytes = frame_bytes_bound(item);
    if (!staged_.empty()) {
        const bool fits = frames_.size() + bytes <= kGroupBytesMax &&
                          !state_.segment->is_full_for(frames_.size() + bytes);
        return fits;
    }
    if (state_.segment->is_full_for(bytes)) item.error = rotate();
    return true;
}

std::optional<Error> Committer::stage(CommitItem& item) {
    const std::size_t staged = staged_.size();
    const std::size_t frame_bytes = frames_.size();
    const std::size_t head_changes = heads_.changes();
    const Sequence first = state_.next;
    const Hlc hlc = state_.hlc;
    const auto count = static_cast<std::uint32_t>(item.events.size());

    if (count > 1) {
        append_batch_begin(frames_, state_.segment->header().salt, write_offset(), first,
                           ends_.durable(), count);
    }
    const std::size_t items_at = frames_.size();
    for (std::uint32_t i = 0; i < count; ++i) {
        if (auto error = stage_event(item.events[i], first, i, count)) {
            unstage(staged, frame_bytes, head_changes, first, hlc);
            return error;
        }
    }
    if (count > 1) {
        const std::uint32_t checksum = crc32(frames_.view().subspan(items_at));
        append_batch_commit(frames_, state_.segment->header().salt, write_offset(), first,
                            ends_.durable(), count, checksum);
    }
    return std::nullopt;
}

// Forgets what was staged since the numbers were taken.
void Committer::unstage(std::size_t staged, std::size_t frame_bytes, std::size_t head_changes,
                        Sequence next, Hlc hlc) {
    staged_.resize(staged);
    frames_.truncate(frame_bytes);
    heads_.take_back_to(head_changes);
    state_.next = next;
    state_.hlc = hlc;
}

std::optional<Error> Committer::stage_event(PreparedEvent& event, Sequence batch_first,
                                            std::uint32_t index, std::uint32_t count) {
    const Result<Head*> head = heads_.find(event.entity);
    if (!head) return head.error();
    if (!event.expect.holds((*head)->count)) {
        const std::uint64_t found = (*head)->count;
        return Error(ErrorCode::VersionConflict,
                     found == 0 ? "the stream has no events"
                                : "the stream's latest version is " + std::to_string(found - 1))
            .at(std::string(event.entity));
    }
    link(event, **head, batch_first, index, count);
    heads_.advance(**head, event.receipt.hash);

    const EventPlace place{.sequence = event.receipt.sequence,
                           .durable_end = std::min(ends_.durable(), batch_first),
                           .version = event.receipt.version,
                           .hlc = event.receipt.hlc,
                           .timestamp_us = event.timestamp_us,
                           .batch_index = index,
                           .batch_count = count,
                           .event_id = event.receipt.event_id,
                           .hash = state_.manifest.has_hashes ? &event.receipt.hash : nullptr};
    staged_.push_back({&event, static_cast<std::uint32_t>(write_offset())});
    append_event_frame(frames_, state_.segment->header().salt, write_offset(), place,
                       event.content.view());
    return std::nullopt;
}

// Gives the event its place, its time, its id and its hash.
void Committer::link(PreparedEvent& event, const Head& head, Sequence batch_first,
                     std::uint32_t index, std::uint32_t count) {
    state_.hlc = state_.hlc.after(event.timestamp_us);
    event.receipt.sequence = state_.next;
    event.receipt.version = Version(head.count);
    event.receipt.hlc = state_.hlc;
    event.receipt.event_id = ids_.next(event.timestamp_us);
    state_.next = state_.next.next();
    if (!state_.manifest.has_hashes) return;
    event.receipt.hash = event_hash({.sequence = event.receipt.sequence,
                                     .version = event.receipt.version,
                                     .hlc = event.receipt.hlc,
                                     .batch_first = batch_first,
                                     .batch_index = index,
                                     .batch_count = count,
                                     .event_id = event.receipt.event_id,
                                     .content_hash = event.content_hash,
                                     .previous_hash = head.last_hash});
}

std::optional<Error> Committer::write_group() {
    if (frames_.empty()) return std::nullopt;
    writes_.fetch_add(1, std::memory_order_relaxed);
    if (auto written = state_.segment->write(frames_.view()); !written) {
        if (state_.segment->broken()) return poison(std::move(written).error());
        // The file is what it was: so is everything here.
        heads_.take_back();
        state_.next = written_end_;
        staged_.clear();
        return std::move(written).error();
    }
    unsynced_events_ += staged_.size();
    written_end_ = state_.next;
    state_.ends_with_mark = false;
    return std::nullopt;
}

bool Committer::sync_is_due(std::span<CommitItem* const> items) const {
    if (ends_.durable() == written_end_) return false;
    if (unsynced_events_ >= config_.sync_every_n_events()) return true;
    const bool asked = std::ranges::any_of(
        items, [](const CommitItem* item) { return item->durable && !item->error; });
    if (asked || !config_.sync_interval()) return asked;
    return config_.environment().clock->monotonic() - last_sync_ >= *config_.sync_interval();
}

std::optional<Error> Committer::sync_if_due(std::span<CommitItem* const> items) {
    if (!sync_is_due(items)) return std::nullopt;
    syncs_.fetch_add(1, std::memory_order_relaxed);
    if (auto synced = state_.segment->sync(config_.sync_mode()); !synced) {
        return poison(std::move(synced).error());
    }
    unsynced_events_ = 0;
    if (config_.sync_interval()) last_sync_ = config_.environment().clock->monotonic();
    return std::nullopt;
}

void Committer::publish() {
    heads_.keep();
    const bool durable = unsynced_events_ == 0;
    for (const Staged& staged : staged_) {
        PreparedEvent& event = *staged.event;
        event.receipt.durability = durable ? Durability::Durable : Durability::Buffered;
        state_.index->add({.frame_offset = staged.frame_offset,
                           .event_id = event.receipt.event_id,
                           .version = event.receipt.version,
                           .entity = event.entity,
                           .scope = event.scope,
                           .kind = event.kind,
                           .correlation_id = event.correlation_id,
                           .causation_id = event.causation_id});
    }
    BATPAK_ASSERT(state_.index->end() == written_end_);
    ends_.publish(written_end_, durable ? written_end_ : ends_.durable());
}

// The next segment is whole and named before the MANIFEST names it, and the last one is whole
// before the MANIFEST says so. A failure before that leaves the last one active.
std::optional<Error> Committer::rotate() {
    BATPAK_ASSERT(staged_.empty() && frames_.empty());
    if (auto finished = state_.segment->finish(); !finished) {
        return poison(std::move(finished).error());
    }
    unsynced_events_ = 0;
    ends_.publish(written_end_, written_end_);

    SegmentHeader header{.log_id = state_.manifest.log_id(),
                         .segment_id = state_.manifest.active.id + 1,
                         .first = state_.next,
                         .era = state_.manifest.era(),
                         .has_hashes = state_.manifest.has_hashes};
    config_.environment().entropy->fill(header.salt);
    const std::uint64_t reserve =
        SegmentWriter::reserve_target(SegmentHeader::kBytes, 0, config_.segment_bytes());
    auto file = directory_.create_segment(header, reserve);
    if (!file) return std::move(file).error();
    Manifest manifest =
        state_.manifest.with_rotation(state_.next, state_.segment->offset(), header.segment_id);
    if (auto written = directory_.write_manifest(manifest); !written) {
        // Either manifest may be the one in force: only a reopen can tell.
        return poison(std::move(written).error());
    }
    state_.manifest = std::move(manifest);
    begin_segment(*std::move(file), header);
    return std::nullopt;
}

void Committer::begin_segment(std::unique_ptr<File> file, const SegmentHeader& header) {
    const MutexLock lock(snapshot_change_);
    Snapshot snapshot = *snapshots_.get();
    // The run that was open ends here; its index stays in memory until somebody stores it.
    LogRun closed = snapshot.runs.back()->run();
    closed.end = state_.next;
    closed.end_offset = state_.segment->offset();
    snapshot.runs.back() =
        std::make_shared<RunHandle>(closed, std::shared_ptr<const MemoryIndex>(state_.index));

    const std::uint64_t reserve =
        SegmentWriter::reserve_target(SegmentHeader::kBytes, 0, config_.segment_bytes());
    state_.segment = std::make_unique<SegmentWriter>(std::move(file), header, SegmentHeader::kBytes,
                                                     reserve, config_.segment_bytes());
    state_.index = std::make_shared<MemoryIndex>(header.first, key_hash_);
    const LogRun open{header, header.first, header.first, SegmentHeader::kBytes,
                      SegmentHeader::kBytes};
    snapshot.runs.push_back(
        std::make_shared<RunHandle>(open, std::shared_ptr<const MemoryIndex>(state_.index)));
    snapshots_.set(std::move(snapshot));
}

Result<Committer::ClosedLog> Committer::finish() {
    if (poison_) return fail(poisoned_by(*poison_));
    SegmentWriter& segment = *state_.segment;
    const auto sync = [&]() -> Result<void> {
        auto synced = segment.sync(config_.sync_mode());
        if (!synced) return fail(*poison(synced.error()));
        return {};
    };
    if (ends_.durable() != written_end_) BATPAK_CHECK(sync());
    ends_.publish(written_end_, written_end_);
    if (!state_.ends_with_mark && segment.offset() > SegmentHeader::kBytes) {
        // Durable evidence that everything before it was durable.
        frames_.clear();
        append_mark(frames_, segment.header().salt, segment.offset(), written_end_, written_end_);
        auto written = segment.write(frames_.view());
        if (!written && segment.broken()) return fail(*poison(written.error()));
        // Without room for the mark the log is as durable, and says so less loudly.
        if (written) BATPAK_CHECK(sync());
        state_.ends_with_mark = written.has_value();
    }
    LogRun run = snapshots_.get()->runs.back()->run();
    run.end = written_end_;
    run.end_offset = segment.offset();
    return ClosedLog{state_.index, run};
}

std::optional<Error> Committer::poison(Error error) {
    BATPAK_ASSERT(!poison_);
    poison_ = std::move(error);
    poisoned_.store(true, std::memory_order_relaxed);
    heads_.take_back();
    staged_.clear();
    return poisoned_by(*poison_);
}

}  // namespace batpak::store
