// compare_bench: batpak against what a user would pick instead, and against what a file can do.
//
//     compare_bench [--against sqlite,lmdb,rocksdb,leveldb|all] [--quick] [--directory PATH]
//                   [--json PATH] [--only appends|durable|batches|loaded]
//
// Each contender is a hand-rolled event store that does the same work under the same promise
// (bench/compare/contender.hpp). Contenders take turns; a ratio is the median of those of seven
// repetitions; what can be counted is counted. At the end of each row all stores are read back and
// checked. Contenders whose library was missing when this was built are named and left out.
#include <cstring>

#include "compare/areas.hpp"
#include "support/machine.hpp"
#include "support/must.hpp"

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

struct Arguments {
    std::string against = "all";
    std::string only;  // empty: all
    std::string directory = ".";
    std::string json;
    bool quick = false;
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
        } else if (word == "--against") {
            arguments.against = value();
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

int run(const Arguments& arguments) {
    const std::string directory = arguments.directory + "/batpak-compare";
    std::filesystem::create_directories(directory);
    const Machine machine = Machine::describe(directory);
    machine.print();
    Report report;
    const Bench bench{report, directory, arguments.quick, machine.sync_us_p50};
    const Comparison comparison{bench, chosen(arguments.against)};
    for (const Area& area : kAreas) {
        if (arguments.only.empty() || arguments.only == area.name) area.measure(comparison);
        std::filesystem::remove_all(directory);
        std::filesystem::create_directories(directory);
    }
    std::filesystem::remove_all(directory);
    if (arguments.json.empty()) return 0;
    std::FILE* const file = std::fopen(arguments.json.c_str(), "w");
    if (file == nullptr) give_up("cannot write " + arguments.json);
    report.print_json(file, machine.json());
    return std::fclose(file) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace batpak::bench

int main(int count, char** words) {
    using namespace batpak::bench;
    if (count == 5 && std::strcmp(words[1], "--append-and-die") == 0)
        append_and_die(words[2], words[3], std::stoull(words[4]));
    return run(parse(count, words));
}
