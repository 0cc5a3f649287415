// Delivery: cursors and subscriptions of a store in memory.
#include <optional>

#include "batpak/delivery/cursor.hpp"
#include "batpak/delivery/subscription.hpp"
#include "micro/fixture.hpp"

namespace batpak::bench::micro {
namespace {

constexpr std::int64_t kDelivered = 10'000;
constexpr std::int64_t kAppends = 2'000;

// The next event of a cursor that goes round and round.
void next(benchmark::State& state) {
    static Loaded loaded(kDelivered);  // no commit changes it
    Cursor cursor = must(loaded.store().cursor_guaranteed(Region::all(), CursorId("next")));
    std::uint64_t expected = 0;
    measure(state, {.yields = 1}, [&] {
        std::optional<EventView> event = must(cursor.poll());
        if (!event) {
            cursor.rewind();
            expected = 0;
            event = must(cursor.poll());
        }
        return event->sequence() == Sequence(expected++);
    });
}

// So many events, and the commit that says that they are done; once through the store.
void next_and_commit(benchmark::State& state) {
    const auto events = static_cast<std::uint64_t>(state.range(0));
    Loaded loaded(kDelivered);
    Cursor cursor = must(loaded.store().cursor_guaranteed(Region::all(), CursorId("billing")));
    measure(state, {.items = events, .yields = events}, [&] {
        std::uint64_t delivered = 0;
        while (delivered < events && must(cursor.poll()).has_value()) ++delivered;
        must(cursor.commit());
        return delivered;
    });
    const auto done = static_cast<std::uint64_t>(state.iterations()) * events;
    must_hold(cursor.committed_position().next == Sequence(done), "the commits say so");
}

// An append, and all that hear of it. An item is one notification, taken.
void fan_out(benchmark::State& state) {
    const auto listeners = static_cast<std::uint64_t>(state.range(0));
    Store store = must(Store::open(in_memory()));
    const Workload& workload = workload_of(Loaded::kPayloadBytes);
    std::vector<Subscription> all;
    for (std::uint64_t i = 0; i < listeners; ++i)
        all.push_back(must(store.subscribe_lossy(Region::all())));
    std::uint64_t number = 0;
    measure(state, {.items = listeners, .yields = listeners}, [&] {
        const auto receipt = must(
            store.append_raw(workload.coordinate(number++), workload.kind(), workload.payload()));
        std::uint64_t told = 0;
        for (Subscription& subscription : all) {
            const auto heard = must(subscription.try_next());
            if (heard && !heard->lag() && (*heard)->sequence() == receipt.sequence) ++told;
        }
        return told;
    });
}

BENCHMARK(next)->Name("delivery/next");
BENCHMARK(next_and_commit)->Name("delivery/next_and_commit")->Arg(1)->Iterations(kDelivered);
BENCHMARK(next_and_commit)
    ->Name("delivery/next_and_commit")
    ->Arg(100)
    ->Iterations(kDelivered / 100);
BENCHMARK(fan_out)->Name("delivery/fan_out")->Arg(1)->Arg(10)->Arg(100)->Iterations(kAppends);

}  // namespace
}  // namespace batpak::bench::micro
