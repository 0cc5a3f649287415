// Hub: passes published events on to the mailboxes of a store's subscriptions.
//
// The list of mailboxes is an immutable snapshot: the thread that publishes takes the pointer, and
// goes through the list with no lock held. A mailbox that is removed meanwhile lives as long as
// that. Without any mailbox the hub is not active, and a commit does not come here.
//
// Threads: thread-safe
// Errors:  none
#pragma once

#include <memory>
#include <vector>

#include "batpak/base/detail/mutex.hpp"
#include "delivery/live/mailbox.hpp"
#include "store/view/read_side.hpp"

namespace batpak::delivery {

class Hub final : public store::PublicationObserver {
public:
    // The hub of a store. Borrows: the side, which owns the hub.
    static Hub& of(store::ReadSide& side);

    void add(std::shared_ptr<Mailbox> mailbox);
    void remove(Mailbox& mailbox) noexcept;

    void published(std::span<const EventView> events) noexcept override;
    void closed() noexcept override;
    std::uint64_t listeners() const noexcept override;

private:
    using Mailboxes = std::vector<std::shared_ptr<Mailbox>>;

    explicit Hub(store::Publications& publications) : publications_(publications) {}

    std::shared_ptr<const Mailboxes> mailboxes() const;
    void set(Mailboxes mailboxes) BATPAK_REQUIRES(mutex_);

    store::Publications& publications_;
    mutable Mutex mutex_;
    std::shared_ptr<const Mailboxes> mailboxes_ BATPAK_GUARDED_BY(mutex_) =
        std::make_shared<const Mailboxes>();
    bool closed_ BATPAK_GUARDED_BY(mutex_) = false;
};

}  // namespace batpak::delivery
