// What has happened in a log, against a count by names and maps.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <tuple>

#include "batpak/store/batch.hpp"
#include "batpak/testing/environment.hpp"
#include "machine/machines.hpp"
#include "support/seeds.hpp"

namespace batpak::testing {
namespace {

std::uint64_t printed_seed() {
    const std::uint64_t seed =
        number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    std::cout << "BATPAK_SEED=" << seed << '\n';
    return seed;
}

using Edge = std::tuple<std::string, std::string, std::string>;

// What a coverage is, counted with names and maps from a plain walk over the log.
struct NaiveCoverage {
    std::map<Edge, std::uint64_t> edges;
    std::map<std::string, std::uint64_t> entered;
    std::map<std::string, std::int64_t> time_us;
    std::map<std::string, std::pair<std::string, std::int64_t>> now;  // entity: state, since
    std::uint64_t events = 0;
};

// Written down by hand: it must not know the table that it is compared with.
std::string light_after(const std::string& state, EventKind kind) {
    if (kind == light::Failed::kind) return "Off";
    if (state == "Off" || state == "Yellow") return "Red";
    return state == "Red" ? "Green" : "Yellow";
}

NaiveCoverage count_naively(const Store& store) {
    NaiveCoverage naive;
    for (const auto& event : store.query(Region::all())) {
        const EventKind kind = event->kind();
        if (kind != light::Switched::kind && kind != light::Failed::kind) continue;
        const std::string entity(event->entity);
        const auto known = naive.now.find(entity);
        const std::string state = known == naive.now.end() ? "Off" : known->second.first;
        const std::int64_t time = event->position.hlc.us;
        if (known != naive.now.end()) naive.time_us[state] += time - known->second.second;
        const std::string next = light_after(state, kind);
        naive.now[entity] = {next, time};
        ++naive.edges[{state, kind == light::Failed::kind ? "Failed" : "Switched", next}];
        ++naive.entered[next];
        ++naive.events;
    }
    return naive;
}

void expect_same(const MachineCoverage& coverage, const NaiveCoverage& naive) {
    const MachineTable& table = Light::table();
    EXPECT_EQ(coverage.events, naive.events);
    for (std::size_t i = 0; i < table.edges.size(); ++i) {
        const MachineEdge& edge = table.edges[i];
        const auto counted = naive.edges.find({std::string(table.states[edge.from]),
                                               std::string(table.events[edge.event].name),
                                               std::string(table.states[edge.to])});
        EXPECT_EQ(coverage.edges[i], counted == naive.edges.end() ? 0U : counted->second) << i;
    }
    for (std::size_t i = 0; i < table.states.size(); ++i) {
        const std::string name(table.states[i]);
        const auto at = [&](const auto& map) -> std::uint64_t {
            const auto found = map.find(name);
            return found == map.end() ? 0 : static_cast<std::uint64_t>(found->second);
        };
        EXPECT_EQ(coverage.states[i].entered, at(naive.entered)) << name;
        EXPECT_EQ(coverage.states[i].time_us, at(naive.time_us)) << name;
        EXPECT_EQ(coverage.states[i].now,
                  std::ranges::count_if(
                      naive.now, [&](const auto& at_now) { return at_now.second.first == name; }))
            << name;
    }
    ASSERT_EQ(coverage.positions.size(), naive.now.size());
    auto expected = naive.now.begin();
    for (const MachinePosition& position : coverage.positions) {
        EXPECT_EQ(position.entity, expected->first);
        EXPECT_EQ(table.states[position.state], expected->second.first);
        EXPECT_EQ(position.since.us, expected->second.second);
        ++expected;
    }
}

// Goal:   coverage counts exactly what is in the log.
// Method: 100,000 random events of 300 lights among 20,000 others, under a clock that jumps;
// counted
//         again by a walk that knows neither table nor index.
TEST(MachineCoverage, IsTheNaiveCountOfALongLog) {
    std::mt19937_64 random(printed_seed());
    const auto clock = std::make_shared<ManualClock>(ManualClock::kStartUs);
    Environment environment = memory_environment();
    environment.clock = clock;
    auto store = Store::open(StoreConfig("lights").with_environment(environment)).value();
    std::vector<Coordinate> lights;
    for (int i = 0; i < 300; ++i) lights.push_back(door_at("light:" + std::to_string(i)));
    std::vector<bool> off(lights.size(), true);
    for (int batches = 0; batches < 480; ++batches) {
        BatchBuilder batch;
        for (int i = 0; i < 250; ++i) {
            const std::size_t chosen = random() % lights.size();
            if (i % 6 == 5) {
                batch.add(lights[chosen], door::DoorPainted{"red"});
            } else if (!off[chosen] && random() % 5 == 0) {
                batch.add(lights[chosen], light::Failed{});
                off[chosen] = true;
            } else {
                batch.add(lights[chosen], light::Switched{});
                off[chosen] = false;
            }
        }
        clock->advance(std::chrono::microseconds(random() % 1'000'000));
        ASSERT_TRUE(store.append_batch(std::move(batch)));
    }
    const MachineCoverage coverage = Light::coverage(store, Region::all()).value();
    EXPECT_GE(coverage.events, 100'000U);
    expect_same(coverage, count_naively(store));
    EXPECT_TRUE(coverage.never_taken().empty());
}

TEST(MachineCoverage, SaysWhatNobodyEverDid) {
    auto store = Store::open(memory_config()).value();
    const MachineCoverage none = Door::coverage(store, Region::all()).value();
    EXPECT_EQ(none.never_taken().size(), 5U);
    EXPECT_TRUE(none.positions.empty());
    for (const char* name : {"door:2", "door:1", "other:1"}) {
        const Coordinate here = door_at(name);
        (void)store.transition(here, Door::start(store, here), door::DoorShut{}).value();
    }
    const auto doors = Door::coverage(store, Region::entity_prefix("door:")).value();
    EXPECT_EQ(doors.never_taken(), (std::vector<std::uint16_t>{1, 2, 3, 4}));
    ASSERT_EQ(doors.positions.size(), 2U);
    EXPECT_EQ(doors.positions[0].entity, "door:1");
    EXPECT_EQ(doors.positions[0].sequence, Sequence(1));
    const std::string text = doors.to_string(Door::table());
    EXPECT_EQ(text.substr(0, text.find('\n')), "door: 2 events of 2 machines, 1 of 5 edges taken");
    EXPECT_NE(text.find("  Shut -> Open by DoorOpened: never\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  in Shut: 2 now, entered 2 times, 0 us\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace batpak::testing
