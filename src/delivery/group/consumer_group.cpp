// A delivery is a claim that must be settled or given back: ack(), retry() and park() consume it
// once they have succeeded, and a delivery that is destroyed unsettled goes back to the group.
#include "batpak/delivery/consumer_group.hpp"

#include "batpak/base/assert.hpp"
#include "delivery/group/group_state.hpp"

namespace batpak {

using delivery::GroupState;

Result<ConsumerGroup> ConsumerGroup::open(Store& store, const Region& region, const GroupId& id,
                                          const GroupOptions& options) {
    BATPAK_TRY(std::shared_ptr<GroupState> state,
               GroupState::open({store.side_, store.engine_}, region, id, options));
    return ConsumerGroup(std::move(state));
}

// ---- Delivery

Delivery::Delivery(Delivery&&) noexcept = default;
Delivery& Delivery::operator=(Delivery&& other) noexcept {
    if (this != &other) {
        give_back();
        group_ = std::move(other.group_);
        event_ = std::move(other.event_);
        claim_ = other.claim_;
        attempts_ = other.attempts_;
    }
    return *this;
}
Delivery::~Delivery() { give_back(); }

// With the number of its claim: an event that was settled and given out again since belongs to
// another delivery.
void Delivery::give_back() noexcept {
    if (!group_) return;
    group_->give_back(event_->sequence(), claim_);
    group_.reset();
}

// If the append fails the delivery keeps its claim, so that the caller may try again or let go.
Result<void> Delivery::ack() && {
    BATPAK_ASSERT(group_ != nullptr);
    BATPAK_CHECK(group_->acknowledge(event_->sequence()));
    group_.reset();
    return {};
}

Result<Retried> Delivery::retry(std::string_view reason) && {
    BATPAK_ASSERT(group_ != nullptr);
    BATPAK_TRY(const Retried retried, group_->retry(event_->sequence(), attempts_ + 1, reason));
    group_.reset();
    return retried;
}

Result<void> Delivery::park(std::string_view reason) && {
    BATPAK_ASSERT(group_ != nullptr);
    BATPAK_CHECK(group_->park(event_->sequence(), attempts_, reason));
    group_.reset();
    return {};
}

BatchItem Delivery::add_ack_to(BatchBuilder& batch) const {
    BATPAK_ASSERT(group_ != nullptr);
    return group_->add_ack_to(batch, event_->sequence());
}

// ---- ConsumerGroup

ConsumerGroup::ConsumerGroup(std::shared_ptr<GroupState> state) : state_(std::move(state)) {}
ConsumerGroup::ConsumerGroup(ConsumerGroup&&) noexcept = default;
ConsumerGroup& ConsumerGroup::operator=(ConsumerGroup&&) noexcept = default;
ConsumerGroup::~ConsumerGroup() = default;

Result<std::optional<Delivery>> ConsumerGroup::claim(std::chrono::steady_clock::time_point deadline,
                                                     const std::stop_token& stop) {
    return state_->claim(deadline, stop);
}

Result<std::vector<ParkedEvent>> ConsumerGroup::parked() { return state_->parked(); }
Result<void> ConsumerGroup::replay_parked(Sequence sequence) { return state_->replay(sequence); }

// Of a list that was read before: what another handle replayed meanwhile is not counted.
Result<std::uint64_t> ConsumerGroup::replay_parked() {
    BATPAK_TRY(const std::vector<ParkedEvent> parked, state_->parked());
    std::uint64_t replayed = 0;
    for (const ParkedEvent& event : parked) {
        const Result<void> done = state_->replay(event.sequence);
        if (done) ++replayed;
        // Somebody else was faster with this one.
        if (!done && done.error().code() != ErrorCode::EventNotFound)
            return fail(Error(done.error()));
    }
    return replayed;
}

Result<void> ConsumerGroup::park_damaged() { return state_->park_damaged(); }
Result<GroupStatus> ConsumerGroup::status() { return state_->status(); }

}  // namespace batpak
