#include "batpak/event/detail/payload_type.hpp"

#include <string_view>

namespace batpak {

std::string PayloadType::name() const {
    if (text_ == nullptr) return "";
    return std::string(detail::name_in(text_));
}

}  // namespace batpak
