// A damaged file is replaced in the order in which any file of a store is: the new one whole and
// durable under a temporary name, then the name. A power cut leaves the damaged one or the new one.
#include "batpak/store/repair.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "batpak/event/hash_chain.hpp"
#include "batpak/store/scrub.hpp"
#include "store/copy/segment_copy.hpp"
#include "store/copy/snapshot_record.hpp"
#include "store/frame/frame_heads.hpp"
#include "store/log/segment_scan.hpp"
#include "store/log/store_directory.hpp"
#include "store/salvage/disk_error.hpp"

namespace batpak {
namespace {

using store::SealedSegment;
using store::SegmentHeader;
using store::SnapshotRecord;
using store::StoreDirectory;

bool never_stops(std::uint64_t) { return true; }

class Repair {
public:
    // Borrows: config, directories.
    Repair(const StoreConfig& config, StoreDirectory& target, StoreDirectory& source,
           store::Manifest manifest, SnapshotRecord record)
        : config_(config),
          target_(target),
          source_(source),
          manifest_(std::move(manifest)),
          record_(std::move(record)) {}

    // Replaces sealed segments alone: no copy has the segment that is appended to as it was.
    // A file that the disk cannot read is as damaged as one that reads wrong. One that the caller
    // may not read is not judged, and that is known before anything is replaced.
    Result<RepairReport> run() {
        std::vector<std::pair<SealedSegment, Error>> damaged;
        for (const SealedSegment& segment : manifest_.sealed) {
            ++report_.segments;
            auto whole = check(segment);
            if (whole) continue;
            if (!store::is_damage(whole.error())) return fail(std::move(whole).error());
            damaged.emplace_back(segment, std::move(whole).error());
        }
        BATPAK_ASSERT(report_.segments == manifest_.sealed.size());
        BATPAK_TRY(std::optional<Error> active, damage_of_active());
        for (const auto& [segment, damage] : damaged) replace(segment, damage);
        if (active) report_.damaged.push_back(*std::move(active));
        return std::move(report_);
    }

private:
    // A torn tail, of which nothing says that it was durable, is none.
    Result<std::optional<Error>> damage_of_active() const {
        const std::optional<Error> whole;
        if (manifest_.has_hashes && !hashing_built_in()) return whole;
        const store::ActiveSegment& active = manifest_.active;
        BATPAK_TRY(const ScrubReport report, scrub(config_, {.from = active.first}));
        const std::string place = store::segment_place(active.id);
        const auto found = std::ranges::find(report.damage, place, &Error::place);
        const bool is_found = found != report.damage.end();
        if (!is_found && report.lost.empty()) return whole;
        const std::string what = is_found ? ": " + found->to_string() : "";
        return std::optional(
            Error(is_found ? found->code() : ErrorCode::LostDurableEvents,
                  "it is damaged, and the segment that is appended to is not replaced: restore "
                  "the snapshot, or salvage the store" +
                      what)
                .at(place)
                .at_sequence(report.lost.empty() ? active.first : report.lost.front().first));
    }

    // Whether the file is the segment that the MANIFEST lists, and whole.
    Result<void> check(const SealedSegment& segment) const {
        BATPAK_TRY(const std::unique_ptr<File> file,
                   target_.open_segment(segment.id, OpenMode::ReadOnly));
        return check(*file, segment);
    }

    Result<void> check(File& file, const SealedSegment& segment) const {
        BATPAK_TRY(const SegmentHeader header, check_header(file, segment));
        return store::prove_frames(file, header, segment);
    }

    Result<SegmentHeader> check_header(File& file, const SealedSegment& segment) const {
        BATPAK_TRY(const FileStat stat, file.stat());
        if (stat.size_bytes != segment.bytes) {
            return fail(Error(ErrorCode::LostDurableEvents, "it has another size than it should")
                            .at(store::segment_place(segment.id)));
        }
        BATPAK_TRY(const SegmentHeader header, store::header_of(file, segment));
        const bool is_own = header.era < manifest_.eras.size() &&
                            header.log_id == manifest_.eras[header.era].log_id &&
                            header.has_hashes == manifest_.has_hashes;
        if (!is_own) {
            return fail(Error(ErrorCode::ForeignSegment, "it is a segment of another log")
                            .at(store::segment_place(segment.id)));
        }
        return header;
    }

    // Replaces the file, or says in the report why not: what was done before is never lost with it.
    void replace(const SealedSegment& segment, const Error& damage) {
        auto repaired = put_in_place(segment);
        if (repaired) {
            report_.repaired.push_back(*std::move(repaired));
            return;
        }
        target_.drop_segment_copy(segment.id);
        const Error& why = repaired.error();
        const bool is_refused = why.error_class() == ErrorClass::Refused;
        const std::string detail =
            is_refused ? "the snapshot cannot help: " : "it was not replaced: ";
        report_.damaged.push_back(
            Error(damage.code(), "it is damaged, and " + detail + why.to_string())
                .at(store::segment_place(segment.id))
                .at_sequence(segment.first));
    }

    Result<RepairedSegment> put_in_place(const SealedSegment& segment) {
        BATPAK_TRY(const std::unique_ptr<File> replacement, find(segment));
        BATPAK_TRY(const std::unique_ptr<File> copy, target_.begin_segment_copy(segment.id));
        BATPAK_TRY(const std::optional<store::CopiedSegment> copied,
                   store::copy_segment(*replacement, segment, *copy, never_stops));
        BATPAK_ASSERT(copied);
        BATPAK_CHECK(check_copied(*copied, segment));
        RepairedSegment repaired{.id = segment.id};
        // A second name for the damaged file, before the new one takes the first: what can still be
        // read of it is never lost with it.
        BATPAK_TRY(repaired.saved_to, target_.keep_segment(segment.id));
        BATPAK_CHECK(target_.name_segment_copies(std::array{segment.id}));
        return repaired;
    }

    // The bytes that were copied are those that the snapshot was made of.
    Result<void> check_copied(const store::CopiedSegment& copied,
                              const SealedSegment& segment) const {
        const SnapshotRecord::Segment* const had = record_.find(segment.id);
        BATPAK_ASSERT(had != nullptr);  // find() refused what is not in the record
        const bool has_hashes = copied.hash && had->hash;
        if (copied.header.salt == had->salt && (!has_hashes || *copied.hash == *had->hash))
            return {};
        return fail(ErrorCode::CorruptSnapshot, "its file was changed since it was made");
    }

    // The snapshot's file of this segment, unless something speaks against it. Its frames are
    // proved when it is copied.
    Result<std::unique_ptr<File>> find(const SealedSegment& segment) const {
        const SnapshotRecord::Segment* const had = record_.find(segment.id);
        if (had == nullptr || had->bytes != segment.bytes) {
            return fail(Error(ErrorCode::CorruptSnapshot,
                              had == nullptr ? "it was made before the segment was there"
                                             : "it was made before the segment was full"));
        }
        BATPAK_TRY(std::unique_ptr<File> file,
                   source_.open_segment(segment.id, OpenMode::ReadOnly));
        BATPAK_CHECK(check_header(*file, segment));
        BATPAK_CHECK(compare(segment, *file));
        return file;
    }

    // What is damaged has nothing to compare. What only could not be read just now might have.
    static Result<void> unless_damage(const Error& error) {
        return store::is_damage(error) ? Result<void>() : fail(error);
    }

    // What can be read of the damaged file has the same frames as the other.
    Result<void> compare(const SealedSegment& segment, File& other) const {
        const auto damaged = target_.open_segment(segment.id, OpenMode::ReadOnly);
        if (!damaged) return unless_damage(damaged.error());
        const auto stat = (*damaged)->stat();
        if (!stat) return unless_damage(stat.error());
        BATPAK_TRY(const SegmentHeader header, store::header_of(other, segment));
        // No frame checks out with another salt: the scan below would see none that differs.
        const auto own = store::header_of(**damaged, segment);
        bool is_same = !own || own->salt == header.salt;
        const auto visit = [&](const store::Frame&, std::uint64_t offset) -> Result<void> {
            store::FrameHead here{};
            store::FrameHead there{};
            BATPAK_CHECK((*damaged)->read_at(offset, here));
            BATPAK_CHECK(other.read_at(offset, there));
            is_same = is_same && here == there;
            return {};
        };
        const std::uint64_t end = std::min(stat->size_bytes, segment.bytes);
        if (end > SegmentHeader::kBytes) {
            // Where the disk cannot read it the scan ends.
            const auto scanned = store::scan_past_damage(
                **damaged, header, {SegmentHeader::kBytes, segment.first}, {end, segment.end},
                visit, [](std::uint64_t, std::uint64_t) {});
            if (!scanned) BATPAK_CHECK(unless_damage(scanned.error()));
        }
        if (is_same) return {};
        return fail(ErrorCode::ForeignSegment, "its file has other events");
    }

    const StoreConfig& config_;
    StoreDirectory& target_;
    StoreDirectory& source_;
    const store::Manifest manifest_;
    const SnapshotRecord record_;
    RepairReport report_;
};

}  // namespace

Result<RepairReport> repair(const StoreConfig& store, const std::string& snapshot) {
    const CancellationBlock no_cancellation;
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> source,
               StoreDirectory::open_for_reading(
                   StoreConfig(snapshot).with_environment(store.environment())));
    BATPAK_TRY(std::optional<SnapshotRecord> record, store::read_record(*source));
    if (!record) return fail(Error(ErrorCode::InvalidArgument, "it is no snapshot").at(snapshot));
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> target,
               StoreDirectory::open_for_writing(store.with_create_if_missing(false)));
    BATPAK_TRY(std::optional<store::Manifest> manifest, target->read_manifest());
    if (!manifest) return fail(Error(ErrorCode::NotAStore).at(store.directory()));
    // Under the writer's lock: no program appends, merges or erases while files are replaced (INV
    // L1).
    auto report = Repair(store, *target, *source, *std::move(manifest), *std::move(record)).run();
    target->unlock();
    return report;
}

}  // namespace batpak
