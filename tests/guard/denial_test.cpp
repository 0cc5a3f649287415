#include "batpak/guard/denial.hpp"

#include <gtest/gtest.h>

namespace batpak {
namespace {

TEST(Denial, SaysItsGateAndItsMessage) {
    const Denial denial{.gate = "limit", .message = "over 100"};
    EXPECT_EQ(to_string(denial), "[limit] over 100");
}

TEST(Denial, KeepsWhatWasAddedInOrder) {
    const Denial denial = Denial{.gate = "limit", .message = "over 100"}
                              .with_code("LIMIT")
                              .with_context("who", "alice")
                              .with_context("amount", 120);
    EXPECT_EQ(denial.code, "LIMIT");
    EXPECT_EQ(denial.context, (std::vector<DenialFact>{{"who", "alice"}, {"amount", "120"}}));
}

TEST(Denial, IsAnErrorOfTheClassDenied) {
    const Error error = Denial{.gate = "limit", .message = "over 100"}.to_error();
    EXPECT_EQ(error.code(), ErrorCode::GateDenied);
    EXPECT_EQ(error.error_class(), ErrorClass::Denied);
    EXPECT_EQ(error.detail(), "[limit] over 100");
}

}  // namespace
}  // namespace batpak
