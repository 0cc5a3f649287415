// Durable appends: one sync for each, or for all who wait at the same time.
//
// Each is set against the least that can keep the same promise: the same frames, written into a
// file that was filled beforehand, and one fdatasync for each, or for each group.
#include "log/areas.hpp"
#include "support/frame_maker.hpp"
#include "support/group_commit.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"
#include "support/threads.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::uint64_t kLoaded = 12'000;
constexpr std::size_t kTickets = 32;
// Of each thread in a round: enough that groups form.
constexpr std::size_t kThreadOperations = 10;

class DurableArea {
public:
    explicit DurableArea(const Bench& bench) : bench_(bench) {}

    void one_thread() {
        Store store = open("durable-one");
        RawLog raw = raw_log();
        std::size_t frame = 0;
        Contest contest(Bench::kRepetitions, bench_.synced_operations());
        contest.add("batpak", Durability::SyncEachOperation,
                    [&] { return timed(1, [&](std::size_t) { append(store, next_++); }); });
        contest.add("raw", Durability::SyncEachOperation, [&] {
            const BytesView bytes = frames_.at(frame++ % frames_.count());
            raw.make_room(bytes.size());
            return timed(1, [&](std::size_t) {
                raw.write(bytes);
                raw.sync();
            });
        });
        const StoreStats before = store.stats();
        contest.run();
        const StoreStats after = store.stats();
        const auto appends = static_cast<double>(after.events - before.events);

        bench_.report.add_cost({.name = "durable.one_thread",
                                .what = "one thread, p50 of an append to write + fdatasync",
                                .unit = "x raw",
                                .here = {{"batpak_p50_ns", contest.percentile("batpak", 0.5)},
                                         {"batpak_p99_ns", contest.percentile("batpak", 0.99)},
                                         {"batpak_p999_ns", contest.percentile("batpak", 0.999)},
                                         {"raw_p50_ns", contest.percentile("raw", 0.5)},
                                         {"raw_p99_ns", contest.percentile("raw", 0.99)}}},
                               contest.cost("batpak", "raw"));
        bench_.report.add({.name = "durable.syncs_per_append",
                           .what = "syncs for each of these appends",
                           .value = static_cast<double>(after.syncs - before.syncs) / appends,
                           .unit = "per append"});
        bench_.report.add({.name = "durable.writes_per_append",
                           .what = "writes for each of these appends",
                           .value = static_cast<double>(after.writes - before.writes) / appends,
                           .unit = "per append"});
    }

    void blocking_threads(unsigned threads) {
        const std::size_t count = kThreadOperations;
        const std::size_t rounds = bench_.synced_operations() / count;
        Store store = open("durable-threads");
        RawLog raw = raw_log();
        GroupCommit group(raw);
        Contest contest(Bench::kRepetitions, rounds);
        contest.add("batpak", Durability::SyncEachOperation, [&] {
            const std::uint64_t begin = next_;
            next_ += threads * count;
            return on_threads(threads, count, [&](unsigned thread, std::size_t i) {
                append(store, begin + thread * count + i);
            });
        });
        contest.add("raw+gc", Durability::SyncEachOperation, [&] {
            raw.make_room(threads * count * frames_.at(0).size() * 2);
            return on_threads(threads, count, [&](unsigned thread, std::size_t i) {
                group.append(frames_.at((thread * count + i) % frames_.count()));
            });
        });
        contest.run();
        // Every repetition, and the one that warmed up.
        const double raw_events =
            (Bench::kRepetitions + 1.0) * threads * static_cast<double>(count * rounds);
        const std::string name = "durable.threads_" + std::to_string(threads);
        bench_.report.add_cost(
            {.name = name,
             .what = std::to_string(threads) + " threads that block: rate to raw group commit",
             .unit = "x raw+gc",
             .better = Better::Higher,
             .here = {{"batpak_per_s", contest.rate_here("batpak")},
                      {"raw_gc_per_s", contest.rate_here("raw+gc")},
                      {"batpak_p99_ns", contest.percentile("batpak", 0.99)},
                      {"raw_gc_p99_ns", contest.percentile("raw+gc", 0.99)},
                      {"raw_gc_syncs", static_cast<double>(group.syncs()) / raw_events}}},
            contest.rate("batpak", "raw+gc"));
        const StoreStats stats = store.stats();
        bench_.report.add({.name = name + ".syncs",
                           .what = "syncs for an event",
                           .value = syncs_per_event(stats),
                           .unit = "per event"});
    }

    void tickets() {
        Store store = open("durable-tickets");
        RawLog raw = raw_log();
        std::size_t group = 0;
        Contest contest(Bench::kRepetitions, bench_.synced_operations());
        contest.add("batpak", Durability::SyncEachOperation,
                    [&] { return timed(1, [&](std::size_t) { append_group(store); }); });
        contest.add("raw", Durability::SyncEachOperation, [&] {
            const std::size_t first = group++ * kTickets % (frames_.count() - kTickets);
            const BytesView bytes = frames_.range(first, kTickets);
            raw.make_room(bytes.size());
            return timed(1, [&](std::size_t) {
                raw.write(bytes);
                raw.sync();
            });
        });
        contest.run();
        bench_.report.add_cost(
            {.name = "durable.tickets_32",
             .what = "one thread, 32 tickets in flight: rate to 32 frames a write + fdatasync",
             .unit = "x raw",
             .better = Better::Higher,
             .here = {{"batpak_per_s", kTickets * contest.rate_here("batpak")},
                      {"raw_per_s", kTickets * contest.rate_here("raw")}}},
            contest.rate("batpak", "raw"));
        const StoreStats stats = store.stats();
        bench_.report.add({.name = "durable.tickets_32.syncs",
                           .what = "syncs for an event",
                           .value = syncs_per_event(stats),
                           .unit = "per event"});
    }

private:
    static double syncs_per_event(const StoreStats& stats) {
        return static_cast<double>(stats.syncs) / static_cast<double>(stats.events - kLoaded);
    }
    // Large enough that space is reserved in the largest steps, as in every store but a new one.
    Store open(const char* name) const {
        const std::string directory = bench_.fresh(name);
        load_store(directory, workload_, kLoaded);
        return must(Store::open(StoreConfig(directory)));
    }
    // Room for more than any turn writes.
    RawLog raw_log() const { return RawLog(bench_.directory + "/raw", 10U << 20); }

    void append(Store& store, std::uint64_t number) const {
        const AppendReceipt receipt = must(
            store.append_raw(workload_.coordinate(number), workload_.kind(), workload_.payload()));
        if (receipt.durability != batpak::Durability::Durable) give_up("an append is not durable");
    }

    void append_group(Store& store) {
        std::vector<Ticket> tickets;
        tickets.reserve(kTickets);
        for (std::size_t i = 0; i < kTickets; ++i) {
            tickets.push_back(must(store.submit_raw(workload_.coordinate(next_++), workload_.kind(),
                                                    workload_.payload(), {})));
        }
        for (Ticket& ticket : tickets) must(ticket.wait());
    }

    const Bench& bench_;
    const Workload workload_{kPayloadBytes};
    const Frames frames_ = make_frames(workload_, 1000);
    std::uint64_t next_ = 0;
};

}  // namespace

void measure_durable(const Bench& bench) {
    bench.report.heading(
        "Durable appends, 256-byte payloads, against a file (lower x raw, higher rate)");
    DurableArea area(bench);
    area.one_thread();
    for (const unsigned threads : {2U, 8U, 32U}) area.blocking_threads(threads);
    area.tickets();
}

}  // namespace batpak::bench
