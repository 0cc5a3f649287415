#include "micro/fixture.hpp"

#include <map>

#include "batpak/testing/environment.hpp"

namespace batpak::bench::micro {
namespace {

constexpr std::uint64_t kSharedEvents = 20'000;

}  // namespace

StoreConfig in_memory() { return testing::memory_config().with_sync_every_n_events(1'000'000); }

const Workload& workload_of(std::size_t payload_bytes) {
    static std::map<std::size_t, Workload> made;
    return made.try_emplace(payload_bytes, payload_bytes).first->second;
}

Loaded::Loaded(std::uint64_t events) : store_(must(Store::open(config_))) {
    ids_.reserve(events);
    for (std::uint64_t number = 0; number < events; ++number) {
        const Coordinate& where = workload_.coordinate(number);
        ids_.push_back(must(store_.append_raw(where, kind(number), workload_.payload())).event_id);
    }
}

const Loaded& Loaded::shared() {
    static const Loaded loaded(kSharedEvents);
    return loaded;
}

}  // namespace batpak::bench::micro
