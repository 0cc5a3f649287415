// Diagrams, coverage and reading back, each against an independent and simpler way to the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <tuple>

#include "batpak/store/batch.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/manual_clock.hpp"
#include "machine/machines.hpp"
#include "support/seeds.hpp"

namespace batpak::testing {
namespace {

// ---- diagrams, parsed by somebody who knows only what they look like

struct Diagram {
    std::string initial;
    std::set<std::tuple<std::string, std::string, std::string>> edges;  // from, label, to
    std::set<std::string> finals;

    friend bool operator==(const Diagram&, const Diagram&) = default;
};

Diagram diagram_of(const MachineTable& table) {
    Diagram diagram{std::string(table.states[0]), {}, {}};
    for (const std::string_view state : table.states) diagram.finals.emplace(state);
    for (const MachineEdge& edge : table.edges) {
        diagram.edges.emplace(
            table.states[edge.from],
            std::string(table.events[edge.event].name) + (edge.guarded ? " [guarded]" : ""),
            table.states[edge.to]);
        diagram.finals.erase(std::string(table.states[edge.from]));
    }
    return diagram;
}

Diagram parse_mermaid(const std::string& text) {
    std::istringstream lines(text);
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "stateDiagram-v2");
    Diagram diagram;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string from;
        std::string arrow;
        std::string to;
        words >> from >> arrow >> to;
        EXPECT_EQ(arrow, "-->") << line;
        const std::size_t colon = line.find(" : ");
        if (from == "[*]") diagram.initial = to;
        if (to == "[*]") diagram.finals.insert(from);
        if (colon != std::string::npos) diagram.edges.emplace(from, line.substr(colon + 3), to);
    }
    return diagram;
}

// The texts in quotes of a line, in their order.
std::vector<std::string> quoted_in(const std::string& line) {
    std::vector<std::string> texts;
    for (std::size_t at = line.find('"'); at != std::string::npos; at = line.find('"', at)) {
        const std::size_t end = line.find('"', at + 1);
        texts.push_back(line.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    return texts;
}

Diagram parse_dot(const std::string& text) {
    std::istringstream lines(text);
    Diagram diagram;
    for (std::string line; std::getline(lines, line);) {
        const std::vector<std::string> texts = quoted_in(line);
        if (line.find("doublecircle") != std::string::npos) diagram.finals.insert(texts.at(0));
        if (line.find("->") == std::string::npos) continue;
        if (texts.size() == 2) diagram.initial = texts[1];
        if (texts.size() == 3) diagram.edges.emplace(texts[0], texts[2], texts[1]);
    }
    return diagram;
}

TEST(MachineDiagram, ParsedBackIsTheTable) {
    for (const MachineTable* table : {&Door::table(), &Game::table(), &Light::table()}) {
        EXPECT_EQ(parse_mermaid(table->to_mermaid()), diagram_of(*table)) << table->to_mermaid();
        EXPECT_EQ(parse_dot(table->to_dot()), diagram_of(*table)) << table->to_dot();
    }
    EXPECT_EQ(diagram_of(Light::table()).finals.size(), 0U);
    EXPECT_EQ(diagram_of(Door::table()).finals, std::set<std::string>{"Broken"});
}

TEST(MachineDiagram, IsTheSameTextAlways) {
    EXPECT_EQ(Door::to_mermaid(),
              "stateDiagram-v2\n"
              "    [*] --> Open\n"
              "    Open --> Shut : DoorShut\n"
              "    Shut --> Open : DoorOpened\n"
              "    Shut --> Locked : DoorLocked\n"
              "    Locked --> Shut : DoorUnlocked [guarded]\n"
              "    Locked --> Broken : DoorKicked [guarded]\n"
              "    Broken --> [*]\n");
    EXPECT_TRUE(Light::to_dot().starts_with("digraph \"light\" {\n    \"\" [shape=point];\n"));
}

// ---- reading back

// The game as somebody who has never heard of the table would fold it.
struct NaiveGame {
    std::string state = "waiting";
    std::vector<std::string> players;
    int score = 0;

    void on(const StoredEvent<Value>& event) {
        const EventKind kind = event.event.header.kind;
        if (kind == game::Joined::kind)
            players.push_back(*event.payload().find("who")->as_string());
        if (kind == game::Started::kind) state = "Playing";
        if (kind == game::Scored::kind)
            score += static_cast<int>(event.payload().find("points")->as_i64().value());
        if (kind == game::Ended::kind) state = "Over";
    }
};

void expect_same(const AnyState<Game>& loaded, const NaiveGame& naive) {
    EXPECT_EQ(loaded.name(), naive.state);
    if (const auto* lobby = loaded.get_if<game::Lobby>()) {
        EXPECT_EQ(lobby->players, naive.players);
    }
    if (const auto* playing = loaded.get_if<game::Playing>()) {
        EXPECT_EQ(playing->players, naive.players);
        EXPECT_EQ(playing->score, naive.score);
    }
    if (const auto* over = loaded.get_if<game::Over>()) {
        EXPECT_EQ(over->score, naive.score);
    }
}

std::uint64_t printed_seed() {
    const std::uint64_t seed =
        number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    std::cout << "BATPAK_SEED=" << seed << '\n';
    return seed;
}

// Goal:   at every prefix of a stream, the machine that is read back is the naive fold of the
// prefix,
//         and has the version of the stream (INV M2).
// Method: 40 random games, with events of other kinds among them; after each append the machine is
//         read anew. The typed value that the transition gave has to be the same as well.
TEST(MachineReplay, IsTheNaiveFoldAtEveryPrefix) {
    std::mt19937_64 random(printed_seed());
    auto store = Store::open(memory_config()).value();
    for (int round = 0; round < 40; ++round) {
        const Coordinate here = door_at("game:" + std::to_string(round));
        const auto naive = [&] {
            NaiveGame folded;
            auto events = store.stream(here.entity()).collect<Value>().value();
            for (const auto& event : events) folded.on(event);
            return folded;
        };
        for (int step = 0; step < 25; ++step) {
            auto loaded = Game::load(store, here).value();
            const std::uint64_t version = store.stream(here.entity()).collect().value().size();
            EXPECT_EQ(loaded.expected_version(), version == 0
                                                     ? ExpectedVersion::none()
                                                     : ExpectedVersion::exactly(version - 1));
            expect_same(loaded, naive());
            const auto go = [&](const auto& event) {
                auto done = store.transition(here, std::move(loaded), event);
                if (done) expect_same(done->state, naive());
                return done.has_value();
            };
            switch (random() % 12) {
                case 0:
                case 1: go(game::Joined{"player " + std::to_string(step)}); break;
                case 2: go(game::Started{}); break;
                case 3: go(game::Paused{}); break;
                case 4: go(game::Ended{}); break;
                case 5: (void)store.append(here, door::DoorPainted{"blue"}).value(); break;
                default: go(game::Scored{static_cast<int>(random() % 100)}); break;
            }
        }
    }
}

TEST(MachineReplay, OfALongStreamWithManyOtherEvents) {
    auto store = Store::open(memory_config()).value();
    const Coordinate here = door_at("door:1");
    for (int i = 0; i < 20; ++i) {
        BatchBuilder batch;
        for (int other = 0; other < 200; ++other) batch.add(here, door::DoorPainted{"red"});
        if (i % 2 == 0) batch.add(here, door::DoorShut{});
        if (i % 2 == 1) batch.add(here, door::DoorOpened{});
        ASSERT_TRUE(store.append_batch(std::move(batch)));
    }
    const auto loaded = Door::load(store, here).value();
    EXPECT_TRUE(loaded.holds<door::Open>());
    EXPECT_EQ(loaded.expected_version(), ExpectedVersion::exactly(20 * 201 - 1));
}

// ---- coverage

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
