// A struct that grew: its old events are still read, and their missing fields have defaults.
#include <batpak/batpak.hpp>

#include <optional>
#include <string>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Result;
using batpak::Store;

namespace last_year {
struct PaymentTaken {
    static constexpr auto kind = EventKind::custom(0x2, 0x001);
    std::string account;
    int cents = 0;
};
}  // namespace last_year

struct PaymentTaken {
    static constexpr auto kind = EventKind::custom(0x2, 0x001);
    std::string account;
    std::int64_t cents = 0;           // was an int: a wider integer reads the old ones
    std::string currency = "EUR";     // new, with the value that was always meant
    std::optional<std::string> note;  // new, and absent from old events
    // A payment without these is an error, and no payment of 0 cents.
    using required = batpak::fields<&PaymentTaken::account, &PaymentTaken::cents>;
};

Result<void> run() {
    BATPAK_TRY(const Coordinate till, Coordinate::create("till:1", "shop"));
    {
        BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./shop")));
        BATPAK_CHECK(store.append(till, last_year::PaymentTaken{"alice", 4200}));
        BATPAK_CHECK(std::move(store).close());
    }
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./shop")));
    BATPAK_CHECK(store.append(till, PaymentTaken{"bob", 100, "CHF", "a tip"}));
    batpak::Value no_cents;
    no_cents.set("account", "eve");
    BATPAK_CHECK(store.append(till, PaymentTaken::kind, no_cents));
    for (const auto& event : store.stream("till:1")) {
        if (!event) return batpak::fail(event.error());
        const auto payment = event->as<PaymentTaken>();
        if (payment) {
            fmt::print("{}: {} {} {}\n", event->sequence(), payment->account, payment->cents,
                       payment->currency);
        } else {
            fmt::print("{}: {}\n", event->sequence(), payment.error());
        }
    }
    // A test that pins this text notices a change of the layout that was not meant.
    fmt::print("{}\n", batpak::layout_of<PaymentTaken>());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
