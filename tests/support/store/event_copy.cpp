#include "support/store/event_copy.hpp"

#include <stdexcept>

namespace batpak::testing {
namespace {

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string field(std::string_view name, std::string_view value) {
    return quoted(name) + ": " + std::string(value);
}

template <class Number>
std::string number(std::string_view name, Number value) {
    return field(name, std::to_string(value));
}

std::string hex_or_null(std::string_view name, BytesView bytes, bool is_there) {
    return field(name, is_there ? quoted(to_hex(bytes)) : "null");
}

}  // namespace

EventCopy::EventCopy(const EventView& view)
    : position(view.position),
      header(view.header),
      entity(view.entity),
      scope(view.scope),
      metadata(view.metadata_bytes.begin(), view.metadata_bytes.end()),
      payload(view.payload.begin(), view.payload.end()),
      hash(view.hash),
      batch_index(view.batch_index),
      batch_count(view.batch_count),
      erased(view.erased),
      erased_bytes(view.erased_bytes) {}

bool EventCopy::is(const EventView& view) const {
    return view.position == position && view.header == header && view.entity == entity &&
           view.scope == scope && equal_bytes(view.metadata_bytes, metadata) &&
           equal_bytes(view.payload, payload) && view.hash == hash &&
           view.batch_index == batch_index && view.batch_count == batch_count &&
           view.erased == erased && view.erased_bytes == erased_bytes;
}

std::string EventCopy::to_json() const {
    const bool own_story = header.correlation_id == header.event_id;
    const std::string batch =
        "[" + std::to_string(batch_index) + ", " + std::to_string(batch_count) + "]";
    const std::string causation =
        header.causation_id ? quoted(to_string(*header.causation_id)) : "null";
    std::string json = "{" + number("sequence", position.sequence.value);
    for (const std::string& next :
         {number("version", position.version.value), number("hlc_us", position.hlc.us),
          number("hlc_counter", position.hlc.counter),
          field("batch", batch_count == 1 ? "null" : batch),
          field("id", quoted(to_string(header.event_id))), number("kind", header.kind.number()),
          number("payload_version", header.payload_version), number("flags", header.flags),
          number("timestamp_us", header.timestamp_us),
          field("correlation", own_story ? "null" : quoted(to_string(header.correlation_id))),
          field("causation", causation), hex_or_null("entity_hex", as_bytes(entity), true),
          hex_or_null("scope_hex", as_bytes(scope), true),
          hex_or_null("metadata_hex", metadata, !metadata.empty()),
          hex_or_null("E", hash.view(), !hash.is_zero()),
          hex_or_null("payload", payload, !erased)}) {
        json += ", " + next;
    }
    if (erased)
        json += ", " + field("erased", "true") + ", " + number("erased_bytes", erased_bytes);
    std::string tags;
    for (const std::string_view tag : Metadata::tags(metadata))
        tags += (tags.empty() ? "" : ", ") + quoted(to_hex(as_bytes(tag)));
    if (!tags.empty()) json += ", " + field("tags_hex", "[" + tags + "]");
    return json + "}";
}

std::vector<EventCopy> copies_of(const StoreReads& store) {
    std::vector<EventCopy> copies;
    for (const auto& event : store.query(Region::all())) {
        if (!event) throw std::runtime_error(event.error().to_string());
        copies.emplace_back(*event);
    }
    return copies;
}

}  // namespace batpak::testing
