// What an event costs in memory, disk and calls: counts, which do not depend on the machine.
#include "log/areas.hpp"
#include "support/allocations.hpp"
#include "support/counting_files.hpp"
#include "support/frame_maker.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;

double each(std::uint64_t total, std::size_t count) {
    return static_cast<double>(total) / static_cast<double>(count);
}

class CostArea {
public:
    explicit CostArea(const Bench& bench)
        : bench_(bench), events_(bench.scaled(1'000'000, 100'000)) {}

    // A steady state: every entity is known, buffers have their size.
    void calls() {
        const std::size_t warm_up = 20'000;
        const std::size_t count = 20'000;
        const auto files = std::make_shared<FileCalls>();
        Environment environment = Environment::real();
        environment.files = counting_files(files);
        Store store = must(Store::open(StoreConfig(bench_.fresh("calls"))
                                           .with_sync_every_n_events(1'000'000)
                                           .with_environment(environment)));
        append(store, 0, warm_up);
        const Allocations before = Allocations::now();
        const std::uint64_t calls_before = files->all();
        const std::uint64_t writes_before = files->writes;
        append(store, warm_up, count);
        const std::uint64_t allocations = Allocations::now().count - before.count;
        bench_.report.add({.name = "cost.allocations",
                           .what = "heap allocations for a buffered append, steady",
                           .value = each(allocations, count),
                           .unit = "per append"});
        bench_.report.add({.name = "cost.writes",
                           .what = "writes for a buffered append",
                           .value = each(files->writes - writes_before, count),
                           .unit = "per append"});
        bench_.report.add({.name = "cost.file_calls",
                           .what = "calls to the file system for a buffered append, of any kind",
                           .value = each(files->all() - calls_before, count),
                           .unit = "per append"});
        durable_allocations(store);
    }

    void memory_and_disk() {
        const std::string directory = bench_.fresh("costs");
        const std::int64_t empty = Allocations::now().live_bytes;
        {
            Store store =
                must(Store::open(StoreConfig(directory).with_sync_every_n_events(100'000)));
            append(store, 0, events_);
            add_heap("cost.heap_after_load", "heap bytes for an event, after loading, store open",
                     empty);
        }
        add_disk(directory);
        const Store store = must(Store::open(StoreConfig(directory)));
        must_hold(must(store.names(Names::Scopes)).size() == Workload::kScopes,
                  "every index was used");
        add_heap("cost.heap_after_open", "heap bytes for an event, opened again, every index used",
                 empty);
    }

private:
    void append(Store& store, std::uint64_t first, std::size_t count) const {
        for (std::uint64_t i = first; i < first + count; ++i) {
            must(store.append_raw(workload_.coordinate(i), workload_.kind(), workload_.payload()));
        }
    }

    void durable_allocations(Store& store) const {
        const std::size_t count = bench_.scaled(500, 100);
        const AppendOptions durable{.durability = batpak::Durability::Durable};
        const std::uint64_t before = Allocations::now().count;
        for (std::uint64_t i = 0; i < count; ++i) {
            must(store.append_raw(workload_.coordinate(i), workload_.kind(), workload_.payload(),
                                  durable));
        }
        bench_.report.add({.name = "cost.allocations_durable",
                           .what = "heap allocations for a durable append, steady",
                           .value = each(Allocations::now().count - before, count),
                           .unit = "per append"});
    }

    void add_heap(const char* name, const char* what, std::int64_t empty) const {
        const std::int64_t live = Allocations::now().live_bytes - empty;
        bench_.report.add({.name = name,
                           .what = what,
                           .value = static_cast<double>(live) / static_cast<double>(events_),
                           .unit = "B per event"});
    }

    void add_disk(const std::string& directory) const {
        const std::uint64_t index = bytes_under(directory + "/index");
        const std::uint64_t whole = bytes_under(directory);
        const Frames frames = make_frames(workload_, 10'000);
        const double frame = each(frames.bytes.size(), frames.count());
        bench_.report.add({.name = "cost.index_bytes",
                           .what = "bytes of index files for an event",
                           .value = each(index, events_),
                           .unit = "B per event"});
        bench_.report.add({.name = "cost.disk_bytes",
                           .what = "bytes of all files for an event of 256 bytes",
                           .value = each(whole, events_),
                           .unit = "B per event"});
        bench_.report.add({.name = "cost.disk_overhead",
                           .what = "bytes of all files to those of the bare frames",
                           .value = each(whole, events_) / frame,
                           .unit = "x frames"});
    }

    const Bench& bench_;
    const std::size_t events_;
    const Workload workload_{kPayloadBytes};
};

}  // namespace

void measure_costs(const Bench& bench) {
    bench.report.heading("What an event of 256 bytes costs: counts");
    CostArea area(bench);
    area.calls();
    area.memory_and_disk();
}

}  // namespace batpak::bench
