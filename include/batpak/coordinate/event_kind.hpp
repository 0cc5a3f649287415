// EventKind: WHAT sort of thing happened, as 4 bits of category and 12 bits of type. KindFilter: a
// set of kinds.
//
// An application makes its kinds with custom(), at compile time where possible: a wrong category is
// then a compile error. Categories 0x0 (batpak's own records) and 0xD (effects of the pipeline) are
// reserved, and every public function that appends refuses them.
//
// The kind is in the coordinate layer because a Region selects by it.
//
// Threads: immutable value
// Errors:  custom() aborts on a reserved category or a type over 12 bits; create() returns them
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/result.hpp"

namespace batpak {

namespace detail {

// No constants: where a kind has to be one, the compiler's error names the function that was called
// and so says what is wrong. At run time they abort.
void category_is_reserved_or_out_of_range();
void type_is_over_12_bits();

}  // namespace detail

class EventKind {
public:
    static constexpr std::uint8_t kSystemCategory = 0x0;
    static constexpr std::uint8_t kEffectCategory = 0xD;
    static constexpr std::uint16_t kTypeMax = 0xFFF;

    // Requires: category <= 0xF and not reserved, type <= kTypeMax.
    static constexpr EventKind custom(unsigned category, unsigned type) {
        if (category > 0xF || is_reserved_category(category)) [[unlikely]]
            detail::category_is_reserved_or_out_of_range();
        if (type > kTypeMax) [[unlikely]]
            detail::type_is_over_12_bits();
        return EventKind(static_cast<std::uint8_t>(category), static_cast<std::uint16_t>(type));
    }

    // The same for numbers that come from outside. Errors: ReservedKind, InvalidArgument.
    [[nodiscard]] static Result<EventKind> create(std::uint8_t category, std::uint16_t type);

    // Any 16 bits, reserved ones included: for numbers read back from a log, and for filters.
    static constexpr EventKind from_number(std::uint16_t number) noexcept {
        return EventKind(static_cast<std::uint8_t>(number >> 12),
                         static_cast<std::uint16_t>(number & kTypeMax));
    }

    constexpr std::uint8_t category() const noexcept {
        return static_cast<std::uint8_t>(number_ >> 12);
    }
    constexpr std::uint16_t type() const noexcept { return number_ & kTypeMax; }
    constexpr std::uint16_t number() const noexcept { return number_; }
    constexpr bool is_reserved() const noexcept { return is_reserved_category(category()); }

    friend constexpr auto operator<=>(const EventKind&, const EventKind&) = default;

private:
    constexpr EventKind(std::uint8_t category, std::uint16_t type) noexcept
        : number_(static_cast<std::uint16_t>((category << 12) | type)) {}

    static constexpr bool is_reserved_category(unsigned category) noexcept {
        return category == kSystemCategory || category == kEffectCategory;
    }

    std::uint16_t number_;
};

// "0xF001".
std::string to_string(EventKind kind);

// KindFilter: a set of event kinds, such as "0xF001, 0xF002 and all of category 0x2".
//
// Data, not a function, so that an index can answer it. The form is canonical: two filters that
// keep the same kinds are equal and read the same. A kind whose category is in the filter is not
// listed; a category whose every kind was given is in the filter; all categories together are
// any().
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
    bool is_empty() const noexcept;

    // Bit n stands for category n; any() has all 16.
    std::uint16_t categories() const noexcept { return categories_; }
    // The kinds outside those categories, ascending.
    std::span<const EventKind> kinds() const noexcept;

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

template <>
struct std::hash<batpak::EventKind> {
    std::size_t operator()(batpak::EventKind kind) const noexcept {
        return std::hash<std::uint16_t>()(kind.number());
    }
};
