#include "inspector/answers/parameters.hpp"

#include <algorithm>
#include <array>

#include "batpak/base/assert.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::inspector {
namespace {

// The options of the tool that select events, without their dashes.
constexpr std::array<std::string_view, 14> kFilterNames = {
    "entity",    "entity_prefix", "scope", "tag",    "kind",  "category", "correlation",
    "causation", "from",          "after", "before", "since", "until",    "where"};

// A name in a header or an URL may be anything; an error says it as a person can read it.
tl::unexpected<Error> refused(const std::string& name, const std::string& why) {
    return fail(ErrorCode::InvalidArgument, tool::in_quotes(name, 40) + " " + why);
}

}  // namespace

Result<void> Parameters::allow(std::initializer_list<std::string_view> names,
                               bool filter_too) const {
    for (const auto& [name, value] : pairs_) {
        const bool known = std::ranges::find(names, std::string_view(name)) != names.end() ||
                           (filter_too && std::ranges::find(kFilterNames, std::string_view(name)) !=
                                              kFilterNames.end());
        if (!known) return refused(name, "is no parameter of this");
        const bool may_repeat = name == "tag" || name == "kind" || name == "category";
        if (!may_repeat && pairs_.count(name) > 1) return refused(name, "is given more than once");
    }
    return {};
}

std::optional<std::string> Parameters::text(const std::string& name) const {
    const auto found = pairs_.find(name);
    return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<std::uint64_t>> Parameters::number(const std::string& name) const {
    const std::optional<std::string> given = text(name);
    if (!given) return std::optional<std::uint64_t>();
    BATPAK_TRY(const std::uint64_t number, tool::named(name, tool::parse_number(*given)));
    return std::optional(number);
}

Result<std::uint64_t> Parameters::number_up_to(const std::string& name, std::uint64_t max,
                                               std::uint64_t otherwise) const {
    BATPAK_ASSERT(otherwise <= max);
    BATPAK_TRY(const std::optional<std::uint64_t> given, number(name));
    if (given && *given > max) return refused(name, "is at most " + std::to_string(max));
    return given.value_or(otherwise);
}

Result<bool> Parameters::flag(const std::string& name) const {
    const std::string given = text(name).value_or("0");
    if (given != "0" && given != "1") return refused(name, "is 0 or 1");
    return given == "1";
}

Result<tool::Filter> Parameters::filter() const {
    const auto all = [&](const std::string& name) {
        std::vector<std::string> values;
        const auto [begin, end] = pairs_.equal_range(name);
        for (auto at = begin; at != end; ++at) values.push_back(at->second);
        return values;
    };
    tool::Filter filter;
    filter.entity = text("entity");
    filter.entity_prefix = text("entity_prefix");
    filter.scope = text("scope");
    filter.tags = all("tag");
    filter.kinds = all("kind");
    filter.categories = all("category");
    filter.correlation = text("correlation");
    filter.causation = text("causation");
    BATPAK_TRY(filter.from, number("from"));
    BATPAK_TRY(filter.after, number("after"));
    BATPAK_TRY(filter.before, number("before"));
    filter.since = text("since");
    filter.until = text("until");
    filter.where = text("where");
    return filter;
}

}  // namespace batpak::inspector
