// Completion scripts. Each offers the commands first, then the options of the command that was
// given, and for arguments what their kind says: directories, files or choices. The three shells
// quote in three ways, so each has its own functions and none builds upon another's text.
#include <fmt/format.h>

#include <algorithm>

#include "tool/declarations/command_tree.hpp"

namespace batpak::tool {
namespace {

std::string join(const std::vector<std::string>& words, std::string_view separator) {
    return fmt::format("{}", fmt::join(words, separator));
}

// In single quotes, as all three shells read them.
std::string single_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::vector<std::string> command_names(const CommandTree& tree) {
    std::vector<std::string> names;
    for (const CommandNode& command : tree.commands) names.push_back(command.name);
    return names;
}

std::vector<std::string> option_names(const CommandNode& command) {
    std::vector<std::string> names;
    for (const CommandOption& option : command.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    return names;
}

// ---- bash

// compgen splits at blanks: no name that batpak completes has any.
std::string bash_offer(ValueKind value, const std::vector<std::string>& choices) {
    switch (value) {
        case ValueKind::Directory: return "COMPREPLY=($(compgen -d -- \"$word\"))";
        case ValueKind::File: return "COMPREPLY=($(compgen -f -- \"$word\"))";
        case ValueKind::Choice:
            return fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\"))",
                               single_quoted(join(choices, " ")));
        case ValueKind::None:
        case ValueKind::Text: break;
    }
    return "COMPREPLY=()";
}

// `place` counts the words after the command that are neither options nor their values.
std::string bash_command(const CommandNode& command) {
    std::string out = fmt::format("    {})\n        case \"$previous\" in\n", command.name);
    std::vector<std::string> with_value;
    for (const CommandOption& option : command.options) {
        if (option.value == ValueKind::None) continue;
        with_value.insert(with_value.end(), option.names.begin(), option.names.end());
        out += fmt::format("        {}) {}; return ;;\n", join(option.names, "|"),
                           bash_offer(option.value, option.choices));
    }
    out += "        esac\n";
    out += fmt::format(
        "        if [[ $word == -* ]]; then\n"
        "            COMPREPLY=($(compgen -W {} -- \"$word\"))\n"
        "            return\n"
        "        fi\n"
        "        local place=0 i\n"
        "        for ((i = 2; i < COMP_CWORD; ++i)); do\n"
        "            case \"${{COMP_WORDS[i]}}\" in\n",
        single_quoted(join(option_names(command), " ")));
    if (!with_value.empty())
        out += fmt::format("            {}) ((++i)) ;;\n", join(with_value, "|"));
    out +=
        "            -?*) ;;\n"
        "            *) ((++place)) ;;\n"
        "            esac\n"
        "        done\n"
        "        case $place in\n";
    for (std::size_t i = 0; i < command.arguments.size(); ++i) {
        const CommandArgument& argument = command.arguments[i];
        out += fmt::format("        {}) {} ;;\n", i, bash_offer(argument.value, argument.choices));
    }
    return out + "        esac\n        ;;\n";
}

std::string bash_script(const CommandTree& tree) {
    std::string out = fmt::format(
        "# bash completion of {0}: source it, or put it into bash-completion's folder.\n"
        "_{0}() {{\n"
        "    local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}\n"
        "    COMPREPLY=()\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        COMPREPLY=($(compgen -W {1} -- \"$word\"))\n"
        "        return\n"
        "    fi\n"
        "    case \"${{COMP_WORDS[1]}}\" in\n",
        tree.program, single_quoted(join(command_names(tree), " ")));
    for (const CommandNode& command : tree.commands) out += bash_command(command);
    return out + fmt::format("    esac\n}}\ncomplete -o filenames -F _{0} {0}\n", tree.program);
}

// ---- zsh

// For a text there is nothing to offer, and zsh wants a blank for that.
std::string zsh_action(ValueKind value, const std::vector<std::string>& choices) {
    switch (value) {
        case ValueKind::Directory: return "_files -/";
        case ValueKind::File: return "_files";
        case ValueKind::Choice: return "(" + join(choices, " ") + ")";
        case ValueKind::None:
        case ValueKind::Text: break;
    }
    return " ";
}

// _arguments reads brackets and colons.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_command(const CommandNode& command) {
    std::string out = fmt::format("    {})\n        _arguments -s", command.name);
    for (const CommandOption& option : command.options) {
        for (const std::string& name : option.names) {
            std::string spec = fmt::format("*{}[{}]", name, zsh_text(option.description));
            if (option.value != ValueKind::None) {
                spec += fmt::format(":value:{}", zsh_action(option.value, option.choices));
            }
            out += " \\\n            " + single_quoted(spec);
        }
    }
    for (const CommandArgument& argument : command.arguments) {
        out += " \\\n            " +
               single_quoted(fmt::format(":{}:{}", zsh_text(argument.name),
                                         zsh_action(argument.value, argument.choices)));
    }
    return out + "\n        ;;\n";
}

std::string zsh_script(const CommandTree& tree) {
    std::string out = fmt::format(
        "#compdef {0}\n"
        "# zsh completion of {0}: put it as _{0} into a folder of $fpath.\n"
        "local -a commands=(\n",
        tree.program);
    for (const CommandNode& command : tree.commands) {
        out += fmt::format("    {}\n", single_quoted(fmt::format("{}:{}", command.name,
                                                                 zsh_text(command.description))));
    }
    out +=
        ")\n"
        "if ((CURRENT == 2)); then\n"
        "    _describe command commands\n"
        "    return\n"
        "fi\n"
        "local command=$words[2]\n"
        "shift words\n"
        "((CURRENT--))\n"
        "case $command in\n";
    for (const CommandNode& command : tree.commands) out += zsh_command(command);
    return out + "esac\n";
}

// ---- fish

// fish reads backslashes in single quotes.
std::string fish_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

std::string fish_value(ValueKind value, const std::vector<std::string>& choices) {
    switch (value) {
        case ValueKind::Directory: return " -x -a '(__fish_complete_directories)'";
        case ValueKind::File: return " -r -F";
        case ValueKind::Choice: return " -x -a " + fish_quoted(join(choices, " "));
        case ValueKind::Text: return " -x";
        case ValueKind::None: break;
    }
    return "";
}

// Only long options get two dashes from fish, and -l takes the name without them.
std::string fish_command(const CommandTree& tree, const CommandNode& command) {
    std::string out = fmt::format("complete -c {} -f -n __fish_use_subcommand -a {} -d {}\n",
                                  tree.program, command.name, fish_quoted(command.description));
    const std::string here = fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}'",
                                         tree.program, command.name);
    for (const CommandOption& option : command.options) {
        out += here;
        for (const std::string& name : option.names) {
            const bool is_long = name.starts_with("--");
            out += fmt::format(" {} {}", is_long ? "-l" : "-s", name.substr(is_long ? 2 : 1));
        }
        out += fish_value(option.value, option.choices);
        out += " -d " + fish_quoted(option.description) + "\n";
    }
    for (const CommandArgument& argument : command.arguments) {
        if (argument.value == ValueKind::Text) continue;
        const std::string offer = fish_value(argument.value, argument.choices);
        out += here + (argument.value == ValueKind::File ? " -F" : offer) + "\n";
    }
    return out;
}

std::string fish_script(const CommandTree& tree) {
    std::string out = fmt::format(
        "# fish completion of {0}: put it as {0}.fish into fish's folder of completions.\n"
        "complete -c {0} -f\n",
        tree.program);
    for (const CommandNode& command : tree.commands) out += fish_command(tree, command);
    return out;
}

}  // namespace

std::optional<std::string> completion_script(const CommandTree& tree, std::string_view shell) {
    if (shell == "bash") return bash_script(tree);
    if (shell == "zsh") return zsh_script(tree);
    if (shell == "fish") return fish_script(tree);
    return std::nullopt;
}

}  // namespace batpak::tool
