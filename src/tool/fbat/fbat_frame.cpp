// From MessagePack to a frame. What the reader finds wrong sticks to it, so each part is read to
// its end and asked once.
//
// Members are found by their keys, in any order, because the writer of each release had its own.
// What is not known is skipped with all that is in it, at no more than the usual depth.
#include "tool/fbat/fbat_frame.hpp"

#include <algorithm>

#include "batpak/event/hash_chain.hpp"
#include "batpak/event/msgpack.hpp"
#include "tool/fbat/plain_hash.hpp"

namespace batpak::tool {
namespace {

using msgpack::Reader;
using msgpack::Type;

// Reads a map: `take` gets each key, and reads its value or says that it does not know it.
template <class Take>
void read_fbat_map(Reader& reader, Take&& take) {
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        const std::string_view key = reader.string();
        if (reader.ok() && !take(key)) reader.skip();
    }
}

// An array of integers up to 255, or binary.
Bytes read_fbat_bytes(Reader& reader) {
    if (reader.peek() == Type::Binary) {
        const BytesView bytes = reader.binary();
        return {bytes.begin(), bytes.end()};
    }
    Bytes bytes;
    const std::uint32_t count = reader.array();
    bytes.reserve(count);
    for (std::uint32_t i = 0; i < count && reader.ok(); ++i)
        bytes.push_back(static_cast<std::byte>(reader.integer<std::uint8_t>()));
    return bytes;
}

template <std::size_t N>
void read_exactly(Reader& reader, std::array<std::byte, N>& into) {
    const Bytes bytes = read_fbat_bytes(reader);
    if (bytes.size() == N) {
        std::ranges::copy(bytes, into.begin());
    } else {
        reader.refuse(msgpack::Fault::WrongType);
    }
}

void read_position(Reader& reader, FbatPosition& position) {
    read_fbat_map(reader, [&](std::string_view key) {
        if (key == "wall_ms") {
            position.wall_ms = reader.u64();
        } else if (key == "depth") {
            position.depth = reader.integer<std::uint32_t>();
        } else if (key == "lane") {
            position.lane = reader.integer<std::uint32_t>();
        } else if (key == "sequence") {
            position.sequence = reader.integer<std::uint32_t>();
        } else {
            return false;
        }
        return true;
    });
}

void read_encryption(Reader& reader, std::optional<FbatEncryption>& encryption) {
    if (reader.peek() == Type::Nil) return reader.nil();
    encryption.emplace();
    read_fbat_map(reader, [&](std::string_view key) {
        if (key == "keyscope_id") {
            encryption->key_scope = read_fbat_bytes(reader);
        } else if (key == "nonce") {
            encryption->nonce = read_fbat_bytes(reader);
        } else {
            return false;
        }
        return true;
    });
}

void read_causation(Reader& reader, std::optional<IdBytes>& id) {
    if (reader.peek() == Type::Nil) return reader.nil();
    read_exactly(reader, id.emplace());
}

bool read_id_member(Reader& reader, std::string_view key, FbatFrame& frame) {
    if (key == "event_id") {
        read_exactly(reader, frame.event_id);
    } else if (key == "correlation_id") {
        read_exactly(reader, frame.correlation_id);
    } else if (key == "causation_id") {
        read_causation(reader, frame.causation_id);
    } else if (key == "content_hash") {
        read_exactly(reader, frame.content_hash.bytes);
    } else {
        return false;
    }
    return true;
}

void read_header(Reader& reader, FbatFrame& frame) {
    read_fbat_map(reader, [&](std::string_view key) {
        if (key == "timestamp_us") {
            frame.timestamp_us = reader.i64();
        } else if (key == "position") {
            read_position(reader, frame.position);
        } else if (key == "payload_size") {
            frame.payload_size = reader.integer<std::uint32_t>();
        } else if (key == "event_kind") {
            frame.kind = reader.integer<std::uint16_t>();
        } else if (key == "flags") {
            frame.flags = reader.integer<std::uint8_t>();
        } else if (key == "payload_version") {
            frame.payload_version = reader.integer<std::uint16_t>();
        } else if (key == "payload_encryption") {
            read_encryption(reader, frame.encryption);
        } else {
            return read_id_member(reader, key, frame);
        }
        return true;
    });
}

void read_chain(Reader& reader, FbatFrame& frame) {
    if (reader.peek() == Type::Nil) return reader.nil();
    read_fbat_map(reader, [&](std::string_view key) {
        if (key == "prev_hash") {
            read_exactly(reader, frame.previous_hash.bytes);
        } else if (key == "event_hash") {
            read_exactly(reader, frame.event_hash.bytes);
        } else {
            return false;
        }
        return true;
    });
}

void read_extensions(Reader& reader, FbatFrame& frame) {
    frame.has_extensions = true;
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        std::string key(reader.string());
        Bytes value = read_fbat_bytes(reader);
        frame.extensions.emplace_back(std::move(key), std::move(value));
    }
}

// An array of small integers is the bytes of a payload, or a payload that is such an array: what
// the header says of it decides.
void take_payload(BytesView raw, FbatFrame& frame) {
    Reader reader(raw);
    Bytes bytes = read_fbat_bytes(reader);
    const bool is_as_said = bytes.size() == frame.payload_size ||
                            (hashing_built_in() && plain_hash(bytes) == frame.content_hash);
    if (reader.ok() && is_as_said) {
        frame.own = std::move(bytes);
        return;
    }
    frame.is_inline = true;
    frame.inline_payload = raw;
}

}  // namespace

Result<FbatFrame> decode_fbat_frame(BytesView body) {
    Reader reader(body, {.depth = msgpack::Limits::kDepthMax, .utf8 = true});
    FbatFrame frame;
    BytesView payload;
    bool has_header = false;
    read_fbat_map(reader, [&](std::string_view key) {
        if (key == "entity") {
            frame.entity = reader.string();
        } else if (key == "scope") {
            frame.scope = reader.string();
        } else if (key == "receipt_extensions") {
            read_extensions(reader, frame);
        } else if (key == "event") {
            read_fbat_map(reader, [&](std::string_view part) {
                if (part == "header") {
                    read_header(reader, frame);
                    has_header = true;
                } else if (part == "payload") {
                    payload = reader.raw();
                } else if (part == "hash_chain") {
                    read_chain(reader, frame);
                } else {
                    return false;
                }
                return true;
            });
        } else {
            return false;
        }
        return true;
    });
    if (!reader.finished()) return fail(reader.error());
    // The id of a marker is the place of its batch, which may be 0. No event has such an id.
    const bool is_named = frame.is_marker() || frame.event_id != IdBytes{};
    if (!has_header || payload.empty() || !is_named)
        return fail(ErrorCode::DecodeFailed, "the frame lacks a part of an event");
    if (!frame.is_marker()) take_payload(payload, frame);
    return frame;
}

}  // namespace batpak::tool
