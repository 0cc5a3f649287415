// A look is taken in this order, so that what is compared last was there all the time before (INV
// I6):
//
//     recover() -> the witness -> the heads of all frames once more -> the witness once more
//       -> the MANIFEST once more: equal, or what a writer makes of it
//
// If anything differs, the files moved, and the look is thrown away. What looks damaged is believed
// only if the next look refuses in the same words.
#include "store/open/refresher.hpp"

#include <algorithm>
#include <ranges>

#include "batpak/base/assert.hpp"
#include "batpak/store/read_only_store.hpp"
#include "store/log/live_scan.hpp"

namespace batpak::store {
namespace {

// While files are copied into the place of a store each look may see another moment. A writer alone
// never makes two looks in a row differ in what they refuse.
constexpr int kLooksMax = 64;

// Whether a writer that began with the first manifest may have come to the second by rotation
// alone: what was sealed stays so, and the next segment to be sealed is the one that was active.
bool goes_on(const Manifest& before, const Manifest& after) {
    const std::size_t sealed = before.sealed.size();
    if (after.eras != before.eras || after.prune != before.prune || after.sealed.size() < sealed)
        return false;
    if (!std::equal(before.sealed.begin(), before.sealed.end(), after.sealed.begin())) return false;
    if (after.sealed.size() == sealed) return after.active == before.active;
    BATPAK_ASSERT(after.sealed.size() > sealed);
    const SealedSegment& next = after.sealed[sealed];
    return next.id == before.active.id && next.first == before.active.first;
}

// By what the log that was recovered is known again, if it was read from `file`. `is_joined` is
// cleared if no frames lead from the last event that an index part knows to the part's end: the
// marks between are damaged, or the file is another than the part was read for.
Result<Witness> witness_of(File& file, const RecoveredLog& log, bool& is_joined) {
    Witness witness{.segment = log.active_header};
    if (log.heads.count() > 0) {
        witness.offset = log.heads.last_offset();
        witness.head = log.heads.last();
        return witness;
    }
    const auto& runs = log.snapshot.runs;
    if (runs.size() < 2) return witness;
    const RunHandle& part = *runs[runs.size() - 2];
    const LogRun& run = part.run();
    if (run.header != log.active_header || run.first == run.end) return witness;
    // After the last event of a part stand marks.
    BATPAK_TRY(const std::uint64_t last_event, part.ask([&](const Index& index) {
        return index.frame_offset(static_cast<std::uint32_t>(run.end.value - run.first.value - 1));
    }));
    BATPAK_TRY(const auto heads, heads_between(file, last_event, run.end_offset));
    is_joined = heads.has_value();
    if (heads) {
        witness.offset = heads->last_offset();
        witness.head = heads->last();
        return witness;
    }
    witness.offset = last_event;
    BATPAK_CHECK(file.read_at(witness.offset, witness.head));
    return witness;
}

// All that was recovered, before it is shown.
Pin pin_of(const RecoveredLog& log) {
    return {std::make_shared<const Snapshot>(log.snapshot), log.next,
            std::min(log.testified_end, log.next)};
}

const RunHandle& run_at(const Snapshot& snapshot, Sequence sequence) {
    BATPAK_ASSERT(!snapshot.runs.empty());
    return *snapshot.runs[snapshot.run_of(sequence)];
}

// Where an event stands, and the front half of its id, as the index of its run says.
struct KnownEvent {
    std::uint32_t offset = 0;
    std::uint64_t id_order = 0;

    friend bool operator==(const KnownEvent&, const KnownEvent&) = default;
};

Result<KnownEvent> known_at(const RunHandle& run, Sequence sequence) {
    BATPAK_ASSERT(sequence >= run.first());
    const auto ordinal = static_cast<std::uint32_t>(sequence.value - run.first().value);
    return run.ask([&](const Index& index) {
        return KnownEvent{index.frame_offset(ordinal), index.id_order_at(ordinal)};
    });
}

// Whether a compaction may have put the one segment in the place of the other.
bool may_replace(const SegmentHeader& now, const SegmentHeader& before) {
    return now.segment_id > before.segment_id && now.first <= before.first &&
           now.log_id == before.log_id && now.era == before.era;
}

// Whether an index that was in use knows the event as one of this id. Where there is none, nothing
// of the old file is known that could be compared.
bool is_remembered(const RunHandle& run, Sequence sequence, std::uint64_t id_order) {
    BATPAK_ASSERT(sequence >= run.first());
    const Index* const index = run.known_index();
    if (index == nullptr || index->damage() != nullptr) return false;
    const auto ordinal = static_cast<std::uint32_t>(sequence.value - run.first().value);
    return index->id_order_at(ordinal) == id_order && !index->is_lost();
}

// Whether the same event stands in both logs. Requires: both have one there.
Result<bool> is_same_event(const Snapshot& before, const Snapshot& after, Sequence sequence) {
    const RunHandle& old_run = run_at(before, sequence);
    const RunHandle& new_run = run_at(after, sequence);
    const bool is_same_segment = old_run.run().header == new_run.run().header;
    if (!is_same_segment && !may_replace(new_run.run().header, old_run.run().header)) return false;
    // An index that was never asked for is made of what the files hold now.
    const Result<KnownEvent> known = is_same_segment ? known_at(old_run, sequence) : KnownEvent{};
    if (!known) return false;
    BATPAK_TRY(const KnownEvent now, known_at(new_run, sequence));
    return is_same_segment ? *known == now : is_remembered(old_run, sequence, now.id_order);
}

// Of the last event before the run that is appended to, if there is one that is known.
std::optional<std::uint64_t> last_id_before(const Snapshot& snapshot) {
    BATPAK_ASSERT(!snapshot.runs.empty());
    const Sequence end = snapshot.runs.back()->first();
    if (end == Sequence(0)) return std::nullopt;
    const Sequence last(end.value - 1);
    const auto order = run_at(snapshot, last).ask([&](const Index& index) {
        const auto ordinal = static_cast<std::uint32_t>(last.value - index.first().value);
        return index.damage() != nullptr ? std::nullopt : std::optional(index.id_order_at(ordinal));
    });
    return order.value_or(std::nullopt);
}

// How far two logs are the same. Salts are random, so all before the last segment that both have
// is; and no log that has an event had others before it. From the first event that differs on, all
// do: a writer takes back the end of a log, never a part before it. So the border can be searched
// for by halves.
Result<Sequence> common_end_of(const Snapshot& before, const Snapshot& after, Sequence end) {
    Sequence low;
    for (const auto& handle : before.runs | std::views::reverse) {
        const SegmentHeader& header = handle->run().header;
        const Sequence first = handle->first();
        bool is_common = run_at(after, first).run().header == header;
        low = is_common ? header.first : first;
        if (!is_common && first < end) {
            BATPAK_TRY(is_common, is_same_event(before, after, first));
        }
        if (is_common) break;
        low = Sequence(0);
    }
    BATPAK_ASSERT(low <= before.runs.back()->first());
    Sequence high = std::max(end, low);
    while (low < high) {
        const Sequence middle(low.value + (high.value - low.value) / 2);
        BATPAK_TRY(const bool same, is_same_event(before, after, middle));
        if (same) {
            low = middle.next();
        } else {
            high = middle;
        }
    }
    BATPAK_ASSERT(low == high);
    return std::min(low, end);
}

}  // namespace

Result<std::unique_ptr<Refresher>> Refresher::open(const StoreConfig& config) {
    BATPAK_CHECK(config.validate());
    BATPAK_TRY(std::unique_ptr<StoreDirectory> directory, StoreDirectory::open_for_reading(config));
    auto side = std::make_shared<ReadSide>(std::move(directory), config);
    std::unique_ptr<Refresher> refresher(new Refresher(config, std::move(side)));
    BATPAK_TRY(Look look, refresher->look());
    refresher->side_->take_up(look.log.snapshot, look.log.manifest.log_id(),
                              look.log.manifest.has_hashes, look.log.report);
    refresher->side_->take_up_eras(look.log.manifest.eras);
    BATPAK_CHECK(load_erasures(pin_of(look.log), refresher->side_, look.log.manifest.prune, false));
    const std::optional<Prune>& prune = look.log.manifest.prune;
    if (prune && prune->is_pending) refresher->side_->report_erasure(prune->intent);
    const MutexLock lock(refresher->mutex_);
    refresher->shown_ = std::move(look);
    refresher->publish();
    return refresher;
}

// Two looks in a row that refuse in the same words are believed. One that does not refuse is
// believed by itself, if frames lead to its witness: nothing moved from its first step to its last.
Result<Refresher::Look> Refresher::look() {
    std::string refused;
    std::optional<Witness> unsure;
    for (int looks = 0; looks < kLooksMax; ++looks) {
        Result<std::optional<Look>> look = look_once();
        if (look && *look) {
            const bool is_sure = (*look)->is_joined || (*look)->witness == unsure;
            if (is_sure) return **std::move(look);
            unsure = (*look)->witness;
        }
        if (look) continue;
        // What is really damaged is so the next time as well.
        std::string words = look.error().to_string();
        if (words == refused) return fail(std::move(look).error());
        refused = std::move(words);
    }
    return fail(Error(ErrorCode::Io, "the files change all the time: refresh() later")
                    .at(side_->directory().path()));
}

// Files that are kept open are let go of first: under their names may be others by now. A look that
// fails is an error of the store as it is; a look during which something moved is none at all.
Result<std::optional<Refresher::Look>> Refresher::look_once() {
    side_->files().forget_all();
    StoreDirectory& directory = side_->directory();
    Look look;
    BATPAK_TRY(look.log,
               recover({config_, directory, side_->files(), side_->indexes(), side_->key_hash()}));
    const RecoveredLog& log = look.log;
    BATPAK_TRY(const std::unique_ptr<File> file,
               directory.open_segment(log.active_header.segment_id, OpenMode::ReadOnly));
    BATPAK_TRY(look.active, file->stat());
    BATPAK_TRY(look.witness, witness_of(*file, log, look.is_joined));
    BATPAK_TRY(const auto heads, heads_between(*file, log.scan_begin, log.active_end));
    BATPAK_TRY(const bool stands, still_stands(*file, look.witness));
    BATPAK_TRY(const std::optional<Manifest> manifest, directory.read_manifest());
    if (log.active_index->first() == log.next) look.last_id = last_id_before(log.snapshot);
    const bool moved =
        !heads || *heads != log.heads || !stands || !manifest || !goes_on(log.manifest, *manifest);
    if (moved) return std::optional<Look>();
    return std::optional(std::move(look));
}

// The short way first: as long as the MANIFEST is the same, only the active segment can have grown,
// and what it has grown by is scanned. Whatever is odd about that takes the long way of an open.
Result<Sequence> Refresher::refresh() {
    BATPAK_CHECK(side_->check());
    const MutexLock lock(mutex_);
    corrected_from_.reset();
    const Result<std::optional<Manifest>> manifest = side_->directory().read_manifest();
    const bool same = manifest && *manifest && **manifest == shown_.log.manifest;
    const bool scanned = same && scan_on().value_or(false);
    if (!scanned) {
        BATPAK_TRY(Look now, look());
        BATPAK_CHECK(take_up(std::move(now)));
    }
    publish();
    return side_->ends().visible();
}

// A copy must not hold what a power cut may still take from the log. The sync is this reader's own:
// it changes no byte, and what it makes durable is what the writer is about to. Looked at
// afterwards, so that what the writer took back meanwhile is not copied. Not before testified_end,
// which lags one frame: a backup would lack the last event that was acknowledged. So a sync is
// believed that may write nothing, after one of the writer that failed (INV K1).
Result<LogMoment> Refresher::moment() {
    BATPAK_CHECK(side_->check());
    const MutexLock lock(mutex_);
    const RecoveredLog& log = shown_.log;
    const Result<std::optional<Manifest>> manifest = side_->directory().look_at_manifest();
    const bool is_other = manifest && *manifest && !goes_on(log.manifest, **manifest);
    if (is_other) return moment_elsewhere();
    const std::uint64_t id = log.active_header.segment_id;
    BATPAK_TRY(const std::unique_ptr<File> file,
               side_->directory().open_segment(id, OpenMode::ReadOnly));
    if (log.testified_end < log.next) BATPAK_CHECK(file->sync(SyncMode::Data));
    BATPAK_TRY(const bool stands, still_stands(*file, shown_.witness));
    if (!stands) return fail(log_was_replaced());
    return LogMoment{log.manifest, log.next, log.active_end};
}

Error Refresher::log_was_replaced() const {
    return Error(ErrorCode::RolledBack, "the log is not the one that was shown: refresh()")
        .at(side_->directory().path());
}

// The segments that are shown were compacted: the same events are copied from where they are now.
Result<LogMoment> Refresher::moment_elsewhere() {
    const Sequence end = shown_.log.next;
    BATPAK_TRY(const Look now, look());
    BATPAK_TRY(const Sequence common, common_end(now));
    const bool is_same_log = now.log.manifest.log_id() == side_->log_id() && common == end;
    if (!is_same_log) return fail(log_was_replaced());
    const RecoveredLog& log = now.log;
    Manifest manifest = log.manifest;
    BATPAK_TRY(manifest.prune, prune_before(pin_of(log), side_, manifest.prune, end));
    BATPAK_TRY(const std::unique_ptr<File> file,
               side_->directory().open_segment(log.active_header.segment_id, OpenMode::ReadOnly));
    if (log.testified_end < end) BATPAK_CHECK(file->sync(SyncMode::Data));
    BATPAK_TRY(const bool stands, still_stands(*file, now.witness));
    if (!stands) return fail(log_was_replaced());
    return moment_before(side_->directory(), {manifest, log.next, log.active_end}, end);
}

std::optional<Sequence> Refresher::corrected_from() {
    const MutexLock lock(mutex_);
    return corrected_from_;
}

// The active segment is still the same: its new frames go on where the last scan ended. False if
// it is not, or if what lies after them wants the full judgement of a recovery.
Result<bool> Refresher::scan_on() {
    RecoveredLog& log = shown_.log;
    BATPAK_TRY(const std::unique_ptr<File> file,
               side_->directory().open_segment(log.active_header.segment_id, OpenMode::ReadOnly));
    BATPAK_TRY(const FileStat stat, file->stat());
    const bool same_file = stat.inode == shown_.active.inode && stat.device == shown_.active.device;
    if (!same_file || is_index_ahead_) return false;
    bool added = false;
    const auto add = [&added, &index = *log.active_index](const Frame& frame,
                                                          std::uint64_t offset) -> Result<void> {
        added = true;
        index.add(indexed_event(frame, offset));
        return {};
    };
    const ScanStart start{log.active_end, log.next};
    is_index_ahead_ = true;  // until the scan has said otherwise, whatever ends it
    auto scanned = scan_beside_writer(*file, log.active_header, start, add);
    is_index_ahead_ = added;
    BATPAK_TRY(const LiveScan scan, std::move(scanned));
    const bool is_clear =
        scan.testimony == Testimony::No && scan.end.behind != Behind::Contradiction;
    if (!is_clear) return false;
    // Only now, so that what the witness stands for stood while the frames after it were read.
    BATPAK_TRY(const auto heads, heads_between(*file, start.offset, scan.end.offset));
    BATPAK_TRY(const bool stands, still_stands(*file, shown_.witness));
    if (!heads || *heads != scan.end.heads || !stands) return false;
    if (heads->count() > 0) {
        shown_.witness.offset = heads->last_offset();
        shown_.witness.head = heads->last();
    }
    BATPAK_ASSERT(scan.end.offset >= log.active_end && scan.end.next >= log.next);
    BATPAK_ASSERT(log.active_index->end() == scan.end.next);
    log.active_end = scan.end.offset;
    log.next = scan.end.next;
    log.testified_end = std::max(log.testified_end, scan.end.durable_end);
    is_index_ahead_ = false;
    return true;
}

// Three cases, from the worst: another store, durable events gone, events gone that were never
// durable. Only the last one changes what is shown.
Result<void> Refresher::take_up(Look look) {
    const auto rolled_back = [this](const char* detail, Sequence from) {
        return fail(
            Error(ErrorCode::RolledBack, detail).at(side_->directory().path()).at_sequence(from));
    };
    const Manifest& manifest = look.log.manifest;
    if (manifest.log_id() != side_->log_id() || manifest.has_hashes != side_->has_hashes()) {
        return rolled_back("another store has taken the place of this one: open it again",
                           Sequence(0));
    }
    BATPAK_TRY(const Sequence common, common_end(look));
    BATPAK_ASSERT(common <= side_->ends().visible() && common <= look.log.next);
    if (common < side_->ends().durable()) {
        return rolled_back(
            "events that were durable are not there any more, from this one on: the "
            "files are an older copy, or one that went on in another way: open the "
            "store again",
            common);
    }
    // Before anything else of this look is shown.
    BATPAK_CHECK(load_erasures(pin_of(look.log), side_, manifest.prune, true));
    if (common < side_->ends().visible()) {
        corrected_from_ = common;
        side_->correct(common, look.log.snapshot);
    } else {
        side_->snapshots().set(look.log.snapshot);
    }
    shown_ = std::move(look);
    is_index_ahead_ = false;
    return {};
}

Result<Sequence> Refresher::common_end(const Look& look) {
    const Snapshot& now = look.log.snapshot;
    const Sequence end = std::min(side_->ends().visible(), look.log.next);
    const SegmentHeader segment = shown_.witness.segment;
    const bool is_listed = std::ranges::any_of(
        now.runs, [&](const auto& handle) { return handle->run().header == segment; });
    BATPAK_TRY(const bool stands, still_stands(side_->directory(), shown_.witness));
    if (is_listed && stands) return end;
    BATPAK_TRY(const bool has_last, has_last_event(now, end));
    if (has_last) return end;
    return common_end_of(shown_.log.snapshot, now, end);
}

// Whether the last event that was shown stands in its place, whatever segment that is in now.
Result<bool> Refresher::has_last_event(const Snapshot& now, Sequence end) {
    const RecoveredLog& log = shown_.log;
    if (end == Sequence(0) || end != log.next) return false;
    const Sequence last(end.value - 1);
    const Sequence first = log.active_index->first();
    std::optional<std::uint64_t> known = shown_.last_id;
    if (last >= first) {
        known = log.active_index->id_order_at(static_cast<std::uint32_t>(last.value - first.value));
    }
    if (!known) return false;
    BATPAK_TRY(const KnownEvent found, known_at(run_at(now, last), last));
    return found.id_order == *known;
}

// What was once called durable stays so, also where the frames of this look testify for less: that
// those events are all still there, take_up() has made sure.
void Refresher::publish() {
    const Sequence visible = shown_.log.next;
    const Sequence durable =
        std::max(std::min(shown_.log.testified_end, visible), side_->ends().durable());
    BATPAK_ASSERT(durable <= visible);
    side_->set_witness(shown_.witness);
    side_->ends().publish(visible, durable);
    side_->arrivals().announce(visible);
}

}  // namespace batpak::store

namespace batpak {

Result<ReadOnlyStore> ReadOnlyStore::open(const StoreConfig& config) {
    BATPAK_TRY(std::unique_ptr<store::Refresher> refresher, store::Refresher::open(config));
    auto side = refresher->side();
    return ReadOnlyStore(std::move(side), std::move(refresher));
}

ReadOnlyStore::ReadOnlyStore(std::shared_ptr<store::ReadSide> side,
                             std::unique_ptr<store::Refresher> refresher)
    : StoreReads(std::move(side)), refresher_(std::move(refresher)) {
    BATPAK_ASSERT(refresher_ != nullptr);
}
ReadOnlyStore::ReadOnlyStore(ReadOnlyStore&&) noexcept = default;
ReadOnlyStore& ReadOnlyStore::operator=(ReadOnlyStore&& other) noexcept {
    if (this != &other) {
        end_waits();
        StoreReads::operator=(std::move(other));
        refresher_ = std::move(other.refresher_);
    }
    return *this;
}
ReadOnlyStore::~ReadOnlyStore() { end_waits(); }

// Nobody refreshes any more, so nothing arrives. A child after fork() has no waiters.
void ReadOnlyStore::end_waits() noexcept {
    if (refresher_ && side_->check()) side_->arrivals().close();
}

Result<Sequence> ReadOnlyStore::refresh() { return refresher_->refresh(); }
std::optional<Sequence> ReadOnlyStore::corrected_from() const {
    if (side_->forked()) return std::nullopt;
    return refresher_->corrected_from();
}

}  // namespace batpak
