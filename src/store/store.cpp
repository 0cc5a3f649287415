// What users call on a Store, handed on to its Engine. All that is decided here is who owns what:
//
//     append    borrows everything from its caller, who waits
//     submit    copies what the commit will look at into the ticket, because the caller goes on
//     batch     is taken over, so it is spent whatever comes of it
#include "batpak/store/store.hpp"

#include "batpak/base/assert.hpp"
#include "store/engine.hpp"
#include "store/ticket_state.hpp"

namespace batpak {

using store::AppendRequest;
using store::Engine;
using store::request_of;
using store::TicketState;

Result<Store> Store::open(const StoreConfig& config) {
    BATPAK_TRY(std::shared_ptr<Engine> engine, Engine::open(config));
    return Store(std::move(engine));
}

Store::Store(std::shared_ptr<Engine> engine)
    : StoreReads(engine->side()), engine_(std::move(engine)) {
    BATPAK_ASSERT(engine_ != nullptr);
}
Store::Store(Store&&) noexcept = default;
// First the store that was here is closed, as its destructor would: its tickets may keep the
// engine, and the two may be of the same directory.
Store& Store::operator=(Store&& other) noexcept {
    if (this != &other) {
        if (engine_) engine_->let_go();
        StoreReads::operator=(std::move(other));
        engine_ = std::move(other.engine_);
    }
    return *this;
}
Store::~Store() {
    // Tickets may keep the engine: the directory must be free all the same.
    if (engine_) engine_->let_go();
}

Result<AppendReceipt> Store::append_encoded(const EncodedAppend& append) {
    return engine_->append(request_of(append, append.coordinate, append.options), append.options);
}

Result<AppendReceipt> Store::try_append_encoded(const EncodedAppend& append) {
    return engine_->try_append(request_of(append, append.coordinate, append.options),
                               append.options);
}

Result<Ticket> Store::submit_encoded(const EncodedAppend& append) {
    auto state = std::make_unique<TicketState>(engine_, append.coordinate, append.options);
    // Made of the ticket's copies: the leader reads the names when the caller's may be gone. The
    // payload is copied by Engine::submit.
    const AppendRequest request = request_of(append, state->coordinate, state->options);
    BATPAK_CHECK(engine_->submit(request, *state));
    return Ticket(std::move(state));
}

Result<std::vector<AppendReceipt>> Store::append_batch(BatchBuilder&& batch,
                                                       const BatchOptions& options) {
    const BatchBuilder taken = std::move(batch);
    return engine_->append_batch(taken, options);
}

Result<AppendReceipt> Store::append_raw(const Coordinate& coordinate, EventKind kind,
                                        BytesView payload, const AppendOptions& options) {
    return append_encoded({coordinate, kind, 1, payload, options});
}

Result<AppendReceipt> Store::try_append_raw(const Coordinate& coordinate, EventKind kind,
                                            BytesView payload, const AppendOptions& options) {
    return try_append_encoded({coordinate, kind, 1, payload, options});
}

Result<Ticket> Store::submit_raw(const Coordinate& coordinate, EventKind kind, BytesView payload,
                                 const AppendOptions& options) {
    return submit_encoded({coordinate, kind, 1, payload, options});
}

Result<void> Store::sync() { return engine_->sync(); }

Result<bool> Store::wait_durable(Sequence sequence,
                                 std::chrono::steady_clock::time_point deadline) {
    return engine_->wait_durable(sequence, deadline);
}

StoreStats Store::stats() const { return engine_->stats(); }

Result<Closed> Store::close() && { return engine_->close(); }

}  // namespace batpak
