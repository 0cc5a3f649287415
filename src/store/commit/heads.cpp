// A head that is not known is looked up in the log once, and known from then on: nothing else
// appends to the store. A head that was looked up stays when a group fails; what advanced it goes.
#include "store/commit/heads.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::store {

Result<Head*> Heads::find(std::string_view entity, std::uint64_t entity_hash) {
    BATPAK_ASSERT(!entity.empty());
    Record& record = heads_.find_or_add(entity, entity_hash).node->record;
    if (!record.known) {
        BATPAK_TRY(record.head, lookup_(entity));
        record.known = true;
    }
    return &record.head;
}

// Each change is written down before it is made, so that a group that fails leaves no trace
// (INV W2).
void Heads::advance(Head& head, const Hash& hash) {
    changes_.push_back({&head, head});
    ++head.count;
    head.last_hash = hash;
}

void Heads::take_back_to(std::size_t count) noexcept {
    BATPAK_ASSERT(count <= changes_.size());
    for (; changes_.size() > count; changes_.pop_back()) {
        BATPAK_ASSERT(changes_.back().head->count > changes_.back().before.count);
        *changes_.back().head = changes_.back().before;
    }
}

}  // namespace batpak::store
