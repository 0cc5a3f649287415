// Index: of 10,000 events of the usual workload, while it grows, and as a file.
#include <memory>

#include "batpak/base/environment.hpp"
#include "event/event_id_generator.hpp"
#include "micro/fixture.hpp"
#include "store/index/index_part.hpp"

namespace batpak::bench::micro {
namespace {

constexpr std::uint32_t kIndexed = 10'000;
constexpr std::uint32_t kStride = 7919;  // prime: visits all events, in no order that a cache likes
const batpak::KeyHash kKeyHash(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);

constexpr std::uint32_t offset_of(std::uint32_t number) noexcept { return 96 + number * 400; }

// The events, and both indexes of them.
struct Indexed {
    const Workload& workload = workload_of(64);
    std::vector<store::IndexedEvent> events;
    store::MemoryIndex memory{Sequence(0), kKeyHash};
    store::PartBinding binding;
    Buffer file;
    std::unique_ptr<store::IndexPart> part;

    Indexed() {
        const Environment environment = Environment::real();
        EventIdGenerator ids(*environment.entropy);
        std::vector<std::uint64_t> versions(Workload::kEntities);
        for (std::uint32_t number = 0; number < kIndexed; ++number) {
            const Coordinate& where = workload.coordinate(number);
            events.push_back({.fields = {.kind = Loaded::kind(number),
                                         .entity = where.entity(),
                                         .scope = where.scope()},
                              .frame_offset = offset_of(number),
                              .event_id = ids.next(1'700'000'000'000'000 + number),
                              .version = Version(versions[workload.rank(number)]++)});
            memory.add(events.back());
        }
        binding.end = memory.end();
        binding.start_offset = offset_of(0);
        binding.end_offset = offset_of(kIndexed);
        file = *store::encode_part(memory, binding);
        part = must(store::IndexPart::open(nullptr, file.view()));
    }

    static const Indexed& shared() {
        static const Indexed indexed;
        return indexed;
    }
    static const store::Index& in_memory() { return shared().memory; }
    static const store::Index& in_part() { return *shared().part; }
};

using Which = const store::Index& (*)();

void add(benchmark::State& state) {
    const Indexed& indexed = Indexed::shared();
    measure(state, {.items = kIndexed, .yields = kIndexed}, [&] {
        store::MemoryIndex index(Sequence(0), kKeyHash);
        for (const store::IndexedEvent& event : indexed.events) index.add(event);
        return index.end().value;
    });
}

// A walk over all events, one a step, whose answer must be each event's own.
template <class IsRight>
void look_up(benchmark::State& state, IsRight&& is_right) {
    std::uint32_t number = 0;
    measure(state, {.yields = 1}, [&] {
        number = (number + kStride) % kIndexed;
        return is_right(number, Indexed::shared().events[number]);
    });
}

void find_id(benchmark::State& state, Which which) {
    const store::Index& index = which();
    look_up(state, [&](std::uint32_t number, const store::IndexedEvent& event) {
        return index.find_id(store::id_order(event.event_id), kIndexed) == number;
    });
}

// The stream of an event's entity, and the event in it.
void find_entity(benchmark::State& state, Which which) {
    const store::Index& index = which();
    look_up(state, [&](std::uint32_t number, const store::IndexedEvent& event) {
        auto entry = index.find(store::Axis::Entity, event.fields.entity);
        return entry &&
               entry->postings.at(static_cast<std::uint32_t>(event.version.value)) == number;
    });
}

void lower_bound(benchmark::State& state, Which which) {
    const store::KindKey key(Loaded::kind(0));
    auto entry = which().find(store::Axis::Kind, key.view());
    must_hold(entry && entry->postings.count() == kIndexed / 4, "every fourth is of that kind");
    look_up(state, [&](std::uint32_t number, const store::IndexedEvent&) {
        return entry->postings.lower_bound(number) == (number + 3) / 4;
    });
}

void encode_part(benchmark::State& state) {
    const Indexed& indexed = Indexed::shared();
    measure(state, {.items = kIndexed, .yields = indexed.file.size()},
            [&] { return store::encode_part(indexed.memory, indexed.binding)->size(); });
}

void open_part(benchmark::State& state) {
    const Indexed& indexed = Indexed::shared();
    measure(state, {.items = kIndexed, .yields = kIndexed}, [&] {
        return must(store::IndexPart::open(nullptr, indexed.file.view()))->end().value;
    });
}

BENCHMARK(add)->Name("index/add");
BENCHMARK_CAPTURE(find_id, memory, Indexed::in_memory)->Name("index/find_id/memory");
BENCHMARK_CAPTURE(find_id, part, Indexed::in_part)->Name("index/find_id/part");
BENCHMARK_CAPTURE(find_entity, memory, Indexed::in_memory)->Name("index/find_entity/memory");
BENCHMARK_CAPTURE(find_entity, part, Indexed::in_part)->Name("index/find_entity/part");
BENCHMARK_CAPTURE(lower_bound, memory, Indexed::in_memory)->Name("index/lower_bound/memory");
BENCHMARK_CAPTURE(lower_bound, part, Indexed::in_part)->Name("index/lower_bound/part");
BENCHMARK(encode_part)->Name("index/encode_part");
BENCHMARK(open_part)->Name("index/open_part");

}  // namespace
}  // namespace batpak::bench::micro
