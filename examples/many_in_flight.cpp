// Many in flight: one thread, many durable appends, few syncs.
//
// A durable append waits for the disk. submit() does not: it returns a ticket, and the first wait()
// commits everything that was submitted with one write and one sync. Every acknowledgement still
// means that its event is on stable storage.
#include <batpak/batpak.hpp>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace {

using batpak::AppendReceipt;
using batpak::Coordinate;
using batpak::Durability;
using batpak::Result;
using batpak::Store;
using batpak::Ticket;

constexpr int kEvents = 320;
constexpr int kInFlight = 32;

struct Measured {
    static constexpr auto kind = batpak::EventKind::custom(0x2, 0x001);
    int number = 0;
    double celsius = 0;
};

Result<void> append_one_by_one(Store& store, const Coordinate& sensor) {
    for (int i = 0; i < kEvents; ++i) BATPAK_CHECK(store.append(sensor, Measured{i, 20.5}));
    return {};
}

Result<void> append_in_flight(Store& store, const Coordinate& sensor) {
    std::vector<Ticket> tickets;
    for (int i = 0; i < kEvents; ++i) {
        BATPAK_TRY(Ticket ticket, store.submit(sensor, Measured{i, 20.5}));
        tickets.push_back(std::move(ticket));
        if (tickets.size() < kInFlight) continue;
        for (Ticket& waiting : tickets) {
            BATPAK_TRY(const AppendReceipt receipt, waiting.wait());
            BATPAK_ASSERT(receipt.durability == Durability::Durable);
        }
        tickets.clear();
    }
    return {};  // What is left in `tickets` waits where it is destroyed.
}

template <class Append>
Result<std::uint64_t> count_syncs(Store& store, const char* title, Append append) {
    const std::uint64_t before = store.stats().syncs;
    const auto begin = std::chrono::steady_clock::now();
    BATPAK_CHECK(append());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    const std::uint64_t syncs = store.stats().syncs - before;
    fmt::print("{}: {} durable events, {} syncs, {:.0f} ms\n", title, kEvents, syncs, took.count());
    return syncs;
}

Result<bool> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./batpak-data")));
    BATPAK_TRY(const Coordinate sensor, Coordinate::create("sensor:1", "roof"));
    BATPAK_TRY(const std::uint64_t many, count_syncs(store, "one by one  ", [&] {
                   return append_one_by_one(store, sensor);
               }));
    BATPAK_TRY(const std::uint64_t few,
               count_syncs(store, "32 in flight", [&] { return append_in_flight(store, sensor); }));
    BATPAK_CHECK(std::move(store).close());
    return few * 2 <= many;
}

}  // namespace

int main() {
    const Result<bool> fewer = run();
    if (!fewer) fmt::print(stderr, "many_in_flight: {}\n", fewer.error());
    return fewer && *fewer ? EXIT_SUCCESS : EXIT_FAILURE;
}
