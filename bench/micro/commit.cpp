// Commit: what an append takes beside the disk: a store whose files are memory, which grows. Each
// run appends the same number of events to a fresh store, so that all meet the same log. Bytes are
// a payload's; all but `append` have 256.
#include <algorithm>

#include "micro/fixture.hpp"

namespace batpak::bench::micro {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::int64_t kEvents = 10'000;

// A fresh store, and who appends to it.
class Appender {
public:
    explicit Appender(std::size_t payload_bytes) : workload_(workload_of(payload_bytes)) {}

    Store& store() noexcept { return store_; }
    const Workload& workload() const noexcept { return workload_; }
    const Coordinate& where() const noexcept { return workload_.coordinate(next_); }

    // Whether it became the next event.
    bool append(const AppendOptions& options) {
        const auto receipt =
            must(store_.append_raw(where(), workload_.kind(), workload_.payload(), options));
        return took(receipt);
    }
    bool took(const AppendReceipt& receipt) noexcept {
        return receipt.sequence == Sequence(next_++) && !receipt.replayed;
    }

    void check() const {
        must_hold(must(store_.count(Region::all())) == next_, "the store has each event once");
        const HeldEvent last = must(store_.find(Sequence(next_ - 1)));
        must_hold(std::ranges::equal(last->payload, workload_.payload()), "as it was given");
    }

private:
    const Workload& workload_;
    Store store_ = must(Store::open(in_memory()));
    std::uint64_t next_ = 0;
};

void append(benchmark::State& state) {
    Appender appender(static_cast<std::size_t>(state.range(0)));
    measure(state, {.yields = 1}, [&] { return appender.append({}); });
    appender.check();
}

// The condition is checked: nothing has come into a scope since the last event.
void append_conditional(benchmark::State& state) {
    Appender appender(kPayloadBytes);
    const std::string mine(appender.where().scope());
    AppendOptions options;
    options.condition.emplace().none_match = Region::scope(mine);
    (void)appender.append({});
    const auto refused = appender.store().append_raw(appender.where(), appender.workload().kind(),
                                                     appender.workload().payload(), options);
    must_hold(!refused && refused.error().code() == ErrorCode::ConditionConflict,
              "the condition is checked");
    measure(state, {.yields = 1}, [&] {
        options.condition->seen_end = appender.store().visible_end();
        return appender.append(options);
    });
    appender.check();
}

// Each with a key that is new.
void append_keyed(benchmark::State& state) {
    Appender appender(kPayloadBytes);
    AppendOptions options;
    std::uint64_t key = 0;
    measure(state, {.yields = 1}, [&] {
        options.idempotency_key = std::to_string(key++);
        return appender.append(options);
    });
    appender.check();
    const auto again = must(appender.store().append_raw(appender.workload().coordinate(key - 1),
                                                        appender.workload().kind(),
                                                        appender.workload().payload(), options));
    must_hold(again.replayed, "the last key is known");
}

void batch(benchmark::State& state) {
    const auto items = static_cast<std::uint64_t>(state.range(0));
    Appender appender(kPayloadBytes);
    const Workload& workload = appender.workload();
    std::uint64_t next = 0;
    measure(state, {.items = items, .yields = items}, [&] {
        BatchBuilder builder;
        for (std::uint64_t i = 0; i < items; ++i)
            builder.add(workload.coordinate(next++), workload.kind(), workload.payload());
        std::uint64_t taken = 0;
        for (const auto& receipt : must(appender.store().append_batch(std::move(builder))))
            if (appender.took(receipt)) ++taken;
        return taken;
    });
    appender.check();
}

// Tickets of one thread: submitted one by one, committed together.
void submit(benchmark::State& state) {
    const auto items = static_cast<std::uint64_t>(state.range(0));
    Appender appender(kPayloadBytes);
    const Workload& workload = appender.workload();
    std::vector<Ticket> tickets;
    tickets.reserve(items);
    std::uint64_t next = 0;
    measure(state, {.items = items, .yields = items}, [&] {
        for (std::uint64_t i = 0; i < items; ++i) {
            tickets.push_back(must(appender.store().submit_raw(
                workload.coordinate(next++), workload.kind(), workload.payload(), {})));
        }
        std::uint64_t taken = 0;
        for (Ticket& ticket : tickets)
            if (appender.took(must(ticket.wait()))) ++taken;
        tickets.clear();
        return taken;
    });
    appender.check();
}

BENCHMARK(append)->Name("commit/append")->Arg(64)->Arg(256)->Arg(1024)->Iterations(kEvents);
BENCHMARK(append_conditional)->Name("commit/append_conditional")->Iterations(kEvents);
BENCHMARK(append_keyed)->Name("commit/append_keyed")->Iterations(kEvents);
BENCHMARK(batch)->Name("commit/batch")->Arg(1)->Iterations(kEvents);
BENCHMARK(batch)->Name("commit/batch")->Arg(100)->Iterations(kEvents / 100);
BENCHMARK(submit)->Name("commit/submit")->Arg(32)->Iterations(kEvents / 32);

}  // namespace
}  // namespace batpak::bench::micro
