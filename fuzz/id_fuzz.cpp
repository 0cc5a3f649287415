// An id that parses prints as what was parsed, but for the case of its digits.
#include "batpak/base/id.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "batpak/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    const auto id = batpak::EventId::parse(text);
    if (!id) return 0;
    std::ranges::transform(text, text.begin(), [](unsigned char digit) {
        return static_cast<char>(std::tolower(digit));
    });
    BATPAK_ASSERT(to_string(*id) == text);
    return 0;
}
