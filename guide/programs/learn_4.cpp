// The library wants to see: where each book is, how busy each branch is, how it was last week.
#include <batpak/batpak.hpp>

#include <memory>
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

struct Book {
    static constexpr auto projection =
        batpak::projection_of<BookLent, BookReturned>("book", /*version*/ 1);
    std::string borrower;
    int loans = 0;
    bool damaged = false;

    void on(const BookLent& lent) {
        borrower = lent.member;
        ++loans;
    }
    void on(const BookReturned& returned) {
        borrower.clear();
        damaged = damaged || returned.damaged;
    }
};

struct Branch {
    static constexpr auto projection = batpak::projection_of<BookLent>("branch", /*version*/ 1);
    int loans = 0;
    int days = 0;

    void on(const BookLent& lent) {
        ++loans;
        days += lent.days;
    }
};

Result<void> show(const char* when, const batpak::StoreReads& store) {
    BATPAK_TRY(const auto dune, store.project<Book>("book:dune"));
    BATPAK_TRY(const Branch centre, store.project<Branch>(Region::scope("branch:centre")));
    fmt::print("{}: dune is {}; the centre lent {} books for {} days\n", when,
               dune && !dune->borrower.empty() ? "with " + dune->borrower : "in", centre.loans,
               centre.days);
    return {};
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./library")));
    BATPAK_TRY(const Coordinate dune, Coordinate::create("book:dune", "branch:centre"));
    BATPAK_TRY(const Coordinate emma, Coordinate::create("book:emma", "branch:centre"));
    BATPAK_CHECK(store.append(dune, BookLent{"ada", 14}));
    BATPAK_TRY(const auto monday, store.append(emma, BookLent{"bob", 7}));
    BATPAK_CHECK(store.append(dune, BookReturned{}));

    BATPAK_CHECK(show("today", store));
    BATPAK_CHECK(show("on monday", store.as_of(monday.sequence)));

    batpak::EntityStates<Book> books(Region::entity_prefix("book:"));
    batpak::ProjectionRunner runner(store);
    BATPAK_CHECK(runner.add(books));
    BATPAK_CHECK(runner.catch_up());
    for (const char* name : {"book:dune", "book:emma"}) {
        const std::shared_ptr<const Book> book = books.find(name);
        fmt::print("{}: {} loans, {}\n", name, book->loans,
                   book->borrower.empty() ? "in" : "with " + book->borrower);
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
