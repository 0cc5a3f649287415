#include "support/report.hpp"

#include <fstream>
#include <sstream>

#include "support/must.hpp"

namespace batpak::bench {
namespace {

std::string number(double value) {
    char text[32];
    const char* const form = value >= 100 ? "%.0f" : value >= 0.095 || value == 0 ? "%.2f" : "%.4f";
    std::snprintf(text, sizeof text, form, value);
    return text;
}

}  // namespace

std::string json_string(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return quoted + '"';
}

Report::Report() {
    // BATPAK_GATES is the file in the source tree; without it, rows have no verdict.
    std::ifstream file(BATPAK_GATES);
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream words(line);
        std::string name;
        std::string better;
        Gate gate;
        words >> name >> gate.value >> better;
        must_hold(!words.fail() && (better == "lower" || better == "higher"),
                  "each line of gates.tsv is a row, a number, and lower or higher");
        gate.better = better == "lower" ? Better::Lower : Better::Higher;
        gates_.emplace(name, gate);
    }
}

const Gate* Report::gate_of(const Row& row) const {
    const auto found = gates_.find(row.name);
    if (found == gates_.end()) return nullptr;
    must_hold(found->second.better == row.better, "a row and its gate mean the same by better");
    return &found->second;
}

std::string Report::verdict(const Row& row) const {
    const Gate* const gate = gate_of(row);
    if (gate == nullptr) return "";
    std::string text = gate->holds(row.value) ? "ok   " : "MISS ";
    return text.append(gate->better == Better::Lower ? "<= " : ">= ").append(number(gate->value));
}

void Report::add_figure(std::string json) { figures_.push_back(std::move(json)); }

void Report::heading(const std::string& text) { std::printf("\n%s\n", text.c_str()); }

void Report::add(Row row) {
    std::string spread;
    if (row.spread) {
        spread.append("[").append(number(row.spread->low)).append(" ");
        spread.append(number(row.spread->high)).append("]");
    }
    std::printf("  %-42s %8s %-13s %-16s %-14s %s\n", row.name.c_str(), number(row.value).c_str(),
                row.unit.c_str(), spread.c_str(), verdict(row).c_str(), row.what.c_str());
    std::fflush(stdout);
    rows_.push_back({area_, std::move(row)});
}

void Report::add_cost(Row row, const Ratio& ratio) {
    row.value = ratio.median;
    row.spread = ratio;
    add(std::move(row));
}

void Report::print_json(std::FILE* into, const std::string& machine_json) const {
    std::fprintf(into, "%s\n", machine_json.c_str());
    for (const auto& [area, row] : rows_) {
        std::fprintf(into, "{\"name\":%s,\"value\":%.6g,\"unit\":%s,\"better\":\"%s\"",
                     json_string(row.name).c_str(), row.value, json_string(row.unit).c_str(),
                     row.better == Better::Lower ? "lower" : "higher");
        if (!area.empty()) std::fprintf(into, ",\"area\":%s", json_string(area).c_str());
        if (const Gate* const gate = gate_of(row))
            std::fprintf(into, ",\"gate\":%.6g", gate->value);
        if (row.spread)
            std::fprintf(into, ",\"low\":%.6g,\"high\":%.6g", row.spread->low, row.spread->high);
        const char* comma = ",\"here\":{";
        for (const auto& [name, value] : row.here) {
            std::fprintf(into, "%s%s:%.6g", comma, json_string(name).c_str(), value);
            comma = ",";
        }
        std::fprintf(into, "%s,\"what\":%s}\n", row.here.empty() ? "" : "}",
                     json_string(row.what).c_str());
    }
    for (const std::string& figure : figures_) std::fprintf(into, "%s\n", figure.c_str());
}

}  // namespace batpak::bench
