// The language of --where:
//
//     or    = and { "or" and }
//     and   = one { "and" one }
//     one   = "not" one | "(" or ")" | operand [ operator operand ]
//     operand = field | number | text in quotes | true | false | null
//
// A field that an event does not have makes its comparison false, whatever the operator: so "not a
// = 1" also keeps events without a. Values of different types are unequal and have no order. The
// nodes of the tree stand in one array, children before parents, the root last.
#include "tool/questions/where.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "batpak/base/detail/utf8.hpp"
#include "batpak/json.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

// Both are numbers. A long double holds each 64-bit integer.
std::partial_ordering order_of_numbers(const json& a, const json& b) {
    const auto as_float = [](const json& value) {
        if (value.is_number_unsigned()) {
            return static_cast<long double>(value.get<std::uint64_t>());
        }
        if (value.is_number_integer()) return static_cast<long double>(value.get<std::int64_t>());
        return static_cast<long double>(value.get<double>());
    };
    return as_float(a) <=> as_float(b);
}

bool is_equal(const json& a, const json& b) {
    if (const auto ordered = order(a, b)) return *ordered == std::partial_ordering::equivalent;
    return a.type() == b.type() && a == b;
}

// A text in a text, or a value in an array.
bool contains(const json& a, const json& b) {
    if (a.is_string() && b.is_string()) {
        return a.get_ref<const std::string&>().find(b.get_ref<const std::string&>()) !=
               std::string::npos;
    }
    return a.is_array() &&
           std::ranges::any_of(a, [&](const json& one) { return is_equal(one, b); });
}

bool starts_with(const json& a, const json& b) {
    return a.is_string() && b.is_string() &&
           a.get_ref<const std::string&>().starts_with(b.get_ref<const std::string&>());
}

// A field alone asks whether it is there and neither false nor null.
bool is_true(const json& value) {
    return !value.is_null() && !(value.is_boolean() && !value.get<bool>());
}

bool begins_number(std::string_view text) {
    const bool is_signed = text.starts_with('-') || text.starts_with('+');
    if (is_signed) text.remove_prefix(1);
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

}  // namespace

std::optional<std::partial_ordering> order(const json& a, const json& b) {
    if (a.is_number() && b.is_number()) return order_of_numbers(a, b);
    if (a.is_string() && b.is_string()) {
        return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>()) <=> 0;
    }
    if (a.is_boolean() && b.is_boolean()) return a.get<bool>() <=> b.get<bool>();
    return std::nullopt;
}

// Takes the text from the front, one token after the other. Each function that reads a part returns
// the place of its node.
class WhereParser {
public:
    explicit WhereParser(std::string_view text) : text_(text), rest_(text) {}

    Result<Where> parse() {
        if (!is_utf8(text_)) return wrong("is not UTF-8");
        BATPAK_TRY(const std::size_t root, read_or(0));
        skip_blanks();
        if (!rest_.empty()) return wrong("should end, or go on with and, or, or an operator");
        BATPAK_ASSERT(root + 1 == where_.nodes_.size());
        return std::move(where_);
    }

private:
    using Operator = Where::Operator;

    Result<std::size_t> read_or(std::size_t depth) {
        BATPAK_TRY(std::size_t left, read_and(depth));
        while (take_word("or")) {
            BATPAK_TRY(const std::size_t right, read_and(depth));
            left = add({Operator::Or, left, right, {}});
        }
        return left;
    }

    Result<std::size_t> read_and(std::size_t depth) {
        BATPAK_TRY(std::size_t left, read_one(depth));
        while (take_word("and")) {
            BATPAK_TRY(const std::size_t right, read_one(depth));
            left = add({Operator::And, left, right, {}});
        }
        return left;
    }

    // The depth is bounded here, because reading and asking recurse: an expression may come from
    // elsewhere.
    Result<std::size_t> read_one(std::size_t depth) {
        if (depth >= Where::kDepthMax) return wrong("is nested too deep");
        if (take_word("not")) {
            BATPAK_TRY(const std::size_t inner, read_one(depth + 1));
            return add({Operator::Not, inner, inner, {}});
        }
        if (!take("(")) return read_comparison();
        BATPAK_TRY(const std::size_t inner, read_or(depth + 1));
        if (!take(")")) return wrong("should have a )");
        return inner;
    }

    Result<std::size_t> read_comparison() {
        BATPAK_TRY(Where::Operand left, read_operand());
        const std::optional<Operator> op = take_operator();
        if (!op) return add({Operator::Is, 0, 0, {std::move(left)}});
        BATPAK_TRY(Where::Operand right, read_operand());
        return add({*op, 0, 0, {std::move(left), std::move(right)}});
    }

    std::optional<Operator> take_operator() {
        // The longer ones first: < begins <= as well.
        constexpr std::array<std::pair<std::string_view, Operator>, 7> kSigns = {
            {{"==", Operator::Equal},
             {"=", Operator::Equal},
             {"!=", Operator::Unequal},
             {"<=", Operator::LessOrEqual},
             {"<", Operator::Less},
             {">=", Operator::GreaterOrEqual},
             {">", Operator::Greater}}};
        for (const auto& [sign, op] : kSigns) {
            if (take(sign)) return op;
        }
        if (take_word("contains")) return Operator::Contains;
        if (take_word("startswith")) return Operator::StartsWith;
        return std::nullopt;
    }

    Result<Where::Operand> read_operand() {
        skip_blanks();
        if (rest_.starts_with('\'') || rest_.starts_with('"')) return read_text();
        if (begins_number(rest_)) return read_number();
        if (take_word("true")) return Where::Operand(json(true));
        if (take_word("false")) return Where::Operand(json(false));
        if (take_word("null")) return Where::Operand(json());
        std::string_view after = rest_;
        std::optional<FieldPath> path = take_field_path(after);
        if (!path) return wrong("should have a field, a number or a text in quotes");
        Result<EventField> field = to_event_field(*std::move(path));
        if (!field) return wrong("is wrong: " + field.error().detail());
        rest_ = after;
        return Where::Operand(*std::move(field));
    }

    Result<Where::Operand> read_text() {
        const char quote = rest_.front();
        std::string text;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            if (rest_[i] == quote) {
                rest_.remove_prefix(i + 1);
                return Where::Operand(json(std::move(text)));
            }
            if (rest_[i] == '\\' && ++i == rest_.size()) break;
            text += rest_[i];
        }
        return wrong("has a text without its closing quote");
    }

    Result<Where::Operand> read_number() {
        // JSON has no leading plus; all else is as JSON writes numbers, so what it refuses is
        // refused here.
        const std::size_t sign = rest_.starts_with('+') ? 1 : 0;
        const std::size_t end = std::min(rest_.find_first_not_of("0123456789+-.eE"), rest_.size());
        json number = json::parse(rest_.substr(sign, end - sign), nullptr, false);
        if (!number.is_number()) return wrong("should have a number");
        rest_.remove_prefix(end);
        return Where::Operand(std::move(number));
    }

    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
    }
    bool take(std::string_view sign) {
        skip_blanks();
        if (!rest_.starts_with(sign)) return false;
        rest_.remove_prefix(sign.size());
        return true;
    }
    // A word that is no part of a longer one, nor the first step of a path.
    bool take_word(std::string_view word) {
        skip_blanks();
        if (!rest_.starts_with(word)) return false;
        const std::string_view after = rest_.substr(word.size());
        if (!after.empty() && (begins_field_path(after.front()) || after.front() == '.')) {
            return false;
        }
        rest_ = after;
        return true;
    }

    std::size_t add(Where::Node node) {
        where_.nodes_.push_back(std::move(node));
        return where_.nodes_.size() - 1;
    }

    tl::unexpected<Error> wrong(std::string_view what) const {
        const std::size_t at = columns(text_.substr(0, text_.size() - rest_.size())) + 1;
        return fail(ErrorCode::InvalidArgument, in_quotes(text_, 60) + " " + std::string(what) +
                                                    ", at character " + std::to_string(at));
    }

    std::string_view text_;
    std::string_view rest_;
    Where where_;
};

Result<Where> Where::parse(std::string_view text) { return WhereParser(text).parse(); }

bool Where::keeps(const EventView& event, const KindNames& names) const {
    EventValues values(event, names);
    return keeps(values);
}

// Recurses no deeper than the parser let the expression be nested, but for chains of and and or,
// which it goes along to the left.
bool Where::holds(const Node& node, EventValues& values) const {
    const Node* at = &node;
    switch (node.op) {
        case Operator::Or:
        case Operator::And: {
            const bool decides = node.op == Operator::Or;
            for (; at->op == node.op; at = &nodes_[at->left]) {
                if (holds(nodes_[at->right], values) == decides) return decides;
            }
            return holds(*at, values);
        }
        case Operator::Not: return !holds(nodes_[node.left], values);
        default: break;
    }
    std::vector<json> found;
    for (const Operand& operand : node.operands) {
        if (const auto* const field = std::get_if<EventField>(&operand)) {
            std::optional<json> value = values.value(*field);
            if (!value) return false;
            found.push_back(*std::move(value));
        } else {
            found.push_back(std::get<json>(operand));
        }
    }
    return node.op == Operator::Is ? is_true(found[0]) : compares(node.op, found[0], found[1]);
}

bool Where::compares(Operator op, const json& a, const json& b) {
    const auto ordered = order(a, b);
    switch (op) {
        case Operator::Equal: return is_equal(a, b);
        case Operator::Unequal: return !is_equal(a, b);
        case Operator::Less: return ordered && *ordered < 0;
        case Operator::LessOrEqual: return ordered && *ordered <= 0;
        case Operator::Greater: return ordered && *ordered > 0;
        case Operator::GreaterOrEqual: return ordered && *ordered >= 0;
        case Operator::Contains: return contains(a, b);
        case Operator::StartsWith: return starts_with(a, b);
        default: BATPAK_UNREACHABLE();
    }
}

}  // namespace batpak::tool
