// A trial on real data: an order that the shop never sees.
#include <fmt/format.h>
#include <batpak/batpak.hpp>

using batpak::Coordinate;
using batpak::Result;
using batpak::Store;
using batpak::StoreConfig;

struct Paid {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
    std::int64_t cents = 0;
};

Result<void> run() {
    // The store of the shop, which stays open, and small segments, so that it has many.
    BATPAK_TRY(Store shop, Store::open(StoreConfig("./shop").with_segment_bytes(4096)));
    BATPAK_TRY(const Coordinate order, Coordinate::create("order:1", "shop"));
    for (int i = 0; i < 100; ++i) BATPAK_CHECK(shop.append(order, Paid{i}));

    BATPAK_TRY(const auto report,
               batpak::restore(StoreConfig("./shop"), "./trial", {.share_files = true}));
    fmt::print("{} events, more than half of the bytes shared: {}\n", report.end.value,
               report.bytes_shared > report.bytes / 2);

    BATPAK_TRY(Store trial, Store::open(StoreConfig("./trial")));
    BATPAK_CHECK(trial.append(order, Paid{-4200}));
    fmt::print("the trial has {} events, the shop {}\n", trial.visible_end().value,
               shop.visible_end().value);
    return {};
}

int main() { run().value(); }
