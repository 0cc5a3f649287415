// scrub: damage is found while a copy of what it hurt is still somewhere; salvage: for the day when
// none is.
//
// What is lost is listed before all else, because it is what the reader has to act on; each finding
// is a line of its own, and the last line is the sum.
#include <algorithm>
#include <chrono>
#include <stop_token>

#include "batpak/store/salvage.hpp"
#include "batpak/store/scrub.hpp"
#include "tool/commands/commands.hpp"
#include "tool/console/copy_watch.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/files/store_files.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// What both reports have.
struct Findings {
    const std::vector<LostEvents>& lost;
    const std::vector<Error>& damage;
};

std::uint64_t count_lost(const Findings& findings) {
    std::uint64_t count = 0;
    for (const LostEvents& lost : findings.lost) count += lost.count;
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

void print_json(Console& console, const Findings& findings) {
    const bool ascii = console.ascii_json();
    for (const LostEvents& lost : findings.lost) console.write(lost_json(lost, ascii));
    for (const Error& damage : findings.damage) {
        JsonLine line(ascii);
        line.raw("damage", error_json(damage, ascii));
        console.write(line.finish() + "\n");
    }
}

void print_json(Console& console, const SalvageReport& report) {
    const Findings findings{report.lost, report.damage};
    print_json(console, findings);
    JsonLine line(console.ascii_json());
    line.text("log", to_string(report.log_id));
    line.number("events", report.events);
    line.number("events_lost", count_lost(findings));
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

void print_human(Console& console, const Findings& findings) {
    for (const LostEvents& lost : findings.lost) print_lost(console, lost);
    for (const Error& damage : findings.damage) {
        console.print("{}  {}\n", console.paint(Colour::Yellow, "damaged"),
                      escape_line(damage.to_string()));
    }
}

void print_human(Console& console, const SalvageReport& report, const std::string& destination) {
    const Findings findings{report.lost, report.damage};
    print_human(console, findings);
    console.print("{} in {}, {}, salvaged to {}; {} lost\n", count_of(report.events, "event"),
                  count_of(report.segments, "segment"), format_bytes(report.bytes),
                  escape(destination), count_of(count_lost(findings), "event"));
    if (report.unproved > 0) {
        console.print(
            "unproved {}: no hash can be checked behind a lost event of the same stream\n",
            count_of(report.unproved, "event"));
    }
    console.print("log   {}: positions and roots of the old one are valid up to event {}\n",
                  to_string(report.log_id), report.unchanged_end.value);
}

// ---- scrub

// Holds up who reads, so that no more is read than so many bytes a second.
class Pace {
public:
    explicit Pace(std::optional<std::uint64_t> bytes_a_second) : limit_(bytes_a_second) {}

    // A signal ends the wait.
    void wait(std::uint64_t bytes) const {
        constexpr std::int64_t kWaitMsMax = 100;
        if (!limit_) return;
        // By all bytes since the start: what one slow step took is not waited for again.
        const std::chrono::duration<double> due(static_cast<double>(bytes) /
                                                static_cast<double>(*limit_));
        while (!interrupted()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                due - (std::chrono::steady_clock::now() - start_));
            if (left.count() <= 0) return;
            pause_ms(static_cast<int>(std::min<std::int64_t>(left.count(), kWaitMsMax)));
        }
    }

private:
    const std::optional<std::uint64_t> limit_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Result<ScrubReport> watched_scrub(const ScrubCommand& command, Console& console) {
    std::optional<std::uint64_t> limit;
    if (command.throttle) {
        BATPAK_TRY(limit, named("--throttle", parse_byte_count(*command.throttle)));
    }
    const Pace pace(limit);
    Progress progress(console);
    std::stop_source stop;
    catch_interrupts();
    ScrubOptions options{.from = Sequence(command.from), .stop = stop.get_token()};
    if (command.before) options.end = Sequence(*command.before);
    options.progress = [&](const ScrubProgress& now) {
        progress.show({0, now.bytes, now.bytes_total});
        pace.wait(now.bytes);
        if (interrupted()) stop.request_stop();
    };
    return scrub(StoreConfig(command.directory), options);
}

void print_json(Console& console, const ScrubReport& report) {
    const Findings findings{report.lost, report.damage};
    print_json(console, findings);
    JsonLine line(console.ascii_json());
    line.boolean("ok", report.damage.empty() && report.lost.empty());
    line.number("events", report.events);
    line.number("events_lost", count_lost(findings));
    line.number("unproved", report.unproved);
    line.number("from", report.from.value);
    line.number("next", report.next.value);
    line.boolean("stopped", report.stopped);
    line.number("segments", report.segments);
    line.number("bytes", report.bytes);
    line.number("tail_bytes", report.tail_bytes);
    console.write(line.finish() + "\n");
}

void print_human(Console& console, const ScrubReport& report) {
    const Findings findings{report.lost, report.damage};
    print_human(console, findings);
    console.print("{} whole in {}, {}; {} lost\n", count_of(report.events, "event"),
                  count_of(report.segments, "segment"), format_bytes(report.bytes),
                  count_of(count_lost(findings), "event"));
    if (report.tail_bytes > 0) {
        console.print("{} at the end are no whole event: torn, or being written\n",
                      format_bytes(report.tail_bytes));
    }
    if (report.stopped) console.print("stopped: go on with --from {}\n", report.next.value);
}

}  // namespace

Result<ExitCode> run(const ScrubCommand& command, Console& console) {
    BATPAK_TRY(const ScrubReport report, watched_scrub(command, console));
    if (console.is_json()) {
        print_json(console, report);
    } else {
        print_human(console, report);
    }
    if (report.stopped) return ExitCode::Interrupted;
    return report.damage.empty() && report.lost.empty() ? ExitCode::Ok : ExitCode::Refused;
}

Result<ExitCode> run(const SalvageCommand& command, Console& console) {
    BATPAK_CHECK(named("DEST", check_no_store_around(command.destination, command.directory)));
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
