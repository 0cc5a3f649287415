// A reactor answers events with events, each once, however often the program is started.
#include <batpak/batpak.hpp>

#include <string>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::EventView;
using batpak::Reactions;
using batpak::Reactor;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct OrderPlaced {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::int64_t cents = 0;
};
struct InvoiceSent {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    std::int64_t cents = 0;
};

// Called for each order. What it adds is stored with the position of the reactor, or not at all.
Result<void> send_invoice(const EventView& event, Reactions& reactions) {
    BATPAK_TRY(const OrderPlaced order, event.as<OrderPlaced>());
    BATPAK_TRY(const Coordinate where, Coordinate::create(event.entity, event.scope));
    if (order.cents > 0) reactions.add(where, InvoiceSent{order.cents});
    return {};
}

// As after each start of the program.
Result<void> run_reactor(Store& store, const char* when) {
    BATPAK_TRY(Reactor invoices,
               Reactor::open(store, Region::scope("shop").with_kind<OrderPlaced>(),
                             batpak::ReactorId("invoices"), send_invoice));
    BATPAK_TRY(const batpak::ReactorTally tally, invoices.run_until_idle());
    fmt::print("{}: {} orders with an invoice, {} without\n", when, tally.reacted, tally.passed);
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./shop")));
    BATPAK_TRY(const Coordinate first, Coordinate::create("order:1", "shop"));
    BATPAK_TRY(const Coordinate gift, Coordinate::create("order:2", "shop"));
    BATPAK_CHECK(store.append(first, OrderPlaced{4200}));
    BATPAK_CHECK(store.append(gift, OrderPlaced{0}));
    BATPAK_CHECK(run_reactor(store, "first start"));
    BATPAK_CHECK(run_reactor(store, "second start"));
    BATPAK_TRY(const Coordinate third, Coordinate::create("order:3", "shop"));
    BATPAK_CHECK(store.append(third, OrderPlaced{900}));
    BATPAK_CHECK(run_reactor(store, "third start"));

    for (const auto& event : store.query(Region::all().with_kind<InvoiceSent>())) {
        if (!event) return batpak::fail(event.error());
        BATPAK_TRY(const auto cause, store.find(*event->header.causation_id));
        BATPAK_TRY(const InvoiceSent invoice, event->as<InvoiceSent>());
        fmt::print("{}: {} cents, because of event {}\n", event->entity, invoice.cents,
                   cause->sequence());
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
