#include "inspector/metrics.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

// Each metric is said what it is, once and before its one sample.
std::map<std::string, std::string> samples_of(const std::string& text) {
    std::map<std::string, std::string> samples;
    std::istringstream lines(text);
    std::string said;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# TYPE ")) said = line.substr(7, line.find(' ', 7) - 7);
        if (line.starts_with("#")) continue;
        const std::string name = line.substr(0, line.find_first_of(" {"));
        EXPECT_EQ(name, said);
        EXPECT_TRUE(samples.emplace(name, line.substr(line.rfind(' ') + 1)).second) << name;
    }
    return samples;
}

TEST(InspectorMetrics, SayWhatTheStoreSays) {
    SmallShop shop;
    Store& store = shop.store();
    const auto samples =
        samples_of(metrics_text({&store, [&] { return store.stats(); }, "secret"}, true));
    EXPECT_EQ(samples.at("batpak_events_total"), "15");
    EXPECT_EQ(samples.at("batpak_writes_total"), std::to_string(store.stats().writes));
    EXPECT_EQ(samples.at("batpak_poisoned"), "0");
    EXPECT_EQ(samples.at("batpak_ready"), "1");
}

TEST(InspectorMetrics, TellNoNames) {
    SmallShop shop;
    const std::string text = metrics_text({&shop.store(), {}, "secret"}, true);
    for (const char* const name : {"secret", "order", "north", "Placed"}) {
        EXPECT_EQ(text.find(name), std::string::npos) << name;
    }
}

// Goal: the dashboard shows each metric, and asks for none that is not there.
// Method: the names in its queries, against those of a program that writes.
TEST(InspectorMetrics, AreAllOnTheDashboard) {
    std::ifstream file(BATPAK_GRAFANA_DASHBOARD);
    const nlohmann::json dashboard = nlohmann::json::parse(file);
    std::set<std::string> shown;
    for (const nlohmann::json& panel : dashboard["panels"]) {
        for (const nlohmann::json& target : panel["targets"]) {
            const auto query = target["expr"].get<std::string>();
            const std::regex name("batpak_[a-z_]+");
            for (std::sregex_iterator at(query.begin(), query.end(), name), end; at != end; ++at)
                shown.insert(at->str());
        }
    }
    SmallShop shop;
    Store& store = shop.store();
    std::set<std::string> given;
    for (const auto& [name, value] :
         samples_of(metrics_text({&store, [&] { return store.stats(); }}, true))) {
        given.insert(name);
    }
    EXPECT_EQ(shown, given);
}

TEST(InspectorMetrics, WithoutAStoreSayThatThereIsNone) {
    const auto samples = samples_of(metrics_text({}, false));
    EXPECT_EQ(samples.at("batpak_ready"), "0");
    EXPECT_EQ(samples.count("batpak_events_total"), 0U);
}

}  // namespace
}  // namespace batpak::inspector
