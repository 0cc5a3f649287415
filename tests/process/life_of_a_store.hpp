// life_of_a_store: everything that a program does with a store, from opening it to closing it, with
// the threads that batpak can run; for tests that run it under signals, in a thread that is being
// cancelled, and in a library that is loaded and unloaded.
//
// Threads: thread-safe, on stores of their own
// Errors:  none; it returns what went wrong, or what it saw, in words
#pragma once

#include <chrono>
#include <string>

#include "batpak/batpak.hpp"

namespace batpak::testing {

struct LifeSaid {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    std::string text;
};

struct LifeHeard {
    static constexpr auto kind = EventKind::custom(0xF, 2);
    std::string text;
};

struct LifeCount {
    static constexpr auto projection = projection_of<LifeSaid>("life", 1);
    std::int64_t events = 0;
    void on(const LifeSaid& /*said*/) { ++events; }
};

// One life of one store. What it saw is the same whenever it is lived, but for ids, times and
// hashes.
class LifeOfAStore {
public:
    explicit LifeOfAStore(std::string path) : path_(std::move(path)) {}

    // What it saw; begins with "failed: " if anything did.
    std::string live() {
        const Result<void> lived = live_or_fail();
        return lived ? seen_ : "failed: " + lived.error().to_string() + " after" + seen_;
    }

private:
    // Enough for several segments of the smallest size.
    static constexpr int kRounds = 30;
    static constexpr std::size_t kTextBytes = 700;

    void note(const std::string& what, std::uint64_t number) {
        seen_ += ' ' + what + '=' + std::to_string(number);
    }
    static Coordinate address(const std::string& entity) {
        return Coordinate::create(entity, "host").value();
    }
    static std::chrono::steady_clock::time_point at_last() {
        return std::chrono::steady_clock::now() + std::chrono::minutes(5);
    }

    Result<void> live_or_fail() {
        BATPAK_TRY(Store store, Store::open(StoreConfig(path_).with_segment_bytes(64 * 1024)));
        BATPAK_TRY(ReadOnlyStore reader, ReadOnlyStore::open(StoreConfig(path_)));
        const IntervalSyncer syncer(store, std::chrono::milliseconds(1));
        BATPAK_CHECK(append_all(store));
        BATPAK_CHECK(read_all(store));
        BATPAK_TRY(const Sequence refreshed, reader.refresh());
        note("refreshed", refreshed.value >= Sequence(5 * kRounds).value ? 1 : 0);
        BATPAK_CHECK(deliver(store));
        BATPAK_CHECK(judge(store));
        BATPAK_CHECK(store.sync());
        BATPAK_TRY(const VerifyReport report, store.verify());
        note("damaged", report.damage ? 1 : 0);
        note("segments", store.stats().segments > 1 ? 1 : 0);
        return {};
    }

    Result<void> append_all(Store& store) {
        const LifeSaid said{std::string(kTextBytes, 'x')};
        AppendOptions buffered;
        buffered.durability = Durability::Buffered;
        for (int i = 0; i < kRounds; ++i) {
            BATPAK_TRY(const AppendReceipt receipt, store.append(address("one"), said));
            note("at", receipt.sequence.value);
            BATPAK_CHECK(store.append(address("one"), said, buffered));
            BatchBuilder batch;
            batch.add(address("two"), said);
            batch.add(address("three"), said);
            BATPAK_CHECK(store.append_batch(std::move(batch)));
            BATPAK_TRY(Ticket ticket, store.submit(address("two"), said));
            BATPAK_CHECK(ticket.wait());
        }
        return {};
    }

    Result<void> read_all(const Store& store) {
        std::uint64_t events = 0;
        for (const auto& event : store.query(Region::all())) {
            BATPAK_CHECK(event);
            ++events;
        }
        note("events", events);
        BATPAK_TRY(const auto count, store.project<LifeCount>("one"));
        note("folded", static_cast<std::uint64_t>(count->events));
        BATPAK_TRY(const auto latest, store.latest<LifeSaid>("three"));
        note("latest", latest->version().value);
        BATPAK_CHECK(store.root(store.durable_end()));
        return {};
    }

    // Waits of every kind, each for something that another thread, or this one, does.
    Result<void> deliver(Store& store) {
        BATPAK_TRY(Subscription live, store.subscribe_lossy(Region::entity("live")));
        EntityStates<LifeCount> states{Region::all()};
        ProjectionRunner runner(store);
        BATPAK_CHECK(runner.add(states));
        const RunnerThread running(runner);
        BATPAK_TRY(Reactor reactor,
                   Reactor::open(store, Region::entity("live"), ReactorId("r"),
                                 ReactHandler([](const EventView& /*event*/, Reactions& reactions) {
                                     reactions.add(address("heard"), LifeHeard{"heard"});
                                 })));
        BATPAK_TRY(CursorWorker worker, CursorWorker::reacting(std::move(reactor), {}));
        BATPAK_TRY(Cursor cursor, store.cursor_guaranteed(Region::entity("heard"), CursorId("c")));
        BATPAK_TRY(const AppendReceipt receipt, store.append(address("live"), LifeSaid{"live"}));
        BATPAK_TRY(const bool heard, cursor.wait(at_last()));
        note("heard", heard ? 1 : 0);
        BATPAK_CHECK(cursor.poll());
        BATPAK_CHECK(cursor.commit());
        BATPAK_TRY(const auto notified, live.next(at_last()));
        note("notified", notified ? 1 : 0);
        BATPAK_TRY(const bool applied, runner.wait_applied(states, receipt.sequence, at_last()));
        note("applied", applied ? 1 : 0);
        worker.stop();
        BATPAK_CHECK(worker.join());
        // What is never to come ends at its deadline.
        const auto past = std::chrono::steady_clock::now() + std::chrono::milliseconds(5);
        BATPAK_TRY(const bool come, cursor.wait(past));
        note("come", come ? 1 : 0);
        return {};
    }

    Result<void> judge(Store& store) {
        GateSet<LifeSaid> gates;
        gates.add("open", 1, [](const LifeSaid& /*said*/) { return pass(); });
        auto decision = gates.evaluate(LifeSaid{"judged"}, NoContext{}, JudgedView::nothing());
        BATPAK_CHECK(store.commit(*std::move(decision), address("judged")));
        return {};
    }

    const std::string path_;
    std::string seen_;
};

}  // namespace batpak::testing
