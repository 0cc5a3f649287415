// One body, written by one pair of functions and read by two readers:
//
//     encode_place   elements  0..8    what the commit adds         inside the commit section
//     encode_content elements  9..19   what the caller knows        before it, in parallel
//     encode_erased  elements  0..19   without blind and payload    by a compaction
//
//     read_usual_event   the forms that nearly all events have, one check of the bounds: fast
//     decode_any_body    every form that FORMAT.md allows, element by element: the judge
//
// The fast reader never finds a body wrong. It gives up on what it does not know, and the judge
// reads that again from the start: so the two cannot disagree on what an event is. What the writers
// put down passes both; of the frames that are sealed, one in 64 is checked at once as a reader
// would.
#include "store/frame/frame.hpp"

#include <algorithm>
#include <optional>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/detail/byte_order.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/msgpack.hpp"
#include "store/frame/event_shapes.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

constexpr std::uint32_t kEventElements = 20;
constexpr std::uint32_t kBatchBeginElements = 4;
constexpr std::uint32_t kBatchCommitElements = 5;
constexpr std::uint32_t kMarkElements = 3;

// An integer takes at most 9 bytes. So read_front() has all of a batch's marks, and of an event
// the head of the array, its type, its sequence and its lag.
constexpr std::size_t kIntegerBytesMax = 9;
static_assert(1 + kBatchCommitElements * kIntegerBytesMax <= kBodyFrontBytes);
static_assert(kBatchBeginElements < kBatchCommitElements && kMarkElements < kBatchCommitElements);
static_assert(3 + 3 * kIntegerBytesMax <= kBodyFrontBytes);

// The checksum state after what binds a frame to its place: salt, offset, length.
std::uint32_t place_checksum(const Salt& salt, std::uint64_t offset, std::uint32_t body_bytes) {
    std::array<std::byte, sizeof(Salt) + 12> place;
    static_assert(sizeof(salt) + sizeof(offset) + sizeof(body_bytes) == sizeof(place));
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

// Whether a frame is one of those that are checked when they are sealed. The head check is as good
// as random, so every length and every place in a group has its turn.
bool is_sample(std::uint32_t place) { return (place & 0x3F) == 0; }

void seal_frame(Buffer& out, std::size_t start, const Salt& salt, std::uint64_t offset) {
    BATPAK_ASSERT(out.size() > start + kFrameHeaderBytes);
    const std::size_t body_bytes = out.size() - start - kFrameHeaderBytes;
    BATPAK_ASSERT(body_bytes <= kFrameBodyBytesMax);
    const auto n = static_cast<std::uint32_t>(body_bytes);
    const std::uint32_t place = place_checksum(salt, offset, n);
    const MutableBytesView header(out.data() + start, kFrameHeaderBytes);
    store_little_endian(header, n);
    store_little_endian(header.subspan(4), static_cast<std::uint16_t>(place & 0xFFFF));
    store_little_endian(header.subspan(6),
                        crc32(out.view().subspan(start + kFrameHeaderBytes), place));
    // What is written passes the check of what is read (INV I4).
    if (is_sample(place))
        BATPAK_ASSERT(check_frame(out.view().subspan(start), salt, offset).status ==
                      FrameStatus::Valid);
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

// How far durability was behind when the frame was made. The difference usually takes one
// byte, where the end itself would take up to nine.
std::uint64_t lag(Sequence sequence, Sequence durable_end) {
    BATPAK_ASSERT(durable_end <= sequence);
    return sequence.value - durable_end.value;
}

// Modulo 2^64 in both directions, so that any two times come back as they were.
std::int64_t hlc_delta(std::int64_t hlc_us, std::int64_t timestamp_us) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(hlc_us) -
                                     static_cast<std::uint64_t>(timestamp_us));
}

std::int64_t add_wrapping(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace

namespace {

// Elements 9 to 17.
ContentPlaces encode_fields(Buffer& out, const EventFields& fields) {
    const std::size_t begin = out.size();
    ContentPlaces places;
    msgpack::Writer writer(out);
    writer.integer(std::uint64_t{fields.kind.number()});
    writer.integer(std::uint64_t{fields.payload_version});
    writer.integer(std::uint64_t{fields.flags});
    writer.integer(fields.timestamp_us);
    write_id(writer, fields.correlation_id);
    places.causation = out.size() - begin;
    write_id(writer, fields.causation_id);
    write_name(writer, fields.entity);
    write_name(writer, fields.scope);
    places.metadata = out.size() - begin;
    if (fields.metadata.empty()) {
        writer.nil();
    } else {
        writer.raw(fields.metadata);
    }
    return places;
}

}  // namespace

// In the order of docs/FORMAT.md, "Frame". The payload comes last, so that what stands before it
// and the payload are each one piece.
ContentPlaces encode_content(Buffer& out, const EventFields& fields, const Blind* blind) {
    const ContentPlaces places = encode_fields(out, fields);
    msgpack::Writer writer(out);
    if (blind != nullptr) {
        writer.binary(*blind);
    } else {
        writer.nil();
    }
    writer.binary(fields.payload);
    return places;
}

void replace_causation(MutableBytesView content, std::size_t causation_at, const EventId& id) {
    constexpr std::size_t head_bytes = 2;  // bin 8, 16
    BATPAK_ASSERT(causation_at + head_bytes + id.bytes.size() <= content.size());
    // A nil would be one byte: there is room only where an id was encoded.
    BATPAK_ASSERT(content[causation_at] == std::byte{0xC4});
    BATPAK_ASSERT(content[causation_at + 1] == std::byte{sizeof(id.bytes)});
    BATPAK_ASSERT(!id.is_nil());
    std::memcpy(content.data() + causation_at + head_bytes, id.bytes.data(), id.bytes.size());
}

namespace {

void encode_place_as(std::uint8_t type, Buffer& out, const FramePlace& frame) {
    const EventPlace& place = frame.place;
    BATPAK_ASSERT(place.batch_index < place.batch_count);
    BATPAK_ASSERT(place.batch_index <= place.sequence.value);  // a batch has a first event
    msgpack::Writer writer(out);
    writer.array(kEventElements);
    writer.integer(std::uint64_t{type});
    writer.integer(place.sequence.value);
    writer.integer(lag(place.sequence, frame.durable_end));
    writer.integer(place.version.value);
    writer.integer(hlc_delta(place.hlc.us, frame.timestamp_us));
    writer.integer(std::uint64_t{place.hlc.counter});
    if (place.batch_count == 1) {
        writer.nil();
    } else {
        writer.array(2);
        writer.integer(std::uint64_t{place.batch_index});
        writer.integer(std::uint64_t{place.batch_count});
    }
    writer.binary(place.event_id.view());
    if (frame.hash != nullptr) {
        writer.binary(frame.hash->view());
    } else {
        writer.nil();
    }
}

}  // namespace

// Elements 0 to 8. This and a copy of the content is all that is encoded while others wait.
void encode_place(Buffer& out, const FramePlace& frame) {
    encode_place_as(static_cast<std::uint8_t>(FrameType::Event), out, frame);
}

// Elements 1 to 17 as they were, then P and the length in the place of what they were made of.
void encode_erased(Buffer& out, const Frame& frame, const Hash* commitment) {
    const EventView& event = frame.event;
    BATPAK_ASSERT(frame.type == FrameType::Event);
    BATPAK_ASSERT((commitment != nullptr) != event.hash.is_zero());
    const FramePlace place{.place = place_of(event),
                           .durable_end = frame.durable_end,
                           .timestamp_us = event.header.timestamp_us,
                           .hash = commitment != nullptr ? &event.hash : nullptr};
    encode_erased(out, place, fields_of(event), commitment);
}

void encode_erased(Buffer& out, const FramePlace& frame, const EventFields& fields,
                   const Hash* commitment) {
    BATPAK_ASSERT((commitment == nullptr) == (frame.hash == nullptr));
    encode_place_as(kErasedEventType, out, frame);
    encode_fields(out, fields);
    msgpack::Writer writer(out);
    if (commitment != nullptr) {
        writer.binary(commitment->view());
    } else {
        writer.nil();
    }
    writer.integer(fields.payload_bytes());
}

void append_event_frame(Buffer& out, const Salt& salt, std::uint64_t offset,
                        const FramePlace& frame, BytesView content) {
    const std::size_t start = begin_frame(out);
    encode_place(out, frame);
    out.append(content);
    seal_frame(out, start, salt, offset);
}

// Its sequence is that of the first item: it takes none itself.
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

void append_frame(Buffer& out, const Salt& salt, std::uint64_t offset, BytesView body) {
    const std::size_t start = begin_frame(out);
    out.append(body);
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
    return FrameChecker(salt).check(bytes, offset);
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

    // Nil leaves what is there.
    void id_or_nil(EventId& id) {
        if (!nil()) binary_into(id.bytes);
    }

    // As text if it is UTF-8, else as bytes: names may be any bytes. That a writer chooses the form
    // by this rule, only broken_rule() checks.
    std::string_view name() {
        const std::string_view text =
            reader_.peek() == msgpack::Type::Binary ? as_text(reader_.binary()) : reader_.string();
        if (text.empty() || text.size() > Coordinate::kPartBytesMax) wrong();
        return text;
    }

    void wrong() { wrong_ = true; }

    bool ok() const { return !wrong_ && reader_.ok(); }
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
    // A blind, or what it made, belongs to a hash: in a store without hashes there is neither.
    const bool has_hash = !reader.nil();
    if (has_hash == event.hash.is_zero()) reader.wrong();
    if (event.erased) {
        if (has_hash) reader.binary_into(frame.commitment.bytes);
        event.erased_bytes = static_cast<std::uint32_t>(reader.unsigned_up_to(kFrameBodyBytesMax));
        return;
    }
    if (has_hash) reader.binary_into(frame.blind);
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

// Reads what follows the type; returns how many elements that type has. A number of elements that
// is not the type's is a body of a later version, or a forged one.
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

// Reads the elements of an event in the forms that nearly all of them have, with one check of the
// bounds for all that is short, and gives up on anything else. It never finds a body wrong: what it
// gives up on is read again by BodyReader, so that the two cannot disagree on what is an event.
class UsualReader {
public:
    // The elements up to the names take at most: the head, eleven numbers, the head of a batch's
    // two, three ids and a hash. No number is read with more bytes than the 9 it may have.
    static constexpr std::size_t kShortElementsBytes = 4 + 11 * 9 + 1 + 3 * 18 + 34;
    using Padded = std::array<std::byte, kShortElementsBytes>;

    // Zeros stand after a body that is shorter. Borrows: `padded`, to put it there.
    UsualReader(BytesView body, Padded& padded)
        : body_(body), begin_(body.size() < padded.size() ? pad(body, padded) : body.data()) {}

    // ---- the elements up to the names, without a look at the end

    template <std::size_t Size>
    void skip(const std::array<std::uint8_t, Size>& expected) {
        if (std::memcmp(at_, expected.data(), Size) != 0) gave_up_ = true;
        at_ += Size;
    }

    // An integer that is not negative.
    std::uint64_t number(std::uint64_t max) {
        const auto tag = std::to_integer<unsigned>(*at_++);
        if (tag < 0x80) return up_to(max, tag);
        const unsigned width = tag - 0xCC;  // of 1, 2, 4 or 8 bytes
        if (width > 3) {
            gave_up_ = true;
            return 0;
        }
        std::uint64_t value = 0;
        std::memcpy(&value, at_, sizeof(value));
        at_ += std::size_t{1} << width;
        return up_to(max, big_endian(value) >> (64 - (8U << width)));
    }

    bool nil() {
        if (*at_ != std::byte{0xC0}) return false;
        ++at_;
        return true;
    }

    template <std::size_t Size>
    void binary(std::array<std::byte, Size>& into) {
        skip(std::to_array<std::uint8_t>({0xC4, Size}));
        std::memcpy(into.data(), at_, Size);
        at_ += Size;
    }

    void give_up_if(bool unusual) { gave_up_ |= unusual; }

    // ---- the elements after those, and the end

    // The bytes after the elements that were read without a look at the end; nothing if they
    // were not what was expected, or not all there.
    std::optional<BytesView> rest() const {
        const auto taken = static_cast<std::size_t>(at_ - begin_);
        // Whatever the bytes are: the reads without a look at the end stayed inside the padding.
        BATPAK_ASSERT(taken <= kShortElementsBytes);
        if (gave_up_ || taken > body_.size()) return std::nullopt;
        return body_.subspan(taken);
    }

private:
    static const std::byte* pad(BytesView body, Padded& padded) {
        std::ranges::fill(std::ranges::copy(body, padded.begin()).out, padded.end(), std::byte{0});
        return padded.data();
    }
    std::uint64_t up_to(std::uint64_t max, std::uint64_t value) {
        if (value > max) gave_up_ = true;
        return value;
    }

    const BytesView body_;
    const std::byte* const begin_;
    const std::byte* at_ = begin_;
    bool gave_up_ = false;
};

// Unlike a comparison of std::byte, this is no loop.
template <std::size_t Size>
bool are_all_zero(const std::array<std::byte, Size>& bytes) {
    constexpr std::array<std::byte, Size> kZeros{};
    return std::memcmp(bytes.data(), kZeros.data(), Size) == 0;
}

bool take_nil(BytesView& rest) {
    if (rest.empty() || rest[0] != std::byte{0xC0}) return false;
    rest = rest.subspan(1);
    return true;
}

// Up to 255 bytes of UTF-8.
bool take_name(BytesView& rest, std::string_view& into) {
    if (rest.size() < 2) return false;
    const auto tag = std::to_integer<std::size_t>(rest[0]);
    const bool is_short = (tag & 0xE0) == 0xA0;
    if (!is_short && tag != 0xD9) return false;
    const std::size_t head = is_short ? 1 : 2;
    const std::size_t bytes = is_short ? tag & 0x1F : std::to_integer<std::size_t>(rest[1]);
    if (bytes == 0 || bytes > rest.size() - head) return false;
    into = as_text(rest.subspan(head, bytes));
    rest = rest.subspan(head + bytes);
    return true;
}

bool take_metadata(BytesView& rest, BytesView& into) {
    into = {};
    if (take_nil(rest)) return true;
    msgpack::Reader reader(rest);
    into = reader.raw();
    rest = rest.subspan(into.size());
    return reader.ok();
}

bool take_blind(BytesView& rest, Blind& into) {
    constexpr auto kHead = std::to_array<std::uint8_t>({0xC4, sizeof(Blind)});
    if (rest.size() < kHead.size() + into.size()) return false;
    if (std::memcmp(rest.data(), kHead.data(), kHead.size()) != 0) return false;
    std::memcpy(into.data(), rest.data() + kHead.size(), into.size());
    rest = rest.subspan(kHead.size() + into.size());
    return true;
}

// Up to 65,535 bytes, and nothing after them.
bool take_payload(BytesView rest, BytesView& into) {
    if (rest.empty()) return false;
    const bool is_short = rest[0] == std::byte{0xC4};
    const std::size_t head = is_short ? 2 : 3;
    if ((!is_short && rest[0] != std::byte{0xC5}) || rest.size() < head) return false;
    auto bytes = std::to_integer<std::size_t>(rest[1]);
    if (!is_short) bytes = bytes << 8 | std::to_integer<std::size_t>(rest[2]);
    into = rest.subspan(head);
    return into.size() == bytes;
}

void read_usual_place(UsualReader& reader, EventView& event, Sequence& durable_end) {
    const std::uint64_t sequence = reader.number(UINT64_MAX);
    event.position.sequence = Sequence(sequence);
    durable_end = Sequence(sequence - reader.number(sequence));
    event.position.version = Version(reader.number(UINT64_MAX));
    // Only the difference to the time of the event, which comes later.
    event.position.hlc.us = static_cast<std::int64_t>(reader.number(INT64_MAX));
    event.position.hlc.counter = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
    event.batch_index = 0;
    event.batch_count = 1;
    if (!reader.nil()) {
        reader.skip(std::to_array<std::uint8_t>({0x92}));
        event.batch_index = static_cast<std::uint32_t>(reader.number(UINT32_MAX - 1));
        event.batch_count = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
        reader.give_up_if(event.batch_index >= event.batch_count || event.batch_index > sequence);
    }
    reader.binary(event.header.event_id.bytes);
}

void read_usual_header(UsualReader& reader, EventHeader& header, Hlc& hlc) {
    header.kind = EventKind::from_number(static_cast<std::uint16_t>(reader.number(UINT16_MAX)));
    header.payload_version = static_cast<std::uint16_t>(reader.number(UINT16_MAX));
    header.flags = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
    header.timestamp_us = static_cast<std::int64_t>(reader.number(INT64_MAX));
    hlc.us = add_wrapping(header.timestamp_us, hlc.us);
    reader.give_up_if(hlc.us < 0);
    header.correlation_id = header.event_id;
    if (!reader.nil()) reader.binary(header.correlation_id.bytes);
    header.causation_id.reset();
    if (!reader.nil()) {
        reader.binary(header.causation_id.emplace().bytes);
        reader.give_up_if(are_all_zero(header.causation_id->bytes));
    }
}

// Whether the body is an event in its usual form. If so, everything given is overwritten; else it
// may be in part, and a caller reads the body again or gives nothing out.
bool read_usual_event(BytesView body, EventView& event, Sequence& durable_end, Blind& blind) {
    UsualReader::Padded padded;
    UsualReader reader(body, padded);
    // An array of kEventElements, the first of which is FrameType::Event.
    static_assert(kEventElements <= UINT8_MAX && static_cast<int>(FrameType::Event) == 1);
    reader.skip(std::to_array<std::uint8_t>({0xDC, 0, kEventElements, 1}));
    read_usual_place(reader, event, durable_end);
    event.erased = false;
    event.erased_bytes = 0;
    event.hash = {};
    const bool has_hash = !reader.nil();
    if (has_hash) {
        reader.binary(event.hash.bytes);
        reader.give_up_if(are_all_zero(event.hash.bytes));
    }
    read_usual_header(reader, event.header, event.position.hlc);
    std::optional<BytesView> rest = reader.rest();
    if (!rest || !take_name(*rest, event.entity) || !take_name(*rest, event.scope) ||
        !take_metadata(*rest, event.metadata_bytes)) {
        return false;
    }
    blind = {};
    if (has_hash ? !take_blind(*rest, blind) : !take_nil(*rest)) return false;
    return take_payload(*rest, event.payload);
}

}  // namespace

// Of a body that is all there everything is judged. Of a longer one the front says what it
// testifies, and the rest is not worth a read of megabytes (frame_search.hpp).
std::optional<FrameFront> read_front(BytesView front, std::uint32_t body_bytes) {
    if (body_bytes <= front.size()) {
        const Result<Frame> frame = decode_any_body(front.first(body_bytes));
        if (!frame) return std::nullopt;
        return FrameFront{frame->type, frame->sequence, frame->durable_end};
    }
    BodyReader reader(front);
    Frame frame;
    const std::uint32_t elements = reader.array();
    const std::uint64_t type = reader.unsigned_up_to(UINT64_MAX);
    const bool is_event = type == static_cast<std::uint64_t>(FrameType::Event) ||
                          type == std::uint64_t{kErasedEventType};
    read_lag(reader, frame);
    if (elements != kEventElements || !is_event || !reader.ok()) return std::nullopt;
    return FrameFront{frame.type, frame.sequence, frame.durable_end};
}

Result<Frame> decode_body(BytesView body) {
    Result<Frame> decoded;  // made where it is handed out
    Frame& frame = *decoded;
    if (!read_usual_event(body, frame.event, frame.durable_end, frame.blind))
        return decode_any_body(body);
    frame.sequence = frame.event.position.sequence;
    BATPAK_ASSERT(frame.durable_end <= frame.sequence);
    return decoded;
}

bool decode_event(BytesView body, EventView& event) {
    Sequence durable_end;
    Blind blind;
    if (read_usual_event(body, event, durable_end, blind)) return true;
    const Result<Frame> frame = decode_any_body(body);
    if (!frame || frame->type != FrameType::Event) return false;
    event = frame->event;
    return true;
}

// The type says how many elements there are and what they mean. A number of them that is another is
// refused, though the rest would parse: what a later version adds must not be overlooked.
Result<Frame> decode_any_body(BytesView body) {
    BodyReader reader(body);
    Frame frame;
    const std::uint32_t elements = reader.array();
    const std::uint64_t type = reader.unsigned_up_to(UINT64_MAX);
    if (type < 1 || type > std::uint64_t{kErasedEventType}) {
        return fail(ErrorCode::CorruptFrame,
                    "a frame of an unknown type; a newer batpak may know it");
    }
    frame.event.erased = type == std::uint64_t{kErasedEventType};
    frame.type = frame.event.erased ? FrameType::Event : static_cast<FrameType>(type);
    const bool right_length = read_typed(reader, frame) == elements;
    if (!right_length || !reader.finished()) {
        return fail(ErrorCode::CorruptFrame,
                    "its checksum holds but its body is not as the format says");
    }
    BATPAK_ASSERT(frame.durable_end <= frame.sequence);
    BATPAK_ASSERT(frame.type != FrameType::Event ||
                  frame.event.batch_index < frame.event.batch_count);
    return frame;
}

}  // namespace batpak::store
