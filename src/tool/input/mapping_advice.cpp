// Advice is made of the line itself: the members that foreign systems call so, best guess first, as
// options that can be pasted. A name that a shell would read in another way is not guessed.
#include "tool/input/mapping_advice.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

constexpr std::size_t kNamesShownMax = 12;
constexpr std::size_t kNameColumnsMax = 40;
constexpr std::size_t kShellWordBytesMax = 64;

// What foreign systems call whose event it is, and what happened; the best guess first.
constexpr std::array kEntityNames = std::to_array<std::string_view>(
    {"aggregate_id", "stream_id",  "stream",     "subject", "user_id",     "userId",   "user",
     "username",     "login",      "account_id", "account", "customer_id", "customer", "device_id",
     "device",       "session_id", "session",    "actor",   "host",        "name",     "id"});
constexpr std::array kKindNames = std::to_array<std::string_view>(
    {"type", "event_type", "eventType", "event", "action", "topic", "name"});

bool is_name(const json& value) {
    if (value.is_number_integer()) return true;
    return value.is_string() && !value.get_ref<const std::string&>().empty();
}

// The first of the names that is a member, or a member of a member, that says a text or an id.
template <std::size_t N>
std::optional<std::string> find_way(const json& line,
                                    const std::array<std::string_view, N>& names) {
    for (const std::string_view name : names) {
        const auto top = line.find(name);
        if (top != line.end() && is_name(*top)) return std::string(name);
        for (const auto& [outer, value] : line.items()) {
            // The way goes into a command that people paste: what a shell would read otherwise is
            // left out.
            if (!value.is_object() || !is_shell_word(outer)) continue;
            const auto member = value.find(name);
            if (member != value.end() && is_name(*member)) {
                return "/" + outer + "/" + std::string(name);
            }
        }
    }
    return std::nullopt;
}

std::string kind_advice(const json& line) {
    for (const std::string_view name : kKindNames) {
        const auto member = line.find(name);
        if (member == line.end() || !member->is_string()) continue;
        const std::string& kind = member->get_ref<const std::string&>();
        if (!is_shell_word(kind)) continue;
        const std::string field = " --kind-field " + std::string(name);
        return looks_like_kind_number(kind) ? field + " --kind-name " + kind + "=0x1001" : field;
    }
    return " --kind 0x1001";
}

std::string advice_for(const json& line, Part part) {
    switch (part) {
        case Part::Entity: {
            const auto way = find_way(line, kEntityNames);
            return way ? " --entity-field " + *way : " --entity all";
        }
        case Part::Scope: return " --scope main";
        case Part::Kind: return kind_advice(line);
        default: return " --payload-field ''";
    }
}

std::string name_of(const MissingPart& missing) {
    std::string way;
    for (const std::string& key : missing.way) way += (missing.way.size() > 1 ? "/" : "") + key;
    const std::string quoted = in_quotes(way, kNameColumnsMax);
    if (way == to_string(missing.part)) return quoted;
    return quoted + ", where the mapping has the " + std::string(to_string(missing.part));
}

// "a", "a" and "b", "a", "b" and "c".
std::string listed(const std::vector<std::string>& words, std::string_view last) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? last : ", ";
        out += words[i];
    }
    return out;
}

std::string members_of(const json& line) {
    if (line.empty()) return "it has no members";
    std::vector<std::string> names;
    for (const auto& [name, value] : line.items()) {
        if (names.size() == kNamesShownMax) {
            names.emplace_back("more");
            break;
        }
        names.push_back(in_quotes(name, kNameColumnsMax));
    }
    return "it has " + listed(names, " and ");
}

bool is_missing(const std::vector<MissingPart>& missing, Part part) {
    return std::ranges::find(missing, part, &MissingPart::part) != missing.end();
}

}  // namespace

bool is_shell_word(std::string_view text) {
    constexpr std::string_view kSafe =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:";
    return !text.empty() && text.size() <= kShellWordBytesMax && text.front() != '-' &&
           text.find_first_not_of(kSafe) == std::string_view::npos;
}

std::string explain_missing(const json& line, const std::vector<MissingPart>& missing) {
    std::vector<std::string> names;
    std::string options;
    for (const MissingPart& part : missing) {
        names.push_back(name_of(part));
        options += advice_for(line, part.part);
    }
    // The whole line as the payload leaves no member unknown.
    if (!is_missing(missing, Part::Payload)) options += " --ignore-unknown";
    return "the line has no " + listed(names, " and ") + "; " + members_of(line) +
           ": say where they are or what they are, for example with" + options +
           " (batpak help import-format)";
}

}  // namespace batpak::tool
