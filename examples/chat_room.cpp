// Chat room: who is there hears what is said at once; who was away reads what he missed.
//
// The screen listens with subscribe_lossy(): it shows what comes, and if it cannot keep up it is
// told how much it missed. The archive reads with cursor_guaranteed(): every line, once, in order,
// also across a restart, because its position is stored together with what it did.
#include <batpak/batpak.hpp>
#include <batpak/delivery/cursor.hpp>
#include <batpak/delivery/subscription.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

using batpak::BatchBuilder;
using batpak::BatchItem;
using batpak::Coordinate;
using batpak::Cursor;
using batpak::CursorId;
using batpak::EventView;
using batpak::Notification;
using batpak::Region;
using batpak::Result;
using batpak::Store;
using batpak::Subscription;

constexpr int kLinesEach = 20;
constexpr const char* kPeople[] = {"ada", "bob", "eve"};

struct Said {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::string text;
};
struct Archived {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x002);
    std::string line;
};

Region room() { return Region::scope("room:lobby").with_kind<Said>(); }

std::chrono::steady_clock::time_point patience() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(30);
}

Result<void> chat(Store& store, const std::string& who) {
    BATPAK_TRY(const Coordinate where, Coordinate::create("person:" + who, "room:lobby"));
    for (int i = 0; i < kLinesEach; ++i) {
        BATPAK_CHECK(store.append(where, Said{who + " says " + std::to_string(i)}));
    }
    return {};
}

// [live]
// Shows what is said until `lines` lines were said; returns how many were shown.
Result<int> show(Subscription live, int lines) {
    auto texts = std::move(live).map(
        [](const Notification& said) { return said.as<Said>().map(&Said::text).value_or("?"); });
    int shown = 0;
    for (int heard = 0; heard < lines;) {
        BATPAK_TRY(const auto item, texts.next(patience()));
        if (!item) break;
        if (const batpak::Lagged* lag = item->lag()) {
            heard += static_cast<int>(lag->missed);
            fmt::print("  ... {} lines went by too fast\n", lag->missed);
            continue;
        }
        if (shown < 3) fmt::print("  {}\n", **item);
        ++heard;
        ++shown;
    }
    return shown;
}
// [/live]

// [archive]
// Archives at most `max` lines that were not archived yet; returns how many it did.
Result<int> archive(Store& store, int max) {
    BATPAK_TRY(const Coordinate shelf, Coordinate::create("archive", "room:lobby"));
    BATPAK_TRY(Cursor lines, store.cursor_guaranteed(room(), CursorId("archive")));
    int done = 0;
    for (; done < max; ++done) {
        BATPAK_TRY(const std::optional<EventView> event, lines.poll());
        if (!event) break;
        BATPAK_TRY(const Said said, event->as<Said>());
        BatchBuilder batch;
        batch.add(shelf, Archived{said.text});
        const BatchItem position = lines.add_commit_to(batch);
        BATPAK_TRY(const auto receipts, store.append_batch(std::move(batch)));
        lines.committed(receipts[position.index]);
    }
    return done;
}
// [/archive]

Result<bool> first_day(const batpak::StoreConfig& config) {
    BATPAK_TRY(Store store, Store::open(config));
    batpak::SubscriptionOptions options;
    options.payloads = batpak::Payloads::Include;
    BATPAK_TRY(Subscription live, store.subscribe_lossy(room(), options));
    std::vector<std::thread> people;
    for (const char* who : kPeople) {
        people.emplace_back([&store, who] { (void)chat(store, who); });
    }
    fmt::print("the screen:\n");
    const auto shown = show(std::move(live), 3 * kLinesEach);
    for (std::thread& person : people) person.join();
    if (!shown) return batpak::fail(shown.error());
    BATPAK_TRY(const int archived, archive(store, 25));
    fmt::print("shown {}, archived {}; good night\n", *shown, archived);
    BATPAK_CHECK(std::move(store).close());
    return *shown == 3 * kLinesEach && archived == 25;
}

Result<bool> next_day(const batpak::StoreConfig& config) {
    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_TRY(const int archived, archive(store, 1000));
    BATPAK_TRY(const std::uint64_t kept, store.count(Region::entity("archive")));
    // [certificate]
    BATPAK_TRY(Cursor lines, store.cursor_guaranteed(room(), CursorId("archive")));
    const batpak::CursorPosition position = lines.position();
    BATPAK_TRY(const bool complete, store.verify_completeness(room(), position));
    // [/certificate]
    fmt::print("archived {} more, {} in all; complete: {}\n", archived, kept, complete);
    BATPAK_CHECK(std::move(store).close());
    return kept == 3 * kLinesEach && position.matched == kept && complete;
}

}  // namespace

int main() {
    const auto config = batpak::StoreConfig("./batpak-data").with_sync_every_n_events(100);
    const Result<bool> first = first_day(config);
    const Result<bool> next = first ? next_day(config) : first;
    if (!next) fmt::print(stderr, "chat_room: {}\n", next.error());
    return next && *next && *first ? EXIT_SUCCESS : EXIT_FAILURE;
}
