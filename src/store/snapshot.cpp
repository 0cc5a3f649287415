// A snapshot of a store that is open: the moment comes from the one who knows it, the leader of the
// commits or the follower of another's; the rest is the same.
#include "batpak/store/snapshot.hpp"

#include "batpak/base/detail/cancellation.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/store.hpp"
#include "store/copy/log_copy.hpp"
#include "store/copy/over_compaction.hpp"
#include "store/engine.hpp"
#include "store/open/refresher.hpp"

namespace batpak {
namespace {

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
    // What a copy that ends early has made is removed by then.
    return store::over_compaction(side_->directory(), [&]() -> Result<SnapshotReport> {
        BATPAK_TRY(const store::LogMoment moment, refresher_->moment());
        return copy_of_moment(*side_, moment, refresher_->config().environment(), destination,
                              options);
    });
}

}  // namespace batpak
