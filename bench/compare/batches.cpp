// Durable batches: of 100, timed; of 1,000, in processor time; and 32 tickets of one thread, which
// only batpak has.
#include "batpak/store/store.hpp"
#include "compare/areas.hpp"
#include "compare/entrant.hpp"
#include "support/frame_maker.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::uint64_t kLoaded = 12'000;
constexpr std::uint64_t kRawBytes = std::uint64_t{10} << 20;
constexpr std::size_t kTickets = 32;
constexpr std::size_t kLoadItems = 1000;

// Writes groups of frames, one write and one sync each.
class RawGroups {
public:
    RawGroups(const Comparison& comparison, const Frames& frames)
        : frames_(frames), raw_(comparison.bench.directory + "/raw", kRawBytes) {}

    void write(std::size_t items) {
        raw_.write(frames_.range(first_, items));
        raw_.sync();
    }
    void prepare(std::size_t items) {
        first_ = (first_ + items) % (frames_.count() - items);
        raw_.make_room(frames_.range(first_, items).size());
    }

private:
    const Frames& frames_;
    RawLog raw_;
    std::size_t first_ = 0;
};

void batches_of_100(const Comparison& comparison, const Workload& workload, const Frames& frames) {
    constexpr std::size_t kItems = 100;
    RawGroups raw(comparison, frames);
    RawLog raw_hash(comparison.bench.directory + "/raw-hash", kRawBytes);
    FrameMaker maker(workload);
    Buffer bytes;
    Match match(comparison, {.name = "batch_100",
                             .what = "Durable batch of 100 events of 256 bytes, one thread",
                             .events_each = kItems,
                             .rounds = comparison.bench.synced_operations()});
    match.add_limit("raw", Durability::SyncEachOperation, [&](WorkDone& work) {
        raw.prepare(kItems);
        return counted(work, 1, [&](std::size_t) { raw.write(kItems); });
    });
    match.add_limit("raw-hash", Durability::SyncEachOperation, [&](WorkDone& work) {
        raw_hash.make_room(2 * kItems * frames.at(0).size());
        return counted(work, 1, [&](std::size_t) {
            bytes.clear();
            for (std::size_t i = 0; i < kItems; ++i) maker.make(bytes);
            raw_hash.write(bytes.view());
            raw_hash.sync();
        });
    });
    const Entrants entrants = enter_with_floor(comparison, workload, 1, kLoaded);
    for (const auto& entrant : entrants) {
        add_entrant(match, *entrant, entrant->durability(),
                    [&](WorkDone& work) { return entrant->append_batch(work, kItems); });
    }
    match.run();
    for (const auto& entrant : entrants) entrant->check();
}

// What runs behind the store counts as well: a turn ends when all is quiet.
template <class Commit>
Turn processor_turn(WorkDone& work, std::size_t commits, Commit&& commit) {
    const std::uint64_t begin = processor_ns();
    Turn turn = counted(work, 1, [&](std::size_t) {
        for (std::size_t i = 0; i < commits; ++i) commit();
    });
    settle();
    turn.seconds = static_cast<double>(processor_ns() - begin) / 1e9;
    turn.operations = static_cast<double>(commits);
    return turn;
}

void load(const Comparison& comparison, const Workload& workload, const Frames& frames) {
    const std::size_t commits = comparison.bench.scaled(40, 10);
    RawGroups raw(comparison, frames);
    Match match(comparison, {.name = "load_1000",
                             .what = "Load, 1,000 events of 256 bytes a commit: processor time",
                             .measure = Measure::ProcessorTime,
                             .events_each = kLoadItems});
    match.add_limit("raw", Durability::SyncEachOperation, [&](WorkDone& work) {
        return processor_turn(work, commits, [&] {
            raw.prepare(kLoadItems);
            raw.write(kLoadItems);
        });
    });
    const Entrants entrants = enter_with_floor(comparison, workload, 1, kLoaded);
    for (const auto& entrant : entrants) {
        add_entrant(match, *entrant, entrant->durability(), [&, commits](WorkDone& work) {
            const auto events = entrant->feed().take(commits * kLoadItems);
            std::size_t first = 0;
            return processor_turn(work, commits, [&] {
                const auto items = std::span(events).subspan(first, kLoadItems);
                if (!entrant->store().append_batch(items)) give_up("a load is refused");
                first += kLoadItems;
            });
        });
    }
    match.run();
    for (const auto& entrant : entrants) entrant->check();
}

void tickets(const Comparison& comparison, const Workload& workload, const Frames& frames) {
    const Bench& bench = comparison.bench;
    const std::string directory = bench.fresh("compare-tickets");
    load_store(directory, workload, kLoaded);
    Store store = must(Store::open(StoreConfig(directory)));
    std::uint64_t next = 0;
    RawGroups raw(comparison, frames);
    Match match(comparison, {.name = "tickets_32",
                             .what = "Durable appends of 256 bytes, one thread, 32 in flight",
                             .measure = Measure::Rate,
                             .events_each = kTickets,
                             .rounds = bench.synced_operations()});
    match.add_limit("raw", Durability::SyncEachOperation, [&](WorkDone& work) {
        raw.prepare(kTickets);
        return counted(work, 1, [&](std::size_t) { raw.write(kTickets); });
    });
    match.add_batpak(Durability::SyncEachOperation, [&](WorkDone& work) {
        return counted(work, 1, [&](std::size_t) {
            std::vector<Ticket> tickets;
            tickets.reserve(kTickets);
            for (std::size_t i = 0; i < kTickets; ++i) {
                tickets.push_back(must(store.submit_raw(workload.coordinate(next++),
                                                        workload.kind(), workload.payload(), {})));
            }
            for (Ticket& ticket : tickets) must(ticket.wait());
        });
    });
    match.run();
    must_hold(store.durable_end() == Sequence(kLoaded + next), "what was waited for is durable");
}

}  // namespace

void compare_batches(const Comparison& comparison) {
    const Workload workload(kPayloadBytes);
    const Frames frames = make_frames(workload, 4 * kLoadItems);
    tickets(comparison, workload, frames);
    batches_of_100(comparison, workload, frames);
    load(comparison, workload, frames);
}

}  // namespace batpak::bench
