// KindOwners: which C++ type the events of each kind are made of, by what was appended so far.
//
// It is of one open store, and nothing of it is stored: programs may rename their types. An append
// of a known type costs two loads. A category that is never used takes no memory.
//
// Threads: thread-safe
// Errors:  claim() DuplicateKind
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/event/payload_type.hpp"

namespace batpak::store {

class KindOwners {
public:
    KindOwners() = default;
    KindOwners(const KindOwners&) = delete;
    KindOwners& operator=(const KindOwners&) = delete;
    ~KindOwners();

    // Notes that `type` is appended under the kind, unless it is of no type. Errors: DuplicateKind,
    // if another type was before: with the names of both.
    [[nodiscard]] Result<void> claim(EventKind kind, PayloadType type) {
        if (type.id() == nullptr) return {};
        const Owners* const owners = categories_[kind.category()].load(std::memory_order_acquire);
        if (owners != nullptr &&
            (*owners)[kind.type()].load(std::memory_order_relaxed) == type.id()) [[likely]]
            return {};
        return claim_first(kind, type);
    }

private:
    using Owner = std::atomic<const char*>;  // PayloadType::id()
    using Owners = std::array<Owner, std::size_t{EventKind::kTypeMax} + 1>;

    Owners& owners_of(EventKind kind);
    Result<void> claim_first(EventKind kind, PayloadType type);

    std::array<std::atomic<Owners*>, 16> categories_{};
};

}  // namespace batpak::store
