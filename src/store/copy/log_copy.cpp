#include "store/copy/log_copy.hpp"

#include <algorithm>
#include <memory>
#include <span>

#include "batpak/base/assert.hpp"
#include "store/copy/destination.hpp"
#include "store/copy/segment_copy.hpp"

namespace batpak::store {
namespace {

class LogCopy {
public:
    LogCopy(StoreDirectory& source, const LogMoment& moment, const CopyOrder& order,
            StoreDirectory& target, Entropy& entropy)
        : source_(source),
          order_(order),
          target_(target),
          entropy_(entropy),
          segments_(moment.segments()),
          manifest_(manifest_of(moment)) {
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
    // What the copy's MANIFEST will say.
    Manifest manifest_of(const LogMoment& moment) const {
        Manifest manifest = moment.manifest;
        ++manifest.generation;
        manifest.sealed = segments_;
        const std::uint64_t last = segments_.empty() ? 0 : segments_.back().id;
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
        BATPAK_TRY(const std::unique_ptr<File> to, target_.begin_segment_copy(segment.id));
        const auto step = [this](std::uint64_t bytes) {
            progress_.bytes += bytes;
            if (order_.progress) order_.progress(progress_);
            return !order_.stop.stop_requested();
        };
        BATPAK_TRY(const std::optional<CopiedSegment> copied,
                   copy_segment(*from, segment, *to, step));
        if (!copied) return false;
        const SnapshotRecord::Segment made{segment.id, segment.bytes, copied->header.salt,
                                           copied->hash};
        BATPAK_CHECK(check_expected(made));
        record_.segments.push_back(made);
        return true;
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
                        .at("segments/" + segment_file_name(made.id)));
    }

    SnapshotReport report() const {
        return {.log_id = manifest_.log_id(),
                .end = record_.end,
                .segments = segments_.size(),
                .bytes = progress_.bytes_total,
                .stopped = false};
    }

    StoreDirectory& source_;
    const CopyOrder& order_;
    StoreDirectory& target_;
    Entropy& entropy_;
    const std::vector<SealedSegment> segments_;
    std::vector<std::uint64_t> ids_;  // of these, and of the one to go on with
    const Manifest manifest_;
    SnapshotRecord record_;
    CopyProgress progress_;
    bool is_made_ = false;
};

}  // namespace

Result<SnapshotReport> copy_log(StoreDirectory& source, const LogMoment& moment,
                                const StoreConfig& destination, const CopyOrder& order) {
    const Environment& environment = destination.environment();
    const std::uint64_t any_segment = moment.manifest.active.id;
    BATPAK_CHECK(require_outside(*environment.files, destination.directory(), source, any_segment));
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> target,
               StoreDirectory::open_for_copy(destination));
    auto report = LogCopy(source, moment, order, *target, *environment.entropy).run();
    target->unlock();
    return report;
}

}  // namespace batpak::store
