// Goal:   whatever the log and whatever the region, a store answers as a plain list of its events
//         would, of the moment when it was asked (INV I3, I5, K3).
// Method: rapidcheck makes logs over small segments, closed, opened and compacted in between so
//         that runs are parts of open, of sealed and of merged segments and memory, and regions of
//         every part, joined by AND and OR. The plain list (support/naive_log.hpp) reads regions
//         word by word.
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <algorithm>

#include "batpak/testing/environment.hpp"
#include "support/store/naive_log.hpp"

namespace batpak {
namespace {

using testing::NaiveEvent;
using testing::NaiveLog;
using Sequences = std::vector<std::uint64_t>;

constexpr const char* kEntities[] = {"a", "ab", "abc", "b", "player:1", "player:2"};
constexpr const char* kScopes[] = {"s", "t", "room:1"};
constexpr std::uint16_t kKinds[] = {0x1001, 0x1002, 0x2001, 0xF001};
constexpr const char* kTags[] = {"t:1", "t:2", "t:12", "u"};
constexpr const char* kPrefixes[] = {"a", "ab", "player:", "x", "abcd"};

// The size parameter of rapidcheck counts as well: it grows from case to case.
std::uint64_t below(std::uint64_t end) { return *rc::gen::inRange<std::uint64_t>(0, end); }

template <class T, std::size_t Size>
T pick(const T (&values)[Size]) {
    return values[below(Size)];
}

// A store and the list that says what it must answer.
class World {
public:
    World() {
        Environment environment = testing::memory_environment();
        environment.clock = clock_;
        config_ = config_.with_environment(environment).with_segment_bytes(4096);
        reopen();
        const std::uint64_t events = below(120);
        for (std::uint64_t i = 0; i < events; ++i) {
            if (below(25) == 0) reopen();
            if (below(20) == 0) compact();
            append();
        }
    }

    void reopen() {
        if (store) RC_ASSERT(std::move(*store).close().has_value());
        store.reset();
        store.emplace(Store::open(config_).value());
    }

    void compact() {
        RC_ASSERT(store->compact(Merge{.bytes_max = 4096 + below(40'000)}).has_value());
    }

    void append() {
        clock_->set_wall_us(clock_->wall_us() + static_cast<std::int64_t>(below(30)) - 10);
        NaiveEvent event{.entity = pick(kEntities),
                         .scope = pick(kScopes),
                         .kind = EventKind::from_number(pick(kKinds)),
                         .payload = std::string(below(200), 'p')};
        if (below(3) == 0) event.correlation_id = some_id();
        if (below(3) == 0) event.causation_id = some_id();
        for (const char* const tag : kTags)
            if (below(3) == 0) event.tags.emplace(tag);
        AppendOptions options;
        options.tags.assign(event.tags.begin(), event.tags.end());
        options.correlation_id = event.correlation_id;
        options.causation_id = event.causation_id;
        event.receipt = store
                            ->append_raw(Coordinate::create(event.entity, event.scope).value(),
                                         event.kind, as_bytes(event.payload), options)
                            .value();
        log.events.push_back(event);
    }

    // Of an event, or of none.
    EventId some_id() const {
        const std::uint64_t at = below(log.events.size() + 2);
        if (at < log.events.size()) return log.events[at].receipt.event_id;
        EventId id;
        id.bytes[0] = std::byte{1};
        id.bytes[15] = static_cast<std::byte>(at - log.events.size());
        return id;
    }

    std::uint64_t some_sequence() const { return below(log.events.size() + 3); }
    std::int64_t some_time() const {
        if (log.events.empty()) return 0;
        const std::int64_t time = log.events[below(log.events.size())].receipt.hlc.us;
        return time + static_cast<std::int64_t>(below(3)) - 1;
    }

    Region some_part() const {
        switch (below(13)) {
            case 0: return Region::entity(pick(kEntities));
            case 1: return Region::entity_prefix(pick(kPrefixes));
            case 2: return Region::scope(pick(kScopes));
            case 3:
                return Region::kinds(
                    {EventKind::from_number(pick(kKinds)), EventKind::from_number(pick(kKinds))});
            case 4:
                return Region::kinds(
                    KindFilter::category(static_cast<std::uint8_t>(pick(kKinds) >> 12)));
            case 5: return Region::all().with_versions(Version(below(8)), Version(below(30)));
            case 6:
                return Region::all().with_sequences(Sequence(some_sequence()),
                                                    Sequence(some_sequence()));
            case 7: return Region::all().with_time_us(some_time(), some_time() + 20);
            case 8: return Region::all().with_causation(some_id());
            case 9: return Region::tag(pick(kTags));
            case 10: return Region::tags({pick(kTags), pick(kTags)});
            case 11: return Region::tag("nothing");
            default: return Region::all().with_correlation(some_id());
        }
    }
    Region some_clause() const {
        Region clause = Region::all();
        for (std::uint64_t parts = below(4); parts > 0; --parts) clause = clause & some_part();
        return clause;
    }
    Region some_region() const {
        Region region = some_clause();
        for (std::uint64_t more = below(3); more > 0; --more) region = region | some_clause();
        return region;
    }

    std::optional<Store> store;
    NaiveLog log;

private:
    std::shared_ptr<testing::ManualClock> clock_ =
        std::make_shared<testing::ManualClock>(testing::ManualClock::kStartUs);
    StoreConfig config_{"data"};
};

// The sequences of a range, each event compared with the list.
Sequences drain(EventRange range, const NaiveLog& log) {
    Sequences sequences;
    for (const auto& event : range) {
        RC_ASSERT(event.has_value());
        sequences.push_back(event->sequence().value);
        const NaiveEvent& expected = log.events.at(sequences.back());
        RC_ASSERT(event->event_id() == expected.receipt.event_id);
        RC_ASSERT(event->entity == expected.entity);
        RC_ASSERT(event->version() == expected.receipt.version);
        RC_ASSERT(as_text(event->payload) == expected.payload);
        RC_ASSERT(event->header.correlation_id == expected.story());
        RC_ASSERT(event->header.causation_id == expected.causation_id);
        std::set<std::string> tags;
        for (const std::string_view tag : event->tags()) tags.emplace(tag);
        RC_ASSERT(tags == expected.tags);
    }
    return sequences;
}

Sequences reversed(Sequences sequences) {
    std::ranges::reverse(sequences);
    return sequences;
}

// Whether a page begins beyond the end.
bool is_beyond(const World& world, const QueryOptions& options) {
    return options.from.value > world.log.events.size();
}

bool is_refused(EventRange range) {
    const Result<EventView>* const element = range.next();
    return element != nullptr && !*element &&
           element->error().code() == ErrorCode::InvalidArgument && range.next() == nullptr;
}

// What the ends and the limit leave of all answers in one direction.
Sequences cut(const Sequences& all, const QueryOptions& options) {
    Sequences rest;
    for (const std::uint64_t sequence : all) {
        const bool within =
            sequence >= options.from.value && (!options.end || sequence < options.end->value);
        if (within && rest.size() < options.limit) rest.push_back(sequence);
    }
    return rest;
}

Sequences page_by_page(const World& world, const Region& region, Direction direction,
                       std::uint64_t page_size) {
    Sequences all;
    QueryOptions options{.direction = direction, .limit = page_size};
    for (;;) {
        const Sequences page = drain(world.store->query(region, options), world.log);
        if (page.empty()) return all;
        all.insert(all.end(), page.begin(), page.end());
        if (direction == Direction::Forward) {
            options.from = Sequence(page.back()).next();
        } else {
            options.end = Sequence(page.back());
        }
    }
}

RC_GTEST_PROP(QueryProperty, QueriesAreTheFilteredList, ()) {
    const World world;
    for (int i = 0; i < 12; ++i) {
        const Region region = world.some_region();
        const Sequences forward = world.log.query(region);
        RC_LOG() << to_string(region) << "\n";
        RC_ASSERT(drain(world.store->query(region), world.log) == forward);
        RC_ASSERT(world.store->count(region).value() == forward.size());
        for (const Direction direction : {Direction::Forward, Direction::Backward}) {
            const Sequences all = direction == Direction::Forward ? forward : reversed(forward);
            QueryOptions options{.direction = direction};
            if (below(2) == 0) options.from = Sequence(world.some_sequence());
            if (below(2) == 0) options.end = Sequence(world.some_sequence());
            if (below(2) == 0) options.limit = below(6);
            EventRange range = world.store->query(region, options);
            if (is_beyond(world, options)) {
                RC_ASSERT(is_refused(std::move(range)));
            } else {
                RC_ASSERT(drain(std::move(range), world.log) == cut(all, options));
            }
            RC_ASSERT(page_by_page(world, region, direction, 1 + below(7)) == all);
        }
    }
}

RC_GTEST_PROP(QueryProperty, StreamsScopesFactsAndListsAreTheFilteredList, ()) {
    const World world;
    const Store& store = *world.store;
    for (const char* scope : kScopes) {
        RC_ASSERT(drain(store.by_scope(scope), world.log) == world.log.query(Region::scope(scope)));
    }
    for (const std::uint16_t number : kKinds) {
        const EventKind kind = EventKind::from_number(number);
        RC_ASSERT(drain(store.by_fact(kind), world.log) == world.log.query(Region::kinds({kind})));
    }
    for (const std::string entity : {"a", "ab", "abc", "b", "player:1", "player:2", "nobody", ""}) {
        const Sequences stream = world.log.stream(entity);
        RC_ASSERT(drain(store.stream(entity), world.log) == stream);
        const auto latest = store.latest(entity).value();
        RC_ASSERT(latest.has_value() == !stream.empty());
        RC_ASSERT((!latest || latest->sequence().value == stream.back()));
        const auto version = store.version(entity).value();
        RC_ASSERT(version.has_value() == !stream.empty());
        RC_ASSERT((!version || version->value == stream.size() - 1));
        for (std::size_t i = 0; i < stream.size(); ++i)
            RC_ASSERT(store.find({entity, Version(i)}).value()->sequence().value == stream[i]);
        RC_ASSERT(store.find({entity, Version(stream.size())}).error().code() ==
                  ErrorCode::EventNotFound);
    }
    const std::vector<NameEntry> entities = world.log.entities("");
    RC_ASSERT(store.names(Names::Entities).value() == entities);
    // Page by page, of whatever size, it is the same list.
    const std::uint64_t limit = *rc::gen::inRange<std::uint64_t>(1, entities.size() + 2);
    std::vector<NameEntry> paged;
    for (;;) {
        const std::string after = paged.empty() ? "" : paged.back().name;
        const auto page =
            store.names(Names::Entities, {}, {.after = after, .limit = limit}).value();
        RC_ASSERT(page.size() <= limit);
        if (page.empty()) break;
        paged.insert(paged.end(), page.begin(), page.end());
    }
    RC_ASSERT(paged == entities);
    RC_ASSERT(store.names(Names::Entities, "player").value() == world.log.entities("player"));
    for (const std::string prefix : {"", "t:", "t:1", "x"})
        RC_ASSERT(store.names(Names::Tags, prefix).value() == world.log.tags(prefix));
    std::vector<NameEntry> tags;
    for (;;) {
        const std::string after = tags.empty() ? "" : tags.back().name;
        const auto page =
            store.names(Names::Tags, {}, {.after = after, .limit = 1 + limit % 3}).value();
        if (page.empty()) break;
        tags.insert(tags.end(), page.begin(), page.end());
    }
    RC_ASSERT(tags == world.log.tags(""));
    const std::vector<NameEntry> scopes = world.log.scopes();
    RC_ASSERT(store.names(Names::Scopes).value() == scopes);
    std::vector<NameEntry> found;
    for (;;) {
        const std::string after = found.empty() ? "" : found.back().name;
        const auto page =
            store.names(Names::Scopes, {}, {.after = after, .limit = 1 + limit % 3}).value();
        if (page.empty()) break;
        found.insert(found.end(), page.begin(), page.end());
    }
    RC_ASSERT(found == scopes);
    const Catalogue catalogue = store.catalogue().value();
    RC_ASSERT(catalogue.is_complete());
    const auto same = [](const KindEntry& entry, const auto& counted) {
        return entry.kind == counted.first && entry.events == counted.second;
    };
    RC_ASSERT(std::ranges::equal(catalogue, world.log.kinds(), same));
}

RC_GTEST_PROP(QueryProperty, EveryEventIsFoundByItsIdAndPlace, ()) {
    const World world;
    for (const NaiveEvent& event : world.log.events) {
        const AppendReceipt& receipt = event.receipt;
        RC_ASSERT(world.store->find(receipt.event_id).value()->sequence() == receipt.sequence);
        RC_ASSERT(world.store->find(receipt.sequence, ReadCheck::Hash).value()->event_id() ==
                  receipt.event_id);
        EventId other = receipt.event_id;
        other.bytes[15] ^= std::byte{1};
        RC_ASSERT(world.store->find(other).error().code() == ErrorCode::EventNotFound);
    }
    const Sequence end = world.store->visible_end();
    RC_ASSERT(end.value == world.log.events.size());
    RC_ASSERT(world.store->find(end).error().code() == ErrorCode::EventNotFound);
}

// The walk as its words say.
struct NaiveWalk {
    Sequences sequences;
    WalkEnd end = WalkEnd::Limit;
};
NaiveWalk walk(const NaiveLog& log, const NaiveEvent* event, Ancestry along, std::uint64_t limit,
               const Region& within) {
    const Sequences kept = log.query(within);
    NaiveWalk walk;
    while (walk.sequences.size() < limit) {
        if (event == nullptr) {
            walk.end = WalkEnd::Missing;
            return walk;
        }
        const std::uint64_t sequence = event->receipt.sequence.value;
        if (std::ranges::find(kept, sequence) != kept.end()) walk.sequences.push_back(sequence);
        const std::uint64_t version = event->receipt.version.value;
        if (along == Ancestry::Stream ? version == 0 : !event->causation_id) {
            walk.end = WalkEnd::Origin;
            return walk;
        }
        event = along == Ancestry::Stream ? &log.events[log.stream(event->entity)[version - 1]]
                                          : log.find(*event->causation_id);
    }
    return walk;
}

RC_GTEST_PROP(QueryProperty, WalksGoWhereTheListSays, ()) {
    const World world;
    for (const NaiveEvent& event : world.log.events) {
        for (const Ancestry along : {Ancestry::Stream, Ancestry::Cause}) {
            const std::uint64_t limit = below(2) == 0 ? below(4) : 1000;
            const Region within = below(2) == 0 ? Region::all() : world.some_region();
            const NaiveWalk expected = walk(world.log, &event, along, limit, within);
            const Ancestors found =
                world.store->walk_ancestors(event.receipt.event_id, along, limit, within).value();
            Sequences sequences;
            for (const auto& ancestor : found.events)
                sequences.push_back(ancestor.sequence().value);
            RC_ASSERT(sequences == expected.sequences);
            RC_ASSERT(found.end == expected.end);
        }
    }
}

RC_GTEST_PROP(QueryProperty, ARangeSeesTheMomentItWasMadeAndOutlivesTheStore, ()) {
    World world;
    const std::size_t end = world.log.events.size();
    std::vector<std::pair<Region, EventRange>> ranges;
    for (int i = 0; i < 6; ++i) {
        const Region region = world.some_region();
        const Direction direction = i % 2 == 0 ? Direction::Forward : Direction::Backward;
        ranges.emplace_back(region, world.store->query(region, {.direction = direction}));
    }
    Sequences begun;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto* first = i < 2 ? ranges[i].second.next() : nullptr;
        begun.push_back(first != nullptr ? (*first)->sequence().value : UINT64_MAX);
    }
    for (std::uint64_t more = below(60); more > 0; --more) world.append();
    if (below(2) == 0) world.reopen();
    if (below(2) == 0) world.store.reset();
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        Sequences sequences = drain(std::move(ranges[i].second), world.log);
        if (begun[i] != UINT64_MAX) sequences.insert(sequences.begin(), begun[i]);
        const Sequences kept = world.log.query(ranges[i].first, end);
        RC_ASSERT(sequences == (i % 2 == 0 ? kept : reversed(kept)));
    }
}

}  // namespace
}  // namespace batpak
