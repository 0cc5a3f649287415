// The queue has a pointer to the ticket's item, so a ticket that goes away waits for its answer
// first. Nothing is lost by that: what was submitted is committed, whether or not anybody asks.
#include "batpak/store/ticket.hpp"

#include "batpak/base/assert.hpp"
#include "store/ticket_state.hpp"

namespace batpak {

using store::TicketState;

Ticket::Ticket(std::unique_ptr<TicketState> state) : state_(std::move(state)) {}
Ticket::Ticket(Ticket&&) noexcept = default;
Ticket& Ticket::operator=(Ticket&& other) noexcept {
    if (this != &other) {
        settle();
        state_ = std::move(other.state_);
    }
    return *this;
}
Ticket::~Ticket() { settle(); }

// The queue knows the item until it is answered; but in a child after fork() nobody uses the queue.
void Ticket::settle() noexcept {
    if (!state_ || state_->engine->side()->forked()) return;
    state_->engine->queue().wait(state_->item, std::nullopt);
}

bool Ticket::ready() const noexcept {
    BATPAK_ASSERT(state_ != nullptr);  // it was not moved from
    return state_->item.is_answered();
}

// An answer that came before a fork() counts in the child too. Without one there is nothing that
// the child could wait for.
Result<AppendReceipt> Ticket::wait() {
    if (!ready()) {
        BATPAK_CHECK(state_->engine->side()->check_process());
        state_->engine->queue().wait(state_->item, std::nullopt);
    }
    if (state_->item.error) return fail(*state_->item.error);
    return state_->event.receipt;
}

std::optional<Result<AppendReceipt>> Ticket::wait_until(
    std::chrono::steady_clock::time_point deadline) {
    BATPAK_ASSERT(state_ != nullptr);
    const bool forked = state_->engine->side()->forked();
    if (!forked && !state_->engine->queue().wait(state_->item, deadline)) return std::nullopt;
    // It does not wait: the item is answered, or the process is a child, which has no queue.
    return wait();
}

}  // namespace batpak
