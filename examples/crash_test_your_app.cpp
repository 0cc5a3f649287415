// Crash-test your app: cut the power at every single I/O call of your own code.
//
// The shop below does what many programs with an event store do: it stores an order and confirms it
// to the customer; it ships what was ordered, behind a cursor of its own; and it keeps books, as a
// snapshot in a file. Each of the three has an order of steps that looks as good as the right one
// and is wrong. The test runs the shop once for each moment at which the power may go, restarts it
// on what the disk may look like then, and finds all three. The correct shop survives.
#include <batpak/batpak.hpp>
#include <batpak/testing/scenario.hpp>

#include <array>
#include <charconv>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

namespace {

using batpak::Coordinate;
using batpak::Directory;
using batpak::Environment;
using batpak::Result;
using batpak::Sequence;
using batpak::Store;

// ---- the application: nothing in it knows of tests but that its environment is a parameter

enum class Bug : std::uint8_t {
    None,
    EffectBeforeAppend,      // confirms an order that is not stored yet
    CursorBeforeEffect,      // calls an order shipped, and then ships it
    SnapshotWithoutVersion,  // does not say how many orders the books count
};

struct OrderPlaced {
    static constexpr auto kind = batpak::EventKind::custom(0x3, 0x001);
    int number = 0;
    std::uint64_t cents = 0;
};

// The world outside the machine: no crash takes back what it has seen.
struct Outside {
    std::map<int, std::uint64_t> confirmed;  // the customers' orders, and what they cost
    std::set<int> shipped;  // twice is once: the carrier knows the number of each parcel
};

// Two numbers in a file, replaced as a whole, durably.
struct Note {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};

Result<void> save(Directory& directory, const std::string& name, const Note& note) {
    const std::string text = fmt::format("{:020} {:020}", note.first, note.second);
    (void)directory.remove(name + ".tmp");  // a crash may have left it
    BATPAK_TRY(const auto file, directory.open_file(name + ".tmp", batpak::OpenMode::CreateNew));
    BATPAK_CHECK(file->write_at(0, batpak::as_bytes(text)));
    BATPAK_CHECK(file->sync(batpak::SyncMode::All));
    BATPAK_CHECK(directory.rename(name + ".tmp", name));
    return directory.sync();
}

Result<Note> load(Directory& directory, const std::string& name) {
    const auto file = directory.open_file(name, batpak::OpenMode::ReadOnly);
    if (!file && file.error().code() == batpak::ErrorCode::FileNotFound) return Note{};
    if (!file) return batpak::fail(file.error());
    std::array<char, 41> text{};
    BATPAK_CHECK((*file)->read_at(0, std::as_writable_bytes(std::span(text))));
    Note note;
    std::from_chars(text.data(), text.data() + 20, note.first);
    std::from_chars(text.data() + 21, text.data() + 41, note.second);
    return note;
}

class Shop {
public:
    static Result<Shop> open(const Environment& machine, Bug bug) {
        const auto config = batpak::StoreConfig("shop/store").with_environment(machine);
        BATPAK_TRY(Store store, Store::open(config));
        BATPAK_TRY(auto directory, machine.files->open_directory("shop", true));
        BATPAK_TRY(const Coordinate orders, Coordinate::create("orders", "shop"));
        Shop shop(std::move(store), std::move(directory), orders, bug);
        BATPAK_TRY(const Note cursor, load(*shop.directory_, "cursor"));
        BATPAK_TRY(const Note books, load(*shop.directory_, "books"));
        shop.shipped_end_ = Sequence(cursor.first);
        shop.total_cents_ = books.first;
        // Whoever does not say what he has counted is believed to have counted what was shipped.
        const bool has_version = bug != Bug::SnapshotWithoutVersion;
        shop.counted_end_ = has_version ? Sequence(books.second) : shop.shipped_end_;
        return shop;
    }

    // The customer may send it again until it is confirmed: its number is the idempotency key.
    Result<void> place(const OrderPlaced& order, Outside& outside) {
        if (bug_ == Bug::EffectBeforeAppend) outside.confirmed[order.number] = order.cents;
        const std::string key = fmt::format("order {}", order.number);
        BATPAK_CHECK(store_.append(orders_, order, {.idempotency_key = key}));
        outside.confirmed[order.number] = order.cents;
        return {};
    }

    Result<void> ship(Outside& outside) {
        for (const auto& event : store_.query(batpak::Region::all(), {.from = shipped_end_})) {
            if (!event) return batpak::fail(event.error());
            BATPAK_TRY(const OrderPlaced order, event->as<OrderPlaced>());
            shipped_end_ = Sequence(event->sequence().value + 1);
            const Note cursor{shipped_end_.value, 0};
            if (bug_ == Bug::CursorBeforeEffect) BATPAK_CHECK(save(*directory_, "cursor", cursor));
            outside.shipped.insert(order.number);
            if (bug_ != Bug::CursorBeforeEffect) BATPAK_CHECK(save(*directory_, "cursor", cursor));
        }
        return {};
    }

    Result<void> keep_books() {
        for (const auto& event : store_.query(batpak::Region::all(), {.from = counted_end_})) {
            if (!event) return batpak::fail(event.error());
            BATPAK_TRY(const OrderPlaced order, event->as<OrderPlaced>());
            total_cents_ += order.cents;
            counted_end_ = Sequence(event->sequence().value + 1);
        }
        return save(*directory_, "books", {total_cents_, counted_end_.value});
    }

    Result<std::vector<OrderPlaced>> orders() const {
        BATPAK_TRY(const auto events, store_.stream(orders_.entity()).collect<OrderPlaced>());
        std::vector<OrderPlaced> orders;
        for (const auto& event : events) orders.push_back(event.payload());
        return orders;
    }
    std::uint64_t total_cents() const { return total_cents_; }

private:
    Shop(Store store, std::unique_ptr<Directory> directory, Coordinate orders, Bug bug)
        : store_(std::move(store)),
          directory_(std::move(directory)),
          orders_(std::move(orders)),
          bug_(bug) {}

    Store store_;
    std::unique_ptr<Directory> directory_;
    Coordinate orders_;
    Bug bug_;
    Sequence shipped_end_;  // the cursor
    Sequence counted_end_;  // the version of the books
    std::uint64_t total_cents_ = 0;
};

// ---- its crash test

// A day of business, and also what a restarted shop does: customers send what was not confirmed.
Result<void> do_business(const Environment& machine, Outside& outside, Bug bug) {
    BATPAK_TRY(Shop shop, Shop::open(machine, bug));
    for (int number = 1; number <= 3; ++number) {
        if (!outside.confirmed.contains(number)) {
            BATPAK_CHECK(shop.place({number, 1000U + static_cast<unsigned>(number)}, outside));
        }
        BATPAK_CHECK(shop.ship(outside));
        BATPAK_CHECK(shop.keep_books());
    }
    return {};
}

// What must be true whenever the power went: empty, or what is not.
Result<std::string> check(const Environment& machine, const Outside& outside, Bug bug) {
    BATPAK_TRY(const Shop shop, Shop::open(machine, bug));
    BATPAK_TRY(const std::vector<OrderPlaced> orders, shop.orders());
    std::map<int, std::uint64_t> on_file;
    std::uint64_t total = 0;
    for (const OrderPlaced& order : orders) {
        if (!on_file.emplace(order.number, order.cents).second)
            return fmt::format("order {} is on file twice", order.number);
        if (!outside.shipped.contains(order.number))
            return fmt::format("order {} was never shipped", order.number);
        total += order.cents;
    }
    for (const auto& [number, cents] : outside.confirmed) {
        if (!on_file.contains(number))
            return fmt::format("order {} was confirmed and is not on file", number);
    }
    if (shop.total_cents() != total)
        return fmt::format("the books say {} and the orders {}", shop.total_cents(), total);
    return "";
}

// [crash_test]
batpak::testing::CrashReport crash_test(Bug bug) {
    return batpak::testing::scenario(Outside{},
                                     [bug](const Environment& machine, Outside& outside) {
                                         return do_business(machine, outside, bug);
                                     })
        .crash_at(batpak::testing::any_io)
        .then([bug](const Environment& machine, const Outside& outside) {
            return check(machine, outside, bug);
        });
}
// [/crash_test]

}  // namespace

int main() {
    bool all_as_expected = true;
    const auto expect = [&](const char* name, Bug bug) {
        const auto report = crash_test(bug);
        fmt::print("{}: {}\n", name, report.to_string());
        if (report.ok() != (bug == Bug::None)) all_as_expected = false;
    };
    expect("effect before append", Bug::EffectBeforeAppend);
    expect("cursor before effect", Bug::CursorBeforeEffect);
    expect("snapshot without version", Bug::SnapshotWithoutVersion);
    expect("correct", Bug::None);
    return all_as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
