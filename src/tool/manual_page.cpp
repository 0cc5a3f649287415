// The manual page, in the macros of man(7). It has no date, so that the same sources make the same
// bytes.
#include <fmt/format.h>

#include <algorithm>

#include "tool/declarations/command_tree.hpp"

namespace batpak::tool {
namespace {

// troff reads backslashes anywhere, and takes a hyphen for one that it may break or beautify.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
            // Written as minus, a hyphen can be copied from the page into a shell.
        } else if (c == '-') {
            out += "\\-";
        } else if (c == '\'') {
            out += "\\(aq";
        } else if (c == '`') {
            out += "\\(ga";
        } else if (c == '^') {
            out += "\\(ha";
        } else if (c == '~') {
            out += "\\(ti";
        } else {
            out += c;
        }
    }
    return out;
}

// A line that begins with a period would be a macro; an apostrophe is written as a name already.
std::string paragraph(std::string_view text) {
    const std::string out = roff(text);
    return (out.starts_with('.') ? "\\&" : "") + out + "\n";
}

// Lines as they are. The help topics are laid out by their blanks, which troff would fill.
std::string verbatim(std::string_view text) {
    std::string out = ".nf\n";
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        out += paragraph(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return out + ".fi\n";
}

std::string option_line(const CommandOption& option) {
    std::string out = ".TP\n.B ";
    for (std::size_t i = 0; i < option.names.size(); ++i) {
        out += (i == 0 ? "" : ", ") + roff(option.names[i]);
    }
    if (option.value != ValueKind::None) out += " \\fI" + roff(option.value_name) + "\\fR";
    return out + "\n" + paragraph(option.description);
}

std::string command_section(const CommandTree& tree, const CommandNode& command) {
    std::string out = fmt::format(".SS {} {}", tree.program, command.name);
    for (const CommandArgument& argument : command.arguments) out += " " + roff(argument.name);
    out += "\n" + paragraph(command.description + ".");
    for (const CommandArgument& argument : command.arguments) {
        out += ".TP\n.I " + roff(argument.name) + "\n" + paragraph(argument.description);
    }
    for (const CommandOption& option : command.options) out += option_line(option);
    return out;
}

}  // namespace

std::string manual_page(const CommandTree& tree, std::string_view version,
                        std::string_view purpose) {
    std::string title = tree.program;
    std::ranges::transform(title, title.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    std::string out = fmt::format(
        ".\\\" Made by `{0} man`.\n"
        ".TH {1} 1 \"\" \"{0} {2}\" \"User Commands\"\n"
        ".SH NAME\n{0} \\- {3}\n"
        ".SH SYNOPSIS\n.B {0}\n.I COMMAND\n[\\fIARGUMENT\\fR...] [\\fIOPTION\\fR...]\n"
        ".SH DESCRIPTION\n{4}"
        ".SH COMMANDS\n",
        tree.program, title, roff(version), roff(purpose),
        paragraph(
            "Inspects stores of events, fills them and checks them. Options may come anywhere "
            "after the command; after -- nothing is an option."));
    for (const CommandNode& command : tree.commands) out += command_section(tree, command);
    for (const HelpTopic& topic : tree.topics) {
        out += ".SH " + roff(topic.title) + "\n" + verbatim(topic.text);
    }
    return out;
}

}  // namespace batpak::tool
