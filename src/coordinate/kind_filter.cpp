// The canonical form: whole categories as bits, and single kinds, sorted, of the other categories
// alone. A category of which every kind is listed becomes its bit. So equal filters have equal
// members, and covers(), & and | need look at nothing else.
#include "batpak/coordinate/event_kind.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace batpak {
namespace {

constexpr std::size_t kCategories = 16;
constexpr std::size_t kKindsPerCategory = std::size_t{EventKind::kTypeMax} + 1;

constexpr std::uint16_t category_bit(std::uint8_t category) noexcept {
    return static_cast<std::uint16_t>(1U << category);
}

// The categories of which `kinds` (each there once) lists every kind.
std::uint16_t complete_categories(std::span<const EventKind> kinds) noexcept {
    std::array<std::size_t, kCategories> counts{};
    std::uint16_t complete = 0;
    for (const EventKind kind : kinds) {
        if (++counts[kind.category()] == kKindsPerCategory)
            complete |= category_bit(kind.category());
    }
    return complete;
}

}  // namespace

KindFilter::KindFilter(std::uint16_t categories, std::vector<EventKind> kinds)
    : categories_(categories), kinds_(std::move(kinds)) {
    std::ranges::sort(kinds_);
    const auto repeated = std::ranges::unique(kinds_);
    kinds_.erase(repeated.begin(), repeated.end());
    categories_ |= complete_categories(kinds_);
    std::erase_if(kinds_, [this](EventKind kind) { return has_category(kind.category()); });
}

bool KindFilter::is_empty() const noexcept { return categories_ == 0 && kinds_.empty(); }

std::span<const EventKind> KindFilter::kinds() const noexcept { return kinds_; }

KindFilter KindFilter::of(std::initializer_list<EventKind> kinds) {
    return of(std::span(kinds.begin(), kinds.size()));
}

KindFilter KindFilter::of(std::span<const EventKind> kinds) {
    return {0, std::vector(kinds.begin(), kinds.end())};
}

KindFilter KindFilter::category(std::uint8_t category) {
    BATPAK_ASSERT(category < kCategories);
    return KindFilter(category_bit(category));
}

bool KindFilter::contains(EventKind kind) const noexcept {
    return has_category(kind.category()) || std::ranges::binary_search(kinds_, kind);
}

// Exact, because the canonical form leaves no category that is complete but only listed by kinds.
bool KindFilter::covers(const KindFilter& other) const noexcept {
    return (other.categories_ & ~categories_) == 0 &&
           std::ranges::all_of(other.kinds_, [this](EventKind kind) { return contains(kind); });
}

// The constructor makes the form canonical again: kinds that are now covered by a category go.
KindFilter operator|(const KindFilter& a, const KindFilter& b) {
    std::vector<EventKind> kinds = a.kinds_;
    kinds.insert(kinds.end(), b.kinds_.begin(), b.kinds_.end());
    return {static_cast<std::uint16_t>(a.categories_ | b.categories_), std::move(kinds)};
}

// A kind in both is in both categories, or listed by one and kept by the other.
KindFilter operator&(const KindFilter& a, const KindFilter& b) {
    std::vector<EventKind> kinds;
    std::ranges::copy_if(a.kinds_, std::back_inserter(kinds),
                         [&b](EventKind kind) { return b.contains(kind); });
    std::ranges::copy_if(b.kinds_, std::back_inserter(kinds),
                         [&a](EventKind kind) { return a.contains(kind); });
    return {static_cast<std::uint16_t>(a.categories_ & b.categories_), std::move(kinds)};
}

std::string to_string(const KindFilter& filter) {
    if (filter.is_any()) return "any";
    if (filter.is_empty()) return "none";

    std::string text;
    const auto add = [&text](std::string_view item) {
        text.append(text.empty() ? "{" : ", ").append(item);
    };
    for (std::uint8_t category = 0; category < kCategories; ++category) {
        if ((filter.categories() & category_bit(category)) == 0) continue;
        const auto first = static_cast<std::uint16_t>(category << 12);
        add(to_string(EventKind::from_number(first)).replace(3, 3, "***"));
    }
    for (const EventKind kind : filter.kinds()) add(to_string(kind));
    return text + "}";
}

}  // namespace batpak
