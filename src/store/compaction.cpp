// compact(): one at a time for a store, and an erasure that was interrupted first.
//
// This file says what is worked on and in which order; SegmentRewriter has the steps for one
// segment and Erasure those for one intent. A second call is refused and does not wait: it would
// plan with segments that are gone by the time it runs.
#include "batpak/store/compaction.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "batpak/base/detail/lasting.hpp"
#include "batpak/store/batch.hpp"
#include "batpak/store/store.hpp"
#include "store/compact/erasure.hpp"
#include "store/compact/log_writer.hpp"
#include "store/compact/segment_rewriter.hpp"
#include "store/compact/tombstone_choice.hpp"
#include "store/copy/merge_plan.hpp"
#include "store/copy/over_compaction.hpp"
#include "store/engine.hpp"
#include "store/open/refresher.hpp"
#include "store/system_events.hpp"

namespace batpak {
namespace {

using store::Engine;
using store::LogWriter;
using store::Manifest;
using store::MergeGroup;
using store::SequenceSet;
using store::StoreDirectory;

std::size_t ranges_max(const StoreConfig& config) {
    return store::ranges_of_record(config.payload_bytes_max());
}

const Coordinate& maintenance() {
    static const Lasting<const Coordinate> coordinate(
        *Coordinate::from_stored(store::kMaintenanceEntity, system_kinds::kSystemScope));
    return *coordinate;
}

// Appends one record that is on the disk when it returns.
template <class P>
Result<Sequence> append_durably(Engine& engine, const P& record) {
    BatchBuilder batch;
    store::SystemEvents::add(batch, maintenance(), record, {});
    BATPAK_TRY(const std::vector<AppendReceipt> receipts,
               engine.append_batch(batch, {.durability = Durability::Durable}));
    BATPAK_ASSERT(receipts.size() == 1 && receipts.front().durability == Durability::Durable);
    return receipts.front().sequence;
}

// Borrows: the engine.
LogWriter writer_of(Engine& engine) {
    return {.side = engine.side(),
            .run_in_order =
                [&engine](const LogWriter::Action& action) { return engine.run_in_order(action); },
            .is_copied = [&engine] { return engine.copies() > 0; },
            .append_intent =
                [&engine](const store::PruneIntended& record) {
                    return append_durably(engine, record);
                },
            .append_pruned =
                [&engine](const store::Pruned& record) { return append_durably(engine, record); },
            .entropy = *engine.config().environment().entropy};
}

// What Merge and Tombstone have in common. `Order` is one of them.
template <class Order>
class CompactionRun {
public:
    // Borrows: both.
    CompactionRun(Engine& engine, const Order& order)
        : engine_(engine),
          side_(*engine.side()),
          directory_(side_.directory()),
          order_(order),
          step_([this](std::uint64_t bytes) { return step(bytes); }),
          log_(writer_of(engine)),
          rewriter_(log_, report_, step_),
          erasure_(log_, rewriter_, report_, progress_) {}

    Result<CompactionReport> run() {
        BATPAK_TRY(const Manifest manifest, rewriter_.begin());
        report_.segments_before = report_.segments_after = manifest.sealed.size();
        report_.bytes_before = report_.bytes_after = store::bytes_of(manifest.sealed);
        // Its intent is in force, so its payloads must go whatever is asked for now (INV K5).
        BATPAK_TRY(const bool finished, erasure_.finish());
        if (!report_.stopped) BATPAK_CHECK(run_order(finished));
        BATPAK_ASSERT(report_.segments_made <= report_.segments_merged);
        return report_;
    }

private:
    Result<void> run_order(bool finished);

    bool step(std::uint64_t bytes) {
        progress_.bytes += bytes;
        // While a segment is proved, step(0) only asks whether to stop.
        if (bytes > 0 && order_.progress) order_.progress(progress_);
        return !order_.stop.stop_requested() && side_.is_usable();
    }

    void count_sealed(const Manifest& manifest) {
        BATPAK_ASSERT(manifest.sealed.size() >= report_.segments_after);
        BATPAK_ASSERT(store::bytes_of(manifest.sealed) >= report_.bytes_after);
        // Segments that appends have sealed meanwhile are counted before and after, so that the
        // difference is what the compaction did.
        report_.segments_before += manifest.sealed.size() - report_.segments_after;
        report_.bytes_before += store::bytes_of(manifest.sealed) - report_.bytes_after;
        report_.segments_after = manifest.sealed.size();
        report_.bytes_after = store::bytes_of(manifest.sealed);
    }

    // All of it is in sealed segments then. Errors: CorruptFrame and its like, of a segment that
    // would have to be rewritten.
    Result<void> seal_and_prove(const SequenceSet& erased) {
        BATPAK_CHECK(engine_.run_in_order([&](store::Committer& committer) -> Result<void> {
            const bool is_active =
                erased.intersects(committer.manifest().active.first, Sequence(UINT64_MAX));
            return is_active ? committer.seal_active() : Result<void>();
        }));
        BATPAK_TRY(const Manifest manifest, rewriter_.manifest_now());
        count_sealed(manifest);
        return store::prove_segments_of(directory_, manifest, erased);
    }

    Engine& engine_;
    store::ReadSide& side_;
    StoreDirectory& directory_;
    const Order& order_;
    const store::CopyStep step_;
    LogWriter log_;
    CompactionReport report_;
    CopyProgress progress_;
    store::SegmentRewriter rewriter_;
    store::Erasure erasure_;
};

// Also beside an erasure that waits for a snapshot: it goes on with the new segments.
template <>
Result<void> CompactionRun<Merge>::run_order(bool) {
    BATPAK_TRY(const Manifest manifest, rewriter_.manifest_now());
    // What appends have sealed since the report was begun is planned with, and so it counts.
    count_sealed(manifest);
    BATPAK_TRY(const std::vector<MergeGroup> groups,
               store::plan_merge(directory_, manifest, order_));
    for (const MergeGroup& group : groups) progress_.bytes_total += store::bytes_of(group);
    for (const MergeGroup& group : groups) {
        report_.stopped = order_.stop.stop_requested();
        if (report_.stopped) break;
        BATPAK_TRY(const bool merged, rewriter_.rewrite(group, {}));
        report_.stopped = !merged;
        if (!merged) break;
        report_.segments_merged += group.size();
        report_.segments_made += 1;
    }
    return {};
}

// Nothing is changed until all of it was found, read and proved.
template <>
Result<void> CompactionRun<Tombstone>::run_order(bool finished) {
    BATPAK_TRY(const std::vector<SequenceSet> choices,
               store::choose_payloads(engine_.side(), order_, ranges_max(engine_.config())));
    if (choices.empty()) return {};
    if (!finished) {
        return fail(Error(ErrorCode::CompactionRunning,
                          "an erasure before this one waits for a snapshot that is being made: "
                          "nothing was erased, do it again when that has ended")
                        .at(directory_.path()));
    }
    BATPAK_ASSERT(!report_.erasure_pending);  // one at a time (INV K5)
    for (const SequenceSet& erased : choices) BATPAK_CHECK(seal_and_prove(erased));
    for (const SequenceSet& erased : choices) {
        report_.stopped = order_.stop.stop_requested();
        if (report_.stopped) break;
        BATPAK_TRY(const bool done, erasure_.erase(erased, order_.reason));
        if (!done) break;
    }
    return {};
}

template <class Order>
Result<CompactionReport> run_compaction(Engine& engine, const Order& order) {
    const CancellationBlock no_cancellation;
    BATPAK_CHECK(engine.side()->check());
    const std::unique_lock running(engine.compaction(), std::try_to_lock);
    if (!running) {
        return fail(Error(ErrorCode::CompactionRunning,
                          "another call compacts this store: wait until it has ended")
                        .at(engine.side()->directory().path()));
    }
    return CompactionRun<Order>(engine, order).run();
}

Result<CompactionReport> plan_order(const StoreConfig& store, const Merge& merge) {
    BATPAK_CHECK(store.validate());
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(store));
    return store::over_compaction(*directory, [&]() -> Result<CompactionReport> {
        BATPAK_TRY(const std::optional<Manifest> manifest, directory->look_at_manifest());
        if (!manifest) return fail(Error(ErrorCode::NotAStore).at(store.directory()));
        BATPAK_TRY(const std::vector<MergeGroup> groups,
                   store::plan_merge(*directory, *manifest, merge));
        CompactionReport report = store::report_of_plan(*manifest, groups);
        if (manifest->prune && manifest->prune->is_pending)
            report.erasure_pending = manifest->prune->intent;
        return report;
    });
}

Result<CompactionReport> plan_order(const StoreConfig& store, const Tombstone& tombstone) {
    BATPAK_CHECK(store::check_tombstone(tombstone));
    BATPAK_TRY(const std::unique_ptr<store::Refresher> refresher, store::Refresher::open(store));
    const std::shared_ptr<store::ReadSide> side = refresher->side();
    BATPAK_TRY(const std::vector<store::SequenceSet> choices,
               store::choose_payloads(side, tombstone, ranges_max(store)));
    BATPAK_TRY(const std::optional<store::Manifest> manifest, side->directory().look_at_manifest());
    if (!manifest) return fail(Error(ErrorCode::NotAStore).at(store.directory()));
    CompactionReport report;
    report.segments_before = report.segments_after = manifest->sealed.size();
    for (const store::SealedSegment& segment : manifest->sealed) {
        report.bytes_before += segment.bytes;
        const bool is_concerned = std::ranges::any_of(choices, [&](const auto& erased) {
            return erased.intersects(segment.first, segment.end);
        });
        if (is_concerned) ++report.segments_rewritten;
    }
    // How much shorter a segment gets is known only once it is written.
    report.bytes_after = report.bytes_before;
    for (const store::SequenceSet& erased : choices) report.events_erased += erased.size();
    report.erasure_pending = side->report().erasure_pending;
    return report;
}

}  // namespace

Result<CompactionReport> Store::compact(const Compaction& order) {
    if (order.tombstone() != nullptr) {
        BATPAK_CHECK(store::check_tombstone(*order.tombstone()));
        return run_compaction(*engine_, *order.tombstone());
    }
    const Merge& merge = order.merge() != nullptr ? *order.merge() : Merge{};
    BATPAK_CHECK(store::check_merge(merge));
    return run_compaction(*engine_, merge);
}

Result<CompactionReport> plan_compaction(const StoreConfig& store, const Compaction& order) {
    if (order.tombstone() != nullptr) return plan_order(store, *order.tombstone());
    return plan_order(store, order.merge() != nullptr ? *order.merge() : Merge{});
}

}  // namespace batpak
