// Metadata: a few strings that travel with an event, such as a trace or a user name.
//
// Entries are kept and written in the bytewise order of their keys, so equal metadata has equal
// bytes. No metadata has no bytes at all. What set() refuses can never be written; decode() takes
// whatever an older or newer version may have written, within kMetadataReadBytesMax.
//
// Keys that start with "batpak." are batpak's own: set() refuses them, and decode() skips them. The
// idempotency key of an event travels this way, and so do its tags, what its gates said, and what
// its kind is called: all are stored, hashed and copied with the event, and need no place of their
// own.
//
// Threads: immutable value, as long as it is not changed
// Errors:  set() MetadataTooLarge, InvalidArgument; decode() DecodeFailed, MetadataTooLarge
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/tags.hpp"
#include "batpak/event/detail/limits.hpp"

namespace batpak {

class Metadata {
public:
    struct Entry {
        std::string key;
        std::string value;
        friend auto operator<=>(const Entry&, const Entry&) = default;
    };

    // The keys under which W3C Trace Context travels.
    static constexpr std::string_view kTraceParent = "traceparent";
    static constexpr std::string_view kTraceState = "tracestate";
    static constexpr std::string_view kReservedPrefix = "batpak.";
    // What batpak writes under its prefix.
    static constexpr std::string_view kGates = "batpak.gates";
    static constexpr std::string_view kIdempotencyKey = "batpak.key";
    static constexpr std::string_view kKind = "batpak.kind";
    static constexpr std::string_view kTags = "batpak.tags";

    // Adds the entry or changes its value; in the case of an error, nothing.
    // Errors: MetadataTooLarge, beyond a limit of limits.hpp; InvalidArgument, if the key is empty
    //         or reserved, or either is not UTF-8.
    [[nodiscard]] Result<void> set(std::string_view key, std::string_view value);
    bool erase(std::string_view key);

    // Borrows: until the next change.
    std::optional<std::string_view> get(std::string_view key) const noexcept;

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }
    auto begin() const noexcept { return entries_.begin(); }
    auto end() const noexcept { return entries_.end(); }

    // How many bytes encode() adds.
    std::size_t encoded_bytes() const noexcept;
    // Adds a MessagePack map of strings, or nothing if there are no entries.
    void encode(Buffer& buffer) const;
    // An entry of batpak's own. An empty value, which no MessagePack value is, means none.
    struct Reserved {
        std::string_view key;
        BytesView value;  // one MessagePack value
    };
    // The same with batpak's own entries among the others. Requires: their keys have the prefix,
    // and grow.
    void encode_with(Buffer& buffer, std::span<const Reserved> reserved) const;
    // Encoded metadata with one more entry of batpak's own. Requires: `bytes` are metadata, or
    // empty, without such an entry.
    static void add_reserved(Buffer& buffer, BytesView bytes, const Reserved& entry);
    // The value of an entry of batpak's own in encoded metadata, as it was given to encode_with();
    // empty if there is none. Borrows: the bytes.
    static BytesView reserved(BytesView bytes, std::string_view key) noexcept;
    // The values by which events are found, in one pass. Borrows: the bytes.
    struct FoundBy {
        BytesView kind;
        BytesView tags;
    };
    static FoundBy found_by(BytesView bytes) noexcept;
    // The idempotency key in encoded metadata; empty if there is none. Borrows: the bytes.
    static BytesView idempotency_key(BytesView bytes) noexcept;
    // The tags in encoded metadata. Borrows: the bytes.
    static TagsView tags(BytesView bytes) noexcept { return TagsView(reserved(bytes, kTags)); }
    // Passes over entries that are not a string under a string. Errors: DecodeFailed, also for a
    // key that stands twice; MetadataTooLarge, over kMetadataReadBytesMax.
    [[nodiscard]] static Result<Metadata> decode(BytesView bytes);

    friend bool operator==(const Metadata&, const Metadata&) = default;

private:
    std::vector<Entry>::iterator place_of(std::string_view key) noexcept;

    std::vector<Entry> entries_;  // sorted by key, no key twice
};

}  // namespace batpak
