// First all that can be read is found, then it is written in the order of its sequences:
//
//     found       0 1 2 [3 4 5] . 7 8           6 is damaged
//     written     0 1 2 [3 4 5] L 7' 8' S       L: EventLost, S: Salvaged, ': with another hash
//     log         the old one --|  the new one
//
// So up to the first lost event the new store is the old one, hash by hash; from there on it is
// another log, which says so by its id, and in which every place has the number that it had.
#include "batpak/store/salvage.hpp"

#include <optional>
#include <utility>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/cancellation.hpp"
#include "batpak/event/payload_codec.hpp"
#include "event/event_id_generator.hpp"
#include "store/copy/destination.hpp"
#include "store/salvage/disk_error.hpp"
#include "store/salvage/event_judge.hpp"
#include "store/salvage/loss_list.hpp"
#include "store/salvage/lost_places.hpp"
#include "store/salvage/salvage_events.hpp"
#include "store/salvage/salvage_writer.hpp"
#include "store/salvage/survey.hpp"

namespace batpak {
namespace {

using store::Era;
using store::EventJudge;
using store::FilePlace;
using store::FoundUnit;
using store::JudgedEvent;
using store::kLostMax;
using store::LastEvent;
using store::LostPlaces;
using store::SalvageWriter;
using store::StoreDirectory;
using store::Survey;
using store::SurveyedFile;

// Tells how far it is, and stops.
class Watch {
public:
    explicit Watch(const SalvageOptions& options) : options_(options) {}

    void expect(std::uint64_t bytes) { progress_.bytes_total = bytes; }
    // Whether to go on.
    bool advance(std::uint64_t bytes) {
        progress_.bytes += bytes;
        untold_ += bytes;
        if (untold_ < kTellEveryBytes && progress_.bytes < progress_.bytes_total) return true;
        untold_ = 0;
        if (options_.progress) options_.progress(progress_);
        return !options_.stop.stop_requested();
    }
    bool stopped() const { return options_.stop.stop_requested(); }

private:
    static constexpr std::uint64_t kTellEveryBytes = std::uint64_t{1} << 20;

    const SalvageOptions& options_;
    CopyProgress progress_;
    std::uint64_t untold_ = 0;
};

class LogSalvage {
public:
    // Borrows: all of it.
    LogSalvage(StoreDirectory& source, const Survey& survey, StoreDirectory& target,
               const StoreConfig& config, Watch& watch)
        : survey_(survey),
          environment_(config.environment()),
          judge_(source, survey),
          writer_(target, *environment_.entropy, survey.has_hashes, config.segment_bytes()),
          watch_(watch),
          ranges_of_record_(store::ranges_of_record(config.payload_bytes_max())) {
        environment_.entropy->fill(new_log_.bytes);
        // Used only if something is lost: begin_new_log().
        report_.damage = survey.damage;
    }

    Result<SalvageReport> run() {
        for (const FoundUnit& unit : survey_.units) {
            BATPAK_CHECK(consider(unit));
            if (watch_.stopped()) return SalvageReport{.stopped = true};
        }
        BATPAK_CHECK(lose_end());
        if (watch_.stopped()) return SalvageReport{.stopped = true};
        BATPAK_CHECK(write_record());
        BATPAK_CHECK(writer_.finish());
        report_.log_id = writer_.log_id();
        report_.end = writer_.next();
        report_.segments = writer_.segments();
        report_.bytes = writer_.bytes();
        return std::move(report_);
    }

private:
    Result<void> consider(const FoundUnit& unit) {
        // A second file has it as well.
        if (unit.first < writer_.next()) return {};
        if (!unit.is_committed && survey_.end < unit.first.plus(unit.count)) {
            note(unit, Error(ErrorCode::CorruptFrame,
                             "nothing shows that the batch was committed: it is not taken"));
            return {};
        }
        const std::uint64_t gap = unit.first.value - writer_.next().value;
        if (gap > kLostMax) {
            note(unit, Error(ErrorCode::CorruptFrame, "more is missing before it than a log has"));
            return {};
        }
        // Judged before the gap is filled: if this unit is refused, another file may still have the
        // events of the gap. take() judges it again, as it then follows the lost events.
        if (gap > 0) {
            const auto judged =
                judge_.judge(unit, writer_.next(), EventJudge::Before::Some, &new_log_);
            if (!judged) return refuse(unit, judged.error());
            const LastEvent next = judge_.first_of_unit();
            BATPAK_CHECK(lose(unit.first, next, FilePlace{unit.file, judge_.unit_begin()}));
        }
        return watch_.stopped() ? Result<void>() : take(unit);
    }

    Result<void> take(const FoundUnit& unit) {
        const auto judged =
            is_new_ ? judge_.judge(unit, writer_.next(), EventJudge::Before::Some, &new_log_)
                    : judge_.judge(unit, writer_.next(), EventJudge::Before::All, nullptr);
        if (!judged) return refuse(unit, judged.error());
        BATPAK_ASSERT(judged->size() == unit.count && judged->front().place.sequence == unit.first);
        BATPAK_CHECK(enter_eras(unit.first));
        const SurveyedFile& file = survey_.files[unit.file];
        if (!is_new_ && writer_.log_id() != file.header.log_id) {
            note(unit, Error(ErrorCode::ForeignSegment, "it is of another log: it is not taken"));
            return {};
        }
        BATPAK_CHECK(writer_.add(*judged));
        judge_.keep();
        for (const JudgedEvent& event : *judged) {
            if (event.is_erased) add_in_parts(erased_, event.place.sequence, ranges_of_record_);
        }
        for (const JudgedEvent& event : *judged) report_.unproved += event.is_unproved ? 1 : 0;
        report_.events += unit.count;
        behind_ = FilePlace{unit.file, judge_.unit_end()};
        watch_.advance(judge_.unit_end() - judge_.unit_begin());
        return {};
    }

    // While nothing is lost, the eras are those of the old log.
    Result<void> enter_eras(Sequence next) {
        if (is_new_) return {};
        for (; eras_ < survey_.eras.size() && survey_.eras[eras_].from <= next; ++eras_)
            BATPAK_CHECK(writer_.begin_era(survey_.eras[eras_]));
        return writer_.has_era() ? Result<void>() : begin_new_log();
    }

    Result<void> begin_new_log() {
        if (is_new_) return {};
        BATPAK_ASSERT(new_log_ != LogId{});
        is_new_ = true;
        report_.unchanged_end = writer_.next();
        return writer_.begin_era({writer_.next(), new_log_});
    }

    // Puts an EventLost in each place up to `end`, or up to where it is stopped.
    Result<void> lose(Sequence end, const std::optional<LastEvent>& next,
                      const std::optional<FilePlace>& found) {
        BATPAK_ASSERT(writer_.next() < end);
        store::list_lost(report_.lost, survey_, {writer_.next(), end}, {behind_, found});
        BATPAK_CHECK(enter_eras(writer_.next()));
        BATPAK_CHECK(begin_new_log());
        const store::EventLost lost{to_string(log_at(writer_.next()))};
        const std::int64_t now = environment_.clock->wall_us();
        LostPlaces places(*environment_.entropy, judge_.last(), next,
                          end.value - writer_.next().value, now);
        while (writer_.next() < end && !watch_.stopped())
            BATPAK_CHECK(write_own(store::kLostEntity, lost, places.take()));
        BATPAK_ASSERT(is_new_ && writer_.next() <= end);
        return {};
    }

    LogId log_at(Sequence sequence) const {
        LogId log;
        for (const Era& era : survey_.eras) {
            if (era.from <= sequence) log = era.log_id;
        }
        return log;
    }

    // What came behind the last event that was found, as far as the log tells.
    Result<void> lose_end() {
        const std::uint64_t count =
            survey_.end > writer_.next() ? survey_.end.value - writer_.next().value : 0;
        if (count > kLostMax) {
            report_.damage.emplace_back(
                ErrorCode::CorruptFrame,
                "a frame tells of more events than a log has: it is not believed");
        } else if (count > 0) {
            return lose(survey_.end, std::nullopt, std::nullopt);
        }
        store::list_doubtful_end(report_.lost, survey_, writer_.next());
        return {};
    }

    template <class Payload>
    Result<void> write_own(std::string_view entity, const Payload& payload,
                           const LastEvent& place) {
        Buffer bytes;
        BATPAK_CHECK(PayloadCodec<Payload>::encode(payload, bytes));
        JudgedEvent own{.fields = {.kind = Payload::kind,
                                   .payload_version = payload_version_of<Payload>,
                                   .timestamp_us = environment_.clock->wall_us(),
                                   .entity = entity,
                                   .scope = system_kinds::kSystemScope,
                                   .payload = bytes.view()},
                        .blind = {},
                        .place = {.sequence = writer_.next(),
                                  .version = {},
                                  .hlc = place.hlc,
                                  .event_id = place.id},
                        .hash = {}};
        environment_.entropy->fill(own.blind);
        judge_.link(own, writer_.log_id());
        return writer_.add({&own, 1});
    }

    Result<void> write_record() {
        BATPAK_CHECK(enter_eras(writer_.next()));
        BATPAK_CHECK(begin_new_log());
        BATPAK_ASSERT(report_.events <= writer_.next().value);
        // Counted before the records below, which are events of the new log and none that was lost.
        const std::uint64_t lost = writer_.next().value - report_.events;
        BATPAK_CHECK(write_erasures());
        store::Salvaged record{.eras = {},
                               .unchanged_end = report_.unchanged_end,
                               .events = report_.events,
                               .lost = lost,
                               .unproved = report_.unproved};
        for (const Era& era : survey_.eras)
            record.eras.push_back({era.from, to_string(era.log_id)});
        return write_own(store::kMaintenanceEntity, record, now());
    }

    // New records of all payloads that are erased, because the old ones may be lost: without them
    // they would look lost themselves.
    Result<void> write_erasures() {
        std::optional<Sequence> previous;
        for (const store::SequenceSet& erased : erased_) {
            const Sequence intent = writer_.next();
            BATPAK_ASSERT(erased.ranges().back().end <= intent);
            const store::PruneIntended record{.level = store::PruneLevel::Payloads,
                                              .reason = "erased before the store was salvaged",
                                              .sequences = erased.encode(),
                                              .events = erased.size(),
                                              .previous = previous};
            BATPAK_CHECK(write_own(store::kMaintenanceEntity, record, now()));
            previous = intent;
        }
        if (previous) writer_.set_erasures(*previous);
        return {};
    }

    // Behind the last event, and not before the clock.
    LastEvent now() const {
        const std::int64_t wall_us = environment_.clock->wall_us();
        EventIdGenerator ids(*environment_.entropy);
        Hlc last;
        if (judge_.last()) {
            const bool resumed = ids.resume_after(judge_.last()->id);
            BATPAK_ASSERT(resumed);  // EventJudge takes no other
            last = judge_.last()->hlc;
        }
        return {ids.next(wall_us), last.after(wall_us)};
    }

    // ---- the report

    // The unit is not taken; unless it is not known what it is.
    Result<void> refuse(const FoundUnit& unit, const Error& why) {
        if (!store::is_damage(why)) return fail(why);
        note(unit, why);
        return {};
    }

    void note(const FoundUnit& unit, Error error) {
        report_.damage.push_back(std::move(error)
                                     .at(store::segment_place(survey_.files[unit.file].id))
                                     .at_offset(survey_.offsets[unit.place])
                                     .at_sequence(unit.first));
    }

    const Survey& survey_;
    const Environment& environment_;
    EventJudge judge_;
    SalvageWriter writer_;
    Watch& watch_;
    LogId new_log_{};
    const std::size_t ranges_of_record_;
    std::vector<store::SequenceSet> erased_;  // of those that were taken, one for each record
    bool is_new_ = false;                     // the new log has begun
    std::size_t eras_ = 0;                    // how many of the old ones were entered
    std::optional<FilePlace> behind_;         // the last event that was taken
    SalvageReport report_;
};

// A place inside the store is known by any of its files.
Result<void> require_outside(StoreDirectory& source, const std::string& destination,
                             const Environment& environment) {
    BATPAK_TRY(const StoreDirectory::SegmentNames names, source.list_segments());
    if (names.ids.empty())
        return fail(ErrorCode::NotAStore, "there is no segment in it, and so no event");
    return store::require_outside(*environment.files, destination, source, names.ids.front());
}

std::uint64_t bytes_of(StoreDirectory& source) {
    const auto names = source.list_segments();
    std::uint64_t bytes = 0;
    if (!names) return bytes;
    for (const std::uint64_t id : names->ids) {
        if (const auto stat = source.look_at_segment(id)) bytes += stat->size_bytes;
    }
    return bytes;
}

}  // namespace

Result<SalvageReport> salvage(const StoreConfig& store, const std::string& destination,
                              const SalvageOptions& options) {
    const CancellationBlock no_cancellation;
    BATPAK_CHECK(store.validate());
    const Environment& environment = store.environment();
    // Opened as a reader opens it: without the lock, and nothing in it is written (INV K9, L3).
    BATPAK_TRY(const std::unique_ptr<StoreDirectory> source,
               StoreDirectory::open_for_reading(store));
    BATPAK_CHECK(require_outside(*source, destination, environment));
    // Opens every file: what the caller may not read is known before anything is made.
    BATPAK_TRY(Survey survey, store::survey_files(*source));
    if (survey.has_hashes && !hashing_built_in())
        return fail(ErrorCode::Unsupported, "its events have hashes: use a batpak with BLAKE3");
    BATPAK_TRY(
        const std::unique_ptr<StoreDirectory> target,
        StoreDirectory::open_for_copy(StoreConfig(destination).with_environment(environment)));
    Watch watch(options);
    // Once for the survey, once for what is taken: what is lost makes the second part shorter.
    watch.expect(2 * bytes_of(*source));
    const auto step = [&watch](std::uint64_t bytes) { return watch.advance(bytes); };
    BATPAK_CHECK(store::survey_all_frames(*source, survey, step));
    if (watch.stopped()) return SalvageReport{.stopped = true};
    auto report = LogSalvage(*source, survey, *target, store, watch).run();
    target->unlock();
    return report;
}

}  // namespace batpak
