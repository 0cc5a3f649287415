#include "support/program.hpp"

#include <algorithm>

#include "support/machine.hpp"
#include "support/must.hpp"

namespace batpak::bench {

Program::Program(int count, char** words, std::initializer_list<std::string_view> own) {
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--quick") {
            quick_ = true;
            continue;
        }
        const bool known =
            word == "--directory" || word == "--json" || std::ranges::find(own, word) != own.end();
        if (!known) give_up("no such option: " + word);
        if (++i == count) give_up(word + " needs a value");
        options_[word] = words[i];
    }
}

std::string Program::option(const std::string& name) const {
    const auto found = options_.find(name);
    return found != options_.end() ? found->second : std::string();
}

int Program::run(const std::function<void(const Bench&)>& measure) const {
    const std::string parent = option("--directory").empty() ? "." : option("--directory");
    const std::string directory = parent + "/batpak-bench";
    std::filesystem::create_directories(directory);
    const Machine machine = Machine::describe(directory);
    machine.print();
    Report report;
    measure(Bench{report, directory, quick_, machine.sync_us_p50});
    std::filesystem::remove_all(directory);
    const std::string json = option("--json");
    if (json.empty()) {
        std::printf("\n");
        report.print_json(stdout, machine.json());
        return 0;
    }
    std::FILE* const file = std::fopen(json.c_str(), "w");
    if (file == nullptr) give_up("cannot write " + json);
    report.print_json(file, machine.json());
    return std::fclose(file) == 0 ? 0 : 1;
}

}  // namespace batpak::bench
