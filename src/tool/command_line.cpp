// What the commands are; command_forms.hpp has what they have in common, and declarations/ has
// those that belong together. Only these know CLI11, which takes four seconds to compile.
//
//     declare   each command fills a plain struct; nothing runs while words are read
//     parse     CLI11; what it refuses is said again in the tool's own words, with the nearest name
//     run       the command that was chosen, once --json and all options are known
#include "tool/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "batpak/version.hpp"
#include "store/frame/limits.hpp"
#include "tool/commands/commands.hpp"
#include "tool/declarations/attend_declarations.hpp"
#include "tool/declarations/command_forms.hpp"
#include "tool/declarations/copy_declarations.hpp"
#include "tool/declarations/proof_declarations.hpp"
#include "tool/help_topics.hpp"
#include "tool/input/choices.hpp"
#include "tool/text/nearest.hpp"
#include "tool/text/parse.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

constexpr const char* kFooter =
    "`batpak help exit-codes`, `import-format` and `json` say more; `batpak COMMAND --help` has "
    "the "
    "options.";

// One object for one run of the tool. Options write into the commands at its end, and CLI11 keeps
// where these are, so the object is made once and stays in its place. A command is declared by one
// add_ function and one member; what it does is run() of its own file in commands/.
class CommandLine : private CommandForms {
public:
    explicit CommandLine(Console& console)
        : CommandForms("A tamper-evident store of events.", "batpak", console) {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "batpak " + std::string(kVersion));
        app_.set_help_flag("-h,--help", "Print this help");
        app_.footer(kFooter);
        app_.get_formatter()->column_width(34);
        // In the order in which --help lists them.
        add_init();
        add_import();
        add_import_fbat();
        add_append();
        add_get();
        add_query();
        add_export();
        add_stream();
        add_tail();
        add_lists();
        add_catalogue();
        add_ancestors();
        add_project();
        add_why();
        add_graph();
        add_diff();
        add_bisect();
        attending_.add_all();
        add_verify();
        add_stats();
        add_segments();
        add_dump();
        proofs_.add_all();
        copies_.add_all();
        add_serve();
        add_bench();
        add_completions();
        add_man();
        // Last: what `help` can be asked for are the commands that there are by then.
        add_help();
    }

    // No words at all is not an error of one of them: the first things to do are said.
    ExitCode run(std::span<const std::string> words) {
        if (words.empty()) {
            console_.write_error_stream(first_words());
            return ExitCode::Usage;
        }
        // CLI11 takes them from the back.
        std::vector<std::string> reversed(words.rbegin(), words.rend());
        std::ranges::transform(reversed, reversed.begin(), marked);
        try {
            app_.parse(reversed);
        } catch (const CLI::ParseError& error) {
            // What was read before the error need not be all, so the flag is looked for in the
            // words.
            const bool json = std::ranges::find(words, "--json") != words.end();
            return explain(error, words, json ? Form::Json : Form::Human);
        }
        // From here on errors are in the form that was asked for.
        console_.set_form(json_ ? Form::Json : Form::Human);
        const Result<ExitCode> done = chosen_();
        return done ? *done : console_.report(done.error());
    }

private:
    // ---- the commands

    void add_init() {
        CLI::App& app = add_command("init", "Create a store; print the id of its log");
        add_directory(app, init_.directory);
        app.add_flag("--no-hash", init_.without_hashes, "Events carry no hashes");
        finish(app, init_);
    }

    void add_import() {
        CLI::App& app = add_command("import", "Append lines of JSON (batpak help import-format)");
        add_directory(app, import_.directory);
        CLI::Option* const input =
            app.add_option("FILE", import_.input, "The lines; -, the default: standard input");
        input->type_name("");
        values_[input] = ValueKind::File;
        // add_choices() takes the type name away, as help would print it behind the choices: it is
        // given again.
        CLI::Option& format = add_text(app, "--format", import_.format, "FORMAT",
                                       "lines (default: as the rules say), or cloudevents");
        add_choices(format, {"lines", std::string(kCloudEventsFormat)});
        format.type_name("FORMAT");
        for (std::size_t i = 0; i < kParts; ++i) add_mapping(app, static_cast<Part>(i));
        add_text(app, "--kind-name", import_.mapping.kind_names, "NAME=KIND",
                 "The number of a kind that the lines call NAME; may be repeated");
        CLI::Option& map = add_text(app, "--map", import_.mapping.file, "FILE",
                                    "Read these rules from a JSON file");
        values_[&map] = ValueKind::File;
        app.add_flag("--ignore-unknown", import_.mapping.ignore_unknown,
                     "Ignore members that are no part of an event");
        app.add_flag("--as-new-events", import_.mapping.as_new_events,
                     "Take lines of `query --json`; ids, times, causes, keys and batches are lost");
        add_number(app, "--batch-size", import_.batch_size, "Sync after N events (default: 1000)",
                   1, UINT32_MAX);
        add_number(app, "--segment-bytes", import_.segment_bytes,
                   "Begin a new segment after N bytes", store::kSegmentBytesMin,
                   store::kSegmentBytesMax);
        app.add_flag("--create", import_.create, "Create the store if it does not exist");
        app.add_flag("--resume", import_.resume,
                     "Skip as many lines as the store has events, and import the rest");
        finish(app, import_);
    }

    // Options are made for each part of an event, so a part that is added has its options.
    void add_mapping(CLI::App& app, Part part) {
        const std::string name(to_string(part));
        app.add_option_function<std::string>(
               "--" + (part == Part::Tags ? "tag" : name) + "-field",
               [this, part](const std::string& text) { import_.mapping.fields[part] = text; },
               "Where a line has the " + name)
            ->type_name("FIELD");
        // What all lines of a file may have in common; the other parts are each line's own.
        if (part != Part::Entity && part != Part::Scope && part != Part::Kind) return;
        app.add_option_function<std::string>(
               "--" + name,
               [this, part](const std::string& text) { import_.mapping.values[part] = text; },
               "The " + name + " of all lines")
            ->type_name("TEXT");
    }

    void add_import_fbat() {
        CLI::App& app =
            add_command("import-fbat", "Make a store of one of the Rust original (.fbat files)");
        values_[&add_argument(app, "SRC", import_fbat_.directory, "The directory of .fbat files")] =
            ValueKind::Directory;
        add_destination(app, import_fbat_.destination);
        app.add_flag("--salvage", import_fbat_.salvage,
                     "Leave out what is damaged or does not fit, and say so, instead of refusing");
        app.add_flag("--dry-run", import_fbat_.dry_run, "Only say what would be imported");
        finish(app, import_fbat_);
    }

    void add_append() {
        CLI::App& app = add_command("append", "Append one event");
        add_directory(app, append_.directory);
        add_argument(app, "ENTITY", append_.entity, "The entity that the event belongs to");
        add_argument(app, "SCOPE", append_.scope, "The scope that it happened in");
        add_argument(app, "KIND", append_.kind, "The kind: 0xF001, or what the store calls it");
        add_argument(app, "PAYLOAD", append_.payload, "JSON; - for standard input");
        add_text(app, "--kind-name", append_.kind_name, "NAME",
                 "What the kind is called, which the store keeps");
        add_text(app, "--expect", append_.expect, "none|exists|any|N",
                 "Only if the entity has no event, has some, or N is its latest version");
        add_text(app, "--correlation", append_.correlation, "ID", "The story it belongs to");
        add_text(app, "--causation", append_.causation, "ID", "The event that caused it");
        add_text(app, "--meta", append_.metadata, "KEY=VALUE", "Metadata; may be repeated");
        add_text(app, "--tag", append_.tags, "TEXT",
                 "What else it concerns, such as course:c1; may be repeated");
        add_text(app, "--key", append_.idempotency_key, "TEXT",
                 "An idempotency key: the same append again writes nothing");
        add_number(app, "--flags", append_.flags, "The application's bits, 8 to 31");
        finish(app, append_);
    }

    void add_get() {
        CLI::App& app = add_command("get", "Show one event");
        add_directory(app, get_.directory);
        add_argument(app, "EVENT", get_.event, "Its id or its sequence");
        app.add_flag("--check-hash", get_.check_hash, "Recompute its hash and compare");
        add_moment(app, get_.at);
        add_output(app, get_.output);
        finish(app, get_);
    }

    void add_query() {
        CLI::App& app = add_command("query", "Show the events that match all filters");
        add_directory(app, query_.directory);
        add_filter(app, query_.filter);
        add_paging(app, query_);
        finish(app, query_);
    }

    void add_export() {
        CLI::App& app = add_command("export", "Write events as lines, to a file that can grow");
        add_directory(app, export_.directory);
        CLI::Option* const file = app.add_option(
            "FILE", export_.file, "Where to, a new file; -, the default: standard output");
        file->type_name("");
        values_[file] = ValueKind::File;
        CLI::Option& format = add_text(app, "--format", export_.format, "FORMAT",
                                       "ndjson (default: as query --json), or cloudevents");
        add_choices(format, {"ndjson", std::string(kCloudEventsFormat)});
        format.type_name("FORMAT");
        app.add_flag("--resume", export_.resume,
                     "Go on at the end of FILE, if it is an export of this log");
        add_number(app, "-l,--limit", export_.limit, "At most N events");
        add_filter(app, export_.filter);
        finish(app, export_);
    }

    // A query with its entity as an argument: the rest is the same struct and the same code.
    void add_stream() {
        CLI::App& app = add_command("stream", "Show the events of one entity");
        add_directory(app, stream_.directory);
        // There from the start: CLI11 writes the argument into this string.
        stream_.filter.entity.emplace();
        add_argument(app, "ENTITY", *stream_.filter.entity, "The entity");
        add_filter_but_entity(app, stream_.filter);
        add_paging(app, stream_);
        finish(app, stream_);
    }

    void add_tail() {
        CLI::App& app =
            add_command("tail", "Show the last events, and wait for more with --follow");
        add_directory(app, tail_.directory);
        add_filter(app, tail_.filter);
        add_number(app, "-n,--last", tail_.last, "Begin with the last N events (default: 10)");
        app.add_flag("-f,--follow", tail_.follow, "Wait for more until interrupted");
        add_moment(app, tail_.at);
        add_output(app, tail_.output);
        finish(app, tail_);
    }

    void add_lists() {
        CLI::App& app = add_command("lists", "List names, with the number of their events");
        add_choices(add_argument(app, "WHAT", lists_.what, "entities, scopes, tags or kinds"),
                    {"entities", "scopes", "tags", "kinds"});
        add_directory(app, lists_.directory);
        add_text(app, "--prefix", lists_.prefix, "TEXT", "Names that begin with this");
        add_moment(app, lists_.at);
        add_format(app, lists_.output);
        finish(app, lists_);
    }

    void add_catalogue() {
        CLI::App& app =
            add_command("catalogue", "List kinds: their names, fields and numbers of events");
        add_directory(app, catalogue_.directory);
        add_moment(app, catalogue_.at);
        std::vector<std::string> formats = format_names();
        formats.emplace_back(kMermaidFormat);
        CLI::Option& option = add_text(app, "--format", catalogue_.output.format, "FORMAT",
                                       "table, json, ndjson, csv, or mermaid for a class diagram");
        add_choices(option, std::move(formats));
        option.type_name("FORMAT");
        finish(app, catalogue_);
    }

    void add_ancestors() {
        CLI::App& app = add_command("ancestors", "Show an event and what came before it");
        add_directory(app, ancestors_.directory);
        add_argument(app, "EVENT", ancestors_.event, "Its id or its sequence");
        app.add_flag("--cause", ancestors_.cause,
                     "Follow causes instead of the stream of its entity");
        add_number(app, "-l,--limit", ancestors_.limit, "At most N events (default: 1000)");
        add_moment(app, ancestors_.at);
        add_output(app, ancestors_.output);
        finish(app, ancestors_);
    }

    void add_project() {
        CLI::App& app =
            add_command("project", "Fold events into values: counts, sums, extremes, the last");
        add_directory(app, project_.directory);
        add_text(app, "--fold", project_.fold, "FOLDS",
                 "Such as count,sum(payload.hp): sum, min, max, first, last, set (default: count)");
        add_text(app, "--by", project_.by, "FIELDS", "A row for each value of these fields");
        add_number(app, "--top", project_.top, "The N rows whose first fold is the greatest");
        add_filter(app, project_.filter);
        add_moment(app, project_.at);
        add_format(app, project_.output);
        finish(app, project_);
    }

    void add_why() {
        CLI::App& app = add_command("why", "Show what an event came from, and what the gates said");
        add_directory(app, why_.directory);
        add_argument(app, "EVENT", why_.event, "Its id or its sequence");
        app.add_flag("--effects", why_.effects, "Also what it caused");
        add_number(app, "-l,--limit", why_.limit, "At most N events (default: 100)", 1, 1000);
        add_moment(app, why_.at);
        finish(app, why_);
    }

    void add_graph() {
        CLI::App& app = add_command("graph", "Draw which event caused which, as DOT or Mermaid");
        add_directory(app, graph_.directory);
        CLI::Option& option =
            add_text(app, "--format", graph_.language, "LANGUAGE", "dot or mermaid (default: dot)");
        add_choices(option, {"dot", "mermaid"});
        option.type_name("LANGUAGE");
        add_number(app, "-l,--limit", graph_.limit, "At most N events (default: 500)");
        add_filter(app, graph_.filter);
        add_moment(app, graph_.at);
        finish(app, graph_);
    }

    void add_diff() {
        CLI::App& app = add_command("diff", "Compare two stores, or two moments of one");
        add_directory(app, diff_.directory);
        CLI::Option* const other = app.add_option("OTHER", diff_.other, "A second store");
        other->type_name("");
        values_[other] = ValueKind::Directory;
        add_text(app, "--from", diff_.from, "SEQ|TIME", "The one moment (default: no event)");
        add_text(app, "--to", diff_.to, "SEQ|TIME", "The other moment (default: now)");
        add_format(app, diff_.output);
        finish(app, diff_);
    }

    void add_bisect() {
        CLI::App& app =
            add_command("bisect", "Find the event after which a command answers differently");
        add_directory(app, bisect_.directory);
        CLI::Option* const words = app.add_option(
            "COMMAND", bisect_.words, "After --: a command, with {} for the sequence of an event");
        // All words that are left, options among them: they belong to the other command.
        words->required()->expected(-1)->type_name("");
        values_[words] = ValueKind::Text;
        add_text(app, "--from", bisect_.from, "SEQ|TIME", "The one moment (default: event 0)");
        add_text(app, "--to", bisect_.to, "SEQ|TIME", "The other moment (default: now)");
        app.add_flag("--code", bisect_.code_only, "Compare exit codes alone, not the output");
        finish(app, bisect_);
    }

    void add_verify() {
        CLI::App& app = add_command("verify", "Read and check everything; print the root");
        add_directory(app, verify_.directory);
        add_number(app, "--from", verify_.from,
                   "Begin with the segment in which the event of this sequence is");
        add_number(app, "--before", verify_.before, "End before this sequence");
        add_number(app, "--expect-events", verify_.expect_events,
                   "Report damage if the store has fewer events");
        add_text(app, "--expect-root", verify_.expect_root, "HASH",
                 "Report damage if the root over all events, or over those of "
                 "--expect-events, is another");
        add_file(app, "--since", verify_.since,
                 "Report damage if the store is not the log of this checkpoint");
        add_file(app, "--policy", verify_.policy, "Whose signature of it counts");
        finish(app, verify_);
    }

    void add_stats() {
        CLI::App& app = add_command("stats", "Count what is in the store");
        add_directory(app, stats_.directory);
        add_moment(app, stats_.at);
        finish(app, stats_);
    }

    void add_segments() {
        CLI::App& app = add_command("segments", "List the files of the log, damaged ones too");
        add_directory(app, segments_.directory);
        finish(app, segments_);
    }

    void add_dump() {
        CLI::App& app = add_command("dump", "List the frames of the log, damaged ones too");
        add_directory(app, dump_.directory);
        add_number(app, "--segment", dump_.segment, "Only this segment");
        add_number(app, "--offset", dump_.offset, "Begin at this offset of the segment");
        add_number(app, "-l,--limit", dump_.limit, "At most N frames");
        app.add_flag("--explain", dump_.explain, "Explain each byte of the frame at --offset");
        finish(app, dump_);
    }

    void add_serve() {
        CLI::App& app = add_command("serve", "Show the store in a browser, on this machine");
        add_directory(app, serve_.directory);
        add_number(app, "--port", serve_.port, "Listen on this port (default: one that is free)");
        app.add_flag("--open", serve_.open, "Open a browser");
        finish(app, serve_);
    }

    void add_bench() {
        CLI::App& app = add_command("bench", "Measure batpak against other stores, here");
        add_text(app, "--against", bench_.against, "STORES",
                 "sqlite, lmdb, rocksdb, leveldb, several with commas, or all (default: sqlite)")
            .check(check_rivals, "");
        add_text(app, "--directory", bench_.directory, "DIR",
                 "Measure on the disk of this folder (default: the current one)");
        CLI::Option& only = add_text(app, "--only", bench_.only, "AREA",
                                     "appends, durable, batches or loaded (default: all)");
        add_choices(only, {"appends", "durable", "batches", "loaded"});
        only.type_name("AREA");
        app.add_flag("--quick", bench_.quick,
                     "Take a minute instead of many; the figures are noisier");
        finish(app, bench_);
    }

    void add_completions() {
        CLI::App& app = add_command("completions", "Print a completion script for a shell");
        add_choices(add_argument(app, "SHELL", shell_, "bash, zsh or fish"),
                    {"bash", "zsh", "fish"});
        app.callback([this] {
            chosen_ = [this]() -> Result<ExitCode> {
                console_.write(*completion_script(tree(), shell_));
                return ExitCode::Ok;
            };
        });
    }

    void add_man() {
        CLI::App& app = add_command("man", "Print the manual page");
        app.callback([this] {
            chosen_ = [this]() -> Result<ExitCode> {
                CommandTree whole = tree();
                for (const std::string& name : help_topics()) {
                    std::string title = name;
                    std::ranges::replace(title, '-', ' ');
                    whole.topics.push_back({std::move(title), *help_topic(name)});
                }
                console_.write(manual_page(whole, kVersion, "tamper-evident store of events"));
                return ExitCode::Ok;
            };
        });
    }

    // Topics and commands are in one namespace: none has a name of the other.
    void add_help() {
        CLI::App& app = add_command("help", "Explain a command or a topic");
        CLI::Option* const option = app.add_option("WHAT", topic_, "A command or a topic");
        option->type_name("");
        values_[option] = ValueKind::Choice;
        choices_[option] = help_topics();
        for (std::string& name : command_names()) choices_[option].push_back(std::move(name));
        help_option_ = option;
        app.callback([this] { chosen_ = [this] { return show_help(); }; });
    }

    Result<ExitCode> show_help() {
        if (topic_.empty()) {
            console_.write(app_.help());
        } else if (const auto text = help_topic(topic_)) {
            console_.write(*text);
        } else if (const CLI::App* const command = find_command(topic_)) {
            console_.write(command->help(app_.get_name()));
        } else {
            return fail(ErrorCode::InvalidArgument,
                        "no command and no topic is called \"" + escape(topic_) + "\"" +
                            meant(topic_, choices_.at(help_option_)) + " (batpak --help)");
        }
        return ExitCode::Ok;
    }

    // ---- what CLI11 says

    // Help and version are errors to CLI11. What a person mistyped most often is a command; then an
    // option. Both are looked for before CLI11's own words are used, which name what is missing and
    // not what was meant.
    ExitCode explain(const CLI::ParseError& error, std::span<const std::string> words, Form form) {
        // There is a first word: without any, run() has answered already.
        const bool is_command = find_command(words[0]) != nullptr;
        if (!is_command && !words[0].starts_with('-')) {
            console_.set_form(form);
            return console_.complain(ExitCode::Usage, "no command is called \"" + escape(words[0]) +
                                                          "\"" + meant(words[0], command_names()) +
                                                          " (batpak --help)");
        }
        std::ostringstream results;
        std::ostringstream errors;
        if (app_.exit(error, results, errors) == 0) {
            console_.write(results.str());
            return ExitCode::Ok;
        }
        console_.set_form(form);
        // An option that there is none of may be why something else is missing.
        const bool is_extra =
            error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
        const bool is_missing =
            error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
        // CLI11 says what is missing, and a mistyped option may be what would have given it.
        const std::optional<std::string> unknown =
            is_extra || is_missing ? explain_unknown_option() : std::nullopt;
        std::string text = unknown ? *unknown : is_extra ? explain_extras() : error.what();
        std::ranges::replace(text, '\n', ' ');
        const std::string command = is_command ? words[0] + " " : "";
        return console_.complain(ExitCode::Usage, text + " (batpak " + command + "--help)");
    }

    const CLI::App& chosen_app() const {
        const std::vector<CLI::App*> chosen = app_.get_subcommands();
        return chosen.empty() ? app_ : *chosen.front();
    }

    // A word with a dash that is no option was meant as one, or is a value that needs another form.
    std::optional<std::string> explain_unknown_option() const {
        const CLI::App& app = chosen_app();
        for (const std::string& word : app.remaining(true)) {
            if (!word.starts_with('-')) continue;
            const std::string name = word.substr(0, word.find('='));
            return app.get_name() + " has no option \"" + escape(name) + "\"" +
                   meant(name, option_names(app)) +
                   "; a value that begins with - is given as --option=VALUE, or behind --";
        }
        return std::nullopt;
    }

    // CLI11 lists them from the back.
    std::string explain_extras() const {
        const CLI::App& app = chosen_app();
        const std::vector<std::string> extras = app.remaining(true);
        std::string list;
        for (const std::string& word : extras)
            list += " \"" + escape(shorten(unmarked(word), 60)) + "\"";
        return app.get_name() + " takes no further arguments:" + list;
    }

    static std::string meant(std::string_view word, const std::vector<std::string>& known) {
        const auto found = nearest(word, known);
        return found ? ": did you mean " + *found + "?" : "";
    }

    static std::vector<std::string> option_names(const CLI::App& app) {
        std::vector<std::string> names;
        for (const CLI::Option* const option : app.get_options()) {
            for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        }
        return names;
    }

    const CLI::Option* help_option_ = nullptr;
    InitCommand init_;
    ImportCommand import_;
    ImportFbatCommand import_fbat_;
    AppendCommand append_;
    GetCommand get_;
    QueryCommand query_;
    ExportCommand export_;
    QueryCommand stream_;
    TailCommand tail_;
    ListsCommand lists_;
    CatalogueCommand catalogue_;
    AncestorsCommand ancestors_;
    ProjectCommand project_;
    WhyCommand why_;
    GraphCommand graph_;
    DiffCommand diff_;
    BisectCommand bisect_;
    VerifyCommand verify_;
    StatsCommand stats_;
    SegmentsCommand segments_;
    DumpCommand dump_;
    ServeCommand serve_;
    AttendDeclarations attending_{*this};
    ProofDeclarations proofs_{*this};
    CopyDeclarations copies_{*this};
    BenchCommand bench_;
    std::string shell_;
    std::string topic_;
};

}  // namespace

ExitCode run_command_line(std::span<const std::string> words, Console& console) {
    return CommandLine(console).run(words);
}

}  // namespace batpak::tool
