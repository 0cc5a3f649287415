// Cursor: every event of a region, in order, each at least once, whatever crashes.
//
//     Cursor cursor = store.cursor_guaranteed(Region::scope("shop"), CursorId("billing")).value();
//     while (cursor.wait(deadline).value()) {
//         const std::optional<EventView> event = cursor.poll().value();
//         bill(*event);
//         cursor.commit().value();   // all that was delivered so far is done
//     }
//
// It starts where the last commit of its id left off, reads what is in the log, and then follows it
// live without a gap in between: events come from one source, the log. It sees what is visible, and
// so never passes a place where an event may still appear. Writers do not know of it: an idle
// cursor costs them nothing.
//
// commit() writes the position into the log itself, as one of batpak's own events. So it belongs to
// the store, survives what the store survives, and can be in one atomic batch with its effect
// (add_commit_to): then the effect happens exactly once. Of two cursors with one id, only one can
// continue: the other's next commit is a VersionConflict.
//
// A damaged event is an error in its place, again and again, until skip_damaged() skips it.
// Batpak's own events are left out unless they are asked for.
//
// Threads: thread-compatible
// Errors:  every call of a Cursor: Closed, Forked, and those of reading; each says which more;
//          CursorPosition::from_bytes(): DecodeFailed
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/hash.hpp"
#include "batpak/base/id.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/event/event.hpp"
#include "batpak/store/batch.hpp"
#include "batpak/store/options.hpp"
#include "batpak/store/query.hpp"
#include "batpak/store/store.hpp"

namespace batpak {

// CursorPosition: how far a cursor has come, and a statement about what it delivered on the way: of
// the region, from `begin` up to but without `next`, `matched` events were delivered, each once and
// in order, and `digest` is the hash over theirs.
//
// Anyone who has the log can check the statement (StoreReads::verify_completeness). A position
// belongs to one history of one log and to one region; a cursor accepts no other. As bytes it can
// be kept outside the store, as a reader in another process must do: the anchor then shows whether
// the log is still the one that was read, or was restored from an older copy and took another
// course.
struct CursorPosition {
    // An event that was there. Of one that could not be read only the front half of the id is
    // known, and the rest is zero.
    struct Anchor {
        Sequence sequence{};
        EventId event_id{};

        friend bool operator==(const Anchor&, const Anchor&) = default;
    };

    LogId log_id{};
    Hash region{};     // over the region, and whether batpak's own events are part of it
    Sequence begin{};  // where the cursor started
    Sequence next{};   // the first sequence that may still have to be delivered
    std::uint64_t matched = 0;
    std::uint64_t skipped = 0;  // damaged events that were passed over on demand; not in `matched`
    Hash digest{};              // chained over the hashes of the events, in order
    // The last event that was delivered or passed over; before the first, the one before `begin`.
    // Absent: there was none, or the bytes are of a version of batpak that did not keep it.
    std::optional<Anchor> anchor{};

    // Version 2. from_bytes() also reads version 1, which has no anchor.
    Bytes to_bytes() const;
    [[nodiscard]] static Result<CursorPosition> from_bytes(BytesView bytes);

    friend bool operator==(const CursorPosition&, const CursorPosition&) = default;
};

namespace delivery {
class CursorState;
}

// Under which name a cursor's position is kept. 1 to 1,000 bytes, no control bytes; nothing else is
// special, because it names a stream and no file.
struct CursorId {
    static constexpr std::size_t kBytesMax = 1000;

    explicit CursorId(std::string_view id) : text(id) {}

    std::string text{};

    friend bool operator==(const CursorId&, const CursorId&) = default;
};

// Where a cursor begins that has no stored position.
class CursorStart {
public:
    static CursorStart beginning() noexcept { return CursorStart(At::Event, 0); }
    // After all that is visible when the cursor is made.
    static CursorStart end() noexcept { return CursorStart(At::End, 0); }
    // At this event. Errors of the cursor: InvalidArgument if the log is shorter.
    static CursorStart at(Sequence sequence) noexcept {
        return CursorStart(At::Event, static_cast<std::int64_t>(sequence.value));
    }
    // At the first event whose Hlc is not before this time, in microseconds.
    static CursorStart at_time_us(std::int64_t us) noexcept { return CursorStart(At::Time, us); }
    // Where another cursor stood, as it told. Errors of the cursor: ForeignPosition if that was of
    // another log or region; RolledBack if this log is shorter, or has another event where that
    // cursor's last one was.
    static CursorStart from(const CursorPosition& position) {
        CursorStart start(At::Position, 0);
        start.position_ = position;
        return start;
    }

    enum class At : std::uint8_t { Event, End, Time, Position };
    At kind() const noexcept { return kind_; }
    std::int64_t number() const noexcept { return number_; }
    const CursorPosition& position() const noexcept { return position_; }

private:
    CursorStart(At kind, std::int64_t number) noexcept : number_(number), kind_(kind) {}

    CursorPosition position_;
    std::int64_t number_;
    At kind_;
};

// What to do with a position that is stored under the cursor's id.
enum class StoredPosition : std::uint8_t {
    Resume,   // begin there; if it is of another region: ForeignPosition
    Replace,  // begin at `start` in spite of it; the next commit takes its place
};

// Whether a cursor delivers the events that batpak writes for itself (category 0x0), positions of
// cursors among them.
enum class OwnEvents : std::uint8_t { LeaveOut, Include };

// Where a cursor begins, what it passes over, and how it commits.
struct CursorOptions {
    CursorStart start = CursorStart::beginning();
    StoredPosition stored = StoredPosition::Resume;
    OwnEvents own_events = OwnEvents::LeaveOut;
    ReadCheck check = ReadCheck::Frame;             // Hash, of a store without: Unsupported
    std::optional<Durability> commit_durability{};  // absent: as the store's appends
};

class Cursor {
public:
    explicit Cursor(std::unique_ptr<delivery::CursorState> state);
    Cursor(Cursor&&) noexcept;
    Cursor& operator=(Cursor&&) noexcept;
    // What was delivered and not committed, is delivered again to the next cursor of this id.
    ~Cursor();

    // ---- reading

    // The next event, or nothing if there is none yet. With it all events before count as
    // delivered. Borrows: until the next call of this cursor.
    [[nodiscard]] Result<std::optional<EventView>> poll();
    // Up to `max` events, as owned values. An error after the first is kept for the next call.
    [[nodiscard]] Result<std::vector<StoredEvent<Bytes>>> poll_batch(std::size_t max);
    // Returns when poll() has something; false once the deadline has passed or `stop` is requested.
    // Any number of appends outside the region may wake it up for a look, and do not end it.
    [[nodiscard]] Result<bool> wait(std::chrono::steady_clock::time_point deadline,
                                    const std::stop_token& stop = {});
    // Passes over the damaged event that the last call failed at; position() counts it. Errors:
    // InvalidArgument if that was none; what is wrong if a whole index is, not an event.
    [[nodiscard]] Result<void> skip_damaged();
    // Goes back to committed_position(): what was delivered since then comes again.
    void rewind();

    // ---- the position

    // Stores that everything delivered so far is done. Without anything new it writes nothing.
    // Errors: those of Store::append_batch; VersionConflict: another cursor of this id has
    // committed, and this one is out of date; Unsupported in a ReadOnlyStore.
    [[nodiscard]] Result<void> commit();
    // The same in a batch of the caller's, with his events: stored together or not at all. After
    // the batch was appended, committed() is told its receipt; if the batch failed, nothing is.
    //
    //     const BatchItem position = cursor.add_commit_to(batch);
    //     BATPAK_TRY(const auto receipts, store.append_batch(std::move(batch)));
    //     cursor.committed(receipts[position.index]);
    //
    // Requires: the cursor is of a Store, and `batch` is for the same.
    BatchItem add_commit_to(BatchBuilder& batch);
    // Requires: add_commit_to() was called since the last commit.
    void committed(const AppendReceipt& position);

    const CursorPosition& position() const noexcept;            // of what was delivered
    const CursorPosition& committed_position() const noexcept;  // where rewind() goes
    const CursorId& id() const noexcept;
    const Region& region() const noexcept;

private:
    std::unique_ptr<delivery::CursorState> state_;
};

}  // namespace batpak
