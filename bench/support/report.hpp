// Report: the rows of a run, as a table for people and as JSON lines for --compare.
//
// A row's value is a ratio of two things measured in this run, or a count; it means the same on
// every machine. Times and rates of this run stand in `here`, for reading only. What must hold of a
// row stands in bench/gates.tsv.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/contest.hpp"

namespace batpak::bench {

enum class Better : std::uint8_t { Lower, Higher };

struct Row {
    std::string name;  // stable: --compare goes by it
    std::string what;  // what it measures, in words
    double value = 0;
    std::string unit;
    Better better = Better::Lower;
    std::optional<Ratio> spread;  // of the repetitions
    std::vector<std::pair<std::string, double>> here;
};

struct Gate {
    double value = 0;
    Better better = Better::Lower;

    bool holds(double measured) const noexcept {
        return better == Better::Lower ? measured <= value : measured >= value;
    }
};

class Report {
public:
    // Reads the gates.
    Report();

    // Prints a line at once, so that a long run shows how far it is.
    void add(Row row);
    void add_cost(Row row, const Ratio& ratio);
    void heading(const std::string& text);
    // Rows from now on belong to this area, which --only can measure alone.
    void enter(std::string area) { area_ = std::move(area); }

    // A line of JSON that is no row: a figure for plots, which no gate judges.
    void add_figure(std::string json);

    void print_json(std::FILE* into, const std::string& machine_json) const;

private:
    struct AddedRow {
        std::string area;
        Row row;
    };

    const Gate* gate_of(const Row& row) const;
    std::string verdict(const Row& row) const;

    std::map<std::string, Gate> gates_;
    std::vector<AddedRow> rows_;
    std::string area_;
    std::vector<std::string> figures_;
};

std::string json_string(const std::string& text);

}  // namespace batpak::bench
