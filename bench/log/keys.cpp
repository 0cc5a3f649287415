// What idempotency keys cost: time against appends without, and counts of memory and disk.
#include <optional>
#include <string>

#include "log/areas.hpp"
#include "support/allocations.hpp"
#include "support/contest.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::size_t kKeyBytes = 16;
constexpr std::uint32_t kSyncEvery = 1000;

// The `number`-th key: 16 digits.
std::string key_of(std::uint64_t number) { return padded(number, kKeyBytes); }

class KeyArea {
public:
    explicit KeyArea(const Bench& bench)
        : bench_(bench), events_(bench.scaled(1'000'000, 100'000)) {}

    void time() {
        const std::size_t count = bench_.scaled(10'000, 2'000);
        Store plain = open_loaded("plain");
        Store keyed = open_loaded("keyed");
        std::uint64_t next_plain = 0;
        std::uint64_t next_keyed = 0;
        std::uint64_t next_retry = 0;
        Contest contest(Bench::kRepetitions);
        contest.add("plain", Durability::SyncEachThousandth, [&] {
            return timed(count, [&](std::size_t) { append(plain, next_plain++); });
        });
        contest.add("keyed", Durability::SyncEachThousandth, [&] {
            return timed(count, [&](std::size_t) {
                must_hold(!append_keyed(keyed, next_keyed++), "a new key is new");
            });
        });
        // Behind the turn that wrote them, in every repetition but the first.
        contest.add("retry", Durability::SyncEachThousandth, [&] {
            while (next_keyed < next_retry + count) append_keyed(keyed, next_keyed++);
            return timed(count, [&](std::size_t) {
                must_hold(append_keyed(keyed, next_retry++), "a known key is known");
            });
        });
        contest.run();
        bench_.report.add_cost({.name = "key.append",
                                .what = "a buffered append under a new key of 16 bytes: p50 to one "
                                        "without",
                                .unit = "x without",
                                .here = {{"keyed_p50_ns", contest.percentile("keyed", 0.5)},
                                         {"plain_p50_ns", contest.percentile("plain", 0.5)}}},
                               contest.cost("keyed", "plain"));
        bench_.report.add_cost({.name = "key.retry",
                                .what = "a retry under a known key: p50 to an append without",
                                .unit = "x without",
                                .here = {{"retry_p50_ns", contest.percentile("retry", 0.5)}}},
                               contest.cost("retry", "plain"));
    }

    // Of a key, beyond what its event costs without one.
    void memory_and_disk() {
        const Cost without = load(
            "without_keys", [&](Store& store, std::uint64_t number) { append(store, number); });
        const Cost with = load(
            "with_keys", [&](Store& store, std::uint64_t number) { append_keyed(store, number); });
        add("key.heap", "heap bytes for a key, until its segment is sealed", with.heap_active,
            without.heap_active);
        add("key.heap_sealed", "heap bytes for a key in sealed segments, opened again",
            with.heap_opened, without.heap_opened);
        add("key.index_bytes", "bytes of index files for a key", with.index, without.index);
        add("key.log_bytes", "bytes of the log for a key of 16 bytes", with.log, without.log);
    }

private:
    struct Cost {
        double heap_active = 0;
        double heap_opened = 0;
        double index = 0;
        double log = 0;
    };

    Store open_loaded(const char* name) const {
        const std::string directory = bench_.fresh(name);
        load_store(directory, workload_, events_ / 10);
        return must(Store::open(StoreConfig(directory).with_sync_every_n_events(kSyncEvery)));
    }

    void append(Store& store, std::uint64_t number) const {
        must(store.append_raw(workload_.coordinate(number), workload_.kind(), workload_.payload()));
    }
    // Whether the key was known.
    bool append_keyed(Store& store, std::uint64_t number) const {
        AppendOptions options;
        options.idempotency_key = key_of(number);
        return must(store.append_raw(workload_.coordinate(number), workload_.kind(),
                                     workload_.payload(), options))
            .replayed;
    }

    template <class Append>
    Cost load(const char* name, Append&& append_one) const {
        const std::string directory = bench_.fresh(name);
        const std::int64_t before = Allocations::now().live_bytes;
        Cost cost;
        {
            // One segment for all, so that none is sealed meanwhile.
            Store store = must(Store::open(
                StoreConfig(directory).with_sync_every_n_events(100'000).with_segment_bytes(
                    std::uint64_t{4000} << 20)));
            for (std::uint64_t i = 0; i < events_; ++i) append_one(store, i);
            cost.heap_active = each(Allocations::now().live_bytes - before);
        }
        cost.index = each(static_cast<std::int64_t>(bytes_under(directory + "/index")));
        cost.log = each(static_cast<std::int64_t>(bytes_under(directory + "/segments")));
        Store store = must(Store::open(StoreConfig(directory)));
        append_one(store, events_);  // a key is looked for, so every index is in use
        cost.heap_opened = each(Allocations::now().live_bytes - before);
        return cost;
    }

    double each(std::int64_t total) const {
        return static_cast<double>(total) / static_cast<double>(events_);
    }

    void add(const char* name, const char* what, double with, double without) const {
        bench_.report.add(
            {.name = name, .what = what, .value = with - without, .unit = "B per key"});
    }

    const Bench& bench_;
    const std::size_t events_;
    const Workload workload_{kPayloadBytes};
};

}  // namespace

void measure_keys(const Bench& bench) {
    bench.report.heading("Idempotency keys of 16 bytes, 256-byte payloads");
    KeyArea area(bench);
    area.time();
    area.memory_and_disk();
}

}  // namespace batpak::bench
