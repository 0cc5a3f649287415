// A position as bytes, little-endian:
//
//     magic "BPCP" | version 2, u32 | log id, 16 | region, 32 | begin, u64 | next, u64
//     | matched, u64 | skipped, u64 | digest, 32 | anchor: its sequence + 1, or 0 if there is none,
//     u64 | its event's id, 16 | CRC-32 of all before, u32
//
// Version 1 has no anchor.
#include "batpak/delivery/cursor.hpp"

#include <algorithm>
#include <array>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/store/reads.hpp"
#include "delivery/cursor/anchor.hpp"
#include "delivery/cursor/digest.hpp"
#include "store/view/read_side.hpp"

namespace batpak {
namespace {

constexpr std::size_t kLogIdAt = 8;
constexpr std::size_t kRegionAt = 24;
constexpr std::size_t kNumbersAt = 56;
constexpr std::size_t kDigestAt = 88;
constexpr std::size_t kAnchorAt = 120;  // in version 1 the checksum, and the end
constexpr std::size_t kAnchorIdAt = 128;
constexpr std::size_t kChecksumAt = 144;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint32_t kPositionVersion = 2;
constexpr std::string_view kPositionMagic = "BPCP";

void put(MutableBytesView room, std::size_t at, BytesView bytes) {
    std::ranges::copy(bytes, room.begin() + static_cast<std::ptrdiff_t>(at));
}

std::uint64_t number_at(BytesView bytes, std::size_t index) {
    return load_little_endian<std::uint64_t>(bytes.subspan(kNumbersAt + 8 * index));
}

}  // namespace

// For positions that a program keeps elsewhere. The one in the log is an event (CursorMoved), and
// names no anchor: it is as much of the log's history as any event.
Bytes CursorPosition::to_bytes() const {
    Bytes bytes(kChecksumAt + kChecksumBytes);
    const MutableBytesView room(bytes);
    put(room, 0, as_bytes(kPositionMagic));
    store_little_endian(room.subspan(kPositionMagic.size()), kPositionVersion);
    put(room, kLogIdAt, log_id.view());
    put(room, kRegionAt, region.view());
    const std::array<std::uint64_t, 4> numbers{begin.value, next.value, matched, skipped};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        store_little_endian(room.subspan(kNumbersAt + 8 * i), numbers[i]);
    }
    put(room, kDigestAt, digest.view());
    if (anchor) {
        store_little_endian(room.subspan(kAnchorAt), anchor->sequence.value + 1);
        put(room, kAnchorIdAt, anchor->event_id.view());
    }
    store_little_endian(room.subspan(kChecksumAt), crc32(room.first(kChecksumAt)));
    return bytes;
}

Result<CursorPosition> CursorPosition::from_bytes(BytesView bytes) {
    const auto refused = [](std::string detail) {
        return fail(ErrorCode::DecodeFailed, "not a cursor's position: " + std::move(detail));
    };
    const bool is_first_version = bytes.size() == kAnchorAt + kChecksumBytes;
    const std::size_t checksum_at = is_first_version ? kAnchorAt : kChecksumAt;
    if (bytes.size() != checksum_at + kChecksumBytes)
        return refused("it has neither 148 bytes nor 124, as in version 1");
    if (crc32(bytes.first(checksum_at)) !=
        load_little_endian<std::uint32_t>(bytes.subspan(checksum_at))) {
        return refused("its checksum is wrong");
    }
    if (as_text(bytes.first(kPositionMagic.size())) != kPositionMagic ||
        load_little_endian<std::uint32_t>(bytes.subspan(kPositionMagic.size())) !=
            (is_first_version ? 1 : kPositionVersion)) {
        return refused("it is of another kind or version");
    }
    CursorPosition position;
    std::ranges::copy(bytes.subspan(kLogIdAt, 16), position.log_id.bytes.begin());
    std::ranges::copy(bytes.subspan(kRegionAt, Hash::kBytes), position.region.bytes.begin());
    position.begin = Sequence(number_at(bytes, 0));
    position.next = Sequence(number_at(bytes, 1));
    position.matched = number_at(bytes, 2);
    position.skipped = number_at(bytes, 3);
    std::ranges::copy(bytes.subspan(kDigestAt, Hash::kBytes), position.digest.bytes.begin());
    // A checksum is no proof: a program that keeps positions can write one.
    if (position.begin > position.next) return refused("it ends before it begins");
    if (is_first_version) return position;
    const auto anchor_end = load_little_endian<std::uint64_t>(bytes.subspan(kAnchorAt));
    // Of a cursor that delivered nothing the anchor is the event before its beginning: hence
    // `begin` itself is allowed as its end.
    if (anchor_end > 0) {
        if (anchor_end < position.begin.value || anchor_end > position.next.value)
            return refused("its anchor is none of the events that it is about");
        position.anchor = CursorPosition::Anchor{Sequence(anchor_end - 1), {}};
        std::ranges::copy(bytes.subspan(kAnchorIdAt, 16), position.anchor->event_id.bytes.begin());
    }
    return position;
}

namespace delivery {
namespace {

// Where each half of an event's id begins: the front half alone is in the index.
constexpr std::size_t kBackHalfAt = 8;

bool has_back_half(const EventId& id) noexcept {
    return std::ranges::any_of(id.view().subspan(kBackHalfAt),
                               [](std::byte byte) { return byte != std::byte{0}; });
}

EventId front_half(std::uint64_t order) noexcept {
    EventId id;
    for (std::size_t i = kBackHalfAt; i-- > 0; order >>= 8) id.bytes[i] = std::byte(order & 0xFF);
    return id;
}

}  // namespace

// Of an event that is damaged the index still knows the front half of the id. That is enough to say
// that another log is another, and not to say that it is the same.
std::optional<Anchor> anchor_at(const store::Pin& pin, const std::shared_ptr<store::ReadSide>& side,
                                Sequence sequence) {
    store::EventReader reader(pin, side);
    if (const auto event = reader.read(sequence, ReadCheck::Frame))
        return Anchor{sequence, event->event_id()};
    const store::RunOrdinal place = reader.place_of(sequence);
    const auto order = pin.snapshot->runs[place.run]->ask(
        [&](const store::Index& index) { return index.id_order_at(place.ordinal); });
    if (!order) return std::nullopt;
    return Anchor{sequence, front_half(*order)};
}

// A doubt counts as the same log: a cursor that is refused for a damaged event could never go on.
bool may_have(const store::Pin& pin, const std::shared_ptr<store::ReadSide>& side,
              const Anchor& anchor) {
    if (anchor.sequence >= pin.end) return false;
    const std::optional<Anchor> there = anchor_at(pin, side, anchor.sequence);
    if (!there || there->event_id == anchor.event_id) return true;
    const bool same_front = store::id_order(there->event_id) == store::id_order(anchor.event_id);
    return same_front && !(has_back_half(there->event_id) && has_back_half(anchor.event_id));
}

}  // namespace delivery

Result<bool> StoreReads::verify_completeness(const Region& region,
                                             const CursorPosition& position) const {
    BATPAK_CHECK(side_->check());
    const delivery::Digest digest(side_->has_hashes());
    if (side_->has_hashes() && !hashing_built_in()) {
        return fail(ErrorCode::Unsupported, "this batpak was built without BLAKE3");
    }
    const bool with_own = position.region == digest.of_region(region, OwnEvents::Include);
    const bool without_own = position.region == digest.of_region(region, OwnEvents::LeaveOut);
    const std::optional<Sequence> end = common_end(position.log_id);
    if (!end || !(with_own || without_own)) {
        return fail(ErrorCode::ForeignPosition, "the position is of another log or region");
    }
    if (position.next > *end) {
        return fail(Error(ErrorCode::InvalidArgument, "the store ends before the position")
                        .at_sequence(position.next));
    }
    CursorPosition found{.log_id = position.log_id,
                         .region = position.region,
                         .begin = position.begin,
                         .next = position.next,
                         .digest = {},
                         .anchor = position.anchor};
    if (position.anchor) {
        if (!delivery::may_have(pin(), side_, *position.anchor)) return false;
    }
    std::optional<Error> unread;
    for (const Result<EventView>& event : query(region.with_sequences(found.begin, found.next))) {
        if (!event) {
            unread = event.error();
            if (!unread->sequence()) return fail(*unread);
            found.digest = digest.extended_by_skip(found.digest, *unread->sequence());
            ++found.skipped;
        } else if (with_own || event->kind().category() != EventKind::kSystemCategory) {
            found.digest = digest.extended(found.digest, *event);
            ++found.matched;
        }
    }
    if (found == position) return true;
    if (unread) return fail(*unread);  // what it held is needed to judge
    return false;
}

}  // namespace batpak
