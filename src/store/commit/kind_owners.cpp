#include "store/commit/kind_owners.hpp"

#include <memory>

namespace batpak::store {

KindOwners::~KindOwners() {
    for (const std::atomic<Latest*>& category : categories_) delete category.load();
}

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
