// Goal:   no crash at any call of a snapshot, a restore or a fork leaves a store that is not whole,
//         or harms the one that is copied; and after each a copy can be made (INV K1).
// Method: the copy is made once; before each of its calls, and after the last one, the disks of
//         eight kinds of power cut and of a process kill are made. On each, the source must have
//         all that was durable, the destination must be no store, or one that has exactly the
//         events of the moment; where frames are left of it, no writer begins a store of its own;
//         and copying once more, there or beside, must work. Then each call is failed once, with an
//         I/O error and with a full disk, and the same is asked.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/restore.hpp"
#include "store/frame/segment_header.hpp"
#include "support/crash/power_cuts.hpp"
#include "support/file_helpers.hpp"
#include "support/store/small_store.hpp"
#include "support/store/whole_copy.hpp"

namespace batpak::testing {
namespace {

constexpr const char* kCopy = "/backups/monday";
constexpr const char* kAgain = "/backups/tuesday";
constexpr const char* kEarlier = "/backups/sunday";

StoreConfig copy_on(const Disk& disk, const char* directory) {
    return StoreConfig(directory).with_environment(config_on(disk, 5).environment());
}

struct Tally {
    std::uint64_t calls = 0;
    std::uint64_t states = 0;
    std::uint64_t whole = 0;      // copies that were there after the crash
    std::uint64_t cut_short = 0;  // that left frames and no store
    std::uint64_t repeated = 0;   // copies that were made in the same place after it
    std::uint64_t moved = 0;      // in another place, because something was left
};

// A kind of copy: makes it on a disk, from the store at kStorePath.
using MakeCopy = Result<void> (*)(const Disk& disk, const char* destination);

Result<void> make_snapshot(const Disk& disk, const char* destination) {
    BATPAK_TRY(Store store, Store::open(config_on(disk, 5)));
    BATPAK_CHECK(store.snapshot(destination));
    return {};
}

Result<void> make_reader_snapshot(const Disk& disk, const char* destination) {
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(config_on(disk, 5)));
    BATPAK_CHECK(store.snapshot(destination));
    return {};
}

Result<void> make_next_snapshot(const Disk& disk, const char* destination) {
    BATPAK_TRY(const ReadOnlyStore store, ReadOnlyStore::open(config_on(disk, 5)));
    BATPAK_TRY(const SnapshotReport report, store.snapshot(destination, {.previous = kEarlier}));
    EXPECT_EQ(report.bytes_shared, report.bytes);
    return {};
}

Result<void> make_restore(const Disk& disk, const char* destination) {
    BATPAK_CHECK(restore(config_on(disk, 5), destination));
    return {};
}

Result<void> make_fork(const Disk& disk, const char* destination) {
    BATPAK_TRY(const RestoreReport report,
               restore(config_on(disk, 5), destination, {.share_files = true}));
    EXPECT_GT(report.bytes_shared, 0U);
    EXPECT_LT(report.bytes_shared, report.bytes);
    return {};
}

class Sweep {
public:
    explicit Sweep(MakeCopy make) : make_(make), has_earlier_(make == make_next_snapshot) {}

    void crash_everywhere(StoreEnd end, NameDurability names) {
        const SmallStore small = start(end, names);
        std::vector<std::pair<std::string, Disk>> states;
        const auto collect = [&](std::uint64_t call) {
            const std::string where = "before call " + std::to_string(call);
            for (std::size_t i = 0; i < kCuts.size(); ++i)
                states.emplace_back("cut " + std::to_string(i) + ' ' + where,
                                    small.disk->after_power_cut(kCuts[i]));
            states.emplace_back("a kill " + where, small.disk->after_process_kill());
        };
        small.disk->observe([&](const Call& call) { collect(call.number); });
        const auto made = make_(small.disk, kCopy);
        ASSERT_TRUE(made) << made.error().to_string();
        small.disk->observe({});
        collect(small.disk->calls());
        tally_.calls += small.disk->calls();
        for (const auto& [how, disk] : states) {
            ++tally_.states;
            judge(disk, small.events, how);
            if (::testing::Test::HasFailure()) return;
        }
    }

    void fail_everywhere(const Fault& fault) {
        for (std::uint64_t call = 0;; ++call) {
            const SmallStore small = start(StoreEnd::Killed, NameDurability::Strict);
            small.disk->fail_call(call, fault);
            (void)make_(small.disk, kCopy);
            const bool was_last = small.disk->calls() <= call;
            small.disk->clear_faults();
            ++tally_.states;
            const Disk next = small.disk->after_process_kill();
            judge(next, small.events, "after the failure of call " + std::to_string(call));
            if (was_last || ::testing::Test::HasFailure()) return;
        }
    }

    const Tally& tally() const noexcept { return tally_; }

private:
    SmallStore start(StoreEnd end, NameDurability names) const {
        SmallStore small = make_small_store(11, end);
        if (has_earlier_) must(make_reader_snapshot(small.disk, kEarlier));
        if (names == NameDurability::Strict) {
            small.disk = small.disk->after_power_cut({.mode = CutMode::All, .seed = 0});
            return small;
        }
        auto disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{.names = names});
        for (const std::string& path : small.disk->file_paths())
            must(disk->put(path, small.disk->contents(path).value()));
        small.disk = disk;
        return small;
    }

    void judge(const Disk& disk, const std::vector<EventCopy>& events, const std::string& how) {
        const auto source = ReadOnlyStore::open(config_on(disk, 6));
        ASSERT_TRUE(source) << how << ": " << source.error().to_string();
        ASSERT_EQ(source->visible_end().value, events.size()) << how;
        if (has_earlier_) {
            ASSERT_EQ(problem_of_copy(copy_on(disk, kEarlier), events), "") << how;
        }
        const auto copy = ReadOnlyStore::open(copy_on(disk, kCopy));
        if (copy) {
            ++tally_.whole;
            ASSERT_EQ(problem_of_copy(copy_on(disk, kCopy), events), "") << how;
            return;
        }
        ASSERT_EQ(copy.error().code(), ErrorCode::NotAStore) << how;
        if (holds_frames(disk)) {
            ++tally_.cut_short;
            ASSERT_FALSE(Store::open(copy_on(disk->after_process_kill(), kCopy))) << how;
        }
        judge_repetition(disk, events, how);
    }

    // Whether more is left of the copy than headers and reserved space.
    static bool holds_frames(const Disk& disk) {
        return std::ranges::any_of(disk->file_paths(), [&](const std::string& path) {
            if (!path.starts_with(std::string(kCopy) + "/segments/")) return false;
            const Bytes bytes = disk->contents(path).value();
            const auto header = std::min(bytes.size(), store::SegmentHeader::kBytes);
            return !std::ranges::all_of(BytesView(bytes).subspan(header),
                                        [](std::byte byte) { return byte == std::byte{0}; });
        });
    }

    // Either nothing is left that is in the way, or the destination says so.
    void judge_repetition(const Disk& disk, const std::vector<EventCopy>& events,
                          const std::string& how) {
        const auto again = make_(disk, kCopy);
        if (again) {
            ++tally_.repeated;
            ASSERT_EQ(problem_of_copy(copy_on(disk, kCopy), events), "") << how;
            return;
        }
        ++tally_.moved;
        ASSERT_EQ(again.error().code(), ErrorCode::BadDestination)
            << how << ": " << again.error().to_string();
        ASSERT_TRUE(make_(disk, kAgain)) << how;
        ASSERT_EQ(problem_of_copy(copy_on(disk, kAgain), events), "") << how;
    }

    const MakeCopy make_;
    const bool has_earlier_;  // a snapshot that the next one shares its files with
    Tally tally_;
};

void sweep(MakeCopy make) {
    Sweep sweep(make);
    for (const StoreEnd end : {StoreEnd::Closed, StoreEnd::Killed}) {
        for (const auto names : {NameDurability::Strict, NameDurability::Journaled})
            sweep.crash_everywhere(end, names);
    }
    sweep.fail_everywhere(Fault::io());
    sweep.fail_everywhere(Fault::disk_full());
    const Tally& tally = sweep.tally();
    EXPECT_GT(tally.calls, 4 * 50U);
    EXPECT_GT(tally.whole, 10U);
    EXPECT_GT(tally.cut_short, 10U);
    EXPECT_GT(tally.repeated, tally.states / 2);
    EXPECT_LT(tally.moved, tally.states / 5);
    std::cout << tally.calls << " calls, " << tally.states << " states: " << tally.whole
              << " whole copies, " << tally.repeated << " made again, " << tally.moved
              << " elsewhere\n";
}

TEST(CopyCrash, EachCallOfASnapshotByTheWriter) { sweep(make_snapshot); }
TEST(CopyCrash, EachCallOfASnapshotByAReader) { sweep(make_reader_snapshot); }
TEST(CopyCrash, EachCallOfASnapshotThatSharesFiles) { sweep(make_next_snapshot); }
TEST(CopyCrash, EachCallOfARestore) { sweep(make_restore); }
TEST(CopyCrash, EachCallOfAFork) { sweep(make_fork); }

}  // namespace
}  // namespace batpak::testing
