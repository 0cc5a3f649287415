// crc32: the checksum of frames, manifests and index files (CRC-32 of ISO-HDLC, as in zip).
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <array>
#include <cstdint>

#include "batpak/base/bytes.hpp"

namespace batpak {

// The checksum of what was summed up in `seed` followed by `bytes`; 0 seeds the empty run.
std::uint32_t crc32(BytesView bytes, std::uint32_t seed = 0) noexcept;

namespace detail {

// [k][b]: what a byte b does to the checksum when k bytes follow it ("slicing by four").
using CrcTables = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr CrcTables make_crc_tables() noexcept {
    CrcTables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t sum = byte;
        for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xEDB88320U : 0U);
        tables[0][byte] = sum;
    }
    for (std::size_t k = 1; k < tables.size(); ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

inline constexpr CrcTables kCrcTables = make_crc_tables();

// The product of two polynomials modulo that of the checksum; bit 31 is the factor of x^0.
constexpr std::uint32_t crc_product(std::uint32_t a, std::uint32_t b) noexcept {
    std::uint32_t product = 0;
    for (; a != 0; a <<= 1) {
        if ((a >> 31) != 0) product ^= b;
        b = (b >> 1) ^ ((b & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return product;
}

// [k][b]: x^(8 * b * 256^k), by which a checksum is multiplied when so many bytes follow.
constexpr CrcTables make_crc_powers() noexcept {
    CrcTables powers{};
    std::uint32_t step = std::uint32_t{1} << 23;  // x^8
    for (auto& row : powers) {
        row[0] = std::uint32_t{1} << 31;
        for (std::size_t byte = 1; byte < row.size(); ++byte)
            row[byte] = crc_product(row[byte - 1], step);
        step = crc_product(row.back(), step);
    }
    return powers;
}

inline constexpr CrcTables kCrcPowers = make_crc_powers();

}  // namespace detail

// What a checksum contributes to that of its run with `bytes` more after it, whatever they are:
// crc32(A || B) is crc32_followed(crc32(A), size of B) ^ crc32(B).
constexpr std::uint32_t crc32_followed(std::uint32_t checksum, std::uint32_t bytes) noexcept {
    for (const auto& row : detail::kCrcPowers) {
        if ((bytes & 0xFF) != 0) checksum = detail::crc_product(row[bytes & 0xFF], checksum);
        bytes >>= 8;
    }
    return checksum;
}

// The same for a few words in little-endian order: a dozen bytes are summed up before a call for
// them would return.
template <std::size_t Count>
std::uint32_t crc32_of_words(const std::array<std::uint32_t, Count>& words,
                             std::uint32_t seed) noexcept {
    const auto& tables = detail::kCrcTables;
    std::uint32_t sum = ~seed;
    for (const std::uint32_t word : words) {
        sum ^= word;
        sum = tables[3][sum & 0xFF] ^ tables[2][(sum >> 8) & 0xFF] ^ tables[1][(sum >> 16) & 0xFF] ^
              tables[0][sum >> 24];
    }
    return ~sum;
}

}  // namespace batpak
