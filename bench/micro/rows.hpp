// Rows: what Google Benchmark measured, as the rows of a report.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/report.hpp"

namespace batpak::bench::micro {

// The benchmark whose time is the unit of all others.
inline constexpr std::string_view kYardstick = "yardstick";

class Rows final : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override;

    // Adds a row of time and one of allocations for each benchmark, in the order of their making.
    void report_to(Report& report) const;

private:
    struct Measured {
        std::string name;
        std::pair<std::int64_t, std::int64_t> place;  // in the order in which they were made
        std::vector<double> times_ns;                 // of an item, by repetition
        std::vector<double> allocations;              // of an item, by repetition
    };

    Measured& of(const Run& run);
    double yardstick_ns() const;
    std::vector<const Measured*> in_order() const;

    std::vector<Measured> measured_;
};

}  // namespace batpak::bench::micro
