#include "compare/entrant.hpp"

#include <algorithm>

#include "support/must.hpp"

namespace batpak::bench {
namespace {

constexpr std::size_t kLoadItems = 1000;

std::size_t rank_of(std::string_view entity) {
    must_hold(entity.starts_with("entity:"), "an entity has its name");
    std::size_t rank = 0;
    for (const char digit : entity.substr(7))
        rank = rank * 10 + static_cast<std::size_t>(digit - '0');
    return rank;
}

}  // namespace

Entrant::Entrant(const Comparison& comparison, const ContenderKind& kind, const Workload& workload,
                 std::uint64_t sync_each, std::uint64_t loaded)
    : kind_(kind),
      name_(kind.name),
      setup_{comparison.bench.fresh(std::string("compare-") + kind.name), sync_each, false},
      feed_(workload),
      store_(kind.open(setup_)) {
    while (feed_.count() < loaded) {
        const auto events = feed_.take(std::min<std::size_t>(kLoadItems, loaded - feed_.count()));
        must_hold(store_->append_batch(events), "a store takes what it is loaded with");
    }
}

Turn Entrant::append(WorkDone& work, std::size_t count) {
    const auto events = feed_.take(count);
    return counted(work, count, [&](std::size_t i) {
        if (!store_->append(events[i])) give_up(name_ + " refuses an append");
    });
}

Turn Entrant::append_batch(WorkDone& work, std::size_t items) {
    const auto events = feed_.take(items);
    return counted(work, 1, [&](std::size_t) {
        if (!store_->append_batch(events)) give_up(name_ + " refuses a batch");
    });
}

void Entrant::check_refusal(std::size_t rank, std::uint64_t length) {
    const Workload& workload = feed_.workload();
    NewEvent wrong{&workload.of_rank(rank), length + 1, workload.kind(), workload.payload()};
    must_hold(!store_->append(wrong), "an append that expects too much is refused");
    wrong.expected = length - 1;
    must_hold(!store_->append_batch({&wrong, 1}), "a batch that expects too little is refused");
}

void Entrant::check_against(const std::vector<const Feed*>& feeds) {
    std::vector<std::uint64_t> lengths(Workload::kEntities, 0);
    std::uint64_t sequence = 0;
    EventId last;
    store_->scan([&](const SeenEvent& event) {
        must_hold(event.sequence == sequence++, "sequences have no gap");
        const std::size_t rank = rank_of(event.entity);
        must_hold(event.version == lengths[rank]++, "versions have no gap");
        const Workload& workload = feed_.workload();
        must_hold(event.scope == workload.of_rank(rank).scope(), "an event has its scope");
        must_hold(event.kind == workload.kind(), "an event has its kind");
        must_hold(event.time_us > 0, "an event has its time");
        must_hold(std::ranges::equal(event.payload, workload.payload()), "a payload is as it was");
        last = event.id;
    });
    for (std::size_t rank = 0; rank < lengths.size(); ++rank) {
        std::uint64_t expected = 0;
        for (const Feed* feed : feeds) expected += feed->lengths()[rank];
        must_hold(lengths[rank] == expected, "each stream has what was acknowledged");
    }
    store_->get(last, [&](const SeenEvent& event) {
        must_hold(event.id == last && event.sequence == sequence - 1, "an id finds its event");
    });
    const std::size_t most =
        static_cast<std::size_t>(std::ranges::max_element(lengths) - lengths.begin());
    std::uint64_t version = 0;
    store_->read_stream(feed_.workload().of_rank(most).entity(), lengths[most],
                        [&](const SeenEvent& event) {
                            must_hold(rank_of(event.entity) == most, "a stream is of one entity");
                            must_hold(event.version == version++, "a stream is in order");
                        });
    must_hold(version == lengths[most], "a stream is whole");
    check_refusal(most, version);
}

Entrants enter(const Comparison& comparison, const Workload& workload, std::uint64_t sync_each,
               std::uint64_t loaded) {
    Entrants entrants;
    for (const ContenderKind& kind : comparison.kinds)
        entrants.push_back(
            std::make_unique<Entrant>(comparison, kind, workload, sync_each, loaded));
    return entrants;
}

Entrants enter_with_floor(const Comparison& comparison, const Workload& workload,
                          std::uint64_t sync_each, std::uint64_t loaded) {
    Entrants entrants = enter(comparison, workload, sync_each, loaded);
    entrants.push_back(std::make_unique<Entrant>(
        comparison, ContenderKind{"floor", false, open_floor}, workload, sync_each, loaded));
    return entrants;
}

void add_entrant(Match& match, const Entrant& entrant, Durability durability, Match::Play play) {
    if (entrant.is_batpak()) {
        match.add_batpak(durability, std::move(play));
    } else if (entrant.is_floor()) {
        match.add_limit(entrant.name(), durability, std::move(play));
    } else {
        match.add_peer(entrant.name(), durability, std::move(play));
    }
}

}  // namespace batpak::bench
