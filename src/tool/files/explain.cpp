// A frame taken apart as far as it can be: first the header, whose three numbers judge one another;
// then, if the head check holds, the elements of the body. What does not parse is shown as bytes in
// its place, because that is what a person who asks for it is looking for.
#include "tool/files/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/event/msgpack.hpp"
#include "batpak/event/value.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/payload_json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using store::Frame;
using store::FrameType;
using store::kFrameHeaderBytes;

// The elements of a body in their order (docs/FORMAT.md, "Frame"); the first three are the same in
// every type of frame.
constexpr std::array<std::string_view, 20> kEventFields = {
    "type",      "sequence", "lag",   "version",         "hlc",   "hlc counter", "batch",
    "id",        "hash",     "kind",  "payload version", "flags", "timestamp",   "correlation",
    "causation", "entity",   "scope", "metadata",        "blind", "payload",
};
// What an event has in the place of the last two, if its payload was erased.
constexpr std::array<std::string_view, 2> kErasedFields = {"payload commitment", "payload bytes"};
constexpr std::array<std::string_view, 5> kOtherFields = {"type", "sequence", "lag", "count",
                                                          "checksum"};

// Of a later version a frame may have more elements than there are names.
bool is_erased(const Frame& frame) { return frame.type == FrameType::Event && frame.event.erased; }

std::string_view field_name(const Frame& frame, std::size_t element) {
    const FrameType type = frame.type;
    constexpr std::size_t kFirstErased = kEventFields.size() - kErasedFields.size();
    if (is_erased(frame) && element >= kFirstErased && element < kEventFields.size())
        return kErasedFields[element - kFirstErased];
    if (type == FrameType::Event && element < kEventFields.size()) return kEventFields[element];
    if (type != FrameType::Event && element < kOtherFields.size()) return kOtherFields[element];
    return "unknown";
}

std::string_view type_name(FrameType type) {
    switch (type) {
        case FrameType::Event: return "event";
        case FrameType::BatchBegin: return "batch begin";
        case FrameType::BatchCommit: return "batch commit";
        case FrameType::Mark: return "mark";
    }
    return "unknown";
}

std::string lag_meaning(const Frame& frame) {
    return fmt::format("{}: {} events were known durable",
                       frame.sequence.value - frame.durable_end.value, frame.durable_end.value);
}

// What an element of an event says, by its number. By the numbers of docs/FORMAT.md, "Frame": the
// reader of a dump has that page beside it.
std::string event_meaning(const Frame& frame, std::size_t element) {
    const EventView& event = frame.event;
    const EventHeader& header = event.header;
    switch (element) {
        case 3: return fmt::format("{} in the stream of its entity", event.version().value);
        case 4:
            return fmt::format("{}: its distance from the timestamp is stored",
                               format_time(event.position.hlc.us));
        case 5: return std::to_string(event.position.hlc.counter);
        case 6:
            if (event.batch_count == 1) return "nil: alone";
            return fmt::format("[{}, {}]: index and count", event.batch_index, event.batch_count);
        case 7: return to_string(header.event_id);
        case 8: return event.hash.is_zero() ? "nil: no hashes" : to_string(event.hash);
        case 9:
            return fmt::format("{}: category {}, type {}", to_string(header.kind),
                               header.kind.category(), header.kind.type());
        case 10: return std::to_string(header.payload_version);
        case 11: return fmt::format("0x{:08x}", header.flags);
        case 12: return format_time(header.timestamp_us);
        case 13:
            if (header.correlation_id == header.event_id) return "nil: its own id";
            return to_string(header.correlation_id);
        case 14: return header.causation_id ? to_string(*header.causation_id) : "nil: none";
        case 15: return in_quotes(event.entity);
        case 16: return in_quotes(event.scope);
        case 17:
            if (event.metadata_bytes.empty()) return "nil: none";
            return escape_line(payload_json(event.metadata_bytes, false));
        case 18:
            if (event.hash.is_zero()) return "nil: no hashes";
            return event.erased ? to_string(frame.commitment) : to_hex(frame.blind);
        case 19:
            if (event.erased) return fmt::format("{} bytes, erased", event.erased_bytes);
            return fmt::format("{} bytes: {}", event.payload.size(),
                               escape_line(payload_json(event.payload, false)));
        default: return "";
    }
}

std::string meaning(const Frame& frame, std::size_t element) {
    if (element == 0 && is_erased(frame))
        return fmt::format("{}: event, payload erased", store::kErasedEventType);
    if (element == 0) {
        return fmt::format("{}: {}", static_cast<unsigned>(frame.type), type_name(frame.type));
    }
    if (element == 1) return to_string(frame.sequence);
    if (element == 2) return lag_meaning(frame);
    if (frame.type == FrameType::Event) return event_meaning(frame, element);
    if (element == 3) return count_of(frame.batch_count, "event");
    return fmt::format("0x{:08x}", frame.batch_checksum);
}

// The parts of a body, each element of its array one.
class BodyParts {
public:
    BodyParts(BytesView body, std::uint64_t offset, std::vector<FramePart>& parts)
        : body_(body), offset_(offset), parts_(parts) {}

    // The elements are walked also if the frame as a whole does not decode: each is shown by its
    // number then, up to the first that is no MessagePack.
    void add() {
        const Result<Frame> frame = store::decode_body(body_);
        msgpack::Reader reader(body_);
        const std::uint32_t elements = reader.array();
        if (!reader.ok()) return add_rest(0, "no MessagePack array");
        add_part(0, reader.offset(), "array", fmt::format("of {} elements", elements));
        for (std::uint32_t element = 0; element < elements; ++element) {
            const std::size_t begin = reader.offset();
            reader.skip();
            if (!reader.ok()) return add_rest(begin, "no MessagePack value");
            add_element(begin, reader.offset(), element, frame);
        }
        if (reader.offset() < body_.size()) add_rest(reader.offset(), "after the array");
    }

private:
    void add_part(std::size_t begin, std::size_t end, std::string_view field, std::string text) {
        parts_.push_back({offset_ + begin, body_.subspan(begin, end - begin), std::string(field),
                          std::move(text)});
    }
    void add_rest(std::size_t begin, std::string_view text) {
        add_part(begin, body_.size(), "unknown", std::string(text));
    }
    void add_element(std::size_t begin, std::size_t end, std::size_t element,
                     const Result<Frame>& frame) {
        if (frame) {
            return add_part(begin, end, field_name(*frame, element), meaning(*frame, element));
        }
        add_part(begin, end, fmt::format("element {}", element),
                 payload_json(body_.subspan(begin, end - begin), false));
    }

    BytesView body_;
    std::uint64_t offset_;
    std::vector<FramePart>& parts_;
};

// The checksum of what binds a frame to its place. Written a second time (frame.cpp has the first),
// because this is to show what a reader computes, not what the writer has kept.
std::uint32_t place_checksum(const store::Salt& salt, std::uint64_t offset, std::uint32_t n) {
    std::array<std::byte, sizeof(store::Salt) + 12> place;
    std::ranges::copy(salt, place.begin());
    store_little_endian(std::span(place).subspan(16), offset);
    store_little_endian(std::span(place).subspan(24), n);
    return crc32(place);
}

std::string judged(std::uint64_t found, std::uint64_t right, int digits) {
    if (found == right) return fmt::format("0x{:0{}x}: holds", found, digits);
    return fmt::format("0x{:0{}x}: wrong, should be 0x{:0{}x}", found, digits, right, digits);
}

}  // namespace

std::vector<FramePart> explain_frame(BytesView bytes, const store::Salt& salt,
                                     std::uint64_t offset) {
    std::vector<FramePart> parts;
    if (bytes.size() < kFrameHeaderBytes) {
        parts.push_back({offset, bytes, "unknown", "too short for the header of a frame"});
        return parts;
    }
    const auto n = load_little_endian<std::uint32_t>(bytes);
    const std::uint32_t place = place_checksum(salt, offset, n);
    const auto head = load_little_endian<std::uint16_t>(bytes.subspan(4));
    // n is of the file and not believed yet: it is compared with what there is (INV R6).
    const bool whole = n > 0 && n <= bytes.size() - kFrameHeaderBytes;
    parts.push_back({offset, bytes.first(4), "length", fmt::format("a body of {} bytes", n)});
    parts.push_back(
        {offset + 4, bytes.subspan(4, 2), "head check", judged(head, place & 0xFFFF, 4)});
    if (!whole) {
        parts.push_back({offset + 6, bytes.subspan(6, 4), "checksum",
                         "of a body that does not fit into the file"});
        return parts;
    }
    const BytesView body = bytes.subspan(kFrameHeaderBytes, n);
    const auto checksum = load_little_endian<std::uint32_t>(bytes.subspan(6));
    parts.push_back(
        {offset + 6, bytes.subspan(6, 4), "checksum", judged(checksum, crc32(body, place), 8)});
    // A body of a wrong head check has no length: it is not a body.
    if (head == (place & 0xFFFF)) BodyParts(body, offset + kFrameHeaderBytes, parts).add();
    return parts;
}

}  // namespace batpak::tool
