#include <gtest/gtest.h>

#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

// A store in which each event says what caused it and which story it is of.
class Stories {
public:
    AppendReceipt add(std::optional<EventId> cause = std::nullopt,
                      std::optional<EventId> story = std::nullopt) {
        AppendOptions options;
        options.kind_name = "Told";
        options.causation_id = cause;
        options.correlation_id = story;
        const Coordinate teller =
            Coordinate::create("teller:" + std::to_string(count_++ % 3), "hall").value();
        return shop_.store().append(teller, SmallShop::kPlaced, json::object(), options).value();
    }
    json graph(Sequence asked, Parameters::Pairs pairs = {}) {
        return parsed(answer_graph(store(), std::to_string(asked.value), with(std::move(pairs))));
    }
    Store& store() noexcept { return shop_.store(); }

private:
    SmallShop shop_{0};
    std::uint64_t count_ = 0;
};

std::vector<std::uint64_t> nodes_of(const json& graph) {
    std::vector<std::uint64_t> sequences;
    for (const json& node : graph["nodes"]) sequences.push_back(node["sequence"]);
    return sequences;
}

using Numbers = std::vector<std::uint64_t>;

EventId unknown_id() { return EventId::parse("00000000-0000-7000-8000-00000000abcd").value(); }

TEST(InspectorGraph, HasCausesEffectsAndTheStoryAndNothingElse) {
    Stories stories;
    const auto origin = stories.add();                // 0
    (void)stories.add();                              // 1: of no matter
    const auto asked = stories.add(origin.event_id);  // 2: a story of its own
    const auto effect = stories.add(asked.event_id);  // 3
    (void)stories.add(effect.event_id);               // 4
    (void)stories.add(std::nullopt, asked.event_id);  // 5: of its story
    (void)stories.add(origin.event_id);               // 6: not its effect
    const json graph = stories.graph(asked.sequence);
    EXPECT_EQ(nodes_of(graph), (Numbers{0, 2, 3, 4, 5}));
    EXPECT_EQ(graph["edges"], json::parse("[[0,2],[2,3],[3,4]]"));
    EXPECT_EQ(graph["asked"], 2);
    EXPECT_EQ(graph["story_events"], 2);
    EXPECT_EQ(graph["story"], to_string(asked.event_id));
    EXPECT_EQ(graph["whole"], true);
    EXPECT_EQ(graph["unreadable"], 0);
    const json& node = graph["nodes"][1];
    EXPECT_EQ(node["kind_name"], "Told");
    EXPECT_EQ(node["entity"], "teller:2");
    EXPECT_EQ(node["version"], 0);
    EXPECT_FALSE(node.contains("cause_outside"));
}

TEST(InspectorGraph, IsOfAnEventByItsIdAsWell) {
    Stories stories;
    const auto only = stories.add();
    const json by_id = parsed(answer_graph(stories.store(), to_string(only.event_id), with({})));
    EXPECT_EQ(by_id, stories.graph(only.sequence));
    EXPECT_EQ(nodes_of(by_id), Numbers{0});
}

TEST(InspectorGraph, SaysWhichCauseItDoesNotHave) {
    Stories stories;
    const auto asked = stories.add(unknown_id());
    const json graph = stories.graph(asked.sequence);
    EXPECT_EQ(graph["nodes"][0]["cause_outside"], to_string(unknown_id()));
    EXPECT_EQ(graph["edges"], json::array());
    EXPECT_EQ(graph["whole"], true);
}

// Goal: a graph that is cut has what is nearest: the event, then its causes, its effects, its story
// on both sides.
TEST(InspectorGraph, KeepsWhatIsNearest) {
    Stories stories;
    const auto origin = stories.add();
    const EventId story = origin.event_id;
    for (int i = 0; i < 20; ++i) (void)stories.add(std::nullopt, story);  // 1 to 20
    const auto cause = stories.add(origin.event_id, story);               // 21
    const auto asked = stories.add(cause.event_id, story);                // 22
    for (int i = 0; i < 20; ++i) (void)stories.add(std::nullopt, story);  // 23 to 42
    (void)stories.add(asked.event_id, story);                             // 43
    const auto cut = [&](const char* limit) {
        const json graph = stories.graph(asked.sequence, {{"limit", limit}});
        EXPECT_EQ(graph["whole"], false);
        return nodes_of(graph);
    };
    EXPECT_EQ(cut("1"), (Numbers{22}));
    EXPECT_EQ(cut("2"), (Numbers{21, 22}));
    EXPECT_EQ(cut("4"), (Numbers{0, 21, 22, 43}));
    EXPECT_EQ(cut("8"), (Numbers{0, 19, 20, 21, 22, 23, 24, 43}));
    const json one = stories.graph(asked.sequence, {{"limit", "1"}});
    EXPECT_EQ(one["nodes"][0]["cause_outside"], to_string(cause.event_id));
    EXPECT_EQ(stories.graph(asked.sequence)["whole"], true);
    EXPECT_EQ(stories.graph(asked.sequence)["nodes"].size(), 44U);
}

TEST(InspectorGraph, IsNeverLargerThanItMayBe) {
    Stories stories;
    const auto first = stories.add();
    EventId last = first.event_id;
    for (std::uint64_t i = 0; i < kGraphNodesMax; ++i)
        last = stories.add(last, first.event_id).event_id;
    const json graph = stories.graph(first.sequence);
    EXPECT_EQ(graph["nodes"].size(), kGraphNodesMax);
    EXPECT_EQ(graph["whole"], false);
    EXPECT_EQ(graph["story_events"], kGraphNodesMax + 1);
}

TEST(InspectorGraph, RefusesWhatItDoesNotKnow) {
    Stories stories;
    (void)stories.add();
    const auto code = [&](const std::string& name, Parameters::Pairs pairs) {
        return answer_graph(stories.store(), name, with(std::move(pairs))).error().code();
    };
    EXPECT_EQ(code("0", {{"limit", "0"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("0", {{"limit", "501"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("0", {{"depth", "1"}}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code("1", {}), ErrorCode::EventNotFound);
    EXPECT_EQ(code("-", {}), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace batpak::inspector
