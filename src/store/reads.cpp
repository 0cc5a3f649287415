#include "batpak/store/reads.hpp"

#include <set>

#include "store/event_reader.hpp"
#include "store/range_state.hpp"
#include "store/read_side.hpp"
#include "store/verification.hpp"

namespace batpak {

using store::EventPlaceInLog;
using store::EventReader;
using store::Pin;

HeldEvent::HeldEvent(std::unique_ptr<EventReader> reader, const EventView& view)
    : reader_(std::move(reader)), view_(view) {}
HeldEvent::HeldEvent(HeldEvent&&) noexcept = default;
HeldEvent& HeldEvent::operator=(HeldEvent&&) noexcept = default;
HeldEvent::~HeldEvent() = default;

StoreReads::StoreReads(std::shared_ptr<store::ReadSide> side) : side_(std::move(side)) {}
StoreReads::StoreReads(StoreReads&&) noexcept = default;
StoreReads& StoreReads::operator=(StoreReads&&) noexcept = default;
StoreReads::~StoreReads() = default;

namespace {

// Reads the event at a place that `locate` finds, and keeps what the view borrows.
template <class Locate>
Result<HeldEvent> hold(const std::shared_ptr<store::ReadSide>& side, ReadCheck check,
                       Locate locate) {
    BATPAK_CHECK(side->check());
    auto reader = std::make_unique<EventReader>(side->pin(), side);
    BATPAK_TRY(const EventPlaceInLog place, locate(*reader));
    BATPAK_TRY(const EventView view, reader->read(place, check));
    return HeldEvent(std::move(reader), view);
}

Error not_found(const EventId& id) {
    return Error(ErrorCode::EventNotFound, "no event of this store has the id " + to_string(id));
}

// The keys of an axis that some visible event has.
Result<std::set<std::string>> visible_keys(const EventReader& reader, store::Axis axis,
                                           std::string_view prefix) {
    std::set<std::string> keys;
    const Pin& pin = reader.pin();
    for (std::size_t run = 0; run < pin.snapshot->runs.size(); ++run) {
        const std::uint32_t count = reader.run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const store::Index* index, pin.snapshot->runs[run]->index());
        index->keys(axis, prefix, [&](std::string_view key) {
            // The index may know events that are not visible yet.
            std::optional<store::KeyEntry> entry = index->find(axis, key);
            if (entry && entry->postings.at(0) < count) keys.emplace(key);
            return true;
        });
    }
    return keys;
}

}  // namespace

Result<HeldEvent> StoreReads::find(const EventId& id) const { return find(id, ReadCheck::Frame); }

Result<HeldEvent> StoreReads::find(const EventId& id, ReadCheck check) const {
    BATPAK_TRY(HeldEvent event,
               hold(side_, check, [&](EventReader& reader) -> Result<EventPlaceInLog> {
                   BATPAK_TRY(const std::optional<EventPlaceInLog> place, reader.find_id(id));
                   if (!place) return fail(not_found(id));
                   return *place;
               }));
    // The index knows the front half of ids only.
    if (event->event_id() != id) return fail(not_found(id));
    return event;
}

Result<HeldEvent> StoreReads::at(Sequence sequence) const { return at(sequence, ReadCheck::Frame); }

Result<HeldEvent> StoreReads::at(Sequence sequence, ReadCheck check) const {
    return hold(side_, check, [&](EventReader& reader) -> Result<EventPlaceInLog> {
        if (sequence >= reader.pin().end) {
            return fail(
                Error(ErrorCode::EventNotFound, "the store ends before it").at_sequence(sequence));
        }
        return reader.place_of(sequence);
    });
}

Result<HeldEvent> StoreReads::at(std::string_view entity, Version version) const {
    return hold(side_, ReadCheck::Frame,
                [&](EventReader& reader) { return reader.find_version(entity, version); });
}

Result<std::optional<HeldEvent>> StoreReads::find_latest(std::string_view entity) const {
    BATPAK_CHECK(side_->check());
    auto reader = std::make_unique<EventReader>(side_->pin(), side_);
    BATPAK_TRY(const std::optional<EventPlaceInLog> place, reader->find_latest(entity));
    if (!place) return std::optional<HeldEvent>();
    BATPAK_TRY(const EventView view, reader->read(*place, ReadCheck::Frame));
    return std::optional<HeldEvent>(HeldEvent(std::move(reader), view));
}

EventRange StoreReads::query(const Region& region, const QueryOptions& options) const {
    auto checked = side_->check();
    if (!checked)
        return EventRange(std::make_unique<store::RangeState>(std::move(checked).error()));
    return EventRange(std::make_unique<store::RangeState>(side_->pin(), side_, region, options));
}

EventRange StoreReads::query(const Region& region) const { return query(region, QueryOptions{}); }

EventRange StoreReads::stream(std::string_view entity) const { return stream(entity, {}); }

EventRange StoreReads::stream(std::string_view entity, const QueryOptions& options) const {
    return query(Region::entity(entity), options);
}

EventRange StoreReads::by_scope(std::string_view scope) const { return by_scope(scope, {}); }

EventRange StoreReads::by_scope(std::string_view scope, const QueryOptions& options) const {
    return query(Region::scope(scope), options);
}

EventRange StoreReads::by_fact(EventKind kind) const { return by_fact(kind, {}); }

EventRange StoreReads::by_fact(EventKind kind, const QueryOptions& options) const {
    return query(Region::kinds({kind}), options);
}

Result<std::uint64_t> StoreReads::count(const Region& region) const {
    BATPAK_CHECK(side_->check());
    return store::RangeState(side_->pin(), side_, region, QueryOptions{}).count();
}

Result<Ancestors> StoreReads::walk_ancestors(const EventId& id, Ancestry along,
                                             std::uint64_t limit) const {
    BATPAK_CHECK(side_->check());
    Ancestors ancestors;
    EventReader reader(side_->pin(), side_);
    EventId next = id;
    for (std::uint64_t walked = 0; walked < limit; ++walked) {
        BATPAK_TRY(const std::optional<EventPlaceInLog> place, reader.find_id(next));
        const bool first = walked == 0;
        if (!place && first) return fail(not_found(id));
        if (!place) {
            ancestors.end = WalkEnd::Missing;
            return ancestors;
        }
        BATPAK_TRY(const EventView event, reader.read(*place, ReadCheck::Frame));
        if (event.event_id() != next && first) return fail(not_found(id));
        if (event.event_id() != next) {
            ancestors.end = WalkEnd::Missing;
            return ancestors;
        }
        BATPAK_TRY(StoredEvent<Bytes> stored, event.to_stored<Bytes>());
        ancestors.events.push_back(std::move(stored));
        const StoredEvent<Bytes>& last = ancestors.events.back();
        if (along == Ancestry::Cause) {
            if (!last.event.header.causation_id) return ancestors;
            next = *last.event.header.causation_id;
        } else {
            if (last.version().value == 0) return ancestors;
            BATPAK_TRY(
                const EventPlaceInLog before,
                reader.find_version(last.coordinate.entity(), Version(last.version().value - 1)));
            BATPAK_TRY(const EventView previous, reader.read(before, ReadCheck::Frame));
            next = previous.event_id();
        }
    }
    ancestors.end = WalkEnd::Limit;
    return ancestors;
}

Result<std::vector<std::string>> StoreReads::entities(std::string_view prefix) const {
    BATPAK_CHECK(side_->check());
    const EventReader reader(side_->pin(), side_);
    BATPAK_TRY(const std::set<std::string> keys, visible_keys(reader, store::Axis::Entity, prefix));
    return std::vector<std::string>(keys.begin(), keys.end());
}

Result<std::vector<std::string>> StoreReads::scopes() const {
    BATPAK_CHECK(side_->check());
    const EventReader reader(side_->pin(), side_);
    BATPAK_TRY(const std::set<std::string> keys, visible_keys(reader, store::Axis::Scope, {}));
    return std::vector<std::string>(keys.begin(), keys.end());
}

Result<std::vector<EventKind>> StoreReads::kinds() const {
    BATPAK_CHECK(side_->check());
    const EventReader reader(side_->pin(), side_);
    BATPAK_TRY(const std::set<std::string> keys, visible_keys(reader, store::Axis::Kind, {}));
    std::vector<EventKind> kinds;
    for (const std::string& key : keys) kinds.push_back(store::KindKey::parse(key));
    return kinds;
}

Result<std::optional<Version>> StoreReads::version(std::string_view entity) const {
    BATPAK_TRY(const std::optional<HeldEvent> event, find_latest(entity));
    if (!event) return std::optional<Version>();
    return std::optional<Version>((*event)->version());
}

Sequence StoreReads::visible_end() const noexcept { return side_->ends().visible(); }
Sequence StoreReads::durable_end() const noexcept { return side_->ends().durable(); }
LogId StoreReads::log_id() const noexcept { return side_->log_id(); }
const OpenReport& StoreReads::open_report() const noexcept { return side_->report(); }

Result<Hash> StoreReads::root(Sequence end) const {
    BATPAK_CHECK(side_->check());
    return store::ReadSide::root(side_, side_->pin(), end);
}

Result<VerifyReport> StoreReads::verify() const {
    BATPAK_CHECK(side_->check());
    return store::verify_log(side_->pin(), *side_);
}

}  // namespace batpak
