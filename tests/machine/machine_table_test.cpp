// Goal:   the diagrams of a table say what the table says, the same text always.
// Method: parsed back by a reader that knows only what the two languages look like.
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <tuple>

#include "machine/machines.hpp"

namespace batpak::testing {
namespace {

struct Diagram {
    std::string initial;
    std::set<std::tuple<std::string, std::string, std::string>> edges;  // from, label, to
    std::set<std::string> finals;

    friend bool operator==(const Diagram&, const Diagram&) = default;
};

Diagram diagram_of(const MachineTable& table) {
    Diagram diagram{std::string(table.states[0]), {}, {}};
    for (const std::string_view state : table.states) diagram.finals.emplace(state);
    for (const MachineEdge& edge : table.edges) {
        diagram.edges.emplace(
            table.states[edge.from],
            std::string(table.events[edge.event].name) + (edge.guarded ? " [guarded]" : ""),
            table.states[edge.to]);
        diagram.finals.erase(std::string(table.states[edge.from]));
    }
    return diagram;
}

Diagram parse_mermaid(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "stateDiagram-v2");
    Diagram diagram;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string from;
        std::string arrow;
        std::string to;
        words >> from >> arrow >> to;
        EXPECT_EQ(arrow, "-->") << line;
        const std::size_t colon = line.find(" : ");
        if (from == "[*]") diagram.initial = to;
        if (to == "[*]") diagram.finals.insert(from);
        if (colon != std::string::npos) diagram.edges.emplace(from, line.substr(colon + 3), to);
    }
    return diagram;
}

// The texts in quotes of a line, in their order.
std::vector<std::string> quoted_in(const std::string& line) {
    std::vector<std::string> texts;
    for (std::size_t at = line.find('"'); at != std::string::npos; at = line.find('"', at)) {
        const std::size_t end = line.find('"', at + 1);
        texts.push_back(line.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return texts;
}

Diagram parse_dot(const std::string& text) {
    std::istringstream lines(text);
    Diagram diagram;
    for (std::string line; std::getline(lines, line);) {
        const std::vector<std::string> texts = quoted_in(line);
        if (line.find("doublecircle") != std::string::npos) diagram.finals.insert(texts.at(0));
        if (line.find("->") == std::string::npos) continue;
        if (texts.size() == 2) diagram.initial = texts[1];
        if (texts.size() == 3) diagram.edges.emplace(texts[0], texts[2], texts[1]);
    }
    return diagram;
}

TEST(MachineDiagram, ParsedBackIsTheTable) {
    for (const MachineTable* table : {&Door::table(), &Game::table(), &Light::table()}) {
        EXPECT_EQ(parse_mermaid(table->to_mermaid()), diagram_of(*table)) << table->to_mermaid();
        EXPECT_EQ(parse_dot(table->to_dot()), diagram_of(*table)) << table->to_dot();
    }
    EXPECT_EQ(diagram_of(Light::table()).finals.size(), 0U);
    EXPECT_EQ(diagram_of(Door::table()).finals, std::set<std::string>{"Broken"});
}

TEST(MachineDiagram, IsTheSameTextAlways) {
    EXPECT_EQ(Door::to_mermaid(),
              "stateDiagram-v2\n"
              "    [*] --> Open\n"
              "    Open --> Shut : DoorShut\n"
              "    Shut --> Open : DoorOpened\n"
              "    Shut --> Locked : DoorLocked\n"
              "    Locked --> Shut : DoorUnlocked [guarded]\n"
              "    Locked --> Broken : DoorKicked [guarded]\n"
              "    Broken --> [*]\n");
    EXPECT_TRUE(Light::to_dot().starts_with("digraph \"light\" {\n    \"\" [shape=point];\n"));
}

}  // namespace
}  // namespace batpak::testing
