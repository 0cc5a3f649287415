// What a sanitizer changes about a process, where a test measures or limits just that.
#pragma once

namespace batpak::testing {

// AddressSanitizer keeps what is freed, reserves address space by the terabyte, and ends the
// process where it gets no more; UndefinedBehaviorSanitizer needs descriptors to look at memory.
// Both are always built together here.
#ifdef __has_feature
inline constexpr bool kAddressSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kAddressSanitized = false;
#endif

}  // namespace batpak::testing
