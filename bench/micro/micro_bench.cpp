// micro_bench: the parts of batpak one by one, on Google Benchmark.
//
//     micro_bench [--benchmark_filter=codec/ ...]                  for work on one part
//     micro_bench --json PATH [--quick] [--directory PATH]         all of them, as a baseline keeps
//
// Names are area/what/argument. Each benchmark ends the program if its work was not done. A row of
// --json is the processor time of an item in units of the yardstick of the same run, or the
// allocations of an item: both mean the same on another day.
#include <algorithm>
#include <string>
#include <vector>

#include "micro/fixture.hpp"
#include "micro/rows.hpp"
#include "support/program.hpp"

namespace batpak::bench::micro {
namespace {

// What machine and hour give: 64 dependent multiplications, which need no memory.
void yardstick(benchmark::State& state) {
    constexpr std::uint64_t kPrime = 0x100000001B3;
    std::uint64_t number = 1;
    measure(state, {.yields = 1}, [&] {
        for (int i = 0; i < 64; ++i) number = (number ^ 1) * kPrime;
        benchmark::DoNotOptimize(number);
        return 1;
    });
}
BENCHMARK(yardstick)->Name(std::string(kYardstick));

int run_as_rows(const Program& program) {
    return program.run([](const Bench& bench) {
        Rows rows;
        benchmark::RunSpecifiedBenchmarks(&rows);
        rows.report_to(bench.report);
    });
}

}  // namespace
}  // namespace batpak::bench::micro

int main(int count, char** words) {
    using namespace batpak::bench;
    std::vector<std::string> given(words, words + count);
    const bool as_rows = std::ranges::find(given, "--json") != given.end();
    if (as_rows) {
        const bool quick = std::ranges::find(given, "--quick") != given.end();
        // Repetitions of all in turns, so that a bad minute of the machine hits no one alone.
        const char* const kept[] = {
            "--benchmark_enable_random_interleaving=true",
            quick ? "--benchmark_repetitions=3" : "--benchmark_repetitions=7",
            quick ? "--benchmark_min_time=0.01" : "--benchmark_min_time=0.1"};
        given.insert(given.begin() + 1, std::begin(kept), std::end(kept));
    }
    std::vector<char*> rest;
    for (std::string& word : given) rest.push_back(word.data());
    int left = static_cast<int>(rest.size());
    benchmark::Initialize(&left, rest.data());  // takes its own words out
    const Program program(left, rest.data(), {});
    if (as_rows) return micro::run_as_rows(program);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
