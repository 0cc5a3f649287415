// A list by use, and a map into it, as of open files. Of one store a newer state is never replaced
// by an older one, which a slow call may bring; of another store it always is, because which of the
// two goes on is not known.
#include "projection/state_memory.hpp"

#include "projection/identity.hpp"

namespace batpak::projection {
namespace {

// What a slot costs besides its bytes: nodes of the list and the map, and the record itself.
constexpr std::uint64_t kSlotBytes = 320;

}  // namespace

// By the owner, so that it can be asked of a store that is gone.
bool is_same(const std::weak_ptr<const store::ReadSide>& a,
             const std::shared_ptr<const store::ReadSide>& b) noexcept {
    return !a.owner_before(b) && !b.owner_before(a);
}

std::optional<KeptEntry> StateMemory::get(std::string_view identity) {
    const MutexLock lock(mutex_);
    const auto found = by_identity_.find(identity);
    if (found == by_identity_.end()) return std::nullopt;
    slots_.splice(slots_.begin(), slots_, found->second);
    return found->second->entry;
}

bool StateMemory::put(std::string_view identity, KeptEntry entry) {
    const std::uint64_t bytes = kSlotBytes + identity.size() + entry.record->state.size();
    const MutexLock lock(mutex_);
    const auto found = by_identity_.find(identity);
    if (found != by_identity_.end()) {
        const KeptEntry& old = found->second->entry;
        const std::shared_ptr<const store::ReadSide> side = entry.seen_in.lock();
        if (is_same(old.seen_in, side) && old.current_end > entry.current_end) return false;
        erase_locked(found->second);
    }
    // A state that is larger than all the room is not kept, and counts as the newest: it may be
    // written to a cache.
    if (bytes > bytes_max_) return true;
    slots_.push_front({std::string(identity), std::move(entry), bytes});
    by_identity_.emplace(slots_.front().identity, slots_.begin());
    ++size_.states;
    size_.bytes += bytes;
    while (size_.bytes > bytes_max_) {
        erase_locked(std::prev(slots_.end()));
        ++size_.evictions;
    }
    return true;
}

void StateMemory::remove(std::string_view identity) {
    const MutexLock lock(mutex_);
    const auto found = by_identity_.find(identity);
    if (found != by_identity_.end()) erase_locked(found->second);
}

void StateMemory::remove_named(std::string_view name) {
    const MutexLock lock(mutex_);
    for (auto slot = slots_.begin(); slot != slots_.end();) {
        const auto next = std::next(slot);
        if (is_named(slot->identity, name)) erase_locked(slot);
        slot = next;
    }
}

void StateMemory::clear() {
    const MutexLock lock(mutex_);
    while (!slots_.empty()) erase_locked(slots_.begin());
}

StateMemory::Size StateMemory::size() const {
    const MutexLock lock(mutex_);
    return size_;
}

void StateMemory::erase_locked(Slots::iterator slot) {
    --size_.states;
    size_.bytes -= slot->bytes;
    by_identity_.erase(slot->identity);
    slots_.erase(slot);
}

}  // namespace batpak::projection
