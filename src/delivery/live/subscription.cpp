// A mailbox that is in the hub's list, from the making of a subscription to its end. What the
// events looked like when they were published is all that it gives; a reader that must miss nothing
// uses a cursor.
#include "batpak/delivery/subscription.hpp"

#include "delivery/live/hub.hpp"

namespace batpak {

using delivery::Hub;
using delivery::Mailbox;

const SubscriptionOptions& detail::default_subscription_options() noexcept {
    static constexpr SubscriptionOptions kOptions;
    return kOptions;
}

Result<Subscription> Store::subscribe_lossy(const Region& region,
                                            const SubscriptionOptions& options) {
    BATPAK_CHECK(side_->check());
    if (options.capacity == 0 || options.capacity > SubscriptionOptions::kCapacityMax) {
        return fail(ErrorCode::InvalidArgument,
                    "a subscription queues 1 to 1,000,000 notifications");
    }
    Hub& hub = Hub::of(*side_);
    auto mailbox = std::make_shared<Mailbox>(region, options);
    // From here on each publication is compared with the region: what was visible before is not
    // delivered (INV D4).
    hub.add(mailbox);
    return Subscription(side_, hub, std::move(mailbox));
}

Subscription::Subscription(std::shared_ptr<store::ReadSide> side, Hub& hub,
                           std::shared_ptr<Mailbox> mailbox)
    : side_(std::move(side)), hub_(&hub), mailbox_(std::move(mailbox)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
    if (this != &other) {
        end();
        side_ = std::move(other.side_);
        hub_ = other.hub_;
        mailbox_ = std::move(other.mailbox_);
    }
    return *this;
}
Subscription::~Subscription() { end(); }

// In a child after fork() a lock may be held by a thread that is not there.
void Subscription::end() noexcept {
    if (mailbox_ && !side_->forked()) hub_->remove(*mailbox_);
}

Result<std::optional<Live<Notification>>> Subscription::next(
    std::chrono::steady_clock::time_point deadline) {
    BATPAK_CHECK(side_->check_process());
    Mailbox::Taken taken = mailbox_->take(deadline);
    if (taken.ended) return fail(ErrorCode::Closed, "the store is closed");
    return std::move(taken.item);
}

Result<std::optional<Live<Notification>>> Subscription::try_next() {
    return next(std::chrono::steady_clock::time_point::min());
}

Result<int> Subscription::descriptor() {
    BATPAK_CHECK(side_->check_process());
    return mailbox_->descriptor();
}

}  // namespace batpak
