// The words for what became of an event: the same in the report, the metadata and the guide.
#include "tool/fbat/fbat_event.hpp"

#include <array>

namespace batpak::tool {

std::string_view to_string(FbatFate fate) noexcept {
    constexpr std::array<std::string_view, kFbatFates> names = {
        "kept", "lifecycle", "hidden",       "twin",     "aborted",
        "open", "unproved",  "broken-batch", "conflict", "unfit"};
    return names[static_cast<std::size_t>(fate)];
}

bool is_loss(FbatFate fate) noexcept { return fate >= FbatFate::Unproved; }

std::string_view to_string(FbatHashCheck check) noexcept {
    constexpr std::array<std::string_view, kFbatHashChecks> names = {"checked", "absent", "differs",
                                                                     "not-comparable"};
    return names[static_cast<std::size_t>(check)];
}

}  // namespace batpak::tool
