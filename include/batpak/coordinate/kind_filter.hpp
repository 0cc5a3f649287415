// KindFilter: a set of event kinds, such as "0xF001, 0xF002 and all of category 0x2".
//
// Data, not a function, so that an index can answer it. The form is canonical: two filters that
// keep the same kinds are equal and read the same. A kind whose category is in the filter is not
// listed; a category whose every kind was given is in the filter; all categories together are
// any().
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <compare>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "batpak/coordinate/event_kind.hpp"

namespace batpak {

class KindFilter {
public:
    static KindFilter any() noexcept { return KindFilter(kAllCategories); }
    // Reserved kinds are legal here. No kinds at all: a filter that keeps nothing.
    static KindFilter of(std::initializer_list<EventKind> kinds);
    static KindFilter of(std::span<const EventKind> kinds);
    // Every kind of one category. Requires: category <= 0xF.
    static KindFilter category(std::uint8_t category);

    bool contains(EventKind kind) const noexcept;
    // Whether this keeps every kind that `other` keeps.
    bool covers(const KindFilter& other) const noexcept;
    bool is_any() const noexcept { return categories_ == kAllCategories; }
    bool is_empty() const noexcept { return categories_ == 0 && kinds_.empty(); }

    // Bit n stands for category n; any() has all 16.
    std::uint16_t categories() const noexcept { return categories_; }
    // The kinds outside those categories, ascending.
    std::span<const EventKind> kinds() const noexcept { return kinds_; }

    friend KindFilter operator|(const KindFilter& a, const KindFilter& b);
    friend KindFilter operator&(const KindFilter& a, const KindFilter& b);
    friend auto operator<=>(const KindFilter&, const KindFilter&) = default;

private:
    static constexpr std::uint16_t kAllCategories = 0xFFFF;

    explicit KindFilter(std::uint16_t categories) noexcept : categories_(categories) {}
    KindFilter(std::uint16_t categories, std::vector<EventKind> kinds);

    bool has_category(std::uint8_t category) const noexcept {
        return ((categories_ >> category) & 1U) != 0;
    }

    std::uint16_t categories_;
    std::vector<EventKind> kinds_;
};

// "any", "none" or such as "{0x2***, 0xF001}", for people; not parsed back.
std::string to_string(const KindFilter& filter);

}  // namespace batpak
