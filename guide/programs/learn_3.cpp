// The library has rules: one copy of a book, two books for a member, four weeks at most.
#include <batpak/batpak.hpp>

#include <algorithm>
#include <map>
#include <string>

using batpak::Coordinate;
using batpak::ErrorCode;
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
    std::string member;
};

// What the rules look at: who has the book, and how many books the member has.
struct Desk {
    static constexpr auto projection =
        batpak::projection_of<BookLent, BookReturned>("desk", /*version*/ 1);
    std::map<std::string, std::string> borrower;  // by book

    void on(const BookLent& lent, const batpak::EventView& event) {
        borrower[std::string(event.entity)] = lent.member;
    }
    void on(const BookReturned&, const batpak::EventView& event) {
        borrower.erase(std::string(event.entity));
    }
    long books_of(const std::string& member) const {
        return std::ranges::count_if(borrower, [&](auto& each) { return each.second == member; });
    }
};

struct Request {
    const Desk& desk;
    std::string book;
};

batpak::GateSet<BookLent, Request> house_rules() {
    batpak::GateSet<BookLent, Request> gates;
    gates
        .add("four-weeks", 1,
             [](const BookLent& lent) {
                 return lent.days <= 28 ? batpak::pass() : batpak::deny("four weeks at most");
             })
        .add("book-is-in", 1,
             [](const Request& request) -> batpak::Verdict {
                 if (!request.desk.borrower.contains(request.book)) return batpak::pass();
                 return batpak::deny(request.desk.borrower.at(request.book) + " has it");
             })
        .add("two-books", 1, [](const BookLent& lent, const Request& request) {
            const long books = request.desk.books_of(lent.member);
            return books < 2 ? batpak::pass() : batpak::deny(lent.member + " has two");
        });
    return gates;
}

Result<void> lend(Store& store, const Coordinate& book, const BookLent& loan) {
    static const batpak::Pipeline rules(house_rules());
    const Region loans = Region::scope("branch:centre");
    const batpak::JudgedView view = store.judge(loans);  // first: what counts as seen
    BATPAK_TRY(const Desk desk, store.before(view.end()).project<Desk>(loans));
    auto decision = rules.evaluate(Request{desk, book.entity()}, batpak::Proposal(loan), view);
    if (!decision) return batpak::fail(decision.error().to_error());
    BATPAK_CHECK(store.commit(*std::move(decision), book));
    return {};
}

void tell(const char* what, const Result<void>& done) {
    fmt::print("{}: {}\n", what, done ? "done" : done.error().to_string());
}

int main() {
    auto store = Store::open(batpak::StoreConfig("./library")).value();
    const auto book = [](const char* title) {
        return Coordinate::create(std::string("book:") + title, "branch:centre").value();
    };
    tell("ada takes dune", lend(store, book("dune"), {"ada", 14}));
    tell("bob takes dune", lend(store, book("dune"), {"bob", 14}));
    tell("ada takes emma for a year", lend(store, book("emma"), {"ada", 365}));
    tell("ada takes emma", lend(store, book("emma"), {"ada", 28}));
    tell("ada takes ulysses", lend(store, book("ulysses"), {"ada", 14}));

    // Without gates: the version that the caller knows, or a conflict.
    const auto returned = store.append(book("dune"), BookReturned{"ada"},
                                       {.expect = batpak::ExpectedVersion::exactly(0)});
    const auto again = store.append(book("dune"), BookReturned{"ada"},
                                    {.expect = batpak::ExpectedVersion::exactly(0)});
    fmt::print("ada returns dune: version {}\n", returned.value().version);
    fmt::print("and again: {}\n", again.error());
    tell("ada takes ulysses", lend(store, book("ulysses"), {"ada", 14}));
    std::move(store).close().value();
}
