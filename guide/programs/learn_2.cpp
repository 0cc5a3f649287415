// The library has more books, and questions about them.
#include <batpak/batpak.hpp>

#include <string>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct BookLent {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string member;
    int days = 0;
};

struct BookReturned {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    bool damaged = false;
};

Coordinate book(const std::string& title, const std::string& branch) {
    return Coordinate::create("book:" + title, "branch:" + branch).value();
}

Result<void> a_week(Store& store) {
    BATPAK_CHECK(store.append(book("dune", "centre"), BookLent{"ada", 14}));
    BATPAK_CHECK(store.append(book("emma", "harbour"), BookLent{"bob", 7}));
    BATPAK_CHECK(store.append(book("dune", "centre"), BookReturned{}));
    BATPAK_CHECK(store.append(book("dune", "centre"), BookLent{"eve", 21}));
    BATPAK_CHECK(store.append(book("emma", "harbour"), BookReturned{true}));
    return {};
}

Result<void> show(const char* what, batpak::EventRange events) {
    fmt::print("{}:\n", what);
    for (const Result<batpak::EventView>& event : events) {
        if (!event) return batpak::fail(event.error());  // this one cannot be read
        fmt::print("  {} {} v{} ", event->sequence(), event->entity, event->version());
        if (event->kind() == BookLent::kind) {
            BATPAK_TRY(const BookLent lent, event->as<BookLent>());
            fmt::print("lent to {} for {} days\n", lent.member, lent.days);
        } else {
            BATPAK_TRY(const BookReturned returned, event->as<BookReturned>());
            fmt::print("returned{}\n", returned.damaged ? ", damaged" : "");
        }
    }
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./library")));
    BATPAK_CHECK(a_week(store));

    BATPAK_CHECK(show("the story of one book", store.stream("book:dune")));
    BATPAK_CHECK(show("what happened at the harbour", store.by_scope("branch:harbour")));
    const Region loans = Region::entity_prefix("book:").with_kind<BookLent>();
    BATPAK_CHECK(show("all loans, the latest first",
                      store.query(loans, {.direction = batpak::Direction::Backward})));
    BATPAK_TRY(const std::uint64_t count, store.count(loans));
    BATPAK_TRY(const auto last, store.latest<BookReturned>("book:emma"));
    fmt::print("{} loans; emma came back {}\n", count,
               last && last->payload().damaged ? "damaged" : "well");
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
