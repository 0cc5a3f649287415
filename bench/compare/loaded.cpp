// A large store, loaded by each contender: its size, what is read of it, and how it opens.
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "compare/areas.hpp"
#include "compare/entrant.hpp"
#include "support/must.hpp"
#include "support/raw_reader.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::uint64_t kSyncEach = 100'000;  // while loading
constexpr std::uint64_t kUnsynced = 10'000;
constexpr std::size_t kStreamEvents = 100;
constexpr std::uint32_t kSeed = 7;

class LoadedArea {
public:
    explicit LoadedArea(const Comparison& comparison)
        : comparison_(comparison),
          bench_(comparison.bench),
          events_(bench_.scaled(1'000'000, 100'000)) {
        bench_.report.heading("A store of " + std::to_string(events_) + " events of 256 bytes");
        for (const ContenderKind& kind : comparison.kinds) load(kind);
        load({"floor", false, open_floor});
    }

    void open_closed() {
        for (const auto& entrant : entrants_) entrant->close();
        Match match(comparison_, {.name = "open_closed", .what = "Open after a close"});
        for (const auto& entrant : entrants_) {
            add_entrant(match, *entrant, Durability::NothingWritten, [&](WorkDone& work) {
                const Turn turn = counted(work, 1, [&](std::size_t) { entrant->open(); });
                entrant->close();
                return turn;
            });
        }
        match.run();
        add_opening("open_closed", match);
    }

    // The process is gone, and the last 10,000 events were never synced.
    void open_killed() {
        Match match(comparison_, {.name = "open_killed",
                                  .what = "Open after a kill, 10,000 events since the last sync"});
        for (const auto& entrant : entrants_) {
            if (entrant->is_floor()) continue;
            add_entrant(match, *entrant, Durability::NothingWritten, [&](WorkDone& work) {
                kill_appending(*entrant);
                const Turn turn = counted(work, 1, [&](std::size_t) { entrant->open(); });
                // Its threads would count as the next one's.
                entrant->close();
                return turn;
            });
        }
        match.run();
        add_opening("open_killed", match);
        for (const auto& entrant : entrants_) {
            if (entrant->is_floor()) continue;
            entrant->open();
            std::uint64_t count = 0;
            entrant->store().scan([&](const SeenEvent&) { ++count; });
            must_hold(count == events_ + (Bench::kRepetitions + 1) * kUnsynced,
                      "what was acknowledged outlives the process");
        }
    }

    // Every index made anew from the log, which the floor does at each open.
    void rebuild() {
        const Entrant& batpak = *entrants_.front();
        Match match(comparison_, {.name = "rebuild",
                                  .what = "Every index made anew from the log",
                                  .measure = Measure::Rate,
                                  .events_each = static_cast<double>(events_)});
        match.add_limit("floor", Durability::NothingWritten, [&](WorkDone& work) {
            const Turn turn = counted(work, 1, [&](std::size_t) { entrants_.back()->open(); });
            entrants_.back()->close();
            return turn;
        });
        match.add_batpak(Durability::NothingWritten, [&](WorkDone& work) {
            std::filesystem::remove_all(batpak.setup().directory + "/index");
            return counted(work, 1, [&](std::size_t) {
                const Store store = must(Store::open(StoreConfig(batpak.setup().directory)));
                must_hold(must(store.names(Names::Scopes)).size() == Workload::kScopes,
                          "indexes are used");
            });
        });
        match.run();
    }

    void reads() {
        for (const auto& entrant : entrants_) entrant->open();
        RawReader raw(entrants_.front()->setup().directory);
        must_hold(raw.count() == events_, "raw reads the same events");
        read_all_ways(raw, "", "files in memory");
        // A store as small as that of a quick run is one segment, which is not sealed.
        if (!bench_.quick) {
            entrants_.front()->open_mapped();
            read_all_ways(raw, "_mapped", "sealed segments mapped");
        }
        for (const auto& entrant : entrants_) entrant->check();
    }

private:
    void load(const ContenderKind& kind) {
        const std::uint64_t before = heap_bytes();
        entrants_.push_back(
            std::make_unique<Entrant>(comparison_, kind, workload_, kSyncEach, events_));
        Entrant& entrant = *entrants_.back();
        const double heap =
            each(heap_bytes() - before - Workload::kEntities * sizeof(std::uint64_t));
        entrant.check();
        entrant.close();
        const double disk = each(bytes_under(entrant.setup().directory));
        const std::string name = "vs.loaded." + entrant.name();
        bench_.report.add({.name = name + ".heap",
                           .what = "heap for an event after the load, still open",
                           .value = heap,
                           .unit = "B per event"});
        bench_.report.add({.name = name + ".disk",
                           .what = "bytes of all files for an event after close",
                           .value = disk,
                           .unit = "B per event"});
    }

    double each(std::uint64_t total) const {
        return static_cast<double>(total) / static_cast<double>(events_);
    }

    void add_opening(const std::string& row, const Match& match) const {
        bench_.report.add({.name = "vs." + row + ".ms",
                           .what = "p50 of batpak",
                           .value = match.contest().percentile("batpak", 0.5) / 1e6,
                           .unit = "ms"});
        bench_.report.add({.name = "vs." + row + ".syncs",
                           .what = "syncs of batpak for such an open",
                           .value = match.syncs_of("batpak"),
                           .unit = "per open"});
        bench_.report.add({.name = "vs." + row + ".writes",
                           .what = "writes of batpak for such an open",
                           .value = match.writes_of("batpak"),
                           .unit = "per open"});
    }

    // In a program of its own: threads of a library do not outlive a fork().
    static void kill_appending(const Entrant& entrant) {
        const pid_t child = ::fork();
        must_hold(child >= 0, "a child can be made");
        if (child == 0) {
            const std::string count = std::to_string(kUnsynced);
            ::execl("/proc/self/exe", "compare_bench", "--append-and-die", entrant.name().c_str(),
                    entrant.setup().directory.c_str(), count.c_str(), nullptr);
            ::_exit(1);
        }
        int status = 0;
        must_hold(::waitpid(child, &status, 0) == child && status == 0, "the child appended");
    }

    void read_all_ways(RawReader& raw, const std::string& suffix, const std::string& how) {
        by_id(raw, {.name = "by_id" + suffix, .what = "An event by its id, " + how});
        stream(raw, {.name = "stream_100" + suffix,
                     .what = "100 events of one stream, " + how,
                     .events_each = kStreamEvents});
        scan(raw, {.name = "scan" + suffix,
                   .what = "All events in global order, " + how,
                   .measure = Measure::Rate});
    }

    void by_id(RawReader& raw, const MatchRow& row) {
        const std::size_t count = bench_.scaled(5'000, 1'000);
        std::mt19937_64 random(kSeed);
        std::vector<std::uint64_t> picks(count);
        for (std::uint64_t& pick : picks) pick = random() % events_;
        Match match(comparison_, row);
        match.add_limit("raw", Durability::NothingWritten, [&](WorkDone& work) {
            return counted(work, count, [&](std::size_t i) { raw.read(picks[i]); });
        });
        for (const auto& entrant : entrants_) {
            std::vector<EventId> all;
            entrant->store().scan([&](const SeenEvent& event) { all.push_back(event.id); });
            std::vector<EventId> ids;
            for (const std::uint64_t pick : picks) ids.push_back(all[pick]);
            add_entrant(match, *entrant, Durability::NothingWritten, [&, ids](WorkDone& work) {
                std::size_t right = 0;
                const Turn turn = counted(work, count, [&](std::size_t i) {
                    entrant->store().get(ids[i], [&](const SeenEvent& event) {
                        right += event.sequence == picks[i] && is_whole(event) ? 1U : 0U;
                    });
                });
                must_hold(right == count, "each id finds its event");
                return turn;
            });
        }
        match.run();
    }

    // The first 100 events of entities that have them, far apart and close together.
    void stream(RawReader& raw, const MatchRow& row) {
        const std::size_t entities = bench_.scaled(64, 32);
        std::vector<std::vector<std::uint64_t>> sequences(entities);
        for (std::uint64_t i = 0; i < events_; ++i) {
            const std::size_t rank = workload_.rank(i);
            if (rank < entities && sequences[rank].size() < kStreamEvents)
                sequences[rank].push_back(i);
        }
        for (const auto& of_entity : sequences)
            must_hold(of_entity.size() == kStreamEvents, "the streams are long enough");
        Match match(comparison_, row);
        match.add_limit("raw", Durability::NothingWritten, [&](WorkDone& work) {
            return counted(work, entities, [&](std::size_t i) {
                for (const std::uint64_t sequence : sequences[i]) raw.read(sequence);
            });
        });
        for (const auto& entrant : entrants_) {
            add_entrant(match, *entrant, Durability::NothingWritten, [&, entities](WorkDone& work) {
                std::size_t right = 0;
                const Turn turn = counted(work, entities, [&](std::size_t i) {
                    entrant->store().read_stream(
                        workload_.of_rank(i).entity(), kStreamEvents,
                        [&](const SeenEvent& event) { right += is_whole(event) ? 1U : 0U; });
                });
                must_hold(right == entities * kStreamEvents, "each stream has its events");
                return turn;
            });
        }
        match.run();
    }

    void scan(RawReader& raw, const MatchRow& row) {
        Match match(comparison_, row);
        match.add_limit("raw", Durability::NothingWritten, [&](WorkDone&) { return raw.scan(); });
        match.add_limit("raw-crc", Durability::NothingWritten,
                        [&](WorkDone&) { return raw.scan_with_checksums(); });
        for (const auto& entrant : entrants_) {
            add_entrant(match, *entrant, Durability::NothingWritten, [&](WorkDone& work) {
                std::uint64_t right = 0;
                Turn turn = counted(work, 1, [&](std::size_t) {
                    entrant->store().scan(
                        [&](const SeenEvent& event) { right += is_whole(event) ? 1U : 0U; });
                });
                must_hold(right == events_, "a scan has all events");
                turn.operations = static_cast<double>(events_);
                return turn;
            });
        }
        match.run();
    }

    // Touches what a reader would, and no more.
    static bool is_whole(const SeenEvent& event) {
        return event.payload.size() > kPayloadBytes / 2 && !event.entity.empty();
    }

    const Comparison& comparison_;
    const Bench& bench_;
    const std::uint64_t events_;
    const Workload workload_{kPayloadBytes};
    Entrants entrants_;  // batpak first, the floor last
};

}  // namespace

void append_and_die(const std::string& contender, const std::string& directory,
                    std::uint64_t events) {
    const Workload workload(kPayloadBytes);
    for (const ContenderKind& kind : all_contenders()) {
        if (kind.name != contender) continue;
        const auto store = kind.open({directory, std::uint64_t{1} << 30, false});
        // Streams that nobody else writes to: how long the others are is not known here.
        const std::string run = std::to_string(::getpid());
        for (std::uint64_t i = 0; i < events; ++i) {
            const auto number = std::to_string(i % 100);
            const Coordinate own =
                must(Coordinate::create("killed:" + run + ":" + number, "killed"));
            if (!store->append({&own, i / 100, workload.kind(), workload.payload()})) ::_exit(2);
        }
        ::_exit(0);
    }
    ::_exit(3);
}

void compare_loaded(const Comparison& comparison) {
    LoadedArea area(comparison);
    area.reads();
    area.open_closed();
    area.rebuild();
    area.open_killed();
}

}  // namespace batpak::bench
