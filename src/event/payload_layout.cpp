#include "batpak/event/detail/payload_layout.hpp"

namespace batpak::detail {

std::string joined(std::initializer_list<std::string> texts, std::string_view between) {
    std::string all;
    for (const std::string& text : texts) {
        if (&text != texts.begin()) all += between;
        all += text;
    }
    return all;
}

}  // namespace batpak::detail
