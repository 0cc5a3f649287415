// CommandTree: the command line as data, for completions, the manual page and all else that
// describes it.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace batpak::tool {

// What a shell offers where a value stands.
enum class ValueKind : std::uint8_t { None, Text, Directory, File, Choice };

struct CommandOption {
    std::vector<std::string> names;  // "-n", "--last"
    std::string description;
    ValueKind value = ValueKind::None;
    std::vector<std::string> choices;  // if Choice
    std::string value_name;            // "TEXT"; empty if it takes none
};

struct CommandArgument {
    std::string name;  // "DIR"
    std::string description;
    ValueKind value = ValueKind::Text;
    std::vector<std::string> choices;
};

struct CommandNode {
    std::string name;
    std::string description;
    std::vector<CommandOption> options;
    std::vector<CommandArgument> arguments;  // in their order
};

struct HelpTopic {
    std::string title;
    std::string text;
};

struct CommandTree {
    std::string program;
    std::vector<CommandNode> commands;
    std::vector<HelpTopic> topics;
};

// The completion script for "bash", "zsh" or "fish"; nothing for another shell.
std::optional<std::string> completion_script(const CommandTree& tree, std::string_view shell);

// The manual page of section 1. `purpose` is what its line NAME says.
std::string manual_page(const CommandTree& tree, std::string_view version,
                        std::string_view purpose);

}  // namespace batpak::tool
