// Goal:   the crash tests bite. Each of many mistakes, in the disk below the store or in the model
//         it is compared with, is noticed by them, long before they would be done.
// Method: the same workloads and the same fault matrix, with a mistake (support/wrong_disk.hpp). A
//         mistake may also run into an assertion, so each is tried in a process of its own.
//         Mistakes in the code of the store itself are the matter of tools/mutants.py.
#include <gtest/gtest.h>

#include <iostream>

#include "support/child_process.hpp"
#include "support/crash/crash_workload.hpp"
#include "support/crash/fault_matrix.hpp"
#include "support/faults/wrong_disk.hpp"

namespace batpak::testing::wrong_disk_crash_test {
namespace {

// A fiftieth of what the crash tests make.
constexpr std::uint64_t kCrashesAllowed = 4'000;

WrapDisk with(DiskMistake mistake) {
    return [mistake](const Disk& disk) { return wrong_disk(mistake, disk); };
}

constexpr int kUnnoticed = 0;
constexpr int kNoticed = 1;

bool workloads_notice(const CrashRun& wrong) {
    const int answer = run_in_child([&] {
        std::uint64_t crashes = 0;
        for (CrashRun run = wrong; crashes < kCrashesAllowed; ++run.seed) {
            const CrashRunReport report = run_crash_workload(run);
            crashes += report.crashes;
            if (report.problem.empty()) continue;
            std::cout << "after " << crashes << " crashes: " << report.problem << std::endl;
            return kNoticed;
        }
        return kUnnoticed;
    });
    return answer == kNoticed || answer == -SIGABRT;
}

bool matrix_notices(DiskMistake mistake) {
    const int answer = run_in_child([&] {
        const FaultMatrix matrix = run_fault_matrix(with(mistake));
        std::cout << "after " << matrix.cases << " cases: " << matrix.problem << std::endl;
        return matrix.problem.empty() ? kUnnoticed : kNoticed;
    });
    return answer == kNoticed || answer == -SIGABRT;
}

std::string name_of(const ::testing::TestParamInfo<DiskMistake>& info) {
    return std::string(to_string(info.param));
}

class WrongDisk : public ::testing::TestWithParam<DiskMistake> {};

TEST_P(WrongDisk, IsNoticedByTheWorkloads) {
    EXPECT_TRUE(workloads_notice({.seed = 1, .wrap = with(GetParam())}));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, WrongDisk,
    ::testing::Values(DiskMistake::SegmentSyncDropped, DiskMistake::DataSyncDropped,
                      DiskMistake::SyncWorksOnce, DiskMistake::NewSegmentSyncDropped,
                      DiskMistake::ManifestSyncDropped, DiskMistake::DirectorySyncDropped,
                      DiskMistake::SegmentNamesNotSynced, DiskMistake::WriteAfterSync,
                      DiskMistake::WriteLosesLastByte, DiskMistake::MisdirectedWrite,
                      DiskMistake::ResizeIgnored, DiskMistake::AllocateReturnsGarbage,
                      DiskMistake::RemoveIgnored, DiskMistake::OpenCuts,
                      DiskMistake::ReadStopsEarly),
    name_of);

class HiddenError : public ::testing::TestWithParam<DiskMistake> {};

TEST_P(HiddenError, IsNoticedByTheFaultMatrix) { EXPECT_TRUE(matrix_notices(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Mistakes, HiddenError,
                         ::testing::Values(DiskMistake::SyncRetried, DiskMistake::SyncErrorHidden,
                                           DiskMistake::WriteErrorHidden,
                                           DiskMistake::ReadErrorIsEnd,
                                           DiskMistake::CutErrorHidden),
                         name_of);

TEST(WrongModel, ThatTakesAnyAcknowledgementForAPromiseIsNoticed) {
    EXPECT_TRUE(workloads_notice({.seed = 1, .wrong_model = WrongModel::BufferedIsDurable}));
}

TEST(WrongModel, ThatKnowsNothingOfAppendsUnderWayIsNoticed) {
    EXPECT_TRUE(workloads_notice({.seed = 1, .wrong_model = WrongModel::UnansweredIsNotThere}));
}

TEST(WrongModel, TheRightOneAndTheRightDiskAreNot) { EXPECT_FALSE(workloads_notice({.seed = 1})); }

}  // namespace
}  // namespace batpak::testing::wrong_disk_crash_test
