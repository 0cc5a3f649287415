// KindOwners: which C++ type the events of each kind are made of, and what the log is told of it.
//
// Versions of a payload have one kind, and a type each: a type owns a kind in its version, in one
// open store. What the log says of the kind, its KindNote, is of all stores that the log was ever
// opened as: a type whose name is another, or whose payloads cannot be read as those in the log, is
// refused. What the log does not say yet, the next event of the kind says (KindNoting).
//
// An append of the type that came last under its kind costs two loads, once the log knows the type.
// A category that is never used takes no memory.
//
// Threads: thread-safe
// Errors:  claim() DuplicateKind, KindChanged; InvalidArgument, if the name is none
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/event/detail/payload_type.hpp"

namespace batpak::store {

// A note on its way into the log, with the first event of its kind that gets there. Each event that
// was prepared meanwhile has a pointer to it; the leader of the commit queue decides which one is
// the first.
class KindNoting {
public:
    explicit KindNoting(Bytes entry) : entry_(std::move(entry)) {}

    // The value of `batpak.kind` in the metadata.
    BytesView entry() const noexcept { return entry_; }
    bool is_in_log() const noexcept { return in_log_.load(std::memory_order_acquire); }

    // For the leader.
    bool is_staged() const noexcept { return staged_; }
    void stage() noexcept { staged_ = true; }
    void take_back() noexcept { staged_ = false; }
    void keep() noexcept { in_log_.store(true, std::memory_order_release); }

private:
    const Bytes entry_;
    bool staged_ = false;  // in the present group, or in the log
    std::atomic<bool> in_log_{false};
};

class KindOwners {
public:
    // What the log says of a kind in a version; nothing if it says nothing, or cannot be read.
    using Recall = std::function<std::optional<KindNote>(EventKind kind, std::uint16_t version)>;

    // Of a log that says nothing.
    KindOwners() = default;
    explicit KindOwners(Recall recall) : recall_(std::move(recall)) {}
    KindOwners(const KindOwners&) = delete;
    KindOwners& operator=(const KindOwners&) = delete;
    ~KindOwners();

    // Notes that `type` is appended under the kind; or bytes of no type, whose kind the caller
    // calls `name`, unless that is empty. What the event has to tell the log, if it gets there
    // before others that do; null if it has nothing to tell. Errors: DuplicateKind, if another type
    // of this version was before: with the names of both. KindChanged, if the log says otherwise.
    // Requires: a type has one version (not checked: it is a constant of the type), and no `name`.
    // Borrows: these owners.
    [[nodiscard]] Result<KindNoting*> claim(EventKind kind, std::uint16_t version, PayloadType type,
                                            std::string_view name = {}) {
        if (type.id() == nullptr && name.empty()) return nullptr;
        const Latest* const latest = categories_[kind.category()].load(std::memory_order_acquire);
        if (type.id() != nullptr && latest != nullptr &&
            (*latest)[kind.type()].load(std::memory_order_relaxed) == type.id()) [[likely]]
            return nullptr;
        return claim_slowly(kind, version, type, name);
    }

private:
    // Of each type number: the id() of the PayloadType that came last, owns its version, and is
    // known to the log.
    using Latest = std::array<std::atomic<const char*>, std::size_t{EventKind::kTypeMax} + 1>;
    struct Owned {
        PayloadType type;              // of none: only bytes came
        std::optional<KindNote> note;  // what the log says, or will say
        KindNoting* noting = nullptr;  // of the note; null if it was there before
        bool is_recalled = false;
    };

    Latest& latest_of(EventKind kind) BATPAK_REQUIRES(mutex_);
    Result<KindNoting*> claim_slowly(EventKind kind, std::uint16_t version, PayloadType type,
                                     std::string_view name);
    Result<void> take(Owned& owned, EventKind kind, std::uint16_t version, KindNote note)
        BATPAK_REQUIRES(mutex_);

    const Recall recall_;
    Mutex mutex_;
    std::map<std::pair<std::uint16_t, std::uint16_t>, Owned> owned_
        BATPAK_GUARDED_BY(mutex_);  // by the number of the kind, and the version
    std::deque<KindNoting> notings_ BATPAK_GUARDED_BY(mutex_);
    std::array<std::atomic<Latest*>, 16> categories_{};
};

}  // namespace batpak::store
