// One event, and what may come of it:
//
//     its own reaction         passed over, by its key (INV Q2)
//     the handler adds none    passed; the position is stored now and then
//     it adds some             one batch of all reactions and the position after it (INV Q1)
//     the keys are known       an earlier life stored them: the position follows by itself
//     handler or batch fails   back to before it, or, if so asked, skipped with a record
//
// Every reaction has a key made of its source and its place, so that a try that was stored and not
// told of is found again, whatever became of the position.
#include "delivery/reactor/reactor_state.hpp"

#include <utility>

#include "delivery/isolated.hpp"
#include "delivery/reactor/reaction_key.hpp"
#include "delivery/short_reason.hpp"
#include "store/system_events.hpp"
#include "store/view/range_state.hpp"

namespace batpak::delivery {
namespace {

constexpr std::string_view kEntityPrefix = "batpak:reactor:";
constexpr std::string_view kReactorCursorPrefix = "reactor:";

std::optional<ReactionKey> reaction_key(const EventView& event) {
    return ReactionKey::parse(as_text(Metadata::idempotency_key(event.metadata_bytes)));
}

}  // namespace

// ---- opening

Result<std::unique_ptr<ReactorState>> ReactorState::open(CursorState::Source source,
                                                         const Region& region, const ReactorId& id,
                                                         ReactHandler handler,
                                                         const ReactorOptions& options) {
    if (id.text.empty() || id.text.size() > ReactorId::kBytesMax) {
        return fail(ErrorCode::InvalidArgument, "a reactor's id has 1 to 160 bytes");
    }
    if (options.depth_max < 1 || options.depth_max > ReactorOptions::kDepthMaxMax) {
        return fail(ErrorCode::InvalidArgument, "depth_max is 1 to 1,000");
    }
    BATPAK_TRY(Coordinate coordinate, Coordinate::create(std::string(kEntityPrefix) + id.text,
                                                         system_kinds::kSystemScope));
    CursorOptions cursor_options;
    cursor_options.start = options.start;
    cursor_options.stored = options.stored;
    cursor_options.commit_durability = options.durability;
    BATPAK_TRY(
        std::unique_ptr<CursorState> cursor,
        CursorState::open(source, region, CursorId(std::string(kReactorCursorPrefix) + id.text),
                          cursor_options));
    std::unique_ptr<ReactorState> state(new ReactorState(std::move(source), std::move(cursor),
                                                         std::move(coordinate), std::move(handler),
                                                         id, options));
    // "At the end" is another place after a restart.
    BATPAK_CHECK(state->commit_position());
    return state;
}

// ---- a step

// Twice at most: where the keys turn out to be known, the event is read again and its reactions are
// stored without the position.
Result<ReactorStep> ReactorState::step() {
    for (;;) {
        last_failure_ = ReactorFailure::Storing;
        const CursorPosition before = cursor_->position();
        const Result<std::optional<EventView>> event = cursor_->poll();
        if (!event) return after_failed_read(event.error());
        if (!*event) {
            BATPAK_CHECK(when_idle());
            return ReactorStep::Idle;
        }
        const bool keys_were_known = keys_known_;
        Result<ReactorStep> step = react_to(**event, before);
        if (step || keys_were_known || !keys_known_) return step;
    }
}

Result<ReactorStep> ReactorState::react_to(const EventView& event, const CursorPosition& before) {
    const std::optional<ReactionKey> key = reaction_key(event);
    if (key && key->reactor == id_) return pass();
    // The handler sees the event as the cursor lends it, and what follows needs only this.
    const Sequence source = event.sequence();
    const std::uint32_t depth = key ? key->depth + 1 : 1;
    // One place of the batch is the position's.
    Reactions reactions(event.header,
                        ReactionKey{.depth = depth, .source = source, .reactor = id_}.prefix(),
                        source_.engine->config().batch_items_max() - 1);
    is_worth_storing_ = true;
    Result<void> done = call_handler(event, depth, reactions);
    if (done && reactions.empty()) return pass();
    const std::size_t count = reactions.size();  // the position is added after them
    bool is_fault_of_event = !done;
    if (done) {
        done = store(reactions);
        is_fault_of_event = !done && !keys_known_ && may_skip(done.error(), count);
    }
    if (done) {
        ++tally_.reacted;
        tally_.reactions += count;
        return ReactorStep::Reacted;
    }
    if (is_fault_of_event) last_failure_ = ReactorFailure::Handler;
    if (is_fault_of_event && options_.errors == ReactionErrors::Skip &&
        may_skip(done.error(), count)) {
        last_failure_ = ReactorFailure::Storing;
        auto skipped = skip(source, done.error());
        if (skipped) return skipped;
        done = fail(std::move(skipped).error());
    }
    cursor_->return_to(before);
    return fail(std::move(done).error());
}

Result<void> ReactorState::call_handler(const EventView& event, std::uint32_t depth,
                                        Reactions& reactions) {
    BATPAK_CHECK(isolated([&] { return handler_(event, reactions); }));
    if (reactions.empty()) return {};
    if (depth > options_.depth_max) {  // (INV Q2)
        return fail(Error(ErrorCode::ReactionTooDeep,
                          "it would be a reaction to a reaction, " + std::to_string(depth) +
                              " deep: break the circle, or raise depth_max")
                        .at_sequence(event.sequence()));
    }
    std::uint64_t bytes = 0;
    for (const BatchBuilder::Item& item : reactions.batch_.items())
        bytes += reactions.batch_.payload_of(item).size();
    constexpr std::uint64_t position_bytes_max = 256;
    if (reactions.overflowed_ ||
        bytes + position_bytes_max > source_.engine->config().batch_bytes_max()) {
        return fail(Error(ErrorCode::TooManyReactions,
                          "the reactions to one event have to fit one batch, with the reactor's "
                          "position: add fewer, or raise batch_items_max or batch_bytes_max")
                        .at_sequence(event.sequence()));
    }
    return {};
}

// A position that only passed over events is stored each kPassedMax events, and when there is
// nothing to do: to store it each time would double the log.
Result<ReactorStep> ReactorState::pass() {
    ++tally_.passed;
    ++passed_;
    if (passed_ >= kPassedMax) BATPAK_CHECK(commit_position());
    return ReactorStep::Passed;
}

// Reactions and position in one batch. (INV Q1)
Result<void> ReactorState::store(Reactions& reactions) {
    BatchBuilder& batch = reactions.batch_;
    const bool alone = std::exchange(keys_known_, false);
    std::optional<BatchItem> position;
    if (!alone) {
        position = cursor_->add_commit_to(batch, position_key(id_, cursor_->position().digest));
    }
    const Result<std::vector<AppendReceipt>> receipts =
        source_.engine->append_batch(batch, batch_options());
    if (!receipts) {
        // Some keys are known: those of the reactions, and the position is new. The next try, with
        // the reactions alone, tells; if it fails as well, their content is another.
        keys_known_ = !alone && receipts.error().code() == ErrorCode::KeyConflict;
        return fail(Error(receipts.error()));
    }
    if (position && !receipts->front().replayed) {
        cursor_->committed((*receipts)[position->index]);
        note_stored();
        return {};
    }
    return commit_position();
}

// To pass over its own reactions once more costs nothing but their reading.
Result<void> ReactorState::when_idle() {
    return is_worth_storing_ ? commit_position() : Result<void>();
}

Result<void> ReactorState::commit_position() {
    if (!cursor_->has_news()) return {};
    BATPAK_CHECK(cursor_->commit());
    note_stored();
    return {};
}

BatchOptions ReactorState::batch_options() const {
    BatchOptions options;
    options.durability = options_.durability;
    return options;
}

// ---- what cannot be reacted to

// Whether it is the event's or the handler's fault, and would be so again.
bool ReactorState::may_skip(const Error& error, std::size_t reactions) const noexcept {
    switch (error.error_class()) {
        case ErrorClass::Invalid:
        case ErrorClass::NotFound:
        case ErrorClass::Denied:
        case ErrorClass::Domain:
        case ErrorClass::Refused: return true;
        // The position's own conflict: another reactor of this id.
        case ErrorClass::Conflict: return !error.item() || *error.item() < reactions;
        case ErrorClass::Busy:
        case ErrorClass::Full:
        case ErrorClass::WouldBlock:
        case ErrorClass::Timeout:
        case ErrorClass::Io:
        case ErrorClass::Poisoned:
        case ErrorClass::Closed:
        case ErrorClass::Forked: return false;
    }
    return false;
}

// The position after the event, and why there is nothing for it, in one batch.
Result<ReactorStep> ReactorState::skip(Sequence source, Error error) {
    BatchBuilder batch;
    store::SystemEvents::add(batch, coordinate_,
                             ReactionSkipped{source, short_reason(error.to_string())},
                             BatchItemOptions{});
    const BatchItem position = cursor_->add_commit_to(batch);
    BATPAK_TRY(const std::vector<AppendReceipt> receipts,
               source_.engine->append_batch(batch, batch_options()));
    cursor_->committed(receipts[position.index]);
    note_stored();
    ++tally_.skipped;
    last_skipped_ = std::move(error);
    return ReactorStep::Skipped;
}

Result<ReactorStep> ReactorState::after_failed_read(Error error) {
    last_failure_ = ReactorFailure::Reading;
    if (options_.errors == ReactionErrors::Stop || !error.sequence()) return fail(std::move(error));
    const CursorPosition before = cursor_->position();
    if (!cursor_->skip_damaged()) return fail(std::move(error));
    const Sequence source = *error.sequence();
    auto skipped = skip(source, std::move(error));
    if (!skipped) cursor_->return_to(before);
    return skipped;
}

Result<void> ReactorState::skip_damaged() {
    BATPAK_CHECK(cursor_->skip_damaged());
    return commit_position();
}

// ---- around the steps

Result<bool> ReactorState::wait(std::chrono::steady_clock::time_point deadline,
                                const std::stop_token& stop) {
    last_failure_ = ReactorFailure::Reading;
    Result<bool> ready =
        cursor_->wait(std::chrono::steady_clock::time_point::min(), std::stop_token());
    if (ready && !*ready) {
        BATPAK_CHECK(when_idle());
        ready = cursor_->wait(deadline, stop);
    }
    // What becomes of a damaged event is the step's to decide.
    if (!ready && ready.error().sequence()) return true;
    return ready;
}

Result<std::vector<SkippedReaction>> ReactorState::skipped(std::size_t max) const {
    BATPAK_CHECK(source_.side->check());
    std::vector<SkippedReaction> found;
    store::RangeState range(source_.side->pin(), source_.side,
                            Region::entity(coordinate_.entity()).with_kind<ReactionSkipped>(),
                            QueryOptions{});
    while (found.size() < max) {
        const Result<EventView>* const event = range.next();
        if (event == nullptr) break;
        if (!*event) return fail(Error(event->error()));
        BATPAK_TRY(ReactionSkipped skipped, (*event)->as<ReactionSkipped>());
        found.push_back({skipped.source, std::move(skipped.reason)});
    }
    return found;
}

}  // namespace batpak::delivery
