// Durable appends: each is acknowledged after a sync that covers it. Threads share syncs, by what
// the store has for that, or by a group commit in front of it (+gc).
#include <atomic>

#include "compare/areas.hpp"
#include "compare/entrant.hpp"
#include "compare/group_front.hpp"
#include "support/frame_maker.hpp"
#include "support/group_commit.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"
#include "support/threads.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::uint64_t kLoaded = 12'000;
constexpr std::uint64_t kRawBytes = std::uint64_t{10} << 20;
constexpr std::size_t kThreadOperations = 10;  // of each thread in a round: enough that groups form

void one_thread(const Comparison& comparison, const Workload& workload, const Frames& frames) {
    const Bench& bench = comparison.bench;
    RawLog raw(bench.directory + "/raw", kRawBytes);
    RawLog raw_hash(bench.directory + "/raw-hash", kRawBytes);
    FrameMaker maker(workload);
    Buffer frame;
    std::size_t next = 0;
    Match match(comparison, {.name = "durable_one",
                             .what = "Durable append of 256 bytes, one thread",
                             .rounds = bench.synced_operations()});
    match.add_limit("raw", Durability::SyncEachOperation, [&](WorkDone& work) {
        const BytesView bytes = frames.at(next++ % frames.count());
        raw.make_room(bytes.size());
        return counted(work, 1, [&](std::size_t) {
            raw.write(bytes);
            raw.sync();
        });
    });
    match.add_limit("raw-hash", Durability::SyncEachOperation, [&](WorkDone& work) {
        raw_hash.make_room(2 * frames.at(0).size());
        return counted(work, 1, [&](std::size_t) {
            frame.clear();
            maker.make(frame);
            raw_hash.write(frame.view());
            raw_hash.sync();
        });
    });
    const Entrants entrants = enter_with_floor(comparison, workload, 1, kLoaded);
    for (const auto& entrant : entrants) {
        add_entrant(match, *entrant, entrant->durability(),
                    [&](WorkDone& work) { return entrant->append(work, 1); });
    }
    match.run();
    bench.report.add({.name = "vs.durable_one.syncs",
                      .what = "syncs of batpak for such an append",
                      .value = match.syncs_of("batpak"),
                      .unit = "per event"});
    for (const auto& entrant : entrants) entrant->check();
}

// The events of each thread, from streams of its own.
using Lanes = std::vector<Feed>;

std::vector<std::vector<NewEvent>> take_all(Lanes& lanes) {
    std::vector<std::vector<NewEvent>> events;
    for (Feed& lane : lanes) events.push_back(lane.take(kThreadOperations));
    return events;
}

struct ThreadPlayer {
    std::unique_ptr<Entrant> entrant;
    std::unique_ptr<GroupFront> front;  // null: the store has its own
    Lanes lanes;

    Turn play(WorkDone& work, unsigned threads) {
        const auto events = take_all(lanes);
        std::atomic<bool> refused{false};
        const WorkDone before = WorkDone::now();
        Turn turn = on_threads(threads, kThreadOperations, [&](unsigned thread, std::size_t i) {
            const NewEvent& event = events[thread][i];
            const bool stored = front ? front->append(event) : entrant->store().append(event);
            if (!stored) refused = true;
        });
        work += WorkDone::now() - before;
        must_hold(!refused, "threads with streams of their own are never refused");
        return turn;
    }

    void check() {
        std::vector<const Feed*> feeds;
        for (const Feed& lane : lanes) feeds.push_back(&lane);
        entrant->check_against(feeds);
    }
};

std::vector<ThreadPlayer> thread_players(const Comparison& comparison, const Workload& workload,
                                         unsigned threads) {
    std::vector<ThreadPlayer> players;
    for (const ContenderKind& kind : comparison.kinds) {
        ThreadPlayer player{std::make_unique<Entrant>(comparison, kind, workload, 1, 0), {}, {}};
        if (!kind.shares_syncs)
            player.front = std::make_unique<GroupFront>(player.entrant->store());
        for (unsigned lane = 0; lane < threads; ++lane)
            player.lanes.emplace_back(workload, lane, threads);
        // Large enough that space is reserved in the largest steps, as in every store but a new
        // one.
        for (std::uint64_t loaded = 0; loaded < kLoaded; loaded += 1000) {
            const auto events = player.lanes[loaded / 1000 % threads].take(1000);
            must_hold(player.entrant->store().append_batch(events), "a store takes its load");
        }
        players.push_back(std::move(player));
    }
    return players;
}

void blocking_threads(const Comparison& comparison, const Workload& workload, const Frames& frames,
                      unsigned threads) {
    const Bench& bench = comparison.bench;
    RawLog raw(bench.directory + "/raw", kRawBytes);
    GroupCommit group(raw);
    Match match(comparison,
                {.name = "durable_" + std::to_string(threads),
                 .what = "Durable appends of 256 bytes, " + std::to_string(threads) + " threads",
                 .measure = Measure::Rate,
                 .rounds = bench.synced_operations() / kThreadOperations});
    match.add_limit("raw+gc", Durability::SyncEachOperation, [&](WorkDone& work) {
        raw.make_room(threads * kThreadOperations * frames.at(0).size() * 2);
        const WorkDone before = WorkDone::now();
        Turn turn = on_threads(threads, kThreadOperations, [&](unsigned thread, std::size_t i) {
            group.append(frames.at((thread * kThreadOperations + i) % frames.count()));
        });
        work += WorkDone::now() - before;
        return turn;
    });
    std::vector<ThreadPlayer> players = thread_players(comparison, workload, threads);
    for (ThreadPlayer& player : players) {
        const auto play = [&player, threads](WorkDone& work) { return player.play(work, threads); };
        if (player.entrant->is_batpak()) {
            match.add_batpak(player.entrant->durability(), play);
        } else {
            match.add_peer(player.entrant->name() + (player.front ? "+gc" : ""),
                           player.entrant->durability(), play);
        }
    }
    match.run();
    for (ThreadPlayer& player : players) player.check();
}

}  // namespace

void compare_durable(const Comparison& comparison) {
    const Workload workload(kPayloadBytes);
    const Frames frames = make_frames(workload, 1000);
    one_thread(comparison, workload, frames);
    for (const unsigned threads : {2U, 8U, 32U})
        blocking_threads(comparison, workload, frames, threads);
}

}  // namespace batpak::bench
