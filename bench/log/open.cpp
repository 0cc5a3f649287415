// Opening: after a close, after a kill, without any index; at several sizes.
//
// What matters is whether the time grows with the store; so sizes are set against each other, in
// turns. Only the call of open() is timed.
#include <sys/wait.h>
#include <unistd.h>

#include "log/areas.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"
#include "support/raw_reader.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::uint64_t kUnsynced = 10'000;

Turn time_open(const StoreConfig& config) {
    Turn turn{Samples(1), 0, 1};
    std::optional<Store> store;
    const std::uint64_t begin = now_ns();
    turn.times.time([&] { store.emplace(must(Store::open(config))); });
    turn.seconds = static_cast<double>(now_ns() - begin) / 1e9;
    must(std::move(*store).close());
    return turn;
}

class OpenArea {
public:
    explicit OpenArea(const Bench& bench) : bench_(bench) {}

    void after_close() {
        Contest contest(3 * Bench::kRepetitions);
        prepare(10'000);
        prepare(100'000);
        if (!bench_.quick) prepare(1'000'000);
        for (const auto& [events, directory] : stores_) {
            contest.add(std::to_string(events), Durability::NothingWritten,
                        [path = directory] { return time_open(StoreConfig(path)); });
        }
        contest.run();
        for (const auto& [events, directory] : stores_) {
            if (events == 10'000) continue;
            const std::string size = std::to_string(events);
            bench_.report.add_cost({.name = "open.after_close_" + size,
                                    .what = "open() of " + size + " events to that of 10,000",
                                    .unit = "x 10,000",
                                    .here = {{"p50_ns", contest.percentile(size, 0.5)},
                                             {"p50_ns_10000", contest.percentile("10000", 0.5)}}},
                                   contest.cost(size, "10000"));
        }
    }

    // The process is gone, and the last 10,000 events were never synced.
    void after_kill() {
        const std::string killed = bench_.fresh("killed");
        load_store(killed, workload_, 100'000);
        const std::string closed = stores_.at(1).second;
        Contest contest(Bench::kRepetitions);
        contest.add("closed", Durability::NothingWritten,
                    [&] { return time_open(StoreConfig(closed)); });
        contest.add("killed", Durability::NothingWritten, [&] {
            append_and_die(killed);
            return time_open(StoreConfig(killed));
        });
        contest.run();
        bench_.report.add_cost({.name = "open.after_kill",
                                .what = "open() with 10,000 unsynced events to that after a close",
                                .unit = "x closed",
                                .here = {{"killed_p50_ns", contest.percentile("killed", 0.5)},
                                         {"closed_p50_ns", contest.percentile("closed", 0.5)}}},
                               contest.cost("killed", "closed"));
    }

    // The index folder is gone: all of it is made anew from the frames, written, and used.
    void rebuild() {
        const auto& [events, directory] = stores_.back();
        Contest contest(bench_.quick ? Bench::kRepetitions : 3);
        contest.add("rebuild", Durability::NothingWritten, [&, path = directory] {
            std::filesystem::remove_all(path + "/index");
            Turn turn{Samples(1), 0, static_cast<double>(events)};
            const std::uint64_t begin = now_ns();
            turn.times.time([&] {
                const Store store = must(Store::open(StoreConfig(path)));
                must(store.names(Names::Scopes));
            });
            turn.seconds = static_cast<double>(now_ns() - begin) / 1e9;
            return turn;
        });
        contest.add("raw-crc", Durability::NothingWritten,
                    [&, path = directory] { return RawReader(path).scan_with_checksums(); });
        contest.run();
        bench_.report.add_cost({.name = "open.rebuild",
                                .what = "all indexes anew, to reading every frame and its CRC once",
                                .unit = "x raw-crc",
                                .here = {{"rebuild_per_s", contest.rate_here("rebuild")},
                                         {"raw_crc_per_s", contest.rate_here("raw-crc")}}},
                               contest.cost("rebuild", "raw-crc"));
    }

private:
    void prepare(std::uint64_t events) {
        const std::string directory = bench_.fresh("open-" + std::to_string(events));
        load_store(directory, workload_, events);
        stores_.emplace_back(events, directory);
    }

    void append_and_die(const std::string& directory) const {
        const pid_t child = ::fork();
        must_hold(child >= 0, "a child can be made");
        if (child == 0) {
            Store store =
                must(Store::open(StoreConfig(directory).with_sync_every_n_events(1'000'000)));
            for (std::uint64_t i = 0; i < kUnsynced; ++i) {
                must(store.append_raw(workload_.coordinate(i), workload_.kind(),
                                      workload_.payload()));
            }
            ::_exit(0);
        }
        int status = 0;
        must_hold(::waitpid(child, &status, 0) == child && status == 0, "the child appended");
    }

    const Bench& bench_;
    const Workload workload_{kPayloadBytes};
    std::vector<std::pair<std::uint64_t, std::string>> stores_;  // by size
};

}  // namespace

void measure_open(const Bench& bench) {
    bench.report.heading("Opening");
    OpenArea area(bench);
    area.after_close();
    area.after_kill();
    area.rebuild();
}

}  // namespace batpak::bench
