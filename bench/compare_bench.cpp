// compare_bench: batpak against what a user would pick instead, and against what a file can do.
//
//     compare_bench [--against sqlite,lmdb,rocksdb,leveldb|all] [--quick] [--directory PATH]
//                   [--json PATH] [--only appends|durable|batches|loaded]
//
// Each contender is a hand-rolled event store that does the same work under the same promise
// (bench/compare/contender.hpp). Contenders take turns; a ratio is the median of those of seven
// repetitions; what can be counted is counted. At the end of each row all stores are read back and
// checked. Contenders whose library was missing when this was built are named and left out.
#include <algorithm>
#include <cstring>

#include "compare/areas.hpp"
#include "support/must.hpp"
#include "support/program.hpp"

namespace batpak::bench {
namespace {

struct Area {
    const char* name;
    void (*measure)(const Comparison& comparison);
};

constexpr Area kAreas[] = {
    {"appends", compare_appends},
    {"durable", compare_durable},
    {"batches", compare_batches},
    {"loaded", compare_loaded},
};

bool is_named(const std::string& list, const std::string& name) {
    return ("," + list + ",").find("," + name + ",") != std::string::npos;
}

// batpak, and those of the others that are asked for and there.
std::vector<ContenderKind> chosen(const std::string& against) {
    std::vector<ContenderKind> kinds;
    std::string known = "all";
    for (const ContenderKind& kind : all_contenders()) {
        const bool is_batpak = kinds.empty();
        if (is_batpak || against == "all" || is_named(against, kind.name)) kinds.push_back(kind);
        known.append(",").append(kind.name);
    }
    for (const char* const name : missing_contenders()) {
        known.append(",").append(name);
        if (against == "all" || is_named(against, name))
            std::printf("left out: %s, whose library was not found when this was built\n", name);
    }
    for (std::size_t begin = 0; begin < against.size();) {
        const std::size_t end = std::min(against.find(',', begin), against.size());
        const std::string name = against.substr(begin, end - begin);
        if (!is_named(known, name)) give_up("no such contender: " + name);
        begin = end + 1;
    }
    return kinds;
}

void measure(const Bench& bench, const std::string& against, const std::string& only) {
    const Comparison comparison{bench, chosen(against.empty() ? "all" : against)};
    for (const Area& area : kAreas) {
        bench.report.enter(area.name);
        if (only.empty() || only == area.name) area.measure(comparison);
        std::filesystem::remove_all(bench.directory);
        std::filesystem::create_directories(bench.directory);
    }
}

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) {
    using namespace batpak::bench;
    if (count == 5 && std::strcmp(words[1], "--append-and-die") == 0)
        append_and_die(words[2], words[3], std::stoull(words[4]));
    const Program program(count, words, {"--against", "--only"});
    return program.run([&](const Bench& bench) {
        measure(bench, program.option("--against"), program.option("--only"));
    });
}
