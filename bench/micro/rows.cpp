#include "micro/rows.hpp"

#include <algorithm>
#include <cmath>

#include "support/must.hpp"
#include "support/samples.hpp"

namespace batpak::bench::micro {
namespace {

std::string name_of(const benchmark::BenchmarkName& name) {
    return name.args.empty() ? name.function_name : name.function_name + "/" + name.args;
}

// What is less than a hundredth of an allocation is an array that doubles now and then.
double to_hundredths(double count) { return std::round(count * 100) / 100; }

}  // namespace

Rows::Measured& Rows::of(const Run& run) {
    const std::pair place(run.family_index, run.per_family_instance_index);
    const auto found = std::ranges::find(measured_, place, &Measured::place);
    if (found != measured_.end()) return *found;
    return measured_.emplace_back(Measured{name_of(run.run_name), place, {}, {}});
}

void Rows::ReportRuns(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
        if (run.run_type != Run::RT_Iteration) continue;  // means and the like
        Measured& measured = of(run);
        measured.times_ns.push_back(1e9 / run.counters.at("items_per_second").value);
        measured.allocations.push_back(run.counters.at("allocations").value);
    }
}

double Rows::yardstick_ns() const {
    const auto found = std::ranges::find(measured_, kYardstick, &Measured::name);
    must_hold(found != measured_.end(), "the yardstick was measured: no filter leaves it out");
    return median(found->times_ns);
}

std::vector<const Rows::Measured*> Rows::in_order() const {
    std::vector<const Measured*> sorted;
    for (const Measured& measured : measured_)
        if (measured.name != kYardstick) sorted.push_back(&measured);
    std::ranges::sort(sorted, {}, [](const Measured* measured) { return measured->place; });
    return sorted;
}

void Rows::report_to(Report& report) const {
    const double yardstick = yardstick_ns();
    report.heading("Processor time of an item");
    for (const Measured* const measured : in_order()) {
        const double time_ns = median(measured->times_ns);
        const auto [low, high] = std::ranges::minmax(measured->times_ns);
        char what[64];
        std::snprintf(what, sizeof what, "%.1f ns, %.3g M/s", time_ns, 1e3 / time_ns);
        report.add_cost({.name = measured->name,
                         .what = what,
                         .unit = "x yardstick",
                         .spread = std::nullopt,
                         .here = {{"ns", time_ns}, {"yardstick_ns", yardstick}}},
                        {time_ns / yardstick, low / yardstick, high / yardstick});
    }
    report.heading("Allocations of an item");
    for (const Measured* const measured : in_order()) {
        report.add({.name = measured->name + ".allocations",
                    .value = to_hundredths(median(measured->allocations)),
                    .unit = "an item",
                    .spread = std::nullopt,
                    .here = {}});
    }
}

}  // namespace batpak::bench::micro
