// The leader of a commit comes through here, so it waits for nothing: the list of mailboxes is read
// by one pointer, each mailbox takes or counts (INV D4). Changing the list makes another; an append
// that is under way goes on with the old one.
#include "delivery/live/hub.hpp"

namespace batpak::delivery {

// Made by the first subscription of a store. The leader calls nothing while there is none.
Hub& Hub::of(store::ReadSide& side) {
    store::PublicationObserver& hub = side.publications().observer([&side] {
        return std::unique_ptr<store::PublicationObserver>(new Hub(side.publications()));
    });
    return static_cast<Hub&>(hub);
}

std::shared_ptr<const Hub::Mailboxes> Hub::mailboxes() const {
    const MutexLock lock(mutex_);
    return mailboxes_;
}

// Without those that ended, of which remove() had to leave some.
void Hub::set(Mailboxes mailboxes) {
    std::erase_if(mailboxes, [](const auto& mailbox) { return mailbox->is_closed(); });
    const bool is_heard = !mailboxes.empty();
    mailboxes_ = std::make_shared<const Mailboxes>(std::move(mailboxes));
    publications_.set_active(is_heard ? this : nullptr);
}

void Hub::add(std::shared_ptr<Mailbox> mailbox) {
    const MutexLock lock(mutex_);
    if (closed_) return mailbox->close();
    Mailboxes all = *mailboxes_;
    all.push_back(std::move(mailbox));
    set(std::move(all));
}

void Hub::remove(Mailbox& mailbox) noexcept {
    mailbox.close();
    const MutexLock lock(mutex_);
    try {
        set(*mailboxes_);
    } catch (const std::bad_alloc&) {
        // It takes nothing any more, and goes when the list changes next.
    }
}

void Hub::published(std::span<const EventView> events) noexcept {
    GroupNotifications group(events);
    const std::shared_ptr<const Mailboxes> all = mailboxes();
    for (const std::shared_ptr<Mailbox>& mailbox : *all) mailbox->put(group);
}

// The mailboxes are closed outside of the lock, which their readers need to end a subscription.
void Hub::closed() noexcept {
    std::shared_ptr<const Mailboxes> all;
    {
        const MutexLock lock(mutex_);
        closed_ = true;
        all = mailboxes_;
    }
    for (const std::shared_ptr<Mailbox>& mailbox : *all) mailbox->close();
}

std::uint64_t Hub::listeners() const noexcept { return mailboxes()->size(); }

}  // namespace batpak::delivery
