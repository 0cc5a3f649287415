// A library lends books. The first event: Ada takes Dune home.
#include <batpak/batpak.hpp>

#include <string>

struct BookLent {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::string member;
    int days = 0;
};

int main() {
    auto store = batpak::Store::open(batpak::StoreConfig("./library")).value();
    const auto dune = batpak::Coordinate::create("book:dune", "branch:centre").value();

    const batpak::AppendReceipt receipt = store.append(dune, BookLent{"ada", 14}).value();
    fmt::print("sequence {} of the store, version {} of {}, id {}\n", receipt.sequence,
               receipt.version, dune.entity(), receipt.event_id);

    const auto lent = store.get<BookLent>(receipt.event_id).value();
    fmt::print("{} has {} for {} days\n", lent.payload().member, lent.coordinate.entity(),
               lent.payload().days);

    const batpak::Closed closed = std::move(store).close().value();
    fmt::print("closed with {} event\n", closed.end);
}
