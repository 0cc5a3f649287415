// CommandForms: what the commands of the tool have in common, as CLI11 is told it: how a directory,
// a number, a choice, or the filters of events are given. What kind of value each option takes is
// noted beside it, for the completion scripts and the manual page.
//
// Threads: thread-compatible
// Errors:  while words are read, those of CLI11
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "tool/commands/commands.hpp"
#include "tool/declarations/command_tree.hpp"
#include "tool/files/store_files.hpp"
#include "tool/text/parse.hpp"

namespace batpak::tool {

class CommandForms {
public:
    // Borrows: the console.
    CommandForms(const char* purpose, const char* program, Console& console)
        : console_(console), app_(purpose, program) {}

    CLI::App& add_command(const char* name, const char* description);

    void add_directory(CLI::App& app, std::string& directory);
    // A directory that need not be there.
    void add_destination(CLI::App& app, std::string& destination);
    CLI::Option& add_argument(CLI::App& app, const char* name, std::string& value,
                              const char* description);

    template <class Value>
    CLI::Option& add_text(CLI::App& app, const char* name, Value& value, const char* type,
                          const char* description) {
        CLI::Option* const option = app.add_option(name, value, description);
        option->type_name(type)->allow_extra_args(false);
        return *option;
    }

    template <class Value>
    CLI::Option& add_file(CLI::App& app, const char* name, Value& value, const char* description) {
        CLI::Option& option = add_text(app, name, value, "FILE", description);
        values_[&option] = ValueKind::File;
        return option;
    }

    // CLI11 reads "010" as eight and "-1" as a large number.
    template <class Number>
    void add_number(CLI::App& app, const std::string& name, Number& target,
                    const std::string& description) {
        add_number(app, name, target, description, 0, max_of(target));
    }
    template <class Number>
    void add_number(CLI::App& app, const std::string& name, Number& target,
                    const std::string& description, std::uint64_t min, std::uint64_t max) {
        const auto read = [name, &target, min, max](const std::string& text) {
            const Result<std::uint64_t> number = parse_number(text);
            if (!number || *number < min || *number > max) {
                throw CLI::ValidationError(name, "\"" + text + "\" is not a number from " +
                                                     std::to_string(min) + " to " +
                                                     std::to_string(max) + ", in decimal digits");
            }
            // Of both kinds: a number, or one that may be absent.
            using Inner = std::remove_cvref_t<decltype(value_of(target))>;
            target = static_cast<Inner>(*number);
        };
        app.add_option_function<std::string>(name, read, description)->type_name("N");
    }

    // What a shell offers for the value of an option that is declared without these.
    void takes(const CLI::Option& option, ValueKind value) { values_[&option] = value; }
    void add_choices(CLI::Option& option, std::vector<std::string> choices);
    void add_format(CLI::App& app, OutputOptions& output);
    // For what is no list of rows.
    void add_format_but_csv(CLI::App& app, OutputOptions& output);
    void add_output(CLI::App& app, OutputOptions& output);
    void add_moment(CLI::App& app, std::optional<std::string>& at);
    void add_filter(CLI::App& app, Filter& filter);
    void add_filter_but_entity(CLI::App& app, Filter& filter);
    // The filters that a single event passes or not, wherever it stands.
    void add_filter_of_events(CLI::App& app, Filter& filter);
    void add_paging(CLI::App& app, QueryCommand& command);

    // CLI11 makes several words of one in brackets. So a word in brackets is marked before it is
    // parsed, with a byte that no argument can hold, and each option takes the mark away again.
    static std::string marked(std::string word);
    static std::string unmarked(std::string word);
    static void keep_words_whole(CLI::App& app);

    // Ends the declaration of a command. It runs after all words were read, so that it may come
    // before its options. A command that has an output takes its form here, and no command judges
    // --json by itself. Borrows: the command, until it has run.
    template <class Command>
    void finish(CLI::App& app, Command& command) {
        app.add_flag("--json", json_, "Print results as JSON, one object a line");
        keep_words_whole(app);
        app.callback([this, &command] {
            chosen_ = [this, &command]() -> Result<ExitCode> {
                if constexpr (requires {
                                  requires std::same_as<decltype(command.output), OutputOptions>;
                              }) {
                    BATPAK_CHECK(choose_form(command.output));
                }
                BATPAK_CHECK(check_directory(command.directory));
                return run(command, console_);
            };
        });
    }

protected:
    ~CommandForms() = default;

    // Null if there is no such command.
    const CLI::App* find_command(const std::string& name) const;
    std::vector<std::string> command_names() const;
    // All commands, as data.
    CommandTree tree() const;

    Console& console_;
    CLI::App app_;
    bool json_ = false;
    std::function<Result<ExitCode>()> chosen_;
    std::map<const CLI::Option*, ValueKind> values_;
    std::map<const CLI::Option*, std::vector<std::string>> choices_;

private:
    template <class Number>
    static Number value_of(const Number&);
    template <class Number>
    static Number value_of(const std::optional<Number>&);
    template <class Number>
    static std::uint64_t max_of(const Number& target) {
        return std::numeric_limits<decltype(value_of(target))>::max();
    }
    void add_names(CLI::App& app, Filter& filter);
    void add_facts(CLI::App& app, Filter& filter);
    void add_where(CLI::App& app, Filter& filter);
    void add_to(CommandNode& node, const CLI::Option& option) const;
    [[nodiscard]] Result<void> choose_form(const OutputOptions& output);
};

}  // namespace batpak::tool
