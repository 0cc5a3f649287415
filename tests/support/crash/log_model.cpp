#include "support/crash/log_model.hpp"

#include <algorithm>
#include <map>

#include "batpak/base/assert.hpp"
#include "batpak/event/merkle_frontier.hpp"

namespace batpak::testing {
namespace {

std::string at(std::uint64_t sequence, std::string_view what) {
    return "event " + std::to_string(sequence) + ": " + std::string(what);
}

std::uint32_t expected_flags(const ModelEvent& event) {
    return event.options.flags | (event.options.causation_id ? kFlagHasCausation : 0);
}

// What differs in what only an acknowledged event is known to have.
std::string receipt_difference(const AppendReceipt& receipt, const EventView& found) {
    if (found.event_id() != receipt.event_id) return "another id than in its receipt";
    if (found.position.hlc != receipt.hlc) return "another time than in its receipt";
    if (found.hash != receipt.hash) return "another hash than in its receipt";
    return {};
}

std::string content_difference(const ModelEvent& event, const EventView& found) {
    if (found.entity != event.coordinate.entity()) return "another entity";
    if (found.scope != event.coordinate.scope()) return "another scope";
    if (found.kind() != event.kind) return "another kind";
    if (found.header.payload_version != 1) return "another payload version";
    if (found.header.flags != expected_flags(event)) return "other flags";
    if (found.header.timestamp_us != event.timestamp_us) return "another timestamp";
    if (!equal_bytes(found.payload, event.payload)) return "another payload";
    const Result<Metadata> metadata = found.metadata();
    if (!metadata || *metadata != event.options.metadata) return "other metadata";
    if (found.header.causation_id != event.options.causation_id) return "another cause";
    if (found.header.correlation_id != event.options.correlation_id.value_or(found.event_id())) {
        return "another correlation";
    }
    return {};
}

// The sequences of a range, or what went wrong.
struct Answer {
    std::vector<std::uint64_t> sequences;
    std::string problem;
};

Answer answer_of(EventRange range) {
    Answer answer;
    while (const Result<EventView>* element = range.next()) {
        if (!*element) {
            answer.problem = element->error().to_string();
            return answer;
        }
        answer.sequences.push_back((*element)->sequence().value);
    }
    return answer;
}

class QueryCheck {
public:
    QueryCheck(const StoreReads& store, const LogModel& model)
        : store_(store), model_(model), end_(store.visible_end().value) {}

    std::string run() {
        for (const char* entity : {"alice", "bob", "carol", "dave", "nobody"})
            compare_entity(entity);
        for (const char* scope : {"cave", "hall", "nowhere"}) {
            compare(Region::scope(scope), store_.by_scope(scope));
        }
        for (std::uint16_t type = 1; type <= 4; ++type) {
            const EventKind kind = EventKind::custom(0xF, type);
            compare(Region::kinds({kind}), store_.by_fact(kind));
        }
        compare_regions();
        compare_lists();
        compare_single_events();
        return problem_;
    }

private:
    void wrong(const std::string& words) {
        if (problem_.empty()) problem_ = words;
    }

    std::vector<std::uint64_t> expected(const Region& region) const {
        std::vector<std::uint64_t> found;
        for (std::uint64_t i = 0; i < end_; ++i) {
            const ModelEvent& event = model_.events()[i];
            const EventFacts facts{.entity = event.coordinate.entity(),
                                   .scope = event.coordinate.scope(),
                                   .kind = event.kind,
                                   .version = Version(event.version),
                                   .sequence = Sequence(i),
                                   .time_us = 0,
                                   .correlation_id = {}};
            if (region.contains(facts)) found.push_back(i);
        }
        return found;
    }

    void compare(const Region& region, EventRange range) {
        const Answer answer = answer_of(std::move(range));
        if (!answer.problem.empty()) return wrong(to_string(region) + ": " + answer.problem);
        if (answer.sequences != expected(region)) wrong(to_string(region) + ": other events");
        const Result<std::uint64_t> count = store_.count(region);
        if (!count || *count != answer.sequences.size()) wrong(to_string(region) + ": miscounted");
    }

    void compare_entity(const std::string& entity) {
        compare(Region::entity(entity), store_.stream(entity));
        const std::uint64_t count = model_.versions(entity, end_);
        const auto version = store_.version(entity);
        const auto latest = store_.find_latest(entity);
        if (!version || !latest) return wrong(entity + ": no answer about its stream");
        if (version->has_value() != (count > 0)) return wrong(entity + ": is there, or not");
        if (latest->has_value() != (count > 0)) return wrong(entity + ": has a latest, or not");
        if (count == 0) return;
        if ((*version)->value != count - 1) wrong(entity + ": another latest version");
        if ((**latest)->version().value != count - 1) wrong(entity + ": another latest event");
        const auto first = store_.find({entity, Version(0)});
        if (!first || (*first)->entity != entity) wrong(entity + ": its first event");
    }

    void compare_regions() {
        const EventKind kind = EventKind::custom(0xF, 2);
        const Region both = Region::scope("cave").with_kinds({kind});
        const Region either = Region::entity_prefix("a") | Region::scope("hall");
        const Region middle =
            Region::all().with_sequences(Sequence(end_ / 3), Sequence(2 * end_ / 3 + 1));
        for (const Region& region : {both, either, middle, both & middle, Region::none()}) {
            compare(region, store_.query(region));
        }
        const Answer last =
            answer_of(store_.query(either, {.direction = Direction::Backward, .limit = 2}));
        std::vector<std::uint64_t> all = expected(either);
        std::ranges::reverse(all);
        all.resize(std::min<std::size_t>(all.size(), 2));
        if (last.sequences != all) wrong("the last two of " + to_string(either));
    }

    void compare_lists() {
        std::map<std::string, std::uint64_t> entities;
        std::map<std::string, std::uint64_t> scopes;
        std::vector<EventKind> kinds;
        for (std::uint64_t i = 0; i < end_; ++i) {
            ++entities[model_.events()[i].coordinate.entity()];
            ++scopes[model_.events()[i].coordinate.scope()];
            kinds.push_back(model_.events()[i].kind);
        }
        const auto is_list = [&](Names of, const std::map<std::string, std::uint64_t>& expected) {
            std::vector<NameEntry> entries;
            for (const auto& [name, events] : expected) entries.push_back({name, events});
            return store_.names(of).value_or(std::vector<NameEntry>{{"?", 0}}) == entries;
        };
        if (!is_list(Names::Entities, entities)) wrong("the list of entities");
        if (!is_list(Names::Scopes, scopes)) wrong("the list of scopes");
        const auto found = store_.catalogue();
        const auto same = [](const KindEntry& entry, EventKind kind) { return entry.kind == kind; };
        if (!found || !std::ranges::equal(*found, distinct(kinds), same))
            wrong("the list of kinds");
    }

    template <class T>
    static std::vector<T> distinct(std::vector<T> values) {
        std::ranges::sort(values);
        const auto rest = std::ranges::unique(values);
        values.erase(rest.begin(), rest.end());
        return values;
    }

    void compare_single_events() {
        for (std::uint64_t i = 0; i < end_; i += 5) {
            const auto event = store_.find(Sequence(i), ReadCheck::Frame);
            if (!event) return wrong(at(i, event.error().to_string()));
            const auto same = store_.find((*event)->event_id());
            if (!same || (*same)->sequence().value != i) return wrong(at(i, "not under its id"));
        }
        if (store_.find(Sequence(end_))) wrong("an event at the end");
    }

    const StoreReads& store_;
    const LogModel& model_;
    const std::uint64_t end_;
    std::string problem_;
};

}  // namespace

std::uint64_t LogModel::versions(std::string_view entity, std::uint64_t end) const {
    BATPAK_ASSERT(end <= submitted());
    for (std::uint64_t i = end; i > 0; --i) {
        if (events_[i - 1].coordinate.entity() == entity) return events_[i - 1].version + 1;
    }
    return 0;
}

bool LogModel::is_border(std::uint64_t end) const {
    BATPAK_ASSERT(end <= submitted());
    if (end == 0) return true;
    const ModelEvent& last = events_[end - 1];
    return last.batch_index + 1 == last.batch_count;
}

std::uint64_t LogModel::submit(ModelEvent event) {
    event.version = versions(event.coordinate.entity());
    events_.push_back(std::move(event));
    return events_.size() - 1;
}

std::string LogModel::acknowledge(std::uint64_t sequence, const AppendReceipt& receipt) {
    BATPAK_ASSERT(sequence < submitted());
    ModelEvent& event = events_[sequence];
    if (receipt.sequence.value != sequence) return at(sequence, "acknowledged as another");
    if (receipt.version.value != event.version)
        return at(sequence, "acknowledged with another version");
    if (receipt.replayed) return at(sequence, "acknowledged as one that was there before");
    const bool durable = receipt.durability == Durability::Durable;
    if (event.options.durability == Durability::Durable && !durable) {
        return at(sequence, "acknowledged as less durable than was asked");
    }
    event.receipt = receipt;
    acknowledged_ = std::max(acknowledged_, sequence + 1);
    if (durable) promise_durable(sequence + 1);
    return {};
}

void LogModel::promise_durable(std::uint64_t end) {
    BATPAK_ASSERT(end <= submitted());
    durable_ = std::max(durable_, end);
    acknowledged_ = std::max(acknowledged_, end);
}

void LogModel::retract_to(std::uint64_t end) {
    BATPAK_ASSERT(end >= acknowledged_);
    while (submitted() > end) events_.pop_back();
}

void LogModel::resume(std::uint64_t end) {
    BATPAK_ASSERT(end <= submitted());
    while (submitted() > end) events_.pop_back();
    acknowledged_ = durable_ = end;
}

std::string LogModel::difference(std::uint64_t sequence, const EventView& found) const {
    if (sequence >= submitted()) return at(sequence, "was never submitted");
    const ModelEvent& event = events_[sequence];
    if (found.sequence().value != sequence) return at(sequence, "stands elsewhere");
    if (found.version().value != event.version) return at(sequence, "another version");
    if (found.batch_index != event.batch_index || found.batch_count != event.batch_count) {
        return at(sequence, "another place in its batch");
    }
    std::string problem = content_difference(event, found);
    if (problem.empty() && event.receipt) problem = receipt_difference(*event.receipt, found);
    return problem.empty() ? problem : at(sequence, problem);
}

std::string check_events(const StoreReads& store, const LogModel& model) {
    EventRange range = store.query(Region::all());
    std::uint64_t count = 0;
    while (const Result<EventView>* element = range.next()) {
        if (!*element) return at(count, element->error().to_string());
        std::string problem = model.difference(count, **element);
        if (!problem.empty()) return problem;
        ++count;
    }
    if (count == store.visible_end().value) return {};
    return "the log ends at " + std::to_string(count) + " and says " +
           to_string(store.visible_end());
}

std::string check_events_or_refusals(const StoreReads& store, const LogModel& model) {
    EventRange range = store.query(Region::all());
    while (const Result<EventView>* element = range.next()) {
        if (!*element) {
            if (element->error().error_class() == ErrorClass::Refused) continue;
            return element->error().to_string();
        }
        std::string problem = model.difference((*element)->sequence().value, **element);
        if (!problem.empty()) return problem;
    }
    return {};
}

std::string check_queries(const StoreReads& store, const LogModel& model) {
    if (store.visible_end().value > model.submitted()) return "more events than were submitted";
    return QueryCheck(store, model).run();
}

std::string check_proofs(const StoreReads& store, bool has_hashes) {
    const Result<VerifyReport> report = store.verify();
    if (!report) return "verify: " + report.error().to_string();
    if (report->damage) return "verify: " + report->damage->to_string();
    if (report->events != store.visible_end().value) return "verify: another number of events";
    if (report->hashes_checked != has_hashes) return "verify: hashes, or not";
    if (!has_hashes) return {};
    MerkleFrontier frontier;
    EventRange range = store.query(Region::all());
    while (const Result<EventView>* element = range.next()) {
        if (!*element) return element->error().to_string();
        frontier.push((*element)->hash);
    }
    const Result<Hash> root = store.root(store.visible_end());
    if (!root || *root != frontier.root()) return "the root is not that of the events";
    if (report->root != *root) return "verify: another root";
    return {};
}

}  // namespace batpak::testing
