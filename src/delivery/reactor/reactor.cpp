// What users call on a Reactor, and what their handler calls on Reactions. How a step is taken, and
// what a crash between its parts leaves, stands in reactor_state.cpp.
#include "batpak/delivery/reactor.hpp"

#include "delivery/reactor/reactor_state.hpp"

namespace batpak {

using delivery::ReactorState;

Result<Reactor> Reactor::open(Store& store, const Region& region, const ReactorId& id,
                              ReactHandler handler, const ReactorOptions& options) {
    BATPAK_TRY(
        std::unique_ptr<ReactorState> state,
        ReactorState::open({store.side_, store.engine_}, region, id, std::move(handler), options));
    return Reactor(std::move(state));
}

// Once one was refused, all are: what is stored must not be a part of what the handler wanted.
bool Reactions::has_room() noexcept {
    overflowed_ = overflowed_ || batch_.size() >= size_max_;
    return !overflowed_;
}

// The key ends with the place among the reactions: the same handler gives the same reaction the
// same key, if it adds them in the same order.
BatchItemOptions Reactions::item_options(ReactionOptions options) const {
    BatchItemOptions item = BatchItemOptions::reaction_to(source_);
    item.expect = options.expect;
    item.flags = options.flags;
    item.metadata = std::move(options.metadata);
    item.tags = std::move(options.tags);
    item.idempotency_key = key_prefix_ + std::to_string(batch_.size());
    return item;
}

Reactor::Reactor(std::unique_ptr<ReactorState> state) : state_(std::move(state)) {}
Reactor::Reactor(Reactor&&) noexcept = default;
Reactor& Reactor::operator=(Reactor&&) noexcept = default;
Reactor::~Reactor() = default;

Result<ReactorStep> Reactor::step() { return state_->step(); }

Result<ReactorTally> Reactor::run_until_idle() {
    for (;;) {
        BATPAK_TRY(const ReactorStep step, state_->step());
        if (step == ReactorStep::Idle) return state_->tally();
    }
}

Result<bool> Reactor::wait(std::chrono::steady_clock::time_point deadline,
                           const std::stop_token& stop) {
    return state_->wait(deadline, stop);
}

Result<void> Reactor::skip_damaged() { return state_->skip_damaged(); }
const ReactorTally& Reactor::tally() const noexcept { return state_->tally(); }
const CursorPosition& Reactor::committed_position() const noexcept {
    return state_->committed_position();
}
Result<std::vector<SkippedReaction>> Reactor::skipped(std::size_t max) const {
    return state_->skipped(max);
}
const std::optional<Error>& Reactor::last_skipped() const noexcept {
    return state_->last_skipped();
}
ReactorFailure Reactor::last_failure() const noexcept { return state_->last_failure(); }

}  // namespace batpak
