// Record: an event as the key-value stores keep it, and the keys under which they find it.
//
//     events    sequence                -> id, version, time, kind, lengths, entity, scope, payload
//     streams   entity, NUL, version    -> sequence
//     ids       id                      -> sequence
//
// Numbers in keys are big-endian, so that the order of keys is the order of numbers.
//
// Threads: the functions are thread-safe
// Errors:  none; a record that is too short ends the program
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "batpak/base/detail/byte_order.hpp"
#include "compare/numbering.hpp"
#include "support/must.hpp"

namespace batpak::bench {

inline constexpr std::size_t kNumberBytes = 8;

inline void put_number(std::string& out, std::uint64_t number) {
    const std::uint64_t stored = big_endian(number);
    out.append(reinterpret_cast<const char*>(&stored), kNumberBytes);
}

inline std::uint64_t number_at(std::string_view bytes) {
    must_hold(bytes.size() >= kNumberBytes, "a number has eight bytes");
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return big_endian(number);
}

inline std::string_view text_of(BytesView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline BytesView bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// Refills `key`, which keeps its room.
inline void sequence_key(std::string& key, std::uint64_t sequence) {
    key.clear();
    put_number(key, sequence);
}
inline void stream_key(std::string& key, std::string_view entity, std::uint64_t version) {
    key.assign(entity);
    key.push_back('\0');
    put_number(key, version);
}
// The part of a stream's keys that they share.
inline std::string_view stream_prefix(std::string_view key) {
    return key.substr(0, key.size() - kNumberBytes);
}

struct RecordHead {
    EventId id;
    std::uint64_t version;
    std::int64_t time_us;
    std::uint16_t kind;
    std::uint16_t entity_bytes;
    std::uint16_t scope_bytes;
};

inline void encode_record(std::string& out, const NewEvent& event, const Place& place) {
    const std::string& entity = event.coordinate->entity();
    const std::string& scope = event.coordinate->scope();
    const RecordHead head{place.id,
                          place.version,
                          place.time_us,
                          event.kind.number(),
                          static_cast<std::uint16_t>(entity.size()),
                          static_cast<std::uint16_t>(scope.size())};
    out.assign(reinterpret_cast<const char*>(&head), sizeof head);
    out.append(entity).append(scope).append(text_of(event.payload));
}

inline SeenEvent decode_record(std::uint64_t sequence, std::string_view record) {
    must_hold(record.size() >= sizeof(RecordHead), "a record has a head");
    RecordHead head;
    std::memcpy(static_cast<void*>(&head), record.data(), sizeof head);
    const std::string_view rest = record.substr(sizeof head);
    const std::size_t names = std::size_t{head.entity_bytes} + head.scope_bytes;
    must_hold(rest.size() >= names, "a record has its names");
    return {head.id,
            sequence,
            head.version,
            head.time_us,
            EventKind::from_number(head.kind),
            rest.substr(0, head.entity_bytes),
            rest.substr(head.entity_bytes, head.scope_bytes),
            bytes_of(rest.substr(names))};
}

}  // namespace batpak::bench
