// The two written forms of a Region. The bytes follow this grammar; numbers are little-endian:
//
//     region  = version:u8 (1 to 3)  count:u64  clause * count
//     clause  = parts  [entity:text] [entity_prefix:text] [scope:text] [kinds]
//               [versions:range] [sequences:range] [times_us:range] [correlation_id:16 bytes]
//               [causation_id:16 bytes] [tags]
//     parts   = u8 in version 1, u16 in later ones
//     text    = length:u64  byte * length
//     kinds   = categories:u16  count:u64  kind:u16 * count
//     tags    = count:u64  text * count
//     range   = has_end:u8 (0 or 1)  begin:u64  [end:u64]
//
// Bit n of `parts` says that the n-th part in brackets is there. Every item says its own length
// before its content, so no content can be taken for structure. Cursors are bound to a digest of
// these bytes: a change of the grammar needs a new version number, and what an older version can
// say is still said in that one. Version 2 is written where a clause has a causation_id, and
// version 3 where one has tags.
#include <algorithm>
#include <bit>
#include <concepts>
#include <iterator>

#include "batpak/coordinate/region.hpp"

namespace batpak {
namespace {

using Clause = Region::Clause;

constexpr std::uint8_t kRegionVersion = 1;
constexpr std::uint8_t kVersionWithCauses = 2;
constexpr std::uint8_t kVersionWithTags = 3;

template <std::unsigned_integral Number>
void put(Bytes& bytes, Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        bytes.push_back(static_cast<std::byte>(number >> (8 * i)));
    }
}

void put(Bytes& bytes, std::int64_t number) { put(bytes, std::bit_cast<std::uint64_t>(number)); }

template <class Tag>
void put(Bytes& bytes, Ordinal<Tag> ordinal) {
    put(bytes, ordinal.value);
}

void put(Bytes& bytes, const std::string& text) {
    put(bytes, std::uint64_t{text.size()});
    std::ranges::copy(as_bytes(text), std::back_inserter(bytes));
}

void put(Bytes& bytes, const EventId& id) {
    std::ranges::copy(id.view(), std::back_inserter(bytes));
}

void put(Bytes& bytes, const KindFilter& kinds) {
    put(bytes, kinds.categories());
    put(bytes, std::uint64_t{kinds.kinds().size()});
    for (const EventKind kind : kinds.kinds()) put(bytes, kind.number());
}

void put(Bytes& bytes, const std::vector<std::string>& tags) {
    put(bytes, std::uint64_t{tags.size()});
    for (const std::string& tag : tags) put(bytes, tag);
}

template <class T>
void put(Bytes& bytes, const Region::Range<T>& range) {
    put(bytes, static_cast<std::uint8_t>(range.end.has_value()));
    put(bytes, range.begin);
    if (range.end) put(bytes, *range.end);
}

// The bits are set as the parts are written, so that the order of the parts is in one place.
void put(Bytes& bytes, const Clause& clause, std::uint8_t version) {
    const std::size_t parts_at = bytes.size();
    bytes.resize(bytes.size() + (version == kRegionVersion ? 1 : 2));
    unsigned bit = 0;
    const auto put_part = [&](bool present, const auto& part) {
        if (present) {
            bytes[parts_at + bit / 8] |= std::byte{1} << bit % 8;
            put(bytes, part);
        }
        ++bit;
    };
    put_part(clause.entity.has_value(), clause.entity.value_or(""));
    put_part(!clause.entity_prefix.empty(), clause.entity_prefix);
    put_part(clause.scope.has_value(), clause.scope.value_or(""));
    put_part(!clause.kinds.is_any(), clause.kinds);
    put_part(!clause.versions.is_all(), clause.versions);
    put_part(!clause.sequences.is_all(), clause.sequences);
    put_part(!clause.times_us.is_all(), clause.times_us);
    put_part(clause.correlation_id.has_value(), clause.correlation_id.value_or(EventId{}));
    BATPAK_ASSERT(bit == 8);
    BATPAK_ASSERT(version >= kVersionWithCauses || !clause.causation_id);
    put_part(clause.causation_id.has_value(), clause.causation_id.value_or(EventId{}));
    BATPAK_ASSERT(version >= kVersionWithTags || clause.tags.empty());
    put_part(!clause.tags.empty(), clause.tags);
}

// The first version that can say it.
std::uint8_t version_of(const Clause& clause) {
    if (!clause.tags.empty()) return kVersionWithTags;
    return clause.causation_id ? kVersionWithCauses : kRegionVersion;
}

// In quotes, so that a name can neither end early nor move the cursor of a terminal.
std::string quoted_part(std::string_view name) {
    std::string text = "\"";
    for (const char character : name) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte < 0x20 || byte == 0x7F) {
            text += "\\x" + to_hex(as_bytes({&character, 1}));
        } else {
            if (character == '"' || character == '\\') text += '\\';
            text += character;
        }
    }
    return text + "\"";
}

template <class T>
std::string to_text(const Region::Range<T>& range) {
    using std::to_string;
    const std::string begin = range.begin == range.kLowest ? "" : to_string(range.begin);
    return "[" + begin + "," + (range.end ? to_string(*range.end) : "") + ")";
}

std::string to_text(const Clause& clause) {
    std::string text;
    const auto add = [&](std::string_view name, const std::string& part) {
        if (!text.empty()) text += " & ";
        text.append(name).append("=").append(part);
    };
    if (clause.entity) add("entity", quoted_part(*clause.entity));
    if (!clause.entity_prefix.empty()) add("entity_prefix", quoted_part(clause.entity_prefix));
    if (clause.scope) add("scope", quoted_part(*clause.scope));
    if (!clause.kinds.is_any()) add("kinds", to_string(clause.kinds));
    if (!clause.versions.is_all()) add("versions", to_text(clause.versions));
    if (!clause.sequences.is_all()) add("sequences", to_text(clause.sequences));
    if (!clause.times_us.is_all()) add("times_us", to_text(clause.times_us));
    if (clause.correlation_id) add("correlation_id", to_string(*clause.correlation_id));
    if (clause.causation_id) add("causation_id", to_string(*clause.causation_id));
    for (const std::string& tag : clause.tags) add("tag", quoted_part(tag));
    return text.empty() ? "all" : text;
}

}  // namespace

Bytes Region::canonical_bytes() const {
    std::uint8_t version = kRegionVersion;
    for (const Clause& clause : clauses_) version = std::max(version, version_of(clause));
    Bytes bytes;
    put(bytes, version);
    put(bytes, std::uint64_t{clauses_.size()});
    for (const Clause& clause : clauses_) put(bytes, clause, version);
    return bytes;
}

std::string to_string(const Region& region) {
    std::string text;
    for (const Clause& clause : region.clauses()) {
        if (!text.empty()) text += " | ";
        text += to_text(clause);
    }
    return text.empty() ? "none" : text;
}

}  // namespace batpak
