// Buffered appends: each is written at once, and each 1,000th is synced.
//
//     raw       the frames, encoded beforehand: one write(2) each into a file filled beforehand
//     raw-hash  the same, with all that the frames contain computed on the way: encoding, P, C, E
//               and the CRC
#include "log/areas.hpp"
#include "support/frame_maker.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"

namespace batpak::bench {
namespace {

constexpr std::uint32_t kSyncEach = 1000;

void add_rows(Report& report, const Contest& contest, const std::string& size) {
    const std::string name = "buffered." + size;
    report.add_cost({.name = name,
                     .what = size + "-byte payloads: p50 of an append to a bare write",
                     .unit = "x raw",
                     .here = {{"batpak_p50_ns", contest.percentile("batpak", 0.5)},
                              {"batpak_p99_ns", contest.percentile("batpak", 0.99)},
                              {"batpak_p999_ns", contest.percentile("batpak", 0.999)},
                              {"raw_p50_ns", contest.percentile("raw", 0.5)},
                              {"raw_hash_p50_ns", contest.percentile("raw-hash", 0.5)},
                              {"batpak_per_s", contest.rate_here("batpak")},
                              {"raw_per_s", contest.rate_here("raw")}}},
                    contest.cost("batpak", "raw"));
    report.add_cost({.name = name + ".to_raw_hash",
                     .what = "the same to encode + hash + CRC + write",
                     .unit = "x raw-hash"},
                    contest.cost("batpak", "raw-hash"));
    report.add_cost({.name = name + ".rate",
                     .what = "the same with the syncs: rate to raw",
                     .unit = "x raw",
                     .better = Better::Higher},
                    contest.rate("batpak", "raw"));
}

void compare(const Bench& bench, std::size_t payload_bytes) {
    const std::size_t count = bench.scaled(10'000, 2'000);
    const Workload workload(payload_bytes);
    const Frames frames = make_frames(workload, count);
    FrameMaker maker(workload);
    RawLog raw(bench.directory + "/raw", frames.bytes.size() + count * 8);
    RawLog raw_hash(bench.directory + "/raw-hash", frames.bytes.size() + count * 8);
    Store store =
        must(Store::open(StoreConfig(bench.fresh("buffered")).with_sync_every_n_events(kSyncEach)));
    std::uint64_t next = 0;
    Buffer frame;

    Contest contest(Bench::kRepetitions);
    contest.add("batpak", Durability::SyncEachThousandth, [&] {
        return timed(count, [&](std::size_t) {
            const std::uint64_t number = next++;
            must(
                store.append_raw(workload.coordinate(number), workload.kind(), workload.payload()));
        });
    });
    contest.add("raw", Durability::SyncEachThousandth, [&] {
        raw.make_room(frames.bytes.size());
        return timed(count, [&](std::size_t i) {
            raw.write(frames.at(i));
            if ((i + 1) % kSyncEach == 0) raw.sync();
        });
    });
    contest.add("raw-hash", Durability::SyncEachThousandth, [&] {
        raw_hash.make_room(frames.bytes.size() + count * 4);
        return timed(count, [&](std::size_t i) {
            frame.clear();
            maker.make(frame);
            raw_hash.write(frame.view());
            if ((i + 1) % kSyncEach == 0) raw_hash.sync();
        });
    });
    contest.run();
    const StoreStats stats = store.stats();
    // A segment that is sealed is synced, and the count begins anew.
    const std::uint64_t expected = stats.events / kSyncEach;
    must_hold(stats.syncs <= expected && stats.syncs + stats.segments > expected,
              "each thousandth event was synced");
    add_rows(bench.report, contest, std::to_string(payload_bytes));
}

// What it costs to check the version that the caller expects.
void compare_conditional(const Bench& bench) {
    const std::size_t count = bench.scaled(10'000, 2'000);
    const Workload workload(256);
    std::vector<std::uint64_t> versions(Workload::kEntities, 0);
    Contest contest(Bench::kRepetitions);
    const auto open = [&](const char* name) {
        return must(
            Store::open(StoreConfig(bench.fresh(name)).with_sync_every_n_events(kSyncEach)));
    };
    Store plain = open("unconditional");
    Store checked = open("conditional");
    std::uint64_t next_plain = 0;
    std::uint64_t next_checked = 0;
    contest.add("unconditional", Durability::SyncEachThousandth, [&] {
        return timed(count, [&](std::size_t) {
            const std::uint64_t number = next_plain++;
            must(
                plain.append_raw(workload.coordinate(number), workload.kind(), workload.payload()));
        });
    });
    contest.add("conditional", Durability::SyncEachThousandth, [&] {
        return timed(count, [&](std::size_t) {
            const std::uint64_t number = next_checked++;
            std::uint64_t& version = versions[workload.rank(number)];
            const AppendOptions options{.expect = version == 0
                                                      ? ExpectedVersion::none()
                                                      : ExpectedVersion::exactly(version - 1)};
            must(checked.append_raw(workload.coordinate(number), workload.kind(),
                                    workload.payload(), options));
            ++version;
        });
    });
    contest.run();
    bench.report.add_cost(
        {.name = "buffered.conditional",
         .what = "appends that check an expected version: p50 to those that do not",
         .unit = "x unchecked"},
        contest.cost("conditional", "unconditional"));
}

}  // namespace

void measure_buffered(const Bench& bench) {
    bench.report.heading("Appends with a sync each 1,000, against a file");
    compare(bench, 64);
    compare(bench, 256);
    compare(bench, 1024);
    compare_conditional(bench);
}

}  // namespace batpak::bench
