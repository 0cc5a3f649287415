// Reactor: answers events with events, each exactly once in the log.
//
//     auto payments = Reactor::open(
//         store, Region::all().with_kind<OrderPlaced>(), ReactorId("payments"),
//         [](const EventView& event, Reactions& reactions) -> Result<void> {
//             BATPAK_TRY(const OrderPlaced order, event.as<OrderPlaced>());
//             reactions.add(payment_of(order), PaymentTaken{order.total});
//             return {};
//         });
//     payments->run_until_idle().value();          // or CursorWorker::reacting(...)
//
// All reactions to one event and the reactor's position after it are one atomic batch: after any
// crash, either all of it is in the log, or none of it is and the event comes again. Each reaction
// has the correlation of its source, is caused by it, and has an idempotency key made of the
// reactor's id, the source's sequence and its own number, so it is not stored twice, even where a
// position was lost. The handler may be called more than once for an event: what it does other than
// add reactions is not undone.
//
// A reactor skips its own reactions, whatever region they are in. Reactions to reactions, including
// those of other reactors, are counted, and go no deeper than depth_max.
//
// Threads: a Reactor is thread-compatible; Reactions belong to the call of the handler
// Errors:  step(): those of the handler; HandlerFailed, ReactionTooDeep, TooManyReactions; of
//          reading; of append_batch(); VersionConflict: another reactor of this id is active
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/delivery/cursor.hpp"

namespace batpak {

namespace delivery {
class ReactorState;
}

// Under which name a reactor's position is kept, and its reactions are known. 1 to 160 bytes, no
// control bytes.
struct ReactorId {
    static constexpr std::size_t kBytesMax = 160;

    explicit ReactorId(std::string_view id) : text(id) {}

    std::string text{};
};

// Causes, correlation and key of a reaction are the reactor's to set.
struct ReactionOptions {
    ExpectedVersion expect = ExpectedVersion::any();
    std::uint32_t flags = 0;
    Metadata metadata{};
    std::vector<std::string> tags{};  // as those of AppendOptions
};

// What a handler answers an event with; none is an answer, too.
class Reactions {
public:
    template <TypedEvent P>
    void add(const Coordinate& coordinate, const P& payload, ReactionOptions options = {}) {
        if (!has_room()) return;
        batch_.add(coordinate, payload, item_options(std::move(options)));
    }
    // For payloads without a kind of their own: nlohmann::json, Value, and Bytes as they are.
    template <class P>
    void add(const Coordinate& coordinate, EventKind kind, const P& payload,
             ReactionOptions options = {}) {
        if (!has_room()) return;
        batch_.add(coordinate, kind, payload, item_options(std::move(options)));
    }

    bool empty() const noexcept { return batch_.empty(); }
    std::size_t size() const noexcept { return batch_.size(); }

private:
    friend class delivery::ReactorState;

    Reactions(const EventHeader& source, std::string key_prefix, std::size_t size_max)
        : source_(source), key_prefix_(std::move(key_prefix)), size_max_(size_max) {}

    // False beyond the limit of a batch: what is added is dropped, and the step will fail.
    bool has_room() noexcept;
    BatchItemOptions item_options(ReactionOptions options) const;

    const EventHeader source_;
    const std::string key_prefix_;
    const std::size_t size_max_;
    BatchBuilder batch_;
    bool overflowed_ = false;
};

// A function (const EventView&, Reactions&) that answers nothing, or a Result<void>.
class ReactHandler {
public:
    template <class F>
        requires std::same_as<std::invoke_result_t<F&, const EventView&, Reactions&>, void> ||
                 std::same_as<std::invoke_result_t<F&, const EventView&, Reactions&>, Result<void>>
    ReactHandler(F function)  // a lambda is one
        : call_([function = std::move(function)](const EventView& event,
                                                 Reactions& reactions) mutable -> Result<void> {
              if constexpr (std::is_void_v<
                                std::invoke_result_t<F&, const EventView&, Reactions&>>) {
                  function(event, reactions);
                  return {};
              } else {
                  return function(event, reactions);
              }
          }) {}

    Result<void> operator()(const EventView& event, Reactions& reactions) const {
        return call_(event, reactions);
    }

private:
    std::function<Result<void>(const EventView&, Reactions&)> call_;
};

// What becomes of an event that cannot be reacted to: its handler failed, or what it answered can
// never be stored, or the event is damaged. Troubles of the store are errors with either.
enum class ReactionErrors : std::uint8_t {
    Stop,  // step() fails there, again and again
    Skip,  // it is passed over, and why is written into the log: skipped()
};

// Where a reactor begins, and what it does at an error.
struct ReactorOptions {
    static constexpr std::uint32_t kDepthMaxMax = 1000;

    CursorStart start = CursorStart::beginning();
    StoredPosition stored = StoredPosition::Resume;
    ReactionErrors errors = ReactionErrors::Stop;
    // 1: only events that are no reactions are reacted to. Up to kDepthMaxMax.
    std::uint32_t depth_max = 16;
    std::optional<Durability> durability{};  // of reactions; absent: as the store's appends
};

enum class ReactorStep : std::uint8_t {
    Idle,     // there is no event
    Passed,   // without a reaction; where it stands is stored later
    Reacted,  // the reactions are stored
    Skipped,  // by ReactionErrors::Skip
};

// Of which part of a step its error is.
enum class ReactorFailure : std::uint8_t { Reading, Handler, Storing };

// An event that was passed over, and why.
struct SkippedReaction {
    Sequence source{};
    std::string reason{};
};

// What a reactor did since it was opened.
struct ReactorTally {
    std::uint64_t passed = 0;
    std::uint64_t reacted = 0;    // events
    std::uint64_t reactions = 0;  // and what was stored for them
    std::uint64_t skipped = 0;
};

class Reactor {
public:
    // Answers events of the region with events, each exactly once in the log. Errors: those of
    // cursor_guaranteed(); InvalidArgument: the options.
    [[nodiscard]] static Result<Reactor> open(Store& store, const Region& region,
                                              const ReactorId& id, ReactHandler handler,
                                              const ReactorOptions& options = {});

    explicit Reactor(std::unique_ptr<delivery::ReactorState> state);
    Reactor(Reactor&&) noexcept;
    Reactor& operator=(Reactor&&) noexcept;
    ~Reactor();

    // Takes the next event. After an error it is the next event still.
    [[nodiscard]] Result<ReactorStep> step();
    // Until there is no event, or the first error. What it did, since it was made.
    [[nodiscard]] Result<ReactorTally> run_until_idle();
    // Returns when step() has something to do; false once the deadline has passed or `stop` is
    // requested.
    [[nodiscard]] Result<bool> wait(std::chrono::steady_clock::time_point deadline,
                                    const std::stop_token& stop = {});
    // Passes over the damaged event that the last step failed at. Errors: InvalidArgument if it was
    // none.
    [[nodiscard]] Result<void> skip_damaged();

    const ReactorTally& tally() const noexcept;
    // After the last event whose reactions are known to be stored.
    const CursorPosition& committed_position() const noexcept;
    // Every event that a reactor of this id has skipped, from the log; the oldest first, at most
    // `max`.
    [[nodiscard]] Result<std::vector<SkippedReaction>> skipped(std::size_t max) const;
    const std::optional<Error>& last_skipped() const noexcept;
    ReactorFailure last_failure() const noexcept;

private:
    std::unique_ptr<delivery::ReactorState> state_;
};

}  // namespace batpak
