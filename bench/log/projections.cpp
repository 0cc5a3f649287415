// Projections: a typed fold against the mere scan of its events, and an answer from a kept state,
// in memory and in each cache, against the read of one event.
#include "batpak/projection/projection_cache.hpp"
#ifdef BATPAK_HAVE_LMDB
#include "batpak/lmdb/lmdb_cache.hpp"
#endif
#ifdef BATPAK_HAVE_SQLITE
#include "batpak/sqlite/sqlite_cache.hpp"
#endif
#include "log/areas.hpp"
#include "support/kept_states.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

void measure_fold(const Bench& bench, const Store& store, std::uint64_t events) {
    Contest contest(Bench::kRepetitions);
    const Region all = Region::kinds({Moved::kind});
    std::uint64_t sum = 0;
    contest.add("fold", Durability::NothingWritten, [&] {
        return timed(1, [&](std::size_t) { sum += must(store.project<Path>(all)).moves; });
    });
    contest.add("scan", Durability::NothingWritten, [&] {
        return timed(1, [&](std::size_t) {
            EventRange range = store.query(all);
            while (const Result<EventView>* event = range.next()) sum += (*event)->payload.size();
        });
    });
    contest.run();
    must_hold(sum > 0, "events were folded");
    const double fold_ns = contest.percentile("fold", 0.5) / static_cast<double>(events);
    bench.report.add_cost({.name = "projection.fold",
                           .what = "a typed fold of all events, to a scan that decodes none",
                           .unit = "x scan",
                           .spread = std::nullopt,
                           .here = {{"events_per_s", 1e9 / fold_ns}, {"ns_per_event", fold_ns}}},
                          contest.cost("fold", "scan"));
}

}  // namespace

void measure_projections(const Bench& bench) {
    bench.report.heading("Projections: folds, and answers from kept states");
    const std::uint64_t events = bench.scaled(500'000, 100'000);
    const KeptStates states(bench, events);
    measure_fold(bench, states.store(), events);
    states.measure_hits(bench, "memory", nullptr);
    states.measure_hits(bench, "files", must(FileCache::open(bench.fresh("states"))));
#ifdef BATPAK_HAVE_LMDB
    states.measure_hits(bench, "lmdb", must(LmdbCache::open(bench.fresh("states-lmdb"))));
#endif
#ifdef BATPAK_HAVE_SQLITE
    states.measure_hits(bench, "btree", must(SqliteCache::open(bench.fresh("states.sqlite"))));
#endif
}

}  // namespace batpak::bench
