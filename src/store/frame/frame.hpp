// Frame: one record of a segment, as docs/FORMAT.md specifies it.
//
//     u32 n | u16 head check | u32 CRC32(salt, offset, n, body) | body: one MessagePack array
//
// Writing: encode_content() turns what the appending caller knows into elements 9 to 19, outside
// the commit section; append_event_frame() puts the place in front and seals the frame at its
// offset. Reading: check_frame() proves that bytes are a frame of this segment at this offset;
// decode_body() then reads them. Both halves stand in one file so that they can be compared.
//
// Threads: the functions are thread-safe
// Errors:  decode_body: CorruptFrame
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/event.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {

inline constexpr std::size_t kFrameHeaderBytes = 10;

using Salt = std::array<std::byte, 16>;
static_assert(kFrameHeaderBytes ==
              sizeof(std::uint32_t) + sizeof(std::uint16_t) + sizeof(std::uint32_t));

enum class FrameType : std::uint8_t { Event = 1, BatchBegin = 2, BatchCommit = 3, Mark = 4 };
// The type, as stored, of an event whose payload was erased. To all that read frames it is an
// Event, which says of itself that it is erased.
inline constexpr std::uint8_t kErasedEventType = 5;

// ---- writing

// Where in a content the element of the causation id starts, so that it can be written later, and
// where the metadata are: nowhere of meaning if there are none.
struct ContentPlaces {
    std::size_t causation = 0;
    std::size_t metadata = 0;
};
// Appends elements 9 to 19 of an event. `blind`: null in a store without hashes. The places are
// counted from the start of what was added.
ContentPlaces encode_content(Buffer& out, const EventFields& fields, const Blind* blind);
// Puts the id into an element that was encoded with another id.
void replace_causation(MutableBytesView content, std::size_t causation_at, const EventId& id);

// Elements 1 to 8 of an event: what the commit adds.
struct FramePlace {
    EventPlace place{};
    Sequence durable_end{};         // what the frame testifies
    std::int64_t timestamp_us = 0;  // of the content, which place.hlc is stored relative to
    const Hash* hash = nullptr;     // null in a store without hashes
};

// Appends elements 0 to 8 of an event.
void encode_place(Buffer& out, const FramePlace& frame);

// Each appends one sealed frame that will stand at `offset` of a segment with `salt`.
void append_event_frame(Buffer& out, const Salt& salt, std::uint64_t offset,
                        const FramePlace& frame, BytesView content);
void append_batch_begin(Buffer& out, const Salt& salt, std::uint64_t offset, Sequence first,
                        Sequence durable_end, std::uint32_t count);
void append_batch_commit(Buffer& out, const Salt& salt, std::uint64_t offset, Sequence first,
                         Sequence durable_end, std::uint32_t count, std::uint32_t checksum);
// Appends the body of an event without its payload and its blind. `commitment`: what they made, P;
// null in a store without hashes.
void encode_erased(Buffer& out, const FramePlace& frame, const EventFields& fields,
                   const Hash* commitment);
// The same of an event that was read. Requires: `frame` is an event.
struct Frame;
void encode_erased(Buffer& out, const Frame& frame, const Hash* commitment);
// Of a body that was another frame's, which stood elsewhere.
void append_frame(Buffer& out, const Salt& salt, std::uint64_t offset, BytesView body);
void append_mark(Buffer& out, const Salt& salt, std::uint64_t offset, Sequence next,
                 Sequence durable_end);

// ---- reading

enum class FrameStatus : std::uint8_t {
    Valid,
    Short,    // the bytes end before the frame does, or before its header does
    Invalid,  // not a frame of this segment at this offset
};

struct CheckedFrame {
    FrameStatus status = FrameStatus::Invalid;
    std::size_t frame_bytes = 0;  // header and body, as the header claims; 0 if it claims nothing
    BytesView body;               // if Valid
};

// `bytes` starts at the frame and may go on after it. Reads no further than the bytes given, and
// believes no length above kFrameBodyBytesMax.
CheckedFrame check_frame(BytesView bytes, const Salt& salt, std::uint64_t offset) noexcept;

// The same, for many frames of one segment: sums up the salt once.
class FrameChecker {
public:
    explicit FrameChecker(const Salt& salt) noexcept : salt_checksum_(crc32(salt)) {}
    CheckedFrame check(BytesView bytes, std::uint64_t offset) const noexcept;

private:
    std::uint32_t salt_checksum_;
};

inline CheckedFrame FrameChecker::check(BytesView bytes, std::uint64_t offset) const noexcept {
    if (bytes.size() < kFrameHeaderBytes) return {.status = FrameStatus::Short};
    const auto n = load_little_endian<std::uint32_t>(bytes);
    if (n == 0 || n > kFrameBodyBytesMax) return {.status = FrameStatus::Invalid};
    const std::uint32_t place = crc32_of_words(
        std::array{static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(offset >> 32), n},
        salt_checksum_);
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

// The checksum that a frame's header holds. Requires: bytes.size() >= kFrameHeaderBytes.
inline std::uint32_t frame_checksum(BytesView bytes) noexcept {
    BATPAK_ASSERT(bytes.size() >= kFrameHeaderBytes);
    return load_little_endian<std::uint32_t>(bytes.subspan(6));
}

// A decoded body. Borrows: the body.
struct Frame {
    FrameType type = FrameType::Event;
    Sequence sequence;              // of the event; of the batch's first; the next one, for a mark
    Sequence durable_end;           // how many events were known durable
    std::uint32_t batch_count = 0;  // begin and commit
    std::uint32_t batch_checksum = 0;  // commit
    EventView event;                   // Event; `durable` is left false
    Blind blind{};                     // Event, if it carries a hash and is not erased
    Hash commitment{};                 // P, of an erased event that carries a hash
};

// What a body says before all else.
struct FrameFront {
    FrameType type = FrameType::Event;
    Sequence sequence;     // as of a Frame
    Sequence durable_end;  // how many events were known durable
};

// So many bytes of a body are enough for its front, and for the whole of one that is no event.
inline constexpr std::size_t kBodyFrontBytes = 64;
// `front`: the first kBodyFrontBytes of a body of `body_bytes`, or all of one that is shorter.
// Nothing if no frame's body starts so, or if one of no event is longer than they are.
std::optional<FrameFront> read_front(BytesView front, std::uint32_t body_bytes);

[[nodiscard]] Result<Frame> decode_body(BytesView body);
// The same for an event alone, into where it is handed out: a Frame is large. Whether the body is a
// well-formed event; if not, nothing is known of what `event` holds.
[[nodiscard]] bool decode_event(BytesView body, EventView& event);
// What decode_body() is for all bodies, and does for those that are not the usual event.
[[nodiscard]] Result<Frame> decode_any_body(BytesView body);

}  // namespace batpak::store
