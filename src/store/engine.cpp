// The order of an open: lock, read, judge; only then is anything changed (INV R2). The order of a
// close is the reverse: the last item of the queue ends the log, its index is stored, every later
// call is told that it is closed, and the locks go last, when nothing writes any more (INV L1).
#include "store/engine.hpp"

#include "base/exceptions.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "batpak/base/detail/scratch_buffer.hpp"
#include "store/open/log_end.hpp"
#include "store/open/recovery.hpp"
#include "store/ticket_state.hpp"

namespace batpak::store {
namespace {

bool is_unhashed(const CommitItem& item) noexcept {
    const AppendEvents* const append = item.append();
    return append != nullptr && append->unhashed;
}

}  // namespace

// The directory looks for a store before it has the locks, to refuse a foreign one without a trace.
// What it saw then is not used: recover() reads everything again, under them (INV L1).
Result<std::shared_ptr<Engine>> Engine::open(const StoreConfig& config) {
    BATPAK_CHECK(config.validate());
    BATPAK_TRY(std::unique_ptr<StoreDirectory> directory, StoreDirectory::open_for_writing(config));
    auto side = std::make_shared<ReadSide>(std::move(directory), config);
    std::shared_ptr<Engine> engine(new Engine(config, std::move(side)));
    BATPAK_TRY(LogState state, engine->take_up_log());
    engine->start(std::move(state));
    return engine;
}

// The read side is told first, because the end of the log is looked for as any reader would look.
// That everything found is called durable becomes true in open_for_append(), before any caller has
// this store (INV R7).
Result<LogState> Engine::take_up_log() {
    const RecoveryParts parts{config_, side_->directory(), side_->files(), side_->indexes(),
                              side_->key_hash()};
    BATPAK_TRY(RecoveredLog log, recover(parts));
    LogState state{.manifest = log.manifest,
                   .segment = nullptr,
                   .index = log.active_index,
                   .next = log.next,
                   .hlc = {},
                   .last_id = {},
                   .ends_with_mark = log.ends_with_mark};
    side_->take_up(log.snapshot, state.manifest.log_id(), state.manifest.has_hashes, log.report);
    side_->take_up_eras(state.manifest.eras);
    side_->ends().publish(state.next, state.next);
    BATPAK_TRY(LogEnd end, find_log_end(side_->pin(), side_));
    state.hlc = end.hlc;
    state.last_id = end.last_id;
    // Only forged or damaged files say so. An append would find no id or no time after it, which is
    // asserted there: so it is refused here.
    BATPAK_CHECK(load_erasures(side_->pin(), side_, state.manifest.prune, false));
    EventIdGenerator ids(*config_.environment().entropy);
    if (!ids.resume_after(state.last_id) || !(state.hlc < Hlc::last())) {
        return fail(Error(ErrorCode::CorruptFrame,
                          "its id or its time is beyond all that batpak ever writes")
                        .at_sequence(Sequence(state.next.value - 1)));
    }
    // Nothing refuses the store any more: now it is changed.
    BATPAK_TRY(state.segment, open_for_append(parts, log));
    state.manifest = log.manifest;  // the open may have finished a compaction
    side_->put_report(std::move(log.report));
    if (end.damaged) side_->report_damage(*std::move(end.damaged));
    const std::optional<Prune>& prune = state.manifest.prune;
    if (prune && prune->is_pending) side_->report_erasure(prune->intent);
    return state;
}

// From here on the committer belongs to the leader of the queue. Others use its counters, which are
// atomic, and its prefetches.
void Engine::start(LogState state) {
    BATPAK_ASSERT(!committer_ && !queue_);
    committer_ = std::make_unique<Committer>(config_, side_, std::move(state));
    sealing_ = std::make_unique<Sealing>(side_, committer_->active_segment());
    CommitQueue::Work& work = *this;
    queue_ = std::make_unique<CommitQueue>(work, config_.queue_events_max());
}

Engine::~Engine() {
    // A child after fork() only lets go of its descriptors and its memory.
    if (queue_) let_go();
}

// What goes wrong here can be told to no caller: a program that wants to know calls close().
void Engine::let_go() noexcept {
    if (side_->is_usable()) (void)caught([this] { return close(); });
}

// What was submitted one by one is hashed side by side. If memory runs out, the tickets fail and
// the rest of the wave is committed: an item that has an error already is passed over by the
// committer (INV W8).
void Engine::commit(std::span<CommitItem* const> items) noexcept {
    try {
        hash_unhashed(items);
    } catch (...) {
        const Error error = error_of_exception();
        for (CommitItem* const item : items) {
            if (is_unhashed(*item)) item->error = copy_of(error);
        }
    }
    BATPAK_ASSERT(committer_ != nullptr && !items.empty());
    committer_->commit(items);
}

// By then another thread may lead, and the answered callers are gone: what is slow here delays the
// one thread that led. Waiters come first, because files of indexes only save time.
void Engine::after_answers() noexcept {
    side_->arrivals().announce(side_->ends().visible());
    sealing_->store_all_before(committer_->active_segment());
}

void Engine::hash_unhashed(std::span<CommitItem* const> items) {
    unhashed_.clear();
    for (const CommitItem* const item : items) {
        if (is_unhashed(*item)) unhashed_.push_back(item->append()->events);
    }
    BATPAK_ASSERT(unhashed_.size() <= items.size());
    if (!unhashed_.empty()) preparation_.hash_contents(unhashed_);
}

// An append that asks for nothing is promised what the store's setting gives every event: only a
// sync for each of them is a promise for each of them.
bool Engine::is_durable(std::optional<Durability> asked) const noexcept {
    if (asked) return *asked == Durability::Durable;
    return config_.sync_every_n_events() == 1;
}

AppendEvents& Engine::ask(CommitItem& item, std::span<PreparedEvent> events,
                          const std::optional<AppendCondition>& condition,
                          std::optional<Durability> durability) const noexcept {
    item.durable = is_durable(durability);
    auto& append = item.asked.emplace<AppendEvents>();
    append.events = events;
    append.condition = condition ? &*condition : nullptr;
    return append;
}

// Request, content, event and item are on this stack. The queue has a pointer to them until run()
// returns, which it never does before the item is answered.
Result<AppendReceipt> Engine::append(const AppendRequest& request, const AppendOptions& options) {
    ScratchBuffer content;
    PreparedEvent event;
    BATPAK_CHECK(preparation_.prepare(request, *content, event, committer_->heads()));
    CommitQueue::Entry item;
    ask(item, {&event, 1}, options.condition, options.durability).judged = request.judged;
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    return event.receipt;
}

Result<AppendReceipt> Engine::try_append(const AppendRequest& request,
                                         const AppendOptions& options) {
    ScratchBuffer content;
    PreparedEvent event;
    BATPAK_CHECK(preparation_.prepare(request, *content, event, committer_->heads()));
    CommitQueue::Entry item;
    ask(item, {&event, 1}, options.condition, options.durability).judged = request.judged;
    BATPAK_CHECK(queue_->try_run(item));
    if (item.error) return fail(*std::move(item.error));
    return event.receipt;
}

// Without the hashes: the leader makes those of a whole wave side by side, which is faster than one
// by one, and this caller does not wait for them.
Result<void> Engine::submit(const AppendRequest& request, TicketState& ticket) {
    BATPAK_CHECK(preparation_.fill_and_encode(request, ticket.content, ticket.event));
    BATPAK_ASSERT(!ticket.event.content.empty());
    ask(ticket.item, {&ticket.event, 1}, ticket.options.condition, ticket.options.durability)
        .unhashed = true;
    return queue_->submit(ticket.item);
}

Result<std::vector<AppendReceipt>> Engine::append_batch(const BatchBuilder& batch,
                                                        const BatchOptions& options) {
    return append_batch(batch, options, {});
}

Result<std::vector<AppendReceipt>> Engine::append_batch(const BatchBuilder& batch,
                                                        const BatchOptions& options,
                                                        std::span<const AppendCondition> judged) {
    BATPAK_CHECK(side_->check());
    std::vector<AppendReceipt> receipts;
    if (batch.empty()) return receipts;
    ScratchBuffer contents;
    BATPAK_TRY(std::vector<PreparedEvent> events,
               preparation_.prepare_batch(batch, options, *contents));
    CommitQueue::Entry item;
    AppendEvents& append = ask(item, events, options.condition, options.durability);
    append.judged = judged;
    append.form = options.idempotency_key.empty() ? AppendForm::Batch : AppendForm::KeyedBatch;
    receipts.reserve(events.size());  // what is stored must be told
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    for (const PreparedEvent& event : events) receipts.push_back(event.receipt);
    BATPAK_ASSERT(receipts.size() == batch.size());
    return receipts;
}

// A CommitItem is made as one that asks for a sync and nothing else.
Result<void> Engine::sync() {
    BATPAK_CHECK(side_->check());
    CommitQueue::Entry item;
    item.durable = true;
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    return {};
}

// The event is in the file already, so a sync that is pushed now covers it. At the deadline the
// item cannot be taken out of the queue, which links it: it lives on in abandoned_, until a later
// call finds it answered and removes it.
Result<bool> Engine::wait_durable(Sequence sequence, Deadline deadline) {
    BATPAK_CHECK(side_->check());
    if (sequence < side_->ends().durable()) return true;
    if (sequence >= side_->ends().visible()) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "no event has this sequence yet: wait for one "
                          "that was appended")
                        .at_sequence(sequence));
    }
    std::list<CommitQueue::Entry> mine;  // the queue may need it longer than this call
    CommitQueue::Entry& item = mine.emplace_back();
    item.durable = true;
    BATPAK_CHECK(queue_->submit(item));
    const bool answered = queue_->wait(item, deadline);
    if (answered && item.error) return fail(*std::move(item.error));
    if (answered) return true;
    {
        const MutexLock lock(abandoned_mutex_);
        std::erase_if(abandoned_, [](const CommitQueue::Entry& old) { return old.is_answered(); });
        abandoned_.splice(abandoned_.end(), mine);
    }
    return false;
}

// An action runs after its group was written, synced and published, and no other group is at work
// then: MANIFEST, end and offset are of one moment.
Result<LogMoment> Engine::moment() {
    std::optional<LogMoment> moment;
    BATPAK_CHECK(run_in_order([&](const Committer& committer) -> Result<void> {
        moment = committer.moment();
        return {};
    }));
    BATPAK_ASSERT(moment);
    return *std::move(moment);
}

Result<void> Engine::run_in_order(const std::function<Result<void>(Committer&)>& action) {
    BATPAK_ASSERT(action != nullptr);
    BATPAK_CHECK(side_->check());
    CommitQueue::Entry item;
    item.durable = true;
    item.asked = RunInOrder{[&]() -> std::optional<Error> {
        auto done = action(*committer_);
        if (!done) return std::move(done).error();
        return std::nullopt;
    }};
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    return {};
}

StoreStats Engine::stats() const {
    StoreStats stats;
    stats.events = side_->ends().visible().value;
    stats.durable_events = side_->ends().durable().value;
    // The rest asks under locks that a thread of the parent may hold for ever (INV L2).
    if (side_->forked()) return stats;
    const std::shared_ptr<const Snapshot> snapshot = side_->snapshots().get();
    stats.segments = 0;
    std::uint64_t last_segment = 0;
    for (const auto& handle : snapshot->runs) {
        if (handle->run().header.segment_id != last_segment) ++stats.segments;
        last_segment = handle->run().header.segment_id;
        if (handle->memory()) stats.index_memory_bytes += handle->memory()->memory_bytes();
    }
    stats.writes = committer_->write_count();
    stats.syncs = committer_->sync_count();
    stats.indexes_rebuilt = side_->indexes().rebuilt_count();
    if (PublicationObserver* observer = side_->publications().active()) {
        stats.subscriptions = observer->listeners();
    }
    stats.poisoned = committer_->poisoned();
    return stats;
}

// The store is closed also if its last sync failed: what is then in the files the next open finds
// out. And reads end before the lock goes, because after that others may change the files.
Result<Closed> Engine::close() {
    BATPAK_CHECK(side_->check());
    if (compaction_.is_own()) {
        return fail(ErrorCode::InvalidArgument,
                    "the store cannot be closed by the progress of its own compaction: request its "
                    "stop, and close when compact() has returned");
    }
    const CancellationBlock no_cancellation;
    std::optional<Committer::ClosedLog> closed;
    CommitQueue::Entry last;
    last.durable = true;
    last.asked = RunInOrder{[&]() -> std::optional<Error> {
        auto finished = committer_->finish();
        if (!finished) return finished.error();
        closed = *std::move(finished);
        return std::nullopt;
    }};
    BATPAK_CHECK(queue_->close(last));
    BATPAK_ASSERT(last.is_answered());
    if (closed) {
        (void)caught([&]() -> Result<void> {
            sealing_->store_last(*closed);
            return {};
        });
    }
    side_->mark_closed();
    {
        // It sees at its next step that the store is closed, and takes away what it has begun. Its
        // files are under this lock (INV K3).
        const std::lock_guard ended(compaction_);
        side_->directory().unlock();
    }
    if (last.error) return fail(*std::move(last.error));
    return Closed{side_->ends().visible(), side_->log_id()};
}

}  // namespace batpak::store
