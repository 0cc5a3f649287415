// The order is the one in which people ask: where, what, whose, with what, when, and which.
//
// These texts are what a failed test says, so nothing in here fails or throws: what is no UTF-8 is
// replaced in JSON, what cannot be decoded is shown as bytes, and an event that cannot be read is
// called damaged.
#include "batpak/testing/printers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "batpak/json.hpp"

namespace batpak::testing {
namespace {

constexpr std::size_t kShownBytesMax = 32;

// UTC, to the microsecond.
std::string time_text(std::int64_t unix_us) {
    using namespace std::chrono;
    const sys_time<microseconds> time{microseconds(unix_us)};
    const sys_days day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss<microseconds> clock(time - day);
    std::array<char, 64> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string kind_text(const EventHeader& header, std::string_view name) {
    return (name.empty() ? "" : std::string(name) + " ") + to_string(header.kind) + " v" +
           std::to_string(header.payload_version);
}

// What says something: not a story of its own, no cause, no flags.
std::string identity_text(const EventHeader& header) {
    std::string text = "id " + to_string(header.event_id);
    if (header.correlation_id != header.event_id)
        text += ", story " + to_string(header.correlation_id);
    if (header.causation_id) text += ", caused by " + to_string(*header.causation_id);
    if ((header.flags & kFlagEncrypted) != 0) text += ", encrypted";
    const std::uint32_t flags = header.flags & kApplicationFlags;
    if (flags != 0) text += ", flags " + std::to_string(flags);
    return text;
}

std::string tags_text(const std::vector<std::string>& tags) {
    if (tags.empty()) return "";
    std::string text;
    for (const std::string& tag : tags) text += (text.empty() ? ", tags " : " ") + tag;
    return text;
}

std::string metadata_text(const Metadata& metadata) {
    return metadata.empty() ? "" : ", metadata " + describe(metadata);
}

}  // namespace

std::string describe(const Hash& hash) { return to_string(hash); }
std::string describe(EventKind kind) { return to_string(kind); }
std::string describe(const Coordinate& coordinate) { return to_string(coordinate); }
std::string describe(const Error& error) { return error.to_string(); }
std::string describe(ErrorCode code) { return std::string(to_string(code)); }
std::string describe(ErrorClass error_class) { return std::string(to_string(error_class)); }
std::string describe(const Denial& denial) { return to_string(denial); }

std::string describe(const Hlc& hlc) {
    const std::string time = time_text(hlc.us);
    return hlc.counter == 0 ? time : time + " #" + std::to_string(hlc.counter);
}

std::string describe(const Position& position) {
    return describe(position.sequence) + ", " + describe(position.version) + ", at " +
           describe(position.hlc);
}

std::string describe(const EventHeader& header) {
    return kind_text(header, {}) + ", at " + time_text(header.timestamp_us) + ", " +
           identity_text(header);
}

std::string describe(Durability durability) {
    return durability == Durability::Durable ? "durable" : "buffered";
}

std::string describe(const AppendReceipt& receipt) {
    return "event " + to_string(receipt.sequence) + ", " + describe(receipt.version) + ", " +
           describe(receipt.durability) + (receipt.replayed ? ", a replay" : "") + ", at " +
           describe(receipt.hlc) + ", id " + to_string(receipt.event_id);
}

std::string describe(const Metadata& metadata) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, value] : metadata) object[key] = value;
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string describe_payload(BytesView payload) {
    const Result<nlohmann::json> json = PayloadCodec<nlohmann::json>::decode(payload);
    if (json) return json->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string text = std::to_string(payload.size()) + " bytes";
    if (payload.empty()) return text;
    const BytesView shown = payload.first(std::min(payload.size(), kShownBytesMax));
    return text + " " + to_hex(shown) + (shown.size() < payload.size() ? "..." : "");
}

std::string describe(const EventView& event) {
    const auto coordinate = Coordinate::create(event.entity, event.scope);
    const Result<Metadata> metadata = event.metadata();
    std::vector<std::string> tags;
    for (const std::string_view tag : event.tags()) tags.emplace_back(tag);
    if (!coordinate || !metadata) return "event " + to_string(event.sequence()) + ", damaged";
    return detail::describe_stored({*coordinate, event.position, event.header, *metadata, tags, {}},
                                   event.erased ? "erased" : describe_payload(event.payload));
}

std::string describe(const HeldEvent& event) { return describe(*event); }

namespace detail {

std::string describe_stored(const StoredParts& parts, const std::string& payload) {
    return "event " + to_string(parts.position.sequence) + ": " +
           kind_text(parts.header, parts.kind_name) + " of " + describe(parts.coordinate) + ", " +
           describe(parts.position.version) + ": " + payload + tags_text(parts.tags) +
           metadata_text(parts.metadata) + ", at " + describe(parts.position.hlc) + ", " +
           identity_text(parts.header);
}

std::string describe_event(const EventHeader& header, std::string_view kind_name,
                           const std::string& payload) {
    return kind_text(header, kind_name) + ": " + payload + ", at " +
           time_text(header.timestamp_us) + ", " + identity_text(header);
}

}  // namespace detail
}  // namespace batpak::testing
