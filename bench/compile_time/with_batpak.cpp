// The order as a table: what measure.py compiles against by_hand.cpp.
#include "batpak/machine/state_machine.hpp"
#include "order.hpp"

namespace order {

using batpak::On;
using batpak::Result;

using Order = batpak::StateMachine<
    "order", On<Draft, OrderPlaced, Placed>, On<Draft, OrderCancelled, Cancelled>,
    On<Placed, OrderPaid, Paid>, On<Placed, OrderCancelled, Cancelled>,
    On<Placed, OrderHeld, OnHold>, On<Paid, OrderPicked, Picked>, On<Paid, OrderHeld, OnHold>,
    On<Paid, OrderRefunded, Refunded>, On<Picked, OrderPacked, Packed>,
    On<Picked, ItemMissing, Paid>, On<Picked, OrderHeld, OnHold>, On<Packed, OrderShipped, Shipped>,
    On<Packed, OrderUnpacked, Picked>, On<Shipped, OrderDelivered, Delivered>,
    On<Shipped, OrderLost, Paid>, On<Shipped, OrderReturned, Returned>,
    On<Delivered, OrderReturned, Returned>, On<Delivered, OrderClosed, Closed>,
    On<Returned, OrderRefunded, Refunded>, On<Returned, OrderShipped, Shipped>,
    On<Refunded, OrderClosed, Closed>, On<Cancelled, OrderClosed, Closed>,
    On<OnHold, OrderReleased, Placed>, On<OnHold, OrderCancelled, Cancelled>>;

Result<void> deliver(batpak::Store& store, const batpak::Coordinate& where) {
    BATPAK_TRY(auto placed, store.transition(where, Order::start(store, where), OrderPlaced{}));
    BATPAK_TRY(auto paid, store.transition(where, std::move(placed.state), OrderPaid{}));
    BATPAK_TRY(auto picked, store.transition(where, std::move(paid.state), OrderPicked{}));
    BATPAK_TRY(auto packed, store.transition(where, std::move(picked.state), OrderPacked{}));
    BATPAK_TRY(auto shipped, store.transition(where, std::move(packed.state), OrderShipped{}));
    BATPAK_TRY(auto delivered, store.transition(where, std::move(shipped.state), OrderDelivered{}));
    return {};
}

// A state that the stream knows, an event that the caller knows.
Result<std::string_view> add(batpak::Store& store, const batpak::Coordinate& where,
                             batpak::EventKind kind, batpak::BytesView payload) {
    BATPAK_TRY(auto order, Order::load(store, where));
    BATPAK_TRY(auto next, store.transition_raw(where, std::move(order), kind, payload,
                                               batpak::AppendOptions{}));
    return next.state.name();
}

}  // namespace order
