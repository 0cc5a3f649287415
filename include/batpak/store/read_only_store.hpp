// ReadOnlyStore: a store opened for reading, in this process or another, beside a live writer.
//
// It takes no lock and writes nothing, not even to repair. It sees the whole events and batches
// that are in the files when it looks: at open() and at each refresh(). Those may include events
// that the writer has written and not yet synced, or not yet answered; EventView::durable says
// which are known durable. A damaged store is refused as it is for a writer; a tail that a crash
// tore, or that a writer is just writing, is left alone and not shown.
//
// What was durable never shows differently later. What was not durable may be taken back: a writer
// undoes a write that fails, and has acknowledged none of its events. The next refresh() corrects
// what is shown, so that visible_end() may go back, and corrected_from() says from where. Cursors
// that have delivered such an event, and views that end after one, answer RolledBack. Until that
// refresh(), and in ranges that began before it, such an event is RolledBack in its place.
//
//     auto reader = ReadOnlyStore::open(StoreConfig("./batpak-data")).value();
//     for (Sequence seen = reader.visible_end();; seen = reader.refresh().value()) { ... }
//
// Threads: thread-safe, except for moving and destroying it
// Errors:  open: NotAStore, and all of class Refused
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "batpak/store/config.hpp"
#include "batpak/store/reads.hpp"
#include "batpak/store/snapshot.hpp"

namespace batpak {

class Cursor;
struct CursorId;
struct CursorOptions;
namespace detail {
const CursorOptions& default_cursor_options() noexcept;
}

namespace store {
class Refresher;
}

class ReadOnlyStore : public StoreReads {
public:
    [[nodiscard]] static Result<ReadOnlyStore> open(const StoreConfig& config);

    ReadOnlyStore(ReadOnlyStore&&) noexcept;
    ReadOnlyStore& operator=(ReadOnlyStore&&) noexcept;
    ~ReadOnlyStore();

    // Looks for what was appended since; returns the new visible_end(). Costs a few small
    // reads when there is nothing. After an error what was seen before stays. Nothing arrives but
    // by this call: wait_visible() and waiting cursors are woken by it, from another thread.
    // Errors: those of open(); RolledBack if durable events are no longer there, because an older
    // copy, or another store, was put in the place of this one: open it again.
    [[nodiscard]] Result<Sequence> refresh();
    // The first event that the last refresh() began to show otherwise, because the writer took it
    // back; nothing if the log only went on. Who keeps a place in the log goes back to it.
    std::optional<Sequence> corrected_from() const;

    // Makes a copy of what is shown, as Store does, also while another process appends. It syncs
    // the segment that is appended to, so that what is copied is durable in the store as well.
    // Errors: as in Store; RolledBack: what was shown is not there any more, refresh().
    [[nodiscard]] Result<SnapshotReport> snapshot(const std::string& destination,
                                                  const SnapshotOptions& options = {}) const;

    // As in Store, but that the cursor cannot commit: it begins at the position that the writer's
    // cursor of this id stored, or where options say, and its position is kept by the caller.
    [[nodiscard]] Result<Cursor> cursor_guaranteed(
        const Region& region, const CursorId& id,
        const CursorOptions& options = detail::default_cursor_options()) const;

private:
    void end_waits() noexcept;

    ReadOnlyStore(std::shared_ptr<store::ReadSide> side,
                  std::unique_ptr<store::Refresher> refresher);

    std::unique_ptr<store::Refresher> refresher_;
};

}  // namespace batpak
