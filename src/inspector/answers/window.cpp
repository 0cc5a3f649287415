#include "inspector/answers/window.hpp"

#include <algorithm>

#include "inspector/answers/answers.hpp"

namespace batpak::inspector {

Result<Window> window_of(const StoreReads& store, const Region& region, const tool::Filter& filter,
                         bool is_forward) {
    const std::uint64_t begin =
        std::max(filter.from.value_or(0), filter.after ? *filter.after + 1 : 0);
    const std::uint64_t end =
        std::min(filter.before.value_or(UINT64_MAX), store.visible_end().value);
    if (begin >= end) return Window{Sequence(end), Sequence(end)};
    BATPAK_TRY(const CountedPart by_index, store.count_newest(region.before(Sequence(end)), 0));
    if (by_index.is_all() || end - begin <= kScannedMax) {
        return Window{Sequence(begin), Sequence(end)};
    }
    if (is_forward) return Window{Sequence(begin), Sequence(begin + kScannedMax), false};
    return Window{Sequence(end - kScannedMax), Sequence(end), false};
}

}  // namespace batpak::inspector
