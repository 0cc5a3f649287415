// A repaired segment is the segment that was there; nothing else changes (INV K1).
#include "batpak/store/repair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>

#include "batpak/store/read_only_store.hpp"
#include "store/copy/snapshot_record.hpp"
#include "store/frame/segment_header.hpp"
#include "support/store/small_store.hpp"
#include "support/store/store_fixture.hpp"
#include "support/store/whole_copy.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::copies_of;
using testing::Disk;
using testing::EventCopy;
using testing::problem_of_copy;

class RepairTest : public testing::StoreFixture {
protected:
    RepairTest() {
        config = config.with_segment_bytes(4096);
        Store store = open();
        append(store, 60);
        EXPECT_TRUE(store.snapshot("backup"));
        append(store, 30);
        events = copies_of(store);
        std::move(store).close().value();
    }
    void append(Store& store, int count, char filler = 'x') const {
        const std::string text(300, filler);
        for (int i = 0; i < count; ++i)
            ASSERT_TRUE(store.append_raw(i % 2 == 0 ? alice : bob, kind, as_bytes(text)));
    }
    static std::string path_of(std::uint64_t id) {
        return "/data/segments/" + store::segment_file_name(id);
    }
    static bool is_at(const testing::Call& call, const std::string& path) {
        return path == "/" + call.path;
    }
    StoreConfig on(const Disk& other) const {
        return config.with_environment({other, clock, entropy});
    }

    // A copy of the store that went on by itself: its snapshot of other events in files of the same
    // sizes is put beside the store, which went on as well. Returns the id of the segment that both
    // had begun before.
    std::uint64_t part_ways() {
        const std::uint64_t begun = repair(config, "backup").value().segments + 1;
        const Disk other = disk->after_process_kill();
        const StoreConfig theirs =
            config.with_environment({other, clock, std::make_shared<testing::SeededEntropy>(99)});
        Store copy = Store::open(theirs).value();
        append(copy, 60, 'y');
        EXPECT_TRUE(copy.snapshot("theirs"));
        Store store = open();
        append(store, 60, 'z');
        std::move(store).close().value();
        for (const std::string& path : other->file_paths()) {
            if (!path.starts_with("/theirs/")) continue;
            EXPECT_TRUE(disk->put(path, other->contents(path).value()));
        }
        return begun;
    }

    std::vector<EventCopy> events;
};

TEST_F(RepairTest, OfAWholeStoreDoesNothing) {
    const RepairReport report = repair(config, "backup").value();
    EXPECT_GT(report.segments, 5U);
    EXPECT_TRUE(report.repaired.empty());
    EXPECT_TRUE(report.damaged.empty());
}

TEST_F(RepairTest, ReplacesADamagedSegmentAndKeepsWhatWasThere) {
    const Bytes before = disk->contents(path_of(2)).value();
    ASSERT_TRUE(disk->flip_bit(path_of(2), 700, 2));
    const Bytes damaged = disk->contents(path_of(2)).value();
    const RepairReport report = repair(config, "backup").value();
    ASSERT_EQ(report.repaired.size(), 1U);
    EXPECT_EQ(report.repaired[0].id, 2U);
    EXPECT_EQ(disk->contents(path_of(2)).value(), before);
    EXPECT_EQ(disk->contents("/data/" + report.repaired[0].saved_to).value(), damaged);
    const Store store = open();
    EXPECT_FALSE(store.verify().value().damage);
    EXPECT_EQ(copies_of(store).size(), events.size());
}

// Goal:   whatever byte of a sealed segment is changed, cut off or lost, repair gives it back.
// Method: each byte of one segment is flipped; the file is cut at each length, emptied, removed,
//         lengthened, and replaced by another segment.
TEST_F(RepairTest, GivesBackEachByte) {
    const Bytes whole = disk->contents(path_of(2)).value();
    const auto expect_repaired = [&](const Disk& other, const std::string& how) {
        const auto report = repair(on(other), "backup");
        ASSERT_TRUE(report) << how << ": " << report.error().to_string();
        ASSERT_EQ(report->repaired.size(), 1U) << how;
        ASSERT_EQ(other->contents(path_of(2)).value(), whole) << how;
    };
    for (std::size_t at = 0; at < whole.size() && !HasFailure(); ++at) {
        const Disk flipped = disk->after_process_kill();
        ASSERT_TRUE(flipped->flip_bit(path_of(2), at, static_cast<unsigned>(at % 8)));
        expect_repaired(flipped, "flipped at " + std::to_string(at));
        if (at % 7 != 0) continue;
        const Disk cut = disk->after_process_kill();
        ASSERT_TRUE(cut->put(path_of(2), BytesView(whole).first(at)));
        expect_repaired(cut, "cut at " + std::to_string(at));
    }
    const Disk removed = disk->after_process_kill();
    ASSERT_TRUE(removed->erase(path_of(2)));
    expect_repaired(removed, "removed");
    const Disk longer = disk->after_process_kill();
    Bytes more = whole;
    more.resize(whole.size() + 100);
    ASSERT_TRUE(longer->put(path_of(2), more));
    expect_repaired(longer, "longer");
    const Disk swapped = disk->after_process_kill();
    ASSERT_TRUE(swapped->put(path_of(2), disk->contents(path_of(3)).value()));
    expect_repaired(swapped, "another segment");
}

// Goal: what the caller may not read is no damage, and nothing is replaced beside it.
// Method: one segment is damaged; another cannot be opened, or read, for each such reason.
TEST_F(RepairTest, EndsWhereItMayNotRead) {
    using testing::CallKind;
    ASSERT_TRUE(disk->flip_bit(path_of(2), 700, 2));
    for (const CallKind kind_of_call : {CallKind::OpenFile, CallKind::Read}) {
        for (const int number : {EACCES, EPERM, EMFILE, ENFILE, ENOMEM}) {
            const Disk other = disk->after_process_kill();
            other->observe([&](const testing::Call& call) {
                if (call.kind == kind_of_call && is_at(call, path_of(4)))
                    other->fail_call(call.number, testing::Fault::error(ErrorCode::Io, number));
            });
            const auto report = repair(on(other), "backup");
            ASSERT_FALSE(report) << number;
            EXPECT_EQ(report.error().os_error(), number);
            EXPECT_EQ(other->contents(path_of(2)).value(), disk->contents(path_of(2)).value());
        }
    }
}

// Goal: what is damaged in the segment that is appended to is said, though nothing replaces it.
// Method: an event of it is changed, all of it is cut off, the file is removed; a torn tail is no
//         damage.
TEST_F(RepairTest, SaysThatTheActiveSegmentIsDamaged) {
    const std::uint64_t active = repair(config, "backup").value().segments + 1;
    const std::string path = path_of(active);
    const Bytes whole = disk->contents(path).value();
    const auto expect_damaged = [&](const Disk& other, const char* how) {
        const RepairReport report = repair(on(other), "backup").value();
        ASSERT_EQ(report.damaged.size(), 1U) << how;
        EXPECT_EQ(report.damaged[0].place(), path.substr(6)) << how;
        EXPECT_TRUE(report.repaired.empty()) << how;
    };
    const Disk flipped = disk->after_process_kill();
    ASSERT_TRUE(flipped->flip_bit(path, 200, 2));
    expect_damaged(flipped, "flipped");
    const Disk cut = disk->after_process_kill();
    ASSERT_TRUE(cut->put(path, BytesView(whole).first(store::SegmentHeader::kBytes)));
    expect_damaged(cut, "cut");
    const Disk removed = disk->after_process_kill();
    ASSERT_TRUE(removed->erase(path));
    expect_damaged(removed, "removed");
    Bytes torn = whole;
    torn.insert(torn.end(), 30, std::byte{7});
    ASSERT_TRUE(disk->put(path, torn));
    EXPECT_TRUE(repair(config, "backup").value().damaged.empty());
}

TEST_F(RepairTest, SaysWhatTheSnapshotDoesNotHave) {
    const std::uint64_t last_sealed = repair(config, "backup").value().segments;
    ASSERT_TRUE(disk->flip_bit(path_of(last_sealed), 700, 2));
    ASSERT_TRUE(disk->flip_bit(path_of(1), 700, 2));
    const RepairReport report = repair(config, "backup").value();
    ASSERT_EQ(report.repaired.size(), 1U);
    EXPECT_EQ(report.repaired[0].id, 1U);
    ASSERT_EQ(report.damaged.size(), 1U);
    EXPECT_EQ(report.damaged[0].place(), path_of(last_sealed).substr(6));
    EXPECT_EQ(report.damaged[0].code(), ErrorCode::CorruptFrame);
}

TEST_F(RepairTest, TakesNothingFromADamagedSnapshotOrAnotherStore) {
    const Bytes damaged = [&] {
        EXPECT_TRUE(disk->flip_bit(path_of(2), 700, 2));
        return disk->contents(path_of(2)).value();
    }();
    const Disk rotten = disk->after_process_kill();
    ASSERT_TRUE(rotten->flip_bit("/backup/segments/000000000002.bpk", 300, 1));
    EXPECT_EQ(repair(on(rotten), "backup").value().damaged.size(), 1U);
    EXPECT_EQ(rotten->contents(path_of(2)).value(), damaged);
    Store other =
        Store::open(
            StoreConfig("other").with_environment(config.environment()).with_segment_bytes(4096))
            .value();
    append(other, 60);
    ASSERT_TRUE(other.snapshot("theirs"));
    EXPECT_EQ(repair(config, "theirs").value().damaged.size(), 1U);
    EXPECT_EQ(disk->contents(path_of(2)).value(), damaged);
}

// Goal:   a segment of a copy that went on by itself, with the same id, place and size, is never
//         put in the place of this store's.
// Method: of the segment that both had begun, and of the next one, each eighth byte is changed in
//         turn, in one bit; behind the header, where the last event that both have ends, too.
TEST_F(RepairTest, TakesNothingFromACopyThatWentOn) {
    const std::uint64_t begun = part_ways();
    for (const std::uint64_t id : {begun, begun + 1}) {
        const std::string theirs = "/theirs/segments/" + store::segment_file_name(id);
        const Bytes whole = disk->contents(path_of(id)).value();
        ASSERT_EQ(disk->contents(theirs).value().size(), whole.size());
        ASSERT_NE(disk->contents(theirs).value(), whole);
        for (std::size_t at = store::SegmentHeader::kBytes; at < whole.size(); at += 8) {
            const Disk rotten = disk->after_process_kill();
            ASSERT_TRUE(rotten->flip_bit(path_of(id), at, 2));
            const Bytes damaged = rotten->contents(path_of(id)).value();
            const RepairReport report = repair(on(rotten), "theirs").value();
            ASSERT_TRUE(report.repaired.empty()) << id << " " << at;
            ASSERT_EQ(report.damaged.size(), 1U) << id << " " << at;
            ASSERT_EQ(rotten->contents(path_of(id)).value(), damaged) << id << " " << at;
        }
    }
}

// The record says so even without a hash, as a batpak without BLAKE3 writes it.
TEST_F(RepairTest, TakesNoFileThatTheSnapshotWasNotMadeWith) {
    const std::uint64_t next = part_ways() + 1;
    const std::string name = "segments/" + store::segment_file_name(next);
    ASSERT_TRUE(open().snapshot("ours"));
    auto record =
        store::SnapshotRecord::parse(as_text(disk->contents("/ours/SNAPSHOT").value())).value();
    for (auto& segment : record.segments) segment.hash.reset();
    ASSERT_TRUE(disk->put("/ours/SNAPSHOT", as_bytes(record.to_text())));
    ASSERT_TRUE(disk->put("/ours/" + name, disk->contents("/theirs/" + name).value()));
    ASSERT_TRUE(disk->erase(path_of(next)));
    const RepairReport report = repair(config, "ours").value();
    EXPECT_TRUE(report.repaired.empty());
    EXPECT_EQ(report.damaged.size(), 1U);
}

// Goal:   what fails at one segment, of the store or on the way, hides nothing that was done.
// Method: two segments are damaged, and each call of a repair is failed once: the report is there
//         whenever something was replaced, and names what was not.
TEST_F(RepairTest, ReportsWhatItDidWhateverFails) {
    for (const std::uint64_t id : {2U, 3U}) ASSERT_TRUE(disk->flip_bit(path_of(id), 700, 2));
    const auto damaged = [&](const Disk& now, std::uint64_t id) {
        return now->contents(path_of(id)).value() == disk->contents(path_of(id)).value();
    };
    std::uint64_t reported = 0;
    for (std::uint64_t call = 0;; ++call) {
        const Disk failing = disk->after_process_kill();
        failing->fail_call(call, testing::Fault::io());
        const auto report = repair(on(failing), "backup");
        if (failing->calls() <= call) break;
        if (!report) {
            ASSERT_TRUE(damaged(failing, 2) && damaged(failing, 3)) << call;
            continue;
        }
        ++reported;
        for (const std::uint64_t id : {2U, 3U}) {
            const auto is_it = [&](const RepairedSegment& one) { return one.id == id; };
            const bool named = std::ranges::any_of(report->damaged, [&](const Error& error) {
                return error.place() == path_of(id).substr(6);
            });
            ASSERT_TRUE(std::ranges::any_of(report->repaired, is_it) || named) << call;
        }
    }
    EXPECT_GT(reported, 50U);
}

// A disk that cannot read a sector any more is what a repair is for.
TEST_F(RepairTest, ReplacesAFileThatCannotBeRead) {
    const Bytes whole = disk->contents(path_of(2)).value();
    disk->observe([&](const testing::Call& call) {
        if (call.kind != testing::CallKind::Read || !is_at(call, path_of(2))) return;
        disk->fail_call(call.number, testing::Fault::io());
    });
    const RepairReport report = repair(config, "backup").value();
    disk->observe({});
    ASSERT_EQ(report.repaired.size(), 1U);
    EXPECT_EQ(report.repaired[0].id, 2U);
    EXPECT_EQ(disk->contents("/data/" + report.repaired[0].saved_to).value(), whole);
    EXPECT_EQ(disk->contents(path_of(2)).value(), whole);
    EXPECT_TRUE(report.damaged.empty());
}

// Where there are no links, what can be read of it is kept.
TEST_F(RepairTest, KeepsWhatWasThereWithoutLinks) {
    ASSERT_TRUE(disk->flip_bit(path_of(2), 700, 2));
    const Bytes damaged = disk->contents(path_of(2)).value();
    disk->fail_next(testing::CallKind::Link,
                    testing::Fault::error(ErrorCode::Unsupported, EPERM).forever());
    const RepairReport report = repair(config, "backup").value();
    ASSERT_EQ(report.repaired.size(), 1U);
    const Bytes kept = disk->contents("/data/" + report.repaired[0].saved_to).value();
    EXPECT_TRUE(std::ranges::equal(kept, BytesView(damaged).subspan(store::SegmentHeader::kBytes)));
}

// What is checked is what is put in place: the snapshot's file is copied in one pass.
TEST_F(RepairTest, ReadsTheSnapshotsFileOnce) {
    const std::string path = "/backup/segments/" + store::segment_file_name(2);
    const std::uint64_t size = disk->contents(path).value().size();
    ASSERT_TRUE(disk->erase(path_of(2)));
    std::uint64_t bytes = 0;
    disk->observe([&](const testing::Call& call) {
        if (call.kind == testing::CallKind::Read && is_at(call, path)) bytes += call.length;
    });
    ASSERT_EQ(repair(config, "backup").value().repaired.size(), 1U);
    EXPECT_GE(bytes, size);
    EXPECT_LT(bytes, size + 1000);
}

TEST_F(RepairTest, IsRefusedWhereItCannotBe) {
    EXPECT_EQ(code_of(repair(config, "nothing")), ErrorCode::NotAStore);
    EXPECT_EQ(code_of(repair(config, "data")), ErrorCode::InvalidArgument);
    const StoreConfig none = StoreConfig("none").with_environment(config.environment());
    EXPECT_EQ(code_of(repair(none, "backup")), ErrorCode::NotAStore);
    const Store store = open();
    EXPECT_EQ(code_of(repair(config, "backup")), ErrorCode::StoreLocked);
}

// Goal:   no crash and no failed call of a repair leaves anything but the damaged file or the whole
//         one, and a second repair ends it.
// Method: the power is cut and the process killed before each call, and each call is failed.
TEST_F(RepairTest, IsDoneOrNotAtEachCall) {
    const Bytes whole = disk->contents(path_of(2)).value();
    ASSERT_TRUE(disk->flip_bit(path_of(2), 700, 2));
    const Bytes damaged = disk->contents(path_of(2)).value();
    const Disk start = disk->after_process_kill();
    std::uint64_t done = 0;
    std::uint64_t states = 0;
    const auto judge = [&](const Disk& left) {
        ++states;
        const Bytes now = left->contents(path_of(2)).value();
        ASSERT_TRUE(now == whole || now == damaged);
        if (now == whole) ++done;
        ASSERT_TRUE(repair(on(left), "backup"));
        ASSERT_EQ(left->contents(path_of(2)).value(), whole);
    };
    std::vector<Disk> lefts;
    start->observe([&](const testing::Call& call) {
        for (const auto mode : {testing::CutMode::None, testing::CutMode::All,
                                testing::CutMode::SizeOnly, testing::CutMode::Random})
            lefts.push_back(start->after_power_cut({.mode = mode, .seed = call.number}));
        lefts.push_back(start->after_process_kill());
    });
    ASSERT_TRUE(repair(on(start), "backup"));
    const std::uint64_t calls = start->calls();
    for (const Disk& left : lefts) judge(left);
    for (std::uint64_t call = 0; call < calls && !HasFailure(); ++call) {
        const Disk failing = disk->after_process_kill();
        failing->fail_call(call, testing::Fault::io());
        (void)repair(on(failing), "backup");
        failing->clear_faults();
        judge(failing->after_process_kill());
    }
    EXPECT_GT(done, 5U);
    EXPECT_LT(done, states);
    std::cout << calls << " calls, " << states << " states, " << done << " done\n";
}

}  // namespace
}  // namespace batpak
