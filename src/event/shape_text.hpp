// ShapeText: how the text of a shape is taken apart: docs/FORMAT.md, "Shapes".
//
// Threads: the functions are thread-safe
// Errors:  none: a text that is no shape has other parts, or none
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace batpak::shape_text {

inline bool opens(char c) noexcept { return c == '{' || c == '(' || c == '[' || c == '<'; }
inline bool closes(char c) noexcept { return c == '}' || c == ')' || c == ']' || c == '>'; }

// The position of `wanted` outside of all brackets; npos if there is none.
inline std::size_t find_outside(std::string_view text, char wanted) noexcept {
    int depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (depth == 0 && text[at] == wanted) return at;
        if (opens(text[at])) ++depth;
        if (closes(text[at])) --depth;
    }
    return std::string_view::npos;
}

// The parts of "a,b" or "a|b", one after another.
class Parts {
public:
    Parts(std::string_view text, char between) noexcept : rest_(text), between_(between) {}

    std::optional<std::string_view> next() noexcept {
        if (rest_.empty()) return std::nullopt;
        const std::size_t end = find_outside(rest_, between_);
        const std::string_view part = rest_.substr(0, end);
        rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
        return part;
    }

private:
    std::string_view rest_;
    char between_;
};

// The type behind the name of "name:type"; the text itself if it has none.
inline std::string_view behind_name(std::string_view part) noexcept {
    const std::size_t colon = find_outside(part, ':');
    return colon == std::string_view::npos ? part : part.substr(colon + 1);
}
inline std::string_view name_of(std::string_view part) noexcept {
    return part.substr(0, find_outside(part, ':'));
}

}  // namespace batpak::shape_text
