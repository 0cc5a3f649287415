// Parameters: what a request asks for, as values. A name that a route does not know is refused: a
// filter with a slip of the pen must not show everything.
//
// Threads: immutable value
// Errors:  InvalidArgument, with the name of the parameter
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/result.hpp"
#include "tool/questions/filter.hpp"

namespace batpak::inspector {

class Parameters {
public:
    using Pairs = std::multimap<std::string, std::string>;

    explicit Parameters(Pairs pairs) : pairs_(std::move(pairs)) {}

    // Refuses every name that is none of these, and none of a filter where that is allowed.
    [[nodiscard]] Result<void> allow(std::initializer_list<std::string_view> names,
                                     bool filter_too) const;
    std::optional<std::string> text(const std::string& name) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(const std::string& name) const;
    // The number, or `otherwise`. Errors: also if it is more than `max`.
    [[nodiscard]] Result<std::uint64_t> number_up_to(const std::string& name, std::uint64_t max,
                                                     std::uint64_t otherwise) const;
    // "1" or "0"; false if it is not given.
    [[nodiscard]] Result<bool> flag(const std::string& name) const;
    [[nodiscard]] Result<tool::Filter> filter() const;

private:
    Pairs pairs_;
};

}  // namespace batpak::inspector
