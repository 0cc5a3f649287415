// Fold: one value made of many events, as --fold names it.
//
//     count           how many events; count(FIELD): how many have the field
//     sum(FIELD)      of its numbers: exact within 64 bits, else a float
//     min(FIELD)      the least number or text; max(FIELD): the greatest
//     first(FIELD)    of the first event that has it; last(FIELD): of the last
//     set(FIELD)      the different values, as they came
//
// Threads: thread-compatible
// Errors:  parse_folds(), Fold::add(): InvalidArgument
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/events/event_members.hpp"

namespace batpak::tool {

enum class FoldKind : std::uint8_t { Count, Sum, Min, Max, First, Last, Set };

struct FoldSpec {
    FoldKind kind = FoldKind::Count;
    std::optional<EventField> field;  // all but count have one
    std::string text;                 // "sum(payload.added)"
};

// "count,sum(payload.added)".
[[nodiscard]] Result<std::vector<FoldSpec>> parse_folds(std::string_view text);

class Fold {
public:
    static constexpr std::size_t kSetValuesMax = 1000;

    // The same spec each time.
    [[nodiscard]] Result<void> add(const FoldSpec& spec, EventValues& values);
    // Nothing if no event had what it is made of.
    std::optional<nlohmann::json> value(const FoldSpec& spec) const;

private:
    void add_number(const nlohmann::json& number);

    std::uint64_t count_ = 0;
    std::int64_t whole_ = 0;  // the sum, as long as it is one of 64 bits
    double sum_ = 0;
    bool is_whole_ = true;
    std::optional<nlohmann::json> kept_;
};

}  // namespace batpak::tool
