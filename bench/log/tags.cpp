// What tags cost: time against appends without, bytes of index, and reads against those by entity.
//
// An event of the tagged store has two tags of 16 bytes: one for its entity, so that a query by the
// tag and one by the entity give the same events, and one of a thousand others.
//
// A program that appends has just made the tags: so does tag.append, before the time. With
// tag.append_far it has them in a table of 10,000 options and each where it was allocated: what is
// added there is what it takes the processor to get the caller's own memory.
#include <string>
#include <vector>

#include "log/areas.hpp"
#include "support/contest.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kPayloadBytes = 256;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kOthers = 1000;
constexpr std::uint32_t kSyncEvery = 1000;

std::string tag_of(const std::string& concept_name, std::size_t number) {
    return concept_name + ":" + padded(number, kTagBytes - concept_name.size() - 1);
}

class TagArea {
public:
    explicit TagArea(const Bench& bench)
        : bench_(bench), events_(bench.scaled(1'000'000, 100'000)) {
        options_.resize(Workload::kEntities);
        for (std::size_t rank = 0; rank < Workload::kEntities; ++rank)
            options_[rank].tags = tags_of(rank);
    }

    void appends() {
        const std::size_t count = bench_.scaled(10'000, 2'000);
        Store plain = open("plain");
        Store tagged = open("tagged");
        Store far = open("far");
        std::uint64_t next_plain = 0;
        std::uint64_t next_tagged = 0;
        std::uint64_t next_far = 0;
        AppendOptions made;
        Contest contest(Bench::kRepetitions);
        contest.add("plain", Durability::SyncEachThousandth, [&] {
            return timed(count, [&](std::size_t) { append(plain, next_plain++); });
        });
        contest.add("tagged", Durability::SyncEachThousandth, [&] {
            return timed(
                count, [&](std::size_t) { made.tags = tags_of(workload_.rank(next_tagged)); },
                [&](std::size_t) { append(tagged, next_tagged++, made); });
        });
        contest.add("far", Durability::SyncEachThousandth, [&] {
            return timed(count, [&](std::size_t) { append_tagged(far, next_far++); });
        });
        contest.run();
        bench_.report.add_cost({.name = "tag.append",
                                .what = "a buffered append with two tags of 16 bytes: p50 to one "
                                        "without",
                                .unit = "x without",
                                .here = {{"tagged_p50_ns", contest.percentile("tagged", 0.5)},
                                         {"plain_p50_ns", contest.percentile("plain", 0.5)}}},
                               contest.cost("tagged", "plain"));
        bench_.report.add_cost({.name = "tag.append_far",
                                .what = "the same, with the tags in a table of 10,000 options",
                                .unit = "x without",
                                .here = {{"far_p50_ns", contest.percentile("far", 0.5)}}},
                               contest.cost("far", "plain"));
    }

    // Of a tag, beyond what its event costs without one.
    void disk() const {
        const Cost without = load(
            "without_tags", [&](Store& store, std::uint64_t number) { append(store, number); });
        const Cost with = load(
            "with_tags", [&](Store& store, std::uint64_t number) { append_tagged(store, number); });
        bench_.report.add({.name = "tag.index_bytes",
                           .what = "bytes of index files for a tag",
                           .value = (with.index - without.index) / 2,
                           .unit = "B per tag"});
        bench_.report.add({.name = "tag.log_bytes",
                           .what = "bytes of the log for a tag of 16 bytes",
                           .value = (with.log - without.log) / 2,
                           .unit = "B per tag"});
    }

    // Of the store that disk() has left.
    void reads() const {
        const Store store = must(Store::open(StoreConfig(bench_.directory + "/with_tags")));
        one_by_one(store);
        any_of(store);
    }

private:
    struct Cost {
        double index = 0;
        double log = 0;
    };

    Store open(const char* name) const {
        return must(
            Store::open(StoreConfig(bench_.fresh(name)).with_sync_every_n_events(kSyncEvery)));
    }

    static std::vector<std::string> tags_of(std::size_t rank) {
        return {tag_of("entity", rank), tag_of("other", rank % kOthers)};
    }
    void append(Store& store, std::uint64_t number, const AppendOptions& options = {}) const {
        must(store.append_raw(workload_.coordinate(number), workload_.kind(), workload_.payload(),
                              options));
    }
    void append_tagged(Store& store, std::uint64_t number) const {
        append(store, number, options_[workload_.rank(number)]);
    }

    template <class Append>
    Cost load(const char* name, Append&& append_one) const {
        const std::string directory = bench_.fresh(name);
        Store store = must(Store::open(StoreConfig(directory).with_sync_every_n_events(100'000)));
        for (std::uint64_t i = 0; i < events_; ++i) append_one(store, i);
        must(std::move(store).close());
        return {each(bytes_under(directory + "/index")),
                each(bytes_under(directory + "/segments"))};
    }

    double each(std::uint64_t total) const {
        return static_cast<double>(total) / static_cast<double>(events_);
    }

    // The same events by their tag and by their entity.
    void one_by_one(const Store& store) const {
        const std::size_t queries = bench_.scaled(64, 32);
        Contest contest(Bench::kRepetitions);
        contest.add("tag", Durability::NothingWritten, [&] {
            return timed(queries, [&](std::size_t i) {
                drain(store.query(Region::tag(tag_of("entity", i)), {.limit = 100}));
            });
        });
        contest.add("entity", Durability::NothingWritten, [&] {
            return timed(queries, [&](std::size_t i) {
                drain(store.query(Region::entity(workload_.of_rank(i).entity()), {.limit = 100}));
            });
        });
        contest.run();
        bench_.report.add_cost({.name = "tag.query",
                                .what = "100 events by a tag: p50 to the same by their entity",
                                .unit = "x entity",
                                .here = {{"tag_p50_ns", contest.percentile("tag", 0.5)},
                                         {"entity_p50_ns", contest.percentile("entity", 0.5)}}},
                               contest.cost("tag", "entity"));
    }

    // A query over many tags, to one for each.
    void any_of(const Store& store) const {
        constexpr std::size_t kTags = 500;
        Region any = Region::none();
        std::vector<Region> each;
        for (std::size_t i = 0; i < kTags; ++i) {
            each.push_back(Region::tag(tag_of("entity", i)));
            any = std::move(any) | each.back();
        }
        const std::uint64_t all = must(store.count(any));
        Contest contest(bench_.quick ? Bench::kRepetitions : 5);
        contest.add("together", Durability::NothingWritten, [&] {
            return timed(1, [&](std::size_t) {
                must_hold(drain(store.query(any)) == all, "each event is there once");
            });
        });
        contest.add("one by one", Durability::NothingWritten, [&] {
            return timed(1, [&](std::size_t) {
                std::uint64_t events = 0;
                for (const Region& region : each) events += drain(store.query(region));
                must_hold(events == all, "no event has two of these tags");
            });
        });
        contest.run();
        bench_.report.add_cost({.name = "tag.any_of_500",
                                .what = "all events of 500 tags: to 500 queries",
                                .unit = "x queries",
                                .here = {{"together_ns", contest.percentile("together", 0.5)},
                                         {"queries_ns", contest.percentile("one by one", 0.5)}}},
                               contest.cost("together", "one by one"));
    }

    const Bench& bench_;
    const std::size_t events_;
    const Workload workload_{kPayloadBytes};
    std::vector<AppendOptions> options_;  // by rank
};

}  // namespace

void measure_tags(const Bench& bench) {
    bench.report.heading("Two tags of 16 bytes, 256-byte payloads");
    TagArea area(bench);
    area.appends();
    area.disk();
    area.reads();
}

}  // namespace batpak::bench
