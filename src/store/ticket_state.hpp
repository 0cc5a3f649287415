// TicketState: what a ticket keeps of its append: everything that the append borrows.
//
// Threads: as its Ticket
// Errors:  none
#pragma once

#include <memory>

#include "store/engine.hpp"

namespace batpak::store {

struct TicketState {
    TicketState(std::shared_ptr<Engine> owner, const Coordinate& address, AppendOptions wishes)
        : engine(std::move(owner)), coordinate(address), options(std::move(wishes)) {}

    std::shared_ptr<Engine> engine;
    Coordinate coordinate;
    AppendOptions options;
    Buffer content;
    PreparedEvent event;
    CommitQueue::Entry item;
};

}  // namespace batpak::store
