// Ticket: an append that was submitted and not waited for.
//
// One thread can keep many durable appends in flight with tickets; the first wait() commits all of
// them with one write and one sync. Nothing happens by itself: a submitted event is committed by
// its ticket's wait(), by any later append, by sync() or by close().
//
// Threads: thread-compatible; different tickets of one store may be used by different threads
// Errors:  those of Store::append
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "batpak/base/result.hpp"
#include "batpak/store/options.hpp"

namespace batpak {

namespace store {
struct TicketState;
}

class Ticket {
public:
    explicit Ticket(std::unique_ptr<store::TicketState> state);
    Ticket(Ticket&&) noexcept;
    Ticket& operator=(Ticket&&) noexcept;
    // Waits, as wait() does.
    ~Ticket();

    // Whether the answer is there. Does no work and never waits.
    bool ready() const noexcept;
    // The answer; commits the event, and what else was submitted, if nobody has.
    [[nodiscard]] Result<AppendReceipt> wait();
    // The same, or nothing once the deadline has passed: the append goes on. A write or sync that
    // this call itself began is finished first.
    [[nodiscard]] std::optional<Result<AppendReceipt>> wait_until(
        std::chrono::steady_clock::time_point deadline);

private:
    void settle() noexcept;

    std::unique_ptr<store::TicketState> state_;
};

}  // namespace batpak
