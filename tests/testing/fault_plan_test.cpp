// Goal:   each call gets the verdict that the table in fault_plan.hpp says, and the trace has them
//         all.
// Method: every row of the table; faults by number and by kind, once and for ever; two crashes.
#include "testing/fault_plan.hpp"

#include <gtest/gtest.h>

namespace batpak::testing {
namespace {

const std::string kPath = "data/file";

struct FaultPlanTest : ::testing::Test {
    Verdict call(CallKind kind, std::uint64_t length = 100) {
        return plan.admit({.kind = kind, .path = kPath, .length = length});
    }

    FaultPlan plan{false};
};

TEST_F(FaultPlanTest, WithoutAFaultEachCallRuns) {
    for (int i = 0; i < 3; ++i) {
        const Verdict verdict = call(CallKind::Write);
        EXPECT_TRUE(verdict.runs);
        EXPECT_FALSE(verdict.fault);
        EXPECT_FALSE(verdict.error);
    }
    ASSERT_EQ(plan.trace().size(), 3U);
    EXPECT_EQ(plan.trace()[2].number, 2U);
    EXPECT_EQ(plan.trace()[2].path, kPath);
}

TEST_F(FaultPlanTest, AFaultIsOfOneCallByItsNumber) {
    plan.fail_call(1, Fault::io());
    EXPECT_TRUE(call(CallKind::Read).runs);
    const Verdict failed = call(CallKind::Read);
    EXPECT_FALSE(failed.runs);
    EXPECT_EQ(failed.error->code(), ErrorCode::Io);
    EXPECT_TRUE(call(CallKind::Read).runs);
}

TEST_F(FaultPlanTest, AFaultOfAKindWaitsForIt) {
    plan.fail_next(CallKind::Write, Fault::disk_full());
    EXPECT_TRUE(call(CallKind::Read).runs);
    EXPECT_EQ(call(CallKind::Write).error->code(), ErrorCode::DiskFull);
    EXPECT_TRUE(call(CallKind::Write).runs);
}

TEST_F(FaultPlanTest, AFaultForEverStays) {
    plan.fail_call(1, Fault::io().forever());
    EXPECT_TRUE(call(CallKind::Read).runs);
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(call(CallKind::Read).runs);
    plan.clear_faults();
    EXPECT_TRUE(call(CallKind::Read).runs);
}

TEST_F(FaultPlanTest, AFailedSyncRunsBecauseItLosesWhatWasUnsynced) {
    plan.fail_next(CallKind::Sync, Fault::io());
    const Verdict verdict = call(CallKind::Sync);
    EXPECT_TRUE(verdict.runs);
    EXPECT_TRUE(verdict.has(Fault::Effect::Fail));
    EXPECT_EQ(verdict.error->code(), ErrorCode::Io);
}

TEST_F(FaultPlanTest, AShortWriteRunsAndFails) {
    plan.fail_next(CallKind::Write, Fault::short_write(7, Fault::disk_full()));
    const Verdict verdict = call(CallKind::Write);
    EXPECT_TRUE(verdict.runs);
    EXPECT_TRUE(verdict.has(Fault::Effect::ShortWrite));
    EXPECT_EQ(verdict.fault->bytes, 7U);
    EXPECT_EQ(verdict.error->code(), ErrorCode::DiskFull);
}

TEST_F(FaultPlanTest, ALieSaysThatItWorked) {
    plan.fail_next(CallKind::Sync, Fault::lost_sync());
    plan.fail_next(CallKind::Write, Fault::misdirected_write(512));
    EXPECT_TRUE(call(CallKind::Sync).has(Fault::Effect::LoseSync));
    const Verdict write = call(CallKind::Write);
    EXPECT_TRUE(write.has(Fault::Effect::Misdirect));
    EXPECT_FALSE(write.error);
}

TEST_F(FaultPlanTest, ADiskThatLiesLosesEverySync) {
    FaultPlan lying(true);
    EXPECT_TRUE(lying.admit({.kind = CallKind::Sync, .path = kPath}).has(Fault::Effect::LoseSync));
    EXPECT_FALSE(lying.admit({.kind = CallKind::Write, .path = kPath}).fault);
}

TEST_F(FaultPlanTest, FromACrashOnNothingRuns) {
    plan.crash_at(1, CrashMoment::BeforeCall);
    EXPECT_TRUE(call(CallKind::Write).runs);
    EXPECT_FALSE(plan.crashed());
    for (int i = 0; i < 3; ++i) {
        const Verdict verdict = call(CallKind::Write);
        EXPECT_FALSE(verdict.runs);
        EXPECT_EQ(verdict.error->code(), ErrorCode::Io);
        EXPECT_TRUE(plan.crashed());
    }
}

TEST_F(FaultPlanTest, ACrashAfterACallLetsThatOneRun) {
    plan.crash_at(0, CrashMoment::AfterCall);
    const Verdict last = call(CallKind::Write);
    EXPECT_TRUE(last.runs);
    EXPECT_TRUE(last.error);  // and yet the caller is never told
    EXPECT_FALSE(call(CallKind::Write).runs);
}

TEST_F(FaultPlanTest, TheDigestIsOfCallsAndOutcomes) {
    FaultPlan other(false);
    EXPECT_EQ(plan.digest(), other.digest());
    (void)call(CallKind::Write);
    EXPECT_NE(plan.digest(), other.digest());
    (void)other.admit({.kind = CallKind::Write, .path = kPath, .length = 100});
    EXPECT_EQ(plan.digest(), other.digest());
    plan.settle(0);
    other.settle(1);
    EXPECT_NE(plan.digest(), other.digest());
}

}  // namespace
}  // namespace batpak::testing
