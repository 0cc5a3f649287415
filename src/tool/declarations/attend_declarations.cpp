// What the commands that attend to a store take.
#include "tool/declarations/attend_declarations.hpp"

namespace batpak::tool {

void AttendDeclarations::add_all() {
    add_top();
    add_watch();
    add_doctor();
}

void AttendDeclarations::add_top() {
    CLI::App& app = forms_.add_command("top", "Show what is being appended, as it comes");
    forms_.add_directory(app, top_.directory);
    forms_.add_number(app, "--interval", top_.interval_s, "Show every N seconds (default: 1)", 1,
                      3600);
    forms_.add_number(app, "--count", top_.count,
                      "End after N times (default: 1; on a terminal, without end)", 1, UINT64_MAX);
    app.add_flag("--once", top_.once, "The same as --count 1");
    forms_.add_format_but_csv(app, top_.output);
    forms_.finish(app, top_);
}

void AttendDeclarations::add_watch() {
    CLI::App& app = forms_.add_command("watch", "Run a command for each new event");
    forms_.add_directory(app, watch_.directory);
    CLI::Option* const words = app.add_option(
        "COMMAND", watch_.words, "After --: a command, which gets the event on standard input");
    words->required()->expected(-1)->type_name("");
    forms_.takes(*words, ValueKind::Text);
    forms_.add_filter_of_events(app, watch_.filter);
    forms_.add_text(app, "--from", watch_.from, "SEQ|end",
                    "Begin with this event, or with the next one (default: end)");
    forms_.add_file(app, "--state", watch_.state,
                    "Keep in this file how far it came, and go on from there");
    CLI::Option& policy = forms_.add_text(app, "--on-error", watch_.on_error, "WHAT",
                                          "If the command fails: stop (default), skip or retry");
    forms_.add_choices(policy, {"stop", "skip", "retry"});
    policy.type_name("WHAT");
    forms_.add_number(app, "-l,--limit", watch_.limit, "End after N events", 1, UINT64_MAX);
    app.add_flag("--once", watch_.once, "End when there is no event left; do not wait for more");
    app.add_flag("--durable", watch_.durable,
                 "Wait until an event is known to be on stable storage");
    forms_.finish(app, watch_);
}

void AttendDeclarations::add_doctor() {
    CLI::App& app = forms_.add_command("doctor", "Say whether a store is well, and what to do");
    forms_.add_directory(app, doctor_.directory);
    app.add_flag("--deep", doctor_.deep, "Read all events as well, as verify and scrub do");
    forms_.add_format(app, doctor_.output);
    forms_.finish(app, doctor_);
}

}  // namespace batpak::tool
