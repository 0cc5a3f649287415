// Live: a subscription that shows what comes, and a second reader that follows the files.
#include <batpak/batpak.hpp>

#include <chrono>

using batpak::Coordinate;
using batpak::Region;
using batpak::Result;
using batpak::Sequence;
using batpak::Store;
using batpak::StoreConfig;

struct Measured {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    double celsius = 0;
};

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
}

// Shows all that has come, until nothing comes for a moment.
Result<void> show(batpak::Subscription& live) {
    for (;;) {
        BATPAK_TRY(const auto item, live.next(soon()));
        if (!item) return {};
        if (const batpak::Lagged* lag = item->lag()) {
            fmt::print("  {} missed; they are in the store from {} on\n", lag->missed,
                       lag->resume_at);
        } else {
            BATPAK_TRY(const Measured measured, (**item).as<Measured>());
            fmt::print("  {} is {}\n", (*item)->sequence(), measured.celsius);
        }
    }
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(StoreConfig("./weather")));
    BATPAK_TRY(const Coordinate roof, Coordinate::create("station:1", "roof"));
    batpak::SubscriptionOptions options;
    options.capacity = 3;
    options.payloads = batpak::Payloads::Include;
    BATPAK_TRY(batpak::Subscription live, store.subscribe_lossy(Region::scope("roof"), options));

    // As another process would: it takes no lock, and sees what is there when it looks.
    BATPAK_TRY(auto reader, batpak::ReadOnlyStore::open(StoreConfig("./weather")));
    const Sequence seen = reader.visible_end();

    fmt::print("two events fit the queue:\n");
    for (int i = 0; i < 2; ++i) BATPAK_CHECK(store.append(roof, Measured{17.0 + i}));
    BATPAK_CHECK(show(live));
    fmt::print("six do not:\n");
    for (int i = 0; i < 6; ++i) BATPAK_CHECK(store.append(roof, Measured{20.0 + i}));
    BATPAK_CHECK(show(live));

    BATPAK_TRY(const Sequence end, reader.refresh());
    BATPAK_TRY(const auto news, reader.query(Region::all().from(seen)).collect());
    fmt::print("the other process saw {} events, and after a refresh {}: {} new\n", seen, end,
               news.size());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
