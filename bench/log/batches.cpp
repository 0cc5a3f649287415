// Durable batches, and appends under conditions.
//
//     raw            the same frames, encoded beforehand: one write(2) and one fdatasync for a
//     batch unconditional  the same appends by the same number of threads, without a condition
#include "log/areas.hpp"
#include "support/frame_maker.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"
#include "support/threads.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::size_t kItemsMax = 1000;
constexpr std::uint64_t kLoaded = 12'000;
constexpr std::size_t kThreadOperations = 10;

class BatchArea {
public:
    explicit BatchArea(const Bench& bench) : bench_(bench) {}

    void batches_of(std::size_t items) {
        Store store = open("batches");
        RawLog raw(bench_.directory + "/raw", 10U << 20);
        std::size_t frame = 0;
        Contest contest(Bench::kRepetitions, bench_.synced_operations());
        contest.add("batpak", Durability::SyncEachOperation,
                    [&] { return timed(1, [&](std::size_t) { append(store, items); }); });
        contest.add("raw", Durability::SyncEachOperation, [&] {
            const std::size_t first = frame;
            frame = (frame + items) % (frames_.count() - kItemsMax);
            const BytesView bytes = frames_.range(first, items);
            raw.make_room(bytes.size());
            return timed(1, [&](std::size_t) {
                raw.write(bytes);
                raw.sync();
            });
        });
        const StoreStats before = store.stats();
        contest.run();
        const StoreStats after = store.stats();
        const double batches =
            static_cast<double>(after.events - before.events) / static_cast<double>(items);
        const auto events = static_cast<double>(items);
        const std::string name = "batch.of_" + std::to_string(items);
        bench_.report.add_cost(
            {.name = name,
             .what = "a durable batch of " + std::to_string(items) + ": p50 to write + fdatasync",
             .unit = "x raw",
             .here = {{"batpak_events_per_s", events * contest.rate_here("batpak")},
                      {"raw_events_per_s", events * contest.rate_here("raw")},
                      {"batpak_p50_ns", contest.percentile("batpak", 0.5)},
                      {"batpak_p99_ns", contest.percentile("batpak", 0.99)}}},
            contest.cost("batpak", "raw"));
        bench_.report.add({.name = name + ".syncs",
                           .what = "syncs for a batch",
                           .value = static_cast<double>(after.syncs - before.syncs) / batches,
                           .unit = "per batch"});
    }

    // Each thread writes to streams of its own, under the condition that nobody else did since.
    void conditional(unsigned threads) {
        Store plain = open("unconditional");
        Store checked = open("conditional");
        const std::size_t rounds = bench_.synced_operations() / kThreadOperations;
        // One past what each thread has seen.
        std::vector<Sequence> seen_end(threads, Sequence(kLoaded));
        Contest contest(Bench::kRepetitions, rounds);
        contest.add("unconditional", Durability::SyncEachOperation, [&] {
            return on_threads(threads, kThreadOperations, [&](unsigned thread, std::size_t) {
                must(plain.append_raw(workload_.of_rank(thread), workload_.kind(),
                                      workload_.payload()));
            });
        });
        contest.add("conditional", Durability::SyncEachOperation, [&] {
            return on_threads(threads, kThreadOperations, [&](unsigned thread, std::size_t) {
                const Coordinate& own = workload_.of_rank(thread);
                AppendOptions options;
                options.condition = {Region::entity(own.entity()), seen_end[thread]};
                seen_end[thread] =
                    must(checked.append_raw(own, workload_.kind(), workload_.payload(), options))
                        .sequence.next();
            });
        });
        contest.run();
        bench_.report.add_cost(
            {.name = "condition.threads_" + std::to_string(threads),
             .what = std::to_string(threads) + " threads, each append under a condition over its "
                                               "stream: rate to appends without",
             .unit = "x unconditional",
             .better = Better::Higher,
             .here = {{"conditional_per_s", contest.rate_here("conditional")},
                      {"unconditional_per_s", contest.rate_here("unconditional")},
                      {"conditional_p99_ns", contest.percentile("conditional", 0.99)}}},
            contest.rate("conditional", "unconditional"));
    }

    // What a condition costs by itself: buffered, over the most frequent stream of the log.
    void condition_cost() {
        const std::size_t count = bench_.scaled(10'000, 2'000);
        const auto open_buffered = [&](const char* name) {
            const std::string directory = bench_.fresh(name);
            load_store(directory, workload_, kLoaded);
            return must(Store::open(StoreConfig(directory).with_sync_every_n_events(1000)));
        };
        Store plain = open_buffered("plain");
        Store checked = open_buffered("checked");
        Sequence seen_end(kLoaded);
        Contest contest(Bench::kRepetitions);
        contest.add("unconditional", Durability::SyncEachThousandth, [&] {
            return timed(count, [&](std::size_t) {
                must(plain.append_raw(workload_.of_rank(0), workload_.kind(), workload_.payload()));
            });
        });
        contest.add("conditional", Durability::SyncEachThousandth, [&] {
            return timed(count, [&](std::size_t) {
                const Coordinate& own = workload_.of_rank(0);
                AppendOptions options;
                options.condition = {Region::entity(own.entity()), seen_end};
                seen_end =
                    must(checked.append_raw(own, workload_.kind(), workload_.payload(), options))
                        .sequence.next();
            });
        });
        contest.run();
        bench_.report.add_cost(
            {.name = "condition.buffered",
             .what = "a buffered append under such a condition: p50 to one without",
             .unit = "x unconditional",
             .here = {{"conditional_p50_ns", contest.percentile("conditional", 0.5)},
                      {"unconditional_p50_ns", contest.percentile("unconditional", 0.5)}}},
            contest.cost("conditional", "unconditional"));
    }

private:
    Store open(const char* name) const {
        const std::string directory = bench_.fresh(name);
        load_store(directory, workload_, kLoaded);
        return must(Store::open(StoreConfig(directory).with_batch_items_max(kItemsMax)));
    }

    void append(Store& store, std::size_t items) {
        BatchBuilder batch;
        for (std::size_t i = 0; i < items; ++i)
            batch.add(workload_.coordinate(next_++), workload_.kind(), payload_);
        const auto receipts = must(store.append_batch(std::move(batch)));
        if (receipts.back().durability != batpak::Durability::Durable)
            give_up("a batch is not durable");
    }

    const Bench& bench_;
    const Workload workload_{kPayloadBytes};
    const Bytes payload_{workload_.payload().begin(), workload_.payload().end()};
    const Frames frames_ = make_frames(workload_, 4 * kItemsMax);
    std::uint64_t next_ = 0;
};

}  // namespace

void measure_batches(const Bench& bench) {
    bench.report.heading("Durable batches and conditions, 256-byte payloads");
    BatchArea area(bench);
    for (const std::size_t items : {1U, 10U, 100U, 1000U}) area.batches_of(items);
    for (const unsigned threads : {1U, 8U, 32U}) area.conditional(threads);
    area.condition_cost();
}

}  // namespace batpak::bench
