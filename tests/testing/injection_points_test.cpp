// Goal:   every injection point is reached by what programs do with a store, and a failure at any
//         of them does what its line in batpak/base/fault_injector.hpp says: no more is poisoned,
//         lost, or brought back than that (INV W3, W4).
// Method: one script of opens, appends, batches, rotations, a failed write, closes and a torn tail.
//         It is run once to count the arrivals at each point, and then once for each arrival, which
//         fails. A model judges every answer, and the disks that a crash would leave at the end.
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/environment.hpp"
#include "batpak/testing/injectors.hpp"
#include "support/crash/model_store.hpp"

namespace batpak::testing {
namespace {

enum class Phase : std::uint8_t { Open, Append, Close, Dead };

// What the caller sees of a failure.
enum class Effect : std::uint8_t { Nothing, CallFails, Poisons };

Effect documented_effect(InjectionPoint point, Phase phase) {
    if (phase == Phase::Dead) return Effect::Nothing;  // nobody is there to be told
    const bool closing = phase == Phase::Close;
    switch (point) {
        case InjectionPoint::AfterLock:
        case InjectionPoint::BeforeScan:
        case InjectionPoint::BeforeTailCut:
        case InjectionPoint::AfterTailCut:
        case InjectionPoint::BeforeTakeUp:
        case InjectionPoint::BeforeSegment:
        case InjectionPoint::AfterSegment:
        case InjectionPoint::BeforeStaging:
        case InjectionPoint::BeforeRotation:
        case InjectionPoint::BeforeSeal:
        case InjectionPoint::BeforeManifest: return Effect::CallFails;
        case InjectionPoint::AfterManifest:
            return phase == Phase::Open ? Effect::CallFails : Effect::Poisons;
        case InjectionPoint::BeforeIndexPart:
        case InjectionPoint::BeforeMark: return Effect::Nothing;
        // A close writes its mark if it can.
        case InjectionPoint::BeforeWrite:
        case InjectionPoint::AfterWrite: return closing ? Effect::Nothing : Effect::CallFails;
        case InjectionPoint::BeforeUndo:
        case InjectionPoint::BeforePublish: return Effect::Poisons;
        // What close() poisons, nobody can ask any more.
        case InjectionPoint::BeforeSync:
        case InjectionPoint::AfterSync: return closing ? Effect::CallFails : Effect::Poisons;
        case InjectionPoint::BeforeClose: return Effect::CallFails;
    }
    BATPAK_UNREACHABLE();
}

class Script {
public:
    explicit Script(std::shared_ptr<FaultInjector> faults) : setup_(setup_with(std::move(faults))) {
        open();
        append({});
        step(Phase::Append, [&] { store_.append_batch(3, {.payload_bytes = 200}); });
        append({.entity = "bob", .durability = Durability::Buffered});
        step(Phase::Append, [&] { store_.sync(); });
        for (int i = 0; i < 4; ++i) append({.payload_bytes = 1700});
        append_to_failing_disk();
        append({.entity = "carol"});
        close();
        open();
        append({.payload_bytes = 200});
        append({.payload_bytes = 1300, .durability = Durability::Buffered});
        lose_power();
        open();
        append({});
        close();
    }

    const std::string& problem() const noexcept { return problem_; }
    std::size_t errors() const noexcept { return store_.errors().size(); }
    // Whether a caller got the injected error, or what came of it.
    bool was_told() const {
        return std::ranges::any_of(store_.errors(), [](const Error& error) {
            return error.detail().find("injected at") != std::string::npos;
        });
    }
    bool was_poisoned() const noexcept { return was_poisoned_; }
    Phase phase() const noexcept { return phase_; }

    // Whatever became of it, what is opened next is whole, and goes on.
    std::string judge() {
        std::string problem = problem_;
        const auto judge_disk = [&](const Disk& disk, std::uint64_t at_least, const char* how) {
            if (!problem.empty()) return;
            problem = check_.check({.disk = disk,
                                    .at_least = at_least,
                                    .durable = model_.durable(),
                                    .at_most = model_.submitted(),
                                    .how = how},
                                   Depth::Sampled);
        };
        judge_disk(disk_->after_process_kill(), model_.acknowledged(), "a kill");
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            judge_disk(disk_->after_power_cut({.mode = CutMode::Random, .seed = seed}),
                       model_.durable(), "a random cut");
        }
        return problem;
    }

private:
    static StoreSetup setup_with(std::shared_ptr<FaultInjector> faults) {
        return {.wrap = {},
                .sync_every_n = 100,
                .clock = std::make_shared<ManualClock>(ManualClock::kStartUs),
                .faults = std::move(faults)};
    }

    template <class Action>
    void step(Phase phase, Action action) {
        if (!injected()) phase_ = phase;
        action();
        was_poisoned_ = was_poisoned_ || store_.poisoned();
        if (problem_.empty()) problem_ = store_.problem();
    }

    // The phase stays what it was when the one failure happened.
    bool injected() const {
        const auto* countdown = dynamic_cast<const CountdownInjector*>(setup_.faults.get());
        return countdown != nullptr && countdown->fired();
    }

    void open() {
        step(Phase::Open, [&] { store_.open(disk_); });
        step(phase_, [&] { store_.read(); });
    }
    void append(const Appending& what) {
        step(Phase::Append, [&] { store_.append(what); });
        step(phase_, [&] { store_.read(); });
    }
    void close() {
        step(Phase::Close, [&] { store_.close(); });
    }
    void append_to_failing_disk() {
        if (!store_.is_open() || store_.poisoned()) return;
        disk_->fail_next(CallKind::Write, Fault::short_write(10, Fault::io()));
        append({.payload_bytes = 100});
        disk_->clear_faults();
    }
    void lose_power() {
        const Disk next = disk_->after_power_cut({.mode = CutMode::LastOnly, .seed = 0});
        step(Phase::Dead, [&] { store_.kill(disk_); });
        model_.lose_power();
        disk_ = next;
    }

    const StoreSetup setup_;
    const StoreSetup without_faults_ = setup_with(nullptr);
    LogModel model_;
    CrashCheck check_{model_, without_faults_, 5};
    ModelStore store_{model_, setup_};
    Disk disk_ = std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{});
    Phase phase_ = Phase::Open;
    bool was_poisoned_ = false;
    std::string problem_;
};

TEST(InjectionPoints, EachIsReachedByAScriptOfOrdinaryWork) {
    const auto recording = std::make_shared<RecordingInjector>();
    Script script(recording);
    EXPECT_EQ(script.judge(), "");
    EXPECT_EQ(script.errors(), 1U);  // of the failing disk
    for (const InjectionPoint point : kInjectionPoints) {
        EXPECT_GT(recording->count(point), 0U) << to_string(point);
    }
}

TEST(InjectionPoints, AnAppendPassesThemInTheOrderOfTheContract) {
    const auto recording = std::make_shared<RecordingInjector>();
    const auto disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    const StoreSetup setup{.wrap = {},
                           .clock = std::make_shared<ManualClock>(ManualClock::kStartUs),
                           .faults = recording};
    Result<Store> store = open_store(setup, disk, 1);
    ASSERT_TRUE(store);
    const std::size_t opened = recording->points().size();
    ASSERT_TRUE(store->append_raw(Coordinate::create("alice", "cave").value(),
                                  EventKind::custom(0xF, 1), as_bytes("payload")));
    std::vector<InjectionPoint> points = recording->points();
    points.erase(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(opened));
    using enum InjectionPoint;  // (INV W1)
    EXPECT_EQ(points, (std::vector{BeforeStaging, BeforeWrite, AfterWrite, BeforeSync, AfterSync,
                                   BeforePublish}));
}

// How many of them poison the store.
std::uint64_t judge_failures_at(InjectionPoint point, std::uint64_t arrivals,
                                const Injection& what) {
    std::uint64_t poisoned = 0;
    for (std::uint64_t arrival = 0; arrival < arrivals; ++arrival) {
        SCOPED_TRACE(std::string(to_string(point)) + ", arrival " + std::to_string(arrival));
        const auto injector = std::make_shared<CountdownInjector>(
            Countdown{.point = point, .arrival = arrival}, what);
        Script script(injector);
        EXPECT_TRUE(injector->fired());
        const Effect effect = documented_effect(point, script.phase());
        EXPECT_EQ(script.was_poisoned(), effect == Effect::Poisons);
        EXPECT_EQ(script.was_told(), effect != Effect::Nothing);
        EXPECT_EQ(script.judge(), "");
        poisoned += script.was_poisoned() ? 1U : 0U;
        if (::testing::Test::HasFailure()) break;
    }
    return poisoned;
}

TEST(InjectionPoints, AFailureAtAnyArrivalDoesWhatItsLineSays) {
    const auto recording = std::make_shared<RecordingInjector>();
    (void)Script(recording);
    std::uint64_t poisoned = 0;
    for (const Injection& what : {fail_io(), fail_disk_full()}) {
        for (const InjectionPoint point : kInjectionPoints) {
            poisoned += judge_failures_at(point, recording->count(point), what);
            if (HasFailure()) return;
        }
    }
    EXPECT_GT(poisoned, 20U);
}

// Failing all the time at a small rate, the store is opened anew again and again.
TEST(InjectionPoints, FailuresByChanceLeaveAWholeStore) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const auto injector = std::make_shared<ProbabilisticInjector>(
            Chance{.point = std::nullopt, .per_million = 40'000, .seed = seed}, fail_io());
        Script script(injector);
        ASSERT_EQ(script.judge(), "") << injector->to_string();
    }
}

}  // namespace
}  // namespace batpak::testing
