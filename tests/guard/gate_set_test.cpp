#include "batpak/guard/gate_set.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "batpak/event/value.hpp"
#include "support/faults/throwing_assert.hpp"
#include "support/faults/transfers.hpp"

namespace batpak {
namespace {

using testing::AmountLimit;
using testing::Bank;
using testing::bank_gates;
using testing::Transfer;

const JudgedView kNothing = JudgedView::nothing();

TEST(Denial, HasAGateACodeAMessageAndFactsInOrder) {
    Denial denial = deny("no").with_code("C").with_context("b", 2).with_context("a", "1");
    denial.gate = "g";
    EXPECT_EQ(to_string(denial), "[g] no");
    EXPECT_EQ(denial.code, "C");
    EXPECT_EQ(denial.context, (std::vector<DenialFact>{{"b", "2"}, {"a", "1"}}));
    EXPECT_EQ(denial.to_error().code(), ErrorCode::GateDenied);
    EXPECT_EQ(denial.to_error().error_class(), ErrorClass::Denied);
    EXPECT_EQ(denial.to_error().detail(), "[g] no");
}

TEST(GateSet, ThatIsEmptyLetsEverythingPass) {
    const GateSet<Transfer> gates;
    const auto decision = gates.evaluate({5, 1}, NoContext{}, kNothing);
    ASSERT_TRUE(decision);
    EXPECT_TRUE(decision->gates().empty());
    EXPECT_TRUE(gates.evaluate_all({5, 1}, NoContext{}).empty());
}

TEST(GateSet, GivesAReceiptThatHoldsWhatItJudged) {
    const auto gates = bank_gates();
    const auto decision = gates.evaluate({50, 7}, Bank{}, kNothing);
    ASSERT_TRUE(decision);
    EXPECT_EQ(decision->payload(), (Transfer{50, 7}));
    EXPECT_EQ(decision->gate_set(), gates.id());
    EXPECT_TRUE(decision->view().is_nothing());
    EXPECT_EQ(decision->gates(),
              (std::vector<GateName>{{"amount-limit", 2}, {"open", 1}, {"covered", 1}}));
}

// Every subset of three gates denies: evaluate() names the first, evaluate_all() all of them.
TEST(GateSet, AnswersForEveryCombinationOfGates) {
    for (unsigned denying = 0; denying < 8; ++denying) {
        std::string asked;
        GateSet<Transfer> gates;
        for (unsigned i = 0; i < 3; ++i) {
            const std::string name(1, static_cast<char>('a' + i));
            gates.add(name, 1, [&asked, name, no = ((denying >> i) & 1) != 0](const Transfer&) {
                asked += name;
                return no ? Verdict(deny("no from " + name)) : pass();
            });
        }
        std::string all;
        for (const Denial& denial : gates.evaluate_all({}, NoContext{})) all += denial.gate;
        std::string expected;
        for (unsigned i = 0; i < 3; ++i)
            if (((denying >> i) & 1) != 0) expected += static_cast<char>('a' + i);
        EXPECT_EQ(all, expected);
        EXPECT_EQ(asked, "abc");

        asked.clear();
        const auto decision = gates.evaluate({}, NoContext{}, kNothing);
        ASSERT_EQ(decision.has_value(), expected.empty());
        if (decision) {
            EXPECT_EQ(asked, "abc");
            continue;
        }
        const std::string first = expected.substr(0, 1);
        EXPECT_EQ(to_string(decision.error()), '[' + first + "] no from " + first);
        EXPECT_EQ(asked, std::string("abc").substr(0, std::string("abc").find(first) + 1));
    }
}

TEST(GateSet, TakesGatesOfEveryForm) {
    struct Named : GateInterface<Transfer, Bank> {
        std::string_view name() const override { return "named"; }
        std::uint32_t version() const override { return 9; }
        Verdict judge(const Transfer& transfer, const Bank& bank) const override {
            return transfer.amount < bank.balance ? pass() : Verdict(deny("poor"));
        }
    };
    struct Configured {
        std::string name;
        std::uint32_t version;
        Verdict operator()(const Transfer&, const Bank&) const { return pass(); }
    };
    GateSet<Transfer, Bank> gates;
    gates.add(std::make_unique<Named>())
        .add(Configured{"configured", 3})
        .add(AmountLimit{10})
        .add("only-a-pointer", 1, &testing::is_open);
    ASSERT_EQ(gates.size(), 4U);
    EXPECT_EQ(to_string(gates.names()[0]), "named v9");
    EXPECT_EQ(to_string(gates.names()[1]), "configured v3");
    EXPECT_TRUE(gates.evaluate({5, 1}, Bank{}, kNothing));
    EXPECT_EQ(gates.evaluate({500, 1}, Bank{}, kNothing).error().gate, "named");
    EXPECT_EQ(gates.evaluate({50, 1}, Bank{}, kNothing).error().code, "AMOUNT");
}

// A gate cannot speak for another, whatever name it puts into its denial (INV G5).
TEST(GateSet, GatesThatThrowDenyAndLeaveTheSetAsItWas) {
    enum class What { Nothing, Exception, Number, Lie };
    What what = What::Nothing;
    GateSet<Transfer> gates;
    gates.add("moody", 1, [&what](const Transfer&) -> Verdict {
        if (what == What::Exception) throw std::runtime_error("disk on fire");
        if (what == What::Number) throw 7;
        Denial lie = deny("no");
        lie.gate = "somebody-else";
        if (what == What::Lie) return lie;
        return pass();
    });
    for (int round = 0; round < 2; ++round) {
        what = What::Exception;
        const auto thrown = gates.evaluate({}, NoContext{}, kNothing);
        ASSERT_FALSE(thrown);
        EXPECT_EQ(thrown.error().gate, "moody");
        EXPECT_EQ(thrown.error().code, Denial::kGateDefect);
        EXPECT_NE(thrown.error().message.find("disk on fire"), std::string::npos);
        what = What::Number;
        EXPECT_EQ(gates.evaluate({}, NoContext{}, kNothing).error().code, Denial::kGateDefect);
        EXPECT_EQ(gates.evaluate_all({}, NoContext{}).at(0).code, Denial::kGateDefect);
        what = What::Lie;
        EXPECT_EQ(gates.evaluate({}, NoContext{}, kNothing).error().gate, "moody");
        what = What::Nothing;
        EXPECT_TRUE(gates.evaluate({}, NoContext{}, kNothing));
    }
}

TEST(GateSet, HasAnIdOfItsNamesVersionsAndTheirOrder) {
    const auto id = [](std::vector<GateName> names) {
        GateSet<Transfer> gates;
        for (const GateName& gate : names)
            gates.add(gate.name, gate.version, [](const Transfer&) { return pass(); });
        return gates.id();
    };
    EXPECT_EQ(id({{"a", 1}, {"b", 1}}), id({{"a", 1}, {"b", 1}}));
    const std::vector<GateSetId> all{
        id({}),         id({{"a", 1}}),           id({{"a", 2}}),
        id({{"b", 1}}), id({{"a", 1}, {"b", 1}}), id({{"b", 1}, {"a", 1}}),
        id({{"a1", 1}})};
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) EXPECT_NE(all[i], all[j]) << i << ' ' << j;
    }
    EXPECT_EQ(GateSet<Transfer>().id(), (GateSet<Value, Bank>().id()));
}

TEST(GateSet, KeepsItsReceiptsApartFromWhatIsAddedLater) {
    GateSet<Transfer> gates;
    gates.add("first", 1, [](const Transfer&) { return pass(); });
    const auto decision = gates.evaluate({1, 1}, NoContext{}, kNothing);
    gates.add("second", 1, [](const Transfer&) { return pass(); });
    EXPECT_EQ(decision->gates().size(), 1U);
    EXPECT_NE(decision->gate_set(), gates.id());
}

struct Text {
    static constexpr auto kind = EventKind::custom(1, 1);
    std::string text;
};

TEST(GateSet, DeniesWhatHasNoForm) {
    const GateSet<Text> gates;
    const auto decision = gates.evaluate({"\xFF"}, NoContext{}, kNothing);
    ASSERT_FALSE(decision);
    EXPECT_EQ(decision.error().gate, Denial::kSetItself);
    EXPECT_EQ(decision.error().code, Denial::kNotEncodable);
}

TEST(GateSet, RefusesNamesThatSayNothingAndNamesTwice) {
    const testing::ThrowingAssert throwing;
    const auto yes = [](const Transfer&) { return pass(); };
    GateSet<Transfer> gates;
    gates.add("a", 1, yes);
    EXPECT_THROW(gates.add("", 1, yes), testing::AssertFailed);
    EXPECT_THROW(gates.add("a", 2, yes), testing::AssertFailed);
    EXPECT_THROW(gates.add("\xFF", 1, yes), testing::AssertFailed);
    EXPECT_THROW(gates.add(std::string(GateName::kBytesMax + 1, 'n'), 1, yes),
                 testing::AssertFailed);
    for (std::size_t i = 1; i < gates.kGatesMax; ++i) gates.add('n' + std::to_string(i), 1, yes);
    EXPECT_THROW(gates.add("one-more", 1, yes), testing::AssertFailed);
    EXPECT_TRUE(gates.evaluate({1, 1}, NoContext{}, kNothing));
}

TEST(JudgedView, HasADigestOfEverythingInIt) {
    const LogId log{{std::byte{1}}};
    const auto digest = [&](const LogId& id, std::uint64_t end, const Region& region) {
        return JudgedView::create(id, Sequence(end), region).digest();
    };
    const Hash base = digest(log, 7, Region::entity("a"));
    EXPECT_EQ(base, digest(log, 7, Region::entity("a")));
    EXPECT_NE(base, digest(LogId{}, 7, Region::entity("a")));
    EXPECT_NE(base, digest(log, 8, Region::entity("a")));
    EXPECT_NE(base, digest(log, 7, Region::entity("b")));
    EXPECT_NE(base, JudgedView::nothing().digest());
    EXPECT_EQ(JudgedView::create(log, Sequence(7), Region::all()).end(), Sequence(7));
}

}  // namespace
}  // namespace batpak
