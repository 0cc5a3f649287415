// The source is opened as a reader opens it, so that it is judged before anything is copied; then
// its record, then what the caller knows of it. The copy begins a new era, unless the caller knows
// that no event is lost.
#include "batpak/store/restore.hpp"

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "store/copy/log_copy.hpp"
#include "store/copy/over_compaction.hpp"
#include "store/open/refresher.hpp"

namespace batpak {
namespace {

using store::LogMoment;
using store::ReadSide;
using store::Refresher;
using store::SnapshotRecord;

// A directory without a record is a store or a plain copy of one: it can be restored from, and
// nothing but its frames is known of it.
Result<std::optional<SnapshotRecord>> record_of(ReadSide& side, const LogMoment& moment) {
    BATPAK_TRY(std::optional<SnapshotRecord> record, store::read_record(side.directory()));
    if (record && (record->log_id != moment.manifest.log_id() || record->end != moment.end)) {
        return fail(Error(ErrorCode::CorruptSnapshot,
                          "it is of another log, or of other events, than the files beside it")
                        .at("SNAPSHOT"));
    }
    return record;
}

// That the log has all that it is known to have had.
Result<void> check_known(const std::shared_ptr<ReadSide>& side, const LogMoment& moment,
                         const KnownLog& known) {
    if (moment.end < known.end) {
        return fail(Error(ErrorCode::RolledBack,
                          "it ends before the log did, so it cannot go on as the same log: "
                          "restore it as a new one")
                        .at_sequence(moment.end));
    }
    BATPAK_TRY(const Hash root, ReadSide::root(side, side->pin(), known.end));
    if (root == known.root) return {};
    return fail(Error(ErrorCode::CorruptHash, "the root over its first " + to_string(known.end) +
                                                  " events is " + to_string(root) +
                                                  ": these are not the events that were expected"));
}

RestoreReport report_of(const SnapshotReport& copy, const LogId& restored) {
    return {.log_id = copy.log_id,
            .restored = restored,
            .end = copy.end,
            .segments = copy.segments,
            .bytes = copy.bytes,
            .bytes_shared = copy.bytes_shared,
            .stopped = copy.stopped};
}

Result<RestoreReport> restore_once(const StoreConfig& snapshot, const std::string& destination,
                                   const RestoreOptions& options) {
    const Environment& environment = snapshot.environment();
    BATPAK_TRY(const std::unique_ptr<Refresher> source, Refresher::open(snapshot));
    BATPAK_TRY(LogMoment moment, source->moment());
    const LogId restored = moment.manifest.log_id();
    BATPAK_TRY(const std::optional<SnapshotRecord> record, record_of(*source->side(), moment));
    store::CopyOrder order{.expected = record ? &*record : nullptr,
                           .shares_source = options.share_files,
                           .progress = options.progress,
                           .stop = options.stop};
    if (options.same_log) {
        BATPAK_CHECK(check_known(source->side(), moment, *options.same_log));
    } else {
        // A new log id, because what is appended from here on is not what the old log may go on
        // with elsewhere: positions of that log are taken up only as far as both are the same (INV
        // K2).
        environment.entropy->fill(order.new_log.emplace().bytes);
    }
    store::StoreDirectory& directory = source->side()->directory();
    if (options.end) {
        BATPAK_TRY(moment.manifest.prune, store::prune_before(source->side()->pin(), source->side(),
                                                              moment.manifest.prune, *options.end));
        BATPAK_TRY(moment, store::moment_before(directory, std::move(moment), *options.end));
    }
    BATPAK_TRY(const SnapshotReport copy,
               store::copy_log(directory, moment,
                               StoreConfig(destination).with_environment(environment), order));
    BATPAK_ASSERT(copy.stopped || copy.end == moment.end);
    return report_of(copy, restored);
}

}  // namespace

Result<RestoreReport> restore(const StoreConfig& snapshot, const std::string& destination,
                              const RestoreOptions& options) {
    const CancellationBlock no_cancellation;
    if (options.end && options.same_log) {
        return fail(ErrorCode::InvalidArgument,
                    "a part of a log cannot go on as the same log: give `end` or `same_log`");
    }
    if (options.share_files && options.same_log) {
        return fail(ErrorCode::InvalidArgument,
                    "a store that shares its files is a log of its own: give `share_files` or "
                    "`same_log`");
    }
    BATPAK_CHECK(snapshot.validate());
    BATPAK_TRY(const std::unique_ptr<store::StoreDirectory> source,
               store::StoreDirectory::open_for_reading(snapshot));
    // It may be a store that is in use.
    return store::over_compaction(*source,
                                  [&] { return restore_once(snapshot, destination, options); });
}

}  // namespace batpak
