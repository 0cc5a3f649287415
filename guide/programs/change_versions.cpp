// A field changes its meaning: version 1 had degrees, version 2 has radians. Both are read, and a
// count says whether version 1 is still there.
#include <batpak/batpak.hpp>

#include <map>
#include <numbers>

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Result;
using batpak::Store;
using batpak::Value;

namespace version_1 {
struct Turned {
    static constexpr auto kind = EventKind::custom(0x3, 0x001);
    double degrees = 0;
};
}  // namespace version_1

struct Turned {
    static constexpr auto kind = EventKind::custom(0x3, 0x001);
    static constexpr std::uint16_t payload_version = 2;
    double radians = 0;

    // What a payload of `from_version` is in the version after it.
    static Result<Value> upcast(std::uint16_t from_version, Value value) {
        const Value* const degrees = value.find("degrees");
        if (from_version != 1 || degrees == nullptr || !degrees->as_double()) {
            return batpak::fail(batpak::ErrorCode::DecodeFailed, "version 1 without degrees");
        }
        value.set("radians", *degrees->as_double() * std::numbers::pi / 180);
        return value;
    }
};

// How many events of each version of each kind a store holds.
using Versions = std::map<std::pair<EventKind, std::uint16_t>, std::uint64_t>;

Result<Versions> count_versions(const batpak::StoreReads& store) {
    Versions found;
    for (const auto& event : store.query(batpak::Region::all())) {
        if (!event) return batpak::fail(event.error());
        ++found[{event->kind(), event->header.payload_version}];
    }
    return found;
}

Result<void> run() {
    BATPAK_TRY(const Coordinate arm, Coordinate::create("arm:1", "cell:7"));
    {
        BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./robot")));
        BATPAK_CHECK(store.append(arm, version_1::Turned{90}));
        BATPAK_CHECK(store.append(arm, version_1::Turned{180}));
        BATPAK_CHECK(std::move(store).close());
    }
    // The program of today registers its types: a missing step is found when it starts.
    batpak::TypeRegistry types;
    BATPAK_CHECK(types.add<Turned>());
    BATPAK_CHECK(types.validate());

    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./robot")));
    BATPAK_CHECK(store.append(arm, Turned{1.0}));
    BATPAK_TRY(const auto turns, store.stream("arm:1").collect<Turned>());
    for (const auto& turn : turns) fmt::print("{:.2f} ", turn.payload().radians);
    fmt::print("radians\n");

    BATPAK_TRY(const Versions versions, count_versions(store));
    for (const auto& [key, events] : versions) {
        fmt::print("events of kind {} version {}: {}\n", key.first, key.second, events);
    }
    // A program that knows only version 1 refuses what it would misread.
    BATPAK_TRY(const auto latest, store.find_latest("arm:1"));
    const auto old = (*latest)->as<version_1::Turned>();
    fmt::print("an old program: {}\n", old.error());
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
