// growth_bench: how each cost grows with the log.
//
//     growth_bench [--quick] [--directory PATH] [--json PATH] [--events N]
//
// One store grows from 10,000 events to 10 million (--quick: 1 million). At each size it is closed,
// opened, and measured. A cost is proportional to size^x; x is fitted over all sizes and is the
// figure of its row: 0 for what does not grow, 1 for what grows as the log does.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>

#include "support/allocations.hpp"
#include "support/bench.hpp"
#include "support/must.hpp"
#include "support/program.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::size_t kSamples = 2'000;
constexpr std::size_t kStreamEvents = 100;
constexpr std::uint64_t kPage = 100;
constexpr unsigned kOpens = 7;
constexpr std::uint32_t kSeed = 7;

struct Cost {
    const char* name;
    const char* what;
    const char* unit;
    std::vector<std::pair<double, double>> points = {};  // events, value
};

// The slope of the line through the logarithms: least squares.
double fitted_exponent(const std::vector<std::pair<double, double>>& points) {
    double sum_x = 0;
    double sum_y = 0;
    double sum_xx = 0;
    double sum_xy = 0;
    const auto count = static_cast<double>(points.size());
    for (const auto& [events, value] : points) {
        const double x = std::log(events);
        const double y = std::log(value);
        sum_x += x;
        sum_y += y;
        sum_xx += x * x;
        sum_xy += x * y;
    }
    return (count * sum_xy - sum_x * sum_y) / (count * sum_xx - sum_x * sum_x);
}

// What of this process lies in memory, pages of mapped files included.
double resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    file >> pages >> resident;
    return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

template <class Operation>
double median_ns(std::size_t count, Operation&& operation) {
    return timed(count, operation).times.percentile(0.5);
}

class Growth {
public:
    explicit Growth(const Bench& bench)
        : bench_(bench),
          config_(StoreConfig(bench.fresh("growth")).with_sync_every_n_events(100'000)) {}

    void grow_to(std::uint64_t events) {
        {
            Store store = must(Store::open(config_));
            while (end_ + kSamples < events) append(store);
            note("append", median_ns(kSamples, [&](std::size_t) { append(store); }), events);
            must_hold(must(std::move(store).close()).end == Sequence(events), "all is stored");
        }
        note("open", median_ns(kOpens, [&](std::size_t) { must(Store::open(config_)); }), events);
        const std::int64_t heap_before = Allocations::now().live_bytes;
        const Store store = must(Store::open(config_));
        measure_reads(store, events);
        note("resident memory", resident_bytes(), events);
        note("heap of an opened store",
             static_cast<double>(
                 std::max<std::int64_t>(Allocations::now().live_bytes - heap_before, 1)),
             events);
        note("disk for an event",
             static_cast<double>(bytes_under(config_.directory())) / static_cast<double>(events),
             events);
    }

    void report() const {
        for (const Cost& cost : costs_) {
            std::string name = std::string("growth.") + cost.name;
            std::ranges::replace(name, ' ', '_');
            bench_.report.add({.name = name,
                               .what = std::string("the exponent of: ") + cost.what,
                               .value = fitted_exponent(cost.points),
                               .unit = "exponent",
                               .here = {{"first", cost.points.front().second},
                                        {"last", cost.points.back().second}}});
        }
    }

private:
    void append(Store& store) {
        const std::uint64_t number = end_++;
        must(store.append_raw(workload_.coordinate(number), workload_.kind(), workload_.payload()));
    }

    void measure_reads(const Store& store, std::uint64_t events) {
        std::mt19937_64 random(kSeed);
        std::vector<EventId> ids;
        for (std::size_t i = 0; i < kSamples; ++i)
            ids.push_back(must(store.find(Sequence(random() % events)))->event_id());
        note("get by id", median_ns(kSamples, [&](std::size_t i) { must(store.find(ids[i])); }),
             events);
        note("page of 100",
             median_ns(kSamples / 10,
                       [&](std::size_t) {
                           const Sequence from(random() % (events - kPage));
                           must_hold(drain(store.query(Region::all(),
                                                       {.from = from, .limit = kPage})) == kPage,
                                     "a page is full");
                       }),
             events);
        // The last 100 of a stream, as one folds behind a snapshot.
        note("end of a stream",
             median_ns(kSamples / 10,
                       [&](std::size_t i) {
                           const std::string& entity = workload_.of_rank(i % 2).entity();
                           drain(store.stream(
                               entity, {.direction = Direction::Backward, .limit = kStreamEvents}));
                       }),
             events);
    }

    void note(const std::string& name, double value, std::uint64_t events) {
        for (Cost& cost : costs_) {
            if (name != cost.name) continue;
            cost.points.emplace_back(static_cast<double>(events), value);
            std::printf("  %10llu events  %-26s %12.1f %s\n",
                        static_cast<unsigned long long>(events), cost.name, value, cost.unit);
            char figure[160];
            std::snprintf(figure, sizeof figure,
                          "{\"growth\":\"%s\",\"unit\":\"%s\",\"events\":%llu,\"value\":%.6g}",
                          cost.name, cost.unit, static_cast<unsigned long long>(events), value);
            bench_.report.add_figure(figure);
            return;
        }
        give_up("no such cost: " + name);
    }

    const Bench& bench_;
    const Workload workload_{kPayloadBytes};
    const StoreConfig config_;
    std::uint64_t end_ = 0;
    std::vector<Cost> costs_ = {
        {"append", "a buffered append, p50", "ns"},
        {"open", "open() after a close, p50", "ns"},
        {"get by id", "an event by its id, p50", "ns"},
        {"page of 100", "100 events behind a random sequence, p50", "ns"},
        {"end of a stream", "the last 100 events of a frequent stream, p50", "ns"},
        {"resident memory", "resident memory with mapped pages, after reading", "bytes"},
        {"heap of an opened store", "heap of an opened store, after reading", "bytes"},
        {"disk for an event", "bytes of all files for an event", "bytes"},
    };
};

void measure(const Bench& bench, std::uint64_t events_max) {
    Growth growth(bench);
    bench.report.heading("Costs by size");
    for (std::uint64_t size = 10'000; size < events_max; size *= 10) {
        growth.grow_to(size);
        if (3 * size < events_max) growth.grow_to(3 * size);
    }
    growth.grow_to(events_max);
    bench.report.heading("Exponents: 0 does not grow, 1 grows as the log");
    growth.report();
}

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) {
    using namespace batpak::bench;
    const Program program(count, words, {"--events"});
    std::uint64_t events_max = program.quick() ? 1'000'000 : 10'000'000;
    if (!program.option("--events").empty()) events_max = std::stoull(program.option("--events"));
    return program.run([&](const Bench& bench) { measure(bench, events_max); });
}
