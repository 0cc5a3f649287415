// Goal:   no error of the operating system, at any call, makes the store promise what it cannot
//         keep, forget what it promised, or bring back what it refused (INV W3, W4, R7).
// Method: support/fault_matrix.hpp.
#include <gtest/gtest.h>

#include <iostream>

#include "support/crash/fault_matrix.hpp"

namespace batpak::testing {
namespace {

TEST(FaultCrash, EachCallOfEachScenarioFailsInEachWay) {
    const FaultMatrix matrix = run_fault_matrix({});
    EXPECT_EQ(matrix.problem, "");
    EXPECT_GT(matrix.scenarios, 10U);
    EXPECT_GT(matrix.cases, 1000U);
    EXPECT_GT(matrix.poisoned, 100U);
    EXPECT_GT(matrix.failed, matrix.poisoned);
    std::cout << matrix.cases << " cases in " << matrix.scenarios << " scenarios, " << matrix.failed
              << " failed, " << matrix.poisoned << " poisoned; " << matrix.crashes << " crashes\n";
}

}  // namespace
}  // namespace batpak::testing
