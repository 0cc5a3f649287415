// Goal:   no crash at any call of a salvage, and no failure of one, leaves a store that lacks what
//         could be read, or changes the one that is read (INV K1).
// Method: the salvage of a store with a damaged event is made once; before each of its calls, and
//         after the last one, the disks of eight kinds of power cut and of a process kill are made.
//         On each the destination must be no store or the whole one. Then each call is failed once,
//         with an I/O error and with a full disk, and the same is asked.
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/salvage.hpp"
#include "support/crash/power_cuts.hpp"
#include "support/store/salvage_model.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kHurt = 200;

struct Damaged {
    Disk disk;
    SalvageModel model;
    std::set<std::uint64_t> lost;
};

Damaged make_damaged(NameDurability names) {
    const auto disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{.names = names});
    SalvageModel model = make_store_to_salvage(disk, 1);
    std::set<std::uint64_t> lost = model.lost_by({{segment_path(1), kHurt, kHurt + 1}});
    EXPECT_TRUE(disk->flip_bit(segment_path(1), kHurt, 3));
    return {disk, std::move(model), std::move(lost)};
}

// Only what a reader needs to tell: the report that a crashed process would have given is not here.
SalvageReport report_of(const ReadOnlyStore& saved, const Damaged& damaged) {
    SalvageReport report{.unchanged_end = Sequence(*damaged.lost.begin()),
                         .end = saved.visible_end()};
    report.events = saved.visible_end().value - 1 - damaged.lost.size();
    for (const std::uint64_t sequence : damaged.lost)
        report.lost.push_back({.first = Sequence(sequence), .count = 1});
    return report;
}

// Whether there is a store; what is wrong with it fails the test.
bool judge(const Disk& disk, const Damaged& damaged, const std::string& how) {
    const auto saved = ReadOnlyStore::open(
        StoreConfig(kSavedPath).with_environment(config_on(disk, 5).environment()));
    if (saved) {
        EXPECT_EQ(damaged.model.problem(disk, report_of(*saved, damaged), damaged.lost), "") << how;
    }
    // Where it was is read as before.
    const auto again = salvage(config_on(disk, 9), "/elsewhere");
    EXPECT_TRUE(again) << how;
    if (again) {
        EXPECT_EQ(again->events, damaged.model.events().size() - damaged.lost.size()) << how;
    }
    return saved.has_value();
}

TEST(SalvageCrash, LeavesNoStoreOrAWholeOne) {
    for (const NameDurability names : {NameDurability::Strict, NameDurability::Journaled}) {
        const Damaged damaged = make_damaged(names);
        std::vector<std::pair<std::string, Disk>> states;
        const auto collect = [&](std::uint64_t call) {
            const std::string where = "before call " + std::to_string(call);
            for (std::size_t i = 0; i < kCuts.size(); ++i)
                states.emplace_back("cut " + std::to_string(i) + ' ' + where,
                                    damaged.disk->after_power_cut(kCuts[i]));
            states.emplace_back("a kill " + where, damaged.disk->after_process_kill());
        };
        const std::uint64_t first = damaged.disk->calls();
        damaged.disk->observe([&](const Call& call) { collect(call.number); });
        ASSERT_TRUE(salvage_on(damaged.disk));
        damaged.disk->observe({});
        collect(damaged.disk->calls());
        std::size_t whole = 0;
        for (const auto& [how, disk] : states) {
            whole += judge(disk, damaged, how) ? 1U : 0U;
            if (HasFailure()) return;
        }
        std::cout << damaged.disk->calls() - first << " calls, " << states.size() << " states, "
                  << whole << " with a store\n";
        EXPECT_GT(whole, kCuts.size());
        EXPECT_LT(whole, states.size() / 2);
    }
}

TEST(SalvageCrash, AFailedCallLeavesNoStoreOrAWholeOne) {
    for (const Fault& fault : {Fault::io(), Fault::disk_full()}) {
        std::uint64_t failures = 0;
        for (std::uint64_t call = 0;; ++call) {
            const Damaged damaged = make_damaged(NameDurability::Strict);
            const std::uint64_t at = damaged.disk->calls() + call;
            damaged.disk->fail_call(at, fault);
            const auto report = salvage_on(damaged.disk);
            const bool was_last = damaged.disk->calls() <= at;
            damaged.disk->clear_faults();
            const Disk next = damaged.disk->after_process_kill();
            const std::string how = "after the failure of call " + std::to_string(call);
            // A file that could not be read is damage as well, and then more may be lost.
            const bool is_there =
                report && report->events + damaged.lost.size() == damaged.model.events().size();
            if (is_there) {
                EXPECT_TRUE(judge(next, damaged, how)) << how;
            }
            if (!report) {
                EXPECT_FALSE(judge(next, damaged, how)) << how;
            }
            failures += report ? 0U : 1U;
            if (was_last || HasFailure()) break;
        }
        EXPECT_GT(failures, 20U);
    }
}

}  // namespace
}  // namespace batpak::testing
