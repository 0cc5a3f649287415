// Folds over one field, as `project` shows them. A value that a fold cannot take, such as a text in
// a sum, is passed over: fields of events are not all of one type.
//
// A fold keeps one value, but for `set`, which keeps all and is bounded: its values are compared
// with each new one, one by one.
#include "tool/questions/fold.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "tool/questions/where.hpp"
#include "tool/text/nearest.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, FoldKind>, 7> kFolds = {{
    {"count", FoldKind::Count},
    {"sum", FoldKind::Sum},
    {"min", FoldKind::Min},
    {"max", FoldKind::Max},
    {"first", FoldKind::First},
    {"last", FoldKind::Last},
    {"set", FoldKind::Set},
}};

tl::unexpected<Error> no_fold(const std::string& name) {
    std::vector<std::string> known;
    std::string list;
    for (const auto& [fold, kind] : kFolds) {
        known.emplace_back(fold);
        list += (list.empty() ? "" : ", ") + known.back();
    }
    const auto meant = nearest(name, known);
    return fail(ErrorCode::InvalidArgument, in_quotes(name, 60) + " is none of " + list +
                                                (meant ? ": did you mean " + *meant + "?" : ""));
}

// The fold at the front of `rest`, which then begins after it.
Result<FoldSpec> take_fold(std::string_view& rest) {
    const std::string_view whole = rest;
    const std::size_t end = std::min(rest.find_first_of("(,"), rest.size());
    const std::string name(rest.substr(0, end));
    const auto* const found =
        std::ranges::find_if(kFolds, [&](const auto& fold) { return fold.first == name; });
    if (found == kFolds.end()) return no_fold(name);
    rest.remove_prefix(end);
    FoldSpec spec{.kind = found->second, .field = {}, .text = {}};
    if (rest.starts_with('(')) {
        rest.remove_prefix(1);
        std::optional<FieldPath> path = take_field_path(rest);
        if (!path || !rest.starts_with(')')) {
            return fail(ErrorCode::InvalidArgument,
                        in_quotes(whole, 60) + " is not of the form " + name + "(payload.size)");
        }
        rest.remove_prefix(1);
        BATPAK_TRY(spec.field, to_event_field(*std::move(path)));
    } else if (spec.kind != FoldKind::Count) {
        return fail(ErrorCode::InvalidArgument,
                    name + " needs a field, such as " + name + "(payload.size)");
    }
    spec.text = whole.substr(0, whole.size() - rest.size());
    return spec;
}

}  // namespace

Result<std::vector<FoldSpec>> parse_folds(std::string_view text) {
    std::vector<FoldSpec> specs;
    std::string_view rest = text;
    for (;;) {
        BATPAK_TRY(FoldSpec spec, take_fold(rest));
        const bool is_there = std::ranges::any_of(
            specs, [&](const FoldSpec& other) { return other.text == spec.text; });
        if (is_there) {
            return fail(ErrorCode::InvalidArgument,
                        in_quotes(spec.text, 60) + " is there twice: name each fold once");
        }
        specs.push_back(std::move(spec));
        if (rest.empty()) return specs;
        if (!rest.starts_with(',')) {
            return fail(ErrorCode::InvalidArgument,
                        in_quotes(text, 60) + " is not a list such as count,sum(payload.size)");
        }
        rest.remove_prefix(1);
    }
}

Result<void> Fold::add(const FoldSpec& spec, EventValues& values) {
    std::optional<json> value = spec.field ? values.value(*spec.field) : json(true);
    if (!value) return {};
    const bool is_ordered = value->is_number() || value->is_string();
    switch (spec.kind) {
        case FoldKind::Count: ++count_; break;
        case FoldKind::Sum:
            if (value->is_number()) add_number(*value);
            break;
        case FoldKind::Min:
        case FoldKind::Max: {
            if (!is_ordered) break;
            const auto ordered = kept_ ? order(*value, *kept_) : std::nullopt;
            const bool wins = ordered && (spec.kind == FoldKind::Min ? *ordered < 0 : *ordered > 0);
            if (!kept_ || wins) kept_ = std::move(value);
            break;
        }
        case FoldKind::First:
            if (!kept_) kept_ = std::move(value);
            break;
        case FoldKind::Last: kept_ = std::move(value); break;
        case FoldKind::Set:
            if (!kept_) kept_ = json::array();
            if (std::ranges::find(*kept_, *value) != kept_->end()) break;
            if (kept_->size() == kSetValuesMax) {
                return fail(ErrorCode::InvalidArgument,
                            spec.text + " has more than " + format_count(kSetValuesMax) +
                                " values: --by " + spec.field->path.text + " has a row for each");
            }
            kept_->push_back(*std::move(value));
            break;
    }
    return {};
}

// Whole numbers are added as such as long as they fit 64 bits; the sum as a double is kept beside
// them, for the first that does not.
void Fold::add_number(const json& number) {
    sum_ += number.get<double>();
    // Once it is no whole number it stays so: what a float has lost does not come back.
    if (number.is_number_float()) is_whole_ = false;
    if (!is_whole_) return;
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    const bool is_large = number.is_number_unsigned() &&
                          number.get<std::uint64_t>() > static_cast<std::uint64_t>(kMost);
    is_whole_ = !is_large && !__builtin_add_overflow(whole_, number.get<std::int64_t>(), &whole_);
}

std::optional<json> Fold::value(const FoldSpec& spec) const {
    if (spec.kind == FoldKind::Count) return json(count_);
    if (spec.kind != FoldKind::Sum) return kept_;
    return is_whole_ ? json(whole_) : json(sum_);
}

}  // namespace batpak::tool
