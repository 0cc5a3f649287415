// A position as bytes, little-endian:
//
//     magic "BPCP" | version 1, u32 | log id, 16 | region, 32 | begin, u64 | next, u64
//     | matched, u64 | skipped, u64 | digest, 32 | CRC-32 of all before, u32
#include "batpak/delivery/cursor_position.hpp"

#include <algorithm>
#include <array>

#include "base/crc32.hpp"
#include "batpak/base/little_endian.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/store/reads.hpp"
#include "delivery/digest.hpp"
#include "store/read_side.hpp"

namespace batpak {
namespace {

constexpr std::size_t kLogIdAt = 8;
constexpr std::size_t kRegionAt = 24;
constexpr std::size_t kNumbersAt = 56;
constexpr std::size_t kDigestAt = 88;
constexpr std::size_t kChecksumAt = 120;
constexpr std::size_t kPositionBytes = 124;
constexpr std::uint32_t kVersion = 1;
constexpr std::string_view kMagic = "BPCP";

void put(MutableBytesView room, std::size_t at, BytesView bytes) {
    std::ranges::copy(bytes, room.begin() + static_cast<std::ptrdiff_t>(at));
}

std::uint64_t number_at(BytesView bytes, std::size_t index) {
    return load_little_endian<std::uint64_t>(bytes.subspan(kNumbersAt + 8 * index));
}

}  // namespace

Bytes CursorPosition::to_bytes() const {
    Bytes bytes(kPositionBytes);
    const MutableBytesView room(bytes);
    put(room, 0, as_bytes(kMagic));
    store_little_endian(room.subspan(kMagic.size()), kVersion);
    put(room, kLogIdAt, log_id.view());
    put(room, kRegionAt, region.view());
    const std::array<std::uint64_t, 4> numbers{begin.value, next.value, matched, skipped};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        store_little_endian(room.subspan(kNumbersAt + 8 * i), numbers[i]);
    }
    put(room, kDigestAt, digest.view());
    store_little_endian(room.subspan(kChecksumAt), crc32(room.first(kChecksumAt)));
    return bytes;
}

Result<CursorPosition> CursorPosition::from_bytes(BytesView bytes) {
    const auto refused = [](std::string detail) {
        return fail(ErrorCode::DecodeFailed, "not a cursor's position: " + std::move(detail));
    };
    if (bytes.size() != kPositionBytes) return refused("it has not 124 bytes");
    if (crc32(bytes.first(kChecksumAt)) !=
        load_little_endian<std::uint32_t>(bytes.subspan(kChecksumAt))) {
        return refused("its checksum is wrong");
    }
    if (as_text(bytes.first(kMagic.size())) != kMagic ||
        load_little_endian<std::uint32_t>(bytes.subspan(kMagic.size())) != kVersion) {
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
    if (position.begin > position.next) return refused("it ends before it begins");
    return position;
}

Result<bool> StoreReads::verify_completeness(const Region& region,
                                             const CursorPosition& position) const {
    BATPAK_CHECK(side_->check());
    const delivery::Digest digest(side_->has_hashes());
    if (side_->has_hashes() && !hashing_built_in()) {
        return fail(ErrorCode::Unsupported, "this batpak was built without BLAKE3");
    }
    const bool with_own = position.region == digest.of_region(region, OwnEvents::Include);
    const bool without_own = position.region == digest.of_region(region, OwnEvents::LeaveOut);
    if (position.log_id != log_id() || !(with_own || without_own)) {
        return fail(ErrorCode::ForeignPosition, "the position is of another log or region");
    }
    if (position.next > visible_end()) {
        return fail(Error(ErrorCode::InvalidArgument, "the store ends before the position")
                        .at_sequence(position.next));
    }
    CursorPosition found{.log_id = position.log_id,
                         .region = position.region,
                         .begin = position.begin,
                         .next = position.next,
                         .digest = {}};
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
