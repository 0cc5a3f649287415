// Reads of a store whose files are in the page cache, against pread(2) of the same frames.
#include <algorithm>
#include <random>

#include "batpak/event/hash_chain.hpp"
#include "batpak/event/merkle_frontier.hpp"
#include "log/areas.hpp"
#include "support/must.hpp"
#include "support/raw_reader.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::size_t kStreamEvents = 100;
constexpr std::uint32_t kSeed = 7;

// Sums the payload bytes of a range, so that every event is read and proved.
std::uint64_t drain(EventRange range, std::uint64_t expected) {
    std::uint64_t events = 0;
    while (const Result<EventView>* event = range.next()) {
        if (!*event) give_up((*event).error().to_string());
        if (!(*event)->payload.empty()) ++events;
    }
    if (expected != events) give_up("a range has another number of events than it should");
    return events;
}

class ReadArea {
public:
    explicit ReadArea(const Bench& bench)
        : bench_(bench),
          directory_(prepare(bench, workload_)),
          store_(must(Store::open(StoreConfig(directory_)))),
          raw_(directory_),
          events_(store_.visible_end().value) {
        must_hold(raw_.count() == events_, "raw reads the same events");
    }

    void one_event() {
        const std::size_t count = bench_.scaled(5'000, 1'000);
        std::mt19937_64 random(kSeed);
        std::vector<std::uint64_t> picks(count);
        std::vector<EventId> ids;
        for (std::uint64_t& pick : picks) {
            pick = random() % events_;
            ids.push_back(must(store_.find(Sequence(pick)))->event_id());
        }
        Contest contest(Bench::kRepetitions);
        contest.add("batpak", Durability::NothingWritten, [&] {
            return timed(count, [&](std::size_t i) { must(store_.find(ids[i])); });
        });
        contest.add("raw", Durability::NothingWritten,
                    [&] { return timed(count, [&](std::size_t i) { raw_.read(picks[i]); }); });
        contest.run();
        bench_.report.add_cost({.name = "read.by_id",
                                .what = "an event by its id: p50 to one pread of its frame",
                                .unit = "x raw",
                                .here = {{"batpak_p50_ns", contest.percentile("batpak", 0.5)},
                                         {"raw_p50_ns", contest.percentile("raw", 0.5)}}},
                               contest.cost("batpak", "raw"));
    }

    // The first 100 events of entities that have them, far apart and close together.
    void stream() {
        const std::size_t entities = bench_.scaled(64, 32);
        std::vector<std::vector<std::uint64_t>> sequences(entities);
        for (std::uint64_t i = 0; i < events_; ++i) {
            const std::size_t rank = workload_.rank(i);
            if (rank < entities && sequences[rank].size() < kStreamEvents)
                sequences[rank].push_back(i);
        }
        for (const auto& of_entity : sequences)
            must_hold(of_entity.size() == kStreamEvents, "the streams are long enough");
        Contest contest(Bench::kRepetitions);
        contest.add("batpak", Durability::NothingWritten, [&] {
            return timed(entities, [&](std::size_t i) {
                drain(store_.stream(workload_.of_rank(i).entity(), {.limit = kStreamEvents}),
                      kStreamEvents);
            });
        });
        contest.add("raw", Durability::NothingWritten, [&] {
            return timed(entities, [&](std::size_t i) {
                for (const std::uint64_t sequence : sequences[i]) raw_.read(sequence);
            });
        });
        contest.run();
        bench_.report.add_cost({.name = "read.stream_100",
                                .what = "100 events of one entity: p50 to a pread of each frame",
                                .unit = "x raw",
                                .here = {{"batpak_p50_ns", contest.percentile("batpak", 0.5)},
                                         {"raw_p50_ns", contest.percentile("raw", 0.5)}}},
                               contest.cost("batpak", "raw"));
    }

    void scan() {
        Contest contest(bench_.quick ? Bench::kRepetitions : 5);
        contest.add("batpak", Durability::NothingWritten, [&] {
            Turn turn = timed(1, [&](std::size_t) { drain(store_.query(Region::all()), events_); });
            turn.operations = static_cast<double>(events_);
            return turn;
        });
        contest.add("raw", Durability::NothingWritten, [&] { return raw_.scan(); });
        contest.add("raw-crc", Durability::NothingWritten,
                    [&] { return raw_.scan_with_checksums(); });
        contest.run();
        bench_.report.add_cost({.name = "read.scan",
                                .what = "all events in order: rate to reading the bytes",
                                .unit = "x raw",
                                .better = Better::Higher,
                                .here = {{"batpak_per_s", contest.rate_here("batpak")},
                                         {"raw_per_s", contest.rate_here("raw")}}},
                               contest.rate("batpak", "raw"));
        bench_.report.add_cost({.name = "read.scan.to_raw_crc",
                                .what = "the same to reading the bytes and the CRC of each frame",
                                .unit = "x raw-crc",
                                .better = Better::Higher,
                                .here = {{"raw_crc_per_s", contest.rate_here("raw-crc")}}},
                               contest.rate("batpak", "raw-crc"));
    }

    // Paging costs the same wherever the page is.
    void page() {
        const std::size_t count = bench_.scaled(200, 50);
        std::vector<std::uint64_t> places = {10'000, events_ / 2, events_ - 200};
        Contest contest(Bench::kRepetitions);
        for (const std::uint64_t place : places) {
            contest.add(std::to_string(place), Durability::NothingWritten, [&, place] {
                return timed(count, [&](std::size_t) {
                    drain(store_.query(Region::all(), {.from = Sequence(place), .limit = 100}),
                          100);
                });
            });
        }
        contest.run();
        for (std::size_t i = 1; i < places.size(); ++i) {
            const std::string place = std::to_string(places[i]);
            bench_.report.add_cost({.name = i == 1 ? "read.page_middle" : "read.page_end",
                                    .what = "100 events after " + place + ": p50 to after 10,000",
                                    .unit = "x 10,000",
                                    .here = {{"p50_ns", contest.percentile(place, 0.5)}}},
                                   contest.cost(place, "10000"));
        }
    }

    // A query over many entities, to their streams one by one.
    void any_of() {
        constexpr std::size_t kEntities = 500;
        Region any = Region::none();
        std::vector<std::uint64_t> counts(kEntities);
        std::uint64_t all = 0;
        for (std::size_t rank = 0; rank < kEntities; ++rank) {
            any = std::move(any) | Region::entity(workload_.of_rank(rank).entity());
            counts[rank] = must(store_.count(Region::entity(workload_.of_rank(rank).entity())));
            all += counts[rank];
        }
        Contest contest(bench_.quick ? Bench::kRepetitions : 5);
        contest.add("together", Durability::NothingWritten,
                    [&] { return timed(1, [&](std::size_t) { drain(store_.query(any), all); }); });
        contest.add("one by one", Durability::NothingWritten, [&] {
            return timed(1, [&](std::size_t) {
                for (std::size_t rank = 0; rank < kEntities; ++rank)
                    drain(store_.stream(workload_.of_rank(rank).entity()), counts[rank]);
            });
        });
        contest.run();
        bench_.report.add_cost({.name = "read.any_of_500",
                                .what = "all events of 500 entities: to reading 500 streams",
                                .unit = "x streams",
                                .here = {{"together_ns", contest.percentile("together", 0.5)},
                                         {"streams_ns", contest.percentile("one by one", 0.5)}}},
                               contest.cost("together", "one by one"));
    }

    // Counting the events of 100 entities by what their names begin with, and those of a scope.
    void count() {
        const Region prefix = Region::entity_prefix("entity:000");
        const Region scope = Region::scope(workload_.of_rank(0).scope());
        Contest contest(bench_.quick ? Bench::kRepetitions : 5);
        for (const auto& [name, region] : {std::pair("prefix", &prefix), {"scope", &scope}}) {
            const auto events = static_cast<double>(must(store_.count(*region)));
            must_hold(events > 0, "there is something to count");
            contest.add(name, Durability::NothingWritten, [this, region, events] {
                Turn turn = timed(1, [&](std::size_t) { must(store_.count(*region)); });
                turn.operations = events;
                return turn;
            });
        }
        contest.run();
        bench_.report.add_cost({.name = "read.count_prefix",
                                .what = "events counted by a prefix of 100 entities: rate to scope",
                                .unit = "x scope",
                                .better = Better::Higher,
                                .here = {{"prefix_per_s", contest.rate_here("prefix")},
                                         {"scope_per_s", contest.rate_here("scope")}}},
                               contest.rate("prefix", "scope"));
    }

    // Every hash of the log is made again, and its root.
    void verify() {
        Contest contest(bench_.quick ? Bench::kRepetitions : 3);
        contest.add("batpak", Durability::NothingWritten, [&] {
            Turn turn = timed(1, [&](std::size_t) {
                must_hold(!must(store_.verify()).damage, "nothing is damaged");
            });
            turn.operations = static_cast<double>(events_);
            return turn;
        });
        contest.add("hashes", Durability::NothingWritten, [&] {
            Turn turn = timed(1, [&](std::size_t) { make_hashes(); });
            turn.operations = static_cast<double>(events_);
            return turn;
        });
        contest.run();
        bench_.report.add_cost({.name = "read.verify",
                                .what = "verify: rate to making the hashes alone",
                                .unit = "x hashes",
                                .better = Better::Higher,
                                .here = {{"batpak_per_s", contest.rate_here("batpak")},
                                         {"hashes_per_s", contest.rate_here("hashes")}}},
                               contest.rate("batpak", "hashes"));
    }

private:
    // The three hashes of as many events, one by one, and the tree over them.
    void make_hashes() const {
        MerkleFrontier frontier;
        Hash last;
        for (std::uint64_t i = 0; i < events_; ++i) {
            const Coordinate& coordinate = workload_.coordinate(i);
            const EventFields fields{.kind = workload_.kind(),
                                     .entity = coordinate.entity(),
                                     .scope = coordinate.scope(),
                                     .payload = workload_.payload()};
            const Hash content = content_hash({}, fields, payload_commitment({}, fields.payload));
            last = event_hash({.sequence = Sequence(i)}, content, last);
            frontier.push(last);
        }
        must_hold(frontier.size() == events_ && !frontier.root().is_zero(), "all were hashed");
    }

    static std::string prepare(const Bench& bench, const Workload& workload) {
        const std::string directory = bench.fresh("reads");
        load_store(directory, workload, bench.scaled(1'000'000, 100'000));
        return directory;
    }

    const Bench& bench_;
    const Workload workload_{kPayloadBytes};
    const std::string directory_;
    const Store store_;
    RawReader raw_;
    const std::uint64_t events_;
};

}  // namespace

void measure_reads(const Bench& bench) {
    bench.report.heading("Reads, files in the page cache, against pread");
    ReadArea area(bench);
    area.one_event();
    area.stream();
    area.scan();
    area.page();
    area.any_of();
    area.count();
    area.verify();
}

}  // namespace batpak::bench
