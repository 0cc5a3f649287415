// Store: a directory of events, opened for appending and reading.
//
//     auto store = Store::open(StoreConfig("./batpak-data")).value();
//     auto receipt = store.append(coordinate, PlayerMoved{10, 20}).value();
//     std::move(store).close().value();
//
// One Store at a time has a directory open for writing. Any number of threads may append: they
// share writes and syncs (group commit), and there is no background thread.
//
// Threads: thread-safe, except for moving, closing and destroying it
// Errors:  every call: Closed, Forked; appends: InvalidArgument, InvalidTags, ReservedKind,
//          DuplicateKind, PayloadTooLarge, EncodeFailed, VersionConflict, DiskFull, Io, Poisoned
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "batpak/base/detail/scratch_buffer.hpp"
#include "batpak/event/detail/needs_kind.hpp"
#include "batpak/event/detail/own_tags.hpp"
#include "batpak/event/detail/payload_layout.hpp"
#include "batpak/guard/receipt.hpp"
#include "batpak/pipeline/bypass.hpp"
#include "batpak/pipeline/committed.hpp"
#include "batpak/store/approved_batch.hpp"
#include "batpak/store/batch.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/reads.hpp"
#include "batpak/store/reports.hpp"
#include "batpak/store/snapshot.hpp"
#include "batpak/store/ticket.hpp"

namespace batpak {

class ConsumerGroup;
class Cursor;
struct CursorId;
struct CursorOptions;
class Reactor;
class Subscription;
struct SubscriptionOptions;
namespace detail {
// CursorOptions{} and SubscriptionOptions{}, for those who do not see what these are made of.
const CursorOptions& default_cursor_options() noexcept;
const SubscriptionOptions& default_subscription_options() noexcept;
}  // namespace detail

namespace store {
class Engine;
}

// Of state machines, which stand above the store: see batpak/machine/state_machine.hpp.
template <class Machine, class State>
class InState;
template <class Next>
struct Transitioned;
template <class From, class To, class Event>
class Transition;
namespace detail {
template <class Machine, class From, class Event>
struct StepOf;
template <class Machine, class From, class Event>
using TargetOf = typename StepOf<Machine, From, Event>::To;
}  // namespace detail

class Store : public StoreReads {
public:
    // Makes the store if there is none, recovers it if it crashed, refuses it if it is damaged.
    // Errors: InvalidConfig, StoreLocked, NotAStore, and all of class Refused.
    [[nodiscard]] static Result<Store> open(const StoreConfig& config);

    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    // Closes the store if close() was not called. Errors are lost.
    ~Store();

    // ---- append: returns when the event is as durable as was asked

    template <TypedEvent P>
    [[nodiscard]] Result<AppendReceipt> append(const Coordinate& coordinate, const P& payload,
                                               const AppendOptions& options = {}) {
        return encoded<AppendReceipt>(payload, [&](BytesView bytes) {
            return append_encoded({coordinate, P::kind, payload_version_of<P>, bytes, options,
                                   detail::type_of_event<P>(), detail::own_tags(payload)});
        });
    }
    template <PayloadWithoutKind P>
    NeedsKind<P, Result<AppendReceipt>> append(const Coordinate&, const P&,
                                               const AppendOptions& = {});
    // For payloads without a kind of their own, such as nlohmann::json and Value.
    template <class P>
    [[nodiscard]] Result<AppendReceipt> append(const Coordinate& coordinate, EventKind kind,
                                               const P& payload,
                                               const AppendOptions& options = {}) {
        return encoded<AppendReceipt>(payload, [&](BytesView bytes) {
            return append_encoded({coordinate, kind, 1, bytes, options});
        });
    }
    // Bytes that are stored as they are; usually MessagePack.
    [[nodiscard]] Result<AppendReceipt> append_raw(const Coordinate& coordinate, EventKind kind,
                                                   BytesView payload,
                                                   const AppendOptions& options = {});

    // ---- try_append: only if that means waiting for no other caller. Errors: WouldBlock

    template <TypedEvent P>
    [[nodiscard]] Result<AppendReceipt> try_append(const Coordinate& coordinate, const P& payload,
                                                   const AppendOptions& options = {}) {
        return encoded<AppendReceipt>(payload, [&](BytesView bytes) {
            return try_append_encoded({coordinate, P::kind, payload_version_of<P>, bytes, options,
                                       detail::type_of_event<P>(), detail::own_tags(payload)});
        });
    }
    template <PayloadWithoutKind P>
    NeedsKind<P, Result<AppendReceipt>> try_append(const Coordinate&, const P&,
                                                   const AppendOptions& = {});
    template <class P>
    [[nodiscard]] Result<AppendReceipt> try_append(const Coordinate& coordinate, EventKind kind,
                                                   const P& payload,
                                                   const AppendOptions& options = {}) {
        return encoded<AppendReceipt>(payload, [&](BytesView bytes) {
            return try_append_encoded({coordinate, kind, 1, bytes, options});
        });
    }
    [[nodiscard]] Result<AppendReceipt> try_append_raw(const Coordinate& coordinate, EventKind kind,
                                                       BytesView payload,
                                                       const AppendOptions& options = {});

    // ---- submit: many appends in flight from one thread. The event is committed by the caller
    // that commits next: the ticket's own wait(), any append, sync() or close()

    template <TypedEvent P>
    [[nodiscard]] Result<Ticket> submit(const Coordinate& coordinate, const P& payload,
                                        const AppendOptions& options = {}) {
        return encoded<Ticket>(payload, [&](BytesView bytes) {
            return submit_encoded({coordinate, P::kind, payload_version_of<P>, bytes, options,
                                   detail::type_of_event<P>(), detail::own_tags(payload)});
        });
    }
    template <PayloadWithoutKind P>
    NeedsKind<P, Result<Ticket>> submit(const Coordinate&, const P&, const AppendOptions& = {});
    template <class P>
    [[nodiscard]] Result<Ticket> submit(const Coordinate& coordinate, EventKind kind,
                                        const P& payload, const AppendOptions& options = {}) {
        return encoded<Ticket>(payload, [&](BytesView bytes) {
            return submit_encoded({coordinate, kind, 1, bytes, options});
        });
    }
    [[nodiscard]] Result<Ticket> submit_raw(const Coordinate& coordinate, EventKind kind,
                                            BytesView payload, const AppendOptions& options = {});

    // ---- append_batch: all items or none, in consecutive sequences, visible in one moment. The
    // receipts are in the order of the items; an empty batch has none and does nothing. Errors have
    // a stage() and, if one item is at fault, an item()

    [[nodiscard]] Result<std::vector<AppendReceipt>> append_batch(BatchBuilder&& batch,
                                                                  const BatchOptions& options = {});

    // ---- commit: what gates have judged, or were bypassed for. The receipt is spent, whatever
    // comes of it. The event is stored with the gates' evidence; a bypass also with a GateBypassed
    // event, in one batch. Errors, besides those of append: ReceiptForged, ReceiptMismatch,
    // ReceiptSpent, ReceiptForeign; DecisionOutdated, with the first event that came into the
    // judged region since

    // A Receipt or a BypassReceipt, which is moved in.
    template <AnyReceipt R, class T = typename R::Payload>
        requires TypedEvent<T>
    [[nodiscard]] Result<Committed<T>> commit(R&& receipt, const Coordinate& coordinate,
                                              const AppendOptions& options = {}) {
        return redeemed<T>(std::forward<R>(receipt), typed<T>(coordinate, options));
    }
    // For payloads without a kind of their own. The gates have not judged which kind is given here.
    template <AnyReceipt R, class T = typename R::Payload>
    [[nodiscard]] Result<Committed<T>> commit(R&& receipt, const Coordinate& coordinate,
                                              EventKind kind, const AppendOptions& options = {}) {
        static_assert(!TypedEvent<T>, "batpak: the payload has a kind of its own");
        return redeemed<T>(std::forward<R>(receipt), {coordinate, kind, 1, {}, options});
    }
    // All or none, as append_batch(). What is wrong with a receipt is an error at its item.
    [[nodiscard]] Result<std::vector<AppendReceipt>> commit(ApprovedBatch&& batch,
                                                            const BatchOptions& options = {});
    // What commit() or append() stored under this key, as it would answer a retry: `replayed` is
    // set. Nothing if the key is empty, or was not used within the idempotency retention. Ask it
    // before the gates, who take a retry for a second request and may deny it, because the first
    // try used the limit up:
    //
    //     const JudgedView view = store.judge(region);
    //     BATPAK_TRY(auto first, store.find_committed(payment, account, key));
    //     if (first) return *std::move(first);
    //     ... read what the gates need from store.before(view.end()), evaluate, commit with the key
    //
    // In this order no first try is judged: it is found, or it is not in the view.
    // Errors: KeyConflict: the key was used for other content; InvalidArgument: it is too long.
    template <TypedEvent T>
    [[nodiscard]] Result<std::optional<Committed<T>>> find_committed(
        const T& payload, const Coordinate& coordinate, std::string_view idempotency_key) const {
        return encoded<std::optional<Committed<T>>>(
            payload, [&](BytesView bytes) -> Result<std::optional<Committed<T>>> {
                BATPAK_TRY(const std::optional<AppendReceipt> stored,
                           find_committed_encoded(
                               {coordinate, T::kind, payload_version_of<T>, bytes, AppendOptions{}},
                               idempotency_key));
                if (!stored) return std::optional<Committed<T>>();
                return std::optional(committed_as(payload, *stored));
            });
    }
    // Writes down that a gate said no to something about `coordinate`, as a GateDenied event. No
    // denial is ever recorded unasked: a caller that is denied could fill the log.
    [[nodiscard]] Result<AppendReceipt> record_denial(const Denial& denial,
                                                      const Coordinate& coordinate);

    // ---- transitions of state machines: defined in batpak/machine/. The event is appended only if
    // the stream is as it was when the state was read: else VersionConflict, and the machine has to
    // be read again. After any error the state is as it was

    template <class Machine, class From, class Event>
    [[nodiscard]] auto transition(const Coordinate& coordinate, InState<Machine, From>&& from,
                                  const Event& event, const AppendOptions& options = {})
        -> Result<Transitioned<InState<Machine, detail::TargetOf<Machine, From, Event>>>>;
    // From a state that is known only now. Errors: IllegalTransition.
    template <class Machine, class Event>
    [[nodiscard]] Result<Transitioned<AnyState<Machine>>> transition(
        const Coordinate& coordinate, AnyState<Machine>&& from, const Event& event,
        const AppendOptions& options = {});
    // By an event that is known only now: a payload of the present version of its type.
    template <class Machine>
    [[nodiscard]] Result<Transitioned<AnyState<Machine>>> transition_raw(
        const Coordinate& coordinate, AnyState<Machine>&& from, EventKind kind, BytesView payload,
        const AppendOptions& options = {});
    // Reads the machine, which has to be in From. Errors: WrongState.
    template <class Machine, class From, class To, class Event>
    [[nodiscard]] Result<Transitioned<InState<Machine, To>>> apply_transition(
        const Coordinate& coordinate, const Transition<From, To, Event>& step,
        const AppendOptions& options = {});
    // Without a machine: `options` expect exactly() or none(). Errors: InvalidArgument, if not.
    template <class From, class To, class Event>
    [[nodiscard]] Result<AppendReceipt> apply_transition(const Coordinate& coordinate,
                                                         const Transition<From, To, Event>& step,
                                                         const AppendOptions& options);

    // ---- durability

    // Returns when everything that was appended or submitted before is durable.
    [[nodiscard]] Result<void> sync();
    // Returns when the event at `sequence` is durable, syncing if nobody else does; false once the
    // deadline has passed: the event is as it was, and may become durable any time.
    // Errors: InvalidArgument if there is no such event.
    [[nodiscard]] Result<bool> wait_durable(Sequence sequence,
                                            std::chrono::steady_clock::time_point deadline);

    // ---- delivery: <batpak/delivery/cursor.hpp>

    // Every event of the region, in order, from where the last commit under this id left off.
    // Errors: InvalidArgument, InvalidCoordinate: the id, or the start; ForeignPosition: the stored
    // position is of another region; DecodeFailed: it makes no sense.
    [[nodiscard]] Result<Cursor> cursor_guaranteed(
        const Region& region, const CursorId& id,
        const CursorOptions& options = detail::default_cursor_options());
    // Notifications of what is appended from now on, in <batpak/delivery/subscription.hpp>: as many
    // as fit its queue. Errors: InvalidArgument: the capacity.
    [[nodiscard]] Result<Subscription> subscribe_lossy(
        const Region& region,
        const SubscriptionOptions& options = detail::default_subscription_options());

    // ---- copies

    // Makes a copy of the store as it is now, in a directory that is not there or is empty. What
    // was appended or submitted before is in it, and durable; appends go on meanwhile, and wait for
    // one sync at most. Errors: BadDestination, DiskFull, Io; CorruptFrame: a frame of the store is
    // damaged, and nothing is copied.
    [[nodiscard]] Result<SnapshotReport> snapshot(const std::string& destination,
                                                  const SnapshotOptions& options = {});

    // ---- compaction

    // Does what a Merge asks, or a Tombstone; without either, Merge{}. A Merge makes few segments
    // of many, and changes no event. A Tombstone erases payloads for good, and nothing else. Where
    // an erasure was interrupted, every compact() finishes that first. Appends and reads go on
    // meanwhile; appends wait for three changes of the MANIFEST for each segment that is made.
    //
    // Errors: InvalidArgument, CompactionRunning, DiskFull, Io; CorruptFrame: a frame of a segment
    // that was to be rewritten is damaged, and that segment stays as it is. Of a Tombstone also
    // EventNotFound: an id; InvalidArgument: no reason, or one of batpak's own records;
    // CorruptHash. Before the erasure is said in the log they leave the store as it was; after that
    // the report of the next open(), and `erasure_pending` of the next compact(), say that it is to
    // be finished.
    [[nodiscard]] Result<CompactionReport> compact(const Compaction& order = {});

    StoreStats stats() const;

    // Refuses what comes later, commits what was submitted, makes all of it durable, and lets go of
    // the directory. The store is closed even if this fails. Ranges in flight go on.
    [[nodiscard]] Result<Closed> close() &&;

private:
    // An event whose payload is encoded. Borrows: all but the tags, for the call.
    struct EncodedAppend {
        const Coordinate& coordinate;
        EventKind kind;
        std::uint16_t payload_version;
        BytesView payload;
        const AppendOptions& options;
        PayloadType type = {};
        std::vector<std::string> own_tags{};  // what the type of the payload says
    };

    explicit Store(std::shared_ptr<store::Engine> engine);

    template <class R, class P, class Then>
    static Result<R> encoded(const P& payload, Then&& then) {
        ScratchBuffer buffer;
        BATPAK_CHECK(PayloadCodec<P>::encode(payload, *buffer));
        return then(buffer->view());
    }
    template <TypedEvent T>
    static EncodedAppend typed(const Coordinate& coordinate, const AppendOptions& options) {
        static_assert(!T::kind.is_reserved(), "batpak: the kind of this type belongs to batpak");
        return {coordinate, T::kind, payload_version_of<T>,
                {},         options, detail::type_of_event<T>()};
    }
    template <class T, class R>
    Result<Committed<T>> redeemed(R receipt, EncodedAppend append) {
        ScratchBuffer payload;
        BATPAK_TRY(Redeemed<T> good, std::move(receipt).redeem(*payload));
        append.payload = payload->view();
        append.own_tags = detail::own_tags(good.payload);
        BATPAK_TRY(const AppendReceipt stored, commit_encoded(append, good.approval));
        return committed_as(std::move(good.payload), stored);
    }
    template <class T>
    static Committed<T> committed_as(T payload, const AppendReceipt& stored) {
        return {std::move(payload),
                stored.event_id,
                stored.sequence,
                stored.version,
                stored.hlc,
                stored.hash,
                stored.durability == Durability::Durable,
                stored.replayed};
    }
    Result<std::optional<AppendReceipt>> find_committed_encoded(
        const EncodedAppend& append, std::string_view idempotency_key) const;
    Result<AppendReceipt> commit_encoded(const EncodedAppend& append, const Approval& approval);
    Result<AppendReceipt> append_encoded(const EncodedAppend& append);
    Result<AppendReceipt> try_append_encoded(const EncodedAppend& append);
    Result<Ticket> submit_encoded(const EncodedAppend& append);
    template <class Machine>
    Result<Transitioned<AnyState<Machine>>> transition_encoded(AnyState<Machine>& from,
                                                               EncodedAppend event);

    friend class store::Engine;
    friend class ConsumerGroup;
    friend class Reactor;
    std::shared_ptr<store::Engine> engine_;
};

}  // namespace batpak
