// The forms that options take, each once: a directory, a filter, paging, output, a moment. What is
// registered here for CLI11 is also remembered by its kind, so that completions and the manual page
// come from the same declarations as the parser.
#include "tool/declarations/command_forms.hpp"

#include "tool/console/rows.hpp"
#include "tool/input/choices.hpp"

namespace batpak::tool {

CLI::App& CommandForms::add_command(const char* name, const char* description) {
    CLI::App* const command = app_.add_subcommand(name, description);
    command->set_help_flag("-h,--help", "Print this help");
    return *command;
}

void CommandForms::add_directory(CLI::App& app, std::string& directory) {
    CLI::Option* const option = app.add_option("DIR", directory, "The directory of the store");
    option->required()->type_name("");
    values_[option] = ValueKind::Directory;
}

void CommandForms::add_destination(CLI::App& app, std::string& destination) {
    CLI::Option& option =
        add_argument(app, "DEST", destination, "Where to, an empty directory or a new one");
    values_[&option] = ValueKind::Directory;
}

CLI::Option& CommandForms::add_argument(CLI::App& app, const char* name, std::string& value,
                                        const char* description) {
    CLI::Option* const option = app.add_option(name, value, description);
    option->required()->type_name("");
    values_[option] = ValueKind::Text;
    return *option;
}

void CommandForms::add_choices(CLI::Option& option, std::vector<std::string> choices) {
    // Not CLI11's own check, whose words do not name the nearest choice.
    option.check([choices](const std::string& text) { return check_choice(text, choices); }, "");
    option.type_name("");
    values_[&option] = ValueKind::Choice;
    choices_[&option] = std::move(choices);
}

std::string CommandForms::marked(std::string word) {
    if (word.starts_with('[') && word.ends_with(']')) word.push_back('\0');
    return word;
}

std::string CommandForms::unmarked(std::string word) {
    if (word.ends_with('\0')) word.pop_back();
    return word;
}

void CommandForms::keep_words_whole(CLI::App& app) {
    for (CLI::Option* const option : app.get_options()) option->transform(unmarked, "");
}

void CommandForms::add_format(CLI::App& app, OutputOptions& output) {
    CLI::Option* const option =
        app.add_option("--format", output.format,
                       "table (never cut but by a terminal), json (an array), ndjson (as "
                       "--json), csv");
    option->allow_extra_args(false);
    add_choices(*option, format_names());
    option->type_name("FORMAT");
}

void CommandForms::add_format_but_csv(CLI::App& app, OutputOptions& output) {
    std::vector<std::string> formats = format_names();
    std::erase(formats, "csv");
    CLI::Option& option = add_text(app, "--format", output.format, "FORMAT",
                                   "table, json (an array) or ndjson (as --json)");
    add_choices(option, std::move(formats));
    option.type_name("FORMAT");
}

void CommandForms::add_output(CLI::App& app, OutputOptions& output) {
    add_format(app, output);
    add_text(app, "--fields", output.fields, "FIELDS",
             "Only these, such as sequence,entity,payload.hp (batpak help json)");
}

void CommandForms::add_moment(CLI::App& app, std::optional<std::string>& at) {
    add_text(app, "--at", at, "SEQ|TIME",
             "As the store was when this event was its latest, or at this time");
}

void CommandForms::add_names(CLI::App& app, Filter& filter) {
    add_text(app, "--entity", filter.entity, "TEXT", "Events of this entity");
    add_text(app, "--entity-prefix", filter.entity_prefix, "TEXT",
             "Events of entities whose name begins with this");
}

void CommandForms::add_filter(CLI::App& app, Filter& filter) {
    add_names(app, filter);
    add_filter_but_entity(app, filter);
}

void CommandForms::add_filter_but_entity(CLI::App& app, Filter& filter) {
    add_facts(app, filter);
    add_number(app, "--from", filter.from, "Events from this sequence on");
    add_number(app, "--after", filter.after, "Events after this sequence");
    add_number(app, "--before", filter.before, "Events before this sequence");
    add_text(app, "--since", filter.since, "TIME",
             "Events since 2025-11-22[T08:46:14Z], @1763801174, or 90s, 15m, 2h, 7d ago");
    add_text(app, "--until", filter.until, "TIME", "Events before this time");
    add_where(app, filter);
}

void CommandForms::add_filter_of_events(CLI::App& app, Filter& filter) {
    add_names(app, filter);
    add_facts(app, filter);
    add_where(app, filter);
}

void CommandForms::add_facts(CLI::App& app, Filter& filter) {
    add_text(app, "--scope", filter.scope, "TEXT", "Events of this scope");
    add_text(app, "--tag", filter.tags, "TEXT", "Events with this tag; repeated: with all");
    add_text(app, "--kind", filter.kinds, "KIND",
             "Events of this kind, by name or number; may be repeated");
    add_text(app, "--category", filter.categories, "N",
             "Events of this category; with --kind and repeated: of any of them");
    add_text(app, "--correlation", filter.correlation, "ID", "Events of this story");
    add_text(app, "--causation", filter.causation, "ID", "Events that this one caused");
}

void CommandForms::add_where(CLI::App& app, Filter& filter) {
    add_text(app, "--where", filter.where, "EXPRESSION",
             "Events for which this holds, such as \"payload.hp > 3 and not metadata.user\"");
}

void CommandForms::add_paging(CLI::App& app, QueryCommand& command) {
    add_number(app, "-l,--limit", command.limit, "At most N events");
    app.add_flag("--reverse", command.reverse, "Latest first");
    app.add_flag("--count", command.count, "Print only how many there are");
    app.add_flag("--check-hash", command.check_hash, "Recompute each event's hash and compare");
    add_moment(app, command.at);
    add_output(app, command.output);
}

// --json and --format would both be right, and could say two different things.
Result<void> CommandForms::choose_form(const OutputOptions& output) {
    if (!output.format) return {};
    if (json_)
        return fail(ErrorCode::InvalidArgument, "--json is --format ndjson: give one of them");
    const bool is_diagram = *output.format == kMermaidFormat;
    console_.set_form(is_diagram ? Form::Human : form_of(to_format(*output.format)));
    return {};
}

const CLI::App* CommandForms::find_command(const std::string& name) const {
    for (const CLI::App* const command : app_.get_subcommands({})) {
        if (command->get_name() == name) return command;
    }
    return nullptr;
}

std::vector<std::string> CommandForms::command_names() const {
    std::vector<std::string> names;
    for (const CLI::App* const command : app_.get_subcommands({})) {
        names.push_back(command->get_name());
    }
    return names;
}

CommandTree CommandForms::tree() const {
    CommandTree tree{.program = app_.get_name(), .commands = {}, .topics = {}};
    for (const CLI::App* const app : app_.get_subcommands({})) {
        CommandNode node{app->get_name(), app->get_description(), {}, {}};
        for (const CLI::Option* const option : app->get_options()) add_to(node, *option);
        tree.commands.push_back(std::move(node));
    }
    return tree;
}

// The tree is plain data: neither completions nor the manual page know CLI11.
void CommandForms::add_to(CommandNode& node, const CLI::Option& option) const {
    const auto known = values_.find(&option);
    const auto choices = choices_.find(&option);
    // What nobody noted is text; an option that takes no value is a flag, as CLI11 knows by itself.
    ValueKind value = known == values_.end() ? ValueKind::Text : known->second;
    if (option.get_items_expected_max() == 0) value = ValueKind::None;
    std::vector<std::string> words;
    if (choices != choices_.end()) words = choices->second;
    if (option.get_positional()) {
        node.arguments.push_back(
            {option.get_name(true), option.get_description(), value, std::move(words)});
        return;
    }
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    std::string value_name = option.get_type_name();
    if (value_name.empty() && value != ValueKind::None) value_name = "VALUE";
    node.options.push_back({std::move(names), option.get_description(), value, std::move(words),
                            std::move(value_name)});
}

}  // namespace batpak::tool
