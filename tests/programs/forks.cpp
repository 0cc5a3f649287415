// forks: a program that forks in the middle of everything that a store and its threads do, for
// fork_test.
//
//     forks STORE WAY
//
// WAY is how a child ends: _exit, exit (which destroys the parent's objects as static ones),
// destroy (which destroys them, then ends), lives (which sleeps until its parent is killed). Each
// child calls every public function of every object that it inherited: all must answer Forked, or
// harmlessly, and return; none may wait for a thread that is not there. Then it uses a store of its
// own. The parent goes on, and says at the end how many events each of its threads was told are
// stored.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "batpak/batpak.hpp"

namespace batpak::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr unsigned kHangSeconds = 60;
constexpr int kForks = 40;
constexpr std::uint64_t kEventsBetweenForks = 40;

struct Said {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    std::string text;
};
struct Heard {
    static constexpr auto kind = EventKind::custom(0xF, 2);
    std::string text;
};
struct Count {
    static constexpr auto projection = projection_of<Said>("count", 1);
    std::int64_t events = 0;
    void on(const Said& /*said*/) { ++events; }
};
struct Sum {
    static constexpr auto projection = projection_of<Said>("sum", 1);
    std::int64_t events = 0;
    void on(const Said& /*said*/) { ++events; }
};

[[noreturn]] void stop(const std::string& what) {
    std::cerr << "forks: " << what << std::endl;
    ::_exit(1);
}

template <class T>
T got(Result<T> result, const char* what) {
    if (!result) stop(std::string(what) + ": " + result.error().to_string());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

template <class T>
void expect_forked(const Result<T>& result, const char* what) {
    if (result) stop(std::string(what) + " worked in a child");
    if (result.error().code() != ErrorCode::Forked) {
        stop(std::string(what) + " in a child: " + result.error().to_string());
    }
}

void expect(bool holds, const char* what) {
    if (!holds) stop(what);
}

Coordinate address(const std::string& entity) { return Coordinate::create(entity, "host").value(); }
steady_clock::time_point soon() { return steady_clock::now() + 2ms; }

GateSet<Said> open_gates() {
    GateSet<Said> gates;
    gates.add("open", 1, [](const Said& /*said*/) { return pass(); });
    return gates;
}

// What the threads of the parent have, and a child inherits. In the order of destruction, the
// threads, which must end before the store, come last.
struct World {
    explicit World(const std::string& path)
        : store(got(Store::open(config(path)), "open")),
          reader(got(ReadOnlyStore::open(StoreConfig(path)), "open the reader")),
          group(got(ConsumerGroup::open(store, Region::all(), GroupId("g")), "group")),
          live(got(store.subscribe_lossy(Region::all()), "subscribe")),
          cursor(got(store.cursor_guaranteed(Region::all(), CursorId("idle")), "cursor")),
          reactor(got(Reactor::open(store, Region::none(), ReactorId("idle"), no_reaction()),
                      "reactor")),
          range(store.query(Region::all())),
          view(store.before(Sequence(1))),
          held(got(store.find(Sequence(0)), "at")),
          submitted(got(store.submit(address("ticket"), Said{"inherited"}), "submit")),
          watch(watch_projection<Count>(store, "durable")),
          receipt(gates.evaluate(Said{"inherited"}, NoContext{}, JudgedView::nothing()).value()),
          runner(store),
          worker(got(
              CursorWorker::per_event(
                  got(store.cursor_guaranteed(Region::entity("durable"), CursorId("w")), "w"),
                  [](const EventView& /*event*/) { return WorkerStep::Continue; }, WorkerOptions{}),
              "worker")),
          reacting(got(CursorWorker::reacting(
                           got(Reactor::open(store, Region::entity("buffered").with_kind<Said>(),
                                             ReactorId("r"), reaction()),
                               "reactor"),
                           WorkerOptions{}),
                       "reacting")),
          runner_thread(runner),
          syncer(store, 1ms) {
        got(runner.add(states), "add");
        got(runner.add(total), "add");
    }

    StoreConfig config(const std::string& path) const {
        return StoreConfig(path).with_segment_bytes(64 * 1024).with_projector(projector);
    }
    static ReactHandler no_reaction() {
        return ReactHandler([](const EventView& /*event*/, Reactions& /*reactions*/) {});
    }
    static ReactHandler reaction() {
        return ReactHandler([](const EventView& /*event*/, Reactions& reactions) {
            reactions.add(address("reactions"), Heard{"heard"});
        });
    }

    std::shared_ptr<Projector> projector = std::make_shared<Projector>(ProjectorOptions{});
    GateSet<Said> gates = open_gates();
    Store store;
    AppendReceipt first = got(store.append(address("durable"), Said{"first"}), "append");
    ReadOnlyStore reader;
    ConsumerGroup group;
    Subscription live;
    Cursor cursor;
    Reactor reactor;
    EventRange range;
    StoreView view;
    HeldEvent held;
    Ticket submitted;
    ProjectionWatch<Count> watch;
    std::optional<Delivery> delivery;
    Receipt<Said> receipt;
    EntityStates<Count> states{Region::all()};
    RegionState<Sum> total{Region::all()};
    ProjectionRunner runner;
    CursorWorker worker;
    CursorWorker reacting;
    RunnerThread runner_thread;
    IntervalSyncer syncer;
};

std::optional<World> world;
std::atomic<bool> over{false};
std::atomic<std::uint64_t> durable_events{1};
std::atomic<std::uint64_t> buffered_events{0};

// ---- the parent's threads; they are test code, and a child never joins them

void append_durably() {
    while (!over) {
        got(world->store.append(address("durable"), Said{std::string(200, 'd')}), "append");
        durable_events.fetch_add(1);
    }
}

void append_buffered() {
    AppendOptions buffered;
    buffered.durability = Durability::Buffered;
    BatchOptions batched;
    batched.durability = Durability::Buffered;
    while (!over) {
        BatchBuilder batch;
        for (int i = 0; i < 3; ++i) batch.add(address("buffered"), Said{std::string(300, 'b')});
        got(world->store.append_batch(std::move(batch), batched), "append_batch");
        Ticket ticket =
            got(world->store.submit(address("buffered"), Said{"t"}, buffered), "submit");
        got(ticket.wait(), "wait");
        auto decision = world->gates.evaluate(Said{"judged"}, NoContext{}, JudgedView::nothing());
        expect(decision.has_value(), "the gates denied");
        got(world->store.commit(*std::move(decision), address("buffered"), buffered), "commit");
        buffered_events.fetch_add(5);
    }
}

void read_all() {
    while (!over) {
        got(world->store.project<Count>("durable"), "project");
        got(world->store.count(Region::entity("buffered")), "count");
        got(world->store.root(world->store.durable_end()), "root");
        got(world->reader.refresh(), "refresh");
        got(world->reader.find_latest("durable"), "find_latest");
        const Subscription listener = got(world->store.subscribe_lossy(Region::all()), "subscribe");
        (void)world->store.stats();
        (void)world->states.find("durable");
        (void)world->runner.status();
    }
}

void consume() {
    while (!over) {
        auto delivery = got(world->group.claim(soon()), "claim");
        if (delivery) got(std::move(*delivery).ack(), "ack");
        got(world->group.status(), "status");
    }
}

// ---- what a child does

void use_reads(const StoreReads& reads) {
    expect_forked(reads.find(world->first.event_id), "find");
    expect_forked(reads.find(Sequence(0)), "at");
    expect_forked(reads.find({"durable", Version(0)}), "at a version");
    expect_forked(reads.find_key("key"), "find_key");
    expect_forked(reads.find_latest("durable"), "find_latest");
    expect_forked(*reads.query(Region::all()).next(), "query");
    expect_forked(reads.query(Region::all()).collect(), "collect");
    expect_forked(*reads.stream("durable").next(), "stream");
    expect_forked(*reads.by_scope("host").next(), "by_scope");
    expect_forked(*reads.by_fact(Said::kind).next(), "by_fact");
    expect_forked(reads.count(Region::all()), "count");
    expect_forked(reads.walk_ancestors(world->first.event_id, Ancestry::Stream, 9), "walk");
    (void)reads.judge(Region::all());
    expect_forked(reads.as_of(Sequence(0)).count(Region::all()), "as_of");
    expect_forked(reads.before(Sequence(0)).count(Region::all()), "before");
    expect_forked(reads.as_of_time(0), "as_of_time");
    expect_forked(reads.project<Count>("durable"), "project");
    expect_forked(reads.project<Count>("durable", Freshness::maybe_stale(1h)), "project stale");
    expect_forked(reads.project<Count>(Region::all()), "project a region");
    expect_forked(reads.project_if_changed<Count>("durable", Sequence(0)), "project_if_changed");
    expect_forked(reads.names(Names::Entities), "entities");
    expect_forked(reads.names(Names::Scopes), "scopes");
    expect_forked(reads.catalogue(), "catalogue");
    expect_forked(reads.version("durable"), "version");
    expect_forked(reads.wait_visible(Sequence(1U << 30), soon()), "wait_visible");
    expect_forked(reads.root(Sequence(1)), "root");
    expect_forked(reads.verify(), "verify");
    expect_forked(reads.verify_completeness(Region::all(), world->cursor.position()), "complete");
    (void)reads.visible_end();
    (void)reads.durable_end();
    (void)reads.log_id();
    (void)reads.open_report();
}

void use_appends(Store& store) {
    const Coordinate to = address("child");
    const Said said{"child"};
    expect_forked(store.append(to, said), "append");
    expect_forked(store.append_raw(to, Said::kind, as_bytes("x")), "append_raw");
    expect_forked(store.try_append(to, said, {}), "try_append");
    expect_forked(store.submit(to, said), "submit");
    BatchBuilder batch;
    batch.add(to, said);
    expect_forked(store.append_batch(std::move(batch)), "append_batch");
    expect_forked(store.find_committed(said, to, "key"), "find_committed");
    expect_forked(store.commit(std::move(world->receipt), to), "commit an inherited receipt");
    auto own = world->gates.evaluate(said, NoContext{}, JudgedView::nothing());
    expect(own.has_value(), "the gates denied in a child");
    expect_forked(store.commit(*std::move(own), to), "commit");
    expect_forked(store.record_denial(Denial{}, to), "record_denial");
    expect_forked(store.sync(), "sync");
    expect_forked(store.wait_durable(Sequence(0), std::chrono::steady_clock::now()),
                  "wait_durable");
    expect_forked(store.cursor_guaranteed(Region::all(), CursorId("c")), "cursor_guaranteed");
    expect_forked(store.subscribe_lossy(Region::all()), "subscribe_lossy");
    expect_forked(ConsumerGroup::open(store, Region::all(), GroupId("c")), "consumer_group");
    expect_forked(Reactor::open(store, Region::all(), ReactorId("c"), World::no_reaction()),
                  "reactor");
    (void)store.stats();
}

void use_delivery() {
    World& w = *world;
    expect_forked(w.cursor.poll(), "poll");
    expect_forked(w.cursor.poll_batch(3), "poll_batch");
    expect_forked(w.cursor.wait(soon()), "wait of a cursor");
    expect_forked(w.cursor.skip_damaged(), "skip_damaged");
    expect_forked(w.cursor.commit(), "commit of a cursor");
    w.cursor.rewind();
    expect_forked(w.reactor.step(), "step of a reactor");
    expect_forked(w.reactor.run_until_idle(), "run_until_idle");
    expect_forked(w.reactor.wait(soon(), {}), "wait of a reactor");
    expect_forked(w.reactor.skip_damaged(), "skip_damaged of a reactor");
    expect_forked(w.reactor.skipped(3), "skipped");
    expect_forked(w.live.try_next(), "try_next");
    expect_forked(w.live.next(soon()), "next of a subscription");
    expect_forked(w.live.descriptor(), "descriptor");
    expect_forked(w.group.claim(soon()), "claim");
    expect_forked(w.group.parked(), "parked");
    expect_forked(w.group.replay_parked(), "replay_parked");
    expect_forked(w.group.replay_parked(Sequence(0)), "replay_parked one");
    expect_forked(w.group.park_damaged(), "park_damaged");
    expect_forked(w.group.status(), "status of a group");
    if (w.delivery) {
        expect_forked(std::move(*w.delivery).retry("r"), "retry");
        expect_forked(std::move(*w.delivery).park("p"), "park");
        expect_forked(std::move(*w.delivery).ack(), "ack");
    }
    for (CursorWorker* const worker : {&w.worker, &w.reacting}) {
        worker->stop();
        expect_forked(worker->join(), "join");
        expect(worker->report().last_error->code() == ErrorCode::Forked, "report");
    }
}

void use_models_and_handles() {
    World& w = *world;
    expect_forked(w.runner.add(w.states), "add");
    expect_forked(w.runner.remove(w.states), "remove");
    expect_forked(w.runner.retry(w.states), "retry of a model");
    expect_forked(w.runner.skip(w.states), "skip of a model");
    expect_forked(w.runner.step(), "step of a runner");
    expect_forked(w.runner.run_until(Sequence(1)), "run_until");
    expect_forked(w.runner.catch_up(), "catch_up");
    expect_forked(w.runner.follow({}), "follow");
    expect_forked(w.runner.status(w.states), "status of a model");
    expect_forked(w.runner.wait_applied(w.states, Sequence(1U << 30), soon()), "wait_applied");
    expect_forked(w.runner.switch_to(w.states), "switch_to");
    expect(w.runner.status().empty(), "status");
    expect(w.states.find("durable") == nullptr && w.states.size() == 0, "find of states");
    expect(w.states.all().empty() && w.total.get()->events == 0, "all states");
    expect_forked(w.states.position(), "position of states");
    expect(w.runner_thread.error()->code() == ErrorCode::Forked, "error of a runner's thread");
    expect(w.syncer.error()->code() == ErrorCode::Forked, "error of a syncer");
    expect_forked(w.projector->forget("count"), "forget");
    w.projector->forget_memory();
    (void)w.projector->stats();
    expect_forked(w.watch.next(soon()), "next of a watch");
    expect_forked(*w.range.next(), "next of a range");
    expect(w.range.next() == nullptr, "a range goes on behind Forked");
    expect(w.held->as<Said>()->text == "first", "an event in memory");
    if (!w.submitted.ready()) {
        expect_forked(w.submitted.wait(), "wait of a ticket");
        expect_forked(*w.submitted.wait_until(soon()), "wait_until");
    }
    expect_forked(w.reader.refresh(), "refresh");
    (void)w.reader.corrected_from();
    expect_forked(w.reader.cursor_guaranteed(Region::all(), CursorId("x")), "cursor of a reader");
}

// A store of the child's own, and the parent's, opened anew.
void use_own(const std::string& path, const World& parent) {
    const auto second = Store::open(StoreConfig(path));
    expect(!second && second.error().code() == ErrorCode::StoreLocked, "the parent's lock is gone");
    const ReadOnlyStore reader = got(ReadOnlyStore::open(StoreConfig(path)), "open to read");
    expect(got(reader.find(Sequence(0)), "at")->event_id() == parent.first.event_id, "another log");
    Store own = got(Store::open(parent.config(path + ".child")), "open one of its own");
    got(own.append(address("child"), Said{"mine"}), "append to its own");
    auto decision = parent.gates.evaluate(Said{"mine"}, NoContext{}, JudgedView::nothing());
    got(own.commit(*std::move(decision), address("child")), "commit to its own");
    expect(got(own.project<Count>("child"), "project")->events > 0, "nothing in its own");
    expect(!got(own.verify(), "verify").damage, "its own is damaged");
    got(std::move(own).close(), "close");
}

[[noreturn]] void be_child(const std::string& path, const std::string& way) {
    ::alarm(kHangSeconds);
    use_reads(world->store);
    use_reads(world->reader);
    use_reads(world->view);
    use_appends(world->store);
    use_delivery();
    use_models_and_handles();
    use_own(path, *world);
    if (way == "destroy") {
        expect_forked(std::move(world->store).close(), "close");
        world.reset();
    }
    if (way == "exit") std::exit(0);
    ::_exit(0);
}

// ---- the parent

void wait_for_events(std::uint64_t count) {
    const Sequence end = world->store.visible_end().plus(count);
    while (!got(world->store.wait_visible(end, steady_clock::now() + 1s), "wait_visible")) {
    }
}

void fork_child(const std::string& path, const std::string& way) {
    const pid_t child = ::fork();
    if (child < 0) stop("no fork");
    if (child == 0) be_child(path, way);
    int status = 0;
    if (::waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        stop("the child did not end well: status " + std::to_string(status));
    }
}

// The child has a copy of everything when the parent is killed.
[[noreturn]] void die_before_child() {
    const pid_t child = ::fork();
    if (child == 0) {
        // The test has the other end of its standard output, and ends this by closing standard
        // input.
        std::cout << "child " << ::getpid() << std::endl;
        char byte = 0;
        (void)!::read(STDIN_FILENO, &byte, 1);
        ::_exit(0);
    }
    ::pause();
    ::_exit(1);
}

void run(const std::string& path, const std::string& way) {
    world.emplace(path);
    world->delivery = got(world->group.claim(soon()), "claim");
    expect(world->delivery.has_value(), "nothing to claim");
    std::vector<std::thread> threads;
    for (auto* const body : {append_durably, append_durably, append_buffered, read_all, consume}) {
        threads.emplace_back(body);
    }
    wait_for_events(kEventsBetweenForks);
    if (way == "lives") die_before_child();
    for (int i = 0; i < kForks; ++i) {
        wait_for_events(kEventsBetweenForks + static_cast<std::uint64_t>(i) % 7);
        fork_child(path, way);
    }
    over = true;
    for (std::thread& thread : threads) thread.join();
    got(world->submitted.wait(), "wait");
    world->delivery.reset();
    got(world->store.sync(), "sync");
    std::cout << durable_events << ' ' << buffered_events << std::endl;
    world.reset();
}

}  // namespace
}  // namespace batpak::testing

int main(int count, char** arguments) {
    if (count != 3) return 2;
    batpak::testing::run(arguments[1], arguments[2]);
    return 0;
}
