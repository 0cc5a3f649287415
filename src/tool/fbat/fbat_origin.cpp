// Only what says something is written: most events have one lane, no flags and no extensions.
#include "tool/fbat/fbat_origin.hpp"

#include "batpak/coordinate/event_kind.hpp"
#include "tool/input/import_mapping.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr std::string_view kExtensionKey = "source-extension:";
// The other entries are at most fourteen, and short.
constexpr std::size_t kExtensionsMax = 16;
constexpr std::size_t kExtensionBytesMax = 6 * 1024;

bool is_metadata_value(BytesView bytes) {
    // Metadata is text, so bytes are kept as two digits each.
    return 2 * bytes.size() <= limits::kMetadataValueBytesMax;
}

Result<void> set_unless_zero(Metadata& metadata, std::string_view key, std::uint64_t number) {
    return number == 0 ? Result<void>() : metadata.set(key, std::to_string(number));
}

Result<void> add_besides(Metadata& metadata, const FbatFrame& frame) {
    if (!extensions_fit(frame)) return metadata.set("source-extensions", "left out");
    for (const auto& [name, value] : frame.extensions)
        BATPAK_CHECK(metadata.set(std::string(kExtensionKey) + name, to_hex(value)));
    if (!frame.encryption) return {};
    BATPAK_CHECK(metadata.set("source-key-scope", to_hex(frame.encryption->key_scope)));
    return metadata.set("source-nonce", to_hex(frame.encryption->nonce));
}

}  // namespace

bool extensions_fit(const FbatFrame& frame) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : frame.extensions) {
        const std::size_t key_bytes = kExtensionKey.size() + name.size();
        if (key_bytes > limits::kMetadataKeyBytesMax || !is_metadata_value(value)) return false;
        bytes += key_bytes + 2 * value.size();
    }
    const bool is_key_short =
        !frame.encryption || (is_metadata_value(frame.encryption->key_scope) &&
                              is_metadata_value(frame.encryption->nonce));
    return is_key_short && frame.extensions.size() <= kExtensionsMax && bytes <= kExtensionBytesMax;
}

Result<Metadata> origin_of(const FbatFrame& frame, const FbatEvent& event) {
    Metadata metadata;
    const FbatPosition& position = frame.position;
    BATPAK_CHECK(metadata.set(kSourceTime, format_time(frame.timestamp_us)));
    BATPAK_CHECK(metadata.set("source-id", to_string(EventId{frame.event_id})));
    BATPAK_CHECK(metadata.set(event.is_counted ? "source-sequence-counted" : "source-sequence",
                              std::to_string(event.sequence)));
    BATPAK_CHECK(metadata.set("source-version", std::to_string(position.sequence)));
    BATPAK_CHECK(metadata.set("source-hash", to_string(event.hash_check)));
    const bool is_other = event.hash_check == FbatHashCheck::Differs ||
                          event.hash_check == FbatHashCheck::NotComparable;
    if (is_other) BATPAK_CHECK(metadata.set("source-hash-value", to_string(frame.event_hash)));
    const EventKind kind = EventKind::from_number(frame.kind);
    if (kind.is_reserved()) BATPAK_CHECK(metadata.set("source-kind", to_string(kind)));
    const auto observed_ms = static_cast<std::uint64_t>(frame.timestamp_us / 1000);
    if (position.wall_ms != observed_ms)
        BATPAK_CHECK(metadata.set("source-wall-ms", std::to_string(position.wall_ms)));
    BATPAK_CHECK(set_unless_zero(metadata, "source-lane", position.lane));
    BATPAK_CHECK(set_unless_zero(metadata, "source-depth", position.depth));
    BATPAK_CHECK(set_unless_zero(metadata, "source-flags", frame.flags));
    BATPAK_CHECK(set_unless_zero(metadata, "source-payload-version", frame.payload_version));
    BATPAK_CHECK(add_besides(metadata, frame));
    return metadata;
}

}  // namespace batpak::tool
