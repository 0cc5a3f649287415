// Entries are kept sorted by key and unique, in memory as in the log, so that one content has one
// encoding, which hashes cover. The size is known before anything is encoded, because what is over
// the limit must be refused before it changes anything.
//
// batpak's own entries travel in the same map, at their place in the order, as encoded values.
// Reading passes over what it does not know, in keys as in values: a newer batpak may have put it
// there.
#include "batpak/event/metadata.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/msgpack.hpp"

namespace batpak {
namespace {

static_assert(Metadata::kIdempotencyKey.starts_with(Metadata::kReservedPrefix));
static_assert(Metadata::kKind.starts_with(Metadata::kReservedPrefix));
static_assert(Metadata::kTags.starts_with(Metadata::kReservedPrefix));
static_assert(Metadata::kGates.starts_with(Metadata::kReservedPrefix));

using msgpack::Reader;
using msgpack::Type;

constexpr auto kKeyOf = [](const Metadata::Entry& entry) -> std::string_view { return entry.key; };

// As the codec writes them: the size is counted so that nothing need be encoded to be refused.
std::size_t string_bytes(std::size_t length) {
    if (length < 32) return 1 + length;
    if (length <= UINT8_MAX) return 2 + length;
    if (length <= UINT16_MAX) return 3 + length;
    return 5 + length;
}

std::size_t entry_bytes(std::string_view key, std::string_view value) {
    return string_bytes(key.size()) + string_bytes(value.size());
}

std::size_t head_bytes(std::size_t entries) {
    if (entries == 0) return 0;
    return entries < 16 ? 1 : 3;
}

tl::unexpected<Error> too_large(std::string_view what, std::size_t limit) {
    return fail(ErrorCode::MetadataTooLarge,
                std::string(what) + " over " + std::to_string(limit) + ": put it into the payload");
}

// Limits apply to what is written. Reading takes more (kMetadataReadBytesMax), so that a limit may
// be raised by a later version.
Result<void> check_entry(std::string_view key, std::string_view value) {
    if (key.empty()) return fail(ErrorCode::InvalidArgument, "a metadata key is empty: name it");
    if (key.starts_with(Metadata::kReservedPrefix)) {
        return fail(ErrorCode::InvalidArgument,
                    "metadata keys that start with \"batpak.\" are batpak's own: rename it");
    }
    if (key.size() > limits::kMetadataKeyBytesMax) {
        return too_large("bytes of a metadata key", limits::kMetadataKeyBytesMax);
    }
    if (value.size() > limits::kMetadataValueBytesMax) {
        return too_large("bytes of a metadata value", limits::kMetadataValueBytesMax);
    }
    if (!is_utf8(key) || !is_utf8(value)) {
        return fail(ErrorCode::InvalidArgument, "metadata is not UTF-8: encode it");
    }
    return {};
}

}  // namespace

std::vector<Metadata::Entry>::iterator Metadata::place_of(std::string_view key) noexcept {
    return std::ranges::lower_bound(entries_, key, {}, kKeyOf);
}

// Everything that can be refused is, before the first change.
Result<void> Metadata::set(std::string_view key, std::string_view value) {
    BATPAK_CHECK(check_entry(key, value));
    const auto place = place_of(key);
    const bool is_new = place == entries_.end() || place->key != key;
    const std::size_t count = entries_.size() + (is_new ? 1 : 0);
    if (count > limits::kMetadataEntriesMax) {
        return too_large("entries of metadata", limits::kMetadataEntriesMax);
    }
    const std::size_t replaced = is_new ? 0 : entry_bytes(key, place->value);
    // All that is taken off is part of encoded_bytes(), so nothing wraps.
    const std::size_t total = encoded_bytes() - head_bytes(entries_.size()) - replaced +
                              head_bytes(count) + entry_bytes(key, value);
    if (total > limits::kMetadataBytesMax) {
        return too_large("bytes of metadata", limits::kMetadataBytesMax);
    }
    if (is_new) {
        entries_.insert(place, {std::string(key), std::string(value)});
    } else {
        place->value = value;
    }
    BATPAK_ASSERT(encoded_bytes() == total);
    return {};
}

bool Metadata::erase(std::string_view key) {
    const auto place = place_of(key);
    if (place == entries_.end() || place->key != key) return false;
    entries_.erase(place);
    return true;
}

std::optional<std::string_view> Metadata::get(std::string_view key) const noexcept {
    const auto place = std::ranges::lower_bound(entries_, key, {}, kKeyOf);
    if (place == entries_.end() || place->key != key) return std::nullopt;
    return place->value;
}

std::size_t Metadata::encoded_bytes() const noexcept {
    std::size_t total = head_bytes(entries_.size());
    for (const Entry& entry : entries_) total += entry_bytes(entry.key, entry.value);
    return total;
}

void Metadata::encode(Buffer& buffer) const { encode_with(buffer, {}); }

// batpak's keys come in their order, and what the user gave goes between them.
void Metadata::encode_with(Buffer& buffer, std::span<const Reserved> reserved) const {
    const auto is_there = [](const Reserved& entry) { return !entry.value.empty(); };
    const auto count =
        entries_.size() + static_cast<std::size_t>(std::ranges::count_if(reserved, is_there));
    if (count == 0) return;
    msgpack::Writer writer(buffer);
    writer.map(static_cast<std::uint32_t>(count));
    auto entry = entries_.begin();
    const auto put_entries_before = [&](std::string_view key) {
        for (; entry != entries_.end() && (key.empty() || entry->key < key); ++entry) {
            writer.string(entry->key);
            writer.string(entry->value);
        }
    };
    std::string_view before;
    for (const Reserved& own : reserved) {
        BATPAK_ASSERT(own.key.starts_with(kReservedPrefix));
        BATPAK_ASSERT(before < own.key);
        before = own.key;
        if (!is_there(own)) continue;
        put_entries_before(own.key);
        writer.string(own.key);
        writer.raw(own.value);
    }
    put_entries_before({});
}

void Metadata::add_reserved(Buffer& buffer, BytesView bytes, const Reserved& entry) {
    BATPAK_ASSERT(entry.key.starts_with(kReservedPrefix) && !entry.value.empty());
    Reader reader(bytes);
    std::uint32_t left = bytes.empty() ? 0 : reader.map();
    msgpack::Writer writer(buffer);
    writer.map(left + 1);
    bool added = false;
    const auto add = [&] {
        writer.string(entry.key);
        writer.raw(entry.value);
        added = true;
    };
    for (; left > 0; --left) {
        const std::string_view key = reader.string();
        if (!added && entry.key < key) add();
        writer.string(key);
        writer.raw(reader.raw());
    }
    if (!added) add();
    BATPAK_ASSERT(bytes.empty() || reader.done());
}

namespace {

// Calls visit(key, reader) for each key that is a text, until it returns false; it takes the value.
template <class Visit>
void for_each_key(BytesView bytes, const Visit& visit) noexcept {
    if (bytes.empty()) return;
    Reader reader(bytes);
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        if (reader.peek() != Type::String) {
            reader.skip();
            reader.skip();
        } else if (!visit(reader.string(), reader)) {
            return;
        }
    }
}

}  // namespace

BytesView Metadata::reserved(BytesView bytes, std::string_view wanted) noexcept {
    BytesView value;
    for_each_key(bytes, [&](std::string_view key, Reader& reader) {
        const BytesView here = reader.raw();
        if (key != wanted) return true;
        value = here;
        return false;
    });
    return value;
}

Metadata::FoundBy Metadata::found_by(BytesView bytes) noexcept {
    FoundBy found;
    for_each_key(bytes, [&](std::string_view key, Reader& reader) {
        const BytesView value = reader.raw();
        if (key == kKind && found.kind.empty()) found.kind = value;
        if (key == kTags && found.tags.empty()) found.tags = value;
        return true;
    });
    return found;
}

BytesView Metadata::idempotency_key(BytesView bytes) noexcept {
    const BytesView value = reserved(bytes, kIdempotencyKey);
    Reader reader(value);
    return reader.peek() == Type::Binary ? reader.binary() : BytesView{};
}

// Entries in another order than written are taken and sorted, so that reading is not what finds
// them; a verification is (frame_rules.cpp).
Result<Metadata> Metadata::decode(BytesView bytes) {
    if (bytes.size() > limits::kMetadataReadBytesMax) {
        return fail(ErrorCode::MetadataTooLarge, "stored metadata is over 64 KiB: upgrade batpak");
    }
    Metadata metadata;
    if (bytes.empty()) return metadata;
    Reader reader(bytes);
    for (std::uint32_t left = reader.map(); left > 0 && reader.ok(); --left) {
        const bool named = reader.peek() == Type::String;
        const std::string_view key = named ? reader.string() : std::string_view{};
        if (!named) reader.skip();
        const bool reserved = key.starts_with(kReservedPrefix);
        if (named && !reserved && reader.peek() == Type::String) {
            metadata.entries_.push_back({std::string(key), std::string(reader.string())});
        } else {
            reader.skip();
        }
    }
    std::ranges::sort(metadata.entries_);
    if (std::ranges::adjacent_find(metadata.entries_, {}, kKeyOf) != metadata.entries_.end()) {
        reader.refuse(msgpack::Fault::DuplicateKey);
    }
    if (!reader.finished()) return fail(reader.error());
    return metadata;
}

}  // namespace batpak
