// What the settings of StoreConfig change: docs/TUNING.md quotes these rows.
//
// Here stores with different promises are set against each other on purpose, each called by its
// setting: that is what the setting buys. Every contender is measured against the default.
#include "log/areas.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;

struct Knob {
    std::string name;
    std::string what;
    StoreConfig (*set)(const StoreConfig& config);
    std::size_t appends;  // of a turn
};

// The rate of appends under each setting, to that under `base`.
void compare(const Bench& bench, const Knob& base, const std::vector<Knob>& knobs,
             std::size_t rounds) {
    const Workload workload(kPayloadBytes);
    struct Contender {
        Store store;
        std::uint64_t next = 0;
    };
    std::vector<Contender> contenders;
    std::vector<Knob> all = {base};
    all.insert(all.end(), knobs.begin(), knobs.end());
    for (const Knob& knob : all) {
        const StoreConfig config(bench.fresh("knob-" + knob.name));
        contenders.push_back({must(Store::open(knob.set(config)))});
    }
    Contest contest(Bench::kRepetitions, rounds);
    for (std::size_t i = 0; i < all.size(); ++i) {
        // Compared across promises, as the head of this file says.
        contest.add(all[i].name, Durability::SetByKnob, [&, i] {
            return timed(all[i].appends, [&](std::size_t) {
                const std::uint64_t number = contenders[i].next++;
                must(contenders[i].store.append_raw(workload.coordinate(number), workload.kind(),
                                                    workload.payload()));
            });
        });
    }
    contest.run();
    for (const Knob& knob : knobs) {
        bench.report.add_cost({.name = "knob." + knob.name,
                               .what = knob.what + ": rate of appends to " + base.what,
                               .unit = "x " + base.name,
                               .better = Better::Higher,
                               .here = {{"per_s", contest.rate_here(knob.name)},
                                        {"p50_ns", contest.percentile(knob.name, 0.5)},
                                        {"p99_ns", contest.percentile(knob.name, 0.99)}}},
                              contest.rate(knob.name, base.name));
    }
}

template <std::uint32_t Events>
StoreConfig sync_every(const StoreConfig& config) {
    return config.with_sync_every_n_events(Events);
}

StoreConfig by_fsync(const StoreConfig& config) { return config.with_sync_mode(SyncMode::All); }

StoreConfig without_hashes(const StoreConfig& config) {
    return sync_every<1000>(config).with_hash_chain(false);
}

template <std::uint64_t Bytes>
StoreConfig segments_of(const StoreConfig& config) {
    return sync_every<1000>(config).with_segment_bytes(Bytes);
}

StoreConfig with_interval(const StoreConfig& config) {
    return sync_every<1'000'000>(config).with_sync_interval(std::chrono::milliseconds(10));
}

}  // namespace

void measure_knobs(const Bench& bench) {
    bench.report.heading("Settings: the rate of appends, to that under another setting");
    // A sync in each turn of each contender.
    compare(bench, {"sync_every_1", "sync_every_n_events(1)", sync_every<1>, 1},
            {{"sync_mode_all", "sync_mode(All)", by_fsync, 1},
             {"sync_every_10", "sync_every_n_events(10)", sync_every<10>, 10},
             {"sync_every_100", "sync_every_n_events(100)", sync_every<100>, 100}},
            bench.synced_operations());
    const std::size_t many = bench.scaled(20'000, 5'000);
    compare(bench, {"sync_every_1000", "sync_every_n_events(1000)", sync_every<1000>, many},
            {{"sync_every_5000", "sync_every_n_events(5000)", sync_every<5000>, many},
             {"sync_interval_10ms", "sync_interval(10 ms) alone", with_interval, many},
             {"hash_chain_off", "hash_chain(false)", without_hashes, many},
             {"segment_bytes_1m", "segment_bytes(1 MiB)", segments_of<(1U << 20)>, many},
             {"segment_bytes_8m", "segment_bytes(8 MiB)", segments_of<(8U << 20)>, many},
             {"segment_bytes_512m", "segment_bytes(512 MiB)", segments_of<(512U << 20)>, many}},
            1);
}

}  // namespace batpak::bench
