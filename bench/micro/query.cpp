// Query: ranges of a store in memory, by what they ask for. An item is an event of the answer;
// where the answer is one event or a number, it is the question.
#include "micro/fixture.hpp"

namespace batpak::bench::micro {
namespace {

// The most frequent entity.
const Coordinate& frequent() { return Loaded::shared().workload().of_rank(0); }

// Reads all of a range; returns how many of its events could be read.
std::uint64_t drain(EventRange range) {
    std::uint64_t count = 0;
    while (const Result<EventView>* event = range.next()) {
        if (*event) ++count;
    }
    return count;
}

// The range of the region must have those events that `is_so` tells without the store.
template <class IsSo>
void measure_range(benchmark::State& state, const Region& region, IsSo&& is_so) {
    const Loaded& loaded = Loaded::shared();
    const std::uint64_t count = loaded.count_if(is_so);
    must_hold(count > 0, "there is something to find");
    measure(state, {.items = count, .yields = count},
            [&] { return drain(loaded.store().query(region)); });
}

void all(benchmark::State& state) {
    measure_range(state, Region::all(), [](const Coordinate&, EventKind) { return true; });
}

void entity(benchmark::State& state) {
    const std::string_view wanted = frequent().entity();
    measure_range(state, Region::entity(wanted),
                  [&](const Coordinate& where, EventKind) { return where.entity() == wanted; });
}

void scope(benchmark::State& state) {
    const std::string_view wanted = frequent().scope();
    measure_range(state, Region::scope(wanted),
                  [&](const Coordinate& where, EventKind) { return where.scope() == wanted; });
}

void kind(benchmark::State& state) {
    const EventKind wanted = Loaded::kind(1);
    measure_range(state, Region::kinds({wanted}),
                  [&](const Coordinate&, EventKind kind) { return kind == wanted; });
}

// A conjunction and a disjunction: one kind of a scope, or anything of an entity.
void region(benchmark::State& state) {
    const std::string_view scope = frequent().scope();
    const std::string_view entity = frequent().entity();
    const EventKind wanted = Loaded::kind(1);
    measure_range(state, Region::scope(scope).with_kinds({wanted}) | Region::entity(entity),
                  [&](const Coordinate& where, EventKind kind) {
                      return (where.scope() == scope && kind == wanted) || where.entity() == entity;
                  });
}

// So many events behind one in the middle.
void page(benchmark::State& state) {
    const Loaded& loaded = Loaded::shared();
    const auto events = static_cast<std::uint64_t>(state.range(0));
    QueryOptions options;
    options.from = Sequence(loaded.count() / 2);
    options.limit = events;
    measure(state, {.items = events, .yields = events},
            [&] { return drain(loaded.store().query(Region::all(), options)); });
    EventRange range = loaded.store().query(Region::all(), options);
    must_hold(must(*range.next()).sequence() == options.from, "the page begins there");
}

void count(benchmark::State& state) {
    const Loaded& loaded = Loaded::shared();
    const std::string_view scope = frequent().scope();
    const EventKind wanted = Loaded::kind(1);
    const Region region = Region::scope(scope).with_kinds({wanted});
    const std::uint64_t expected = loaded.count_if([&](const Coordinate& where, EventKind kind) {
        return where.scope() == scope && kind == wanted;
    });
    measure(state, {.yields = expected}, [&] { return must(loaded.store().count(region)); });
}

void find(benchmark::State& state) {
    constexpr std::uint64_t kStride = 7919;
    const Loaded& loaded = Loaded::shared();
    std::uint64_t number = 0;
    measure(state, {.yields = 1}, [&] {
        number = (number + kStride) % loaded.count();
        const HeldEvent event = must(loaded.store().find(loaded.id(number)));
        return event->sequence() == Sequence(number);
    });
}

void find_latest(benchmark::State& state) {
    const Loaded& loaded = Loaded::shared();
    const std::string_view wanted = frequent().entity();
    const std::uint64_t events = loaded.count_if(
        [&](const Coordinate& where, EventKind) { return where.entity() == wanted; });
    measure(state, {.yields = events},
            [&] { return (*must(loaded.store().find_latest(wanted)))->version().value + 1; });
}

BENCHMARK(all)->Name("query/all");
BENCHMARK(entity)->Name("query/entity");
BENCHMARK(scope)->Name("query/scope");
BENCHMARK(kind)->Name("query/kind");
BENCHMARK(region)->Name("query/region");
BENCHMARK(page)->Name("query/page")->Arg(100);
BENCHMARK(count)->Name("query/count");
BENCHMARK(find)->Name("query/find");
BENCHMARK(find_latest)->Name("query/find_latest");

}  // namespace
}  // namespace batpak::bench::micro
