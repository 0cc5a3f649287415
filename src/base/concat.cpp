#include "batpak/base/detail/concat.hpp"

namespace batpak::detail {

// Summed up first: one allocation, whatever the number of parts. It is called where an error's text
// is made, in headers that should not be longer for it.
std::string concat(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    std::string text;
    text.reserve(size);
    for (const std::string_view part : parts) text += part;
    return text;
}

}  // namespace batpak::detail
