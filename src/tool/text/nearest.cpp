// For "did you mean": the distance of Damerau and Levenshtein, in which two letters that were
// swapped are one mistake. Case does not count. A short word may differ in one place, a longer one
// in two: anything further would be a guess.
#include "tool/text/nearest.hpp"

#include <algorithm>

namespace batpak::tool {
namespace {

constexpr std::size_t kDistanceMax = 2;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// Three rows of the table are enough: a swap looks two rows back.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > limit) return limit + 1;
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return std::min(last[b.size()], limit + 1);
}

std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates) {
    std::size_t limit = std::clamp<std::size_t>(text.size() / 3, 1, kDistanceMax);
    const std::string* found = nullptr;
    for (const std::string& candidate : candidates) {
        const std::size_t apart = distance(text, candidate, limit);
        if (apart > limit) continue;
        found = &candidate;
        if (apart == 0) break;
        limit = apart - 1;
    }
    return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace batpak::tool
