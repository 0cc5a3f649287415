// The one place where the log's way to say "none" meets that of the readers: in fields, a nil
// correlation id means the event's own id, and a nil causation id means no cause; in a view both
// are said in full. Nothing is copied but ids and numbers: names, metadata and payload are borrowed
// on.
#include "store/frame/event_shapes.hpp"

#include "batpak/base/assert.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

Hash commitment_of(const Frame& frame) {
    const EventView& event = frame.event;
    BATPAK_ASSERT(frame.type == FrameType::Event);
    return event.erased ? frame.commitment : payload_commitment(frame.blind, event.payload);
}

EventFields fields_of(const EventView& event) noexcept {
    const EventHeader& header = event.header;
    // Bytes at once: a comparison of std::array is a loop.
    const bool own_story = equal_bytes(header.correlation_id.view(), header.event_id.view());
    return {.kind = header.kind,
            .payload_version = header.payload_version,
            .flags = header.flags,
            .timestamp_us = header.timestamp_us,
            .correlation_id = own_story ? EventId{} : header.correlation_id,
            .causation_id = header.causation_id.value_or(EventId{}),
            .entity = event.entity,
            .scope = event.scope,
            .metadata = event.metadata_bytes,
            .payload = event.payload,
            .erased_bytes = event.erased_bytes};
}

EventPlace place_of(const EventView& event) noexcept {
    return {.sequence = event.position.sequence,
            .version = event.position.version,
            .hlc = event.position.hlc,
            .batch_index = event.batch_index,
            .batch_count = event.batch_count,
            .event_id = event.header.event_id};
}

// For readers inside of the process that see an event before it was ever read from a file:
// conditions and subscriptions.
EventView view_of(const EventFields& fields, const EventPlace& place, const Hash& hash) noexcept {
    BATPAK_ASSERT(place.batch_index < place.batch_count);
    const bool is_caused = (fields.flags & kFlagHasCausation) != 0;
    BATPAK_ASSERT(is_caused != fields.causation_id.is_nil());
    const bool own_story = fields.correlation_id.is_nil();
    EventView view;
    view.position = {place.sequence, place.version, place.hlc};
    view.header = {.event_id = place.event_id,
                   .correlation_id = own_story ? place.event_id : fields.correlation_id,
                   .causation_id = std::nullopt,
                   .timestamp_us = fields.timestamp_us,
                   .kind = fields.kind,
                   .payload_version = fields.payload_version,
                   .flags = fields.flags};
    if (is_caused) view.header.causation_id = fields.causation_id;
    view.entity = fields.entity;
    view.scope = fields.scope;
    view.metadata_bytes = fields.metadata;
    BATPAK_ASSERT(fields.erased_bytes == 0);
    view.payload = fields.payload;
    view.hash = hash;
    view.batch_index = place.batch_index;
    view.batch_count = place.batch_count;
    return view;
}

}  // namespace batpak::store
