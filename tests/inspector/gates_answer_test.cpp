#include <gtest/gtest.h>

#include "batpak/pipeline/pipeline.hpp"
#include "inspector/small_shop.hpp"

namespace batpak::inspector {
namespace {

using nlohmann::json;

struct Refund {
    static constexpr auto kind = EventKind::custom(0x4, 0x010);
    std::int64_t cents = 0;
};

struct Till {
    std::int64_t cents = 1000;
};

Verdict is_covered(const Refund& refund, const Till& till) {
    return refund.cents <= till.cents ? pass() : deny("not covered");
}
Verdict is_open(const Till&) { return pass(); }

GateSet<Refund, Till> gates() {
    GateSet<Refund, Till> set;
    set.add("cover", 3, is_covered).add("opening-hours", 1, is_open);
    return set;
}

json event_of(SmallShop& shop, Sequence sequence) {
    return parsed(answer_event(shop.store(), std::to_string(sequence.value), Parameters({})));
}

TEST(InspectorGates, AnEventWithoutGatesSaysNothingOfThem) {
    SmallShop shop;
    const json answer = event_of(shop, Sequence(0));
    EXPECT_FALSE(answer.contains("gates"));
    EXPECT_FALSE(answer.contains("gates_error"));
}

TEST(InspectorGates, AreThoseThatWereAskedWithWhatTheyKnew) {
    SmallShop shop;
    const Pipeline pipeline(gates());
    const Coordinate till = Coordinate::create("till:1", "north").value();
    auto decision = pipeline.evaluate(Till{}, Proposal(Refund{500}),
                                      shop.store().judge(Region::scope("north")));
    const auto committed = shop.store().commit(*std::move(decision), till).value();
    const json answer = event_of(shop, committed.sequence);
    EXPECT_EQ(answer["gates"]["passed"], (json{"cover v3", "opening-hours v1"}));
    EXPECT_EQ(answer["gates"]["judged_end"], 15);
    EXPECT_EQ(answer["gates"]["gate_set"].get<std::string>().size(), 64U);
    EXPECT_FALSE(answer.contains("gates_error"));
}

TEST(InspectorGates, SayWhyTheyWereBypassed) {
    SmallShop shop;
    const Coordinate till = Coordinate::create("till:1", "north").value();
    using Refunds = Pipeline<Refund, Till>;
    auto bypass = Refunds::bypass(Proposal(Refund{5000}),
                                  BypassReason::create("court-order", "File 12.").value());
    const auto committed = shop.store().commit(std::move(bypass), till).value();
    const json gates = event_of(shop, committed.sequence)["gates"];
    EXPECT_EQ(gates["bypassed"], "court-order");
    EXPECT_EQ(gates["justification"], "File 12.");
    EXPECT_FALSE(gates.contains("passed"));
}

}  // namespace
}  // namespace batpak::inspector
