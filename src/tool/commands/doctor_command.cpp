// doctor: whether a store is well, on one screen.
//
// What it looks at costs about what an open costs, so that it can be asked at any time and beside a
// program that writes. Only --deep reads all events: with verify where the store opens, and with
// scrub where it does not or where verify found something, since scrub goes on after it.
#include <stop_token>

#include "batpak/store/scrub.hpp"
#include "tool/commands/commands.hpp"
#include "tool/commands/watched_verify.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"
#include "tool/console/rows.hpp"
#include "tool/doctor/symptoms.hpp"
#include "tool/questions/moment.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

// More findings of one look are a number.
constexpr std::size_t kDeepShownMax = 20;

struct Visit {
    Condition condition;
    std::vector<Symptom> symptoms;
    bool is_deep = false;
    bool is_stopped = false;
};

Result<std::vector<Error>> scrub_watched(const std::string& directory, Console& console,
                                         bool& stopped) {
    Progress progress(console);
    std::stop_source stop;
    catch_interrupts();
    ScrubOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const ScrubProgress& now) {
        progress.show({now.next.value, now.bytes, now.bytes_total});
        if (interrupted()) stop.request_stop();
    };
    BATPAK_TRY(const ScrubReport report, scrub(StoreConfig(directory), options));
    stopped = report.stopped;
    return report.damage;
}

Result<std::vector<Error>> look_deep(const DoctorCommand& command, Console& console,
                                     bool& stopped) {
    // verify knows more rules, and ends at the first finding; scrub knows frames, and goes on.
    auto store = ReadOnlyStore::open(StoreConfig(command.directory));
    std::vector<Error> found;
    if (store) {
        BATPAK_TRY(const VerifyReport report, watched_verify(*store, {}, console));
        stopped = report.stopped;
        if (stopped || !report.damage) return found;
        found.push_back(*report.damage);
    }
    BATPAK_TRY(const std::vector<Error> scrubbed,
               scrub_watched(command.directory, console, stopped));
    // What only verify sees, such as a stream that is not in order, it alone says.
    if (!scrubbed.empty()) return scrubbed;
    return found;
}

Result<void> add_deep(const DoctorCommand& command, Console& console, Visit& visit) {
    BATPAK_TRY(const std::vector<Error> found, look_deep(command, console, visit.is_stopped));
    if (found.empty()) return {};
    // What was seen of it before is among what was found.
    std::erase_if(visit.symptoms,
                  [](const Symptom& symptom) { return symptom.name == "damaged-segment"; });
    std::vector<Symptom> symptoms;
    for (const Error& damage : found) {
        if (symptoms.size() == kDeepShownMax) break;
        symptoms.push_back(found_deep(visit.condition, damage));
    }
    if (found.size() > kDeepShownMax) {
        symptoms.push_back({Severity::Damage, "more-damage",
                            "and " + count_of(found.size() - kDeepShownMax, "more finding"),
                            "batpak scrub " + shell_word(command.directory) + " lists all"});
    }
    visit.symptoms.insert(visit.symptoms.begin(), symptoms.begin(), symptoms.end());
    return {};
}

Result<Visit> make_visit(const DoctorCommand& command, Console& console) {
    BATPAK_TRY(Condition condition, examine(command.directory, now_us()));
    Visit visit{std::move(condition), {}, command.deep};
    visit.symptoms = judge(visit.condition);
    if (command.deep) BATPAK_CHECK(add_deep(command, console, visit));
    return visit;
}

// ---- what is printed

std::string summary_json(const Visit& visit, bool ascii) {
    const Condition& seen = visit.condition;
    JsonLine line(ascii);
    line.boolean("ok", code_of(visit.symptoms) == ExitCode::Ok && !visit.is_stopped);
    line.boolean("opens", !seen.refused);
    line.boolean("deep", visit.is_deep && !visit.is_stopped);
    if (seen.log_id) line.text("log", to_string(*seen.log_id));
    if (seen.manifest_version > 0) line.number("manifest_version", seen.manifest_version);
    if (seen.log_id) {
        line.number("events", seen.events);
        line.number("durable_events", seen.durable_events);
    }
    line.number("segments", seen.segments.files);
    line.number("bytes", seen.segments.bytes);
    line.number("index_bytes", seen.index.bytes);
    line.number("day_bytes", seen.day_bytes);
    line.number("week_bytes", seen.week_bytes);
    if (seen.free_bytes) line.number("free_bytes", *seen.free_bytes);
    if (seen.mount) line.text("file_system", seen.mount->type);
    if (seen.holder) {
        line.number("held_by", seen.holder->process);
        line.text("held_by_program", seen.holder->program);
    }
    return line.finish();
}

void print_rows(Console& console, const Visit& visit, OutputFormat format) {
    Rows rows(console, format,
              {{"severity", Colour::Plain, false},
               {"finding", Colour::Plain, false},
               {"what", Colour::Plain, true},
               {"remedy", Colour::Dim, true}});
    const auto cell = [&](std::string_view text) {
        return Rows::Cell{text_json(text, rows.wants_ascii()), escape_line(text)};
    };
    for (const Symptom& symptom : visit.symptoms) {
        rows.add({cell(to_string(symptom.severity)), cell(symptom.name), cell(symptom.what),
                  cell(symptom.remedy)});
    }
    if (rows.is_json()) rows.add_object(summary_json(visit, rows.wants_ascii()));
    rows.finish();
}

Colour colour_of(Severity severity) {
    switch (severity) {
        case Severity::Note: return Colour::Cyan;
        case Severity::Warning: return Colour::Yellow;
        case Severity::Damage: return Colour::Red;
    }
    return Colour::Plain;
}

std::string verdict(const Console& console, const Visit& visit) {
    switch (code_of(visit.symptoms)) {
        case ExitCode::Refused: return console.paint(Colour::Red, "damaged");
        case ExitCode::No: return console.paint(Colour::Yellow, "needs care");
        default: return console.paint(Colour::Green, "well");
    }
}

std::string held_by(const Condition& seen) {
    if (!seen.holder) return "no program that can be seen from here";
    std::string text = "process " + std::to_string(seen.holder->process);
    if (!seen.holder->program.empty()) text += " (" + escape(seen.holder->program) + ")";
    return text;
}

std::string disk_line(const Condition& seen) {
    std::string text;
    if (seen.free_bytes) {
        text = format_bytes(*seen.free_bytes) + " free of " +
               format_bytes(seen.disk_bytes.value_or(0));
    }
    if (seen.mount) text += " on " + escape(seen.mount->type);
    return text + fmt::format("; events of the last day take {}, of the last week {}",
                              format_bytes(seen.day_bytes), format_bytes(seen.week_bytes));
}

std::string events_line(const Condition& seen) {
    std::string text = count_of(seen.events, "event") + ", of which " +
                       format_count(seen.durable_events) + " are known to be durable";
    if (seen.clock) text += "; the last of " + format_second(seen.clock->last_us);
    return text;
}

void print_state(Console& console, const Visit& visit) {
    const Condition& seen = visit.condition;
    console.print("{}  {}\n", verdict(console, visit), escape(seen.directory));
    const auto row = [&](std::string_view name, const std::string& text) {
        console.print("  {:<9}{}\n", name, text);
    };
    if (seen.log_id) {
        std::string log = to_string(*seen.log_id);
        if (seen.manifest_version > 0)
            log += ", MANIFEST of version " + std::to_string(seen.manifest_version);
        log += seen.has_hashes ? ", with hashes" : ", without hashes";
        row("log", log + (seen.is_snapshot ? "; a snapshot, which can only be read" : ""));
        row("events", events_line(seen));
    }
    row("files", count_of(seen.segments.files, "segment") + ", " +
                     format_bytes(seen.segments.bytes) + "; indexes, " +
                     format_bytes(seen.index.bytes));
    row("disk", disk_line(seen));
    row("written", "by " + held_by(seen));
    if (visit.is_deep && !visit.is_stopped) {
        row("looked", "at everything");
    } else {
        row("looked", "at what is cheap; batpak doctor " + escape(shell_word(seen.directory)) +
                          " --deep reads all events, as verify and scrub do");
    }
}

void print_human(Console& console, const Visit& visit) {
    print_state(console, visit);
    for (const Symptom& symptom : visit.symptoms) {
        console.print("{}  {}: {}\n",
                      console.paint(colour_of(symptom.severity), to_string(symptom.severity)),
                      symptom.name, escape_line(symptom.what));
        console.print("         do: {}\n", escape_line(symptom.remedy));
    }
    if (visit.is_stopped) console.note("stopped before all was read");
}

}  // namespace

Result<ExitCode> run(const DoctorCommand& command, Console& console) {
    BATPAK_TRY(const Visit visit, make_visit(command, console));
    if (command.output.format || console.is_json()) {
        print_rows(console, visit, format_of(console, command.output));
    } else {
        print_human(console, visit);
    }
    if (visit.is_stopped) return ExitCode::Interrupted;
    return code_of(visit.symptoms);
}

}  // namespace batpak::tool
