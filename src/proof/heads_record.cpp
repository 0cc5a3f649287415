// A payload of MessagePack, of which only one form is read: three fields in order, each number as
// short as it can be.
#include "proof/heads_record.hpp"

#include <algorithm>

namespace batpak::proof {
namespace {

constexpr std::string_view kSizeField = "\x83\xA4size";
constexpr std::string_view kHeadsField = "\xA5heads\xC4\x20";
constexpr std::string_view kEntitiesField =
    "\xA8"
    "entities";

// Takes what is expected from the front of a payload.
class RecordReader {
public:
    explicit RecordReader(BytesView rest) : rest_(rest) {}

    bool take(std::string_view expected) {
        if (!as_text(rest_).starts_with(expected)) return false;
        rest_ = rest_.subspan(expected.size());
        return true;
    }
    std::optional<Hash> take_hash() {
        if (rest_.size() < Hash::kBytes) return std::nullopt;
        Hash hash;
        std::ranges::copy(rest_.first(Hash::kBytes), hash.bytes.begin());
        rest_ = rest_.subspan(Hash::kBytes);
        return hash;
    }
    // 0 to 127 in one byte; else 0xCC to 0xCF, and 1, 2, 4 or 8 bytes, the highest first.
    std::optional<std::uint64_t> take_number() {
        if (rest_.empty()) return std::nullopt;
        const auto code = std::to_integer<unsigned>(rest_.front());
        const bool is_small = code < 0x80;
        if (!is_small && (code < 0xCC || code > 0xCF)) return std::nullopt;
        const std::size_t bytes = is_small ? 0 : std::size_t{1} << (code - 0xCC);
        if (rest_.size() < 1 + bytes) return std::nullopt;
        std::uint64_t value = is_small ? code : 0;
        for (const std::byte byte : rest_.subspan(1, bytes))
            value = value << 8 | std::to_integer<std::uint64_t>(byte);
        rest_ = rest_.subspan(1 + bytes);
        const std::uint64_t least = bytes < 2 ? 0x80 : std::uint64_t{1} << (4 * bytes);
        return is_small || value >= least ? std::optional(value) : std::nullopt;
    }
    bool at_end() const { return rest_.empty(); }

private:
    BytesView rest_;
};

}  // namespace

std::optional<HeadsRecorded> read_heads_record(BytesView payload) {
    RecordReader reader(payload);
    if (!reader.take(kSizeField)) return std::nullopt;
    const auto size = reader.take_number();
    if (!size || !reader.take(kHeadsField)) return std::nullopt;
    const auto heads = reader.take_hash();
    if (!heads || !reader.take(kEntitiesField)) return std::nullopt;
    const auto entities = reader.take_number();
    if (!entities || !reader.at_end()) return std::nullopt;
    return HeadsRecorded{.size = *size, .heads = *heads, .entities = *entities};
}

}  // namespace batpak::proof
