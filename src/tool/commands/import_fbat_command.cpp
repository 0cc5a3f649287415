// import-fbat: a store of the Rust original becomes a new store of batpak.
//
// All of the source is read and judged first. Then it is said what there is, and written; so a
// source that is refused leaves nothing, and --dry-run is the first half.
#include <algorithm>
#include <filesystem>

#include "batpak/event/hash_chain.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/fbat/fbat_limits.hpp"
#include "tool/fbat/fbat_writer.hpp"
#include "tool/files/late_store.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// Events that were left out, one by one, as people are told of them.
constexpr std::uint64_t kLeftOutShownMax = 10;
constexpr std::uint32_t kSyncEveryEvents = 50'000;

struct FbatImported {
    LogId log_id;
    Sequence end;
};

// DEST is not in SRC, which is only read.
Result<void> require_apart(const std::string& source, const std::string& destination) {
    // Not canonical(): DEST need not be there yet.
    std::error_code failed;
    const auto from = std::filesystem::weakly_canonical(source, failed);
    const auto to = std::filesystem::weakly_canonical(destination, failed);
    const auto [parted, rest] = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
    if (parted != from.end()) return {};
    return fail(Error(ErrorCode::BadDestination,
                      "it is inside the directory of the source: choose another place")
                    .at(destination));
}

bool is_left_out(const FbatEvent& event) {
    return event.fate != FbatFate::Kept && event.fate != FbatFate::Lifecycle;
}

std::string place_of(const FbatPlan& plan, const FbatEvent& event) {
    return plan.files[event.file].name + " offset " + std::to_string(event.offset);
}

// ---- as JSON

void print_json_file(Console& console, const FbatFileFacts& file) {
    JsonLine line(console.ascii_json());
    line.text("file", file.name);
    line.number("bytes", file.bytes);
    line.text("blake3", to_string(file.hash));
    line.number("frames", file.frames);
    if (!file.footer.empty()) line.text("footer", file.footer);
    if (file.is_footer_refused) line.boolean("footer_refused", true);
    if (file.torn_bytes > 0) line.number("torn_bytes", file.torn_bytes);
    console.write(line.finish() + "\n");
}

void print_json_parts(Console& console, const FbatPlan& plan) {
    for (const FbatFileFacts& file : plan.files) print_json_file(console, file);
    for (const FbatDamage& damage : plan.damage) {
        JsonLine line(console.ascii_json());
        line.text("damage", damage.place);
        line.number("offset", damage.offset);
        line.number("bytes", damage.bytes);
        console.write(line.finish() + "\n");
    }
    for (const FbatEvent& event : plan.events) {
        if (!is_left_out(event)) continue;
        JsonLine line(console.ascii_json());
        line.text("left_out", to_string(event.fate));
        line.text("file", plan.files[event.file].name);
        line.number("offset", event.offset);
        line.text("id", to_string(EventId{event.id}));
        line.text("kind", to_string(EventKind::from_number(event.kind)));
        console.write(line.finish() + "\n");
    }
}

void print_json_summary(Console& console, const FbatPlan& plan,
                        const std::optional<FbatImported>& imported) {
    JsonLine line(console.ascii_json());
    line.text("source", to_string(LogId{plan.source_id}));
    line.boolean("dry_run", !imported.has_value());
    line.number("events", plan.kept());
    for (std::size_t i = 1; i < plan.fates.size(); ++i) {
        if (plan.fates[i] > 0) line.number(to_string(static_cast<FbatFate>(i)), plan.fates[i]);
    }
    JsonLine hashes(console.ascii_json());
    for (std::size_t i = 0; i < plan.hashes.size(); ++i)
        hashes.number(to_string(static_cast<FbatHashCheck>(i)), plan.hashes[i]);
    line.raw("hashes", hashes.finish());
    line.number("links_checked", plan.links_checked);
    line.number("links_open", plan.links_open);
    line.number("batches", plan.batches);
    if (plan.batches_split > 0) line.number("batches_split", plan.batches_split);
    if (plan.stray_markers > 0) line.number("stray_markers", plan.stray_markers);
    if (plan.counted > 0) line.number("counted", plan.counted);
    if (plan.encrypted > 0) line.number("encrypted", plan.encrypted);
    if (plan.extensions_left_out > 0) line.number("extensions_left_out", plan.extensions_left_out);
    line.number("damage", plan.damage.size());
    if (!plan.ignored.empty()) line.number("ignored_files", plan.ignored.size());
    if (imported) {
        line.text("log", to_string(imported->log_id));
        line.number("end", imported->end.value);
    }
    console.write(line.finish() + "\n");
}

// ---- for people

std::string_view explain(FbatFate fate) {
    switch (fate) {
        case FbatFate::Kept: break;
        case FbatFate::Lifecycle: return "the source's own records of opens and closes";
        case FbatFate::Hidden: return "cancelled after they were written";
        case FbatFate::Twin: return "the same event once more";
        case FbatFate::Aborted: return "of a batch that was not finished";
        case FbatFate::Open: return "of the batch that was being written when the log ended";
        case FbatFate::Unproved:
            return "of a batch that was not finished, or alone: the source does not tell";
        case FbatFate::BrokenBatch: return "of a batch of which a part is damaged";
        case FbatFate::Conflict: return "with the id of another event";
        case FbatFate::Unfit: return "that batpak cannot hold";
    }
    return "";
}

void print_left_out(Console& console, const FbatPlan& plan) {
    for (std::size_t i = 1; i < plan.fates.size(); ++i) {
        if (plan.fates[i] == 0) continue;
        const auto fate = static_cast<FbatFate>(i);
        console.print("left out  {} {}\n", count_of(plan.fates[i], "event"), explain(fate));
    }
    std::uint64_t shown = 0;
    for (const FbatEvent& event : plan.events) {
        if (!is_left_out(event) || shown == kLeftOutShownMax) continue;
        ++shown;
        console.print("          {}  {}  {}\n", to_string(event.fate), to_string(EventId{event.id}),
                      place_of(plan, event));
    }
    if (shown == kLeftOutShownMax) console.print("          --json lists all of them\n");
}

void print_hashes(Console& console, const FbatPlan& plan) {
    std::string words;
    for (std::size_t i = 0; i < plan.hashes.size(); ++i) {
        if (plan.hashes[i] == 0) continue;
        words += words.empty() ? "" : ", ";
        words += format_count(plan.hashes[i]) + " ";
        words += to_string(static_cast<FbatHashCheck>(i));
    }
    if (!words.empty()) console.print("hashes    {}\n", words);
    if (plan.links_open > 0) {
        console.print("links     {} of {} lead to what is not there\n",
                      format_count(plan.links_open),
                      format_count(plan.links_open + plan.links_checked));
    }
}

void print_findings(Console& console, const FbatPlan& plan) {
    for (const FbatFileFacts& file : plan.files) {
        if (file.torn_bytes > 0)
            console.print("torn      {}: {} at its end are no whole frame\n", escape(file.name),
                          format_bytes(file.torn_bytes));
        if (file.is_footer_refused)
            console.print("footer    {}: it contradicts itself, and is not believed\n",
                          escape(file.name));
    }
    for (const FbatDamage& damage : plan.damage) {
        console.print("{}   {} offset {}: {} are no frame\n", console.paint(Colour::Red, "damaged"),
                      escape(damage.place), damage.offset, format_bytes(damage.bytes));
    }
    for (const std::string& name : plan.ignored)
        console.print("ignored   {}: it is no name of a segment\n", escape(name));
    if (plan.encrypted > 0) {
        console.print(
            "encrypted {}: the payloads stay as they are, and their keys where they are\n",
            count_of(plan.encrypted, "event"));
    }
    if (plan.extensions_left_out > 0) {
        console.print("too large {}: what was said with the receipt does not fit metadata\n",
                      count_of(plan.extensions_left_out, "event"));
    }
    if (plan.batches_split > 0) {
        console.print("split     {} of the batches: larger than one of batpak may be\n",
                      format_count(plan.batches_split));
    }
}

void print_fbat_report(Console& console, const FbatPlan& plan, const std::string& destination,
                       const std::optional<FbatImported>& imported) {
    if (console.is_json()) {
        print_json_parts(console, plan);
        print_json_summary(console, plan, imported);
        return;
    }
    std::uint64_t bytes = 0;
    for (const FbatFileFacts& file : plan.files) bytes += file.bytes;
    console.print("{} in {}, {}, {}\n", count_of(plan.kept(), "event"),
                  count_of(plan.files.size(), "file"), format_bytes(bytes),
                  imported ? "imported to " + escape(destination) : "to be imported");
    if (plan.batches > 0) console.print("batches   {}\n", format_count(plan.batches));
    print_hashes(console, plan);
    print_left_out(console, plan);
    print_findings(console, plan);
    console.print("source    {}\n", to_string(LogId{plan.source_id}));
    if (imported) console.print("log       {}\n", to_string(imported->log_id));
}

// ---- the two halves

Result<std::optional<FbatPlan>> read_source(const FbatSource& source, bool salvage,
                                            Console& console) {
    std::uint64_t total = 0;
    for (const FbatFile& file : source.files()) total += file.bytes;
    Progress progress(console);
    std::uint64_t done = 0;
    FbatPlanOptions options{.salvage = salvage};
    options.progress = [&](std::uint64_t bytes) {
        done += bytes;
        progress.show({0, done, total});
        return !interrupted();
    };
    return make_fbat_plan(source, options);
}

Result<std::optional<FbatImported>> write_store(const FbatSource& source, const FbatPlan& plan,
                                                const std::string& destination, Console& console) {
    const StoreConfig config = StoreConfig(destination)
                                   .with_sync_every_n_events(kSyncEveryEvents)
                                   .with_payload_bytes_max(StoreConfig::kPayloadBytesMaxMax)
                                   .with_batch_items_max(kFbatBatchItemsMax)
                                   .with_batch_bytes_max(kFbatBatchBytesMax);
    // The limits are the highest that a store takes: what the plan has found to fit must not be
    // refused halfway through.
    BATPAK_TRY(LateStore late, LateStore::create(config));
    Progress progress(console);
    BATPAK_TRY(const bool is_whole,
               FbatWriter(source, plan, late.store()).run([&](std::uint64_t events) {
                   progress.show({events, events, plan.kept()});
                   return !interrupted();
               }));
    if (!is_whole) return std::optional<FbatImported>();
    const LogId log_id = late.store().log_id();
    BATPAK_TRY(const Closed closed, late.finish());
    return std::optional(FbatImported{log_id, closed.end});
}

}  // namespace

Result<ExitCode> run(const ImportFbatCommand& command, Console& console) {
    if (!hashing_built_in()) {
        return fail(ErrorCode::Unsupported,
                    "this batpak was built without BLAKE3, by which the source is checked");
    }
    BATPAK_TRY(const FbatSource source, FbatSource::open(command.directory));
    BATPAK_CHECK(require_apart(command.directory, command.destination));
    catch_interrupts();
    BATPAK_TRY(const std::optional<FbatPlan> plan, read_source(source, command.salvage, console));
    if (!plan) return ExitCode::Interrupted;
    std::optional<FbatImported> imported;
    if (!command.dry_run) {
        BATPAK_TRY(imported, write_store(source, *plan, command.destination, console));
        if (!imported) return ExitCode::Interrupted;
    }
    print_fbat_report(console, *plan, command.destination, imported);
    // The store is whole and stays: the code is for a script that must not pass over what is
    // missing.
    return plan->has_losses() ? ExitCode::Refused : ExitCode::Ok;
}

}  // namespace batpak::tool
