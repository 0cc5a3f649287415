// A robot's recorder: readings that may be lost in a power cut, commands that may not. The test
// cuts the power at every call to the disk.
#include <batpak/batpak.hpp>
#include <batpak/testing/scenario.hpp>

#include <cstdlib>
#include <string>
#include <vector>

using batpak::Coordinate;
using batpak::Durability;
using batpak::Environment;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct Sensed {
    static constexpr auto kind = EventKind::custom(0x5, 0x001);
    float metres = 0;
};
struct Commanded {
    static constexpr auto kind = EventKind::custom(0x5, 0x002);
    std::string motor;
    int steps = 0;
};

// Small segments and a small index cache: memory and files stay within the limits of the board.
batpak::StoreConfig recorder(const Environment& machine) {
    return batpak::StoreConfig("recording")
        .with_environment(machine)
        .with_segment_bytes(256 << 10)
        .with_index_cache_bytes(1 << 20)
        .with_sync_every_n_events(1000);
}

// What the motors did. No power cut takes it back.
using Motors = std::vector<int>;

Result<void> drive(const Environment& machine, Motors& motors) {
    BATPAK_TRY(Store store, Store::open(recorder(machine)));
    BATPAK_TRY(const Coordinate sonar, Coordinate::create("sensor:sonar", "robot:3"));
    BATPAK_TRY(const Coordinate motor, Coordinate::create("motor:left", "robot:3"));
    for (int step = 1; step <= 3; ++step) {
        BATPAK_CHECK(store.append(sonar, Sensed{1.5F / static_cast<float>(step)}));  // buffered
        // First on record, on stable storage; then in the world.
        BATPAK_CHECK(
            store.append(motor, Commanded{"left", step}, {.durability = Durability::Durable}));
        motors.push_back(step);
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

// After a power cut: everything that moved is on record. What is wrong, or an empty text.
Result<std::string> check(const Environment& machine, const Motors& motors) {
    BATPAK_TRY(const Store store, Store::open(recorder(machine)));
    BATPAK_TRY(const auto commands,
               store.query(Region::all().with_kind<Commanded>()).collect<Commanded>());
    if (commands.size() < motors.size()) return std::string("a motor moved without a record");
    BATPAK_TRY(const batpak::VerifyReport report, store.verify());
    return report.damage ? report.damage->to_string() : std::string();
}

int main() {
    namespace testing = batpak::testing;
    const testing::CrashReport report =
        testing::scenario(Motors{}, drive)
            .crash_at(testing::any_io)
            .resume([](const Environment&, Motors&) { return Result<void>(); })
            .then(check);
    fmt::print("{}\n", report.to_string());

    Motors motors;
    drive(Environment::real(), motors).value();
    const auto recording = batpak::ReadOnlyStore::open(recorder(Environment::real())).value();
    for (const auto& event : recording.by_scope("robot:3")) {
        const batpak::EventView& seen = event.value();
        if (seen.kind() == Sensed::kind) {
            fmt::print("{} {} {:.2f} m\n", seen.sequence(), seen.entity,
                       seen.as<Sensed>().value().metres);
        } else {
            fmt::print("{} {} {} steps\n", seen.sequence(), seen.entity,
                       seen.as<Commanded>().value().steps);
        }
    }
    return report.ok() ? EXIT_SUCCESS : EXIT_FAILURE;
}
