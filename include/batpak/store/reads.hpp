// StoreReads: everything that can be asked of a store, however it was opened.
//
// Store and ReadOnlyStore share it. Every read pins the moment at which it starts and sees nothing
// that is appended later. Readers never wait for writers.
//
// Threads: thread-safe
// Errors:  every read: Closed, Forked, Io, CorruptFrame, CorruptSegment; see each for more
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/coordinate/region.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/guard/judged_view.hpp"
#include "batpak/store/catalogue.hpp"
#include "batpak/store/query.hpp"
#include "batpak/store/reports.hpp"

namespace batpak {

struct CursorPosition;

namespace store {
class EventReader;
class ReadSide;
struct Pin;
}  // namespace store

class Freshness;
namespace detail {
class ProjectionRun;
const Freshness& consistent_freshness() noexcept;  // Freshness::consistent()
}  // namespace detail

class StoreView;
template <class T>
struct Projected;
template <class... States>
class DecisionModel;

// A state machine in whatever state: see batpak/machine/state_machine.hpp.
template <class Machine>
class AnyState;

// An event together with the bytes that its view borrows.
class HeldEvent {
public:
    HeldEvent(std::unique_ptr<store::EventReader> reader, const EventView& view);
    HeldEvent(HeldEvent&&) noexcept;
    HeldEvent& operator=(HeldEvent&&) noexcept;
    ~HeldEvent();

    const EventView& operator*() const noexcept { return view_; }
    const EventView* operator->() const noexcept { return &view_; }

    // What the hashes of the event are made of, for somebody who is to check them without the
    // store. Reads the event again. Errors: Closed, Forked; CorruptHash if the stored bytes do not
    // give the stored hash; Unsupported in a store, or a batpak, without hashes.
    [[nodiscard]] Result<EventPreimage> preimage() const;

private:
    std::unique_ptr<store::EventReader> reader_;
    EventView view_;
};

// What the erasures of payloads (store/compaction.hpp, Tombstone) took, for programs that keep what
// they made of payloads: it may be made of some that are erased by now.
//
// Threads: thread-safe
class ErasedPayloads {
public:
    // Of StoreReads::erased_payloads().
    explicit ErasedPayloads(std::shared_ptr<store::ReadSide> side);

    // One past the record of the last erasure; 0: there was none. Keep it with what is made.
    Sequence end() const noexcept;
    // The first event of the region, before `before`, whose payload an erasure took whose record
    // lies at or after `known`, an earlier end(); nothing if none did.
    [[nodiscard]] Result<std::optional<Sequence>> first_in(const Region& region, Sequence known,
                                                           Sequence before) const;

private:
    std::shared_ptr<store::ReadSide> side_;
};

class StoreReads {
public:
    // ---- one event

    // The event of this id, of this sequence, or of this version of a stream:
    //
    //     store.find(receipt.event_id).value();
    //     store.find(Sequence(4)).value();
    //     store.find({"player:alice", Version(0)}).value();
    //
    // Errors: EventNotFound.
    [[nodiscard]] Result<HeldEvent> find(const EventRef& which,
                                         ReadCheck check = ReadCheck::Frame) const;
    // The latest event that was appended under this idempotency key, of a batch with one key the
    // first; nothing if there is none. Looks through the whole log: whether a retry would still be
    // answered by it is a matter of StoreConfig::with_idempotency_retention().
    [[nodiscard]] Result<std::optional<HeldEvent>> find_key(
        std::string_view idempotency_key, ReadCheck check = ReadCheck::Frame) const;
    // Nothing if the entity has no events.
    [[nodiscard]] Result<std::optional<HeldEvent>> find_latest(
        std::string_view entity, ReadCheck check = ReadCheck::Frame) const;

    // The same, as owned values: P is a typed struct, Value, Bytes or nlohmann::json.
    template <class P = Bytes>
    [[nodiscard]] Result<StoredEvent<P>> get(const EventRef& which,
                                             ReadCheck check = ReadCheck::Frame) const {
        BATPAK_TRY(const HeldEvent event, find(which, check));
        return event->template to_stored<P>();
    }
    template <class P = Bytes>
    [[nodiscard]] Result<std::optional<StoredEvent<P>>> latest(
        std::string_view entity, ReadCheck check = ReadCheck::Frame) const {
        BATPAK_TRY(const std::optional<HeldEvent> event, find_latest(entity, check));
        if (!event) return std::optional<StoredEvent<P>>();
        BATPAK_TRY(StoredEvent<P> stored, (*event)->template to_stored<P>());
        return std::optional<StoredEvent<P>>(std::move(stored));
    }

    // ---- many events, lazily, in sequence order

    EventRange query(const Region& region, const QueryOptions& options = {}) const;
    // All events of exactly this entity; their sequence order is their version order.
    EventRange stream(std::string_view entity, const QueryOptions& options = {}) const;
    EventRange by_scope(std::string_view scope, const QueryOptions& options = {}) const;
    EventRange by_fact(EventKind kind, const QueryOptions& options = {}) const;

    // The machine that the events of an entity make; defined in batpak/machine/.
    // Errors: IllegalEvent; DecodeFailed and its like.
    template <class Machine>
    [[nodiscard]] Result<AnyState<Machine>> machine(std::string_view entity) const;

    // Reads events only for what the index does not know.
    [[nodiscard]] Result<std::uint64_t> count(const Region& region) const;
    // As count(), of the newest events of the region, as far as reading `reads_max` events leads:
    // for a caller that must answer soon, whatever the region. A query of that part passes over no
    // more events than that; with 0, over none.
    [[nodiscard]] Result<CountedPart> count_newest(const Region& region,
                                                   std::uint64_t reads_max) const;

    // The event and what came before it: of all it passes those that are in `within`, at most
    // `limit` of them. Errors: EventNotFound.
    [[nodiscard]] Result<Ancestors> walk_ancestors(const EventId& id, Ancestry along,
                                                   std::uint64_t limit,
                                                   const Region& within = Region::all()) const;

    // What gates are about to take into account: `region` as it is now. Take it before anything is
    // read for them, and give it to the evaluation: see JudgedView.
    JudgedView judge(const Region& region) const;

    // ---- the past: the same reads, as if nothing had been appended since

    // The store when the event at `last` was its latest. As long as there is no such event, every
    // read of the view is EventNotFound.
    StoreView as_of(Sequence last) const;
    // The store when it held the events before `end` and no others: before its first event with 0.
    StoreView before(Sequence end) const;
    // The store when it held the events whose Hlc is not after `time_us`. Reads log2(n) events.
    [[nodiscard]] Result<StoreView> as_of_time(std::int64_t time_us) const;

    // ---- projections: a T that its handlers make of the events (<batpak/projection/project.hpp>)

    // Nothing if the entity has no event that T handles.
    // Errors: DecodeFailed, NewerPayload, MissingUpcaster, with the sequence of the event.
    template <class T>
    [[nodiscard]] Result<std::optional<T>> project(
        std::string_view entity, const Freshness& freshness = detail::consistent_freshness()) const;
    // Over all events of a region; a T as it is made if there are none.
    template <class T>
    [[nodiscard]] Result<T> project(
        const Region& region, const Freshness& freshness = detail::consistent_freshness()) const;
    // Nothing if no event from `since` on changed it. Ask the next time from Projected::end on.
    template <class T>
    [[nodiscard]] Result<std::optional<Projected<T>>> project_if_changed(std::string_view entity,
                                                                         Sequence since) const;

    // The states that a decision rests on, and the condition under which it holds: see
    // <batpak/projection/decision.hpp>.
    template <class... States>
    [[nodiscard]] Result<DecisionModel<States...>> decide(States... states) const;

    // ---- lists

    // The entities, scopes or tags that begin with `prefix`, sorted by bytes, each with the number
    // of its events. Page by page:
    //
    //     store.names(Names::Entities, "player:", {.after = last.name, .limit = 100}).value();
    [[nodiscard]] Result<std::vector<NameEntry>> names(Names of, std::string_view prefix = {},
                                                       const PageOptions& page = {}) const;
    // The kinds, in the order of their numbers, with what they are called and look like. Reads only
    // the events that say so.
    [[nodiscard]] Result<Catalogue> catalogue() const;

    // ---- the store as a whole

    // The latest version of an entity's stream; nothing if it has no events.
    [[nodiscard]] Result<std::optional<Version>> version(std::string_view entity) const;
    // One past the last event that can be read: what AppendCondition::seen_end takes, and the
    // number of events. The same of those that are known durable.
    Sequence visible_end() const noexcept;
    Sequence durable_end() const noexcept;
    LogId log_id() const noexcept;
    // How far this store and the log of that id are the same: visible_end() for its own; for one
    // that it was restored from, the end of what was restored; nothing for any other. A place in
    // that log is one in this store up to there.
    std::optional<Sequence> common_end(const LogId& log) const noexcept;
    // Of the whole store, also if this is a view of an earlier moment.
    ErasedPayloads erased_payloads() const;
    // Returns when the event at `sequence` is visible; false once the deadline has passed or `stop`
    // is requested. Errors: Closed also if the store is closed meanwhile.
    [[nodiscard]] Result<bool> wait_visible(Sequence sequence,
                                            std::chrono::steady_clock::time_point deadline,
                                            const std::stop_token& stop = {}) const;
    // The Merkle root over all events below `end`, and their number. Reads every event hash that it
    // has not read before. Errors: Unsupported in a store, or a batpak, without hashes;
    // InvalidArgument if end > visible_end().
    [[nodiscard]] Result<Hash> root(Sequence end) const;
    // Reads everything, or what the options say, and checks everything. Finding damage is a
    // success: see VerifyReport. Errors: InvalidArgument if the range does not lie in the store.
    [[nodiscard]] Result<VerifyReport> verify(const VerifyOptions& options = {}) const;
    const OpenReport& open_report() const noexcept;

    // ---- delivery: <batpak/delivery/cursor.hpp>

    // Whether what a cursor's position says about its deliveries is true: reads the region again,
    // from where the cursor began. False if an event was left out, doubled, reordered or invented,
    // or if one that was passed over as damaged can be read. Errors: ForeignPosition if it is of
    // another log or region; InvalidArgument if it lies after visible_end().
    [[nodiscard]] Result<bool> verify_completeness(const Region& region,
                                                   const CursorPosition& position) const;

protected:
    explicit StoreReads(std::shared_ptr<store::ReadSide> side);
    // As a view of the events before `end`, which must be inside the store and before `within`.
    StoreReads(std::shared_ptr<store::ReadSide> side, Sequence end, Sequence within);
    StoreReads(StoreReads&&) noexcept;
    StoreReads& operator=(StoreReads&&) noexcept;
    ~StoreReads();

    std::shared_ptr<store::ReadSide> side_;

private:
    friend class detail::ProjectionRun;

    [[nodiscard]] Result<void> check() const;
    store::Pin pin() const;
    std::unique_ptr<store::EventReader> reader() const;

    // Of a view: its end, and the end of the view that it is a view of.
    std::optional<Sequence> end_;
    Sequence within_ = Sequence(std::numeric_limits<std::uint64_t>::max());
    std::uint64_t corrections_ = 0;  // of a view: how many there had been when it was made
};

// StoreView: a store as it was when it ended at a given point, for every read and every projection.
//
//     auto then = store.as_of(receipt.sequence);   // that event is the last one that it sees
//     then.latest("player:alice").value(); then.count(region).value(); then.root(end).value();
//
// It answers from the log itself, and holds nothing back: a view costs no memory, may be kept as
// long as one likes, and outlives the Store object, but not its close(). What it shows never
// changes; only which of its events are durable may still become known.
class StoreView : public StoreReads {
public:
    // Of StoreReads::as_of() and its like.
    StoreView(std::shared_ptr<store::ReadSide> side, Sequence end, Sequence within)
        : StoreReads(std::move(side), end, within) {}
};

}  // namespace batpak
