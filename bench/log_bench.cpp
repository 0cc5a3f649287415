// log_bench: what the log costs, against the least that a file can do, and in counts.
//
//     log_bench [--surface neutral|native] [--quick] [--directory PATH] [--json PATH]
//               [--only AREA] [--machine]
//
// neutral: against a file (durable, buffered, batches, reads). native: of batpak alone (costs,
// keys, tags, open, knobs, delivery, projections). Every figure is a ratio of two things measured
// in this run, or a count.
#include <string>

#include "log/areas.hpp"
#include "support/machine.hpp"
#include "support/program.hpp"

namespace batpak::bench {
namespace {

struct Area {
    const char* surface;
    const char* name;
    void (*measure)(const Bench& bench);
};

constexpr Area kAreas[] = {
    {"neutral", "durable", measure_durable},
    {"neutral", "buffered", measure_buffered},
    {"neutral", "batches", measure_batches},
    {"neutral", "reads", measure_reads},
    {"native", "costs", measure_costs},
    {"native", "keys", measure_keys},
    {"native", "tags", measure_tags},
    {"native", "open", measure_open},
    {"native", "knobs", measure_knobs},
    {"native", "delivery", measure_delivery},
    {"native", "projections", measure_projections},
};

bool is_asked(const std::string& asked, const char* name) { return asked.empty() || asked == name; }

// What --save and --compare call this machine.
int print_machine() {
    std::printf("%s\n", Machine::describe(".").slug().c_str());
    return 0;
}

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) {
    using namespace batpak::bench;
    if (count == 2 && std::string(words[1]) == "--machine") return print_machine();
    const Program program(count, words, {"--surface", "--only"});
    return program.run([&](const Bench& bench) {
        for (const Area& area : kAreas) {
            const bool wanted = is_asked(program.option("--surface"), area.surface) &&
                                is_asked(program.option("--only"), area.name);
            if (!wanted) continue;
            bench.report.enter(area.name);
            area.measure(bench);
        }
    });
}
