#include "store/frame/key_content.hpp"

#include <algorithm>

namespace batpak::store {
namespace {

// Keys are any bytes, and errors are for people.
std::string printed(std::string_view key) {
    const bool plain =
        std::ranges::all_of(key, [](char byte) { return byte > ' ' && byte <= '~'; });
    return plain ? std::string(key) : "0x" + to_hex(as_bytes(key));
}

}  // namespace

// What a key stands for is who, where, what kind in which version, and the payload. Tries of one
// request may differ in their metadata, their ids and what they expect. Of a payload that was
// erased only its length is left to compare.
bool is_same_content(const EventFields& asked, const EventFields& stored) noexcept {
    return asked.entity == stored.entity && asked.scope == stored.scope &&
           asked.kind == stored.kind && asked.payload_version == stored.payload_version &&
           asked.payload_bytes() == stored.payload_bytes() &&
           (stored.erased_bytes > 0 || equal_bytes(asked.payload, stored.payload));
}

AppendReceipt replayed_receipt(const EventView& stored) {
    return {.event_id = stored.event_id(),
            .sequence = stored.sequence(),
            .version = stored.version(),
            .hlc = stored.position.hlc,
            .hash = stored.hash,
            .durability = stored.durable ? Durability::Durable : Durability::Buffered,
            .replayed = true};
}

Error key_conflict(std::string_view key, Sequence first) {
    return Error(ErrorCode::KeyConflict,
                 "the idempotency key was used for another event, or another batch: use a new key "
                 "for new content")
        .at(printed(key))
        .at_sequence(first);
}

}  // namespace batpak::store
