// The order by hand: one overload for each transition, a std::variant of the states, std::visit. It
// does what with_batpak.cpp does, with the same store: typed transitions that the compiler checks,
// an append with the expected version, reading back, and judging an event at run time. It has no
// diagram, no coverage and no test of itself.
#include <type_traits>
#include <variant>

#include "batpak/store/store.hpp"
#include "order.hpp"

namespace order {

using batpak::BytesView;
using batpak::ErrorCode;
using batpak::EventKind;
using batpak::fail;
using batpak::Result;

Placed next(const Draft& /*from*/, const OrderPlaced& /*event*/) { return {}; }
Cancelled next(const Draft& /*from*/, const OrderCancelled& /*event*/) { return {}; }
Paid next(const Placed& /*from*/, const OrderPaid& /*event*/) { return {}; }
Cancelled next(const Placed& /*from*/, const OrderCancelled& /*event*/) { return {}; }
OnHold next(const Placed& /*from*/, const OrderHeld& /*event*/) { return {}; }
Picked next(const Paid& /*from*/, const OrderPicked& /*event*/) { return {}; }
OnHold next(const Paid& /*from*/, const OrderHeld& /*event*/) { return {}; }
Refunded next(const Paid& /*from*/, const OrderRefunded& /*event*/) { return {}; }
Packed next(const Picked& /*from*/, const OrderPacked& /*event*/) { return {}; }
Paid next(const Picked& /*from*/, const ItemMissing& /*event*/) { return {}; }
OnHold next(const Picked& /*from*/, const OrderHeld& /*event*/) { return {}; }
Shipped next(const Packed& /*from*/, const OrderShipped& /*event*/) { return {}; }
Picked next(const Packed& /*from*/, const OrderUnpacked& /*event*/) { return {}; }
Delivered next(const Shipped& /*from*/, const OrderDelivered& /*event*/) { return {}; }
Paid next(const Shipped& /*from*/, const OrderLost& /*event*/) { return {}; }
Returned next(const Shipped& /*from*/, const OrderReturned& /*event*/) { return {}; }
Returned next(const Delivered& /*from*/, const OrderReturned& /*event*/) { return {}; }
Closed next(const Delivered& /*from*/, const OrderClosed& /*event*/) { return {}; }
Refunded next(const Returned& /*from*/, const OrderRefunded& /*event*/) { return {}; }
Shipped next(const Returned& /*from*/, const OrderShipped& /*event*/) { return {}; }
Closed next(const Refunded& /*from*/, const OrderClosed& /*event*/) { return {}; }
Closed next(const Cancelled& /*from*/, const OrderClosed& /*event*/) { return {}; }
Placed next(const OnHold& /*from*/, const OrderReleased& /*event*/) { return {}; }
Cancelled next(const OnHold& /*from*/, const OrderCancelled& /*event*/) { return {}; }

using State = std::variant<Draft, Placed, Paid, Picked, Packed, Shipped, Delivered, Returned,
                           Refunded, Cancelled, OnHold, Closed>;

template <class S>
struct In {
    S state;
    batpak::ExpectedVersion expected = batpak::ExpectedVersion::none();
};

template <class From, class Event>
auto transition(batpak::Store& store, const batpak::Coordinate& where, In<From>&& from,
                const Event& event) -> Result<In<decltype(next(from.state, event))>> {
    batpak::AppendOptions options;
    options.expect = from.expected;
    BATPAK_TRY(const batpak::AppendReceipt receipt, store.append(where, event, options));
    return In<decltype(next(from.state, event))>{next(from.state, event),
                                                 batpak::ExpectedVersion::exactly(receipt.version)};
}

template <class Event>
Result<State> after(const State& state, const Event& event) {
    return std::visit(
        [&](const auto& from) -> Result<State> {
            if constexpr (requires { next(from, event); }) {
                return State(next(from, event));
            } else {
                return fail(ErrorCode::InvalidArgument, "no such transition");
            }
        },
        state);
}

template <class Event>
Result<State> decoded(const State& state, std::uint16_t version, BytesView payload) {
    BATPAK_TRY(const Event event, batpak::decode_payload<Event>(version, payload));
    return after(state, event);
}

Result<State> after_encoded(const State& state, EventKind kind, std::uint16_t version,
                            BytesView payload) {
    switch (kind.number()) {
        case OrderPlaced::kind.number(): return decoded<OrderPlaced>(state, version, payload);
        case OrderCancelled::kind.number(): return decoded<OrderCancelled>(state, version, payload);
        case OrderPaid::kind.number(): return decoded<OrderPaid>(state, version, payload);
        case OrderHeld::kind.number(): return decoded<OrderHeld>(state, version, payload);
        case OrderPicked::kind.number(): return decoded<OrderPicked>(state, version, payload);
        case OrderRefunded::kind.number(): return decoded<OrderRefunded>(state, version, payload);
        case OrderPacked::kind.number(): return decoded<OrderPacked>(state, version, payload);
        case ItemMissing::kind.number(): return decoded<ItemMissing>(state, version, payload);
        case OrderShipped::kind.number(): return decoded<OrderShipped>(state, version, payload);
        case OrderUnpacked::kind.number(): return decoded<OrderUnpacked>(state, version, payload);
        case OrderDelivered::kind.number(): return decoded<OrderDelivered>(state, version, payload);
        case OrderLost::kind.number(): return decoded<OrderLost>(state, version, payload);
        case OrderReturned::kind.number(): return decoded<OrderReturned>(state, version, payload);
        case OrderClosed::kind.number(): return decoded<OrderClosed>(state, version, payload);
        case OrderReleased::kind.number(): return decoded<OrderReleased>(state, version, payload);
        default: return state;
    }
}

struct Loaded {
    State state;
    std::uint64_t events = 0;
};

Result<Loaded> load(const batpak::Store& store, const batpak::Coordinate& where) {
    Loaded loaded;
    batpak::EventRange events = store.stream(where.entity());
    while (const auto* element = events.next()) {
        if (!*element) return fail(element->error());
        const batpak::EventView& event = **element;
        BATPAK_TRY(loaded.state, after_encoded(loaded.state, event.kind(),
                                               event.header.payload_version, event.payload));
        ++loaded.events;
    }
    return loaded;
}

Result<void> deliver(batpak::Store& store, const batpak::Coordinate& where) {
    BATPAK_TRY(auto placed, transition(store, where, In<Draft>{}, OrderPlaced{}));
    BATPAK_TRY(auto paid, transition(store, where, std::move(placed), OrderPaid{}));
    BATPAK_TRY(auto picked, transition(store, where, std::move(paid), OrderPicked{}));
    BATPAK_TRY(auto packed, transition(store, where, std::move(picked), OrderPacked{}));
    BATPAK_TRY(auto shipped, transition(store, where, std::move(packed), OrderShipped{}));
    BATPAK_TRY(auto delivered, transition(store, where, std::move(shipped), OrderDelivered{}));
    return {};
}

Result<std::size_t> add(batpak::Store& store, const batpak::Coordinate& where, EventKind kind,
                        BytesView payload) {
    BATPAK_TRY(const Loaded order, load(store, where));
    BATPAK_TRY(const State state, after_encoded(order.state, kind, 1, payload));
    batpak::AppendOptions options;
    options.expect = order.events == 0 ? batpak::ExpectedVersion::none()
                                       : batpak::ExpectedVersion::exactly(order.events - 1);
    BATPAK_CHECK(store.append_raw(where, kind, payload, options));
    return state.index();
}

}  // namespace order
