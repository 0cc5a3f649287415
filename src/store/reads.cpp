// What users read with, on the pins, plans and readers below it. Three things are decided here:
//
//     a view          is the log cut at its end: each read pins, and cuts the pin (INV P1)
//     a half of an id is all that an index knows: what it finds is compared with the whole id
//     a missing key   may be that of a damaged event: then the damage is the answer, never "no such
//                     key" (INV I3)
#include "batpak/store/reads.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "batpak/base/assert.hpp"
#include "store/index/damaged_index.hpp"
#include "store/view/event_reader.hpp"
#include "store/view/range_state.hpp"
#include "store/view/read_side.hpp"
#include "store/view/verification.hpp"

namespace batpak {

using store::EventReader;
using store::Pin;
using store::RunOrdinal;

HeldEvent::HeldEvent(std::unique_ptr<EventReader> reader, const EventView& view)
    : reader_(std::move(reader)), view_(view) {}
HeldEvent::HeldEvent(HeldEvent&&) noexcept = default;
HeldEvent& HeldEvent::operator=(HeldEvent&&) noexcept = default;
HeldEvent::~HeldEvent() = default;

// By another reader: the view borrows what this one has read last.
Result<EventPreimage> HeldEvent::preimage() const {
    BATPAK_ASSERT(reader_ != nullptr);
    BATPAK_CHECK(reader_->side().check());
    BATPAK_CHECK(reader_->side().can_check(ReadCheck::Hash));
    EventReader again = reader_->another();
    return again.preimage(again.place_of(view_.sequence()));
}

StoreReads::StoreReads(std::shared_ptr<store::ReadSide> side) : side_(std::move(side)) {
    BATPAK_ASSERT(side_ != nullptr);
}
StoreReads::StoreReads(std::shared_ptr<store::ReadSide> side, Sequence end, Sequence within)
    : side_(std::move(side)),
      end_(end),
      within_(within),
      corrections_(side_->corrections().count()) {}
StoreReads::StoreReads(StoreReads&&) noexcept = default;
StoreReads& StoreReads::operator=(StoreReads&&) noexcept = default;
StoreReads::~StoreReads() = default;

namespace {

Result<std::optional<HeldEvent>> hold_if_there(std::unique_ptr<EventReader> reader, ReadCheck check,
                                               const std::optional<RunOrdinal>& place) {
    BATPAK_ASSERT(reader != nullptr);
    if (!place) return std::optional<HeldEvent>();
    BATPAK_TRY(const EventView view, reader->read(*place, check));
    return std::optional<HeldEvent>(HeldEvent(std::move(reader), view));
}

Error not_found(const EventId& id) {
    return Error(ErrorCode::EventNotFound, "no event of this store has the id " + to_string(id));
}

// A page cannot begin beyond the end: an empty one would say "nothing new" to a caller that comes
// from a longer log, for as long as this one is shorter, and leave events out after that.
Error beyond_end(Sequence from) {
    return Error(ErrorCode::InvalidArgument,
                 "the store ends before the place to read on from: refresh a reader that is not as "
                 "far yet, and begin again if the log was restored")
        .at_sequence(from);
}

// Fails with the damage if a key may be missing because the event that had it is damaged, and no
// index tells what it was.
Result<void> check_known(EventReader& reader, store::Axis axis) {
    BATPAK_TRY(const std::optional<RunOrdinal> lost, reader.first_lost());
    if (!lost) return {};
    if (axis == store::Axis::Entity) {
        BATPAK_TRY(const bool all_known, reader.knows_all_streams());
        if (all_known) return {};
    }
    BATPAK_CHECK(reader.read(*lost, ReadCheck::Frame));
    return {};
}

store::Axis axis_of(Names names) {
    switch (names) {
        case Names::Entities: return store::Axis::Entity;
        case Names::Scopes: return store::Axis::Scope;
        case Names::Tags: return store::Axis::Tag;
    }
    BATPAK_UNREACHABLE();
}

using KeyCounts = std::map<std::string, std::uint64_t>;

// Keeps the first entries, as many as a page has.
void cut(KeyCounts& counts, const PageOptions& page) {
    while (counts.size() > page.limit) counts.erase(std::prev(counts.end()));
}

bool is_behind(const KeyCounts& counts, const PageOptions& page, std::string_view key) {
    return counts.size() >= page.limit && (counts.empty() || counts.rbegin()->first < key);
}

// How many events a stream has up to its last visible one: also those that are damaged, of which
// the versions on both sides tell. Postings after the visible end are of events that a view or a
// pin does not have.
std::uint64_t events_up_to(const store::Index& index, store::KeyEntry& entry,
                           std::uint32_t visible) {
    BATPAK_ASSERT(visible > 0);
    const store::DamagedIndex* const damage = index.damage();
    if (damage == nullptr) return entry.first_version.value + visible;
    return damage->version_at(entry.postings.at(visible - 1)).value + 1;
}

// The keys of an axis that some visible event has, each with the number of those. The largest
// number of an entity's versions is the number of its events, whichever run says it; of other keys
// each run has its own events, which add up.
Result<KeyCounts> visible_keys(EventReader& reader, store::Axis axis, std::string_view prefix,
                               const PageOptions& page) {
    KeyCounts counts;
    const Pin& pin = reader.pin();
    for (std::size_t run = 0; run < pin.snapshot->runs.size(); ++run) {
        const std::uint32_t count = reader.run_count(run);
        if (count == 0) continue;
        BATPAK_TRY(const KeyCounts of_run, reader.ask(run, [&](const store::Index& index) {
            KeyCounts found;
            index.keys(axis, prefix, [&](std::string_view key) {
                if (!page.after.empty() && key <= page.after) return true;
                // Behind a whole page: not worth a look at its events.
                if (is_behind(found, page, key) || is_behind(counts, page, key)) return true;
                // The index may know events that are not visible yet.
                std::optional<store::KeyEntry> entry = index.find(axis, key);
                const std::uint32_t visible = entry ? entry->postings.lower_bound(count) : 0;
                const bool of_entity = axis == store::Axis::Entity;
                if (visible > 0)
                    found.emplace(key, of_entity ? events_up_to(index, *entry, visible) : visible);
                cut(found, page);
                return true;
            });
            return found;
        }));
        // What is cut off comes after a whole page, so no later run brings it back.
        for (const auto& [key, events] : of_run) {
            std::uint64_t& known = counts[key];
            known = axis == store::Axis::Entity ? std::max(known, events) : known + events;
        }
        cut(counts, page);
    }
    BATPAK_ASSERT(counts.size() <= page.limit);
    // Last: an index may have been lost meanwhile, and the one in its place know less.
    BATPAK_CHECK(check_known(reader, axis));
    return counts;
}

}  // namespace

Result<void> StoreReads::check() const {
    BATPAK_CHECK(side_->check());
    if (end_) {
        // Only a reader beside a writer has corrections. A view that was made before one would show
        // another event under a number that it has shown already (INV I7).
        const std::optional<Sequence> undone = side_->corrections().since(corrections_);
        if (undone && *undone < *end_) {
            return fail(Error(ErrorCode::RolledBack,
                              "the view is of events that the writer took back: make it again")
                            .at_sequence(*undone));
        }
    }
    if (!end_ || *end_ <= std::min(side_->ends().visible(), within_)) return {};
    return fail(Error(ErrorCode::EventNotFound, "the view is of an event that is not there yet")
                    .at_sequence(Sequence(end_->value - 1)));
}

Pin StoreReads::pin() const {
    Pin pin = side_->pin();
    if (!end_) return pin;
    pin.end = std::min(pin.end, *end_);
    pin.durable_end = std::min(pin.durable_end, *end_);
    BATPAK_ASSERT(pin.durable_end <= pin.end);
    return pin;
}

std::unique_ptr<EventReader> StoreReads::reader() const {
    return std::make_unique<EventReader>(pin(), side_);
}

// A view of a view ends no later than that: `within` is the end of the outer one.
StoreView StoreReads::before(Sequence end) const {
    return StoreView(side_, end, std::min(end_.value_or(within_), within_));
}

StoreView StoreReads::as_of(Sequence last) const {
    // The last sequence has no next one, and no log comes that far.
    const bool has_next = last.value < std::numeric_limits<std::uint64_t>::max();
    return before(has_next ? last.next() : last);
}

Result<StoreView> StoreReads::as_of_time(std::int64_t time_us) const {
    BATPAK_CHECK(check());
    EventReader reader(pin(), side_);
    if (time_us == std::numeric_limits<std::int64_t>::max()) return before(reader.pin().end);
    // The view ends before the first event of a later microsecond.
    BATPAK_TRY(const Sequence end, reader.find_time(time_us + 1, EventReader::Border::Before));
    return before(end);
}

Result<HeldEvent> StoreReads::find(const EventRef& which, ReadCheck check) const {
    BATPAK_CHECK(this->check());
    auto found = reader();
    const auto locate = [&]() -> Result<RunOrdinal> {
        if (which.id_ != nullptr) {
            BATPAK_TRY(const std::optional<RunOrdinal> place, found->find_id(*which.id_));
            if (!place) return fail(not_found(*which.id_));
            return *place;
        }
        if (!which.sequence_) return found->find_version(which.entity_, which.version_);
        if (*which.sequence_ < found->pin().end) return found->place_of(*which.sequence_);
        return fail(Error(ErrorCode::EventNotFound, "the store ends before it")
                        .at_sequence(*which.sequence_));
    };
    BATPAK_TRY(const RunOrdinal place, locate());
    BATPAK_TRY(const EventView view, found->read(place, check));
    // The index knows the front half of ids only.
    if (which.id_ != nullptr && view.event_id() != *which.id_) return fail(not_found(*which.id_));
    return HeldEvent(std::move(found), view);
}

Result<std::optional<HeldEvent>> StoreReads::find_key(std::string_view idempotency_key,
                                                      ReadCheck check) const {
    BATPAK_CHECK(this->check());
    auto keyed = reader();
    BATPAK_TRY(const std::optional<RunOrdinal> place,
               keyed->find_key(idempotency_key, Sequence(0)));
    return hold_if_there(std::move(keyed), check, place);
}

Result<std::optional<HeldEvent>> StoreReads::find_latest(std::string_view entity,
                                                         ReadCheck check) const {
    BATPAK_CHECK(this->check());
    auto latest = reader();
    BATPAK_TRY(const std::optional<RunOrdinal> place, latest->find_latest(entity));
    return hold_if_there(std::move(latest), check, place);
}

EventRange StoreReads::query(const Region& region, const QueryOptions& options) const {
    auto checked = check();
    if (checked) checked = side_->can_check(options.check);
    if (!checked)
        return EventRange(std::make_unique<store::RangeState>(std::move(checked).error()));
    const Pin pin = this->pin();
    // Against the pin that the range is of, or an append in between would make the two disagree.
    if (options.from > pin.end)
        return EventRange(std::make_unique<store::RangeState>(beyond_end(options.from)));
    return EventRange(std::make_unique<store::RangeState>(pin, side_, region, options));
}

EventRange StoreReads::stream(std::string_view entity, const QueryOptions& options) const {
    return query(Region::entity(entity), options);
}

EventRange StoreReads::by_scope(std::string_view scope, const QueryOptions& options) const {
    return query(Region::scope(scope), options);
}

EventRange StoreReads::by_fact(EventKind kind, const QueryOptions& options) const {
    return query(Region::kinds({kind}), options);
}

Result<std::uint64_t> StoreReads::count(const Region& region) const {
    BATPAK_CHECK(check());
    return store::RangeState(pin(), side_, region, QueryOptions{}).count();
}

Result<CountedPart> StoreReads::count_newest(const Region& region, std::uint64_t reads_max) const {
    BATPAK_CHECK(check());
    const QueryOptions backward{.direction = Direction::Backward};
    return store::RangeState(pin(), side_, region, backward).count_newest(reads_max);
}

namespace {

// Where the event before this one is; nothing if it has none.
Result<std::optional<EventId>> id_before(EventReader& reader, const StoredEvent<Bytes>& event,
                                         Ancestry along) {
    if (along == Ancestry::Cause) return event.event.header.causation_id;
    if (event.version().value == 0) return std::optional<EventId>();
    const Version version(event.version().value - 1);
    BATPAK_TRY(const RunOrdinal place, reader.find_version(event.coordinate.entity(), version));
    BATPAK_TRY(const EventView before, reader.read(place, ReadCheck::Frame));
    return std::optional(before.event_id());
}

}  // namespace

// A cause is what its caller said, so a chain of causes may be a circle: the limit ends it. And it
// may lead out of this store, which is an end and no error.
Result<Ancestors> StoreReads::walk_ancestors(const EventId& id, Ancestry along, std::uint64_t limit,
                                             const Region& within) const {
    BATPAK_CHECK(check());
    Ancestors ancestors;
    EventReader reader(pin(), side_);
    std::optional<EventId> next = id;
    bool is_first = true;
    while (ancestors.events.size() < limit) {
        if (!next) return ancestors;
        BATPAK_TRY(const std::optional<RunOrdinal> place, reader.find_id(*next));
        Result<EventView> event = fail(not_found(*next));
        if (place) event = reader.read(*place, ReadCheck::Frame);
        // The index knows the front half of ids only.
        const bool is_missing = !place || (event && event->event_id() != *next);
        if (is_missing && is_first) return fail(not_found(id));
        if (is_missing) {
            ancestors.end = WalkEnd::Missing;
            return ancestors;
        }
        if (!event) return fail(std::move(event).error());
        is_first = false;
        const bool is_within = within.contains(event->facts());
        BATPAK_TRY(StoredEvent<Bytes> stored, event->to_stored_or_erased());
        BATPAK_TRY(next, id_before(reader, stored, along));
        if (is_within) ancestors.events.push_back(std::move(stored));
    }
    BATPAK_ASSERT(ancestors.events.size() == limit);  // every other end has returned
    if (next) ancestors.end = WalkEnd::Limit;
    return ancestors;
}

Result<std::vector<NameEntry>> StoreReads::names(Names of, std::string_view prefix,
                                                 const PageOptions& page) const {
    BATPAK_CHECK(check());
    EventReader reader(pin(), side_);
    BATPAK_TRY(const KeyCounts counts, visible_keys(reader, axis_of(of), prefix, page));
    std::vector<NameEntry> entries;
    entries.reserve(counts.size());
    for (const auto& [name, events] : counts) entries.push_back({name, events});
    return entries;
}

Result<std::optional<Version>> StoreReads::version(std::string_view entity) const {
    BATPAK_TRY(const std::optional<HeldEvent> event, find_latest(entity));
    if (!event) return std::optional<Version>();
    return std::optional<Version>((*event)->version());
}

Sequence StoreReads::visible_end() const noexcept {
    return std::min({side_->ends().visible(), end_.value_or(within_), within_});
}
Sequence StoreReads::durable_end() const noexcept {
    return std::min({side_->ends().durable(), end_.value_or(within_), within_});
}

JudgedView StoreReads::judge(const Region& region) const {
    return JudgedView::create(log_id(), visible_end(), region);
}

LogId StoreReads::log_id() const noexcept { return side_->log_id(); }
std::optional<Sequence> StoreReads::common_end(const LogId& log) const noexcept {
    const std::optional<Sequence> end = side_->common_end(log);
    return end ? std::optional(std::min(*end, visible_end())) : end;
}

ErasedPayloads StoreReads::erased_payloads() const { return ErasedPayloads(side_); }

ErasedPayloads::ErasedPayloads(std::shared_ptr<store::ReadSide> side) : side_(std::move(side)) {
    BATPAK_ASSERT(side_ != nullptr);
}

Sequence ErasedPayloads::end() const noexcept { return side_->erasures().end(); }

// Of events without a payload all that a region asks is left.
Result<std::optional<Sequence>> ErasedPayloads::first_in(const Region& region, Sequence known,
                                                         Sequence before) const {
    BATPAK_CHECK(side_->check());
    const std::optional<store::Prune> prune = side_->erasures().prune();
    if (!prune || prune->intent < known) return std::optional<Sequence>();
    // A view may end before the record.
    BATPAK_TRY(const store::SequenceSet erased,
               store::read_intents(side_->pin(), side_, *prune, known));
    EventReader reader(side_->pin(), side_);
    for (const store::SequenceSet::Range& range : erased.ranges()) {
        const Sequence end = std::min(range.end, before);
        for (Sequence at = range.first; at < end; at = at.next()) {
            BATPAK_TRY(const EventView event, reader.read(at, ReadCheck::Frame));
            if (region.contains(event.facts())) return std::optional(at);
        }
    }
    return std::optional<Sequence>();
}

const OpenReport& StoreReads::open_report() const noexcept { return side_->report(); }

Result<bool> StoreReads::wait_visible(Sequence sequence,
                                      std::chrono::steady_clock::time_point deadline,
                                      const std::stop_token& stop) const {
    return side_->wait_visible(sequence, deadline, stop);
}

Result<Hash> StoreReads::root(Sequence end) const {
    BATPAK_CHECK(check());
    return store::ReadSide::root(side_, pin(), end);
}

Result<VerifyReport> StoreReads::verify(const VerifyOptions& options) const {
    BATPAK_CHECK(check());
    BATPAK_TRY(VerifyReport report, store::verify_log(pin(), side_, options));
    if (report.damage) {
        // Beside a writer: what was shown may be gone, and what is there be whole.
        Error judged = side_->judged(*report.damage);
        if (judged.code() != report.damage->code()) return fail(std::move(judged));
    }
    return report;
}

}  // namespace batpak
