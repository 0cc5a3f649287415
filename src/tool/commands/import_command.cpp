// import: lines of JSON become events, in their order.
//
//     line -> event -> group -> one write, and a sync after every batch
//
// A line that is no event ends the import: the lines before it are stored, nothing of it or after
// it is. The events of a store that was filled by import alone are the first lines of its input,
// which is what --resume goes by: it passes over as many lines as the store has events, and
// compares the last of them with the last event.
//
// A CloudEvent has a key, so one that is in the store already adds nothing. What it names as its
// cause or its story is another event of its source: if that came through this import, its id here
// stands in the place of its id there.
//
// An input that pauses, such as a pipe from a program that is still at work, is not waited for with
// events in hand: what has come is stored, durably, before the wait.
#include <algorithm>
#include <map>
#include <vector>

#include "batpak/store/store.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/events/cloud_event.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/files/store_files.hpp"
#include "tool/input/event_lines.hpp"
#include "tool/input/kind_assigner.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// Events in flight: one write for all of them.
constexpr std::size_t kGroupEventsMax = 1000;

// An input from which nothing came for so long pauses.
constexpr int kPauseMs = 100;

// The most that a store takes: of CloudEvents each key counts.
constexpr std::uint64_t kRetentionMax = std::uint64_t{1} << 63;

class Importer {
public:
    Importer(Store& store, EventLines& input, Console& console, std::uint32_t batch_events)
        : store_(store),
          input_(input),
          kinds_(store),
          progress_(console),
          batch_events_(batch_events) {}

    // Passes over the lines that are stored already.
    Result<void> skip(std::uint64_t count) {
        std::string last;
        for (std::uint64_t skipped = 0; skipped < count; ++skipped) {
            BATPAK_TRY(const std::optional<std::string_view> line, input_.next_line());
            if (!line && interrupted()) return {};
            if (!line) {
                return fail(ErrorCode::InvalidArgument,
                            "the store has " + count_of(count, "event") + " and the input " +
                                count_of(skipped, "line") + ": it is not what was imported");
            }
            if (skipped + 1 == count) last = *line;
        }
        skipped_ = count;
        return count == 0 ? Result<void>() : compare(last, Sequence(count - 1));
    }

    Result<void> run() {
        Result<void> read = read_all();
        Result<void> stored = flush();
        progress_.clear();
        // What the disk says comes first: it may be why the rest failed.
        return stored ? read : stored;
    }

    std::uint64_t stored() const noexcept { return stored_; }
    // Events that were in the store already, under their key.
    std::uint64_t known() const noexcept { return known_; }
    std::uint64_t skipped() const noexcept { return skipped_; }

private:
    // Of a payload that was erased its length is left to compare.
    static bool is_same_payload(const EventView& held, BytesView line) {
        return held.erased ? held.erased_bytes == line.size() : equal_bytes(held.payload, line);
    }

    Result<void> compare(std::string_view line, Sequence sequence) {
        BATPAK_TRY(const std::optional<ImportEvent> event, input_.read(line));
        BATPAK_TRY(const HeldEvent held, store_.find(sequence));
        bool same = event && held->entity == event->coordinate.entity() &&
                    held->scope == event->coordinate.scope() &&
                    is_same_payload(*held, event->payload);
        if (same) {
            BATPAK_TRY(const EventKind kind, kinds_.of(*event));
            same = held->kind() == kind;
        }
        if (same) return {};
        return fail(input_.at_line(
            Error(ErrorCode::InvalidArgument,
                  "the line is not what the store holds as event " + to_string(sequence) +
                      ": this is another input, or not all events were imported from it")));
    }

    Result<void> read_all() {
        for (;;) {
            if (has_news() && input_.pauses(kPauseMs)) BATPAK_CHECK(settle());
            BATPAK_TRY(std::optional<ImportEvent> event, input_.next());
            if (!event) return {};
            BATPAK_CHECK(submit(*event));
            if (group_.size() >= std::min<std::size_t>(kGroupEventsMax, batch_events_)) {
                BATPAK_CHECK(flush());
            }
        }
    }

    bool has_news() const noexcept { return submitted_ > settled_; }

    Result<void> settle() {
        BATPAK_CHECK(flush());
        settled_ = submitted_;
        return store_.sync();
    }

    Result<void> submit(ImportEvent& event) {
        ++submitted_;
        const bool ends_batch = submitted_ % batch_events_ == 0;
        event.options.durability = ends_batch ? Durability::Durable : Durability::Buffered;
        const auto kind = kinds_.of(event);
        if (!kind) return fail(input_.at_line(kind.error()));
        BATPAK_CHECK(translate(event));
        auto ticket = store_.submit_raw(event.coordinate, *kind, event.payload, event.options);
        if (!ticket) {
            return fail(input_.at_line(ticket.error()));
        }
        group_.push_back(*std::move(ticket));
        if (!event.source.empty()) sources_.push_back(event.source_id);
        return {};
    }

    // Ids of the source become those of this store, as far as their events are here.
    Result<void> translate(ImportEvent& event) {
        if (event.source.empty()) return {};
        if (event.source == cloud_source(store_.log_id())) {
            return fail(input_.at_line(
                Error(ErrorCode::InvalidArgument,
                      "the line is an event of this store, which has it: import it into another")));
        }
        for (std::optional<EventId>* const id :
             {&event.options.correlation_id, &event.options.causation_id}) {
            if (!*id) continue;
            // One that is on its way has no id yet.
            if (std::ranges::find(sources_, *id) != sources_.end()) BATPAK_CHECK(flush());
            const auto here = new_ids_.find(**id);
            if (here != new_ids_.end()) *id = here->second;
        }
        return {};
    }

    // Waits for what is in flight. All of it is answered, and the first failure kept.
    Result<void> flush() {
        Result<void> result;
        for (std::size_t i = 0; i < group_.size(); ++i) {
            const Result<AppendReceipt> receipt = group_[i].wait();
            if (receipt) ++(receipt->replayed ? known_ : stored_);
            if (receipt && i < sources_.size() && sources_[i])
                new_ids_.insert_or_assign(*sources_[i], receipt->event_id);
            if (!receipt && result) result = fail(receipt.error());
        }
        group_.clear();
        sources_.clear();
        const LineReader& lines = input_.lines();
        progress_.show({stored_, lines.bytes_read(), lines.bytes_total()});
        return result;
    }

    Store& store_;
    EventLines& input_;
    KindAssigner kinds_;
    Progress progress_;
    const std::uint32_t batch_events_;
    std::vector<Ticket> group_;
    std::vector<std::optional<EventId>>
        sources_;  // of CloudEvents: their ids, of each of the group
    std::map<EventId, EventId> new_ids_;
    std::uint64_t submitted_ = 0;
    std::uint64_t settled_ = 0;  // of those submitted: stored and synced before a pause
    std::uint64_t stored_ = 0;
    std::uint64_t known_ = 0;
    std::uint64_t skipped_ = 0;
};

StoreConfig config_of(const ImportCommand& command) {
    StoreConfig config = StoreConfig(command.directory)
                             .with_create_if_missing(command.create)
                             .with_sync_every_n_events(std::max(command.batch_size, 1U))
                             .with_payload_bytes_max(StoreConfig::kPayloadBytesMaxMax);
    // However long ago an event came, it comes once.
    if (command.format == kCloudEventsFormat)
        config = config.with_idempotency_retention(kRetentionMax);
    return command.segment_bytes ? config.with_segment_bytes(*command.segment_bytes) : config;
}

// A kind that was given by name for all lines is one of the store's: it may be mistyped.
Result<void> check_kind_of_all_lines(const ImportMapping& mapping, const KindNames& names) {
    const std::optional<std::string> name = mapping.kind_name_of_all_lines();
    if (!name) return {};
    const auto kinds = names.parse(*name);
    if (kinds) return {};
    return fail(kinds.error().code(), "the kind of all lines: " + kinds.error().detail());
}

struct Summary {
    std::uint64_t stored = 0;
    std::uint64_t known = 0;
    std::uint64_t skipped = 0;
    std::uint64_t passed_over = 0;
    std::chrono::nanoseconds took{0};
    Sequence end;
};

// Also after a failure: what is stored is stored.
void print_summary(Console& console, const Summary& summary) {
    const double seconds = std::chrono::duration<double>(summary.took).count();
    const std::uint64_t events_per_second = rate(summary.stored, summary.took);
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.number("imported", summary.stored);
        line.number("known", summary.known);
        line.number("skipped", summary.skipped);
        line.number("passed_over", summary.passed_over);
        line.number("end", summary.end.value);
        line.raw("seconds", fmt::format("{:.6f}", seconds));
        line.number("events_per_second", events_per_second);
        console.write(line.finish() + "\n");
        return;
    }
    const std::string known =
        summary.known > 0 ? ", " + format_count(summary.known) + " there already" : "";
    const std::string skipped =
        summary.skipped > 0 ? ", " + count_of(summary.skipped, "line") + " skipped" : "";
    const std::string passed_over =
        summary.passed_over > 0 ? ", " + format_count(summary.passed_over) + " passed over" : "";
    console.print("{} imported{}{}{} in {}, {}/s; the store has {}\n",
                  count_of(summary.stored, "event"), known, skipped, passed_over,
                  format_duration(summary.took), format_count(events_per_second),
                  format_count(summary.end.value));
}

}  // namespace

Result<ExitCode> run(const ImportCommand& command, Console& console) {
    MappingOptions rules = command.mapping;
    rules.cloud_events = command.format == kCloudEventsFormat;
    if (command.batch_size == 0) {
        return fail(ErrorCode::InvalidArgument, "--batch-size is at least 1");
    }
    BATPAK_TRY(const ImportMapping mapping, ImportMapping::create(rules));
    BATPAK_TRY(LineReader lines, LineReader::open(command.input));
    EventLines input(lines, mapping);
    const StoreConfig config = config_of(command);
    BATPAK_CHECK(config.validate());
    // No store is made for an input that holds no event.
    const bool makes_store = command.create && !has_store_files(command.directory);
    if (makes_store) {
        BATPAK_CHECK(check_kind_of_all_lines(mapping, KindNames()));
        catch_interrupts();
        BATPAK_CHECK(input.look_ahead());
        if (interrupted()) return ExitCode::Interrupted;
    }
    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_CHECK(check_kind_of_all_lines(mapping, KindNames(store)));
    if (!makes_store) catch_interrupts();
    const auto start = std::chrono::steady_clock::now();
    Importer importer(store, input, console, command.batch_size);
    Result<void> done;
    if (command.resume) done = importer.skip(store.visible_end().value);
    if (done) done = importer.run();
    const Result<Closed> closed = std::move(store).close();
    if (closed) {
        print_summary(console,
                      {importer.stored(), importer.known(), importer.skipped(), input.passed_over(),
                       std::chrono::steady_clock::now() - start, closed->end});
    }
    if (!done) return fail(done.error());
    if (!closed) return fail(closed.error());
    return interrupted() ? ExitCode::Interrupted : ExitCode::Ok;
}

}  // namespace batpak::tool
