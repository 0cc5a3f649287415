// What users call, handed on to a CursorState. The members of Store and ReadOnlyStore that make a
// cursor are defined here, in the layer that knows cursors; a reader's cursor has no engine, and so
// nothing to commit with.
#include "batpak/delivery/cursor.hpp"

#include "batpak/base/detail/lasting.hpp"
#include "batpak/store/read_only_store.hpp"
#include "delivery/cursor/cursor_state.hpp"

namespace batpak {

using delivery::CursorState;

const CursorOptions& detail::default_cursor_options() noexcept {
    static const Lasting<CursorOptions> options;
    return *options;
}

Result<Cursor> Store::cursor_guaranteed(const Region& region, const CursorId& id,
                                        const CursorOptions& options) {
    BATPAK_TRY(std::unique_ptr<CursorState> state,
               CursorState::open({side_, engine_}, region, id, options));
    return Cursor(std::move(state));
}

Result<Cursor> ReadOnlyStore::cursor_guaranteed(const Region& region, const CursorId& id,
                                                const CursorOptions& options) const {
    BATPAK_TRY(std::unique_ptr<CursorState> state,
               CursorState::open({side_, nullptr}, region, id, options));
    return Cursor(std::move(state));
}

Cursor::Cursor(std::unique_ptr<CursorState> state) : state_(std::move(state)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<std::optional<EventView>> Cursor::poll() { return state_->poll(); }

Result<std::vector<StoredEvent<Bytes>>> Cursor::poll_batch(std::size_t max) {
    return state_->poll_batch(max);
}

Result<bool> Cursor::wait(std::chrono::steady_clock::time_point deadline,
                          const std::stop_token& stop) {
    return state_->wait(deadline, stop);
}

Result<void> Cursor::skip_damaged() { return state_->skip_damaged(); }
void Cursor::rewind() { state_->rewind(); }
Result<void> Cursor::commit() { return state_->commit(); }
BatchItem Cursor::add_commit_to(BatchBuilder& batch) { return state_->add_commit_to(batch); }
void Cursor::committed(const AppendReceipt& position) { state_->committed(position); }

const CursorPosition& Cursor::position() const noexcept { return state_->position(); }
const CursorPosition& Cursor::committed_position() const noexcept {
    return state_->committed_position();
}
const CursorId& Cursor::id() const noexcept { return state_->id(); }
const Region& Cursor::region() const noexcept { return state_->region(); }

}  // namespace batpak
