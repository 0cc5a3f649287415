// Delivery: what listeners cost who appends, how soon a cursor wakes, what its next event costs.
#include <atomic>
#include <memory>
#include <thread>

#include "base/platform/futex.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/subscription.hpp"
#include "log/areas.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 128;

StoreConfig buffered(const std::string& directory) {
    return StoreConfig(directory).with_sync_every_n_events(1'000'000);
}

class DeliveryArea {
public:
    explicit DeliveryArea(const Bench& bench)
        : bench_(bench), store_(must(Store::open(buffered(bench.fresh("delivery"))))) {}

    void fan_out() {
        const std::size_t count = bench_.scaled(20'000, 2'000);
        Contest contest(Bench::kRepetitions);
        for (const int listeners : {0, 1, 10, 100}) {
            contest.add(std::to_string(listeners), Durability::SetByKnob, [&, listeners] {
                std::vector<Subscription> all;
                for (int i = 0; i < listeners; ++i)
                    all.push_back(must(store_.subscribe_lossy(Region::all())));
                return timed(count, [&](std::size_t) { append(); });
            });
        }
        contest.run();
        for (const char* listeners : {"1", "10", "100"}) {
            bench_.report.add_cost(
                {.name = std::string("delivery.fan_out_") + listeners,
                 .what = std::string("append with subscriptions: ") + listeners + ", p50 to none",
                 .unit = "x none",
                 .here = {{"p50_ns", contest.percentile(listeners, 0.5)}}},
                contest.cost(listeners, "0"));
        }
    }

    // A round trip between two threads: of two futexes, and of an append that a cursor waits for.
    void wake_up() {
        const std::size_t count = bench_.scaled(5'000, 500);
        Contest contest(Bench::kRepetitions);
        contest.add("futex", Durability::SetByKnob, [&] { return futex_round_trips(count); });
        contest.add("cursor", Durability::SetByKnob, [&] { return cursor_round_trips(count); });
        contest.run();
        const double p99 = contest.percentile("cursor", 0.99) / contest.percentile("futex", 0.99);
        bench_.report.add_cost({.name = "delivery.cursor_wake_p50",
                                .what = "append, wake a cursor, be woken: p50 to a futex's",
                                .unit = "x futex",
                                .here = {{"p50_ns", contest.percentile("cursor", 0.5)},
                                         {"futex_p50_ns", contest.percentile("futex", 0.5)},
                                         {"p99_to_futex", p99}}},
                               contest.cost("cursor", "futex"));
    }

    void next() {
        const std::size_t count = bench_.scaled(100'000, 10'000);
        for (std::size_t i = 0; i < count; ++i) append();
        Contest contest(Bench::kRepetitions);
        contest.add("scan", Durability::NothingWritten, [&] {
            EventRange range = store_.query(Region::all());
            return timed(count, [&](std::size_t) { (void)must(*range.next()); });
        });
        contest.add("cursor", Durability::NothingWritten, [&] {
            Cursor cursor = must(store_.cursor_guaranteed(Region::all(), CursorId("next")));
            return timed(count, [&](std::size_t) { (void)must(cursor.poll()); });
        });
        contest.run();
        bench_.report.add_cost({.name = "delivery.cursor_next",
                                .what = "the next event of a cursor to that of a query, p50",
                                .unit = "x scan",
                                .here = {{"p50_ns", contest.percentile("cursor", 0.5)}}},
                               contest.cost("cursor", "scan"));
    }

private:
    using Word = std::atomic<std::uint32_t>;

    void append() { (void)must(store_.append_raw(where_, kind_, payload_)); }

    static void raise(Word& word) {
        word.fetch_add(1);
        futex_wake_all(word);
    }
    static void await(const Word& word, std::uint32_t seen) {
        while (word.load() == seen) futex_wait(word, seen, std::nullopt);
    }

    Turn futex_round_trips(std::size_t count) {
        Word there{0};
        Word back{0};
        std::thread other([&] {
            for (std::uint32_t i = 0; i < count; ++i) {
                await(there, i);
                raise(back);
            }
        });
        Turn turn = timed(count, [&](std::size_t i) {
            raise(there);
            await(back, static_cast<std::uint32_t>(i));
        });
        other.join();
        return turn;
    }

    Turn cursor_round_trips(std::size_t count) {
        Word back{0};
        CursorOptions options;
        options.start = CursorStart::end();
        Cursor cursor = must(store_.cursor_guaranteed(Region::all(), CursorId("wake"), options));
        std::thread other([&] {
            for (std::size_t i = 0; i < count; ++i) {
                (void)must(cursor.wait(std::chrono::steady_clock::time_point::max()));
                (void)must(cursor.poll());
                raise(back);
            }
        });
        Turn turn = timed(count, [&](std::size_t i) {
            append();
            await(back, static_cast<std::uint32_t>(i));
        });
        other.join();
        return turn;
    }

    const Bench& bench_;
    Store store_;
    const Coordinate where_ = must(Coordinate::create("writer", "bench"));
    const EventKind kind_ = EventKind::custom(1, 1);
    const Bytes payload_ = Bytes(kPayloadBytes);
};

}  // namespace

void measure_delivery(const Bench& bench) {
    bench.report.heading("Delivery: subscriptions and cursors");
    DeliveryArea area(bench);
    area.fan_out();
    area.wake_up();
    area.next();
}

}  // namespace batpak::bench
