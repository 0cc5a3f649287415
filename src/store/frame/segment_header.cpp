// A header is read strictly: what decode() accepts is exactly what encode() writes, byte for byte.
// So a field has one spelling, zeros are zeros, and a bit that a later version may use is refused
// now instead of being ignored. Only the version is looked at before that: a newer header is no
// damage.
#include "store/frame/segment_header.hpp"

#include <algorithm>
#include <charconv>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "store/frame/limits.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kMagic = "BPKSEG1\n";
constexpr std::string_view kSuffix = ".bpk";
constexpr std::size_t kDigits = 12;
constexpr std::uint32_t kFlagHashes = 1;

// Offsets of the fields (docs/FORMAT.md, "Segment").
constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 12;
constexpr std::size_t kLogIdAt = 16;
constexpr std::size_t kSegmentIdAt = 32;
constexpr std::size_t kFirstAt = 40;
constexpr std::size_t kEraAt = 48;
constexpr std::size_t kFlagsAt = 52;
constexpr std::size_t kSaltAt = 56;
constexpr std::size_t kChecksumAt = 92;
static_assert(kMagic.size() == kVersionAt);
static_assert(kLogIdAt + sizeof(LogId::bytes) == kSegmentIdAt);
static_assert(kSegmentIdAt + sizeof(SegmentHeader::segment_id) == kFirstAt);
static_assert(kFirstAt + sizeof(Sequence::value) == kEraAt);
static_assert(kEraAt + sizeof(SegmentHeader::era) == kFlagsAt);
static_assert(kFlagsAt + sizeof(kFlagHashes) == kSaltAt);
static_assert(kSaltAt + sizeof(Salt) <= kChecksumAt);
static_assert(kChecksumAt + 4 == SegmentHeader::kBytes);

}  // namespace

std::array<std::byte, SegmentHeader::kBytes> SegmentHeader::encode() const {
    std::array<std::byte, kBytes> bytes{};
    const MutableBytesView all(bytes);
    std::ranges::copy(as_bytes(kMagic), bytes.begin());
    store_little_endian(all.subspan(kVersionAt), kFormatVersion);
    store_little_endian(all.subspan(kHeaderBytesAt), static_cast<std::uint32_t>(kBytes));
    std::ranges::copy(log_id.bytes, bytes.begin() + kLogIdAt);
    store_little_endian(all.subspan(kSegmentIdAt), segment_id);
    store_little_endian(all.subspan(kFirstAt), first.value);
    store_little_endian(all.subspan(kEraAt), era);
    store_little_endian(all.subspan(kFlagsAt), has_hashes ? kFlagHashes : 0U);
    std::ranges::copy(salt, bytes.begin() + kSaltAt);
    store_little_endian(all.subspan(kChecksumAt), crc32(all.first(kChecksumAt)));
    return bytes;
}

Result<SegmentHeader> SegmentHeader::decode(BytesView bytes) {
    BATPAK_ASSERT(bytes.size() == kBytes);
    if (as_text(bytes.first(kMagic.size())) != kMagic) {
        return fail(ErrorCode::CorruptSegment, "it does not start with the magic of a segment");
    }
    if (load_little_endian<std::uint32_t>(bytes.subspan(kChecksumAt)) !=
        crc32(bytes.first(kChecksumAt))) {
        return fail(ErrorCode::CorruptSegment, "the checksum of its header is wrong");
    }
    if (load_little_endian<std::uint32_t>(bytes.subspan(kVersionAt)) > kFormatVersion) {
        return fail(ErrorCode::FutureFormat,
                    "written by a newer batpak: open it with that version");
    }
    SegmentHeader header;
    std::ranges::copy(bytes.subspan(kLogIdAt, 16), header.log_id.bytes.begin());
    header.segment_id = load_little_endian<std::uint64_t>(bytes.subspan(kSegmentIdAt));
    header.first = Sequence(load_little_endian<std::uint64_t>(bytes.subspan(kFirstAt)));
    header.era = load_little_endian<std::uint32_t>(bytes.subspan(kEraAt));
    header.has_hashes =
        (load_little_endian<std::uint32_t>(bytes.subspan(kFlagsAt)) & kFlagHashes) != 0;
    std::ranges::copy(bytes.subspan(kSaltAt, sizeof(Salt)), header.salt.begin());
    // Encoding what was read proves every remaining byte (version, size, flags, zeros) at once.
    if (!equal_bytes(header.encode(), bytes)) {
        return fail(ErrorCode::CorruptSegment,
                    "its header holds fields that version 1 does not have");
    }
    return header;
}

std::string segment_file_name(std::uint64_t segment_id) {
    BATPAK_ASSERT(segment_id <= kSegmentIdMax);
    std::string digits = std::to_string(segment_id);
    BATPAK_ASSERT(digits.size() <= kDigits);
    return std::string(kDigits - digits.size(), '0') + digits + std::string(kSuffix);
}

std::string segment_place(std::uint64_t segment_id) {
    return "segments/" + segment_file_name(segment_id);
}

std::optional<std::uint64_t> parse_segment_file_name(std::string_view name) {
    if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
    std::uint64_t segment_id = 0;
    const char* const end = name.data() + kDigits;
    const auto parsed = std::from_chars(name.data(), end, segment_id);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    BATPAK_ASSERT(segment_id <= kSegmentIdMax);  // twelve digits hold no more
    return segment_id;
}

}  // namespace batpak::store
