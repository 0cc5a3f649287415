// A copy is made in this order, and is no store until its last step (INV K1):
//
//     each segment, unnamed: bytes, proof, sync, or a second name of a file of the previous
//       snapshot, or of the source
//       -> all their names, durably -> SNAPSHOT, if it is one -> an empty segment to go on with
//       -> MANIFEST
//
// What ends early, by an error, a stop or a crash, leaves no MANIFEST. The source is only read, and
// may be appended to meanwhile: nothing before the moment's end changes.
#include "store/copy/log_copy.hpp"

#include <algorithm>
#include <memory>
#include <span>

#include "batpak/base/assert.hpp"
#include "store/copy/destination.hpp"
#include "store/copy/segment_copy.hpp"

namespace batpak::store {
namespace {

// A snapshot whose files are shared.
struct Previous {
    std::unique_ptr<StoreDirectory> directory;
    SnapshotRecord record;
};

// Nothing if none was named.
Result<std::optional<Previous>> open_previous(const CopyOrder& order,
                                              const Environment& environment) {
    if (order.previous.empty()) return std::optional<Previous>();
    std::optional<Previous> previous(std::in_place);
    BATPAK_TRY(previous->directory, StoreDirectory::open_for_reading(
                                        StoreConfig(order.previous).with_environment(environment)));
    BATPAK_TRY(std::optional<SnapshotRecord> record, read_record(*previous->directory));
    if (!record) {
        return fail(Error(ErrorCode::InvalidArgument, "the previous one is no snapshot")
                        .at(order.previous));
    }
    previous->record = *std::move(record);
    return previous;
}

class LogCopy {
public:
    // Borrows: all of it. `previous` may be null.
    LogCopy(StoreDirectory& source, const LogMoment& moment, const CopyOrder& order,
            const Previous* previous, StoreDirectory& target, Entropy& entropy)
        : source_(source),
          order_(order),
          previous_(previous),
          target_(target),
          entropy_(entropy),
          active_id_(moment.manifest.active.id),
          segments_(moment.segments()),
          manifest_(manifest_of(moment)) {
        BATPAK_ASSERT(!order.shares_source || (order.new_log && previous == nullptr));
        record_.log_id = moment.manifest.log_id();
        record_.end = moment.end;
        for (const SealedSegment& segment : segments_) {
            ids_.push_back(segment.id);
            progress_.bytes_total += segment.bytes;
        }
        ids_.push_back(manifest_.active.id);
    }

    // What is not whole must not be in the way of another try.
    ~LogCopy() {
        if (is_made_) return;
        target_.drop_copy(ids_);
    }
    LogCopy(const LogCopy&) = delete;
    LogCopy& operator=(const LogCopy&) = delete;

    Result<SnapshotReport> run() {
        BATPAK_TRY(is_made_, make());
        if (is_made_) return report();
        return SnapshotReport{.log_id = manifest_.log_id(), .stopped = true};
    }

private:
    // What the copy's MANIFEST will say. What was active in the source is sealed in the copy, at
    // the moment's end: so all of the copy is proved by sizes that its MANIFEST says.
    Manifest manifest_of(const LogMoment& moment) const {
        Manifest manifest = moment.manifest;
        ++manifest.generation;
        manifest.gone.clear();  // what is not part of the log is not copied
        manifest.sealed = segments_;
        std::uint64_t last = 0;
        for (const SealedSegment& segment : segments_) last = std::max(last, segment.id);
        manifest.active = {std::max(last + 1, moment.manifest.active.id), moment.end};
        if (order_.new_log) manifest.eras.push_back({moment.end, *order_.new_log});
        return manifest;
    }

    // False if it was stopped.
    Result<bool> make() {
        for (const SealedSegment& segment : segments_) {
            BATPAK_TRY(const bool copied, copy(segment));
            if (!copied) return false;
        }
        if (order_.stop.stop_requested()) return false;
        BATPAK_CHECK(target_.name_segment_copies(std::span(ids_).first(segments_.size())));
        std::ranges::sort(record_.segments, {}, &SnapshotRecord::Segment::id);
        if (order_.is_snapshot)
            BATPAK_CHECK(target_.write_snapshot_record(as_bytes(record_.to_text())));
        SegmentHeader header{.log_id = manifest_.log_id(),
                             .segment_id = manifest_.active.id,
                             .first = manifest_.active.first,
                             .era = manifest_.era(),
                             .has_hashes = manifest_.has_hashes};
        entropy_.fill(header.salt);
        BATPAK_CHECK(target_.create_segment(header, SegmentHeader::kBytes));
        BATPAK_CHECK(target_.write_manifest(manifest_));
        return true;
    }

    Result<bool> copy(const SealedSegment& segment) {
        BATPAK_TRY(const std::unique_ptr<File> from,
                   source_.open_segment(segment.id, OpenMode::ReadOnly));
        BATPAK_TRY(const bool shared, share(segment, *from));
        if (shared) return advance(segment.bytes);
        BATPAK_TRY(const std::unique_ptr<File> to, target_.begin_segment_copy(segment.id));
        const auto step = [this](std::uint64_t bytes) { return advance(bytes); };
        BATPAK_TRY(const std::optional<CopiedSegment> copied,
                   copy_segment(*from, segment, *to, step));
        if (!copied) return false;
        const SnapshotRecord::Segment made{segment.id, segment.bytes, copied->header.salt,
                                           copied->hash};
        BATPAK_CHECK(check_expected(made));
        record_.segments.push_back(made);
        return true;
    }

    // So many more bytes are there. Whether to go on.
    bool advance(std::uint64_t bytes) {
        progress_.bytes += bytes;
        BATPAK_ASSERT(progress_.bytes <= progress_.bytes_total);
        if (order_.progress) order_.progress(progress_);
        return !order_.stop.stop_requested();
    }

    // Whose files may become files of the copy, and what must be in them, where a record says it.
    struct Sharing {
        StoreDirectory& from;
        const SnapshotRecord* record;
    };
    // In the source, what is appended to is nobody else's; a segment that is sealed is never
    // written to again, and what a compaction replaces keeps its other names.
    std::optional<Sharing> sharing_of(const SealedSegment& segment) const {
        if (previous_ != nullptr) return Sharing{*previous_->directory, &previous_->record};
        const bool is_whole = segment.id != active_id_;
        if (order_.shares_source && is_whole) return Sharing{source_, order_.expected};
        return std::nullopt;
    }

    // Gives the file that has the same segment and no other bytes a second name. A salt is random,
    // so no two segments have one. A file that rotted is not taken where a record tells: a copy
    // would be as damaged as it is, though the source may not be; and the copy says what is wrong.
    Result<bool> share(const SealedSegment& segment, File& source) {
        const std::optional<Sharing> sharing = sharing_of(segment);
        if (!sharing) return false;
        BATPAK_TRY(const SegmentHeader header, header_of(source, segment));
        const SnapshotRecord::Segment* had = nullptr;
        if (sharing->record != nullptr) {
            had = sharing->record->find(segment.id);
            if (had == nullptr || had->bytes != segment.bytes || had->salt != header.salt)
                return false;
        }
        const auto linked = target_.link_segment_copy(sharing->from, segment.id);
        if (!linked && linked.error().code() == ErrorCode::Unsupported) return false;
        if (!linked) return fail(linked.error());
        BATPAK_TRY(const FileStat stat, (*linked)->stat());
        const auto found = header_of(**linked, segment);
        const bool is_it = found && *found == header && stat.size_bytes == segment.bytes;
        if (!is_it && previous_ != nullptr) {
            return fail(Error(ErrorCode::CorruptSnapshot,
                              "a file of the previous snapshot is not the one that it was made "
                              "with: make this one without it")
                            .at(segment_place(segment.id)));
        }
        if (!is_it) return false;
        if (had != nullptr) {
            BATPAK_TRY(const bool is_as_made, has_bytes_of(*had, **linked, header, segment));
            if (!is_as_made) return false;
            record_.segments.push_back(*had);
        }
        bytes_shared_ += segment.bytes;
        return true;
    }

    // Whether the file still has the bytes that its record was made of: by the hash, or, where
    // there is none, by the frames.
    Result<bool> has_bytes_of(const SnapshotRecord::Segment& had, File& file,
                              const SegmentHeader& header, const SealedSegment& segment) const {
        const auto go_on = [this](std::uint64_t) { return !order_.stop.stop_requested(); };
        BATPAK_TRY(const auto hash, hash_of_file(file, segment.bytes, go_on));
        if (hash && had.hash) return *hash == *had.hash;
        const auto proved = prove_frames(file, header, segment);
        if (!proved && proved.error().error_class() == ErrorClass::Io) return fail(proved.error());
        return proved.has_value();
    }

    // A part of a segment has another hash than the whole; its frames were checked.
    Result<void> check_expected(const SnapshotRecord::Segment& made) const {
        if (order_.expected == nullptr) return {};
        const SnapshotRecord::Segment* const expected = order_.expected->find(made.id);
        const bool is_part = expected != nullptr && made.bytes < expected->bytes;
        const bool has_hashes = expected != nullptr && expected->hash && made.hash;
        const bool fits = expected != nullptr && made.salt == expected->salt &&
                          made.bytes <= expected->bytes &&
                          (is_part || !has_hashes || *made.hash == *expected->hash);
        if (fits) return {};
        return fail(Error(ErrorCode::CorruptSnapshot,
                          "the file is not the one that the snapshot was made with: use another "
                          "snapshot")
                        .at(segment_place(made.id)));
    }

    SnapshotReport report() const {
        BATPAK_ASSERT(is_made_ && bytes_shared_ <= progress_.bytes_total);
        return {.log_id = manifest_.log_id(),
                .end = record_.end,
                .segments = segments_.size(),
                .bytes = progress_.bytes_total,
                .bytes_shared = bytes_shared_,
                .stopped = false};
    }

    StoreDirectory& source_;
    const CopyOrder& order_;
    const Previous* const previous_;
    StoreDirectory& target_;
    Entropy& entropy_;
    const std::uint64_t active_id_;  // in the source
    const std::vector<SealedSegment> segments_;
    std::vector<std::uint64_t> ids_;  // of these, and of the one to go on with
    const Manifest manifest_;
    SnapshotRecord record_;
    CopyProgress progress_;
    std::uint64_t bytes_shared_ = 0;
    bool is_made_ = false;
};

}  // namespace

// That the destination is not inside the store is asked first, before anything is made there.
Result<SnapshotReport> copy_log(StoreDirectory& source, const LogMoment& moment,
                                const StoreConfig& destination, const CopyOrder& order) {
    const Environment& environment = destination.environment();
    const std::uint64_t any_segment = moment.manifest.active.id;
    BATPAK_CHECK(require_outside(*environment.files, destination.directory(), source, any_segment));
    BATPAK_TRY(const std::optional<Previous> previous, open_previous(order, environment));
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> target,
               StoreDirectory::open_for_copy(destination));
    const Previous* const shared = previous ? &*previous : nullptr;
    auto report = LogCopy(source, moment, order, shared, *target, *environment.entropy).run();
    target->unlock();
    return report;
}

}  // namespace batpak::store
