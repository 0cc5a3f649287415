// The CRC of libdeflate, bit by bit: the same values, slowly.
#include "../libdeflate.h"

uint32_t libdeflate_crc32(uint32_t crc, const void* buffer, size_t len) {
    const uint8_t* bytes = (const uint8_t*)buffer;
    if (bytes == NULL) return 0;
    crc = ~crc;
    for (size_t i = 0; i < len; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
    }
    return ~crc;
}
