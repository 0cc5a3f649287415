// Buffered appends by one thread: each is acknowledged when the operating system has it, and a sync
// follows each 1,000th.
#include "compare/areas.hpp"
#include "compare/entrant.hpp"
#include "support/frame_maker.hpp"
#include "support/must.hpp"
#include "support/raw_log.hpp"

namespace batpak::bench {
namespace {

constexpr std::uint64_t kSyncEach = 1000;
constexpr std::uint64_t kLoaded = 20'000;  // a steady state: the entities are known

void compare_of_size(const Comparison& comparison, std::size_t payload_bytes) {
    const Bench& bench = comparison.bench;
    const std::size_t count = bench.scaled(10'000, 2'000);
    const Workload workload(payload_bytes);
    const Frames frames = make_frames(workload, count);
    FrameMaker maker(workload);
    RawLog raw(bench.directory + "/raw", frames.bytes.size() + count * 8);
    RawLog raw_hash(bench.directory + "/raw-hash", frames.bytes.size() + count * 16);
    Buffer frame;
    const std::string size = std::to_string(payload_bytes);
    Match match(comparison,
                {.name = "append_" + size,
                 .what = "Append of " + size + " bytes, one thread, a sync each 1,000"});
    match.add_limit("raw", Durability::SyncEachThousandth, [&](WorkDone& work) {
        raw.make_room(frames.bytes.size());
        return counted(work, count, [&](std::size_t i) {
            raw.write(frames.at(i));
            if ((i + 1) % kSyncEach == 0) raw.sync();
        });
    });
    match.add_limit("raw-hash", Durability::SyncEachThousandth, [&](WorkDone& work) {
        raw_hash.make_room(frames.bytes.size() + count * 8);
        return counted(work, count, [&](std::size_t i) {
            frame.clear();
            maker.make(frame);
            raw_hash.write(frame.view());
            if ((i + 1) % kSyncEach == 0) raw_hash.sync();
        });
    });
    const Entrants entrants = enter_with_floor(comparison, workload, kSyncEach, kLoaded);
    for (const auto& entrant : entrants) {
        add_entrant(match, *entrant, entrant->durability(), [&, count](WorkDone& work) {
            const Turn turn = entrant->append(work, count);
            settle();
            return turn;
        });
    }
    match.run();
    if (payload_bytes == 256) {
        bench.report.add({.name = "vs.append_256.allocations",
                          .what = "heap allocations of any kind for such an append",
                          .value = match.allocations_of("batpak"),
                          .unit = "per event"});
    }
    for (const auto& entrant : entrants) entrant->check();
}

}  // namespace

void compare_appends(const Comparison& comparison) {
    for (const std::size_t bytes : {256U, 64U, 1024U}) compare_of_size(comparison, bytes);
}

}  // namespace batpak::bench
