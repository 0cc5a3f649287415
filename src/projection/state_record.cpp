// Read in the order of trust: magic and version, the checksum over the rest, the length against
// what is there (INV R6), the identity. Whether the log still has the anchor is asked by the one
// who uses it: a record that is whole may be of another history.
#include "projection/state_record.hpp"

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"

namespace batpak::projection {
namespace {

constexpr std::string_view kMagic = "BPKS";
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kCoveredFrom = 12;

template <class T>
T load(BytesView bytes, std::size_t at) {
    return load_little_endian<T>(bytes.subspan(at));
}

tl::unexpected<Error> corrupt(std::string detail) {
    return fail(ErrorCode::CorruptCache, std::move(detail));
}

}  // namespace

// The checksum is written last, because it covers all that comes after it.
void StateRecord::encode(std::string_view identity, Buffer& into) const {
    const std::size_t begin = into.size();
    const bool has_erasures = erasures_end > Sequence(0);
    const MutableBytesView header = into.extend(kHeaderBytes + (has_erasures ? kErasuresBytes : 0));
    std::memcpy(header.data(), kMagic.data(), kMagic.size());
    store_little_endian<std::uint16_t>(header.subspan(4),
                                       has_erasures ? kErasuresVersion : kFormatVersion);
    store_little_endian<std::uint16_t>(header.subspan(6), 0);
    store_little_endian<std::uint32_t>(header.subspan(12),
                                       static_cast<std::uint32_t>(identity.size()));
    std::memcpy(&header[16], anchor.log_id.bytes.data(), 16);
    store_little_endian<std::uint64_t>(header.subspan(32), anchor.last.value);
    std::memcpy(&header[40], anchor.event_id.bytes.data(), 16);
    std::memcpy(&header[56], anchor.event_hash.bytes.data(), 32);
    store_little_endian<std::int64_t>(header.subspan(88), current_us);
    store_little_endian<std::uint64_t>(header.subspan(96), events);
    if (has_erasures) store_little_endian(header.subspan(kHeaderBytes), erasures_end.value);
    into.append(as_bytes(identity));
    into.append(state);
    const std::uint32_t checksum = crc32(into.view().subspan(begin + kCoveredFrom));
    store_little_endian<std::uint32_t>({into.data() + begin + kChecksumAt, 4}, checksum);
}

// Two digests may clash, and a file may have been renamed: so the whole identity is compared.
Result<StateRecord> StateRecord::decode(BytesView bytes, std::string_view identity) {
    if (bytes.size() < kHeaderBytes || as_text(bytes.first(kMagic.size())) != kMagic)
        return corrupt("it is no kept state");
    const std::uint16_t version = load<std::uint16_t>(bytes, 4);
    if (version != kFormatVersion && version != kErasuresVersion)
        return fail(ErrorCode::FutureFormat, "the kept state is of another version of batpak");
    if (load<std::uint16_t>(bytes, 6) != 0 ||
        load<std::uint32_t>(bytes, kChecksumAt) != crc32(bytes.subspan(kCoveredFrom)))
        return corrupt("the checksum of the kept state is wrong");
    const std::uint32_t identity_bytes = load<std::uint32_t>(bytes, 12);
    const std::size_t header_bytes =
        kHeaderBytes + (version == kErasuresVersion ? kErasuresBytes : 0);
    // The first question keeps the difference in the second one from wrapping.
    if (bytes.size() < header_bytes || identity_bytes > bytes.size() - header_bytes)
        return corrupt("the kept state is shorter than it says");
    if (as_text(bytes.subspan(header_bytes, identity_bytes)) != identity)
        return corrupt("the kept state is of another projection");
    StateRecord record;
    std::memcpy(record.anchor.log_id.bytes.data(), &bytes[16], 16);
    record.anchor.last = Sequence(load<std::uint64_t>(bytes, 32));
    std::memcpy(record.anchor.event_id.bytes.data(), &bytes[40], 16);
    std::memcpy(record.anchor.event_hash.bytes.data(), &bytes[56], 32);
    record.current_us = load<std::int64_t>(bytes, 88);
    record.events = load<std::uint64_t>(bytes, 96);
    if (version == kErasuresVersion) {
        record.erasures_end = Sequence(load<std::uint64_t>(bytes, kHeaderBytes));
        // A state that knows no erasure is written in the older version: each record has one form.
        if (record.erasures_end == Sequence(0)) return corrupt("the kept state contradicts itself");
    }
    const BytesView state = bytes.subspan(header_bytes + identity_bytes);
    record.state.assign(state.begin(), state.end());
    return record;
}

}  // namespace batpak::projection
