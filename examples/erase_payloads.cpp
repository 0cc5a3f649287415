// Erases the payloads of one customer on request, and shows what stays: the events, every hash, the
// root, and a projection that knows that something is missing.
#include <fmt/format.h>
#include <batpak/batpak.hpp>
#include <batpak/fmt.hpp>

#include <string>

namespace {

using namespace batpak;

struct Ordered {
    static constexpr auto kind = EventKind::custom(0x1, 1);
    std::string address;
    std::int64_t cents = 0;
};

// [projection]
struct Customer {
    static constexpr auto projection = projection_of<Ordered>("customer", 1);
    std::int64_t orders = 0;
    std::int64_t cents = 0;
    std::int64_t erased = 0;
    void on(const Ordered& order) {
        ++orders;
        cents += order.cents;
    }
    // Without it, the projection of a customer with an erased event fails with PayloadErased.
    void on_erased(const EventView&) { ++erased; }
};
// [/projection]

}  // namespace

int main() {
    Store store = Store::open(StoreConfig("shop")).value();
    const auto ada = Coordinate::create("customer:ada", "shop").value();
    const auto bob = Coordinate::create("customer:bob", "shop").value();
    for (int i = 0; i < 20; ++i)
        store.append(i % 4 == 0 ? ada : bob, Ordered{"12 Analytical Row", 100 * i}).value();
    const Sequence end = store.visible_end();
    const Hash root = store.root(end).value();

    // [erase]
    Tombstone tombstone("request 4711 of customer ada");
    tombstone.region = Region::entity("customer:ada");
    const CompactionReport report = store.compact(tombstone).value();
    // [/erase]

    // [read]
    std::uint64_t erased = 0;
    for (const auto& event : store.query(Region::entity("customer:ada"))) {
        if (event->erased) ++erased;  // as<Ordered>() would answer PayloadErased
    }
    // [/read]
    const Customer customer = store.project<Customer>("customer:ada").value().value();
    const bool same_root = store.root(end).value() == root;
    const VerifyReport verified = store.verify().value();

    fmt::print("payloads erased: {}, events that are there: {}\n", report.events_erased, erased);
    fmt::print("the projection knows of: {}\n", customer.erased);
    fmt::print("the root is the same: {}\n", same_root);
    fmt::print("whole: {}, erased as the log says: {}\n", !verified.damage.has_value(),
               verified.erased);
    const bool all = report.events_erased == 5 && erased == 5 && customer.erased == 5;
    return all && same_root && !verified.damage && verified.erased == 5 ? 0 : 1;
}
