// Goal:   an evaluation that passes asks the heap for nothing, and neither does a redemption, but
//         for the list of gates that it hands out.
// Method: every operator new of this program counts.
#include <gtest/gtest.h>

#include "support/faults/counted_allocations.hpp"
#include "support/faults/transfers.hpp"

namespace batpak::testing {
namespace {

TEST(Allocations, AnEvaluationThatPassesMakesNone) {
    const auto gates = bank_gates();
    const JudgedView view =
        JudgedView::create(LogId{}, Sequence(7), Region::entity("a") | Region::scope("b"));
    const Bank bank;
    int passed = 0;
    const auto evaluate = [&] { passed += gates.evaluate({1, 1}, bank, view) ? 1 : 0; };
    evaluate();  // the ledger, the key, this thread's buffers
    const std::uint64_t before = allocations.load();
    for (int i = 0; i < 1000; ++i) evaluate();
    EXPECT_EQ(allocations.load() - before, 0U);
    EXPECT_EQ(passed, 1001);
}

}  // namespace
}  // namespace batpak::testing
