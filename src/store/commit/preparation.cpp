// Everything that can be refused by looking at the request alone is refused here, on the caller's
// own thread, before it may wait for others. What is left for the leader hangs on the log alone:
// the element of a cause within the batch has room for its id, and the hash of such an event waits
// for it.
//
// Contents of a batch are encoded into one buffer, whose size is bounded first: a buffer that grew
// would move what the events before it borrow. Their metadata lie in another one only until then.
#include "store/commit/preparation.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/detail/scratch_buffer.hpp"
#include "batpak/event/msgpack.hpp"
#include "coordinate/tag_list.hpp"
#include "event/hash_lanes.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/limits.hpp"
#include "store/view/event_reader.hpp"

namespace batpak::store {
namespace {

// In the log a nil id means that there is none, so one that is given would be lost there.
Result<void> check_ids(const AppendRequest& request) {
    if (request.correlation_id && request.correlation_id->is_nil()) {
        return fail(ErrorCode::InvalidArgument,
                    "the correlation id is nil: leave it absent for a story of its own, or give "
                    "the event_id of a receipt, or an EventId::make()");
    }
    if (request.causation_id && request.causation_id->is_nil()) {
        return fail(ErrorCode::InvalidArgument,
                    "the causation id is nil: leave it absent if nothing caused the event, or give "
                    "the event_id of the receipt or header of its cause");
    }
    return {};
}

// Nothing of this depends on the log, so a caller that is refused has kept no one waiting.
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
    if (request.type.id() != nullptr && !request.kind_name.empty()) {
        return fail(ErrorCode::InvalidArgument,
                    "kind_name is for payloads that have no type: give the type an event_name");
    }
    BATPAK_CHECK(check_ids(request));
    return Preparation::check_key(request.idempotency_key);
}

// Of an item of a batch; append_request.hpp has the same of a single append.
AppendRequest request_of(const BatchBuilder& batch, const BatchBuilder::Item& item) {
    return {.coordinate = item.coordinate,
            .kind = item.kind,
            .payload_version = item.payload_version,
            .payload = batch.payload_of(item),
            .metadata = item.options.metadata,
            .idempotency_key = item.options.idempotency_key,
            .correlation_id = item.options.correlation_id,
            .causation_id = item.options.causation_id,
            .caused_by = item.options.caused_by,
            .expect = item.options.expect,
            .flags = item.options.flags,
            .is_system = item.is_system,
            .gate_evidence = item.gate_evidence,
            .type = item.type,
            .tags = item.options.tags,
            .own_tags = item.own_tags,
            .kind_name = item.options.kind_name};
}

// At most how many bytes elements 9 to 19 of its frame take.
std::size_t content_bytes_bound(const PreparedEvent& event) {
    constexpr std::size_t fixed_bytes_max = 128;  // everything but names, metadata and payload
    return event.fields.payload.size() + event.fields.entity.size() + event.fields.scope.size() +
           event.metadata_bytes + fixed_bytes_max;
}

Error invalid_item(std::string detail) {
    return Error(ErrorCode::InvalidArgument, std::move(detail));
}

// What only the place of an item in its batch can make wrong. Keys are compared with all before
// them. A batch has 4096 items at most (StoreConfig).
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

// What batpak keeps in the metadata is encoded with what the caller gives, in one map: so the
// content hash covers it, and it is stored with the event or not at all (INV G4).
Result<void> encode_metadata(const AppendRequest& request, Buffer& buffer, PreparedEvent& event) {
    const std::size_t begin = buffer.size();
    ScratchBuffer values;
    if (!request.idempotency_key.empty()) {
        msgpack::Writer(*values).binary(as_bytes(request.idempotency_key));
    }
    const std::size_t key_bytes = values->size();
    const bool has_tags = !request.tags.empty() || !request.own_tags.empty();
    if (has_tags) BATPAK_CHECK(encode_tags(*values, request.tags, request.own_tags));
    const BytesView key = values->view().first(key_bytes);
    const BytesView tags = values->view().subspan(key_bytes);
    const std::array own{Metadata::Reserved{Metadata::kGates, request.gate_evidence},
                         Metadata::Reserved{Metadata::kIdempotencyKey, key},
                         Metadata::Reserved{Metadata::kTags, tags}};
    request.metadata.encode_with(buffer, own);
    const BytesView encoded = buffer.view().subspan(begin);
    event.metadata_bytes = encoded.size();
    // No key of batpak's own is after that of tags, so without those of the caller they are last.
    if (has_tags) {
        event.put_tags(encoded, request.metadata.empty()
                                    ? encoded.last(tags.size())
                                    : Metadata::reserved(encoded, Metadata::kTags));
    }
    if (event.metadata_bytes > limits::kMetadataReadBytesMax) {
        return fail(ErrorCode::MetadataTooLarge, "metadata, key, tags and gates are over 64 KiB");
    }
    return {};
}

bool has_metadata(const AppendRequest& request) noexcept {
    return !request.metadata.empty() || !request.idempotency_key.empty() || !request.tags.empty() ||
           !request.own_tags.empty() || !request.gate_evidence.empty();
}

KindOwners::Recall recall_from(std::shared_ptr<ReadSide> side) {
    return [side = std::move(side)](EventKind kind, std::uint16_t version) {
        std::optional<KindNote> latest;
        EventReader reader(side->pin(), side);
        reader.visit_kind_notes(kind, [&](const EventView& event, KindNote note) {
            if (event.header.payload_version == version) latest = std::move(note);
            return !latest;
        });
        return latest;
    };
}

}  // namespace

Preparation::Preparation(const StoreConfig& config, std::shared_ptr<ReadSide> side)
    : config_(config), side_(std::move(side)), kind_owners_(recall_from(side_)) {}

Result<void> Preparation::check_key(std::string_view idempotency_key) {
    if (idempotency_key.size() <= limits::kIdempotencyKeyBytesMax) return {};
    return fail(ErrorCode::InvalidArgument, "the idempotency key has over 256 bytes: hash it");
}

// In two steps, because the head can be fetched only from where it is: the look-up of the place has
// the time of the hashes, and the head has the time until this caller leads.
Result<void> Preparation::prepare(const AppendRequest& request, Buffer& content,
                                  PreparedEvent& event, const Heads& heads) const {
    BATPAK_ASSERT(content.empty());
    BATPAK_CHECK(fill_and_encode(request, content, event));
    // What the commit needs to know of the entity comes near while the hashes are made.
    heads.prefetch_place(event.entity_hash);
    const std::span<PreparedEvent> alone(&event, 1);
    hash_contents({&alone, 1});
    heads.prefetch_head(event.entity_hash);
    return {};
}

Result<void> Preparation::fill_and_encode(const AppendRequest& request, Buffer& content,
                                          PreparedEvent& event) const {
    ScratchBuffer metadata;
    BATPAK_CHECK(fill(request, *metadata, event));
    encode({&event, 1}, metadata->view(), content);
    return {};
}

// The time is the caller's, taken before the queue. It gives the event no place: order comes from
// the leader alone, whose times never go back (Staging::link, INV W7).
Result<void> Preparation::fill(const AppendRequest& request, Buffer& metadata,
                               PreparedEvent& event) const {
    BATPAK_CHECK(side_->check());
    BATPAK_CHECK(check_request(request, config_.payload_bytes_max()));
    // Every way in comes through here: append, try, submit and batch (INV G6).
    if (config_.requires_receipts() && !request.is_system && request.gate_evidence.empty()) {
        return fail(ErrorCode::ReceiptRequired,
                    "the store takes only what gates have judged: evaluate it, and commit the "
                    "receipt, or bypass the gates with a reason");
    }
    BATPAK_TRY(event.noting, kind_owners_.claim(request.kind, request.payload_version, request.type,
                                                request.kind_name));
    if (has_metadata(request)) BATPAK_CHECK(encode_metadata(request, metadata, event));
    const bool has_causation = request.causation_id || request.caused_by;
    event.expect = request.expect;
    event.idempotency_key = request.idempotency_key;
    event.fields = {.kind = request.kind,
                    .payload_version = request.payload_version,
                    .flags = request.flags | (has_causation ? kFlagHasCausation : 0),
                    .timestamp_us = config_.environment().clock->wall_us(),
                    .correlation_id = request.correlation_id.value_or(EventId{}),
                    .causation_id = request.causation_id.value_or(EventId{}),
                    .entity = request.coordinate.entity(),
                    .scope = request.coordinate.scope(),
                    .metadata = {},
                    .payload = request.payload};
    event.entity_hash = side_->key_hash()(event.fields.entity);
    if (request.caused_by) {
        event.caused_by = request.caused_by->index;
        event.fields.causation_id.bytes.fill(std::byte{0xFF});  // until the cause has its id
    }
    // Random, so that P does not give away a payload that can be guessed.
    if (side_->has_hashes()) config_.environment().entropy->fill(event.blind);
    return {};
}

// P and C. Of an event whose cause has no id yet, C follows in the commit. All P before the first
// C, because C covers P. Both are computed for many events side by side.
void Preparation::hash_contents(std::span<const std::span<PreparedEvent>> groups) const {
    if (!side_->has_hashes()) return;
    PayloadCommitments commitments;
    for (const std::span<PreparedEvent> events : groups) {
        for (PreparedEvent& event : events)
            commitments.add(event.blind, event.fields.payload, event.payload_commitment);
    }
    commitments.finish();
    const LogId log_id = side_->log_id();
    ContentHashes contents(log_id);
    for (const std::span<PreparedEvent> events : groups) {
        for (PreparedEvent& event : events) {
            if (!event.caused_by)
                contents.add(event.fields, event.payload_commitment, event.content_hash);
        }
    }
    contents.finish();
}

void Preparation::encode(std::span<PreparedEvent> events, BytesView metadata,
                         Buffer& contents) const {
    std::size_t bytes = 0;
    for (const PreparedEvent& event : events) bytes += content_bytes_bound(event);
    contents.reserve_more(bytes);  // so that nothing moves that an event borrows
    for (PreparedEvent& event : events) {
        const std::size_t begin = contents.size();
        const std::size_t payload_bytes = event.fields.payload.size();
        event.fields.metadata = metadata.first(event.metadata_bytes);
        metadata = metadata.subspan(event.metadata_bytes);
        const ContentPlaces places =
            encode_content(contents, event.fields, side_->has_hashes() ? &event.blind : nullptr);
        event.causation_at = places.causation;
        event.content = {contents.data() + begin, contents.size() - begin};
        // From here on the caller's own bytes are not looked at again.
        event.fields.payload = event.content.last(payload_bytes);
        event.fields.metadata = event.content.subspan(places.metadata, event.metadata_bytes);
        BATPAK_ASSERT(event.content.size() <= content_bytes_bound(event));
    }
}

// The limits come first: no memory is taken for a batch that is refused by its size.
Result<std::vector<PreparedEvent>> Preparation::prepare_batch(const BatchBuilder& batch,
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
    ScratchBuffer metadata;
    std::vector<PreparedEvent> events(batch.size());
    for (std::uint32_t i = 0; i < batch.size(); ++i) {
        AppendRequest request = request_of(batch, batch.items()[i]);
        if (keyed_as_a_whole && i == 0) request.idempotency_key = options.idempotency_key;
        std::optional<Error> error = check_item(batch, i, keyed_as_a_whole);
        if (!error) {
            auto filled = fill(request, *metadata, events[i]);
            if (!filled) error = std::move(filled).error();
        }
        if (error) return fail(std::move(*error).at_stage(BatchStage::Validation).at_item(i));
    }
    encode(events, metadata->view(), contents);
    const std::span<PreparedEvent> all(events);
    hash_contents({&all, 1});
    return events;
}

}  // namespace batpak::store
