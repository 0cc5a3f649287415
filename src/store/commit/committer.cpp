// A group, and what a failure at each step means:
//
//     stage     one item's answer; the others go on
//     write     taken back: the group's answer, and the next one is tried (INV W3); else poisoned
//     sync      poisoned: nobody knows what the disk has (INV W4)
//     publish   poisoned: what is written must be shown, or the next append would stand after a gap
//     answer    cannot fail
//
// A segment that is full is changed between two groups, never inside one: all of a batch is in one
// segment (INV W5), and the new one is in force when the MANIFEST says so (INV W6).
#include "store/commit/committer.hpp"

#include <algorithm>

#include "base/exceptions.hpp"
#include "event/kind_note.hpp"
#include "store/commit/kind_owners.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/limits.hpp"
#include "store/log/reach.hpp"

namespace batpak::store {
namespace {

constexpr std::size_t kBatchMarkerBytesMax = 64;

Error poisoned_by(const Error& first) noexcept {
    std::string words;
    try {
        words = "an earlier write or sync failed (" + first.to_string() +
                "): what it was to store is unknown until the store is opened again; reads go on";
    } catch (const std::bad_alloc&) {
        words.clear();
    }
    return Error(ErrorCode::Poisoned, std::move(words)).with_os_error(first.os_error());
}

}  // namespace

std::uint64_t frame_bytes_bound(const AppendEvents& append) noexcept {
    std::uint64_t bytes = append.events.size() > 1 ? 2 * kBatchMarkerBytesMax : 0;
    for (const PreparedEvent& event : append.events) {
        bytes += event.content.size() + kFrameOverheadBytesMax;
        if (event.noting != nullptr) bytes += event.noting->entry().size() + kKindEntryHeadBytesMax;
    }
    return bytes;
}

Committer::Committer(const StoreConfig& config, std::shared_ptr<ReadSide> side, LogState state)
    : config_(config),
      side_(std::move(side)),
      directory_(side_->directory()),
      ends_(side_->ends()),
      publications_(side_->publications()),
      injector_(config_.environment().faults.get()),
      state_(std::move(state)),
      staging_(side_, *config_.environment().entropy, config_.idempotency_retention(),
               {state_.next, state_.hlc, state_.last_id}),
      written_end_(state_.next) {
    BATPAK_ASSERT(state_.segment != nullptr && state_.index->end() == state_.next);
    last_sync_ = config_.environment().clock->monotonic();
    active_segment_.store(state_.manifest.active.id, std::memory_order_relaxed);
    ends_.publish(state_.next, state_.next);
}

void Committer::commit(std::span<CommitItem* const> items) noexcept {
    rotation_failure_.reset();
    while (!items.empty()) items = items.subspan(commit_group(items));
}

// Items that ask for a sync or for an action are not staged. They are answered with the group,
// after what was pushed before them: this is the order that RunInOrder promises.
std::size_t Committer::commit_group(std::span<CommitItem* const> items) noexcept {
    begin_group();
    BATPAK_ASSERT(poison_ || staging_.next() == written_end_);  // no number is lost (INV W2)
    std::size_t count = 0;
    std::size_t judged_alone = 0;  // items at the front whose answers owe nothing to the group
    for (; count < items.size(); ++count) {
        CommitItem& item = *items[count];
        if (item.append() == nullptr) continue;
        if (!poison_ && !make_room(item)) break;
        if (poison_) {
            answer(item, poisoned_by(*poison_), BatchStage::Validation);
        } else if (!item.error) {
            stage(item);
        }
        if (staging_.events().empty()) judged_alone = count + 1;
    }
    BATPAK_ASSERT(count > 0);  // so that commit() ends
    const auto group = items.first(count);
    if (const auto failure = write_group()) {
        forget_answers(group.subspan(judged_alone));
        for (CommitItem* item : group) {
            if (!item->answered_from_log && item->append() != nullptr) {
                answer(*item, failure, BatchStage::Writing);
            }
        }
        judged_alone = count;
    }
    auto failure = poison_ ? std::optional(poisoned_by(*poison_)) : sync_if_due(group);
    const BatchStage stage = failure ? BatchStage::Syncing : BatchStage::Publishing;
    if (!failure) failure = publish(group);
    if (failure) forget_answers(group.subspan(judged_alone));
    for (CommitItem* item : group) {
        answer(*item, failure, stage);
        act(*item);
    }
    return count;
}

// What was judged on a group that failed, was judged on events that may never have been.
void Committer::forget_answers(std::span<CommitItem* const> items) noexcept {
    for (CommitItem* item : items) item->error.reset();
}

// The first failure is an item's answer.
void Committer::answer(CommitItem& item, const std::optional<Error>& failure,
                       BatchStage stage) noexcept {
    if (!failure || item.error) return;
    item.error = copy_of(*failure);
    const AppendEvents* const append = item.append();
    const bool has_stage = append != nullptr && append->is_batch();
    if (has_stage) item.error = std::move(*item.error).at_stage(stage);
}

void Committer::act(CommitItem& item) noexcept {
    const RunInOrder* const run = std::get_if<RunInOrder>(&item.asked);
    if (item.error || run == nullptr) return;
    try {
        item.error = run->action();
    } catch (...) {
        item.error = error_of_exception();
    }
}

// Each frame of the group testifies for what is durable now. A recovery that finds damage refuses
// the store if a frame after it testifies for more than is left (INV R4).
void Committer::begin_group() noexcept {
    const SegmentWriter& segment = *state_.segment;
    staging_.begin({.log_id = segment.header().log_id,
                    .salt = segment.header().salt,
                    .offset = segment.offset(),
                    .durable_end = ends_.durable(),
                    .has_hashes = state_.manifest.has_hashes,
                    .index = state_.index.get()});
}

// Whether the item may join the group. If it does not fit the segment, and the group is empty, the
// segment is changed first; a failure to do so is the item's.
bool Committer::make_room(CommitItem& item) noexcept {
    const std::uint64_t bytes = staging_.frames().size() + frame_bytes_bound(*item.append());
    const bool segment_full = state_.segment->is_full_for(bytes);
    if (!staging_.events().empty()) return bytes <= kGroupBytesMax && !segment_full;
    if (segment_full) {
        if (!rotation_failure_) {
            auto rotated = caught([&] { return rotate(); });
            if (!rotated) rotation_failure_ = std::move(rotated).error();
        }
        answer(item, rotation_failure_, BatchStage::Writing);
        begin_group();
    }
    return true;
}

void Committer::stage(CommitItem& item) noexcept {
    auto reached = reach(injector_, InjectionPoint::BeforeStaging);
    if (!reached) return answer(item, std::move(reached).error(), BatchStage::Validation);
    Result<Staging::Origin> origin = staging_.stage(*item.append());
    if (!origin) return answer(item, std::move(origin).error(), BatchStage::Validation);
    item.answered_from_log = *origin == Staging::Origin::Log;
}

std::optional<Error> Committer::write_group() noexcept {
    if (staging_.events().empty()) return std::nullopt;
    BATPAK_ASSERT(staging_.next() == written_end_.plus(staging_.events().size()));
    // Before the write, because after it there is no way back: an event that is in the file must be
    // shown, and that must not fail for want of memory (INV W8).
    if (auto reserved = caught([&] { return reserve_index(); }); !reserved) {
        release_index();
        staging_.take_back();
        return std::move(reserved).error();
    }
    writes_.fetch_add(1, std::memory_order_relaxed);
    if (auto written = state_.segment->write(staging_.frames()); !written) {
        if (state_.segment->broken()) return poison(std::move(written).error());
        // The file is what it was: so is everything here.
        release_index();
        staging_.take_back();
        return std::move(written).error();
    }
    unsynced_events_ += staging_.events().size();
    written_end_ = staging_.next();
    state_.ends_with_mark = false;
    return std::nullopt;
}

Result<void> Committer::reserve_index() {
    rooms_.reserve(staging_.events().size());
    for (const Staging::StagedEvent& staged : staging_.events()) {
        const PreparedEvent& event = *staged.event;
        const bool notes_kind = event.noted_content != nullptr;
        rooms_.push_back(state_.index->reserve(event.fields, event.idempotency_key, staged.mark,
                                               notes_kind, staging_.tags_of(staged)));
    }
    return {};
}

void Committer::release_index() noexcept {
    for (; !rooms_.empty(); rooms_.pop_back()) state_.index->release(rooms_.back());
}

bool Committer::sync_is_due(std::span<CommitItem* const> items) const {
    BATPAK_ASSERT(ends_.durable() <= written_end_);
    if (ends_.durable() == written_end_) return false;
    if (unsynced_events_ >= config_.sync_every_n_events()) return true;
    const bool asked = std::ranges::any_of(
        items, [](const CommitItem* item) { return item->durable && !item->error; });
    if (asked || !config_.sync_interval()) return asked;
    // Whole milliseconds: the longest interval does not fit into nanoseconds.
    const auto passed = config_.environment().clock->monotonic() - last_sync_;
    return std::chrono::duration_cast<std::chrono::milliseconds>(passed) >=
           *config_.sync_interval();
}

// One file is all there is to sync: rotate() leaves a segment only when all of it is durable.
std::optional<Error> Committer::sync_if_due(std::span<CommitItem* const> items) noexcept {
    if (!sync_is_due(items)) return std::nullopt;
    syncs_.fetch_add(1, std::memory_order_relaxed);
    if (auto synced = state_.segment->sync(config_.sync_mode()); !synced) {
        return poison(std::move(synced).error());
    }
    unsynced_events_ = 0;
    if (config_.sync_interval()) last_sync_ = config_.environment().clock->monotonic();
    return std::nullopt;
}

// What is written and not published can be neither kept nor taken back: readers would miss it, and
// the next append would stand behind it.
std::optional<Error> Committer::publish(std::span<CommitItem* const> items) noexcept {
    if (!staging_.events().empty()) {
        auto reached = reach(injector_, InjectionPoint::BeforePublish);
        if (!reached) return poison(std::move(reached).error());
    }
    make_visible(items);
    return std::nullopt;
}

// In this order: the receipts, the index, the end. A reader that sees the new end must find every
// event below it in the index (INV I1), and a caller that is answered must be able to read its
// event.
void Committer::make_visible(std::span<CommitItem* const> items) noexcept {
    const bool durable = unsynced_events_ == 0;
    staging_.keep(durable ? Durability::Durable : Durability::Buffered);
    BATPAK_ASSERT(rooms_.size() == staging_.events().size());
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
        const Staging::StagedEvent& staged = staging_.events()[i];
        const EventPlace& place = staged.event->place;
        state_.index->add(staged.frame_offset, place.event_id, place.version, rooms_[i]);
    }
    rooms_.clear();
    BATPAK_ASSERT(state_.index->end() == written_end_);
    ends_.publish(written_end_, durable ? written_end_ : ends_.durable());
    if (PublicationObserver* observer = publications_.active()) tell(*observer, durable);
    if (!durable) return;
    // Also of what was found in the log, where it may have been buffered.
    for (CommitItem* item : items) {
        if (item->append() == nullptr) continue;
        for (PreparedEvent& event : item->append()->events)
            event.receipt.durability = Durability::Durable;
    }
}

// After the publication, so that a listener that is told of an event finds it. In pieces that need
// no memory: the first listener may have come after the memory for the group was taken.
void Committer::tell(PublicationObserver& observer, bool durable) noexcept {
    const auto staged = staging_.events();
    for (std::size_t begin = 0; begin < staged.size(); begin += told_.size()) {
        const std::size_t count = std::min(told_.size(), staged.size() - begin);
        for (std::size_t i = 0; i < count; ++i) {
            const PreparedEvent& event = *staged[begin + i].event;
            told_[i] = view_of(event.fields, event.place, event.receipt.hash);
            told_[i].durable = durable;
        }
        observer.published(std::span(told_).first(count));
    }
}

// The next segment is whole and named before the MANIFEST names it, and the last one is whole
// before the MANIFEST says so. A failure before that leaves the last one active.
Result<void> Committer::rotate() {
    BATPAK_ASSERT(staging_.events().empty());
    BATPAK_CHECK(reach(injector_, InjectionPoint::BeforeRotation));
    // Everything in the old segment is durable before the MANIFEST calls it sealed.
    if (auto finished = state_.segment->finish(); !finished) {
        if (state_.segment->broken()) return fail(poison(std::move(finished).error()));
        return finished;
    }
    unsynced_events_ = 0;
    ends_.publish(written_end_, written_end_);

    SegmentHeader header{.log_id = state_.manifest.log_id(),
                         .segment_id = state_.manifest.next_id(),
                         .first = written_end_,
                         .era = state_.manifest.era(),
                         .has_hashes = state_.manifest.has_hashes};
    config_.environment().entropy->fill(header.salt);
    const std::uint64_t reserve =
        SegmentWriter::reserve_target(SegmentHeader::kBytes, 0, config_.segment_bytes());
    BATPAK_TRY(std::unique_ptr<File> file, directory_.create_segment(header, reserve));
    // Held besides the last one's lock, which goes when the new one is in force.
    BATPAK_TRY(std::unique_ptr<FileLock> held, directory_.lock_next(header.segment_id));
    BATPAK_TRY(SegmentPlace place, directory_.place_of(header.segment_id, *file));
    auto writer = std::make_unique<SegmentWriter>(std::move(file), header, SegmentHeader::kBytes,
                                                  reserve, config_.segment_bytes(), injector_);
    BATPAK_CHECK(writer->hold(std::move(place)));
    Manifest manifest =
        state_.manifest.with_rotation(written_end_, state_.segment->offset(), header.segment_id);
    // A crash up to here leaves a segment without events that no MANIFEST lists. The next open
    // removes it, and goes on in the old one.
    BATPAK_CHECK(directory_.prepare_manifest(manifest));
    BATPAK_CHECK(side_->snapshots().update([&](const Snapshot& now) -> Result<SnapshotCell::Ready> {
        NextSegment next = make_next(now, std::move(writer), std::move(held));
        auto written = caught([&] { return directory_.adopt_manifest(manifest); });
        // Either manifest may be the one in force: only a reopen can tell.
        if (!written) return fail(poison(std::move(written).error()));
        state_.manifest = std::move(manifest);
        begin_segment(next);
        return std::move(next.snapshot);
    }));
    // Those who store the indexes of what is sealed look at the snapshot next.
    active_segment_.store(state_.manifest.active.id, std::memory_order_release);
    return {};
}

Committer::NextSegment Committer::make_next(const Snapshot& now,
                                            std::unique_ptr<SegmentWriter> writer,
                                            std::unique_ptr<FileLock> held) {
    BATPAK_ASSERT(state_.index->end() == written_end_);
    Snapshot snapshot = now;
    // The run that was open ends here; its index stays in memory until somebody stores it.
    LogRun closed = snapshot.runs.back()->run();
    closed.end = written_end_;
    closed.end_offset = state_.segment->offset();
    snapshot.runs.back() = std::make_shared<RunHandle>(
        closed, std::shared_ptr<const MemoryIndex>(state_.index), side_->indexes());

    const SegmentHeader& header = writer->header();
    auto index = std::make_shared<MemoryIndex>(header.first, side_->key_hash());
    const LogRun open{header, header.first, header.first, SegmentHeader::kBytes,
                      SegmentHeader::kBytes};
    snapshot.runs.push_back(std::make_shared<RunHandle>(
        open, std::shared_ptr<const MemoryIndex>(index), side_->indexes()));
    return {std::move(writer), std::move(held), std::move(index),
            SnapshotCell::Ready(std::move(snapshot))};
}

void Committer::begin_segment(NextSegment& next) noexcept {
    BATPAK_ASSERT(next.writer != nullptr && next.held != nullptr && next.index != nullptr);
    BATPAK_ASSERT(next.index->first() == written_end_);
    state_.segment = std::move(next.writer);
    directory_.keep_segment_lock(std::move(next.held));
    state_.index = std::move(next.index);
}

// What fails before the new one is in its place has changed nothing.
Result<void> Committer::put_in_force(Manifest& next) {
    BATPAK_ASSERT(next.generation == state_.manifest.generation + 1);
    BATPAK_ASSERT(next.active == state_.manifest.active);
    auto written = caught([&] { return directory_.adopt_manifest(next); });
    // Either manifest may be the one in force: only a reopen can tell.
    if (!written) return fail(poison(std::move(written).error()));
    state_.manifest = std::move(next);
    return {};
}

// Before anything is written: what was put in the place of this store must keep its MANIFEST.
Result<void> Committer::check_place() {
    if (poison_) return fail(poisoned_by(*poison_));
    auto held = state_.segment->check_held();
    if (!held) return fail(poison(std::move(held).error()));
    return {};
}

// What the group before the action has staged is published, and of no more use.
Result<void> Committer::seal_active() {
    BATPAK_CHECK(check_place());
    if (written_end_ == state_.manifest.active.first) return {};
    begin_group();
    return caught([&] { return rotate(); });
}

Result<bool> Committer::adopt(Manifest next) {
    BATPAK_CHECK(check_place());
    BATPAK_CHECK(directory_.prepare_manifest(next));
    BATPAK_CHECK(put_in_force(next));
    return !directory_.manifest_needs_repair();
}

Result<bool> Committer::adopt(Manifest next, std::span<const std::uint64_t> replaced,
                              std::shared_ptr<const RunHandle> run) {
    BATPAK_CHECK(check_place());
    BATPAK_CHECK(directory_.prepare_manifest(next));
    const auto is_replaced = [&](const std::shared_ptr<const RunHandle>& handle) {
        return std::ranges::find(replaced, handle->run().header.segment_id) != replaced.end();
    };
    BATPAK_CHECK(side_->snapshots().update([&](const Snapshot& now) -> Result<SnapshotCell::Ready> {
        Snapshot after = now;
        const auto first = std::ranges::find_if(after.runs, is_replaced);
        BATPAK_ASSERT(first != after.runs.end());
        *first = std::move(run);
        after.runs.erase(std::remove_if(first + 1, after.runs.end(), is_replaced),
                         after.runs.end());
        SnapshotCell::Ready ready(std::move(after));
        if (auto done = put_in_force(next); !done) return fail(std::move(done).error());
        return ready;
    }));
    return !directory_.manifest_needs_repair();
}

LogMoment Committer::moment() const {
    BATPAK_ASSERT(ends_.durable() == written_end_);
    return {state_.manifest, written_end_, state_.segment->offset()};
}

Result<Committer::ClosedLog> Committer::finish() noexcept {
    if (poison_) return fail(poisoned_by(*poison_));
    SegmentWriter& segment = *state_.segment;
    if (auto reached = reach(injector_, InjectionPoint::BeforeClose); !reached) {
        return fail(poison(std::move(reached).error()));
    }
    const auto sync = [&]() -> Result<void> {
        auto synced = segment.sync(config_.sync_mode());
        if (!synced) return fail(poison(std::move(synced).error()));
        return {};
    };
    // Also where nothing is left to sync: whose store was taken away is told so at the latest here.
    if (auto held = segment.check_held(); !held) return fail(poison(std::move(held).error()));
    if (ends_.durable() != written_end_) BATPAK_CHECK(sync());
    ends_.publish(written_end_, written_end_);
    if (!state_.ends_with_mark && segment.offset() > SegmentHeader::kBytes) {
        // Durable evidence that everything before it was durable.
        auto written = caught([&] { return write_mark(); });
        if (!written && segment.broken()) return fail(poison(std::move(written).error()));
        // Without room for the mark the log is as durable, and says so less loudly.
        if (written) BATPAK_CHECK(sync());
        state_.ends_with_mark = written.has_value();
    }
    LogRun run = side_->snapshots().get()->runs.back()->run();
    run.end = written_end_;
    run.end_offset = segment.offset();
    BATPAK_ASSERT(run.end >= run.first && run.end_offset >= run.start_offset);
    return ClosedLog{state_.index, run};
}

// It takes no sequence and no version: it says where the log ends, and that all of it was durable.
Result<void> Committer::write_mark() {
    SegmentWriter& segment = *state_.segment;
    Buffer mark;
    append_mark(mark, segment.header().salt, segment.offset(), written_end_, written_end_);
    BATPAK_CHECK(reach(injector_, InjectionPoint::BeforeMark));
    return segment.write(mark.view());
}

// What is staged is not shown to anybody.
Error Committer::poison(Error error) noexcept {
    BATPAK_ASSERT(!poison_);
    poison_ = std::move(error);
    poisoned_.store(true, std::memory_order_relaxed);
    release_index();
    staging_.take_back();
    return poisoned_by(*poison_);
}

}  // namespace batpak::store
