// In this order: the MANIFEST, if it can be read; the header of each file, a damaged one repaired
// if one byte explains it; which log it is; then the frames of each file of that log, with the walk
// that goes on after damage.
//
// A compaction may have left the files of which it made another. Both hold the same events, so that
// what is damaged in one may be whole in the other. But for files that the MANIFEST calls gone:
// what was taken out of the log on purpose must not come back.
//
// A survey keeps where things are and none of their payloads: a unit for each event alone or batch,
// and eight bytes for each event. EventJudge reads the frames again.
//
// How far the log went is also what index parts of its last segment say, as they do at an open:
// what they cover was durable when they were written.
//
// A file may hold another segment than its name says: what it holds is read, and its name is no
// witness that the segment is there which should be under it.
#include "store/salvage/survey.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "base/hash/crc32.hpp"
#include "base/hash/key_hash.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/event/payload_codec.hpp"
#include "store/erasure/prune_events.hpp"
#include "store/index/index_store.hpp"
#include "store/log/segment_files.hpp"
#include "store/salvage/disk_error.hpp"
#include "store/salvage/header_repair.hpp"
#include "store/salvage/patient_file.hpp"
#include "store/salvage/salt_search.hpp"
#include "store/salvage/segment_walk.hpp"

namespace batpak::store {
namespace {

// The batch whose events the walk is in.
struct BatchSoFar {
    Sequence first;
    std::uint32_t count = 0;
    std::vector<std::uint64_t> offsets;  // of the events that were there, from index 0 on
    std::uint32_t seen = 0;
    std::uint32_t checksum = 0;
};

// The frames of one file, to units.
class FileSurvey {
public:
    FileSurvey(Survey& survey, std::uint32_t file) : survey_(survey), file_(file) {}

    Result<void> run(File& file, const CopyStep& step, bool& stopped) {
        SurveyedFile& surveyed = survey_.files[file_];
        surveyed.damaged_from = 0;
        surveyed.content_end = SegmentHeader::kBytes;
        SegmentWalk walk(file, surveyed.bytes, surveyed.header, SegmentHeader::kBytes);
        for (;;) {
            BATPAK_TRY(const std::optional<Piece> piece, walk.next());
            if (!piece) break;
            if (piece->kind != Piece::Kind::Zeros)
                surveyed.content_end = piece->offset + piece->bytes;
            // damaged_from is for damage that no frame follows: any other lies between two frames.
            if (piece->kind == Piece::Kind::Frame) surveyed.damaged_from = 0;
            if (piece->kind == Piece::Kind::Damage) {
                surveyed.damaged_from = piece->offset;
                note(ErrorCode::CorruptFrame, std::to_string(piece->bytes) + " bytes are no frame",
                     piece->offset);
            } else if (piece->kind == Piece::Kind::Frame) {
                take(*piece);
            }
            stopped = !step(piece->bytes);
            if (stopped) return {};
        }
        close(false);
        return {};
    }

private:
    void note(ErrorCode code, std::string detail, std::uint64_t offset) {
        survey_.damage.push_back(Error(code, std::move(detail))
                                     .at(segment_place(survey_.files[file_].id))
                                     .at_offset(offset));
    }
    void raise_end(Sequence end) { survey_.end = std::max(survey_.end, end); }

    void take(const Piece& piece) {
        const Result<Frame> frame = decode_body(piece.frame.subspan(kFrameHeaderBytes));
        if (!frame) {
            note(frame.error().code(),
                 "its checksum holds and it is no frame: " + frame.error().detail(), piece.offset);
            return;
        }
        switch (frame->type) {
            // Both name the sequence that comes next: the log had all events before it, whether or
            // not they are found here. A batch that is still open in front of one never got its
            // commit.
            case FrameType::Mark:
            case FrameType::BatchBegin:
                close(false);
                raise_end(frame->sequence);
                break;
            case FrameType::Event: take_event(*frame, piece); break;
            case FrameType::BatchCommit: take_commit(*frame, piece.offset); break;
        }
    }

    void note_erasure(const EventView& event) {
        if (event.erased) survey_.without_payload.push_back(event.sequence());
        if (event.kind() != PruneIntended::kind) return;
        const Result<PruneIntended> intended = event.as<PruneIntended>();
        if (!intended) return;
        auto named = SequenceSet::decode(intended->sequences);
        if (named)
            survey_.intents.push_back({event.sequence(), *std::move(named), intended->previous});
    }

    void take_event(const Frame& frame, const Piece& piece) {
        BATPAK_ASSERT(frame.type == FrameType::Event);
        note_erasure(frame.event);
        const std::uint32_t index = frame.event.batch_index;
        const std::uint32_t count = frame.event.batch_count;
        if (count == 1) {
            close(false);
            raise_end(frame.sequence.next());
            add_unit({.first = frame.sequence, .file = file_}, {piece.offset});
            return;
        }
        if (index >= count || frame.sequence.value < index) {
            note(ErrorCode::CorruptFrame, "it cannot be a member of its batch", piece.offset);
            return;
        }
        const Sequence first(frame.sequence.value - index);
        // Only up to the batch: without its commit its own events show nothing of the end of the
        // log.
        raise_end(first);
        if (!batch_ || batch_->first != first || batch_->count != count) {
            close(false);
            batch_ = BatchSoFar{.first = first, .count = count, .offsets = {}};
        }
        // What is summed up in the end is what the commit sums up: the frames of all events, one
        // after the other (docs/FORMAT.md, "Frame").
        ++batch_->seen;
        if (index != batch_->offsets.size()) return;  // one before it is missing
        batch_->checksum = crc32(piece.frame, index == 0 ? 0 : batch_->checksum);
        batch_->offsets.push_back(piece.offset);
    }

    void take_commit(const Frame& frame, std::uint64_t offset) {
        const bool fits =
            batch_ && batch_->first == frame.sequence && batch_->count == frame.batch_count;
        const bool whole = fits && batch_->offsets.size() == batch_->count;
        if (whole && batch_->checksum != frame.batch_checksum) {
            note(ErrorCode::CorruptFrame, "the commit is not of the batch before it", offset);
            close(false);
            return;
        }
        // A commit that holds shows that its batch was in the log, even if events of it cannot be
        // read: then they are lost, and not a tail that was never finished.
        raise_end(frame.sequence.plus(frame.batch_count));
        close(whole);
    }

    // Ends the batch that is open, if there is one.
    void close(bool is_committed) {
        if (!batch_) return;
        const BatchSoFar batch = *std::exchange(batch_, std::nullopt);
        BATPAK_ASSERT(batch.offsets.size() <= batch.count);
        // Without its commit the batch may have been given up. A caller takes it only if
        // Survey::end, which later frames raise, lies past it.
        if (batch.offsets.size() == batch.count) {
            add_unit({.first = batch.first,
                      .count = batch.count,
                      .file = file_,
                      .is_committed = is_committed},
                     batch.offsets);
            return;
        }
        survey_.damage.push_back(
            Error(ErrorCode::CorruptFrame, "of a batch of " + std::to_string(batch.count) +
                                               " events " + std::to_string(batch.seen) +
                                               " can be read: it is taken whole or not at all")
                .at(segment_place(survey_.files[file_].id))
                .at_sequence(batch.first));
    }

    void add_unit(FoundUnit unit, const std::vector<std::uint64_t>& offsets) {
        BATPAK_ASSERT(file_ < survey_.files.size() && unit.count > 0);
        BATPAK_ASSERT(offsets.size() == unit.count);
        unit.place = survey_.offsets.size();
        survey_.offsets.insert(survey_.offsets.end(), offsets.begin(), offsets.end());
        survey_.units.push_back(unit);
    }

    Survey& survey_;
    const std::uint32_t file_;
    std::optional<BatchSoFar> batch_;
};

class Surveyor {
public:
    explicit Surveyor(StoreDirectory& directory) : directory_(directory) {}

    Result<Survey> run() {
        // A header can be made up only when it is known which log this is, and files of other logs
        // are told apart only when each file has a header. Extents are guessed from the files that
        // then remain.
        BATPAK_CHECK(read_manifest());
        BATPAK_CHECK(look_at_files());
        if (!manifest_) guess_log();
        for (const SurveyedFile& file : headless_) BATPAK_CHECK(give_header(file));
        drop_foreign();
        tell_misplaced();
        if (!manifest_) guess_extents();
        BATPAK_CHECK(hear_index());
        return std::move(survey_);
    }

private:
    void note(const Error& error) { survey_.damage.push_back(error); }
    static bool ends_all(const Error& error) {
        return error.code() == ErrorCode::FutureFormat || !is_damage(error);
    }

    // A writer may replace both between the two reads, so that they seem to be of two logs. What is
    // damaged stays as it is.
    Result<std::optional<Manifest>> settled_manifest(bool& is_damaged) {
        constexpr int kLooksMax = 16;
        std::optional<std::uint64_t> before;
        for (int look = 1;; ++look) {
            BATPAK_TRY(std::optional<Manifest> manifest, directory_.read_manifest());
            is_damaged = manifest && directory_.manifest_is_damaged();
            if (!is_damaged || before == manifest->generation) return manifest;
            if (look == kLooksMax) is_damaged = false;  // each time another: somebody writes it
            if (look == kLooksMax) return manifest;
            before = manifest->generation;
        }
    }

    Result<void> read_manifest() {
        bool is_damaged = false;
        auto manifest = settled_manifest(is_damaged);
        if (!manifest) {
            // What a newer batpak wrote is no damage: saved by this one, it would lack what this
            // one cannot read.
            if (ends_all(manifest.error())) return fail(manifest.error());
            note(manifest.error());
            return {};
        }
        if (!*manifest) {
            note(Error(ErrorCode::CorruptManifest, "neither it nor its copy is there")
                     .at("MANIFEST"));
            return {};
        }
        if (is_damaged)
            note(Error(ErrorCode::CorruptManifest, "it and its copy do not say the same")
                     .at("MANIFEST"));
        manifest_ = *std::move(*manifest);
        survey_.has_manifest = true;
        survey_.generation = manifest_->generation;
        survey_.prune = manifest_->prune;
        survey_.eras = manifest_->eras;
        survey_.has_hashes = manifest_->has_hashes;
        // The sealed segments were durable before the MANIFEST said so (INV W6).
        survey_.end = manifest_->active.first;
        for (const SealedSegment& sealed : manifest_->sealed)
            survey_.extents.push_back({sealed.id, sealed.first});
        survey_.extents.push_back({manifest_->active.id, manifest_->active.first});
        return {};
    }

    bool is_listed(std::uint64_t id) const {
        return std::ranges::find(survey_.extents, id, &SegmentExtent::id) != survey_.extents.end();
    }

    Result<void> look_at_files() {
        BATPAK_TRY(const StoreDirectory::SegmentNames names, directory_.list_segments());
        for (const std::string& name : names.unknown) {
            note(Error(ErrorCode::ForeignSegment, "no segment has such a name: it is not read")
                     .at("segments/" + name));
        }
        for (const std::uint64_t id : names.ids) {
            if (manifest_ && std::ranges::binary_search(manifest_->gone, id)) continue;
            BATPAK_CHECK(look_at_file(id));
        }
        std::optional<Manifest> now;
        for (const SegmentExtent& extent : survey_.extents) {
            if (std::ranges::find(names.ids, extent.id) != names.ids.end()) continue;
            if (!now) now = manifest_now();
            if (!now->lists(extent.id)) continue;
            note(Error(ErrorCode::MissingSegment, "the MANIFEST lists it, and it is not there")
                     .at(segment_place(extent.id))
                     .at_sequence(extent.first));
        }
        return {};
    }

    // A compaction beside this removes a file when no MANIFEST lists it any more.
    Manifest manifest_now() {
        BATPAK_ASSERT(manifest_.has_value());
        auto now = directory_.look_at_manifest();
        return now && *now ? **std::move(now) : *manifest_;
    }

    Result<void> look_at_file(std::uint64_t id) {
        auto file = read_header(id);
        if (file) {
            survey_.files.push_back(*std::move(file));
            return {};
        }
        if (ends_all(file.error())) return fail(file.error());
        const bool is_missing = file.error().code() == ErrorCode::MissingSegment;
        if (is_missing && manifest_ && !manifest_now().lists(id)) return {};
        note(std::move(file).error().at(segment_place(id)));
        return {};
    }

    Result<SurveyedFile> read_header(std::uint64_t id) {
        SurveyedFile surveyed{.id = id, .is_listed = is_listed(id)};
        BATPAK_TRY(std::unique_ptr<File> opened, directory_.open_segment(id, OpenMode::ReadOnly));
        const auto file = std::make_unique<PatientFile>(std::move(opened));
        BATPAK_TRY(const FileStat stat, file->stat());
        surveyed.bytes = stat.size_bytes;
        std::array<std::byte, SegmentHeader::kBytes> bytes{};
        BATPAK_TRY(const std::size_t got, file->read_at(0, bytes));
        if (got < bytes.size()) {
            headless_.push_back(surveyed);
            return fail(ErrorCode::CorruptSegment, "it ends inside its header");
        }
        auto header = SegmentHeader::decode(bytes);
        if (!header && header.error().code() == ErrorCode::CorruptSegment) {
            const std::optional<SegmentHeader> repaired = repaired_header(bytes);
            if (!repaired) {
                // It is damage either way; give_header() may still read the frames.
                headless_.push_back(surveyed);
                return fail(header.error());
            }
            note(Error(ErrorCode::CorruptSegment, "one byte of its header is wrong")
                     .at(segment_place(id)));
            header = *repaired;
        }
        if (!header) return fail(header.error());
        surveyed.header = *header;
        return surveyed;
    }

    // A file without a header is of this log if the MANIFEST lists it, or there is no MANIFEST. Its
    // salt is in its frames, and all else of the header is known.
    Result<void> give_header(SurveyedFile file) {
        if (survey_.eras.empty() || (manifest_ && !file.is_listed)) return {};
        const auto salt = find_salt_of(file);
        if (!salt) return is_damage(salt.error()) ? Result<void>() : fail(salt.error());
        const std::optional<FoundSalt>& found = *salt;
        if (!found) return {};
        const auto extent = std::ranges::find(survey_.extents, file.id, &SegmentExtent::id);
        const bool is_it = !manifest_ || may_begin_with(extent, found->first);
        const Sequence first = manifest_ && is_it ? extent->first : found->first;
        std::uint32_t era = 0;
        for (std::uint32_t i = 0; i < survey_.eras.size(); ++i) {
            if (survey_.eras[i].from <= first) era = i;
        }
        if (!manifest_) survey_.eras[era].from = std::min(survey_.eras[era].from, first);
        file.header = {.log_id = survey_.eras[era].log_id,
                       .segment_id = is_it ? file.id : 0,
                       .first = first,
                       .era = era,
                       .has_hashes = survey_.has_hashes,
                       .salt = found->salt};
        file.has_made_salt = true;
        survey_.files.push_back(file);
        return {};
    }

    Result<std::optional<FoundSalt>> find_salt_of(const SurveyedFile& file) {
        BATPAK_TRY(std::unique_ptr<File> opened,
                   directory_.open_segment(file.id, OpenMode::ReadOnly));
        PatientFile patient(std::move(opened));
        return find_salt(patient, file.bytes);
    }

    // Whether the first frame that was found, of this sequence, may be of that segment: the file
    // may hold another one.
    bool may_begin_with(std::vector<SegmentExtent>::const_iterator extent, Sequence found) const {
        const auto next = std::next(extent);
        return found >= extent->first && (next == survey_.extents.end() || found <= next->first);
    }

    // Without a MANIFEST: of each era, the log that has the most bytes here.
    void guess_log() {
        std::map<std::tuple<std::uint32_t, std::array<std::byte, 16>, bool>, std::uint64_t> bytes;
        for (const SurveyedFile& file : survey_.files) {
            // A few files of another log that were put here by mistake are outvoted, and dropped
            // later.
            bytes[{file.header.era, file.header.log_id.bytes, file.header.has_hashes}] +=
                file.bytes;
        }
        std::uint64_t most = 0;
        std::map<std::uint32_t, std::pair<std::uint64_t, LogId>> best;
        for (const auto& [log, of_log] : bytes) {
            const auto& [era, log_id, has_hashes] = log;
            auto& known = best[era];
            if (of_log > known.first) known = {of_log, LogId{log_id}};
            if (of_log > most) survey_.has_hashes = has_hashes;
            most = std::max(most, of_log);
        }
        std::multimap<Sequence, LogId> by_begin;  // of those with one begin, in the order of eras
        for (const auto& [era, log] : best) by_begin.emplace(begin_of(era, log.second), log.second);
        for (const auto& [begin, log_id] : by_begin) survey_.eras.push_back({begin, log_id});
    }

    // The first sequence of the era's files.
    Sequence begin_of(std::uint32_t era, const LogId& log_id) const {
        Sequence begin(UINT64_MAX);
        for (const SurveyedFile& file : survey_.files) {
            if (file.header.era == era && file.header.log_id == log_id)
                begin = std::min(begin, file.header.first);
        }
        return begin;
    }

    // What is of another log is not taken, whatever it holds.
    void drop_foreign() {
        const auto is_foreign = [this](const SurveyedFile& file) {
            const auto has_id = [&](const Era& era) { return era.log_id == file.header.log_id; };
            if (file.header.has_hashes == survey_.has_hashes &&
                std::ranges::any_of(survey_.eras, has_id)) {
                return false;
            }
            note(Error(ErrorCode::ForeignSegment, "it is a segment of another log: it is not read")
                     .at(segment_place(file.id)));
            return true;
        };
        std::erase_if(survey_.files, is_foreign);
        for (const SurveyedFile& file : survey_.files)
            survey_.end = std::max(survey_.end, file.header.first);
    }

    // Whether it is the segment of its name, as far as its header and the MANIFEST tell.
    bool is_in_its_place(const SurveyedFile& file) const {
        const SegmentHeader& header = file.header;
        if (header.segment_id != file.id) return false;
        const auto extent = std::ranges::find(survey_.extents, file.id, &SegmentExtent::id);
        if (extent == survey_.extents.end()) return true;
        return header.first == extent->first && header.era < survey_.eras.size() &&
               header.log_id == survey_.eras[header.era].log_id;
    }

    void tell_misplaced() {
        for (SurveyedFile& file : survey_.files) {
            if (is_in_its_place(file)) continue;
            const SegmentHeader& header = file.header;
            // 0: it has no header, and its name is not of what its frames say.
            const bool has_other_id = header.segment_id != file.id && header.segment_id != 0;
            const std::string held = has_other_id
                                         ? "segment " + std::to_string(header.segment_id)
                                         : "events from " + to_string(header.first) + " on";
            note(Error(ErrorCode::ForeignSegment,
                       "it holds " + held + " of this log, and not the segment of its name")
                     .at(segment_place(file.id)));
            file.is_listed = false;
        }
        // By a copy under another name it would come back.
        std::erase_if(survey_.files, [this](const SurveyedFile& file) {
            return manifest_ && std::ranges::binary_search(manifest_->gone, file.header.segment_id);
        });
    }

    void guess_extents() {
        for (const SurveyedFile& file : survey_.files)
            survey_.extents.push_back({file.header.segment_id, file.header.first});
        std::ranges::sort(survey_.extents, {}, [](const SegmentExtent& extent) {
            return std::pair(extent.first, extent.id);
        });
        const auto same = std::ranges::unique(survey_.extents);
        survey_.extents.erase(same.begin(), same.end());
        BATPAK_ASSERT(survey_.extents.size() <= survey_.files.size());
        const auto is_behind_all = [this](const SurveyedFile& file) {
            return std::ranges::all_of(
                survey_.extents, [&](const SegmentExtent& extent) { return extent.id < file.id; });
        };
        // A file that holds another segment, or whose header nothing could give back.
        for (const auto* const files : {&survey_.files, &headless_}) {
            for (const SurveyedFile& file : *files) {
                if (is_behind_all(file))
                    survey_.lacking = std::max(survey_.lacking.value_or(0), file.id);
            }
        }
    }

    bool has_extent(std::uint64_t id) const {
        return std::ranges::find(survey_.extents, id, &SegmentExtent::id) != survey_.extents.end();
    }

    Result<void> hear_index() {
        SegmentFiles files(directory_, 1);
        const KeyHash key_hash(0, 0);  // nothing is looked up
        IndexStore indexes(directory_, files, key_hash, 1, kIndexBlockBytes);
        const auto tells_of_the_end = [this](std::uint64_t id) {
            const bool is_last = !survey_.extents.empty() && id == survey_.extents.back().id;
            return is_last || (!manifest_ && !has_extent(id));
        };
        auto heard = indexes.bindings_of(tells_of_the_end);
        if (!heard) return is_damage(heard.error()) ? Result<void>() : fail(heard.error());
        std::erase_if(*heard, [this](const PartBinding& part) {
            return std::ranges::find(survey_.eras, part.log_id, &Era::log_id) == survey_.eras.end();
        });
        if (!survey_.extents.empty()) BATPAK_CHECK(hear_of_last(*heard));
        // Of these there is no file, and no MANIFEST that says whether there should be one.
        for (const PartBinding& part : *heard) {
            if (has_extent(part.segment_id) || part.end <= survey_.end) continue;
            survey_.end = part.end;
            note(Error(ErrorCode::LostDurableEvents,
                       "it is not there, and its index says that it had the events up to " +
                           to_string(part.end))
                     .at(segment_place(part.segment_id)));
        }
        return {};
    }

    // Whether a part of that salt is of the file, which has the salt from then on. An index knows
    // the salt itself, and frames only its checksum.
    static bool take_salt(SurveyedFile& file, const Salt& salt) {
        if (file.has_made_salt && crc32(file.header.salt) == crc32(salt)) {
            file.header.salt = salt;
            file.has_made_salt = false;
        }
        return file.header.salt == salt;
    }

    // The parts that line up from the beginning of the last segment: what they cover was durable.
    Result<void> hear_of_last(std::span<const PartBinding> parts) {
        const SegmentExtent& extent = survey_.extents.back();
        const std::optional<std::uint32_t> index = file_of(survey_, extent);
        SurveyedFile* const last = index ? &survey_.files[*index] : nullptr;
        const PartBinding* known = nullptr;
        for (const PartBinding& part : parts) {
            const Sequence first = known != nullptr ? known->end : extent.first;
            const std::uint64_t offset =
                known != nullptr ? known->end_offset : SegmentHeader::kBytes;
            const bool goes_on = part.segment_id == extent.id && part.first == first &&
                                 part.start_offset == offset && part.end >= part.first;
            if (!goes_on || (known != nullptr && part.salt != known->salt)) continue;
            if (last != nullptr && !take_salt(*last, part.salt)) continue;
            known = &part;
        }
        if (known == nullptr) return {};
        survey_.end = std::max(survey_.end, known->end);
        if (last == nullptr) return {};
        BATPAK_CHECK(look_behind_parts(*last));
        if (last->bytes >= known->end_offset) return {};
        // Perhaps no event is gone, but only what stood after the last one.
        note(Error(ErrorCode::LostDurableEvents,
                   "it has " + std::to_string(last->bytes) + " bytes, and " +
                       std::to_string(known->end_offset) + " were durable")
                 .at(segment_place(last->id)));
        return {};
    }

    // A writer beside this may have grown the file, and then written a part of what is in it.
    Result<void> look_behind_parts(SurveyedFile& last) {
        const auto file = directory_.open_segment(last.id, OpenMode::ReadOnly);
        if (!file) return is_damage(file.error()) ? Result<void>() : fail(file.error());
        const auto stat = (*file)->stat();
        if (!stat) return is_damage(stat.error()) ? Result<void>() : fail(stat.error());
        last.bytes = stat->size_bytes;
        return {};
    }

    StoreDirectory& directory_;
    std::optional<Manifest> manifest_;
    std::vector<SurveyedFile> headless_;
    Survey survey_;
};

}  // namespace

std::optional<std::uint32_t> file_of(const Survey& survey, const SegmentExtent& extent) {
    std::optional<std::uint32_t> found;
    for (std::uint32_t i = 0; i < survey.files.size(); ++i) {
        const SurveyedFile& file = survey.files[i];
        const bool is_it = file.header.segment_id == extent.id && file.header.first == extent.first;
        if (is_it && (!found || file.id == extent.id)) found = i;
    }
    return found;
}

Result<Survey> survey_files(StoreDirectory& directory) { return Surveyor(directory).run(); }

Result<bool> survey_frames(StoreDirectory& directory, Survey& survey, std::uint32_t file,
                           const CopyStep& step) {
    BATPAK_ASSERT(file < survey.files.size());
    const std::uint64_t id = survey.files[file].id;
    bool stopped = false;
    const auto surveyed = [&]() -> Result<void> {
        BATPAK_TRY(std::unique_ptr<File> opened, directory.open_segment(id, OpenMode::ReadOnly));
        PatientFile patient(std::move(opened));
        const auto read = FileSurvey(survey, file).run(patient, step, stopped);
        for (const std::uint64_t offset : patient.unreadable()) {
            survey.damage.push_back(
                Error(ErrorCode::Io, "a block of " + std::to_string(PatientFile::kBlockBytes) +
                                         " bytes cannot be read")
                    .at(segment_place(id))
                    .at_offset(offset));
        }
        return read;
    }();
    if (!surveyed && !is_damage(surveyed.error())) return fail(surveyed.error());
    if (!surveyed) survey.damage.push_back(Error(surveyed.error()).at(segment_place(id)));
    return !stopped;
}

// A listed file before one that is not, a newer one before an older.
void order_units(Survey& survey) {
    const auto rank = [&survey](const FoundUnit& unit) {
        const SurveyedFile& file = survey.files[unit.file];
        return std::tuple(unit.first, !file.is_listed, UINT64_MAX - file.id, unit.place);
    };
    std::ranges::sort(survey.units, {}, rank);
    BATPAK_ASSERT(std::ranges::is_sorted(survey.units, {}, &FoundUnit::first));
}

namespace {

// From the one that the MANIFEST names back; nothing if one is not found.
std::optional<std::vector<SequenceSet>> sets_in_force(const Survey& survey) {
    std::vector<SequenceSet> sets;
    std::optional<Sequence> next =
        survey.prune ? std::optional(survey.prune->intent) : std::nullopt;
    while (next) {
        const auto found = std::ranges::find(survey.intents, *next, &FoundIntent::sequence);
        // What leads forward is forged, and might lead round.
        if (found == survey.intents.end()) return std::nullopt;
        if (found->previous && *found->previous >= *next) return std::nullopt;
        sets.push_back(found->erased);
        next = found->previous;
    }
    return sets;
}

}  // namespace

void take_up_erasures(Survey& survey) {
    std::optional<std::vector<SequenceSet>> sets;
    if (survey.has_manifest) sets = sets_in_force(survey);
    if (!sets) {
        sets.emplace();
        for (const FoundIntent& intent : survey.intents) sets->push_back(intent.erased);
    }
    std::ranges::sort(survey.without_payload);
    SequenceSet found;
    for (const Sequence sequence : survey.without_payload) {
        // Two files may have it.
        if (!found.contains(sequence)) found.add(sequence);
    }
    sets->push_back(std::move(found));
    survey.erased = SequenceSet::join(*sets);
}

Result<void> survey_all_frames(StoreDirectory& directory, Survey& survey, const CopyStep& step) {
    for (std::uint32_t i = 0; i < survey.files.size(); ++i) {
        BATPAK_TRY(const bool to_end, survey_frames(directory, survey, i, step));
        if (!to_end) break;
    }
    order_units(survey);
    take_up_erasures(survey);
    return {};
}

Result<Survey> survey_log(StoreDirectory& directory, const CopyStep& step) {
    BATPAK_TRY(Survey survey, survey_files(directory));
    BATPAK_CHECK(survey_all_frames(directory, survey, step));
    return survey;
}

}  // namespace batpak::store
