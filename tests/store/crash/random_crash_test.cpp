// Goal:   no crash of a random program, at any moment, loses an event that was promised, changes
//         one, makes one up, or leaves a store that cannot be opened, read and appended to
//         (INV R1, R3, R5, R7, W2, W5, W6, W7, C2, I3).
// Method: random workloads (support/crash_workload.hpp) over several lives of a log, on a simulated
//         disk; at their calls, the disks that a crash may leave are opened and compared with a
//         plain list of what was submitted. A failure prints the seed that replays it.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "support/crash/crash_workload.hpp"
#include "support/seeds.hpp"

namespace batpak::testing {
namespace {

struct Sum {
    std::uint64_t crashes = 0;
    std::uint64_t refusals = 0;
    std::uint64_t shorter = 0;
    std::uint64_t lives = 0;
    std::uint64_t events = 0;
    std::uint64_t rotations = 0;

    void add(const CrashRunReport& report) {
        crashes += report.crashes;
        refusals += report.refusals;
        shorter += report.shorter;
        lives += report.lives;
        events += report.events;
        rotations += report.rotations;
    }
};

// Runs one seed after another until there were enough crashes, or just the seed that was asked for.
Sum crash_at_random(CrashRun run, std::uint64_t crashes) {
    const auto begin = std::chrono::steady_clock::now();
    const std::optional<std::uint64_t> replayed = number_from_environment("BATPAK_SEED");
    Sum sum;
    for (run.seed = replayed.value_or(1); sum.crashes < crashes; ++run.seed) {
        const CrashRunReport report = run_crash_workload(run);
        EXPECT_EQ(report.problem, "");
        sum.add(report);
        if (!report.problem.empty() || replayed) break;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << sum.crashes << " crashes, " << sum.lives << " lives, " << sum.events << " events, "
              << sum.rotations << " rotations, " << sum.shorter << " logs that lost a tail, "
              << sum.refusals << " refusals; " << static_cast<double>(sum.crashes) / took.count()
              << " crashes/s\n";
    return sum;
}

void expect_variety(const Sum& sum) {
    if (number_from_environment("BATPAK_SEED")) return;
    EXPECT_GT(sum.shorter, sum.crashes / 100);
    EXPECT_GT(sum.rotations, sum.lives / 2);
    EXPECT_EQ(sum.refusals, 0U);
}

constexpr std::uint64_t kCrashes = 100'000;
constexpr std::uint64_t kCrashesSlow = 4'000;

TEST(RandomCrash, KeepsEveryPromiseWhereNamesNeedASyncOfTheirOwn) {
    const CrashRun run{.names = NameDurability::Strict};
    expect_variety(crash_at_random(run, crashes_to_make(kCrashes, kCrashesSlow)));
}

TEST(RandomCrash, KeepsEveryPromiseWhereNamesAreJournaled) {
    const CrashRun run{.names = NameDurability::Journaled};
    expect_variety(crash_at_random(run, crashes_to_make(kCrashes, kCrashesSlow)));
}

TEST(RandomCrash, ADiskThatLiesLosesEventsAndNeverChangesOne) {
    const CrashRun run{.names = NameDurability::Journaled, .disk_lies = true};
    const Sum sum = crash_at_random(run, crashes_to_make(kCrashes / 5, kCrashesSlow / 2));
    if (number_from_environment("BATPAK_SEED")) return;
    EXPECT_GT(sum.refusals, 0U);
    EXPECT_LT(sum.refusals, sum.crashes);
}

}  // namespace
}  // namespace batpak::testing
