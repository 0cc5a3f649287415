// Projection: typed folds, and answers from states that were kept.
#include <memory>

#include "batpak/projection/project.hpp"
#include "batpak/projection/projector.hpp"
#include "micro/fixture.hpp"
#include "support/kept_states.hpp"

namespace batpak::bench::micro {
namespace {

constexpr std::uint64_t kProjected = 10'000;
constexpr std::uint64_t kEntities = 100;
constexpr std::uint64_t kEventsOfEntity = kProjected / kEntities;

// A store in memory of moves of entities in turn, with a projector or none.
class Moves {
public:
    explicit Moves(std::shared_ptr<Projector> projector)
        : store_(must(Store::open(in_memory().with_projector(std::move(projector))))) {
        for (std::uint64_t number = 0; number < kProjected; ++number)
            must(store_.append(where(number), Moved{static_cast<std::int64_t>(number), 1}));
    }

    static const Moves& shared() {
        static const Moves moves(nullptr);
        return moves;
    }

    Store& store() noexcept { return store_; }
    const Store& store() const noexcept { return store_; }
    static Coordinate where(std::uint64_t number) {
        return must(Coordinate::create(entity(number), "room"));
    }
    static std::string entity(std::uint64_t number) {
        return "player:" + std::to_string(number % kEntities);
    }

private:
    Store store_;
};

void fold_region(benchmark::State& state) {
    const Store& store = Moves::shared().store();
    const Region region = Region::kinds({Moved::kind});
    measure(state, {.items = kProjected, .yields = kProjected},
            [&] { return must(store.project<Path>(region)).moves; });
    must_hold(must(store.project<Path>(region)).x == kProjected - 1, "in the order of the log");
}

void fold_entity(benchmark::State& state) {
    const Store& store = Moves::shared().store();
    const std::string entity = Moves::entity(kEntities / 2);
    measure(state, {.items = kEventsOfEntity, .yields = kEventsOfEntity},
            [&] { return must(store.project<Path>(entity))->moves; });
}

// Nothing is new: the state that was kept is the answer.
void kept_hit(benchmark::State& state) {
    const auto projector = std::make_shared<Projector>(ProjectorOptions{});
    const Moves moves(projector);
    const std::string entity = Moves::entity(kEntities / 2);
    must(moves.store().project<Path>(entity));
    measure(state, {.yields = kEventsOfEntity},
            [&] { return must(moves.store().project<Path>(entity))->moves; });
    const ProjectorStats stats = projector->stats();
    must_hold(stats.events_folded == kEventsOfEntity, "nothing is folded twice");
    must_hold(stats.memory_hits == static_cast<std::uint64_t>(state.iterations()),
              "each answer comes from memory");
}

BENCHMARK(fold_region)->Name("projection/fold_region");
BENCHMARK(fold_entity)->Name("projection/fold_entity");
BENCHMARK(kept_hit)->Name("projection/kept_hit");

}  // namespace
}  // namespace batpak::bench::micro
