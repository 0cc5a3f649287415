#include "batpak/event/detail/payload_type.hpp"

#include <string_view>

namespace batpak {

// "consteval ... [with T = app::PlayerMoved]"
std::string PayloadType::name() const {
    if (text_ == nullptr) return "";
    const std::string_view text = text_;
    const std::size_t begin = text.find("T = ") + 4;
    return std::string(text.substr(begin, text.rfind(']') - begin));
}

}  // namespace batpak
