// What models hold when their runner stops, wherever it stops and whatever fails (INV U1 to U4).
#include "batpak/readmodel/projection_runner.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

#include "batpak/projection/project.hpp"
#include "batpak/readmodel/states.hpp"
#include "readmodel/recorder.hpp"
#include "readmodel/switched.hpp"
#include "support/seeds.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;
using testing::Recorder;
using State = ModelStatus::State;
using Sequences = std::vector<std::uint64_t>;

struct Jumped {
    static constexpr auto kind = EventKind::custom(0xF, 2);
    int height = 0;
};

struct Player {
    static constexpr auto projection = projection_of<Moved, Jumped>("player", 1);
    int x = 0;
    int jumps = 0;
    void on(const Moved& moved) { x += moved.x; }
    void on(const Jumped&) { ++jumps; }
    friend bool operator==(const Player&, const Player&) = default;
};

struct Score {
    static constexpr auto projection = projection_of<Jumped>("score", 3);
    int height = 0;
    void on(const Jumped& jumped) { height += jumped.height; }
};

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

// The events of a region before an end, as a query sees them.
Sequences naive(const Store& store, const Region& region, Sequence end) {
    Sequences sequences;
    EventRange events = store.query(region.before(end));
    while (const auto* event = events.next()) {
        if ((*event).value().kind().category() != EventKind::kSystemCategory) {
            sequences.push_back((*event)->sequence().value);
        }
    }
    return sequences;
}

RunnerOptions batches_of(std::uint32_t events) {
    RunnerOptions options;
    options.batch_events_max = events;
    return options;
}

class ProjectionRunnerTest : public testing::StoreFixture {
protected:
    // Events of three entities in two scopes, of two kinds, chosen by the seed.
    void append_random(Store& store, int count, std::uint64_t seed) {
        std::mt19937_64 random(seed);
        const Coordinate cellar = Coordinate::create("player:carol", "room:cellar").value();
        for (int i = 0; i < count; ++i) {
            const std::array<const Coordinate*, 3> everybody = {&alice, &bob, &cellar};
            const Coordinate& who = *everybody.at(random() % 3);
            if (random() % 2 == 0) {
                ASSERT_TRUE(store.append(who, Moved{i, 0}));
            } else {
                ASSERT_TRUE(store.append(who, Jumped{i}));
            }
        }
    }
    Sequences all_before(std::uint64_t end) const {
        Sequences sequences(end);
        std::iota(sequences.begin(), sequences.end(), 0);
        return sequences;
    }

    Recorder::Disk disk_a;
    Recorder::Disk disk_b;
    Recorder a{{"a", 1}, Region::all(), disk_a};
    Recorder b{{"b", 1}, Region::all(), disk_b};
};

// Goal:   wherever a runner stops, each model is the fold of the events of its region before there.
// Method: four models of different regions; all stops of a log, in batches of several sizes, each
//         against what queries and project() say.
TEST_F(ProjectionRunnerTest, EqualsTheNaiveFoldAtEveryStop) {
    constexpr int kEvents = 40;
    const std::uint64_t seed = testing::number_from_environment("BATPAK_SEED").value_or(11);
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    Store store = open();
    append_random(store, kEvents, seed);
    const Region cellar = Region::scope("room:cellar").with_kinds({Moved::kind});
    for (const std::uint32_t batch : {1U, 3U, 7U, 1000U}) {
        Recorder::Disk everything;
        Recorder::Disk some;
        Recorder all({"all", 1}, Region::all(), everything);
        Recorder moved({"cellar", 1}, cellar, some);
        EntityStates<Player> players(Region::scope("room:dungeon"));
        RegionState<Score> score(Region::all());
        ProjectionRunner runner(store, batches_of(batch));
        for (ReadModel* model : std::initializer_list<ReadModel*>{&all, &moved, &players, &score}) {
            ASSERT_TRUE(runner.add(*model));
        }
        for (std::uint64_t end = 0; end <= kEvents; ++end) {
            SCOPED_TRACE("end " + std::to_string(end));
            ASSERT_TRUE(runner.run_until(Sequence(end)));
            const StoreView then = store.before(Sequence(end));
            EXPECT_EQ(everything.events, naive(store, Region::all(), Sequence(end)));
            EXPECT_EQ(some.events, naive(store, cellar, Sequence(end)));
            EXPECT_EQ(score.get()->height, then.project<Score>(Region::all()).value().height);
            for (const char* name : {"player:alice", "player:bob", "player:carol"}) {
                const auto player = players.find(name);
                const auto expected =
                    then.project<Player>(Region::scope("room:dungeon").with_entity(name)).value();
                EXPECT_EQ(player ? *player : Player{}, expected);
            }
            for (const ModelStatus& status : runner.status()) {
                EXPECT_EQ(status.next, Sequence(end));
            }
        }
        EXPECT_EQ(players.size(), players.all().size());
    }
    EXPECT_EQ(code_of(ProjectionRunner(store).run_until(Sequence(kEvents + 1))),
              ErrorCode::InvalidArgument);
}

// What stands anywhere goes on from there, and shares the passes of what it meets.
TEST_F(ProjectionRunnerTest, TakesEachModelFromWhereItStands) {
    Store store = open();
    append_random(store, 30, 5);
    std::vector<Recorder::Disk> disks(4);
    for (std::size_t i = 0; i < disks.size(); ++i) {
        Recorder before({"m", 1}, Region::all(), disks[i]);
        ProjectionRunner runner(store, batches_of(4));
        ASSERT_TRUE(runner.add(before));
        ASSERT_TRUE(runner.run_until(Sequence(7 * i)));
    }
    std::vector<std::unique_ptr<Recorder>> models;
    ProjectionRunner runner(store, batches_of(4));
    for (std::size_t i = 0; i < disks.size(); ++i) {
        models.push_back(std::make_unique<Recorder>(
            ModelName{"m", static_cast<std::uint32_t>(i + 1)}, Region::all(), disks[i]));
        ASSERT_TRUE(runner.add(*models[i]));
    }
    ASSERT_TRUE(runner.run_until(Sequence(22)));
    for (const Recorder::Disk& each : disks) EXPECT_EQ(each.events, all_before(22));
    ASSERT_TRUE(runner.catch_up());
    for (const Recorder::Disk& each : disks) EXPECT_EQ(each.events, all_before(30));
    EXPECT_FALSE(runner.step().value());
}

// Goal:   a model that fails at an event holds the events before it and stops; another is complete;
//         retry() and skip() go on without a loss (INV U3).
// Method: each event of a log, each way to fail, in batches of several sizes.
TEST_F(ProjectionRunnerTest, StopsAModelAtTheEventThatItFailsAt) {
    constexpr std::uint64_t kEvents = 9;
    Store store = open();
    append_random(store, kEvents, 6);
    const std::vector<std::function<Result<void>()>> ways = {
        [] { return fail(ErrorCode::DecodeFailed, "no"); },
        []() -> Result<void> { throw std::runtime_error("thrown"); },
        []() -> Result<void> { throw 7; },
    };
    const std::array codes = {ErrorCode::DecodeFailed, ErrorCode::HandlerFailed,
                              ErrorCode::HandlerFailed};
    for (std::size_t way = 0; way < ways.size(); ++way) {
        for (const std::uint32_t batch : {1U, 4U, 100U}) {
            for (std::uint64_t bad = 0; bad < kEvents; ++bad) {
                SCOPED_TRACE(::testing::Message() << way << ' ' << batch << ' ' << bad);
                Recorder::Disk failing;
                Recorder::Disk other;
                Recorder model({"failing", 1}, Region::all(), failing);
                Recorder beside({"other", 1}, Region::all(), other);
                bool broken = true;
                model.on_event = [&](const EventView& event) -> Result<void> {
                    if (broken && event.sequence().value == bad) return ways[way]();
                    return {};
                };
                ProjectionRunner runner(store, batches_of(batch));
                ASSERT_TRUE(runner.add(model));
                ASSERT_TRUE(runner.add(beside));
                EXPECT_EQ(code_of(runner.catch_up()), codes[way]) << "it does not get there";
                EXPECT_EQ(other.events, all_before(kEvents));
                EXPECT_EQ(failing.events, all_before(bad));
                EXPECT_TRUE(runner.run_until(Sequence(bad))) << "it stands there";
                EXPECT_EQ(code_of(runner.run_until(Sequence(bad + 1))), codes[way]);
                const ModelStatus status = runner.status(model).value();
                EXPECT_EQ(status.state, State::Stopped);
                EXPECT_EQ(status.next, Sequence(bad));
                ASSERT_TRUE(status.error);
                EXPECT_EQ(status.error->code(), codes[way]);
                EXPECT_EQ(status.error->sequence(), Sequence(bad));
                EXPECT_EQ(code_of(runner.wait_applied(model, Sequence(bad), now())), codes[way]);
                EXPECT_EQ(code_of(runner.switch_to(model)), codes[way]);

                if (bad % 2 == 0) {
                    ASSERT_TRUE(runner.skip(model));
                    EXPECT_EQ(code_of(runner.skip(model)), ErrorCode::InvalidArgument);
                    ASSERT_TRUE(runner.catch_up());
                    Sequences without = all_before(kEvents);
                    without.erase(without.begin() + static_cast<std::ptrdiff_t>(bad));
                    EXPECT_EQ(failing.events, without);
                    EXPECT_EQ(runner.status(model).value().skipped, 1U);
                } else {
                    ASSERT_TRUE(runner.retry(model));
                    EXPECT_EQ(code_of(runner.catch_up()), codes[way]);
                    EXPECT_EQ(runner.status(model).value().next, Sequence(bad));
                    broken = false;
                    ASSERT_TRUE(runner.retry(model));
                    ASSERT_TRUE(runner.catch_up());
                    EXPECT_EQ(failing.events, all_before(kEvents));
                }
            }
        }
    }
}

// No event is at fault when a batch cannot begin or end: the model stands before it.
TEST_F(ProjectionRunnerTest, StopsAModelWhoseBatchCannotBeginOrEnd) {
    Store store = open();
    append_random(store, 10, 7);
    ProjectionRunner runner(store, batches_of(4));
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.add(b));
    int commits = 0;
    a.on_commit = [&](const ModelPosition&) -> Result<void> {
        if (++commits == 2) return fail(ErrorCode::DiskFull);
        return {};
    };
    b.on_begin = [&]() -> Result<void> {
        if (disk_b.events.size() == 8) throw std::runtime_error("begin");
        return {};
    };
    EXPECT_EQ(code_of(runner.catch_up()), ErrorCode::DiskFull) << "of the first that is stopped";
    EXPECT_EQ(disk_a.events, all_before(4));
    EXPECT_EQ(disk_b.events, all_before(8));
    EXPECT_EQ(runner.status(a).value().error->code(), ErrorCode::DiskFull);
    EXPECT_EQ(runner.status(b).value().error->code(), ErrorCode::HandlerFailed);
    EXPECT_EQ(code_of(runner.skip(a)), ErrorCode::InvalidArgument);
    ASSERT_TRUE(runner.retry(a));
    EXPECT_EQ(code_of(runner.catch_up()), ErrorCode::HandlerFailed) << "of the other";
    EXPECT_EQ(disk_a.events, all_before(10));
}

TEST_F(ProjectionRunnerTest, StopsAtADamagedEventOnlyWhomItConcerns) {
    config = config.with_segment_bytes(4096);
    {
        Store store = open();
        for (int i = 0; i < 6; ++i) {
            ASSERT_TRUE(store.append_raw(i == 2 ? bob : alice, kind, payload));
        }
        std::move(store).close().value();
    }
    const std::string segment = "data/segments/000000000001.bpk";
    const Bytes content = disk->contents(segment).value();
    std::size_t at = 0;
    for (int i = 0; i < 3; ++i) at = as_text(content).find("payload", at + 1);
    ASSERT_TRUE(disk->flip_bit(segment, at, 0));
    Store store = open();
    Recorder::Disk of_alice;
    Recorder alone({"alice", 1}, Region::entity("player:alice"), of_alice);
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.add(alone));
    EXPECT_EQ(code_of(runner.catch_up()), ErrorCode::CorruptFrame);
    EXPECT_EQ(disk_a.events, all_before(2));
    EXPECT_EQ(runner.status(a).value().error->code(), ErrorCode::CorruptFrame);
    EXPECT_EQ(of_alice.events, (Sequences{0, 1, 3, 4, 5}));
    ASSERT_TRUE(runner.skip(a));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_a.events, (Sequences{0, 1, 3, 4, 5}));
    EXPECT_EQ(disk_a.position->skipped, 1U);
}

// What was appended together becomes visible in a model together, also where the model leaves out
// the last of it.
TEST_F(ProjectionRunnerTest, NeverPartsABatchOfTheLog) {
    Store store = open();
    std::vector<std::uint64_t> ends;
    for (const int size : {1, 5, 1, 1, 3, 4}) {
        BatchBuilder batch;
        for (int i = 1; i < size; ++i) batch.add(alice, Moved{i, 0});
        batch.add(bob, Moved{0, 0});
        ends.push_back(store.append_batch(std::move(batch)).value().back().sequence.value + 1);
    }
    for (const std::uint32_t batch : {1U, 2U, 4U, 6U}) {
        for (const Region& region : {Region::all(), Region::entity("player:alice")}) {
            Recorder::Disk kept;
            Recorder model({"m", 1}, region, kept);
            model.on_commit = [&](const ModelPosition& position) -> Result<void> {
                EXPECT_NE(std::ranges::find(ends, position.next.value), ends.end());
                return {};
            };
            ProjectionRunner runner(store, batches_of(batch));
            ASSERT_TRUE(runner.add(model));
            ASSERT_TRUE(runner.catch_up());
            EXPECT_EQ(kept.events, naive(store, region, store.visible_end()));
        }
    }
}

// ---- whose model it is (INV U2)

TEST_F(ProjectionRunnerTest, RefusesAModelOfAnotherLogOrHistory) {
    Recorder::Disk young;
    {
        Store store = open();
        append_random(store, 8, 8);
        ProjectionRunner runner(store);
        ASSERT_TRUE(runner.add(a));
        Recorder half({"half", 1}, Region::all(), young);
        ASSERT_TRUE(runner.add(half));
        ASSERT_TRUE(runner.run_until(Sequence(4)));
        ASSERT_TRUE(runner.remove(half));
        ASSERT_TRUE(runner.catch_up());
        std::move(store).close().value();
    }
    ASSERT_TRUE(disk_a.position->anchor);
    EXPECT_EQ(disk_a.position->anchor->sequence, Sequence(7));

    // An older one catches up.
    Store store = open();
    ProjectionRunner runner(store);
    Recorder older({"half", 1}, Region::all(), young);
    ASSERT_TRUE(runner.add(older));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(young.events, all_before(8));

    Recorder::Disk forged = disk_a;
    forged.position->next = Sequence(9);
    Recorder ahead({"ahead", 1}, Region::all(), forged);
    EXPECT_EQ(code_of(runner.add(ahead)), ErrorCode::RolledBack);
    forged = disk_a;
    forged.position->anchor->id.bytes[3] ^= std::byte{1};
    EXPECT_EQ(code_of(runner.add(ahead)), ErrorCode::ForeignModel);
    forged = disk_a;
    forged.position->anchor->hash.bytes[0] ^= std::byte{1};
    EXPECT_EQ(code_of(runner.add(ahead)), ErrorCode::ForeignModel);
    forged = disk_a;
    forged.position->anchor->sequence = Sequence(8);
    EXPECT_EQ(code_of(runner.add(ahead)), ErrorCode::CorruptReadModel);
    forged = disk_a;
    forged.position->log_id.bytes[0] ^= std::byte{1};
    EXPECT_EQ(code_of(runner.add(ahead)), ErrorCode::ForeignModel);
}

TEST_F(ProjectionRunnerTest, RefusesNamesAndStrangers) {
    Store store = open();
    ProjectionRunner runner(store);
    for (const ModelName& name : {ModelName{"", 1}, ModelName{std::string(65, 'x'), 1},
                                  ModelName{"tab\t", 1}, ModelName{"x", 0}}) {
        Recorder model(name, Region::all(), disk_a);
        EXPECT_EQ(code_of(runner.add(model)), ErrorCode::InvalidArgument) << name.text;
    }
    ASSERT_TRUE(runner.add(a));
    EXPECT_EQ(code_of(runner.add(a)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(runner.remove(b)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(runner.retry(b)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(runner.skip(b)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(runner.status(b)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(runner.switch_to(b)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(runner.wait_applied(b, Sequence(0), now())), ErrorCode::InvalidArgument);
    a.on_begin = [&] { return fail(ErrorCode::Io); };
    EXPECT_EQ(to_string(a.name()), "a, version 1");
}

// ---- positions

TEST_F(ProjectionRunnerTest, MakesTheLogDurableBeforeWhatAModelKeeps) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    append_random(store, 10, 9);
    ASSERT_LT(store.durable_end(), store.visible_end());
    ProjectionRunner runner(store, batches_of(3));
    ASSERT_TRUE(runner.add(a));  // in memory
    ASSERT_TRUE(runner.catch_up());
    EXPECT_LT(store.durable_end(), store.visible_end());
    Recorder kept({"kept", 1}, Region::all(), disk_b, ModelKeeping::OnDisk);
    int commits = 0;
    kept.on_commit = [&](const ModelPosition& position) -> Result<void> {
        EXPECT_GE(store.durable_end(), position.next);
        ++commits;
        return {};
    };
    ASSERT_TRUE(runner.add(kept));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(commits, 4);
}

TEST_F(ProjectionRunnerTest, StoresAPositionNowAndThenWhereNothingIsForTheModel) {
    config = config.with_sync_every_n_events(1'000'000).with_batch_items_max(4096);
    Store store = open();
    const auto append = [&](int count) {
        BatchBuilder batch;
        for (int i = 0; i < count; ++i) batch.add(alice, Moved{i, 0});
        ASSERT_TRUE(store.append_batch(std::move(batch)));
    };
    Recorder nothing({"nothing", 1}, Region::scope("nowhere"), disk_a);
    ProjectionRunner runner(store);
    ASSERT_TRUE(runner.add(nothing));
    for (int i = 0; i < 15; ++i) append(4096);
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_a.commits, 0);
    EXPECT_EQ(runner.status(nothing).value().next, store.visible_end());
    append(4096);
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_a.commits, 1);
    EXPECT_EQ(disk_a.position->next, store.visible_end());
    EXPECT_EQ(disk_a.position->anchor->sequence.next(), store.visible_end());
    EXPECT_TRUE(disk_a.events.empty());
}

TEST_F(ProjectionRunnerTest, WaitAppliedTellsAndTimesOut) {
    Store store = open();
    ProjectionRunner runner(store, batches_of(1));
    Recorder nowhere({"nowhere", 1}, Region::scope("nowhere"), disk_b);
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.add(nowhere));
    const Sequence first = store.append(alice, Moved{1, 0}).value().sequence;
    const Sequence second = store.append(alice, Moved{2, 0}).value().sequence;
    EXPECT_FALSE(runner.wait_applied(a, first, now()).value());
    ASSERT_TRUE(runner.step().value());
    EXPECT_TRUE(runner.wait_applied(a, first, now()).value());
    EXPECT_FALSE(runner.wait_applied(a, second, now()).value());
    ASSERT_TRUE(runner.catch_up());
    EXPECT_TRUE(runner.wait_applied(a, second, now()).value());
    EXPECT_TRUE(runner.wait_applied(nowhere, second, now()).value());
}

// ---- versions (INV U4)

TEST_F(ProjectionRunnerTest, AVersionThatIsBuiltDoesNotKeepTheOldOneWaiting) {
    Store store = open();
    append_random(store, 100, 10);
    ProjectionRunner runner(store, batches_of(10));
    Recorder old({"orders", 1}, Region::all(), disk_a);
    ASSERT_TRUE(runner.add(old));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(runner.switch_to(old).value().version, 1U);
    Recorder fresh({"orders", 2}, Region::all(), disk_b);
    ASSERT_TRUE(runner.add(fresh));
    for (std::uint64_t step = 1; step <= 10; ++step) {
        const Sequence last = store.append(alice, Moved{1, 0}).value().sequence;
        ASSERT_TRUE(runner.step().value());
        EXPECT_EQ(disk_a.events.back(), last.value);
        EXPECT_EQ(runner.status(old).value().state, State::UpToDate);
        EXPECT_EQ(disk_b.events, all_before(10 * step));
        EXPECT_EQ(runner.status(fresh).value().state, State::Behind);
        EXPECT_EQ(code_of(runner.switch_to(fresh)), ErrorCode::ModelBehind);
        EXPECT_EQ(serving_version(store, "orders").value()->version, 1U);
    }
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_b.events, disk_a.events);
}

TEST_F(ProjectionRunnerTest, SwitchesOnceAndBackAndForAllTime) {
    Store store = open();
    append_random(store, 5, 11);
    ProjectionRunner runner(store);
    Recorder one({"orders", 1}, Region::all(), disk_a);
    Recorder two({"orders", 2}, Region::all(), disk_b);
    EXPECT_FALSE(serving_version(store, "orders").value());
    ASSERT_TRUE(runner.add(one));
    EXPECT_EQ(code_of(runner.switch_to(one)), ErrorCode::ModelBehind);
    ASSERT_TRUE(runner.catch_up());
    const ServingVersion first = runner.switch_to(one).value();
    EXPECT_EQ(first.replaced, 0U);
    EXPECT_EQ(first.model_next, Sequence(5));
    EXPECT_EQ(runner.switch_to(one).value().switched_at, first.switched_at);

    ASSERT_TRUE(runner.add(two));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(runner.switch_to(two).value().replaced, 1U);
    EXPECT_EQ(runner.switch_to(one).value().replaced, 2U);
    EXPECT_EQ(runner.switch_to(two).value().replaced, 1U);
    // Batpak's own records are not delivered.
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_a.events, all_before(5));
    EXPECT_EQ(disk_a.position->next, Sequence(5));

    // Of two who switch on the strength of the same moment, one fails.
    const auto moment = readmodel::SwitchStream::read(store, "orders").value();
    ASSERT_TRUE(runner.switch_to(one));
    EXPECT_EQ(code_of(moment.append(store, {"orders", 3, 2, Sequence(5)})),
              ErrorCode::VersionConflict);
    std::move(store).close().value();
    const Store again = open();
    EXPECT_EQ(serving_version(again, "orders").value()->version, 1U);
    EXPECT_FALSE(serving_version(again, "other").value());
}

// A model may ask for batpak's own records by their kinds.
TEST_F(ProjectionRunnerTest, DeliversItsOwnRecordsWhereTheyAreNamed) {
    Store store = open();
    ProjectionRunner runner(store);
    Recorder switches({"switches", 1}, Region::kinds({system_kinds::kProjectionSwitched}), disk_b);
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.add(switches));
    ASSERT_TRUE(runner.switch_to(a));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(disk_b.events, Sequences{0});
    EXPECT_TRUE(disk_a.events.empty());
}

TEST_F(ProjectionRunnerTest, StatusTellsRateAndTimeLeft) {
    Store store = open();
    append_random(store, 100, 12);
    RunnerOptions options = batches_of(20);
    options.clock = clock;
    ProjectionRunner runner(store, options);
    a.on_event = [&](const EventView&) -> Result<void> {
        clock->advance(std::chrono::milliseconds(10));
        return {};
    };
    ASSERT_TRUE(runner.add(a));
    EXPECT_FALSE(runner.status(a).value().left);
    ASSERT_TRUE(runner.step().value());
    const ModelStatus status = runner.status(a).value();
    EXPECT_EQ(status.next, Sequence(20));
    EXPECT_EQ(status.end, Sequence(100));
    EXPECT_EQ(status.events, 20U);
    EXPECT_DOUBLE_EQ(status.events_per_second, 100);
    EXPECT_EQ(status.left, std::chrono::milliseconds(800));
    ASSERT_TRUE(runner.catch_up());
    EXPECT_EQ(runner.status(a).value().left, std::chrono::milliseconds(0));
}

TEST_F(ProjectionRunnerTest, AClosedStoreEndsTheRun) {
    Store store = open();
    append_random(store, 10, 13);
    ProjectionRunner runner(store, batches_of(4));
    ASSERT_TRUE(runner.add(a));
    ASSERT_TRUE(runner.step());
    std::move(store).close().value();
    EXPECT_EQ(code_of(runner.step()), ErrorCode::Closed);
    EXPECT_EQ(code_of(runner.follow(std::stop_token())), ErrorCode::Closed);
    EXPECT_EQ(code_of(runner.wait_applied(a, Sequence(9), now())), ErrorCode::Closed);
    EXPECT_EQ(disk_a.events, all_before(4));
    EXPECT_FALSE(runner.status(a).value().error);
}

}  // namespace
}  // namespace batpak
