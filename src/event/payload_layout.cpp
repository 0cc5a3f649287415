// Names and shapes of types, as the log keeps them. The name of a kind has a limit (docs/FORMAT.md,
// "Kinds") and that of a template has none: one that is too long loses its arguments, which
// same_kind_name() does not look at.
#include "batpak/event/detail/payload_layout.hpp"

#include "batpak/base/detail/utf8.hpp"
#include "batpak/event/detail/limits.hpp"

namespace batpak::detail {

std::string joined(std::initializer_list<std::string> texts, std::string_view between) {
    std::string all;
    for (const std::string& text : texts) {
        if (&text != texts.begin()) all += between;
        all += text;
    }
    return all;
}

std::string fitted_name(std::string_view name) {
    if (name.size() <= limits::kKindNameBytesMax) return std::string(name);
    name = name.substr(0, name.find('<')).substr(0, limits::kKindNameBytesMax);
    while (!is_utf8(name)) name.remove_suffix(1);  // a character that was cut through
    return std::string(name);
}

}  // namespace batpak::detail
