// A body is encoded again from what was decoded, and must be the same bytes: one form for one
// event. Only a verification asks for it. Opening and reading take every form that docs/FORMAT.md
// allows a reader to take; what a writer must have written is narrower, and an event in another
// form was put there by something else than a batpak.
#include "store/frame/frame_rules.hpp"

#include "base/uuid.hpp"
#include "batpak/event/detail/limits.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/event/msgpack.hpp"
#include "coordinate/tag_list.hpp"
#include "event/kind_note.hpp"
#include "store/frame/event_shapes.hpp"

namespace batpak::store {
namespace {

using msgpack::Reader;
using msgpack::Type;
using msgpack::Writer;
using Broken = std::optional<std::string_view>;

constexpr std::uint32_t kFlagEncrypted = 1;

// Copies a value in its shortest form. Of what metadata may hold, that is.
class Copy {
public:
    Copy(Reader& reader, Writer& writer) : reader_(reader), writer_(writer) {}

    std::string_view text() {
        const std::string_view text = reader_.string();
        writer_.string(text);
        return text;
    }
    BytesView binary() {
        const BytesView bytes = reader_.binary();
        writer_.binary(bytes);
        return bytes;
    }
    void number() { writer_.integer(reader_.u64()); }
    std::uint32_t map() {
        const std::uint32_t count = reader_.map();
        writer_.map(count);
        return count;
    }
    std::uint32_t array() {
        const std::uint32_t count = reader_.array();
        writer_.array(count);
        return count;
    }
    // The values whose form is checked here: it is more than what encoding them again shows.
    Broken tags() {
        const BytesView stored = reader_.raw();
        writer_.raw(stored);
        return fault_of_tags(stored);
    }
    Broken kind_note() {
        const BytesView stored = reader_.raw();
        writer_.raw(stored);
        if (decode_kind_note(stored)) return std::nullopt;
        return "what it says of its kind is no name and shape";
    }
    bool ok() const { return reader_.ok(); }

private:
    Reader& reader_;
    Writer& writer_;
};

bool copy_bypass(Copy& copy) {
    copy.text();
    return copy.text() == "because" && (copy.text(), copy.ok());
}

//     { "bypass": name, "because": text }
//     { "set": 32 bytes, "gates": [[name, version], ...], "seen": end }, "seen" if gates read
bool copy_gates(Copy& copy) {
    const std::uint32_t members = copy.map();
    if (members != 2 && members != 3) return false;
    const std::string_view first = copy.text();
    if (first == "bypass") return members == 2 && copy_bypass(copy);
    if (first != "set" || copy.binary().size() != sizeof(Hash::bytes)) return false;
    if (copy.text() != "gates") return false;
    for (std::uint32_t left = copy.array(); left > 0 && copy.ok(); --left) {
        if (copy.array() != 2) return false;
        copy.text();
        copy.number();
    }
    if (members == 2) return copy.ok();
    if (copy.text() != "seen") return false;
    copy.number();
    return copy.ok();
}

bool copy_value(Copy& copy, std::string_view key) {
    if (key == Metadata::kGates) return copy_gates(copy);
    if (key == Metadata::kIdempotencyKey) {
        const std::size_t bytes = copy.binary().size();
        return copy.ok() && bytes >= 1 && bytes <= limits::kIdempotencyKeyBytesMax;
    }
    if (key.starts_with(Metadata::kReservedPrefix)) return false;
    copy.text();
    return copy.ok();
}

Broken broken_value(Copy& copy, std::string_view key) {
    if (key == Metadata::kTags) return copy.tags();
    if (key == Metadata::kKind) return copy.kind_note();
    if (!copy_value(copy, key)) return "a value of its metadata is not what its key says";
    return std::nullopt;
}

// Written again entry by entry: keys grow, values are what their key says, and the bytes are the
// same.
Broken broken_metadata(BytesView metadata, Buffer& scratch) {
    Reader reader(metadata, {.utf8 = true});
    if (reader.peek() != Type::Map) return "its metadata is no map";
    scratch.clear();
    Writer writer(scratch);
    Copy copy(reader, writer);
    std::uint32_t left = copy.map();
    if (left == 0) return "its metadata is an empty map";
    std::string_view before;
    for (bool first = true; left > 0; --left, first = false) {
        const std::string_view key = copy.text();
        if (!copy.ok()) return "a key of its metadata is no text";
        if (!first && key <= before) return "the keys of its metadata do not grow";
        if (const Broken broken = broken_value(copy, key)) return broken;
        before = key;
    }
    if (!equal_bytes(scratch.view(), metadata)) return "its metadata is not in its shortest form";
    return std::nullopt;
}

Broken broken_fields(const EventView& event) {
    const EventHeader& header = event.header;
    if (!uuid::is_version_7(header.event_id.bytes)) return "its id is no UUID of version 7";
    const std::uint32_t own = header.flags & ~kApplicationFlags;
    if ((own & ~(kFlagEncrypted | kFlagHasCausation)) != 0)
        return "it has flags that are not known";
    if (((own & kFlagHasCausation) != 0) != header.causation_id.has_value()) {
        return "its flags do not say whether it has a cause";
    }
    return std::nullopt;
}

// Whether all but the payload's bytes is what encoding the fields gives. The bytes of a payload are
// the application's. So the frame is encoded with an empty one, and of the payload only the head is
// compared.
bool has_written_form(const Frame& frame, BytesView body, Buffer& scratch) {
    const EventView& event = frame.event;
    const bool hashed = !event.hash.is_zero();
    scratch.clear();
    if (event.erased) {
        encode_erased(scratch, frame, hashed ? &frame.commitment : nullptr);
        return equal_bytes(scratch.view(), body);
    }
    encode_place(scratch, {.place = place_of(event),
                           .durable_end = frame.durable_end,
                           .timestamp_us = event.header.timestamp_us,
                           .hash = hashed ? &event.hash : nullptr});
    EventFields fields = fields_of(event);
    fields.payload = {};
    encode_content(scratch, fields, hashed ? &frame.blind : nullptr);
    constexpr std::size_t empty_payload = 2;
    BATPAK_ASSERT(scratch.size() > empty_payload);
    const BytesView front = scratch.view().first(scratch.size() - empty_payload);
    const std::size_t payload = event.payload.size();
    // The head of a bin: its type and a length of one, two or four bytes.
    const std::size_t payload_head = payload <= UINT8_MAX ? 2 : payload <= UINT16_MAX ? 3 : 5;
    return body.size() == front.size() + payload_head + payload &&
           equal_bytes(body.first(front.size()), front);
}

// The salt and the offset are in the head, which is not compared.
bool has_written_form_of_mark(const Frame& frame, BytesView body, Buffer& scratch) {
    scratch.clear();
    const Salt salt{};
    if (frame.type == FrameType::Mark) {
        append_mark(scratch, salt, 0, frame.sequence, frame.durable_end);
    } else if (frame.type == FrameType::BatchBegin) {
        append_batch_begin(scratch, salt, 0, frame.sequence, frame.durable_end, frame.batch_count);
    } else {
        append_batch_commit(scratch, salt, 0, frame.sequence, frame.durable_end, frame.batch_count,
                            frame.batch_checksum);
    }
    return equal_bytes(scratch.view().subspan(kFrameHeaderBytes), body);
}

}  // namespace

std::optional<std::string_view> broken_rule(const Frame& frame, BytesView body, Buffer& scratch) {
    constexpr std::string_view other_form = "it is not in the one form that the format gives it";
    if (frame.type != FrameType::Event) {
        if (!has_written_form_of_mark(frame, body, scratch)) return other_form;
        if (frame.type != FrameType::Mark && frame.batch_count < 2)
            return "a batch of one event is no batch";
        return std::nullopt;
    }
    if (!has_written_form(frame, body, scratch)) return other_form;
    if (const Broken broken = broken_fields(frame.event)) return broken;
    if (frame.event.metadata_bytes.empty()) return std::nullopt;
    return broken_metadata(frame.event.metadata_bytes, scratch);
}

}  // namespace batpak::store
