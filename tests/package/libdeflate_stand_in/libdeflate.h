// Stands in for the header of libdeflate where a test has no network to get it.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
uint32_t libdeflate_crc32(uint32_t crc, const void* buffer, size_t len);
#ifdef __cplusplus
}
#endif
