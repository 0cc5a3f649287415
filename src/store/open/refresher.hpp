// Refresher: keeps the read side of a ReadOnlyStore up with a log that another may be writing.
//
// The other may also take a failed write back, or put an older copy, or another store, in the place
// of this one. So each look ends with the question whether all that was read is still there, and
// each refresh begins with the question whether the log is still the one that was shown:
//
//     the last frame that was taken stands               the log goes on
//     it does not, and only events that were not known   corrected: what the writer took back is no
//       durable are gone                                 longer shown, and what took its place is
//     a durable event is gone, or it is another store    RolledBack, and what was shown stays
//
// Threads: thread-safe
// Errors:  those of recover(); refresh: RolledBack
#pragma once

#include <memory>
#include <optional>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/config.hpp"
#include "store/copy/log_moment.hpp"
#include "store/log/witness.hpp"
#include "store/open/recovery.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

class Refresher {
public:
    // Opens the store for reading.
    [[nodiscard]] static Result<std::unique_ptr<Refresher>> open(const StoreConfig& config);

    const std::shared_ptr<ReadSide>& side() const noexcept { return side_; }
    [[nodiscard]] Result<Sequence> refresh();
    // Where what is shown ends, once it is durable, whatever the writer has synced.
    // Errors: RolledBack: it is no longer there; Io.
    [[nodiscard]] Result<LogMoment> moment();
    const StoreConfig& config() const noexcept { return config_; }
    // Where the last refresh() corrected what was shown; nothing if it did not.
    std::optional<Sequence> corrected_from();

private:
    // What the files said at one moment, and by what they are known again.
    struct Look {
        RecoveredLog log;
        Witness witness;
        FileStat active;                         // of the file of the active segment
        std::optional<std::uint64_t> last_id{};  // of the last event, if the active run has none
        bool is_joined = true;  // as far as the witness tells; else only a second look makes sure
    };

    Refresher(const StoreConfig& config, std::shared_ptr<ReadSide> side)
        : config_(config), side_(std::move(side)) {}

    // Looks until two looks agree.
    [[nodiscard]] Result<Look> look();
    // Nothing if the files changed while they were looked at.
    [[nodiscard]] Result<std::optional<Look>> look_once();
    [[nodiscard]] Result<bool> scan_on() BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> take_up(Look look) BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<LogMoment> moment_elsewhere() BATPAK_REQUIRES(mutex_);
    Error log_was_replaced() const;
    // The first event from which on the log of a look may be another than the one that was shown.
    [[nodiscard]] Result<Sequence> common_end(const Look& look) BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<bool> has_last_event(const Snapshot& now, Sequence end)
        BATPAK_REQUIRES(mutex_);
    void publish() BATPAK_REQUIRES(mutex_);

    const StoreConfig config_;
    const std::shared_ptr<ReadSide> side_;

    Mutex mutex_;
    Look shown_ BATPAK_GUARDED_BY(mutex_);
    // Whether the index of shown_ holds events after its end: what a scan added before it turned
    // out to be of a log that moved. Nobody sees them, and nothing can be added after them.
    bool is_index_ahead_ BATPAK_GUARDED_BY(mutex_) = false;
    std::optional<Sequence> corrected_from_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::store
