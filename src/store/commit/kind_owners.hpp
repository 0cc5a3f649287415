// KindOwners: which C++ type the events of each kind are made of, by what was appended so far.
//
// Versions of a payload have one kind, and a type each: a type owns a kind in its version. What
// owns what is of one open store, and nothing of it is stored: programs may rename their types. An
// append of the type that came last under its kind costs two loads. A category that is never used
// takes no memory.
//
// Threads: thread-safe
// Errors:  claim() DuplicateKind
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <utility>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/event/detail/payload_type.hpp"

namespace batpak::store {

class KindOwners {
public:
    KindOwners() = default;
    KindOwners(const KindOwners&) = delete;
    KindOwners& operator=(const KindOwners&) = delete;
    ~KindOwners();

    // Notes that `type` is appended under the kind, unless it is of no type. Errors: DuplicateKind,
    // if another type of this version was before: with the names of both.
    // Requires: a type has one version (not checked: it is a constant of the type).
    [[nodiscard]] Result<void> claim(EventKind kind, std::uint16_t version, PayloadType type) {
        if (type.id() == nullptr) return {};
        const Latest* const latest = categories_[kind.category()].load(std::memory_order_acquire);
        if (latest != nullptr &&
            (*latest)[kind.type()].load(std::memory_order_relaxed) == type.id()) [[likely]]
            return {};
        return claim_slowly(kind, version, type);
    }

private:
    // Of each type number: the id() of the PayloadType that came last, and owns its version.
    using Latest = std::array<std::atomic<const char*>, std::size_t{EventKind::kTypeMax} + 1>;

    Latest& latest_of(EventKind kind) BATPAK_REQUIRES(mutex_);
    Result<void> claim_slowly(EventKind kind, std::uint16_t version, PayloadType type);

    Mutex mutex_;
    std::map<std::pair<std::uint16_t, std::uint16_t>, PayloadType> owners_
        BATPAK_GUARDED_BY(mutex_);  // by the number of the kind, and the version
    std::array<std::atomic<Latest*>, 16> categories_{};
};

}  // namespace batpak::store
