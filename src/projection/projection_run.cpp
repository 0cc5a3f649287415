// When a kept state may be used, and from where its fold goes on (INV P3):
//
//     the event at its last sequence in this log    the state is
//     has its id and its hash, and is in the view   good: the fold goes on after it
//     has them, and lies after the view's end       left alone: it is of the view's future
//     is another, or is not there                   of another history: refused, and replaced
//
// A state that was folded before payloads of this log were erased is refused as well, and all that
// are kept go: they may be made of what was erased (INV K6).
//
// A hash covers the stream's history before the event, an id was never given twice: a log that has
// exactly this event at this place has all the events before it that the state was made of.
#include <algorithm>

#include "batpak/projection/detail/run.hpp"
#include "batpak/projection/projection.hpp"
#include "projection/state_keeper.hpp"
#include "store/view/read_side.hpp"

namespace batpak {
namespace projection {

enum class Source : std::uint8_t { Memory, Cache, None };

struct RunState {
    const StoreReads& reads;
    const detail::ProjectionSubject& subject;
    const Freshness freshness;

    std::shared_ptr<const store::ReadSide> side = nullptr;
    StateKeeper* keeper = nullptr;  // null: nothing is kept
    std::string identity{};
    std::int64_t now_us = 0;
    Sequence end{};
    bool is_view = false;
    std::uint64_t corrections = 0;  // of the log, when the run began
    Sequence erasures_end{};        // likewise

    Source next = Source::Memory;     // where to look for a kept state
    Source from = Source::None;       // where the present one is from
    std::optional<KeptEntry> kept{};  // the present one, offered or used
    bool used = false;
    bool newer_is_kept = false;  // the cache holds a state of the view's future
    std::uint64_t folded = 0;
    Sequence last_folded{};
    std::optional<Sequence> stale_end{};  // where a state ends that was good enough
};

namespace {

// Whether the state is of events that the run may see.
bool is_behind(RunState& run, const StateRecord& record) {
    // Another call may have kept a newer state since this one began, which then is the better end.
    if (record.anchor.last >= run.end && !run.is_view) run.end = run.reads.visible_end();
    return record.anchor.last < run.end;
}

// Whether the log has the event that the state was last folded from, where it was.
bool is_of_this_log(const RunState& run, const Anchor& anchor) {
    if (anchor.log_id != run.side->log_id()) return false;
    const Result<HeldEvent> event = run.reads.find(anchor.last);
    return event && (*event)->event_id() == anchor.event_id && (*event)->hash == anchor.event_hash;
}

// Whether a state that was found is one to offer.
bool judge(RunState& run, KeptEntry& entry) {
    if (entry.record->erasures_end != run.erasures_end) {
        // One of before the erasure may be made of what was erased, and nobody will use it again.
        const bool is_from_before = entry.record->anchor.log_id == run.side->log_id() &&
                                    entry.record->erasures_end < run.erasures_end;
        if (is_from_before) run.keeper->remove(run.identity);
        run.keeper->count_refused();
        return false;
    }
    if (!is_behind(run, *entry.record)) {
        // Of a view it is the future, if the log goes so far.
        const bool is_future =
            run.is_view && entry.record->anchor.last < run.side->ends().visible();
        if (is_future) {
            run.newer_is_kept = true;
        } else {
            run.keeper->count_refused();
        }
        return false;
    }
    // A reader's log may have been corrected since: then the state is proved each time.
    if (run.corrections == 0 && is_same(entry.seen_in, run.side)) return true;
    if (!is_of_this_log(run, entry.record->anchor)) {
        run.keeper->count_refused();
        return false;
    }
    entry.seen_in = run.side;
    entry.current_end = entry.record->anchor.last.next();
    return true;
}

std::optional<KeptEntry> find(RunState& run, Source source) {
    if (source == Source::Memory) return run.keeper->memory().get(run.identity);
    std::optional<StateRecord> record = run.keeper->read(run.identity);
    if (!record) return std::nullopt;
    const std::int64_t current_us = record->current_us;
    return KeptEntry{
        std::make_shared<const StateRecord>(*std::move(record)), {}, {}, current_us, 0};
}

StateKeeper::Begin begin_of(const RunState& run) {
    if (!run.used) return StateKeeper::Begin::FirstEvent;
    return run.from == Source::Memory ? StateKeeper::Begin::Memory : StateKeeper::Begin::Cache;
}

// The state is all there is up to `end`: what is kept says so from now on.
void confirm(RunState& run) {
    KeptEntry entry = *run.kept;
    entry.current_end = std::max(entry.current_end, run.end);
    if (!run.is_view) entry.current_us = run.now_us;
    run.keeper->memory().put(run.identity, std::move(entry));
}

}  // namespace
}  // namespace projection

namespace detail {

using projection::KeptEntry;
using projection::Source;
using projection::StateKeeper;
using projection::StateRecord;

Region region_of(const ProjectionSubject& subject) {
    Region region = subject.region ? *subject.region : Region::entity(subject.entity);
    return subject.kinds.empty() ? region : region.with_kinds(KindFilter::of(subject.kinds));
}

ProjectionRun::ProjectionRun(const StoreReads& reads, const ProjectionSubject& subject,
                             Freshness freshness)
    : state_(new projection::RunState{reads, subject, freshness}) {}
ProjectionRun::~ProjectionRun() = default;

// A projector that was made before a fork() is left alone: another thread may have held its locks.
Result<void> ProjectionRun::start() {
    projection::RunState& run = *state_;
    BATPAK_CHECK(run.reads.check());
    run.side = run.reads.side_;
    run.is_view = run.reads.end_.has_value();
    run.corrections = run.side->corrections().count();
    run.erasures_end = run.side->erasures().end();
    const std::shared_ptr<Projector>& projector = run.side->projector();
    const bool keeps = projector && !projector->keeper().is_inherited();
    if (keeps && !run.subject.identity_prefix.empty()) {
        run.keeper = &projector->keeper();
        run.identity = run.subject.identity_prefix;
        if (run.subject.region != nullptr) {
            run.identity += 'R';
            run.identity += as_text(run.subject.region->canonical_bytes());
        } else {
            run.identity += 'E';
            run.identity += run.subject.entity;
        }
        if (run.erasures_end > Sequence(0)) {
            run.keeper->forget_before(run.side->log_id(), run.erasures_end);
        }
        // Before the end is: the state is at least as new as the time says.
        run.now_us = run.side->clock().wall_us();
    }
    run.end = run.reads.visible_end();
    return {};
}

// Memory before the cache, each once. What is refused here is folded again and then replaced.
std::optional<BytesView> ProjectionRun::next_kept() {
    projection::RunState& run = *state_;
    if (run.keeper == nullptr) return std::nullopt;
    while (run.next != Source::None) {
        run.from =
            std::exchange(run.next, run.next == Source::Memory ? Source::Cache : Source::None);
        run.kept = projection::find(run, run.from);
        if (run.kept && projection::judge(run, *run.kept)) return run.kept->record->state;
        run.kept.reset();
    }
    run.from = Source::None;
    return std::nullopt;
}

void ProjectionRun::use_kept() { state_->used = true; }

void ProjectionRun::refuse_kept(const Error&) {
    state_->keeper->count_refused();
    if (state_->from == Source::Memory) state_->keeper->memory().remove(state_->identity);
    state_->kept.reset();
}

bool ProjectionRun::try_answer() {
    projection::RunState& run = *state_;
    if (!run.used) return false;
    const bool is_current = run.kept->current_end >= run.end;
    // A view is one moment of the past: nothing in it is newer than anything else.
    const bool is_fresh_enough =
        !run.is_view && run.freshness.accepts(run.kept->current_us, run.now_us);
    if (!is_current && !is_fresh_enough) return false;
    if (is_current) {
        projection::confirm(run);
    } else {
        run.stale_end = run.kept->current_end;
    }
    run.keeper->count_run(projection::begin_of(run), 0);
    return true;
}

// From where the state that is used ends, so that no event is folded twice and none is left out
// (INV P2).
EventRange ProjectionRun::tail() const {
    const projection::RunState& run = *state_;
    Region region = region_of(run.subject).before(run.end);
    return run.reads.query(run.used ? region.from(run.kept->current_end) : region);
}

void ProjectionRun::fold_ended(const FoldEnd& end) {
    projection::RunState& run = *state_;
    run.folded = end.events;
    run.last_folded = end.last;
    if (run.keeper == nullptr) return;
    run.keeper->count_run(projection::begin_of(run), end.events);
    if (run.used && end.events == 0) projection::confirm(run);
}

bool ProjectionRun::has_news() const noexcept {
    return state_->keeper != nullptr && state_->folded > 0;
}

// The anchor is read back from the log, so that what is kept names an event that is there.
void ProjectionRun::keep(BytesView state) {
    projection::RunState& run = *state_;
    const Result<HeldEvent> last = run.reads.find(run.last_folded);
    if (!last) return run.keeper->count_failure(last.error());
    // The events may have been of a log that is another by now: then nothing proves the state.
    if (run.corrections != run.side->corrections().count()) return;
    if (run.erasures_end != run.side->erasures().end()) return;
    auto record = std::make_shared<StateRecord>();
    record->anchor = {run.side->log_id(), run.last_folded, (*last)->event_id(), (*last)->hash};
    record->current_us = run.is_view ? (run.used ? run.kept->current_us : INT64_MIN) : run.now_us;
    record->events = events();
    record->erasures_end = run.erasures_end;
    record->state.assign(state.begin(), state.end());
    const std::uint64_t unwritten = run.folded + (run.used ? run.kept->unwritten : 0);
    const bool is_due = unwritten >= run.keeper->write_every_n_events() && !run.newer_is_kept;
    KeptEntry entry{record, run.side, run.end, record->current_us, is_due ? 0 : unwritten};
    const bool is_newest = run.keeper->memory().put(run.identity, std::move(entry));
    if (is_due && is_newest) run.keeper->write(run.identity, *record);
    // An erasure since then may have removed all states before this one came.
    if (run.erasures_end != run.side->erasures().end()) run.keeper->remove(run.identity);
}

void ProjectionRun::cannot_keep(const Error& error) { state_->keeper->count_failure(error); }

std::uint64_t ProjectionRun::events() const noexcept {
    return state_->folded + (state_->used ? state_->kept->record->events : 0);
}

Sequence ProjectionRun::last() const noexcept {
    if (state_->folded > 0 || !state_->used) return state_->last_folded;
    return state_->kept->record->anchor.last;
}

Sequence ProjectionRun::end() const noexcept { return state_->stale_end.value_or(state_->end); }

const Freshness& consistent_freshness() noexcept {
    static constexpr Freshness kConsistent = Freshness::consistent();
    return kConsistent;
}

}  // namespace detail
}  // namespace batpak
