// What a proof shows of an event: the bytes that its hashes are made of, as records in the order of
// their tags. The fields are read out of bytes that were hashed as they are; nothing is encoded
// again, so a field can say nothing that the hash does not cover.
//
// Sizes and places repeat those of event/hash_chain.cpp: a checker is to be a second reading of the
// format, not the same code.
#include "proof/evidence.hpp"

#include <algorithm>

#include "base/hash/blake3_context.hpp"
#include "base/little_endian.hpp"
#include "batpak/coordinate/coordinate.hpp"
#include "proof/heads_record.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kEvidenceMagic = "BPX1";
constexpr std::string_view kContentMagic = "BPC1";
constexpr std::size_t kFixedContentBytes = 108;
constexpr std::size_t kLinkBytes = 124;
constexpr std::size_t kLinkContentAt = 60;
constexpr std::size_t kCommitmentAt = 76;

constexpr unsigned kHeadTags = 1U << 5 | 1U << 6 | 1U << 7;
constexpr std::size_t kEntityHeadBytes = 72;  // D, version, E

enum class Tag : std::uint8_t {
    Content = 1,
    Link = 2,
    Blind = 3,
    Payload = 4,
    HeadFound = 5,
    HeadSiblings = 6,
    HeadEntity = 7,
};

void append_record(Bytes& into, Tag tag, BytesView bytes) {
    into.push_back(static_cast<std::byte>(tag));
    std::array<std::byte, 4> length;
    store_little_endian(length, static_cast<std::uint32_t>(bytes.size()));
    into.insert(into.end(), length.begin(), length.end());
    into.insert(into.end(), bytes.begin(), bytes.end());
}

// Takes bytes from the front; nothing once they are too few.
class Taker {
public:
    explicit Taker(BytesView bytes) : rest_(bytes) {}

    std::optional<BytesView> take(std::size_t count) {
        if (count > rest_.size()) return std::nullopt;
        const BytesView taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    std::optional<BytesView> take_counted() {
        const auto length = take(4);
        if (!length) return std::nullopt;
        return take(load_little_endian<std::uint32_t>(*length));
    }
    bool at_end() const { return rest_.empty(); }

private:
    BytesView rest_;
};

template <std::integral T>
T number_at(BytesView bytes, std::size_t at) {
    return load_little_endian<T>(bytes.subspan(at, sizeof(T)));
}
template <class Id>
Id id_at(BytesView bytes, std::size_t at) {
    Id id;
    std::ranges::copy(bytes.subspan(at, id.bytes.size()), id.bytes.begin());
    return id;
}

Hash hash_at(BytesView bytes, std::size_t at) {
    Hash hash;
    std::ranges::copy(bytes.subspan(at, Hash::kBytes), hash.bytes.begin());
    return hash;
}

// Either one byte 0, or one byte 1 and a head.
bool put_found(HeadPath& path, BytesView value) {
    if (value.size() == 1 && value[0] == std::byte{0}) return true;
    if (value.size() != 1 + kEntityHeadBytes || value[0] != std::byte{1}) return false;
    path.found = {.entity = hash_at(value, 1),
                  .version = Version(number_at<std::uint64_t>(value, 33)),
                  .event = hash_at(value, 41)};
    return true;
}

bool put_siblings(HeadPath& path, BytesView value) {
    if (value.size() % Hash::kBytes != 0) return false;
    if (value.size() / Hash::kBytes > HeadPath::kSiblingsMax) return false;
    for (std::size_t at = 0; at < value.size(); at += Hash::kBytes)
        path.siblings.push_back(hash_at(value, at));
    return true;
}

// The three records of a head, of which the first is there in `evidence`.
bool put_head(Evidence& evidence, Tag tag, BytesView value) {
    if (tag == Tag::HeadFound) {
        evidence.head.emplace();
        return put_found(evidence.head->path, value);
    }
    if (!evidence.head) return false;
    if (tag == Tag::HeadSiblings) return put_siblings(evidence.head->path, value);
    evidence.head->entity = as_text(value);
    return !value.empty() && value.size() <= Coordinate::kPartBytesMax;
}

void append_head(Bytes& bytes, const HeadEvidence& head) {
    Bytes found{std::byte{0}};
    if (const auto& it = head.path.found) {
        std::array<std::byte, 8> version{};
        store_little_endian(version, it->version.value);
        found.front() = std::byte{1};
        for (const BytesView part : {it->entity.view(), BytesView(version), it->event.view()})
            found.insert(found.end(), part.begin(), part.end());
    }
    Bytes siblings;
    for (const Hash& hash : head.path.siblings)
        siblings.insert(siblings.end(), hash.bytes.begin(), hash.bytes.end());
    append_record(bytes, Tag::HeadFound, found);
    append_record(bytes, Tag::HeadSiblings, siblings);
    append_record(bytes, Tag::HeadEntity, as_bytes(head.entity));
}

// An unknown tag refuses all of it: what a later version adds must not be overlooked.
bool put(Evidence& evidence, Tag tag, BytesView value) {
    Bytes bytes(value.begin(), value.end());
    switch (tag) {
        case Tag::Content: evidence.content = std::move(bytes); return true;
        case Tag::Link: evidence.link = std::move(bytes); return true;
        case Tag::Payload: evidence.payload = std::move(bytes); return true;
        case Tag::Blind:
            if (value.size() != Blind().size()) return false;
            evidence.blind.emplace();
            std::ranges::copy(value, evidence.blind->begin());
            return true;
        case Tag::HeadFound:
        case Tag::HeadSiblings:
        case Tag::HeadEntity: return put_head(evidence, tag, value);
    }
    return false;  // a tag that this version does not know
}

// Reads what the content holds; nothing if its bytes are not of that form.
std::optional<EventClaims> read_content(BytesView content) {
    Taker taker(content);
    const auto fixed = taker.take(kFixedContentBytes);
    if (!fixed || !as_text(*fixed).starts_with(kContentMagic)) return std::nullopt;
    EventClaims claims{.log_id = id_at<LogId>(*fixed, 4),
                       .timestamp_us = number_at<std::int64_t>(*fixed, 28),
                       .kind = EventKind::from_number(number_at<std::uint16_t>(*fixed, 20)),
                       .payload_version = number_at<std::uint16_t>(*fixed, 22),
                       .flags = number_at<std::uint32_t>(*fixed, 24),
                       .correlation_id = id_at<EventId>(*fixed, 36),
                       .causation_id = id_at<EventId>(*fixed, 52),
                       .payload_bytes = number_at<std::uint64_t>(*fixed, 68)};
    const auto entity = taker.take_counted();
    const auto scope = taker.take_counted();
    const auto metadata = taker.take_counted();
    if (!entity || !scope || !metadata || !taker.at_end()) return std::nullopt;
    claims.entity = as_text(*entity);
    claims.scope = as_text(*scope);
    claims.metadata.assign(metadata->begin(), metadata->end());
    return claims;
}

}  // namespace

Bytes Evidence::encode() const {
    Bytes bytes(as_bytes(kEvidenceMagic).begin(), as_bytes(kEvidenceMagic).end());
    append_record(bytes, Tag::Content, content);
    append_record(bytes, Tag::Link, link);
    if (blind) append_record(bytes, Tag::Blind, *blind);
    if (payload) append_record(bytes, Tag::Payload, *payload);
    if (head) append_head(bytes, *head);
    return bytes;
}

// Tags grow, so each comes once and there is one spelling. A payload without its blind proves
// nothing, and a blind without its payload would give away more than was meant. A head needs its
// three records, and the payload that has the root.
std::optional<Evidence> Evidence::decode(BytesView bytes) {
    Taker taker(bytes);
    const auto magic = taker.take(kEvidenceMagic.size());
    if (!magic || as_text(*magic) != kEvidenceMagic) return std::nullopt;
    Evidence evidence;
    std::uint8_t last = 0;
    unsigned seen = 0;  // a bit for each tag
    while (!taker.at_end()) {
        const auto tag = taker.take(1);
        const auto value = taker.take_counted();
        if (!value) return std::nullopt;
        const auto number = std::to_integer<std::uint8_t>(tag->front());
        if (number <= last || !put(evidence, static_cast<Tag>(number), *value)) return std::nullopt;
        last = number;
        seen |= 1U << number;
    }
    if (evidence.content.empty() || evidence.link.size() != kLinkBytes) return std::nullopt;
    if (evidence.blind.has_value() != evidence.payload.has_value()) return std::nullopt;
    if ((seen & kHeadTags) != 0 && ((seen & kHeadTags) != kHeadTags || !evidence.payload))
        return std::nullopt;
    return evidence;
}

// From the link outwards: the content is the one that the link names, the payload the one that the
// content names. Only then is a field of them believed.
Checked<CheckedEvidence> check_evidence(const Evidence& evidence) {
    static const Blake3Context content_context("batpak.v1 event content");
    static const Blake3Context event_context("batpak.v1 event");
    const BytesView link = evidence.link;
    const Hash content_hash = content_context.hash({evidence.content});
    if (!equal_bytes(content_hash.view(), link.subspan(kLinkContentAt, Hash::kBytes))) {
        return refuse(Reason::ContentNotInEvent, "the link is of another content");
    }
    std::optional<EventClaims> claims = read_content(evidence.content);
    if (!claims) return refuse(Reason::Malformed, "the content has not the form of an event's");
    claims->sequence = Sequence(number_at<std::uint64_t>(link, 0));
    claims->version = Version(number_at<std::uint64_t>(link, 8));
    claims->hlc = {.us = number_at<std::int64_t>(link, 16),
                   .counter = number_at<std::uint32_t>(link, 24)};
    claims->event_id = id_at<EventId>(link, 44);
    if (evidence.payload) {
        const Hash commitment = payload_commitment(*evidence.blind, *evidence.payload);
        const BytesView content = evidence.content;
        if (!equal_bytes(commitment.view(), content.subspan(kCommitmentAt, Hash::kBytes)) ||
            evidence.payload->size() != claims->payload_bytes) {
            return refuse(Reason::PayloadNotInContent, "the content is of another payload");
        }
        claims->payload = evidence.payload;
    }
    return CheckedEvidence{event_context.hash({link}), *std::move(claims)};
}

// A record covers only events before it: so a checkpoint that covers the record covers them.
Checked<HeadClaim> check_head_evidence(const HeadEvidence& evidence, const EventClaims& record) {
    const bool is_of_heads = record.kind == HeadsRecorded::kind && record.entity == kHeadsEntity &&
                             record.scope == system_kinds::kSystemScope;
    const auto recorded = is_of_heads ? read_heads_record(*record.payload) : std::nullopt;
    if (!recorded || recorded->size > record.sequence.value)
        return refuse(Reason::NotAHeadsRecord, "the event records no heads");
    BATPAK_TRY(const std::optional<EntityHead> latest,
               check_head(recorded->heads, entity_hash(evidence.entity), evidence.path));
    return HeadClaim{.entity = evidence.entity,
                     .size = Sequence(recorded->size),
                     .entities = recorded->entities,
                     .latest = latest};
}

}  // namespace batpak::proof
