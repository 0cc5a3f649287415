// A TextReader takes any bytes. The first thing that it does not expect stops it for good: it then
// has nothing left and gives zeros, so that its user reads line after line without a look, and asks
// done() at the end. What it takes is wider than what is written, since a number may have zeros in
// front: the comparison with the text as it would be written again refuses that.
#include "store/log/checked_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

// What a reader must know of the last line before it can read any.
constexpr std::size_t kChecksumLineBytes = 13;  // "crc " + 8 digits + LF

}  // namespace

std::string checksum_line(std::string_view covered) {
    const std::uint32_t checksum = crc32(as_bytes(covered));
    std::array<std::byte, 4> big_endian;
    for (std::size_t i = 0; i < 4; ++i)
        big_endian[i] = static_cast<std::byte>(checksum >> (24 - 8 * i));
    std::string line = "crc " + to_hex(big_endian) + "\n";
    BATPAK_ASSERT(line.size() == kChecksumLineBytes);
    return line;
}

// It finds bits that changed, and a text that was cut. It does not find a forger.
std::optional<std::string_view> covered_by_checksum(std::string_view text) {
    if (text.size() <= kChecksumLineBytes) return std::nullopt;
    const std::string_view covered = text.substr(0, text.size() - kChecksumLineBytes);
    if (text.substr(covered.size()) != checksum_line(covered)) return std::nullopt;
    return covered;
}

void TextReader::expect(std::string_view text) {
    if (!rest_.starts_with(text)) return stop();
    rest_.remove_prefix(text.size());
}

std::uint64_t TextReader::number() {
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (parsed.ec != std::errc()) {
        stop();
        return 0;
    }
    rest_.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest_.data()));
    return value;
}

LogId TextReader::log_id() {
    const std::optional<LogId> id = LogId::parse(rest_.substr(0, 36));
    if (!id) {
        stop();
        return {};
    }
    rest_.remove_prefix(36);
    return *id;
}

void TextReader::hex(MutableBytesView into) {
    const std::string_view digits = rest_.substr(0, 2 * into.size());
    if (!from_hex(digits, into) || to_hex(into) != digits) {
        std::ranges::fill(into, std::byte{0});
        return stop();
    }
    rest_.remove_prefix(digits.size());
}

void TextReader::stop() {
    failed_ = true;
    rest_ = {};
}

}  // namespace batpak::store
