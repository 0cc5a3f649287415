// Ids grow along a log, so a damaged event's lies between those of its neighbours. It is given the
// lowest that it can have: a search for an id stops at it, or next to it, and may then say "perhaps
// this one".
#include "store/index/damaged_index.hpp"

namespace batpak::store {

void DamagedIndex::add(const IndexedEvent& event) {
    inner_.add(event);
    versions_.push_back(event.version);
    BATPAK_ASSERT(first().plus(versions_.size()) == end());  // each event has its ordinal (INV I4)
    last_id_order_ = id_order(event.event_id);
}

void DamagedIndex::add_damaged(std::uint32_t offset, std::uint64_t count) {
    BATPAK_ASSERT(count > 0);
    // Ids grow, so the missing ones lie between those of their neighbours.
    const std::uint64_t order = versions_.size() == damaged_.size() ? 0 : last_id_order_ + 1;
    for (; count > 0; --count) {
        damaged_.push_back(static_cast<std::uint32_t>(versions_.size()));
        versions_.push_back(Version(0));
        inner_.add_unknown(offset, order);
    }
    BATPAK_ASSERT(first().plus(versions_.size()) == end());
    BATPAK_ASSERT(damaged_.size() <= versions_.size());
}

std::optional<std::uint64_t> DamagedIndex::first_id_order() const noexcept {
    std::uint32_t ordinal = 0;
    while (ordinal < damaged_.size() && damaged_[ordinal] == ordinal) ++ordinal;
    if (ordinal == versions_.size()) return std::nullopt;
    return id_order_at(ordinal);
}

std::optional<std::uint32_t> DamagedIndex::find_id(std::uint64_t order,
                                                   std::uint32_t count) const noexcept {
    BATPAK_ASSERT(count <= versions_.size());
    std::uint32_t low = 0;
    std::uint32_t high = count;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (id_order_at(middle) < order) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    // The search stops between two neighbours, and a damaged one on either side may have the id.
    if (low < count && (id_order_at(low) == order || is_damaged(low))) return low;
    if (low > 0 && is_damaged(low - 1)) return low - 1;
    return std::nullopt;
}

}  // namespace batpak::store
