// Goal:   whatever runs out, at any step of any operation, once, for a while, or from then on: each
//         call answers, nothing acknowledged is lost, nothing refused comes back, nothing leaks,
//         the store goes on when the shortage is over, and it is poisoned only where what is on
//         the disk is unknown (INV W3, W4, W8, D3, D4).
// Method: each scenario is made once to count its allocations and its calls to the file system, and
//         then once for each of them and each way in which it can fail, also by an exception.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <iostream>

#include "batpak/delivery/cursor_worker.hpp"
#include "batpak/projection/project.hpp"
#include "batpak/projection/projection_cache.hpp"
#include "support/faults/shortage_world.hpp"
#include "support/watchdog.hpp"

namespace batpak::testing {
namespace {

using std::chrono::milliseconds;

constexpr Durability kBuffered = Durability::Buffered;
constexpr std::size_t kBig = 1700;  // two of them fit a segment, three do not
constexpr auto kKind = EventKind::custom(0xF, 1);
const Region kCave = Region::scope("cave");

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

struct Answer {
    static constexpr auto kind = EventKind::custom(0xF, 2);
    int yes = 0;
};

struct Counted {
    static constexpr auto projection = projection_of_kinds<EventView>("counted", 1, kKind);
    std::uint64_t events = 0;
    void on(const EventView&) { ++events; }
};

struct Scenario {
    const char* name;
    void (*prepare)(ShortageWorld&);          // nothing is short here
    void (*act)(ShortageWorld&);              // and something here
    void (*after)(ShortageWorld&) = nullptr;  // nothing is short any more
};

void prepare_nothing(ShortageWorld&) {}

void prepare_open(ShortageWorld& world) {
    world.open();
    world.append("alice", 20);
    world.append("bob", 20, {.durability = kBuffered});
}

void prepare_three_segments(ShortageWorld& world) {
    world.open();
    for (int i = 0; i < 5; ++i) world.append("alice", kBig, {.durability = kBuffered});
    world.append("bob", 20, {.durability = Durability::Durable});
}

void prepare_closed(ShortageWorld& world) {
    prepare_three_segments(world);
    world.close();
}

void prepare_dead(ShortageWorld& world) {
    prepare_three_segments(world);
    world.append("carol", 600, {.durability = kBuffered});
    world.kill();
}

void prepare_no_index(ShortageWorld& world) {
    prepare_closed(world);
    for (const std::string& path : world.disk->file_paths()) {
        if (path.starts_with("/data/index/")) (void)world.disk->erase(path);
    }
}

void open(ShortageWorld& world) { world.open(); }

void read_everything(ShortageWorld& world) {
    if (!world.store) return;
    const Store& store = *world.store;
    const std::uint64_t end = store.visible_end().value;
    const auto read = world.attempt([&]() -> Result<std::uint64_t> {
        std::uint64_t events = 0;
        for (const auto& event : store.query(Region::all())) {
            if (!event) return fail(event.error());
            ++events;
        }
        return events;
    });
    if (read && *read && **read != end) world.tell("events are missing");
    const auto count = world.attempt([&] { return store.count(kCave); });
    if (count && *count && **count != end) world.tell("a wrong count");
    (void)world.attempt([&] { return store.latest("alice"); });
    (void)world.attempt([&] { return store.find(Sequence(0)); });
    (void)world.attempt([&] { return store.root(Sequence(end)); });
    const auto report = world.attempt([&] { return store.verify(); });
    if (report && *report && (*report)->damage) world.tell("verify finds damage");
}

void open_and_read(ShortageWorld& world) {
    world.open();
    read_everything(world);
}

void open_cursor(ShortageWorld& world) {
    if (!world.store) return;
    auto made =
        world.attempt([&] { return world.store->cursor_guaranteed(kCave, CursorId("billing")); });
    if (made && *made) world.cursor.emplace(**std::move(made));
}

void use_cursor(ShortageWorld& world) {
    open_cursor(world);
    for (int i = 0; i < 2 && world.cursor; ++i) {
        const auto event = world.attempt([&] { return world.cursor->poll(); });
        if (event && *event && **event) world.delivered.push_back((**event)->sequence());
        (void)world.attempt([&] { return world.cursor->commit(); });
    }
    for (int i = 0; i < 3; ++i) world.append("alice", 20);
    if (!world.cursor) return;
    (void)world.attempt([&] { return world.cursor->wait(now()); });
    const auto events = world.attempt([&] { return world.cursor->poll_batch(2); });
    if (!events || !*events) return;
    for (const auto& event : **events) world.delivered.push_back(event.position.sequence);
}

// Delivered during the shortage and after it is together everything, in order. (INV D1)
void after_cursor(ShortageWorld& world) {
    if (!world.cursor) return;
    while (const auto event = world.cursor->poll().value())
        world.delivered.push_back(event->sequence());
    std::vector<Sequence> all;
    for (const auto& event : world.store->query(kCave)) all.push_back(event->sequence());
    if (world.delivered != all) world.tell("events were left out, or delivered out of their place");
    world.cursor.reset();
}

void open_group(ShortageWorld& world) {
    if (!world.store) return;
    auto made =
        world.attempt([&] { return ConsumerGroup::open(*world.store, kCave, GroupId("g")); });
    if (made && *made) world.group.emplace(**std::move(made));
}

void use_group(ShortageWorld& world) {
    open_group(world);
    if (!world.group) return;
    for (int i = 0; i < 3; ++i) {
        auto claimed = world.attempt([&] { return world.group->claim(now()); });
        if (!claimed || !*claimed || !**claimed) continue;
        std::optional<Delivery> delivery(std::move(***claimed));
        (void)world.attempt([&]() -> Result<void> {
            if (i == 0) return std::move(*delivery).ack();
            if (i == 1) return std::move(*delivery).park("not today");
            BATPAK_CHECK(std::move(*delivery).retry("again"));
            return {};
        });
        (void)world.attempt_void([&] { delivery.reset(); });
    }
    (void)world.attempt([&] { return world.group->parked(); });
    (void)world.attempt([&] { return world.group->replay_parked(); });
    (void)world.attempt([&] { return world.group->status(); });
}

// Every event is given out, once, or is settled. (INV Q4)
void after_group(ShortageWorld& world) {
    if (!world.group || world.poisoned()) return;
    for (;;) {
        auto claimed = world.group->claim(now());
        if (!claimed) return world.tell("no claim afterwards: " + claimed.error().to_string());
        if (!*claimed) break;
        (void)std::move(**claimed).ack();
    }
    const GroupStatus status = world.group->status().value();
    if (status.waiting + status.claimed != 0) world.tell("events are not given out");
    if (status.low.value + status.settled_ahead < world.store->count(kCave).value())
        world.tell("events are neither given out nor settled");
    world.group.reset();
}

// What it delivers and what it says it missed is everything that was appended.
void use_subscription(ShortageWorld& world) {
    if (!world.store) return;
    SubscriptionOptions options;
    options.capacity = 4;
    auto made = world.attempt([&] { return world.store->subscribe_lossy(kCave, options); });
    if (!made || !*made) return;
    world.subscription.emplace(**std::move(made));
    const std::uint64_t before = world.store->visible_end().value;
    for (int i = 0; i < 3; ++i) world.append("alice", 20);
    world.append_batch(4, 20, {});
    std::uint64_t told = 0;
    for (int i = 0; i < 20; ++i) {
        const auto item = world.attempt([&] { return world.subscription->try_next(); });
        if (!item || !*item || !**item) continue;
        const Lagged* const lag = (**item)->lag();
        told += lag != nullptr ? lag->missed : 1;
    }
    if (told != world.store->visible_end().value - before)
        world.tell("the subscription told of " + std::to_string(told));
    (void)world.attempt_void([&] { world.subscription.reset(); });
}

void prepare_reader(ShortageWorld& world) {
    prepare_three_segments(world);
    world.reader.emplace(ReadOnlyStore::open(world.config).value());
    for (int i = 0; i < 4; ++i) world.append("alice", kBig, {.durability = kBuffered});
}

void refresh(ShortageWorld& world) {
    for (int i = 0; i < 2; ++i) (void)world.attempt([&] { return world.reader->refresh(); });
    (void)world.attempt([&] { return world.reader->count(kCave); });
}

void open_reader(ShortageWorld& world) {
    auto opened = world.attempt([&] { return ReadOnlyStore::open(world.config); });
    if (opened && *opened) world.reader.emplace(**std::move(opened));
    if (world.reader) (void)world.attempt([&] { return world.reader->count(kCave); });
    (void)world.attempt_void([&] { world.reader.reset(); });
}

void prepare_projector(ShortageWorld& world) {
    ProjectorOptions options;
    options.write_every_n_events = 1;
    options.cache = FileCache::open("/cache", world.config.environment()).value();
    world.projector = std::make_shared<Projector>(options);
    world.config = world.config.with_projector(world.projector);
    prepare_open(world);
}

void use_projection(ShortageWorld& world) {
    for (int i = 0; i < 3; ++i) {
        world.append("alice", 20);
        const auto state = world.attempt([&] { return world.store->project<Counted>(kCave); });
        if (state && *state && (*state)->events != world.store->count(kCave).value())
            world.tell("a wrong state");
    }
}

void use_reactor(ShortageWorld& world) {
    auto made = world.attempt([&] {
        return Reactor::open(
            *world.store, kCave, ReactorId("answers"), [](const EventView&, Reactions& reactions) {
                reactions.add(Coordinate::create("answers", "hall").value(), Answer{1});
            });
    });
    if (!made || !*made) return;
    world.reactor.emplace(**std::move(made));
    for (int i = 0; i < 4; ++i) (void)world.attempt([&] { return world.reactor->step(); });
    (void)world.attempt_void([&] { world.reactor.reset(); });
}

void use_worker(ShortageWorld& world) {
    open_cursor(world);
    if (!world.cursor) return;
    (void)world.attempt([&]() -> Result<void> {
        BATPAK_TRY(CursorWorker worker, CursorWorker::per_event(
                                            std::move(*world.cursor),
                                            [](const EventView& event) -> Result<WorkerStep> {
                                                return event.sequence() == Sequence(1)
                                                           ? WorkerStep::Stop
                                                           : WorkerStep::Continue;
                                            },
                                            WorkerOptions{}));
        (void)worker.join();
        return {};
    });
    (void)world.attempt_void([&] { world.cursor.reset(); });
}

const std::array kScenarios = {
    Scenario{"open, empty", prepare_nothing, open},
    Scenario{"open, closed store of three segments", prepare_closed, open_and_read},
    Scenario{"open, after a crash", prepare_dead, open},
    Scenario{"open, index deleted", prepare_no_index, open_and_read},
    Scenario{"append, durable", prepare_open,
             [](ShortageWorld& world) {
                 world.append("alice", 20, {.durability = Durability::Durable});
                 world.append("new", 20, {.durability = Durability::Durable});
             }},
    Scenario{"append, the first of a type", prepare_open,
             [](ShortageWorld& world) {
                 world.append_typed("alice", 20);
                 world.append_typed("new", 20);
             }},
    Scenario{"append, many new entities", prepare_open,
             [](ShortageWorld& world) {
                 for (int i = 0; i < 40; ++i)
                     world.append(("entity " + std::to_string(i)).c_str(), 20);
             }},
    Scenario{"append, on conditions", prepare_open,
             [](ShortageWorld& world) {
                 AppendOptions options;
                 options.condition = {.none_match = Region::entity("alice"),
                                      .seen_end = Sequence(1)};
                 world.append("bob", 20, options);
                 world.append("alice", 20, {.expect = ExpectedVersion::exactly(0)});
             }},
    Scenario{"append, keyed and retried", prepare_open,
             [](ShortageWorld& world) {
                 world.append_keyed("key 1", 2);
                 world.append_keyed("key 2", 2);
             }},
    Scenario{"append, larger than a segment", prepare_open,
             [](ShortageWorld& world) { world.append("alice", 5000); }},
    Scenario{"batch", prepare_open, [](ShortageWorld& world) { world.append_batch(20, 30, {}); }},
    Scenario{"batch, keyed, and rotation", prepare_open,
             [](ShortageWorld& world) {
                 world.append("alice", kBig);
                 world.append("alice", kBig);
                 world.append_batch(4, 700, {.idempotency_key = "batch"});
             }},
    Scenario{"tickets", prepare_open,
             [](ShortageWorld& world) {
                 world.submit(5, 20);
                 world.settle_tickets();
             }},
    Scenario{"tickets, many, across a rotation", prepare_open,
             [](ShortageWorld& world) {
                 world.submit(20, 300);
                 world.settle_tickets();
             }},
    Scenario{"rotations", prepare_open,
             [](ShortageWorld& world) {
                 for (int i = 0; i < 6; ++i) world.append("alice", kBig);
             }},
    Scenario{"sync and wait_durable", prepare_open,
             [](ShortageWorld& world) {
                 (void)world.attempt([&] { return world.store->sync(); });
                 world.append("alice", 20);
                 (void)world.attempt([&] {
                     return world.store->wait_durable(
                         Sequence(0), std::chrono::steady_clock::now() + std::chrono::minutes(1));
                 });
                 (void)world.attempt([&] { return world.store->sync(); });
             }},
    Scenario{"close", prepare_three_segments, [](ShortageWorld& world) { world.close(); }},
    Scenario{"the destructor", prepare_three_segments,
             [](ShortageWorld& world) { (void)world.attempt_void([&] { world.store.reset(); }); }},
    Scenario{"reads", prepare_three_segments, read_everything},
    Scenario{"a reader opens", prepare_three_segments, open_reader},
    Scenario{"a reader refreshes", prepare_reader, refresh},
    Scenario{"a cursor", prepare_open, use_cursor, after_cursor},
    Scenario{"a consumer group", prepare_three_segments, use_group, after_group},
    Scenario{"a subscription", prepare_open, use_subscription},
    Scenario{"a projection and its cache", prepare_projector, use_projection},
    Scenario{"a reactor", prepare_open, use_reactor},
    Scenario{"a worker", prepare_open, use_worker},
};

struct Figures {
    std::uint64_t scenarios = 0;
    std::uint64_t steps = 0;  // allocations, or calls
    std::uint64_t cases = 0;
    std::uint64_t failed = 0;  // in which a call failed, or threw
    std::uint64_t poisoned = 0;
    std::uint64_t needless = 0;  // poisonings of a store of which all is known
    std::string problem;
};

// The shortage is over: what is open goes on, and what is opened is whole.
std::string judge(ShortageWorld& world) {
    world.end();
    const bool poisoned = world.poisoned();
    if (!world.problem().empty()) return world.problem();
    if (world.store) {
        if (std::string wrong = world.judge(*world.store); !poisoned && !wrong.empty())
            return wrong;
        const auto later = world.store->append_raw(Coordinate::create("later", "hall").value(),
                                                   kKind, as_bytes("later"));
        if (!poisoned && !later) return "no append afterwards: " + later.error().to_string();
        if (poisoned && later) return "an append to a poisoned store";
        const auto synced = world.store->sync();
        if (!poisoned && !synced) return "no sync afterwards: " + synced.error().to_string();
        const auto closed = std::move(*world.store).close();
        if (!poisoned && !closed) return "no close afterwards: " + closed.error().to_string();
        world.store.reset();
    }
    auto again = Store::open(world.config);
    if (!again) return "not opened again: " + again.error().to_string();
    if (std::string wrong = world.judge(*again); !wrong.empty()) return "opened again: " + wrong;
    const auto report = again->verify();
    if (!report || report->damage) return "opened again, and not whole";
    if (!again->append_raw(Coordinate::create("again", "hall").value(), kKind, as_bytes("again")))
        return "opened again, and no append";
    return {};
}

struct Dry {
    std::uint64_t allocations = 0;
    std::uint64_t calls = 0;
};

Dry dry_run(const Scenario& scenario, Figures& figures) {
    ShortageWorld world;
    scenario.prepare(world);
    world.begin({}, {});
    scenario.act(world);
    const Dry dry{world.asked(), world.files->calls()};
    world.end();
    if (scenario.after != nullptr) scenario.after(world);
    if (world.errors() + world.thrown() > 0) figures.problem = "it fails without a shortage";
    if (figures.problem.empty()) figures.problem = judge(world);
    if (!figures.problem.empty()) figures.problem += std::string(" [") + scenario.name + "]";
    return dry;
}

void run_case(const Scenario& scenario, const Shortage& memory, const FileTrouble& trouble,
              const std::string& how, Figures& figures) {
    ShortageWorld world;
    scenario.prepare(world);
    world.begin(memory, trouble);
    scenario.act(world);
    world.end();
    ++figures.cases;
    figures.failed += world.errors() + world.thrown() > 0 ? 1U : 0U;
    if (scenario.after != nullptr) scenario.after(world);
    const bool needless = world.poisoned() && !world.is_doubtful();
    figures.poisoned += world.poisoned() ? 1U : 0U;
    figures.needless += needless ? 1U : 0U;
    std::string problem = needless ? "poisoned, and all is known" : judge(world);
    if (!problem.empty() && figures.problem.empty())
        figures.problem = problem + " [" + scenario.name + ", " + how + "]";
}

std::string described(std::uint64_t first, std::uint64_t count) {
    return "from " + std::to_string(first) +
           (count == UINT64_MAX ? ", all" : ", " + std::to_string(count));
}

// Every step, or some of them where a sanitizer makes each slow.
#ifdef BATPAK_FEW_CRASHES
constexpr std::uint64_t kStride = 11;
#else
constexpr std::uint64_t kStride = 1;
#endif

constexpr std::array<std::uint64_t, 3> kRuns = {1, 3, UINT64_MAX};

void print(const char* what, const Figures& figures) {
    std::cout << what << ": " << figures.cases << " cases of " << figures.steps << " in "
              << figures.scenarios << " scenarios, " << figures.failed << " failed, "
              << figures.poisoned << " poisoned, " << figures.needless
              << " needlessly; hangs 0, crashes 0, lost 0\n";
}

TEST(Shortage, OfMemoryAtAnyStepIsAnErrorOfThatStep) {
    Figures figures;
    for (const Scenario& scenario : kScenarios) {
        const Watchdog watchdog(scenario.name, std::chrono::minutes(5));
        const Dry dry = dry_run(scenario, figures);
        (void)dry_run(scenario, figures);  // what a thread keeps for later is there by now
        ASSERT_EQ(figures.problem, "");
        ++figures.scenarios;
        figures.steps += dry.allocations;
        const std::int64_t live = FailingMemory::live();
        for (std::uint64_t first = 0; first < dry.allocations; first += kStride) {
            for (const std::uint64_t count : kRuns) {
                run_case(scenario, {first, count}, {}, "allocations " + described(first, count),
                         figures);
                ASSERT_EQ(figures.problem, "");
            }
        }
        // What a thread keeps for its next call: a few buffers.
        EXPECT_LE(FailingMemory::live() - live, 8) << "a leak [" << scenario.name << "]";
    }
    print("memory", figures);
    EXPECT_EQ(figures.poisoned, 0U);
    EXPECT_EQ(figures.needless, 0U);
    EXPECT_GT(figures.failed, figures.cases / 2);
}

TEST(Shortage, OfWhateverAFileSystemNeedsIsAnErrorOfThatStep) {
    const std::array troubles = {
        FileTrouble{.how = Failing::Errors, .code = ErrorCode::Io, .os_error = EIO},
        FileTrouble{.how = Failing::Errors, .code = ErrorCode::DiskFull, .os_error = ENOSPC},
        FileTrouble{.how = Failing::Errors, .code = ErrorCode::Io, .os_error = EMFILE},
        FileTrouble{.how = Failing::ErrorsLate, .code = ErrorCode::Io, .os_error = EIO},
        FileTrouble{.how = Failing::Throws},
        FileTrouble{.how = Failing::ThrowsLate},
    };
    Figures figures;
    for (const Scenario& scenario : kScenarios) {
        const Watchdog watchdog(scenario.name, std::chrono::minutes(5));
        const Dry dry = dry_run(scenario, figures);
        ASSERT_EQ(figures.problem, "");
        ++figures.scenarios;
        figures.steps += dry.calls;
        const std::int64_t live = FailingMemory::live();
        for (std::uint64_t first = 0; first < dry.calls; first += kStride) {
            for (FileTrouble trouble : troubles) {
                for (const std::uint64_t count : kRuns) {
                    trouble.first = first;
                    trouble.count = count;
                    run_case(scenario, {}, trouble,
                             "calls " + described(first, count) + ", in way " +
                                 std::to_string(static_cast<int>(trouble.how)),
                             figures);
                    ASSERT_EQ(figures.problem, "");
                }
            }
        }
        EXPECT_LE(FailingMemory::live() - live, 8) << "a leak [" << scenario.name << "]";
    }
    print("files", figures);
    EXPECT_EQ(figures.needless, 0U);
    EXPECT_GT(figures.poisoned, 0U);
    EXPECT_GT(figures.failed, figures.cases / 2);
}

}  // namespace
}  // namespace batpak::testing
