#include "store/commit/kind_owners.hpp"

#include <memory>

namespace batpak::store {

KindOwners::~KindOwners() {
    for (const std::atomic<Owners*>& category : categories_) delete category.load();
}

KindOwners::Owners& KindOwners::owners_of(EventKind kind) {
    std::atomic<Owners*>& category = categories_[kind.category()];
    Owners* present = category.load();
    if (present != nullptr) return *present;
    auto made = std::make_unique<Owners>();
    if (!category.compare_exchange_strong(present, made.get())) return *present;
    return *made.release();
}

Result<void> KindOwners::claim_first(EventKind kind, PayloadType type) {
    const char* present = nullptr;
    if (owners_of(kind)[kind.type()].compare_exchange_strong(present, type.id())) return {};
    const PayloadType owner = PayloadType::from_id(present);
    if (owner == type) return {};
    return fail(ErrorCode::DuplicateKind, owner.name() + " and " + type.name() +
                                              " are both appended under kind " + to_string(kind) +
                                              ": give one of them another");
}

}  // namespace batpak::store
