#include "store/frame.hpp"

#include "base/crc32.hpp"
#include "batpak/base/little_endian.hpp"
#include "batpak/base/utf8.hpp"
#include "batpak/event/msgpack.hpp"
#include "store/limits.hpp"

namespace batpak::store {
namespace {

constexpr std::uint32_t kEventElements = 20;
constexpr std::uint32_t kBatchBeginElements = 4;
constexpr std::uint32_t kBatchCommitElements = 5;
constexpr std::uint32_t kMarkElements = 3;

// The checksum state after what binds a frame to its place: salt, offset, length.
std::uint32_t place_checksum(const Salt& salt, std::uint64_t offset, std::uint32_t body_bytes) {
    std::array<std::byte, sizeof(Salt) + 12> place;
    std::memcpy(place.data(), salt.data(), salt.size());
    store_little_endian(std::span(place).subspan(16), offset);
    store_little_endian(std::span(place).subspan(24), body_bytes);
    return crc32(place);
}

// Room for the header, written last because it covers the body.
std::size_t begin_frame(Buffer& out) {
    const std::size_t start = out.size();
    out.extend(kFrameHeaderBytes);
    return start;
}

void seal_frame(Buffer& out, std::size_t start, const Salt& salt, std::uint64_t offset) {
    const std::size_t body_bytes = out.size() - start - kFrameHeaderBytes;
    BATPAK_ASSERT(body_bytes > 0 && body_bytes <= kFrameBodyBytesMax);
    const auto n = static_cast<std::uint32_t>(body_bytes);
    const std::uint32_t place = place_checksum(salt, offset, n);
    const MutableBytesView header(out.data() + start, kFrameHeaderBytes);
    store_little_endian(header, n);
    store_little_endian(header.subspan(4), static_cast<std::uint16_t>(place & 0xFFFF));
    store_little_endian(header.subspan(6),
                        crc32(out.view().subspan(start + kFrameHeaderBytes), place));
}

void write_id(msgpack::Writer& writer, const EventId& id) {
    if (id.is_nil()) {
        writer.nil();
    } else {
        writer.binary(id.view());
    }
}

void write_name(msgpack::Writer& writer, std::string_view name) {
    if (is_utf8(name)) {
        writer.string(name);
    } else {
        writer.binary(as_bytes(name));
    }
}

std::uint64_t lag(Sequence sequence, Sequence durable_end) {
    BATPAK_ASSERT(durable_end <= sequence);
    return sequence.value - durable_end.value;
}

std::int64_t hlc_delta(std::int64_t hlc_us, std::int64_t timestamp_us) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(hlc_us) -
                                     static_cast<std::uint64_t>(timestamp_us));
}

std::int64_t add_wrapping(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

std::size_t encode_content(Buffer& out, const ContentFields& fields) {
    const std::size_t begin = out.size();
    msgpack::Writer writer(out);
    writer.integer(std::uint64_t{fields.kind.number()});
    writer.integer(std::uint64_t{fields.payload_version});
    writer.integer(std::uint64_t{fields.flags});
    writer.integer(fields.timestamp_us);
    write_id(writer, fields.correlation_id);
    const std::size_t causation_at = out.size() - begin;
    write_id(writer, fields.causation_id);
    write_name(writer, fields.entity);
    write_name(writer, fields.scope);
    if (fields.metadata.empty()) {
        writer.nil();
    } else {
        writer.raw(fields.metadata);
    }
    if (fields.blind != nullptr) {
        writer.binary(*fields.blind);
    } else {
        writer.nil();
    }
    writer.binary(fields.payload);
    return causation_at;
}

void replace_causation(MutableBytesView content, std::size_t causation_at, const EventId& id) {
    constexpr std::size_t head_bytes = 2;  // bin 8, 16
    BATPAK_ASSERT(causation_at + head_bytes + id.bytes.size() <= content.size());
    std::memcpy(content.data() + causation_at + head_bytes, id.bytes.data(), id.bytes.size());
}

void append_event_frame(Buffer& out, const Salt& salt, std::uint64_t offset,
                        const EventPlace& place, BytesView content) {
    const std::size_t start = begin_frame(out);
    msgpack::Writer writer(out);
    writer.array(kEventElements);
    writer.integer(static_cast<std::uint64_t>(FrameType::Event));
    writer.integer(place.sequence.value);
    writer.integer(lag(place.sequence, place.durable_end));
    writer.integer(place.version.value);
    writer.integer(hlc_delta(place.hlc.us, place.timestamp_us));
    writer.integer(std::uint64_t{place.hlc.counter});
    if (place.batch_count == 1) {
        writer.nil();
    } else {
        BATPAK_ASSERT(place.batch_index < place.batch_count);
        writer.array(2);
        writer.integer(std::uint64_t{place.batch_index});
        writer.integer(std::uint64_t{place.batch_count});
    }
    writer.binary(place.event_id.view());
    if (place.hash != nullptr) {
        writer.binary(place.hash->view());
    } else {
        writer.nil();
    }
    writer.raw(content);
    seal_frame(out, start, salt, offset);
}

void append_batch_begin(Buffer& out, const Salt& salt, std::uint64_t offset, Sequence first,
                        Sequence durable_end, std::uint32_t count) {
    const std::size_t start = begin_frame(out);
    msgpack::Writer writer(out);
    writer.array(kBatchBeginElements);
    writer.integer(static_cast<std::uint64_t>(FrameType::BatchBegin));
    writer.integer(first.value);
    writer.integer(lag(first, durable_end));
    writer.integer(std::uint64_t{count});
    seal_frame(out, start, salt, offset);
}

void append_batch_commit(Buffer& out, const Salt& salt, std::uint64_t offset, Sequence first,
                         Sequence durable_end, std::uint32_t count, std::uint32_t checksum) {
    const std::size_t start = begin_frame(out);
    msgpack::Writer writer(out);
    writer.array(kBatchCommitElements);
    writer.integer(static_cast<std::uint64_t>(FrameType::BatchCommit));
    writer.integer(first.value);
    writer.integer(lag(first, durable_end));
    writer.integer(std::uint64_t{count});
    writer.integer(std::uint64_t{checksum});
    seal_frame(out, start, salt, offset);
}

void append_mark(Buffer& out, const Salt& salt, std::uint64_t offset, Sequence next,
                 Sequence durable_end) {
    const std::size_t start = begin_frame(out);
    msgpack::Writer writer(out);
    writer.array(kMarkElements);
    writer.integer(static_cast<std::uint64_t>(FrameType::Mark));
    writer.integer(next.value);
    writer.integer(lag(next, durable_end));
    seal_frame(out, start, salt, offset);
}

CheckedFrame check_frame(BytesView bytes, const Salt& salt, std::uint64_t offset) noexcept {
    if (bytes.size() < kFrameHeaderBytes) return {.status = FrameStatus::Short};
    const auto n = load_little_endian<std::uint32_t>(bytes);
    if (n == 0 || n > kFrameBodyBytesMax) return {.status = FrameStatus::Invalid};
    const std::uint32_t place = place_checksum(salt, offset, n);
    if (load_little_endian<std::uint16_t>(bytes.subspan(4)) != (place & 0xFFFF)) {
        return {.status = FrameStatus::Invalid};
    }
    const std::size_t frame_bytes = kFrameHeaderBytes + n;
    if (bytes.size() < frame_bytes)
        return {.status = FrameStatus::Short, .frame_bytes = frame_bytes};
    const BytesView body = bytes.subspan(kFrameHeaderBytes, n);
    if (load_little_endian<std::uint32_t>(bytes.subspan(6)) != crc32(body, place)) {
        return {.status = FrameStatus::Invalid, .frame_bytes = frame_bytes};
    }
    return {.status = FrameStatus::Valid, .frame_bytes = frame_bytes, .body = body};
}

namespace {

// Reads the elements of one body in order. The first thing that is not as FORMAT.md says makes
// every later read fail too, so that only finish() needs to be asked.
class BodyReader {
public:
    explicit BodyReader(BytesView body) : reader_(body) {}

    std::uint64_t unsigned_up_to(std::uint64_t max) {
        const std::uint64_t value = reader_.u64();
        if (value > max) wrong();
        return value;
    }
    std::int64_t integer() { return reader_.i64(); }
    std::uint32_t array() { return reader_.array(); }
    // Whether the next element is nil, which is then passed over.
    bool nil() {
        if (reader_.peek() != msgpack::Type::Nil) return false;
        reader_.nil();
        return true;
    }
    BytesView binary() { return reader_.binary(); }
    // The bytes of one element, whatever it is.
    BytesView raw() { return reader_.raw(); }

    template <std::size_t Size>
    void binary_into(std::array<std::byte, Size>& into) {
        const BytesView bytes = reader_.binary();
        if (bytes.size() != Size) return wrong();
        std::memcpy(into.data(), bytes.data(), Size);
    }

    void id_or_nil(EventId& id) {
        if (!nil()) binary_into(id.bytes);
    }

    std::string_view name() {
        const std::string_view text =
            reader_.peek() == msgpack::Type::Binary ? as_text(reader_.binary()) : reader_.string();
        if (text.empty() || text.size() > Coordinate::kPartBytesMax) wrong();
        return text;
    }

    void wrong() { wrong_ = true; }

    bool finished() const { return !wrong_ && reader_.done(); }

private:
    msgpack::Reader reader_;
    bool wrong_ = false;
};

void read_lag(BodyReader& reader, Frame& frame) {
    frame.sequence = Sequence(reader.unsigned_up_to(UINT64_MAX));
    const std::uint64_t lag = reader.unsigned_up_to(frame.sequence.value);
    frame.durable_end = Sequence(lag <= frame.sequence.value ? frame.sequence.value - lag : 0);
}

void read_batch_place(BodyReader& reader, EventView& event) {
    if (reader.nil()) return;
    if (reader.array() != 2) return reader.wrong();
    event.batch_index = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX - 1));
    event.batch_count = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX));
    if (event.batch_index >= event.batch_count) reader.wrong();
    if (event.batch_index > event.position.sequence.value) reader.wrong();
}

void read_content(BodyReader& reader, Frame& frame, std::int64_t hlc_delta_us) {
    EventView& event = frame.event;
    event.header.kind =
        EventKind::from_number(static_cast<std::uint16_t>(reader.unsigned_up_to(UINT16_MAX)));
    event.header.payload_version = static_cast<std::uint16_t>(reader.unsigned_up_to(UINT16_MAX));
    event.header.flags = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX));
    event.header.timestamp_us = reader.integer();
    event.position.hlc.us = add_wrapping(event.header.timestamp_us, hlc_delta_us);
    if (event.position.hlc.us < 0) reader.wrong();
    event.header.correlation_id = event.header.event_id;
    reader.id_or_nil(event.header.correlation_id);
    EventId causation_id;
    reader.id_or_nil(causation_id);
    if (!causation_id.is_nil()) event.header.causation_id = causation_id;
    event.entity = reader.name();
    event.scope = reader.name();
    if (!reader.nil()) event.metadata_bytes = reader.raw();
    const bool has_blind = !reader.nil();
    if (has_blind) reader.binary_into(frame.blind);
    if (has_blind == event.hash.is_zero()) reader.wrong();
    event.payload = reader.binary();
}

void read_event(BodyReader& reader, Frame& frame) {
    EventView& event = frame.event;
    read_lag(reader, frame);
    event.position.sequence = frame.sequence;
    event.position.version = Version(reader.unsigned_up_to(UINT64_MAX));
    const std::int64_t hlc_delta_us = reader.integer();
    event.position.hlc.counter = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX));
    read_batch_place(reader, event);
    reader.binary_into(event.header.event_id.bytes);
    if (!reader.nil()) reader.binary_into(event.hash.bytes);
    read_content(reader, frame, hlc_delta_us);
}

// Reads what follows the type; returns how many elements that type has.
std::uint32_t read_typed(BodyReader& reader, Frame& frame) {
    switch (frame.type) {
        case FrameType::Event: read_event(reader, frame); return kEventElements;
        case FrameType::BatchBegin:
            read_lag(reader, frame);
            frame.batch_count = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX));
            if (frame.batch_count == 0) reader.wrong();
            return kBatchBeginElements;
        case FrameType::BatchCommit:
            read_lag(reader, frame);
            frame.batch_count = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX));
            frame.batch_checksum = static_cast<std::uint32_t>(reader.unsigned_up_to(UINT32_MAX));
            return kBatchCommitElements;
        case FrameType::Mark: read_lag(reader, frame); return kMarkElements;
    }
    BATPAK_UNREACHABLE();
}

}  // namespace

Result<Frame> decode_body(BytesView body) {
    BodyReader reader(body);
    Frame frame;
    const std::uint32_t elements = reader.array();
    const std::uint64_t type = reader.unsigned_up_to(UINT64_MAX);
    if (type < 1 || type > static_cast<std::uint64_t>(FrameType::Mark)) {
        return fail(ErrorCode::CorruptFrame,
                    "a frame of an unknown type; a newer batpak may know it");
    }
    frame.type = static_cast<FrameType>(type);
    const bool right_length = read_typed(reader, frame) == elements;
    if (!right_length || !reader.finished()) {
        return fail(ErrorCode::CorruptFrame,
                    "its checksum holds but its body is not as the format says");
    }
    return frame;
}

}  // namespace batpak::store
