#include "batpak/store/ticket.hpp"

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

// The queue knows the item until it is answered.
void Ticket::settle() noexcept {
    if (state_) state_->engine->queue().wait(state_->item, std::nullopt);
}

bool Ticket::ready() const noexcept {
    return state_->item.done.load(std::memory_order_acquire) == 1;
}

Result<AppendReceipt> Ticket::wait() {
    state_->engine->queue().wait(state_->item, std::nullopt);
    if (state_->item.error) return fail(*state_->item.error);
    return state_->event.receipt;
}

std::optional<Result<AppendReceipt>> Ticket::wait_until(
    std::chrono::steady_clock::time_point deadline) {
    if (!state_->engine->queue().wait(state_->item, deadline)) return std::nullopt;
    return wait();
}

}  // namespace batpak
