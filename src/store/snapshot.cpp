// A snapshot of a store that is open: the moment comes from the one who knows it, the leader of the
// commits or the follower of another's; the rest is the same.
#include "batpak/store/snapshot.hpp"

#include "batpak/base/detail/cancellation.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "store/copy/log_copy.hpp"
#include "store/engine.hpp"
#include "store/open/refresher.hpp"

namespace batpak {
namespace {

// So often a reader begins again because the log is compacted while it is copied.
constexpr int kCopiesMax = 64;

Result<SnapshotReport> copy_of_moment(store::ReadSide& side, const store::LogMoment& moment,
                                      const Environment& environment,
                                      const std::string& destination,
                                      const SnapshotOptions& options) {
    const store::CopyOrder order{.is_snapshot = true,
                                 .previous = options.previous,
                                 .progress = options.progress,
                                 .stop = options.stop};
    return store::copy_log(side.directory(), moment,
                           StoreConfig(destination).with_environment(environment), order);
}

}  // namespace

// Only the moment is taken in the commit queue. The copying goes on beside appends, which touch
// nothing before that end.
Result<SnapshotReport> Store::snapshot(const std::string& destination,
                                       const SnapshotOptions& options) {
    const CancellationBlock no_cancellation;
    const store::CopyHold hold(engine_->copies());
    BATPAK_TRY(const store::LogMoment moment, engine_->moment());
    return copy_of_moment(*side_, moment, engine_->config().environment(), destination, options);
}

Result<SnapshotReport> ReadOnlyStore::snapshot(const std::string& destination,
                                               const SnapshotOptions& options) const {
    const CancellationBlock no_cancellation;
    for (int copies = 1;; ++copies) {
        auto report = [&]() -> Result<SnapshotReport> {
            BATPAK_TRY(const store::LogMoment moment, refresher_->moment());
            return copy_of_moment(*side_, moment, refresher_->config().environment(), destination,
                                  options);
        }();
        // The writer may have compacted a segment away that was still to be copied. What was copied
        // is removed by then.
        const bool is_gone = !report && report.error().code() == ErrorCode::MissingSegment;
        if (!is_gone || copies == kCopiesMax) return report;
    }
}

}  // namespace batpak
