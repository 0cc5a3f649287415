// log_bench: what the log costs, against the least that a file can do, and in counts.
//
//     log_bench [--surface neutral|native] [--quick] [--directory PATH] [--json PATH]
//               [--only AREA] [--machine]
//
// neutral: against a file (durable, buffered, batches, reads). native: of batpak alone (costs,
// keys, open, knobs, delivery, projections). Every figure is a ratio of two things measured in this
// run, or a count.
#include <cstring>
#include <optional>

#include "log/areas.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"

namespace batpak::bench {
namespace {

struct Area {
    const char* surface;
    const char* name;
    void (*measure)(const Bench& bench);
};

constexpr Area kAreas[] = {
    {"neutral", "durable", measure_durable},  {"neutral", "buffered", measure_buffered},
    {"neutral", "batches", measure_batches},  {"neutral", "reads", measure_reads},
    {"native", "costs", measure_costs},       {"native", "keys", measure_keys},
    {"native", "open", measure_open},         {"native", "knobs", measure_knobs},
    {"native", "delivery", measure_delivery}, {"native", "projections", measure_projections},
};

struct Arguments {
    std::string surface;  // empty: all
    std::string only;     // empty: all
    std::string directory = ".";
    std::string json;
    bool quick = false;
    bool machine_only = false;
};

Arguments parse(int count, char** words) {
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const auto value = [&]() -> std::string {
            if (++i == count) give_up(word + " needs a value");
            return words[i];
        };
        if (word == "--quick") {
            arguments.quick = true;
        } else if (word == "--machine") {
            arguments.machine_only = true;
        } else if (word == "--surface") {
            arguments.surface = value();
        } else if (word == "--only") {
            arguments.only = value();
        } else if (word == "--directory") {
            arguments.directory = value();
        } else if (word == "--json") {
            arguments.json = value();
        } else {
            give_up("no such option: " + word);
        }
    }
    return arguments;
}

int run(const Arguments& arguments) {
    // A folder of its own, which is removed at the end with all that is in it.
    const std::string directory = arguments.directory + "/batpak-bench";
    std::filesystem::create_directories(directory);
    const Machine machine = Machine::describe(directory);
    if (arguments.machine_only) {
        std::printf("%s\n", machine.slug().c_str());
        return 0;
    }
    machine.print();
    Report report;
    const Bench bench{report, directory, arguments.quick, machine.sync_us_p50};
    for (const Area& area : kAreas) {
        const bool of_surface = arguments.surface.empty() || arguments.surface == area.surface;
        const bool asked = arguments.only.empty() || arguments.only == area.name;
        if (of_surface && asked) area.measure(bench);
    }
    std::filesystem::remove_all(directory);
    std::printf("\n");
    report.print_json(stdout, machine.json());
    if (arguments.json.empty()) return 0;
    std::FILE* const file = std::fopen(arguments.json.c_str(), "w");
    if (file == nullptr) give_up("cannot write " + arguments.json);
    report.print_json(file, machine.json());
    return std::fclose(file) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) { return batpak::bench::run(batpak::bench::parse(count, words)); }
