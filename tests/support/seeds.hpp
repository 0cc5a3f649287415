// The seed of a run, and how many crashes it makes: from the environment, or by default.
//
//     BATPAK_SEED=17      run what was seen to fail, and only that
//     BATPAK_CRASHES=N    make about so many crashes
//     BATPAK_EXHAUSTIVE=1 leave out nothing of what is sampled otherwise
//
// Threads: thread-safe, as long as nobody changes the environment
// Errors:  none; what is no number counts as not given
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace batpak::testing {

inline std::optional<std::uint64_t> number_from_environment(const char* name) {
    const char* const text = std::getenv(name);
    if (text == nullptr) return std::nullopt;
    const std::string_view digits(text);
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return number;
}

// `many`, or `few` where a sanitizer or the counting of lines slows everything down.
inline std::uint64_t crashes_to_make(std::uint64_t many, std::uint64_t few) {
#ifdef BATPAK_FEW_CRASHES
    const std::uint64_t by_default = std::min(many, few);
#else
    const std::uint64_t by_default = std::max(many, few);
#endif
    return number_from_environment("BATPAK_CRASHES").value_or(by_default);
}

}  // namespace batpak::testing
