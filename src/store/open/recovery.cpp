// The steps of an open, in order:
//
//     MANIFEST -> every listed segment is there, whole and its own -> files that are not listed
//       -> the active segment: leading index parts, then a scan of the rest
//       -> recovery_table.hpp decides about its end
//
// and then, for the writer, and if nothing refused the store: leftovers are removed, the tail is
// cut, if so decided, and what is to be called durable is synced (INV R2, R5). A number that a file
// says is compared with what is there before anything is read by it (INV R6). An open that is cut
// short anywhere is an open that did less: the next one finds the same log (INV R5).
#include "store/open/recovery.hpp"

#include <algorithm>
#include <unordered_set>

#include "batpak/base/assert.hpp"
#include "batpak/event/hash_chain.hpp"
#include "store/frame/limits.hpp"
#include "store/log/live_scan.hpp"
#include "store/log/reach.hpp"
#include "store/log/segment_scan.hpp"

namespace batpak::store {
namespace {

// An error of reading stays one of reading: only what was read can be judged.
Result<SegmentHeader> read_header(File& file, std::uint64_t id) {
    std::array<std::byte, SegmentHeader::kBytes> bytes;
    BATPAK_TRY(const std::size_t got, file.read_at(0, bytes));
    if (got < bytes.size()) {
        return fail(
            Error(ErrorCode::CorruptSegment, "it ends inside its header").at(segment_place(id)));
    }
    auto header = SegmentHeader::decode(bytes);
    if (!header) return fail(std::move(header).error().at(segment_place(id)));
    return header;
}

class Recovery {
public:
    explicit Recovery(const RecoveryParts& parts) : parts_(parts) {}

    // In this order, because each step asks only what the ones before have proved: no frame is read
    // under a header that is not its own, and the end is judged when everything that could testify
    // has been heard.
    Result<RecoveredLog> run() {
        BATPAK_CHECK(read_manifest());
        BATPAK_CHECK(check_sealed_segments());
        BATPAK_CHECK(open_active());
        BATPAK_CHECK(check_unlisted_segments());
        BATPAK_CHECK(take_leading_parts());
        BATPAK_CHECK(scan_active());
        BATPAK_CHECK(settle_end());
        if (log_.next < parts_.config.expect_at_least()) {
            return fail(
                Error(ErrorCode::RolledBack, "the store has " + to_string(log_.next) +
                                                 " events and should have at least " +
                                                 to_string(parts_.config.expect_at_least()) +
                                                 ": this is an older copy")
                    .at(parts_.directory.path()));
        }
        add_active_run();
        log_.report.end = log_.next;
        log_.report.was_closed = log_.ends_with_mark;
        log_.report.segments = log_.manifest.sealed.size() + 1;
        return std::move(log_);
    }

private:
    // What the MANIFEST says of hashes binds every later open: a build that cannot compute them may
    // read, and must not append.
    Result<void> read_manifest() {
        BATPAK_TRY(std::optional<Manifest> manifest, parts_.directory.read_manifest());
        if (manifest) {
            log_.manifest = *std::move(manifest);
            if (log_.manifest.has_hashes && !hashing_built_in() && parts_.directory.writable()) {
                return fail(Error(ErrorCode::Unsupported,
                                  "the store carries hashes and this batpak was built without "
                                  "BLAKE3: open it read-only, or with a full build"));
            }
            if (!log_.manifest.has_hashes && parts_.config.hash_chain().value_or(false)) {
                return fail(Error(ErrorCode::Unsupported,
                                  "hashes are asked for, and the store was made without: open it "
                                  "without with_hash_chain(true), or make another and copy the "
                                  "events")
                                .at(parts_.directory.path()));
            }
            return {};
        }
        return create();
    }

    // A store is there once its MANIFEST is. A crash on the way leaves a segment without events,
    // which is begun again.
    Result<void> create() {
        if (!parts_.directory.writable()) {
            return fail(Error(ErrorCode::NotAStore, "the directory holds no MANIFEST")
                            .at(parts_.directory.path()));
        }
        BATPAK_TRY(const StoreDirectory::SegmentNames names, parts_.directory.list_segments());
        BATPAK_CHECK(require_no_events(names.ids));
        BATPAK_CHECK(require_no_copy(names.temporary));
        for (const std::uint64_t id : names.ids) {
            BATPAK_CHECK(parts_.directory.remove_segment_file(segment_file_name(id)));
        }
        Entropy& entropy = *parts_.config.environment().entropy;
        LogId log_id;
        entropy.fill(log_id.bytes);
        log_.manifest = {.generation = 1,
                         .has_hashes = parts_.config.hash_chain().value_or(hashing_built_in()),
                         .eras = {{Sequence(0), log_id}},
                         .sealed = {},
                         .active = {1, Sequence(0)}};
        SegmentHeader header{
            .log_id = log_id, .segment_id = 1, .has_hashes = log_.manifest.has_hashes};
        entropy.fill(header.salt);
        const std::uint64_t reserve =
            SegmentWriter::reserve_target(SegmentHeader::kBytes, 0, parts_.config.segment_bytes());
        BATPAK_TRY(const std::unique_ptr<File> segment,
                   parts_.directory.create_segment(header, reserve));
        BATPAK_CHECK(parts_.directory.write_manifest(log_.manifest));
        log_.report.outcome = OpenReport::Outcome::Created;
        return {};
    }

    // Whether the header belongs to the segment that the MANIFEST lists under this id.
    Result<void> check_header(const SegmentHeader& header, std::uint64_t id, Sequence first) const {
        const Manifest& manifest = log_.manifest;
        const bool own = header.era < manifest.eras.size() &&
                         header.log_id == manifest.eras[header.era].log_id &&
                         header.segment_id == id && header.first == first &&
                         header.has_hashes == manifest.has_hashes;
        if (own) return {};
        return fail(Error(ErrorCode::ForeignSegment,
                          "its header belongs to another segment or another store: restore it from "
                          "a backup")
                        .at(segment_place(id)));
    }

    // By size and header alone. What is inside was synced before the MANIFEST called it sealed, and
    // is proved when it is read; so an open does not cost a pass over the log.
    Result<void> check_sealed_segments() {
        for (const SealedSegment& sealed : log_.manifest.sealed) {
            BATPAK_TRY(const std::unique_ptr<File> file,
                       parts_.directory.open_segment(sealed.id, OpenMode::ReadOnly));
            BATPAK_TRY(const FileStat stat, file->stat());
            if (stat.size_bytes != sealed.bytes) {
                return fail(Error(ErrorCode::LostDurableEvents,
                                  "it has " + std::to_string(stat.size_bytes) +
                                      " bytes and should have " + std::to_string(sealed.bytes) +
                                      ": restore it from a backup" + std::string(kCopyHint))
                                .at(segment_place(sealed.id))
                                .at_sequence(sealed.first));
            }
            BATPAK_TRY(const SegmentHeader header, read_header(*file, sealed.id));
            BATPAK_CHECK(check_header(header, sealed.id, sealed.first));
            const LogRun run{header, sealed.first, sealed.end, SegmentHeader::kBytes, sealed.bytes};
            log_.snapshot.runs.push_back(std::make_shared<RunHandle>(run, parts_.indexes));
        }
        return {};
    }

    // Locked before it is looked into, so that no other writer changes it by another name meanwhile
    // (INV L1).
    Result<void> open_active() {
        const ActiveSegment& active = log_.manifest.active;
        BATPAK_TRY(active_file_, parts_.directory.open_segment(active.id, OpenMode::ReadOnly));
        if (parts_.directory.writable()) BATPAK_CHECK(parts_.directory.lock_segment(active.id));
        BATPAK_TRY(log_.active_header, read_header(*active_file_, active.id));
        return check_header(log_.active_header, active.id, active.first);
    }

    Result<void> check_unlisted_segments() {
        BATPAK_TRY(StoreDirectory::SegmentNames names, parts_.directory.list_segments());
        log_.report.ignored = std::move(names.unknown);
        const std::unordered_set<std::uint64_t> known = known_ids();
        std::erase_if(names.ids, [&](std::uint64_t id) { return known.contains(id); });
        // A rotation that was cut short leaves the segment it was about to begin, without events. A
        // reader may see one that a writer is beginning right now, and events of it if the MANIFEST
        // was read before it named it: the next look knows better (Refresher::look).
        BATPAK_CHECK(require_no_events(names.ids));
        if (!parts_.directory.writable()) return {};
        log_.leftovers = std::move(names.temporary);
        for (const std::uint64_t id : names.ids) log_.leftovers.push_back(segment_file_name(id));
        return {};
    }

    // Those of which the MANIFEST says what they are, or that they are gone.
    std::unordered_set<std::uint64_t> known_ids() const {
        const Manifest& manifest = log_.manifest;
        std::unordered_set<std::uint64_t> ids(manifest.gone.begin(), manifest.gone.end());
        for (const SealedSegment& sealed : manifest.sealed) ids.insert(sealed.id);
        ids.insert(manifest.active.id);
        return ids;
    }

    // Of segments that the MANIFEST does not list, if there is one.
    Result<void> require_no_events(std::span<const std::uint64_t> ids) const {
        for (const std::uint64_t id : ids) {
            BATPAK_TRY(const std::unique_ptr<File> file,
                       parts_.directory.open_segment(id, OpenMode::ReadOnly));
            // A segment gets its name when its header is durable: what has none is somebody else's.
            BATPAK_TRY(const bool is_empty, has_header_and_zeros(*file, id));
            if (is_empty) continue;
            const bool is_lost = log_.manifest.generation == 0;
            const std::string detail =
                is_lost ? "it holds data, and MANIFEST and MANIFEST.copy are gone: restore one of "
                          "them from a backup that is as new as the segments"
                        : "it holds data and the MANIFEST does not list it: the MANIFEST is an "
                          "older copy, or the file does not belong here";
            return fail(Error(ErrorCode::UnlistedSegment, detail + std::string(kCopyHint))
                            .at(segment_place(id)));
        }
        return {};
    }

    // Segments of a copy get their names when all of them are there. What was cut short before that
    // is no place for a new store, which would look as if the copy had no events. The first segment
    // of a store that was cut short itself has nothing behind its header.
    Result<void> require_no_copy(std::span<const std::string> temporary) const {
        for (const std::string& name : temporary) {
            BATPAK_TRY(const std::unique_ptr<File> file, parts_.directory.open_temporary(name));
            BATPAK_TRY(const bool is_empty, has_zeros_behind_header(*file));
            if (is_empty) continue;
            return fail(Error(ErrorCode::UnlistedSegment,
                              "it holds data and there is no MANIFEST: a copy was cut short here; "
                              "remove what it left, or choose another directory")
                            .at("segments/" + name));
        }
        return {};
    }

    static Result<bool> has_header_and_zeros(File& file, std::uint64_t id) {
        const Result<SegmentHeader> header = read_header(file, id);
        if (!header && header.error().code() == ErrorCode::Io) return fail(header.error());
        if (!header || header->segment_id != id) return false;
        return has_zeros_behind_header(file);
    }

    static Result<bool> has_zeros_behind_header(File& file) {
        BATPAK_TRY(const FileStat stat, file.stat());
        WindowReader reader(file, kScanWindowBytes);
        for (std::uint64_t at = SegmentHeader::kBytes; at < stat.size_bytes;) {
            BATPAK_TRY(BytesView bytes, reader.at(at, kScanWindowBytes));
            if (bytes.empty()) break;
            if (!are_zeros(bytes)) return false;
            at += bytes.size();
        }
        return true;
    }

    // What a clean close left indexed need not be scanned.
    Result<void> take_leading_parts() {
        start_ = {SegmentHeader::kBytes, log_.active_header.first};
        BATPAK_TRY(const auto parts, parts_.indexes.leading_parts(log_.active_header));
        // Behind the parts: a writer beside this reader may have grown the file, and then written
        // a part of what is in it.
        BATPAK_TRY(const FileStat stat, active_file_->stat());
        active_bytes_ = stat.size_bytes;
        for (const std::shared_ptr<const IndexPart>& part : parts) {
            const PartBinding& binding = part->binding();
            if (binding.end_offset > active_bytes_) {
                // The part was written after what it covers was synced. So events are gone from the
                // file that were durable: that counts as testimony.
                indexed_beyond_ = true;
                break;
            }
            BATPAK_TRY(const Standing standing, parts_.indexes.standing_of(*part));
            if (standing != Standing::Holds && standing != Standing::Damaged) {
                // What it covers was durable once: fewer events than that would be a loss.
                indexed_end_ = binding.end;
                break;
            }
            const LogRun run{log_.active_header, binding.first, binding.end, binding.start_offset,
                             binding.end_offset};
            BATPAK_ASSERT(run.first == start_.next && run.start_offset == start_.offset);
            BATPAK_ASSERT(run.end >= run.first && run.end_offset >= run.start_offset);
            log_.snapshot.runs.push_back(std::make_shared<RunHandle>(run, part, parts_.indexes));
            start_ = {binding.end_offset, binding.end};
        }
        return {};
    }

    // A writer is alone with the file and scans it once. A reader may see it grow or be cut, and
    // scans until it looks whole or stays the same twice (INV I6).
    Result<void> scan_active() {
        BATPAK_CHECK(reach(injector(), InjectionPoint::BeforeScan));
        log_.active_index = std::make_shared<MemoryIndex>(start_.next, parts_.key_hash);
        const auto add = [&](const Frame& frame, std::uint64_t offset) -> Result<void> {
            log_.active_index->add(indexed_event(frame, offset));
            return {};
        };
        if (parts_.directory.writable()) {
            BATPAK_TRY(end_,
                       scan_segment(*active_file_, active_bytes_, log_.active_header, start_, add));
            BATPAK_TRY(testimony_, testimony_behind());
        } else {
            BATPAK_TRY(const LiveScan scan,
                       scan_beside_writer(*active_file_, log_.active_header, start_, add));
            end_ = scan.end;
            active_bytes_ = scan.file_bytes;
            const bool is_indexed = indexed_beyond_ || end_.next < indexed_end_;
            testimony_ = is_indexed ? Testimony::Yes : scan.testimony;
        }
        BATPAK_ASSERT(end_.next >= start_.next && end_.offset >= start_.offset);
        BATPAK_ASSERT(log_.active_index->end() == end_.next);
        log_.report.frames_scanned = end_.next.value - start_.next.value;
        return {};
    }

    // Everything that the table is asked for is in `found`. What else is set here describes the end
    // and decides nothing.
    Result<void> settle_end() {
        const TailCase found{SegmentRole::Active, end_.behind, end_.open_batch, testimony_};
        log_.next = end_.next;
        log_.active_end = end_.offset;
        log_.scan_begin = start_.offset;
        log_.heads = end_.heads;
        log_.testified_end = std::max(end_.durable_end, start_.next);
        log_.testified_offset = testified_offset();
        const bool nothing_scanned = end_.offset == start_.offset;
        log_.ends_with_mark =
            end_.ends_with_mark || (nothing_scanned && start_.offset > SegmentHeader::kBytes);
        switch (decide(found)) {
            case Verdict::Clean: return {};
            case Verdict::CutTail: return cut_tail();
            case Verdict::RefuseLost:
                return fail(refusal(ErrorCode::LostDurableEvents,
                                    "events that were acknowledged as durable are damaged: restore "
                                    "the segment from a backup, or save what is whole with `batpak "
                                    "salvage`; nothing was changed"));
            case Verdict::RefuseCorrupt:
                return fail(refusal(ErrorCode::CorruptSegment,
                                    "a frame contradicts what comes before it: restore the segment "
                                    "from a backup, or save what is whole with `batpak salvage`; "
                                    "nothing was changed"));
        }
        BATPAK_UNREACHABLE();
    }

    // The start of the last event that is testified for, so that what begins a batch behind it, and
    // a mark, are behind the offset too. What an index part covers was synced before it was
    // written.
    std::uint64_t testified_offset() const {
        if (log_.testified_end == start_.next) return start_.offset;
        BATPAK_ASSERT(log_.testified_end <= end_.next);
        BATPAK_ASSERT(log_.testified_end > start_.next);
        const std::uint64_t scanned = log_.testified_end.value - start_.next.value;
        return log_.active_index->frame_offset(static_cast<std::uint32_t>(scanned - 1));
    }

    Error refusal(ErrorCode code, std::string detail) const {
        return Error(code, std::move(detail))
            .at(segment_place(log_.active_header.segment_id))
            .at_offset(end_.offset)
            .at_sequence(end_.next);
    }

    Result<Testimony> testimony_behind() {
        if (indexed_beyond_ || end_.next < indexed_end_) return Testimony::Yes;
        if (end_.behind != Behind::Damage) return Testimony::No;
        return find_testimony(*active_file_, active_bytes_, log_.active_header, end_.offset,
                              end_.next);
    }

    Result<void> cut_tail() {
        BATPAK_ASSERT(end_.offset >= SegmentHeader::kBytes && end_.offset < active_bytes_);
        BATPAK_ASSERT(testimony_ == Testimony::No);  // (INV R4)
        log_.report.cut = CutTail{.segment_id = log_.active_header.segment_id,
                                  .offset = end_.offset,
                                  .bytes = active_bytes_ - end_.offset,
                                  .first_sequence = end_.next,
                                  .saved_to = {}};
        log_.report.outcome = OpenReport::Outcome::Recovered;
        return {};
    }

    FaultInjector* injector() const { return parts_.config.environment().faults.get(); }

    void add_active_run() {
        const LogRun run{log_.active_header, start_.next, end_.next, start_.offset, end_.offset};
        log_.snapshot.runs.push_back(std::make_shared<RunHandle>(
            run, std::shared_ptr<const MemoryIndex>(log_.active_index), parts_.indexes));
    }

    const RecoveryParts& parts_;
    RecoveredLog log_;
    std::unique_ptr<File> active_file_;
    std::uint64_t active_bytes_ = 0;
    bool indexed_beyond_ = false;
    Sequence indexed_end_;
    ScanStart start_;
    ScanEnd end_;
    Testimony testimony_ = Testimony::No;
};

// Writes [begin, end) of the file again. The same bytes in the same places: a crash in between
// leaves what was there.
Result<void> rewrite(File& file, std::uint64_t begin, std::uint64_t end) {
    BATPAK_ASSERT(begin <= end);
    WindowReader reader(file, kScanWindowBytes);
    while (begin < end) {
        BATPAK_TRY(const BytesView bytes,
                   reader.at(begin, std::min<std::uint64_t>(end - begin, kScanWindowBytes)));
        if (bytes.empty()) return fail(Error(ErrorCode::Io, "the segment shrank").at_offset(begin));
        BATPAK_CHECK(file.write_at(begin, bytes));
        begin += bytes.size();
    }
    return {};
}

// Keeps a copy of the tail that recover() decided to cut, and cuts it. The copy first, durably.
// After that a crash leaves the tail, which the next open cuts, or the file without it.
Result<void> cut_tail(StoreDirectory& directory, File& segment, CutTail& cut,
                      FaultInjector* injector) {
    BATPAK_CHECK(reach(injector, InjectionPoint::BeforeTailCut));
    const std::uint64_t end = cut.offset + cut.bytes;
    auto saved = directory.save_tail(cut.segment_id, segment, cut.offset, end);
    if (!saved && saved.error().code() == ErrorCode::DiskFull) {
        return fail(Error(ErrorCode::DiskFull,
                          "no room to keep a copy of the unfinished end of the log: free " +
                              std::to_string(cut.bytes) + " bytes and open again")
                        .at("lost/")
                        .with_os_error(saved.error().os_error()));
    }
    if (!saved) return fail(std::move(saved).error());
    cut.saved_to = *std::move(saved);
    BATPAK_CHECK(segment.resize(cut.offset));
    BATPAK_CHECK(segment.sync(SyncMode::All));
    return reach(injector, InjectionPoint::AfterTailCut);
}

// Removes what a compaction that was cut short has left, and says so in the MANIFEST. Where there
// is no room to say so, or a file cannot be removed, the next open has as much to do.
Result<void> finish_compaction(const RecoveryParts& parts, Manifest& manifest) {
    StoreDirectory& directory = parts.directory;
    if (manifest.gone.empty() || directory.manifest_needs_repair()) return {};
    if (!directory.remove_gone(manifest)) return {};
    const Manifest next = manifest.without_gone();
    if (next.gone == manifest.gone) return {};
    if (!directory.prepare_manifest(next)) return {};
    BATPAK_CHECK(directory.adopt_manifest(next));
    manifest = next;
    parts.indexes.remove_unlisted_parts(manifest);
    return {};
}

// What an open changes before it takes up the active segment. What is removed is derived, left
// over, or kept under lost/: an open that ends in the middle has lost nothing.
Result<std::unique_ptr<File>> put_in_order(const RecoveryParts& parts, RecoveredLog& log) {
    StoreDirectory& directory = parts.directory;
    const std::uint64_t id = log.active_header.segment_id;
    BATPAK_CHECK(directory.make_index_folder());
    for (const std::string& name : log.leftovers) {
        BATPAK_CHECK(directory.remove_segment_file(name));
    }
    BATPAK_TRY(const std::unique_ptr<File> found, directory.open_segment(id, OpenMode::ReadOnly));
    BATPAK_TRY(const bool separated, directory.separate_segment(id, *found));
    if (separated) parts.files.forget(id);
    BATPAK_TRY(std::unique_ptr<File> file, directory.open_segment(id, OpenMode::ReadWrite));
    if (log.report.cut) {
        BATPAK_CHECK(
            cut_tail(directory, *file, *log.report.cut, parts.config.environment().faults.get()));
    }
    if (directory.manifest_needs_repair()) BATPAK_CHECK(directory.repair_manifest(log.manifest));
    BATPAK_CHECK(finish_compaction(parts, log.manifest));
    return file;
}

}  // namespace

Result<RecoveredLog> recover(const RecoveryParts& parts) {
    Clock& clock = *parts.config.environment().clock;
    const std::chrono::nanoseconds started = clock.monotonic();
    BATPAK_TRY(RecoveredLog log, Recovery(parts).run());
    log.report.took = clock.monotonic() - started;
    return log;
}

Result<std::unique_ptr<SegmentWriter>> open_for_append(const RecoveryParts& parts,
                                                       RecoveredLog& log) {
    FaultInjector* const injector = parts.config.environment().faults.get();
    BATPAK_TRY(std::unique_ptr<File> file, put_in_order(parts, log));
    BATPAK_CHECK(reach(injector, InjectionPoint::BeforeTakeUp));
    BATPAK_TRY(const FileStat stat, file->stat());
    if (stat.size_bytes < log.active_end) {
        return fail(Error(ErrorCode::Io, "the segment shrank while it was opened")
                        .at(segment_place(log.active_header.segment_id))
                        .at_offset(stat.size_bytes));
    }
    // What index parts cover was synced before they were written. What the scan found behind them
    // may be in the page cache only: before it is called durable, it is. After a failed sync the
    // cache even calls clean what is not on the disk, so that one more sync would write nothing: it
    // is written again (INV R7). And where no reserved space is left, a process may have cut off
    // what it had failed to write, and died before the sync: it must not come back.
    const bool may_be_cut_in_cache = stat.size_bytes == log.active_end;
    if (log.testified_offset < log.active_end || may_be_cut_in_cache) {
        BATPAK_CHECK(rewrite(*file, log.testified_offset, log.active_end));
        BATPAK_CHECK(file->sync(SyncMode::All));
    }
    BATPAK_TRY(SegmentPlace place,
               parts.directory.hold_segment(log.active_header.segment_id, *file));
    auto writer =
        std::make_unique<SegmentWriter>(std::move(file), log.active_header, log.active_end,
                                        stat.size_bytes, parts.config.segment_bytes(), injector);
    BATPAK_CHECK(writer->hold(std::move(place)));
    return writer;
}

}  // namespace batpak::store
