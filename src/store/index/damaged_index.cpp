#include "store/index/damaged_index.hpp"

namespace batpak::store {

void DamagedIndex::add(const IndexedEvent& event) {
    inner_.add(event);
    versions_.push_back(event.version);
    last_id_order_ = id_order(event.event_id);
}

void DamagedIndex::add_damaged(std::uint32_t offset, std::uint64_t count) {
    // Ids grow, so the missing ones lie between those of their neighbours.
    const std::uint64_t order = versions_.size() == damaged_.size() ? 0 : last_id_order_ + 1;
    for (; count > 0; --count) {
        damaged_.push_back(static_cast<std::uint32_t>(versions_.size()));
        versions_.push_back(Version(0));
        inner_.add_unknown(offset, order);
    }
}

std::optional<std::uint64_t> DamagedIndex::first_id_order() const noexcept {
    std::uint32_t ordinal = 0;
    while (ordinal < damaged_.size() && damaged_[ordinal] == ordinal) ++ordinal;
    if (ordinal == versions_.size()) return std::nullopt;
    return id_order_at(ordinal);
}

std::optional<std::uint32_t> DamagedIndex::find_id(std::uint64_t order,
                                                   std::uint32_t count) const noexcept {
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
    if (low < count && (id_order_at(low) == order || is_damaged(low))) return low;
    if (low > 0 && is_damaged(low - 1)) return low - 1;
    return std::nullopt;
}

}  // namespace batpak::store
