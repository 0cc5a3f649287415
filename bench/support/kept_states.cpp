#include "support/kept_states.hpp"

#include <algorithm>

#include "support/contest.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

std::string entity_of(std::uint64_t number) { return "player:" + std::to_string(number); }

}  // namespace

KeptStates::KeptStates(const Bench& bench, std::uint64_t events)
    : config_(StoreConfig(bench.fresh("projections")).with_sync_every_n_events(1'000'000)) {
    store_.emplace(must(Store::open(config_)));
    std::vector<Coordinate> entities;
    for (std::uint64_t i = 0; i < kEntities; ++i)
        entities.push_back(must(Coordinate::create(entity_of(i), "room")));
    for (std::uint64_t i = 0; i < events;) {
        BatchBuilder batch;
        for (std::uint64_t end = std::min(events, i + 200); i < end; ++i)
            batch.add(entities[i % kEntities], Moved{static_cast<std::int64_t>(i), 1});
        must(store_->append_batch(std::move(batch)));
    }
    must(store_->sync());
}

void KeptStates::measure_hits(const Bench& bench, const std::string& name,
                              std::shared_ptr<ProjectionCache> cache) const {
    must(std::move(*store_).close());
    ProjectorOptions options;
    options.write_every_n_events = 1;
    options.cache = cache;
    if (cache) options.memory_bytes_max = 0;
    const auto projector = std::make_shared<Projector>(options);
    store_.emplace(must(Store::open(config_.with_projector(projector))));
    for (std::uint64_t i = 0; i < kEntities; ++i) must(store_->project<Path>(entity_of(i)));
    const ProjectorStats before = projector->stats();
    const std::size_t count = bench.scaled(20'000, 3'000);
    std::uint64_t sum = 0;
    Contest contest(Bench::kRepetitions);
    contest.add("hit", Durability::NothingWritten, [&] {
        return timed(count, [&](std::size_t i) {
            sum += must(store_->project<Path>(entity_of(i * 7 % kEntities)))->moves;
        });
    });
    contest.add("read", Durability::NothingWritten, [&] {
        return timed(count, [&](std::size_t i) {
            sum +=
                must(store_->find_latest(entity_of(i * 7 % kEntities)))->operator*().payload.size();
        });
    });
    contest.run();
    must_hold(sum > 0, "there are answers");
    must_hold(projector->stats().events_folded == before.events_folded, "nothing is folded");
    bench.report.add_cost({.name = "projection.hit_" + name,
                           .what = "a kept state from " + name + ", to a read of the latest event",
                           .unit = "x read",
                           .spread = std::nullopt,
                           .here = {{"hit_p50_ns", contest.percentile("hit", 0.5)},
                                    {"read_p50_ns", contest.percentile("read", 0.5)}}},
                          contest.cost("hit", "read"));
}

}  // namespace batpak::bench
