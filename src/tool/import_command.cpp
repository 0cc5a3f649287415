// import: lines of JSON become events, in their order.
//
//     line -> event -> group -> one write, and a sync after every batch
//
// A line that is no event ends the import: the lines before it are stored, nothing of it or behind
// it is. The events of a store that was filled by import alone are the first lines of its input,
// which is what --resume goes by: it passes over as many lines as the store has events, and
// compares the last of them with the last event.
#include <algorithm>
#include <cerrno>
#include <vector>

#include "batpak/store/store.hpp"
#include "tool/commands.hpp"
#include "tool/interrupt.hpp"
#include "tool/json_line.hpp"
#include "tool/line_reader.hpp"
#include "tool/progress.hpp"
#include "tool/text.hpp"

namespace batpak::tool {
namespace {

// Events in flight: one write for all of them.
constexpr std::size_t kGroupEventsMax = 1000;

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

class Importer {
public:
    Importer(Store& store, const ImportMapping& mapping, LineReader& lines, Console& console,
             std::uint32_t batch_events)
        : store_(store),
          mapping_(mapping),
          lines_(lines),
          progress_(console),
          batch_events_(batch_events) {}

    // Passes over the lines that are stored already.
    Result<void> skip(std::uint64_t count) {
        std::string last;
        for (std::uint64_t skipped = 0; skipped < count; ++skipped) {
            BATPAK_TRY(const std::optional<std::string_view> line, next_line());
            if (!line && interrupted()) return {};
            if (!line) {
                return fail(ErrorCode::InvalidArgument,
                            "the store has " + std::to_string(count) + " events and the input " +
                                std::to_string(skipped) + " lines: it is not what was imported");
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
    std::uint64_t skipped() const noexcept { return skipped_; }

private:
    // The next line that is not blank.
    Result<std::optional<std::string_view>> next_line() {
        for (;;) {
            BATPAK_TRY(const std::optional<std::string_view> line, lines_.next());
            if (!line || !is_blank(*line)) return line;
        }
    }

    Result<ImportEvent> read(std::string_view line) const {
        auto event = mapping_.read(line);
        if (event) return event;
        const Error& error = event.error();
        return fail(Error(error.code(), error.detail())
                        .at(lines_.name() + ", line " + std::to_string(lines_.line_number())));
    }

    Result<void> compare(std::string_view line, Sequence sequence) const {
        BATPAK_TRY(const ImportEvent event, read(line));
        BATPAK_TRY(const HeldEvent held, store_.at(sequence));
        const bool same = held->entity == event.coordinate.entity() &&
                          held->scope == event.coordinate.scope() && held->kind() == event.kind &&
                          equal_bytes(held->payload, event.payload);
        if (same) return {};
        return fail(Error(ErrorCode::InvalidArgument,
                          "the line is not what the store holds as event " + to_string(sequence) +
                              ": this is another input, or not all events were imported from it")
                        .at(lines_.name() + ", line " + std::to_string(lines_.line_number())));
    }

    Result<void> read_all() {
        for (;;) {
            BATPAK_TRY(const std::optional<std::string_view> line, next_line());
            if (!line) return {};
            BATPAK_TRY(ImportEvent event, read(*line));
            BATPAK_CHECK(submit(event));
            if (group_.size() >= std::min<std::size_t>(kGroupEventsMax, batch_events_)) {
                BATPAK_CHECK(flush());
            }
        }
    }

    Result<void> submit(ImportEvent& event) {
        ++submitted_;
        const bool ends_batch = submitted_ % batch_events_ == 0;
        event.options.durability = ends_batch ? Durability::Durable : Durability::Buffered;
        auto ticket = store_.submit_raw(event.coordinate, event.kind, event.payload, event.options);
        if (!ticket) {
            const Error& error = ticket.error();
            return fail(Error(error.code(), error.detail())
                            .at(lines_.name() + ", line " + std::to_string(lines_.line_number())));
        }
        group_.push_back(*std::move(ticket));
        return {};
    }

    // Waits for what is in flight. All of it is answered, and the first failure kept.
    Result<void> flush() {
        Result<void> result;
        for (Ticket& ticket : group_) {
            const Result<AppendReceipt> receipt = ticket.wait();
            if (receipt) ++stored_;
            if (!receipt && result) result = fail(receipt.error());
        }
        group_.clear();
        progress_.show({stored_, lines_.bytes_read(), lines_.bytes_total()});
        return result;
    }

    Store& store_;
    const ImportMapping& mapping_;
    LineReader& lines_;
    Progress progress_;
    const std::uint32_t batch_events_;
    std::vector<Ticket> group_;
    std::uint64_t submitted_ = 0;
    std::uint64_t stored_ = 0;
    std::uint64_t skipped_ = 0;
};

StoreConfig config_of(const ImportCommand& command) {
    StoreConfig config = StoreConfig(command.directory)
                             .with_create_if_missing(command.create)
                             .with_sync_every_n_events(std::max(command.batch_size, 1U))
                             .with_payload_bytes_max(StoreConfig::kPayloadBytesMaxMax);
    return command.segment_bytes ? config.with_segment_bytes(*command.segment_bytes) : config;
}

struct Summary {
    std::uint64_t stored = 0;
    std::uint64_t skipped = 0;
    std::chrono::nanoseconds took{0};
    Sequence end;
};

void print_summary(Console& console, const Summary& summary) {
    const double seconds = std::chrono::duration<double>(summary.took).count();
    const std::uint64_t events_per_second = rate(summary.stored, summary.took);
    if (console.is_json()) {
        JsonLine line(console.ascii_json());
        line.number("imported", summary.stored);
        line.number("skipped", summary.skipped);
        line.number("end", summary.end.value);
        line.raw("seconds", fmt::format("{:.6f}", seconds));
        line.number("events_per_second", events_per_second);
        console.write(line.finish() + "\n");
        return;
    }
    const std::string skipped =
        summary.skipped > 0 ? ", " + format_count(summary.skipped) + " lines skipped" : "";
    console.print("{} events imported{} in {}, {}/s; the store has {}\n",
                  format_count(summary.stored), skipped, format_duration(summary.took),
                  format_count(events_per_second), format_count(summary.end.value));
}

}  // namespace

Result<ExitCode> run(const ImportCommand& command, Console& console) {
    if (command.batch_size == 0) {
        return fail(ErrorCode::InvalidArgument, "--batch-size is at least 1");
    }
    BATPAK_TRY(const ImportMapping mapping, ImportMapping::create(command.mapping));
    BATPAK_TRY(LineReader lines, LineReader::open(command.input));
    BATPAK_TRY(Store store, Store::open(config_of(command)));
    catch_interrupts();
    const auto start = std::chrono::steady_clock::now();
    Importer importer(store, mapping, lines, console, command.batch_size);
    Result<void> done;
    if (command.resume) done = importer.skip(store.visible_end().value);
    if (done) done = importer.run();
    const Result<Closed> closed = std::move(store).close();
    if (closed) {
        print_summary(console, {importer.stored(), importer.skipped(),
                                std::chrono::steady_clock::now() - start, closed->end});
    }
    if (!done) return fail(done.error());
    if (!closed) return fail(closed.error());
    return interrupted() ? ExitCode::Interrupted : ExitCode::Ok;
}

}  // namespace batpak::tool
