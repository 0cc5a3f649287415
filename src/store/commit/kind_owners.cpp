// The slow path of claim(): a kind that is new to this store, or that was last used by another
// type. Owners are added and never changed, so the last type that was found right under a kind may
// be believed without the lock: an array for each category, read by every append. It is a cache of
// `owners_` with one entry for each kind, and two versions of a payload that are appended in turn
// take its place in turn.
#include "store/commit/kind_owners.hpp"

#include <memory>

namespace batpak::store {

KindOwners::~KindOwners() {
    for (const std::atomic<Latest*>& category : categories_) delete category.load();
}

// Once it is there, the array of a category stays until the end: appends read it with no lock.
KindOwners::Latest& KindOwners::latest_of(EventKind kind) {
    std::atomic<Latest*>& category = categories_[kind.category()];
    if (category.load() == nullptr) category.store(std::make_unique<Latest>().release());
    return *category.load();
}

Result<void> KindOwners::claim_slowly(EventKind kind, std::uint16_t version, PayloadType type) {
    const MutexLock lock(mutex_);
    const auto [owner, is_first] = owners_.try_emplace({kind.number(), version}, type);
    if (!is_first && owner->second != type) {
        return fail(ErrorCode::DuplicateKind, owner->second.name() + " and " + type.name() +
                                                  " are both appended under kind " +
                                                  to_string(kind) + ": give one of them another");
    }
    latest_of(kind)[kind.type()].store(type.id(), std::memory_order_relaxed);
    return {};
}

}  // namespace batpak::store
