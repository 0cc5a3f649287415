// The sum over "salt, offset, length, body" is in the frame. The body, the length and the offset
// are known, so the sum is taken back over them, byte by byte, down to that over the salt. What
// looks like the start of a body is tried, and bytes can be made so that nearly all do: so the work
// is bounded.
#include "store/salvage/salt_search.hpp"

#include <algorithm>
#include <array>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/base/assert.hpp"
#include "store/frame/segment_header.hpp"

namespace batpak::store {
namespace {

constexpr std::uint64_t kSummedMax = std::uint64_t{256} << 20;

// Which entry of the table has this highest byte: each has another.
constexpr std::array<std::uint8_t, 256> make_entry_of_top() noexcept {
    std::array<std::uint8_t, 256> entry{};
    for (std::size_t i = 0; i < entry.size(); ++i)
        entry[detail::kCrcTables[0][i] >> 24] = static_cast<std::uint8_t>(i);
    return entry;
}
constexpr std::array<std::uint8_t, 256> kEntryOfTop = make_entry_of_top();

// What was summed up before `bytes`, if that followed by them sums up to `checksum`.
std::uint32_t sum_before(BytesView bytes, std::uint32_t checksum) noexcept {
    std::uint32_t state = ~checksum;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        const std::uint8_t entry = kEntryOfTop[state >> 24];
        const auto low =
            static_cast<std::uint32_t>(entry ^ std::to_integer<std::uint8_t>(bytes[i - 1]));
        state = ((state ^ detail::kCrcTables[0][entry]) << 8) | low;
    }
    return ~state;
}

// Zeros, and four bytes that make the sum right.
Salt salt_with(std::uint32_t sum) noexcept {
    Salt salt{};
    const auto zeros = BytesView(salt).first(salt.size() - sizeof(sum));
    const std::uint32_t wanted = ~sum_before(BytesView(salt).last(sizeof(sum)), sum);
    store_little_endian(MutableBytesView(salt).last(sizeof(sum)), ~crc32(zeros) ^ wanted);
    BATPAK_ASSERT(crc32(salt) == sum);
    return salt;
}

class SaltSearch {
public:
    explicit SaltSearch(BytesView bytes) : bytes_(bytes) {}

    std::optional<FoundSalt> run() {
        for (std::size_t at = SegmentHeader::kBytes;
             at + kFrameHeaderBytes < bytes_.size() && summed_ < kSummedMax; ++at) {
            if (auto found = look_at(at)) return found;
        }
        return std::nullopt;
    }

private:
    std::optional<FoundSalt> look_at(std::size_t at) {
        const BytesView rest = bytes_.subspan(at);
        const auto n = load_little_endian<std::uint32_t>(rest);
        if (n == 0 || n > rest.size() - kFrameHeaderBytes) return std::nullopt;
        const BytesView body = rest.subspan(kFrameHeaderBytes, n);
        const auto front = read_front(body.first(std::min(body.size(), kBodyFrontBytes)), n);
        if (!front) return std::nullopt;
        // The cheap questions come first: only what begins as a body does is summed up.
        summed_ += n;
        const std::uint32_t place = sum_before(body, frame_checksum(rest));
        if (load_little_endian<std::uint16_t>(rest.subspan(4)) != (place & 0xFFFF))
            return std::nullopt;
        std::array<std::byte, sizeof(std::uint64_t) + sizeof(n)> words{};
        store_little_endian(MutableBytesView(words), std::uint64_t{at});
        store_little_endian(MutableBytesView(words).subspan(sizeof(std::uint64_t)), n);
        const Salt salt = salt_with(sum_before(words, place));
        // One frame proves little: the salt was made so that its checksum holds. The checksum of
        // the next frame holds only with the right one.
        const std::size_t next = kFrameHeaderBytes + n;
        const CheckedFrame follower = check_frame(rest.subspan(next), salt, at + next);
        if (follower.status != FrameStatus::Valid) return std::nullopt;
        return FoundSalt{salt, front->sequence};
    }

    const BytesView bytes_;
    std::uint64_t summed_ = 0;
};

}  // namespace

Result<std::optional<FoundSalt>> find_salt(File& file, std::uint64_t file_bytes) {
    Buffer bytes;
    const MutableBytesView room =
        bytes.extend(static_cast<std::size_t>(std::min(file_bytes, kSaltSearchBytes)));
    BATPAK_TRY(const std::size_t got, file.read_at(0, room));
    return SaltSearch(room.first(got)).run();
}

}  // namespace batpak::store
