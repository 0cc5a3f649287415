// A path is steps with points between: payload.hp, metadata."a.b". A step of letters, digits and
// what names and URLs are made of may stand bare, and so may anything beyond ASCII; all else is put
// in quotes. What it leads to is looked up in JSON: members by name, elements by number.
#include "tool/text/field_path.hpp"

#include <algorithm>
#include <charconv>

#include "batpak/base/detail/utf8.hpp"
#include "batpak/json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

bool is_bare(char c) noexcept {
    constexpr std::string_view kOthers = "_-$@:/";
    // Names in any script are bare words. Whether the bytes are UTF-8 is asked once, of the whole
    // path.
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80 || kOthers.find(c) != std::string_view::npos;
}

// A step in quotes, of which the first is gone already.
std::optional<std::string> take_quoted(std::string_view& rest) {
    std::string step;
    while (!rest.empty() && rest.front() != '"') {
        // A backslash takes the next character as it is: a quote, or another backslash.
        if (rest.front() == '\\') rest.remove_prefix(1);
        if (rest.empty()) return std::nullopt;
        step += rest.front();
        rest.remove_prefix(1);
    }
    if (rest.empty()) return std::nullopt;
    rest.remove_prefix(1);
    return step;
}

std::optional<std::string> take_step(std::string_view& rest) {
    if (rest.starts_with('"')) {
        rest.remove_prefix(1);
        return take_quoted(rest);
    }
    const auto* const end = std::ranges::find_if_not(rest, is_bare);
    std::string step(rest.begin(), end);
    if (step.empty()) return std::nullopt;
    rest.remove_prefix(step.size());
    return step;
}

std::optional<std::size_t> place_of(const std::string& step) {
    std::size_t place = 0;
    const char* const end = step.data() + step.size();
    const auto parsed = std::from_chars(step.data(), end, place);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return place;
}

}  // namespace

bool begins_field_path(char c) noexcept { return is_bare(c); }

std::optional<FieldPath> take_field_path(std::string_view& rest) {
    const std::string_view whole = rest;
    if (rest.empty() || !begins_field_path(rest.front())) return std::nullopt;
    FieldPath path;
    for (;;) {
        std::optional<std::string> step = take_step(rest);
        if (!step) return std::nullopt;
        path.steps.push_back(*std::move(step));
        if (!rest.starts_with('.')) break;
        rest.remove_prefix(1);
    }
    path.text = whole.substr(0, whole.size() - rest.size());
    return path;
}

Result<std::vector<FieldPath>> parse_field_paths(std::string_view text) {
    std::vector<FieldPath> paths;
    std::string_view rest = text;
    for (;;) {
        std::optional<FieldPath> path = take_field_path(rest);
        if (!path || (!rest.empty() && rest.front() != ',') || !is_utf8(path->text)) {
            return fail(ErrorCode::InvalidArgument,
                        in_quotes(text, 60) +
                            " is not a list of fields such as sequence,entity,payload.size");
        }
        const bool is_there = std::ranges::any_of(
            paths, [&](const FieldPath& other) { return other.text == path->text; });
        if (is_there) {
            return fail(ErrorCode::InvalidArgument,
                        in_quotes(path->text, 60) + " is there twice: name each field once");
        }
        paths.push_back(*std::move(path));
        if (rest.empty()) return paths;
        rest.remove_prefix(1);
    }
}

// The first step is the member of the event, which the caller has chosen already.
const nlohmann::json* walk(const nlohmann::json& value, const FieldPath& path) {
    const nlohmann::json* at = &value;
    for (std::size_t i = 1; i < path.steps.size(); ++i) {
        if (at->is_object()) {
            const auto member = at->find(path.steps[i]);
            if (member == at->end()) return nullptr;
            at = &*member;
        } else if (at->is_array()) {
            const auto place = place_of(path.steps[i]);
            if (!place || *place >= at->size()) return nullptr;
            at = &(*at)[*place];
        } else {
            return nullptr;
        }
    }
    return at;
}

}  // namespace batpak::tool
