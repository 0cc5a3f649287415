// FbatFrame: one frame of the Rust original of batpak, decoded.
//
// One tolerant decoder reads every release: members of maps may come in any order, members that are
// not known are passed over, and those that an older release did not write have their defaults.
//
// Threads: the functions are thread-safe
// Errors:  decode_fbat_frame(): DecodeFailed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"

namespace batpak::tool {

// The kinds that are no user's, as far as an import treats them in a way of their own.
inline constexpr std::uint16_t kFbatBatchBegin = 0x0006;
inline constexpr std::uint16_t kFbatBatchCommit = 0x0007;
inline constexpr std::uint16_t kFbatOpened = 0x0008;
inline constexpr std::uint16_t kFbatClosed = 0x0009;

struct FbatEncryption {
    Bytes key_scope;
    Bytes nonce;
};

struct FbatPosition {
    std::uint64_t wall_ms = 0;
    std::uint32_t depth = 0;
    std::uint32_t lane = 0;
    std::uint32_t sequence = 0;  // its version, in the stream of its entity
};

// Borrows: the names and an inline payload, from the bytes that were decoded.
struct FbatFrame {
    IdBytes event_id{};
    IdBytes correlation_id{};
    std::optional<IdBytes> causation_id;
    std::int64_t timestamp_us = 0;
    FbatPosition position;
    std::uint32_t payload_size = 0;  // of the marker that begins a batch: how many items follow
    std::uint16_t kind = 0;
    std::uint16_t payload_version = 0;
    std::uint8_t flags = 0;
    Hash content_hash{};
    std::optional<FbatEncryption> encryption;
    Hash previous_hash{};
    Hash event_hash{};
    std::string_view entity;
    std::string_view scope;
    bool has_extensions = false;  // whether the release writes them at all
    std::vector<std::pair<std::string, Bytes>> extensions;

    // Some compactions have put the user's value itself where the bytes of its encoding belong:
    // then these are the bytes of that value.
    bool is_inline = false;
    BytesView payload() const noexcept { return is_inline ? inline_payload : BytesView(own); }
    BytesView inline_payload;
    Bytes own;

    bool is_marker() const noexcept { return kind == kFbatBatchBegin || kind == kFbatBatchCommit; }
    bool is_lifecycle() const noexcept { return kind == kFbatOpened || kind == kFbatClosed; }
};

// `body`: the MessagePack of a frame whose checksum holds. Borrows: as FbatFrame says.
[[nodiscard]] Result<FbatFrame> decode_fbat_frame(BytesView body);

}  // namespace batpak::tool
