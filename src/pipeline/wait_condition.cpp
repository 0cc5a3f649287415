#include "batpak/pipeline/outcome_parts.hpp"

#include <algorithm>

#include "batpak/base/assert.hpp"

namespace batpak {

WaitCondition WaitCondition::all(std::vector<WaitCondition> of) {
    WaitCondition made(All{std::move(of)});
    BATPAK_ASSERT(made.depth() <= kDepthMax);
    return made;
}

WaitCondition WaitCondition::any(std::vector<WaitCondition> of) {
    WaitCondition made(Any{std::move(of)});
    BATPAK_ASSERT(made.depth() <= kDepthMax);
    return made;
}

// It may recurse: all() and any() let none be made that is deeper than kDepthMax.
std::size_t WaitCondition::depth() const noexcept {
    const std::vector<WaitCondition>* inner = nullptr;
    if (const All* const every = as_all()) inner = &every->of;
    if (const Any* const one = as_any()) inner = &one->of;
    if (inner == nullptr) return 0;
    std::size_t deepest = 0;
    for (const WaitCondition& condition : *inner) deepest = std::max(deepest, condition.depth());
    return 1 + deepest;
}

}  // namespace batpak
