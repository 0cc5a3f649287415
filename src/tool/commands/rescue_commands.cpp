// salvage: for the day when a store is damaged and no snapshot helps.
//
// What is lost is listed before all else, because it is what the reader has to act on; each finding
// is a line of its own, and the last line is the sum.
#include "batpak/store/salvage.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/copy_watch.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

std::uint64_t count_lost(const SalvageReport& report) {
    std::uint64_t count = 0;
    for (const LostEvents& lost : report.lost) count += lost.count;
    return count;
}

std::string lost_json(const LostEvents& lost, bool ascii) {
    JsonLine line(ascii);
    line.number("lost", lost.count);
    line.number("first", lost.first.value);
    if (!lost.file.empty()) {
        line.text("file", lost.file);
        line.number("offset", lost.offset);
        line.number("bytes", lost.bytes);
    }
    return line.finish() + "\n";
}

void print_json(Console& console, const SalvageReport& report) {
    const bool ascii = console.ascii_json();
    for (const LostEvents& lost : report.lost) console.write(lost_json(lost, ascii));
    for (const Error& damage : report.damage) {
        JsonLine line(ascii);
        line.raw("damage", error_json(damage, ascii));
        console.write(line.finish() + "\n");
    }
    JsonLine line(ascii);
    line.text("log", to_string(report.log_id));
    line.number("events", report.events);
    line.number("events_lost", count_lost(report));
    line.number("unchanged_end", report.unchanged_end.value);
    line.number("unproved", report.unproved);
    line.number("end", report.end.value);
    line.number("segments", report.segments);
    line.number("bytes", report.bytes);
    console.write(line.finish() + "\n");
}

std::string where_lost(const LostEvents& lost) {
    if (lost.file.empty()) return "";
    if (lost.bytes == 0) return ", with " + lost.file;
    return fmt::format(", {} at offset {} of {}", format_bytes(lost.bytes), lost.offset, lost.file);
}

void print_lost(Console& console, const LostEvents& lost) {
    const std::string label = console.paint(Colour::Red, "lost");
    if (lost.count == 0) {
        console.print("{}     perhaps events from {} on{}\n", label, lost.first.value,
                      where_lost(lost));
        return;
    }
    const std::uint64_t last = lost.first.value + lost.count - 1;
    const std::string which = lost.count == 1
                                  ? fmt::format("event {}", lost.first.value)
                                  : fmt::format("events {} to {}", lost.first.value, last);
    console.print("{}     {}{}\n", label, which, where_lost(lost));
}

void print_human(Console& console, const SalvageReport& report, const std::string& destination) {
    for (const LostEvents& lost : report.lost) print_lost(console, lost);
    for (const Error& damage : report.damage) {
        console.print("{}  {}\n", console.paint(Colour::Yellow, "damaged"),
                      escape_line(damage.to_string()));
    }
    console.print("{} in {}, {}, salvaged to {}; {} lost\n", count_of(report.events, "event"),
                  count_of(report.segments, "segment"), format_bytes(report.bytes),
                  escape(destination), count_of(count_lost(report), "event"));
    if (report.unproved > 0) {
        console.print(
            "unproved {}: no hash can be checked behind a lost event of the same stream\n",
            count_of(report.unproved, "event"));
    }
    console.print("log   {}: positions and roots of the old one are valid up to event {}\n",
                  to_string(report.log_id), report.unchanged_end.value);
}

}  // namespace

Result<ExitCode> run(const SalvageCommand& command, Console& console) {
    SalvageReport report;
    {
        CopyWatch watch(console);
        SalvageOptions options;
        watch.attach(options);
        BATPAK_TRY(report, salvage(StoreConfig(command.directory), command.destination, options));
    }
    if (report.stopped) return ExitCode::Interrupted;
    if (console.is_json()) {
        print_json(console, report);
    } else {
        print_human(console, report, command.destination);
    }
    return report.lost.empty() ? ExitCode::Ok : ExitCode::Refused;
}

}  // namespace batpak::tool
