// Segment by segment, as a salvage would read them, and nothing is written. What is found counts
// when the segment is finished, so that a scrub that is stopped goes on where it was.
//
// A writer beside it may have written half a frame, begun a segment, or put a merged segment in the
// place of others. The first is a tail without testimony, and the segment is looked at again before
// anything in it is called damaged. The others are in a newer MANIFEST, which is read where a file
// is gone, and before the last segment counts: what came behind it is no testimony that something
// in it is lost. The segment that was the last when the scrub began is the last that it looks at,
// so that a log that grows faster than it is read has an end.
#include "batpak/store/scrub.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "batpak/store/read_only_store.hpp"
#include "store/salvage/disk_error.hpp"
#include "store/salvage/event_judge.hpp"
#include "store/salvage/loss_list.hpp"
#include "store/salvage/survey.hpp"

namespace batpak {
namespace {

using store::EventJudge;
using store::FilePlace;
using store::FoundUnit;
using store::JudgedEvent;
using store::SegmentExtent;
using store::StoreDirectory;
using store::Survey;
using store::SurveyedFile;

constexpr std::uint64_t kScrubTellBytes = std::uint64_t{1} << 20;
// How often the last segment is read before what is wrong in it counts, and how often in a row a
// segment may be gone.
constexpr int kLooksMax = 3;
constexpr int kGoneMax = 16;
// How often there may be another MANIFEST when the last segment was read.
constexpr int kMovesMax = 16;

// The hashes of events before the place where a scrub began, from the store, if that opens.
class EarlierHashes {
public:
    explicit EarlierHashes(StoreConfig config) : config_(std::move(config)) {}

    std::optional<Hash> find(std::string_view entity, Version version) {
        // Opened at the first question, and once: a store that does not open is not opened for each
        // event again.
        if (!store_) store_.emplace(ReadOnlyStore::open(config_));
        if (!*store_) return std::nullopt;
        const auto event = (*store_)->find({entity, version});
        if (!event) return std::nullopt;
        return (*event)->hash;
    }

private:
    const StoreConfig config_;
    std::optional<Result<ReadOnlyStore>> store_;
};

class LogScrub {
public:
    // Borrows: all of it.
    LogScrub(StoreDirectory& directory, Survey survey, const StoreConfig& config,
             const ScrubOptions& options)
        : directory_(directory),
          config_(config),
          options_(options),
          survey_(std::move(survey)),
          earlier_(config),
          judge_(directory, survey_) {
        findings_ = std::exchange(survey_.damage, {});
    }

    Result<ScrubReport> run() {
        begin();
        int gone = 0;
        int moves = 0;
        while (at_ < survey_.extents.size() && !is_past_end() && !report_.stopped) {
            BATPAK_TRY(const Looked looked, look_at_segment());
            report_.stopped = looked == Looked::Stopped || options_.stop.stop_requested();
            if (report_.stopped) break;
            // After each swap of a compaction the MANIFEST is read again. So many swaps in a row
            // are no compaction: the segment is missing.
            if (looked == Looked::Gone && ++gone < kGoneMax) {
                BATPAK_TRY(const bool is_newer, read_again());
                if (is_newer) continue;
            }
            BATPAK_TRY(const bool has_moved, has_moved_on());
            if (has_moved && ++moves <= kMovesMax) {
                BATPAK_CHECK(survey_again());
                continue;
            }
            gone = 0;
            BATPAK_CHECK(finish_segment());
        }
        BATPAK_CHECK(hear_what_opens());
        report_.damage.insert(report_.damage.begin(), findings_.begin(), findings_.end());
        if (begins_behind_all()) {
            return fail(
                Error(ErrorCode::InvalidArgument,
                      "the range to scrub does not lie in the store: it ends before event " +
                          to_string(next_))
                    .at_sequence(options_.from));
        }
        return std::move(report_);
    }

private:
    enum class Looked : std::uint8_t { ToEnd, Stopped, Gone };

    void begin() {
        at_ = place_of(options_.from);
        if (at_ == survey_.extents.size()) return;
        last_first_ = survey_.extents.back().first;
        report_.from = survey_.extents[at_].first;
        next_ = report_.from;
        if (at_ == 0 && next_ > Sequence(0)) {
            // No MANIFEST tells of the segments before the first one that is there.
            report_.from = Sequence(0);
            next_ = Sequence(0);
            lose_up_to(survey_.extents[0].first, std::nullopt);
        }
        report_.next = next_;
        if (report_.from > Sequence(0)) {
            before_ = EventJudge::Before::Unseen;
            judge_.ask([this](std::string_view entity, Version version) {
                return earlier_.find(entity, version);
            });
        }
        for (const SurveyedFile& file : survey_.files) {
            const bool is_in = file.header.first >= report_.from &&
                               (!options_.end || file.header.first < *options_.end);
            if (is_in && (file.is_listed || !survey_.has_manifest))
                progress_.bytes_total += file.bytes;
        }
    }

    // Segments that the MANIFEST does not list are none of a scrub's ranges, and their events are
    // no less hidden: the MANIFEST may be an older copy. Only an open tells them from what a writer
    // is about to begin.
    Result<void> hear_what_opens() {
        if (report_.stopped || !survey_.has_manifest) return {};
        const auto store = ReadOnlyStore::open(config_);
        if (store) return {};
        if (!store::is_damage(store.error())) return fail(store.error());
        if (store.error().code() == ErrorCode::UnlistedSegment)
            report_.damage.push_back(store.error());
        return {};
    }

    // The segment in which that event is, or should be.
    std::size_t place_of(Sequence sequence) const {
        const auto behind =
            std::ranges::upper_bound(survey_.extents, sequence, {}, &SegmentExtent::first);
        const auto place = static_cast<std::size_t>(behind - survey_.extents.begin());
        BATPAK_ASSERT(place <= survey_.extents.size());
        return place > 0 ? place - 1 : 0;
    }
    bool is_past_end() const {
        BATPAK_ASSERT(at_ < survey_.extents.size());
        const Sequence first = survey_.extents[at_].first;
        if (first > last_first_) return true;
        return options_.end && first >= *options_.end && first > report_.from;
    }
    bool is_last() const { return at_ + 1 == survey_.extents.size(); }
    std::optional<std::uint32_t> file_here() const {
        return store::file_of(survey_, survey_.extents[at_]);
    }

    // The frames of the segment, to the units of the survey.
    Result<Looked> look_at_segment() {
        const std::optional<std::uint32_t> file = file_here();
        clear();
        if (!file) return Looked::Gone;
        const auto step = [this](std::uint64_t bytes) { return advance(bytes); };
        for (int look = 1;; ++look) {
            BATPAK_TRY(const bool to_end, survey_frames(directory_, survey_, *file, step));
            if (!to_end) return Looked::Stopped;
            // Only the last segment is written to: what is wrong in another one is wrong for good.
            const bool is_sure = survey_.damage.empty() || !is_last() || look == kLooksMax;
            if (is_sure) break;
            clear();
            // What was there by now is whole when it is looked at again, if it ever will be.
            SurveyedFile& again = survey_.files[*file];
            if (again.content_end > 0) again.bytes = std::min(again.bytes, again.content_end);
        }
        BATPAK_ASSERT(survey_.files[*file].header.segment_id == survey_.extents[at_].id);
        order_units(survey_);
        const auto is_missing = [](const Error& error) {
            return error.code() == ErrorCode::MissingSegment;
        };
        if (std::ranges::any_of(survey_.damage, is_missing)) return Looked::Gone;
        // Now, as a compaction may remove it before its units are judged.
        const auto opened = judge_.open(*file);
        return !opened && is_missing(opened.error()) ? Looked::Gone : Looked::ToEnd;
    }

    void clear() {
        survey_.units.clear();
        survey_.offsets.clear();
        survey_.damage.clear();
        survey_.intents.clear();
        survey_.without_payload.clear();
    }

    // Whether there is another MANIFEST, by which the scrub goes on.
    Result<bool> read_again() {
        BATPAK_TRY(Survey newer, store::survey_files(directory_));
        const bool is_same = std::ranges::equal(newer.extents, survey_.extents, {},
                                                &SegmentExtent::id, &SegmentExtent::id);
        if (!is_same) go_on_with(std::move(newer));
        return !is_same;
    }
    Result<void> survey_again() {
        BATPAK_TRY(Survey newer, store::survey_files(directory_));
        go_on_with(std::move(newer));
        return {};
    }
    void go_on_with(Survey newer) {
        survey_ = std::move(newer);
        findings_ = std::exchange(survey_.damage, {});
        judge_.forget_file();
        // It holds an index into the files of the survey that was.
        behind_.reset();
        at_ = place_of(next_);
        BATPAK_ASSERT(next_ >= report_.next);  // nothing is passed over
    }

    // Where something is damaged, nobody knows where the log ended.
    bool begins_behind_all() const {
        const bool is_whole = report_.damage.empty() && report_.lost.empty();
        const bool came_to_end = at_ == survey_.extents.size() && !report_.stopped;
        return is_whole && came_to_end && options_.from > next_;
    }

    // Whether the segment that was looked at was the last one, and is so no longer.
    Result<bool> has_moved_on() {
        BATPAK_ASSERT(at_ < survey_.extents.size());
        if (!is_last() || !survey_.has_manifest) return false;
        const auto now = directory_.look_at_manifest();
        if (!now) return store::is_damage(now.error()) ? Result<bool>(false) : fail(now.error());
        return *now && (*now)->generation != survey_.generation;
    }

    bool advance(std::uint64_t bytes) {
        progress_.bytes += bytes;
        untold_ += bytes;
        if (untold_ < kScrubTellBytes) return true;
        untold_ = 0;
        tell();
        return !options_.stop.stop_requested();
    }
    void tell() {
        if (!options_.progress) return;
        progress_.next = report_.next;
        progress_.damaged = report_.damage.size();
        options_.progress(progress_);
    }

    // What was found in the segment counts from here on.
    Result<void> finish_segment() {
        BATPAK_ASSERT(at_ < survey_.extents.size());
        uncommitted_ = false;
        for (const FoundUnit& unit : survey_.units) BATPAK_CHECK(consider(unit));
        if (is_last()) {
            finish_last();
        } else {
            lose_up_to(survey_.extents[at_ + 1].first, std::nullopt);
        }
        std::ranges::move(survey_.damage, std::back_inserter(report_.damage));
        survey_.damage.clear();
        if (const auto file = file_here()) {
            ++report_.segments;
            report_.bytes += survey_.files[*file].bytes;
        }
        BATPAK_ASSERT(next_ >= report_.next);  // a scrub that goes on passes nothing over
        report_.next = next_;
        ++at_;
        tell();
        return {};
    }

    Result<void> consider(const FoundUnit& unit) {
        if (unit.first < next_) return {};
        if (!unit.is_committed && survey_.end < unit.first.plus(unit.count)) {
            uncommitted_ = true;
            return {};
        }
        const auto before = has_lost_ || unit.first > next_ ? EventJudge::Before::Some : before_;
        const auto judged = judge_.judge(unit, next_, before, nullptr);
        if (!judged && !store::is_damage(judged.error())) return fail(judged.error());
        if (!judged) {
            survey_.damage.push_back(Error(judged.error())
                                         .at(store::segment_place(survey_.files[unit.file].id))
                                         .at_offset(survey_.offsets[unit.place])
                                         .at_sequence(unit.first));
            return {};
        }
        BATPAK_ASSERT(judged->size() == unit.count);
        lose_up_to(unit.first, FilePlace{unit.file, judge_.unit_begin()});
        for (const JudgedEvent& event : *judged) report_.unproved += event.is_unproved ? 1 : 0;
        judge_.keep();
        report_.events += unit.count;
        next_ = unit.first.plus(unit.count);
        behind_ = FilePlace{unit.file, judge_.unit_end()};
        return {};
    }

    void lose_up_to(Sequence end, const std::optional<FilePlace>& found) {
        if (end <= next_) return;
        has_lost_ = true;
        BATPAK_ASSERT(!behind_ || behind_->file < survey_.files.size());
        store::list_lost(report_.lost, survey_, {next_, end}, {behind_, found});
        next_ = end;
    }

    // What no frame testifies for at the end of the log is a tail, which the next open cuts off, or
    // a program is about to complete.
    void finish_last() {
        if (survey_.end > next_) {
            lose_up_to(survey_.end, std::nullopt);
            return;
        }
        const std::optional<std::uint32_t> index = file_here();
        if (!index || survey_.lacking) {
            store::list_doubtful_end(report_.lost, survey_, next_);
            return;
        }
        const SurveyedFile& file = survey_.files[*index];
        if (file.damaged_from == 0 && !uncommitted_) return;
        const bool follows = behind_ && behind_->file == *index;
        std::uint64_t begin = follows ? behind_->offset : store::SegmentHeader::kBytes;
        if (file.damaged_from > 0) begin = file.damaged_from;
        report_.tail_bytes = file.content_end - std::min(begin, file.content_end);
        // Errors inside the tail are what makes it a tail, and not damage.
        std::erase_if(survey_.damage, [&](const Error& error) {
            const bool is_behind =
                error.offset() && file.damaged_from > 0 && *error.offset() >= file.damaged_from;
            return is_behind || (error.sequence() && *error.sequence() >= next_);
        });
    }

    StoreDirectory& directory_;
    const StoreConfig& config_;
    const ScrubOptions& options_;
    Survey survey_;
    EarlierHashes earlier_;
    EventJudge judge_;
    EventJudge::Before before_ = EventJudge::Before::All;
    std::vector<Error> findings_;  // of the MANIFEST and the headers
    std::size_t at_ = 0;           // which extent
    Sequence next_;
    Sequence last_first_;  // the first event of the segment that was the last at the begin
    std::optional<FilePlace> behind_;  // the last whole event
    bool has_lost_ = false;
    bool uncommitted_ = false;  // the last batch of the log has no commit
    ScrubProgress progress_;
    std::uint64_t untold_ = 0;
    ScrubReport report_;
};

}  // namespace

Result<ScrubReport> scrub(const StoreConfig& store, const ScrubOptions& options) {
    const CancellationBlock no_cancellation;
    BATPAK_CHECK(store.validate());
    if (options.end && *options.end < options.from) {
        return fail(Error(ErrorCode::InvalidArgument,
                          "the range to scrub ends before it begins, at " + to_string(options.from))
                        .at_sequence(*options.end));
    }
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> directory,
               StoreDirectory::open_for_reading(store));
    BATPAK_TRY(Survey survey, store::survey_files(*directory));
    if (survey.has_hashes && !hashing_built_in())
        return fail(ErrorCode::Unsupported, "its events have hashes: use a batpak with BLAKE3");
    return LogScrub(*directory, std::move(survey), store, options).run();
}

}  // namespace batpak
