// export: events as lines, the same lines each time, so that a file of them can be gone on with.
//
// Only events that are known durable are exported: one that is not may be taken back, and a file
// that has it would be of a log that never was. An event that cannot be read ends the export before
// it, so that nothing is missing from the middle of a file: mended, the export goes on there.
#include <algorithm>
#include <optional>

#include "batpak/json.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/events/cloud_event.hpp"
#include "tool/events/event_members.hpp"
#include "tool/files/line_file.hpp"
#include "tool/files/store_files.hpp"
#include "tool/questions/filtered_range.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// So much of a torn line says which event it was to be: it holds the id.
constexpr std::size_t kTornFrontBytes = 96;

class Exporter {
public:
    Exporter(const ExportCommand& command, const StoreReads& store,
             const std::optional<Where>& where, Region region, Console& console)
        : command_(command),
          store_(store),
          where_(where),
          region_(std::move(region)),
          console_(console),
          names_(store),
          progress_(console),
          is_cloud_(command.format == kCloudEventsFormat) {}

    // Goes on where the file ends, once that is found to be an export of this log.
    Result<void> resume(LineFile& file) {
        BATPAK_TRY(const std::optional<std::string> last, file.last_line());
        // All questions before the cut: a file that is not an export of this log stays as it is.
        if (last) BATPAK_CHECK(take_up(*last));
        BATPAK_TRY(const std::string torn, file.torn_front(kTornFrontBytes));
        if (!torn.empty()) BATPAK_CHECK(check_torn(torn));
        return file.cut_torn();
    }

    Result<void> run(LineFile* file) {
        Result<void> done = write_all(file);
        progress_.clear();
        // What is written is whole lines, also where it ends early.
        if (file != nullptr) {
            Result<void> finished = file->finish();
            if (!finished) return finished;
        }
        return done;
    }

    std::uint64_t events() const noexcept { return events_; }
    // Where the next export goes on.
    Sequence next() const noexcept { return next_; }

private:
    FilteredRange range(std::uint64_t limit) const {
        const Region rest = next_ == Sequence(0) ? region_ : region_.from(next_);
        // The end is the store's when it was opened: events that come meanwhile are the next
        // export's.
        return {store_.query(rest, {.end = store_.durable_end()}), where_, names_, limit};
    }

    std::string line_of(const EventView& event) const {
        return is_cloud_ ? cloud_event_json(event, store_.log_id(), names_)
                         : event_json(event, names_, false);
    }

    Result<void> write_all(LineFile* file) {
        FilteredRange events = range(command_.limit.value_or(UINT64_MAX));
        while (const Result<EventView>* const event = events.next()) {
            if (!*event) return fail(event->error());
            if (interrupted() || (file == nullptr && console_.gone())) return {};
            const std::string line = line_of(**event);
            if (file == nullptr) {
                console_.write(line + "\n");
            } else {
                BATPAK_CHECK(file->add(line));
            }
            ++events_;
            next_ = (*event)->sequence().next();
            progress_.show({events_, next_.value, store_.durable_end().value});
        }
        return {};
    }

    tl::unexpected<Error> not_ours(const std::string& what) const {
        return fail(Error(ErrorCode::ForeignPosition,
                          what + ": the file is no export of this log in this format, and nothing "
                                 "was written")
                        .at(command_.file));
    }

    // Whether the last line is of this log, and where the next one begins.
    Result<void> take_up(const std::string& text) {
        const Result<nlohmann::json> line = parse_json(text);
        const auto place = line ? place_of(*line) : std::nullopt;
        if (!place) return not_ours("its last line names no event");
        const auto& [sequence, id] = *place;
        if (is_cloud_ && line->value("source", std::string()) != cloud_source(store_.log_id()))
            return not_ours("its last line is from " + in_quotes(line->value("source", "")));
        const Result<HeldEvent> event = store_.find(sequence);
        if (!event && event.error().code() == ErrorCode::EventNotFound) {
            return fail(Error(ErrorCode::RolledBack,
                              "the file has event " + to_string(sequence) +
                                  ", and the store does not: it is another, or older than it was")
                            .at(command_.file));
        }
        if (!event) return fail(event.error());
        const std::string hash = line->value("hash", std::string());
        const bool is_same =
            (*event)->event_id() == id && (hash.empty() || hash == to_string((*event)->hash));
        if (!is_same) return not_ours("event " + to_string(sequence) + " is another one");
        // Other filters would make a file with a hole that nothing in it shows.
        const bool is_selected =
            region_.contains((*event)->facts()) && (!where_ || where_->keeps(**event, names_));
        if (!is_selected) {
            return fail(Error(ErrorCode::InvalidArgument,
                              "its last line is event " + to_string(sequence) +
                                  ", which these filters do not select: give those that the file "
                                  "was made with")
                            .at(command_.file));
        }
        next_ = sequence.next();
        return {};
    }

    // A line that was not written to its end begins as the next one does.
    Result<void> check_torn(const std::string& torn) const {
        FilteredRange events = range(1);
        const Result<EventView>* const event = events.next();
        if (event != nullptr && !*event) return fail(event->error());
        const std::string expected = event == nullptr ? std::string() : line_of(**event);
        if (expected.starts_with(torn)) return {};
        return not_ours("the line at its end, which has no end of its own, is not the next event");
    }

    // The sequence and the id that a line has in this format.
    std::optional<std::pair<Sequence, EventId>> place_of(const nlohmann::json& line) const {
        if (!line.is_object() || !line.contains("id") || !line["id"].is_string())
            return std::nullopt;
        const auto member = line.find("sequence");
        if (member == line.end() || line.contains("specversion") != is_cloud_) return std::nullopt;
        const auto has_text = [&](const char* name) {
            return !line.contains(name) || line[name].is_string();
        };
        if (!has_text("hash") || !has_text("source")) return std::nullopt;
        const auto id = EventId::parse(line["id"].get<std::string>());
        std::optional<std::uint64_t> number;
        if (is_cloud_ && member->is_string()) {
            const auto parsed = parse_number(member->get<std::string>());
            if (parsed) number = *parsed;
        } else if (!is_cloud_ && member->is_number_unsigned()) {
            number = member->get<std::uint64_t>();
        }
        if (!id || !number || *number == UINT64_MAX) return std::nullopt;
        return std::pair(Sequence(*number), *id);
    }

    const ExportCommand& command_;
    const StoreReads& store_;
    const std::optional<Where>& where_;
    const Region region_;
    Console& console_;
    const KindNames names_;
    Progress progress_;
    const bool is_cloud_;
    Sequence next_;
    std::uint64_t events_ = 0;
};

// Into a file: the results are what it was; into the output: the lines are the results.
void print_exported(Console& console, const Exporter& exporter, const LineFile& file,
                    const std::string& path) {
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.number("exported", exporter.events());
        line.number("next", exporter.next().value);
        line.number("bytes", file.bytes());
        console.write(line.finish() + "\n");
        return;
    }
    console.print("{} exported to {}, which has {}\n", count_of(exporter.events(), "event"),
                  escape(path), format_bytes(file.bytes()));
}

}  // namespace

Result<ExitCode> run(const ExportCommand& command, Console& console) {
    const bool has_file = command.file != "-";
    if (command.resume && !has_file) {
        return fail(ErrorCode::InvalidArgument, "--resume goes on with a file: give FILE");
    }
    if (has_file) BATPAK_CHECK(named("FILE", check_no_store_around(command.file)));
    BATPAK_TRY(const std::optional<Where> where, command.filter.to_where());
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(StoreConfig(command.directory)));
    BATPAK_TRY(Region region, command.filter.to_region(now_us(), KindNames(store)));
    catch_interrupts();
    std::optional<LineFile> file;
    if (has_file) {
        BATPAK_TRY(file,
                   command.resume ? LineFile::open(command.file) : LineFile::create(command.file));
    }
    Exporter exporter(command, store, where, std::move(region), console);
    if (command.resume) BATPAK_CHECK(exporter.resume(*file));
    const Result<void> done = exporter.run(file ? &*file : nullptr);
    // What is in the file then is not known here; `--resume` reads it.
    if (!done && file) console.note("the file has a part of it: --resume goes on at its end");
    if (!done) return fail(done.error());
    if (file) print_exported(console, exporter, *file, command.file);
    const std::uint64_t not_yet = store.visible_end().value - store.durable_end().value;
    if (not_yet > 0) {
        console.note(count_of(not_yet, "event") +
                     " at the end are not known to be durable, and are not exported yet");
    }
    return interrupted() ? ExitCode::Interrupted : ExitCode::Ok;
}

}  // namespace batpak::tool
