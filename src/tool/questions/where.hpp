// Where: an expression over the fields of one event, which keeps the event or not.
//
//     payload.size > 3 and (entity = 'order:1' or not metadata.user)
//
//     expression  all { "or" all }
//     all         one { "and" one }
//     one         "not" one | "(" expression ")" | operand [ operator operand ]
//     operator    =  ==  !=  <  <=  >  >=  contains  startswith
//     operand     a field | a number | 'text' | "text" | true | false | null
//
// Numbers compare by value, texts by bytes. Values of different types are not equal and in no
// order. A comparison with a field that the event does not have does not hold, whatever the
// operator. An operand alone holds if it is there, and is neither false nor null.
//
// Threads: immutable value
// Errors:  parse(): InvalidArgument, which says where
#pragma once

#include <compare>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "tool/events/event_members.hpp"

namespace batpak::tool {

// How two JSON values are ordered; nothing if they are in no order, as values of two types are.
std::optional<std::partial_ordering> order(const nlohmann::json& a, const nlohmann::json& b);

class Where {
public:
    static constexpr std::size_t kDepthMax = 64;

    [[nodiscard]] static Result<Where> parse(std::string_view text);

    bool keeps(const EventView& event, const KindNames& names) const;
    bool keeps(EventValues& values) const { return holds(nodes_.back(), values); }

private:
    friend class WhereParser;
    using Operand = std::variant<EventField, nlohmann::json>;
    enum class Operator : std::uint8_t {
        Or,
        And,
        Not,
        Is,
        Equal,
        Unequal,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        Contains,
        StartsWith,
    };
    // An operator over other nodes, or over operands.
    struct Node {
        Operator op = Operator::Is;
        std::size_t left = 0;
        std::size_t right = 0;
        std::vector<Operand> operands;
    };

    bool holds(const Node& node, EventValues& values) const;
    static bool compares(Operator op, const nlohmann::json& a, const nlohmann::json& b);

    std::vector<Node> nodes_;  // each after those it is made of; the last is the whole
};

}  // namespace batpak::tool
