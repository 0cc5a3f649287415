// Filter: the options that select events, as a Region and an expression.
//
// Threads: immutable value
// Errors:  to_region(), to_where(): InvalidArgument
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/result.hpp"
#include "batpak/coordinate/region.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/questions/where.hpp"

namespace batpak::tool {

struct Filter {
    std::optional<std::string> entity;
    std::optional<std::string> entity_prefix;
    std::optional<std::string> scope;
    std::vector<std::string> tags;   // all of them
    std::vector<std::string> kinds;  // together with the categories: any of them
    std::vector<std::string> categories;
    std::optional<std::string> correlation;
    std::optional<std::string> causation;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> after;
    std::optional<std::uint64_t> before;
    std::optional<std::string> since;
    std::optional<std::string> until;
    std::optional<std::string> where;  // no part of the region

    [[nodiscard]] Result<Region> to_region(std::int64_t now_us, const KindNames& names) const;
    [[nodiscard]] Result<std::optional<Where>> to_where() const;

    friend bool operator==(const Filter&, const Filter&) = default;
};

}  // namespace batpak::tool
