// Report: the rows of a run, as a table for people and as JSON lines for --compare.
//
// A row's value is a ratio of two things measured in this run, or a count; it means the same on
// every machine. Times and rates of this run stand in `here`, for reading only.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdio>
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
    std::optional<double> gate;   // what must hold
    std::optional<Ratio> spread;  // of the repetitions
    std::vector<std::pair<std::string, double>> here;
};

class Report {
public:
    // Prints a line at once, so that a long run shows how far it is.
    void add(Row row);
    void add_cost(Row row, const Ratio& ratio);
    void heading(const std::string& text);

    void print_json(std::FILE* into, const std::string& machine_json) const;

private:
    std::vector<Row> rows_;
};

std::string json_string(const std::string& text);

}  // namespace batpak::bench
