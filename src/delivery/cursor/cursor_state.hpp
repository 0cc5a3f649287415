// CursorState: a cursor's walk through its region, and its position in the log.
//
// The walk is a RangeState over one pin of the store. When that is at its end, and the store is
// further, the next one begins there: at most one range is open, and it starts at what was not
// delivered yet. After an error the range is dropped, so that the next call reads again.
//
// Threads: thread-compatible
// Errors:  those of Cursor
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "batpak/delivery/cursor.hpp"
#include "delivery/cursor/cursor_moved.hpp"
#include "delivery/cursor/digest.hpp"
#include "store/engine.hpp"
#include "store/view/range_state.hpp"
#include "store/view/read_side.hpp"

namespace batpak::delivery {

class CursorState {
public:
    // What a cursor reads and, unless the store is read-only, writes.
    struct Source {
        std::shared_ptr<store::ReadSide> side;
        std::shared_ptr<store::Engine> engine;  // null in a ReadOnlyStore
    };

    [[nodiscard]] static Result<std::unique_ptr<CursorState>> open(Source source, Region region,
                                                                   CursorId id,
                                                                   const CursorOptions& options);

    [[nodiscard]] Result<std::optional<EventView>> poll();
    [[nodiscard]] Result<std::vector<StoredEvent<Bytes>>> poll_batch(std::size_t max);
    [[nodiscard]] Result<bool> wait(std::chrono::steady_clock::time_point deadline,
                                    const std::stop_token& stop);
    [[nodiscard]] Result<void> skip_damaged();
    void rewind() { return_to(committed_); }
    // Goes back to where it was: what was delivered since then comes again. Requires: position()
    // was this since the last commit.
    void return_to(const CursorPosition& position);

    [[nodiscard]] Result<void> commit();
    BatchItem add_commit_to(BatchBuilder& batch) { return add_commit_to(batch, std::string()); }
    // The position under an idempotency key, for a batch whose items all have one.
    BatchItem add_commit_to(BatchBuilder& batch, std::string idempotency_key);
    void committed(const AppendReceipt& position);

    // Whether anything was delivered that committed_position() does not say.
    bool has_news() const noexcept {
        return !is_stored_ || delivered_.matched != committed_.matched ||
               delivered_.skipped != committed_.skipped;
    }

    const CursorPosition& position() const noexcept { return delivered_; }
    const CursorPosition& committed_position() const noexcept { return committed_; }
    const CursorId& id() const noexcept { return id_; }
    const Region& region() const noexcept { return region_; }

private:
    CursorState(Source source, Region region, CursorId id, const CursorOptions& options,
                Coordinate coordinate)
        : source_(std::move(source)),
          region_(std::move(region)),
          id_(std::move(id)),
          coordinate_(std::move(coordinate)),
          own_events_(options.own_events),
          check_(options.check),
          commit_durability_(options.commit_durability),
          digest_(source_.side->has_hashes()),
          corrections_(source_.side->corrections().count()) {}

    // Reads the stored position, if there is one that counts, and how far its stream goes.
    [[nodiscard]] Result<void> take_up(const CursorOptions& options);
    [[nodiscard]] Result<std::optional<CursorPosition>> find_stored();
    [[nodiscard]] Result<CursorPosition> stored_position(const EventView& event) const;
    [[nodiscard]] Result<CursorPosition> position_of(const CursorStart& start) const;
    [[nodiscard]] Result<void> check_position(const CursorPosition& position) const;
    // Of a position that was kept elsewhere: whether the log is still the one that it was taken in.
    [[nodiscard]] Result<void> check_anchor(const CursorPosition& position) const;
    // Goes back to where the log is known to be the same as it was.
    [[nodiscard]] static CursorPosition from_anchor(CursorPosition position) noexcept;
    std::optional<CursorPosition::Anchor> anchor_before(Sequence end) const;

    // The next event, without delivering it; null if there is none yet. Borrows: until the range
    // moves.
    [[nodiscard]] Result<const EventView*> peek();
    [[nodiscard]] Result<const EventView*> walk();
    // Beside a writer: goes back to where the log was corrected. Errors: RolledBack, if an event
    // was delivered that the writer took back.
    [[nodiscard]] Result<void> follow_corrections();
    [[nodiscard]] Result<std::vector<StoredEvent<Bytes>>> take_batch(std::size_t max);
    void deliver(const EventView& event);
    bool leaves_out(const EventView& event) const noexcept {
        return own_events_ == OwnEvents::LeaveOut &&
               event.kind().category() == EventKind::kSystemCategory;
    }
    Error note_failure(Error error);

    const Source source_;
    const Region region_;
    const CursorId id_;
    const Coordinate coordinate_;  // of the position's stream
    const OwnEvents own_events_;
    const ReadCheck check_;
    const std::optional<Durability> commit_durability_;
    const Digest digest_;
    std::uint64_t corrections_;  // of the log, how many this cursor knows

    CursorPosition delivered_;
    Sequence delivered_end_;  // after the last event that is surely inside the position
    CursorPosition committed_;
    std::optional<CursorPosition> offered_;  // in a batch whose fate is not known yet
    std::optional<Version> head_;            // of the position's stream, as this cursor knows it
    bool is_stored_ = false;                 // the position in the log is the one of committed_

    std::optional<store::RangeState> range_;
    Sequence range_end_;
    const EventView* peeked_ = nullptr;  // in range_
    std::optional<Sequence> damaged_;    // the event that the last call failed at
};

}  // namespace batpak::delivery
