#include "store/engine.hpp"

#include <algorithm>
#include <array>

#include "base/cancellation.hpp"
#include "base/deadline.hpp"
#include "base/exceptions.hpp"
#include "batpak/event/msgpack.hpp"
#include "event/hash_lanes.hpp"
#include "store/log_end.hpp"
#include "store/recovery.hpp"

namespace batpak::store {
namespace {

// With this many parts, or when the new one would be no small one, they are made into one.
constexpr std::size_t kLeadingPartsMax = 4;

Result<void> check_request(const AppendRequest& request, std::uint32_t payload_bytes_max) {
    if (request.kind.is_reserved() && !request.is_system) {
        return fail(ErrorCode::ReservedKind, "kind " + to_string(request.kind) +
                                                 " belongs to batpak: choose another category");
    }
    if (request.payload.size() > payload_bytes_max) {
        return fail(ErrorCode::PayloadTooLarge,
                    "the payload has " + std::to_string(request.payload.size()) + " bytes, and " +
                        std::to_string(payload_bytes_max) +
                        " are allowed: split it, or raise payload_bytes_max");
    }
    if ((request.flags & ~kApplicationFlags) != 0) {
        return fail(ErrorCode::InvalidArgument,
                    "flag bits 0 to 7 belong to batpak: use bits 8 to 31");
    }
    return Engine::check_key(request.idempotency_key);
}

AppendRequest request_of(const BatchBuilder& batch, const BatchBuilder::Item& item) {
    return {.coordinate = item.coordinate,
            .kind = item.kind,
            .payload_version = item.payload_version,
            .payload = batch.payload_of(item),
            .metadata = item.options.metadata,
            .idempotency_key = item.options.idempotency_key,
            .correlation_id = item.options.correlation_id.value_or(EventId{}),
            .causation_id = item.options.causation_id.value_or(EventId{}),
            .caused_by = item.options.caused_by,
            .expect = item.options.expect,
            .flags = item.options.flags,
            .is_system = item.is_system,
            .gate_evidence = item.gate_evidence};
}

// At most how many bytes elements 9 to 19 of its frame take.
std::size_t content_bytes_bound(const PreparedEvent& event) {
    constexpr std::size_t fixed_bytes_max = 128;  // everything but names, metadata and payload
    return event.payload.size() + event.hashed.entity.size() + event.hashed.scope.size() +
           event.metadata.size() + fixed_bytes_max;
}

Error invalid_item(std::string detail) {
    return Error(ErrorCode::InvalidArgument, std::move(detail));
}

// What only the place of an item in its batch can make wrong.
std::optional<Error> check_item(const BatchBuilder& batch, std::uint32_t index,
                                bool keyed_as_a_whole) {
    const std::vector<BatchBuilder::Item>& items = batch.items();
    const BatchItemOptions& options = items[index].options;
    if (options.caused_by && options.causation_id) {
        return invalid_item("it is caused by an item and by an event: choose one");
    }
    if (options.caused_by && options.caused_by->index >= index) {
        return invalid_item("it is caused by an item that does not come before it");
    }
    if (keyed_as_a_whole && !options.idempotency_key.empty()) {
        return invalid_item("the batch has an idempotency key, so its items must have none");
    }
    if (options.idempotency_key.empty() != items[0].options.idempotency_key.empty()) {
        return invalid_item("give all items of a batch an idempotency key, or none");
    }
    const auto same_key = [&](const BatchBuilder::Item& other) {
        return other.options.idempotency_key == options.idempotency_key;
    };
    const bool repeated = !options.idempotency_key.empty() &&
                          std::any_of(items.begin(), items.begin() + index, same_key);
    if (repeated) return invalid_item("an earlier item of the batch has the same idempotency key");
    return std::nullopt;
}

void encode_metadata(const AppendRequest& request, Buffer& buffer) {
    ScratchBuffer key;
    if (!request.idempotency_key.empty()) {
        msgpack::Writer(*key).binary(as_bytes(request.idempotency_key));
    }
    const std::array own{Metadata::Reserved{Metadata::kGates, request.gate_evidence},
                         Metadata::Reserved{Metadata::kIdempotencyKey, key->view()}};
    request.metadata.encode_with(buffer, own);
}

}  // namespace

Result<std::shared_ptr<Engine>> Engine::open(const StoreConfig& config) {
    BATPAK_CHECK(config.validate());
    BATPAK_TRY(std::unique_ptr<StoreDirectory> directory, StoreDirectory::open_for_writing(config));
    auto side = std::make_shared<ReadSide>(std::move(directory), config);
    std::shared_ptr<Engine> engine(new Engine(config, std::move(side)));
    BATPAK_TRY(LogState state, engine->take_up_log());
    engine->start(std::move(state));
    return engine;
}

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
    side_->ends().publish(state.next, state.next);
    BATPAK_TRY(LogEnd end, find_log_end(side_->pin(), side_));
    state.hlc = end.hlc;
    state.last_id = end.last_id;
    EventIdGenerator ids(*config_.environment().entropy);
    if (!ids.resume_after(state.last_id) || !(state.hlc < Hlc::last())) {
        return fail(Error(ErrorCode::CorruptFrame,
                          "its id or its time is beyond all that batpak ever writes")
                        .at_sequence(Sequence(state.next.value - 1)));
    }
    // Nothing refuses the store any more: now it is changed.
    BATPAK_TRY(state.segment, open_for_append(parts, log));
    side_->put_report(std::move(log.report));
    if (end.damaged) side_->report_damage(*std::move(end.damaged));
    return state;
}

void Engine::start(LogState state) {
    committer_ = std::make_unique<Committer>(
        Committer::Parts{config_, side_->directory(), side_->snapshots(), side_->snapshot_change(),
                         side_->ends(), side_->publications(), side_->key_hash(), side_},
        std::move(state));
    queue_ = std::make_unique<CommitQueue>(
        CommitQueue::Work{[this](std::span<CommitItem* const> items) { commit(items); },
                          [this] {
                              side_->arrivals().announce(side_->ends().visible());
                              store_sealed_indexes();
                          }},
        config_.queue_events_max());
    // The index of what was sealed before is loaded from its file, or made anew, when it is needed.
    const MutexLock lock(sealing_);
    sealed_stored_ = committer_->active_segment() - 1;
    first_untried_.store(sealed_stored_ + 1, std::memory_order_relaxed);
}

Engine::~Engine() {
    // A child after fork() only lets go of its descriptors and its memory.
    if (queue_) let_go();
}

void Engine::let_go() noexcept {
    if (side_->is_usable()) (void)caught([this] { return close(); });
}

Result<void> Engine::check_key(std::string_view idempotency_key) {
    if (idempotency_key.size() <= limits::kIdempotencyKeyBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "the idempotency key has over 256 bytes: hash it");
}

Result<void> Engine::prepare(const AppendRequest& request, Buffer& content,
                             PreparedEvent& event) const {
    BATPAK_ASSERT(content.empty());
    BATPAK_CHECK(fill(request, event));
    encode({&event, 1}, content);
    // What the commit needs to know of the entity comes near while the hashes are made.
    committer_->heads().prefetch_place(event.entity_hash);
    const std::span<PreparedEvent> alone(&event, 1);
    hash_contents({&alone, 1});
    committer_->heads().prefetch_head(event.entity_hash);
    return {};
}

Result<void> Engine::fill(const AppendRequest& request, PreparedEvent& event) const {
    BATPAK_CHECK(side_->check());
    BATPAK_CHECK(check_request(request, config_.payload_bytes_max()));
    if (config_.requires_receipts() && !request.is_system && request.gate_evidence.empty()) {
        return fail(ErrorCode::ReceiptRequired,
                    "the store takes only what gates have judged: evaluate it, and commit the "
                    "receipt, or bypass the gates with a reason");
    }
    encode_metadata(request, event.metadata);
    if (event.metadata.size() > limits::kMetadataReadBytesMax) {
        return fail(ErrorCode::MetadataTooLarge, "metadata, key and gates are over 64 KiB");
    }
    const bool has_causation = !request.causation_id.is_nil() || request.caused_by;
    event.expect = request.expect;
    event.idempotency_key = request.idempotency_key;
    event.payload = request.payload;
    event.hashed = {.log_id = side_->log_id(),
                    .kind = request.kind,
                    .payload_version = request.payload_version,
                    .flags = request.flags | (has_causation ? kFlagHasCausation : 0),
                    .timestamp_us = config_.environment().clock->wall_us(),
                    .correlation_id = request.correlation_id,
                    .causation_id = request.causation_id,
                    .payload_bytes = request.payload.size(),
                    .payload_commitment = {},
                    .entity = request.coordinate.entity(),
                    .scope = request.coordinate.scope(),
                    .metadata = event.metadata.view()};
    event.entity_hash = side_->key_hash()(event.hashed.entity);
    if (request.caused_by) {
        event.caused_by = request.caused_by->index;
        event.hashed.causation_id.bytes.fill(std::byte{0xFF});  // until the cause has its id
    }
    if (side_->has_hashes()) config_.environment().entropy->fill(event.blind);
    return {};
}

// P and C. Of an event whose cause has no id yet, C follows in the commit.
void Engine::hash_contents(std::span<const std::span<PreparedEvent>> groups) const {
    if (!side_->has_hashes()) return;
    PayloadCommitments commitments;
    for (const std::span<PreparedEvent> events : groups) {
        for (PreparedEvent& event : events)
            commitments.add(event.blind, event.payload, event.hashed.payload_commitment);
    }
    commitments.finish();
    ContentHashes contents;
    for (const std::span<PreparedEvent> events : groups) {
        for (PreparedEvent& event : events) {
            if (!event.caused_by) contents.add(event.hashed, event.content_hash);
        }
    }
    contents.finish();
}

// What was submitted one by one is hashed side by side.
void Engine::commit(std::span<CommitItem* const> items) noexcept {
    try {
        hash_unhashed(items);
    } catch (...) {
        const Error error = error_of_exception();
        for (CommitItem* const item : items) {
            if (item->unhashed) item->error = copy_of(error);
        }
    }
    committer_->commit(items);
}

void Engine::hash_unhashed(std::span<CommitItem* const> items) {
    unhashed_.clear();
    for (const CommitItem* const item : items) {
        if (item->unhashed) unhashed_.push_back(item->events);
    }
    if (!unhashed_.empty()) hash_contents(unhashed_);
}

void Engine::encode(std::span<PreparedEvent> events, Buffer& contents) const {
    std::size_t bytes = 0;
    for (const PreparedEvent& event : events) bytes += content_bytes_bound(event);
    contents.reserve_more(bytes);  // so that nothing moves that an event borrows
    for (PreparedEvent& event : events) {
        const std::size_t begin = contents.size();
        const std::size_t payload_bytes = event.payload.size();
        event.causation_at =
            encode_content(contents, {.kind = event.hashed.kind,
                                      .payload_version = event.hashed.payload_version,
                                      .flags = event.hashed.flags,
                                      .timestamp_us = event.hashed.timestamp_us,
                                      .correlation_id = event.hashed.correlation_id,
                                      .causation_id = event.hashed.causation_id,
                                      .entity = event.hashed.entity,
                                      .scope = event.hashed.scope,
                                      .metadata = event.metadata.view(),
                                      .blind = side_->has_hashes() ? &event.blind : nullptr,
                                      .payload = event.payload});
        event.content = {contents.data() + begin, contents.size() - begin};
        event.payload = event.content.last(payload_bytes);
        BATPAK_ASSERT(event.content.size() <= content_bytes_bound(event));
    }
}

bool Engine::is_durable(std::optional<Durability> asked) const noexcept {
    if (asked) return *asked == Durability::Durable;
    return config_.sync_every_n_events() == 1;
}

void Engine::fill_item(CommitItem& item, std::span<PreparedEvent> events,
                       const std::optional<AppendCondition>& condition,
                       std::optional<Durability> durability) const noexcept {
    item.events = events;
    item.condition = condition ? &*condition : nullptr;
    item.durable = is_durable(durability);
}

Result<AppendReceipt> Engine::append(const AppendRequest& request, const AppendOptions& options) {
    return append(request, options, {});
}

Result<AppendReceipt> Engine::append(const AppendRequest& request, const AppendOptions& options,
                                     std::span<const AppendCondition> judged) {
    ScratchBuffer content;
    PreparedEvent event;
    BATPAK_CHECK(prepare(request, *content, event));
    CommitItem item;
    fill_item(item, {&event, 1}, options.condition, options.durability);
    item.judged = judged;
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    return event.receipt;
}

Result<AppendReceipt> Engine::try_append(const AppendRequest& request,
                                         const AppendOptions& options) {
    ScratchBuffer content;
    PreparedEvent event;
    BATPAK_CHECK(prepare(request, *content, event));
    CommitItem item;
    fill_item(item, {&event, 1}, options.condition, options.durability);
    BATPAK_CHECK(queue_->try_run(item));
    if (item.error) return fail(*std::move(item.error));
    return event.receipt;
}

Result<void> Engine::submit(const AppendRequest& request, TicketState& ticket) {
    BATPAK_CHECK(fill(request, ticket.event));
    encode({&ticket.event, 1}, ticket.content);
    fill_item(ticket.item, {&ticket.event, 1}, ticket.options.condition, ticket.options.durability);
    ticket.item.unhashed = true;
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
    BATPAK_TRY(std::vector<PreparedEvent> events, prepare_batch(batch, options, *contents));
    CommitItem item;
    fill_item(item, events, options.condition, options.durability);
    item.judged = judged;
    item.is_batch = true;
    item.keyed_as_a_whole = !options.idempotency_key.empty();
    receipts.reserve(events.size());  // what is stored must be told
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    for (const PreparedEvent& event : events) receipts.push_back(event.receipt);
    return receipts;
}

Result<std::vector<PreparedEvent>> Engine::prepare_batch(const BatchBuilder& batch,
                                                         const BatchOptions& options,
                                                         Buffer& contents) const {
    if (batch.encoding_error()) return fail(*batch.encoding_error());
    const auto invalid = [](std::string detail) {
        return fail(invalid_item(std::move(detail)).at_stage(BatchStage::Validation));
    };
    if (batch.size() > config_.batch_items_max()) {
        return invalid("the batch has " + std::to_string(batch.size()) + " items, and " +
                       std::to_string(config_.batch_items_max()) +
                       " are allowed: split it, or raise batch_items_max");
    }
    std::uint64_t payload_bytes = 0;
    for (const BatchBuilder::Item& item : batch.items())
        payload_bytes += batch.payload_of(item).size();
    if (payload_bytes > config_.batch_bytes_max()) {
        return invalid("the batch has " + std::to_string(payload_bytes) +
                       " bytes of payload, and " + std::to_string(config_.batch_bytes_max()) +
                       " are allowed: split it, or raise batch_bytes_max");
    }
    const bool keyed_as_a_whole = !options.idempotency_key.empty();
    std::vector<PreparedEvent> events(batch.size());
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
        AppendRequest request = request_of(batch, batch.items()[i]);
        if (keyed_as_a_whole && i == 0) request.idempotency_key = options.idempotency_key;
        std::optional<Error> error = check_item(batch, i, keyed_as_a_whole);
        if (!error) {
            auto filled = fill(request, events[i]);
            if (!filled) error = std::move(filled).error();
        }
        if (error) return fail(std::move(*error).at_stage(BatchStage::Validation).at_item(i));
    }
    encode(events, contents);
    const std::span<PreparedEvent> all(events);
    hash_contents({&all, 1});
    return events;
}

Result<void> Engine::sync() {
    BATPAK_CHECK(side_->check());
    CommitItem item;
    item.durable = true;
    BATPAK_CHECK(queue_->run(item));
    if (item.error) return fail(*std::move(item.error));
    return {};
}

Result<void> Engine::wait_durable(Sequence sequence, std::chrono::milliseconds timeout) {
    BATPAK_CHECK(side_->check());
    if (sequence < side_->ends().durable()) return {};
    if (sequence >= side_->ends().visible()) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "no event has this sequence yet: wait for one "
                          "that was appended")
                        .at_sequence(sequence));
    }
    std::list<CommitItem> mine;  // the queue may need it longer than this call
    CommitItem& item = mine.emplace_back();
    item.durable = true;
    BATPAK_CHECK(queue_->submit(item));
    const bool answered = queue_->wait(item, deadline_after(timeout));
    if (answered && item.error) return fail(*std::move(item.error));
    if (answered) return {};
    {
        const MutexLock lock(abandoned_mutex_);
        std::erase_if(abandoned_, [](const CommitItem& old) { return old.done.load() == 1; });
        abandoned_.splice(abandoned_.end(), mine);
    }
    return fail(
        Error(ErrorCode::Timeout, "it is not known to be durable yet").at_sequence(sequence));
}

void Engine::store_sealed_indexes() noexcept {
    const std::uint64_t active = committer_->active_segment();
    if (first_untried_.load(std::memory_order_relaxed) == active) return;
    // Whoever comes while another is at it leaves it to him, or to the next append.
    if (!sealing_.try_lock()) return;
    while (sealed_stored_ + 1 < active) {
        const std::uint64_t segment_id = sealed_stored_ + 1;
        const auto stored = caught([&] { return store_sealed_index(segment_id); });
        // What is damaged stays so, and does not hold up those after it.
        const bool is_passing = !stored && (stored.error().error_class() == ErrorClass::Io ||
                                            stored.error().error_class() == ErrorClass::Full);
        if (is_passing) break;
        ++sealed_stored_;
    }
    first_untried_.store(active, std::memory_order_relaxed);
    sealing_.unlock();
}

Result<void> Engine::store_sealed_index(std::uint64_t segment_id) {
    const std::shared_ptr<const Snapshot> before = side_->snapshots().get();
    std::vector<std::shared_ptr<const RunHandle>> of_segment;
    for (const auto& handle : before->runs) {
        if (handle->run().header.segment_id == segment_id) of_segment.push_back(handle);
    }
    const bool is_stored =
        of_segment.size() <= 1 && (of_segment.empty() || !of_segment[0]->memory());
    if (is_stored) return {};
    LogRun whole = of_segment.front()->run();
    whole.end = of_segment.back()->run().end;
    whole.end_offset = of_segment.back()->run().end_offset;
    const bool alone = of_segment.size() == 1;
    auto index = alone ? side_->indexes().store(*of_segment[0]->memory(), whole)
                       : side_->indexes().make_whole(whole);
    if (!index) return fail(std::move(index).error());

    const MutexLock lock(side_->snapshot_change());
    Snapshot after = *side_->snapshots().get();
    const auto belongs = [&](const auto& handle) {
        return handle->run().header.segment_id == segment_id;
    };
    const auto first = std::ranges::find_if(after.runs, belongs);
    *first = std::make_shared<RunHandle>(whole, *std::move(index));
    after.runs.erase(std::remove_if(first + 1, after.runs.end(), belongs), after.runs.end());
    side_->snapshots().set(std::move(after));
    side_->indexes().remove_other_parts(segment_id, whole.first);
    return {};
}

void Engine::store_last_index(const Committer::ClosedLog& closed) {
    if (closed.run.first == closed.run.end) return;
    std::size_t leading = 0;
    // Held: appends that ended just now may still replace it, to store the index of a sealed
    // segment.
    const std::shared_ptr<const Snapshot> snapshot = side_->snapshots().get();
    for (const auto& handle : snapshot->runs) {
        if (handle->run().header.segment_id == closed.run.header.segment_id) ++leading;
    }
    --leading;  // the run of `closed` itself
    const std::uint64_t old_events = closed.run.first.value - closed.run.header.first.value;
    const std::uint64_t new_events = closed.run.end.value - closed.run.first.value;
    LogRun whole = closed.run;
    whole.first = whole.header.first;
    whole.start_offset = SegmentHeader::kBytes;
    // A failure costs the next open time, and nothing else.
    if (leading > 0 && (leading >= kLeadingPartsMax || old_events <= new_events)) {
        if (side_->indexes().make_whole(whole)) {
            side_->indexes().remove_other_parts(whole.header.segment_id, whole.first);
            return;
        }
    }
    (void)side_->indexes().store(*closed.index, closed.run);
}

StoreStats Engine::stats() const {
    StoreStats stats;
    stats.events = side_->ends().visible().value;
    stats.durable_events = side_->ends().durable().value;
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

Result<Closed> Engine::close() {
    BATPAK_CHECK(side_->check());
    const CancellationBlock no_cancellation;
    std::optional<Committer::ClosedLog> closed;
    CommitItem last;
    last.durable = true;
    last.action = [&]() -> std::optional<Error> {
        auto finished = committer_->finish();
        if (!finished) return finished.error();
        closed = *std::move(finished);
        return std::nullopt;
    };
    BATPAK_CHECK(queue_->close(last));
    if (closed) {
        (void)caught([&]() -> Result<void> {
            store_last_index(*closed);
            return {};
        });
    }
    side_->mark_closed();
    side_->directory().unlock();
    if (last.error) return fail(*std::move(last.error));
    return Closed{side_->ends().visible(), side_->log_id()};
}

}  // namespace batpak::store
