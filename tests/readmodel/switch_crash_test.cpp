// Goal:   whenever the power goes, readers find a version that was switched to and that is whole:
//         the old one or the new one, and the new one if that was acknowledged; and no kept model
//         knows more than the log (INV U1, U4).
// Method: two versions are built from a log whose appends are buffered, one after the other, and
//         switched to; every I/O call of that is a crash point. The models are files of a disk that
//         loses nothing, which is the worst that there is for a log that does.
#include <gtest/gtest.h>

#include "batpak/readmodel/projection_runner.hpp"
#include "batpak/testing/scenario.hpp"
#include "readmodel/recorder.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::CrashReport;
using testing::Recorder;

struct World {
    Recorder::Disk one;
    Recorder::Disk two;
    std::uint32_t acknowledged = 0;  // the version that was switched to
};

StoreConfig config_of(const Environment& machine) {
    return StoreConfig("data").with_environment(machine).with_sync_every_n_events(100);
}

Result<void> append(Store& store, int count) {
    const Coordinate alice = testing::coordinate_of("player:alice");
    for (int i = 0; i < count; ++i) BATPAK_CHECK(store.append(alice, testing::Moved{i, 0}));
    return {};
}

Result<void> build_and_switch(const Environment& machine, World& world) {
    BATPAK_TRY(Store store, Store::open(config_of(machine)));
    Recorder one({"orders", 1}, Region::all(), world.one, ModelKeeping::OnDisk);
    Recorder two({"orders", 2}, Region::all(), world.two, ModelKeeping::OnDisk);
    RunnerOptions options;
    options.batch_events_max = 3;
    ProjectionRunner runner(store, options);
    BATPAK_CHECK(append(store, 4));
    BATPAK_CHECK(runner.add(one));
    BATPAK_CHECK(runner.catch_up());
    BATPAK_TRY(const ServingVersion first, runner.switch_to(one));
    world.acknowledged = first.version;
    BATPAK_CHECK(runner.add(two));
    BATPAK_CHECK(append(store, 2));
    BATPAK_CHECK(runner.catch_up());
    BATPAK_TRY(const ServingVersion second, runner.switch_to(two));
    world.acknowledged = second.version;
    BATPAK_CHECK(append(store, 1));
    BATPAK_CHECK(runner.catch_up());
    return {};
}

// What a disk holds is all of the log before its position, which the log still has.
std::string check_disk(const Store& store, const Recorder::Disk& disk) {
    if (!disk.position) return disk.events.empty() ? "" : "events without a position";
    if (disk.position->next > store.visible_end()) return "a model is ahead of the log";
    std::vector<std::uint64_t> expected;
    for (const auto& event : store.query(Region::all().before(disk.position->next))) {
        if (!event) return event.error().to_string();
        if (event->kind() == testing::Moved::kind) expected.push_back(event->sequence().value);
    }
    return disk.events == expected ? "" : "a model is not the fold of the log";
}

Result<std::string> check(const Environment& machine, const World& world) {
    BATPAK_TRY(const Store store, Store::open(config_of(machine)));
    BATPAK_TRY(const auto serving, serving_version(store, "orders"));
    const std::uint32_t version = serving ? serving->version : 0;
    if (version < world.acknowledged) return "a switch that was acknowledged is gone";
    if (version > world.acknowledged + 1) return "a switch that nobody asked for";
    const Recorder::Disk& disk = version == 2 ? world.two : world.one;
    if (serving && (!disk.position || disk.position->next < serving->model_next)) {
        return "the version that serves is not whole";
    }
    for (const Recorder::Disk* each : {&world.one, &world.two}) {
        if (std::string wrong = check_disk(store, *each); !wrong.empty()) return wrong;
    }
    return "";
}

// The next process takes the models up, whatever they are, and brings them to the log's end.
Result<void> resume(const Environment& machine, World& world) {
    BATPAK_TRY(Store store, Store::open(config_of(machine)));
    Recorder one({"orders", 1}, Region::all(), world.one, ModelKeeping::OnDisk);
    Recorder two({"orders", 2}, Region::all(), world.two, ModelKeeping::OnDisk);
    ProjectionRunner runner(store);
    BATPAK_CHECK(runner.add(one));
    BATPAK_CHECK(runner.add(two));
    return runner.catch_up();
}

TEST(SwitchCrash, LeavesAVersionThatIsWhole) {
    const CrashReport report =
        testing::scenario(World{}, build_and_switch).resume(resume).then(check);
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_GT(report.crashes, 100U);
}

}  // namespace
}  // namespace batpak
