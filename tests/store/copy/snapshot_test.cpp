// A snapshot is the store of one moment, or nothing (INV K1).
#include "batpak/store/snapshot.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "batpak/store/read_only_store.hpp"
#include "batpak/store/repair.hpp"
#include "store/copy/snapshot_record.hpp"
#include "store/frame/segment_header.hpp"
#include "support/store/small_store.hpp"
#include "support/store/store_fixture.hpp"
#include "support/store/whole_copy.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::copies_of;
using testing::EventCopy;
using testing::Moved;
using testing::problem_of_copy;

class SnapshotTest : public testing::StoreFixture {
protected:
    SnapshotTest() { config = config.with_segment_bytes(4096); }

    StoreConfig at(const std::string& directory) const {
        return StoreConfig(directory).with_environment(config.environment());
    }
    void append(Store& store, int count, std::size_t payload_bytes = 300) const {
        const std::string text(payload_bytes, 'x');
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(store.append_raw(i % 2 == 0 ? alice : bob, kind, as_bytes(text)));
        }
    }
    std::vector<std::string> files_below(std::string_view directory) const {
        std::vector<std::string> found;
        for (const std::string& path : disk->file_paths()) {
            if (path.starts_with(directory)) found.push_back(path);
        }
        return found;
    }
};

TEST_F(SnapshotTest, HoldsTheEventsOfTheMoment) {
    Store store = open();
    append(store, 40);
    const std::vector<EventCopy> before = copies_of(store);
    const SnapshotReport report = store.snapshot("backup").value();
    append(store, 40);
    EXPECT_EQ(report.end, Sequence(40));
    EXPECT_EQ(report.log_id, store.log_id());
    EXPECT_GT(report.segments, 3U);
    EXPECT_FALSE(report.stopped);
    EXPECT_EQ(problem_of_copy(at("backup"), before), "");
    const ReadOnlyStore copy = ReadOnlyStore::open(at("backup")).value();
    EXPECT_EQ(copy.log_id(), store.log_id());
    EXPECT_EQ(copy.root(Sequence(40)).value(), store.root(Sequence(40)).value());
}

TEST_F(SnapshotTest, OfAnEmptyStoreIsAnEmptyStore) {
    Store store = open();
    EXPECT_EQ(store.snapshot("backup").value().end, Sequence(0));
    EXPECT_EQ(problem_of_copy(at("backup"), {}), "");
}

TEST_F(SnapshotTest, SaysOfEachFileWhatItHolds) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.snapshot("backup"));
    const Bytes text = disk->contents("/backup/SNAPSHOT").value();
    const auto record = store::SnapshotRecord::parse(as_text(text)).value();
    EXPECT_EQ(record.log_id, store.log_id());
    EXPECT_EQ(record.end, Sequence(40));
    std::uint64_t frames = 0;
    for (const auto& segment : record.segments) {
        const Bytes file =
            disk->contents("/backup/segments/" + store::segment_file_name(segment.id)).value();
        EXPECT_EQ(segment.bytes, file.size());
        const auto header =
            store::SegmentHeader::decode(BytesView(file).first(store::SegmentHeader::kBytes))
                .value();
        EXPECT_EQ(segment.salt, header.salt);
        EXPECT_TRUE(segment.hash);
        frames += file.size();
    }
    EXPECT_GT(frames, 40U * 300);
}

// Buffered events are made durable, and submitted ones committed, before they are copied.
TEST_F(SnapshotTest, HoldsWhatWasBufferedOrSubmitted) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    append(store, 5);
    Ticket ticket = store.submit(alice, Moved{1, 2}).value();
    EXPECT_EQ(store.snapshot("backup").value().end, Sequence(6));
    EXPECT_EQ(store.durable_end(), Sequence(6));
    EXPECT_TRUE(std::move(ticket).wait());
}

TEST_F(SnapshotTest, HoldsBatchesWhole) {
    Store store = open();
    BatchBuilder batch;
    for (int i = 0; i < 5; ++i) batch.add(alice, Moved{i, i});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
    ASSERT_TRUE(store.snapshot("backup"));
    EXPECT_EQ(problem_of_copy(at("backup"), copies_of(store)), "");
}

TEST_F(SnapshotTest, CanOnlyBeRead) {
    Store store = open();
    append(store, 3);
    ASSERT_TRUE(store.snapshot("backup"));
    EXPECT_EQ(code_of(Store::open(at("backup"))), ErrorCode::SnapshotOnly);
    EXPECT_EQ(problem_of_copy(at("backup"), copies_of(store)), "");
}

// It may be made between the look of a writer at the empty directory and its lock.
TEST_F(SnapshotTest, CanOnlyBeReadHoweverLateItIsThere) {
    Store store = open();
    append(store, 3);
    ASSERT_TRUE(store.snapshot("backup"));
    std::vector<std::pair<std::string, Bytes>> files;
    for (const std::string& path : files_below("/backup")) {
        files.emplace_back(path, disk->contents(path).value());
        ASSERT_TRUE(disk->erase(path));
    }
    disk->observe([&](const testing::Call& call) {
        if (call.kind != testing::CallKind::Lock) return;
        for (const auto& [path, bytes] : files) ASSERT_TRUE(disk->put(path, bytes));
    });
    EXPECT_EQ(code_of(Store::open(at("backup"))), ErrorCode::SnapshotOnly);
    disk->observe({});
    EXPECT_EQ(problem_of_copy(at("backup"), copies_of(store)), "");
}

// A foreign file of that name costs its first window, whatever size it says that it has.
TEST_F(SnapshotTest, WhoseRecordIsNoneIsNotReadAsAWhole) {
    Store store = open();
    append(store, 3);
    ASSERT_TRUE(store.snapshot("backup"));
    ASSERT_TRUE(disk->put("/backup/SNAPSHOT", Bytes(4 << 20)));
    std::uint64_t bytes = 0;
    disk->observe([&](const testing::Call& call) {
        if (call.kind == testing::CallKind::Read && call.path == "backup/SNAPSHOT")
            bytes += call.length;
    });
    EXPECT_EQ(code_of(repair(config, "backup")), ErrorCode::CorruptSnapshot);
    EXPECT_GT(bytes, 0U);
    EXPECT_LE(bytes, 64U << 10);
}

TEST_F(SnapshotTest, OfASnapshotIsTheSame) {
    Store store = open();
    append(store, 20);
    ASSERT_TRUE(store.snapshot("first"));
    const ReadOnlyStore first = ReadOnlyStore::open(at("first")).value();
    ASSERT_TRUE(first.snapshot("second"));
    EXPECT_EQ(problem_of_copy(at("second"), copies_of(store)), "");
}

// ---- after an earlier one

// Goal:   a snapshot that shares files with an earlier one is as whole as any, and so is the
//         earlier one, whichever of them is removed.
// Method: five snapshots of a growing store, each after the last; then the first ones are removed,
//         one by one, and all that are left are compared with the events of their moments.
TEST_F(SnapshotTest, SharesWhatAnEarlierOneHas) {
    Store store = open();
    std::vector<std::vector<EventCopy>> moments;
    std::string previous;
    for (int number = 0; number < 5; ++number) {
        append(store, 30);
        moments.push_back(copies_of(store));
        const std::string path = "backup" + std::to_string(number);
        const SnapshotReport report = store.snapshot(path, {.previous = previous}).value();
        EXPECT_EQ(report.bytes_shared > 0, number > 0);
        EXPECT_LT(report.bytes - report.bytes_shared, 20'000U);  // 30 events and one segment
        previous = path;
    }
    for (std::size_t removed = 0; removed < 5; ++removed) {
        for (std::size_t i = removed; i < 5; ++i)
            EXPECT_EQ(problem_of_copy(at("backup" + std::to_string(i)), moments[i]), "") << i;
        for (const std::string& path : files_below("/backup" + std::to_string(removed) + "/"))
            ASSERT_TRUE(disk->erase(path));
    }
    ASSERT_TRUE(store.verify());
}

TEST_F(SnapshotTest, AfterOneOfAnotherStoreSharesNothing) {
    Store other = Store::open(at("other").with_segment_bytes(4096)).value();
    append(other, 40);
    ASSERT_TRUE(other.snapshot("theirs"));
    Store store = open();
    append(store, 40);
    EXPECT_EQ(store.snapshot("backup", {.previous = "theirs"}).value().bytes_shared, 0U);
    EXPECT_EQ(problem_of_copy(at("backup"), copies_of(store)), "");
}

TEST_F(SnapshotTest, AfterWhatIsNoSnapshotIsRefused) {
    Store store = open();
    append(store, 3);
    EXPECT_EQ(code_of(store.snapshot("backup", {.previous = "nothing"})), ErrorCode::NotAStore);
    EXPECT_EQ(code_of(store.snapshot("backup", {.previous = "data"})), ErrorCode::InvalidArgument);
    EXPECT_TRUE(files_below("/backup").empty());
}

TEST_F(SnapshotTest, AfterOneThatWasChangedIsRefused) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.snapshot("first"));
    const std::string path = "/first/segments/000000000001.bpk";
    Bytes file = disk->contents(path).value();
    file.pop_back();
    ASSERT_TRUE(disk->put(path, file));
    EXPECT_EQ(code_of(store.snapshot("backup", {.previous = "first"})), ErrorCode::CorruptSnapshot);
    EXPECT_EQ(files_below("/backup"), std::vector<std::string>{"/backup/LOCK"});
}

// Goal:   what rotted in one snapshot does not get into the next one.
// Method: of one shared file each 97th byte is changed in turn, in one bit; the next snapshot is
//         whole each time, and shares the other files.
TEST_F(SnapshotTest, AfterOneThatRottedIsWhole) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.snapshot("first"));
    const std::vector<EventCopy> events = copies_of(store);
    const std::string path = "/first/segments/000000000001.bpk";
    const std::size_t bytes = disk->contents(path).value().size();
    for (std::size_t at = store::SegmentHeader::kBytes; at < bytes; at += 97) {
        ASSERT_TRUE(disk->flip_bit(path, at, static_cast<unsigned>(at % 8)));
        const std::string next = "backup" + std::to_string(at);
        const SnapshotReport report = store.snapshot(next, {.previous = "first"}).value();
        EXPECT_EQ(report.bytes_shared, report.bytes - bytes);
        ASSERT_EQ(problem_of_copy(this->at(next), events), "") << at;
        ASSERT_TRUE(disk->flip_bit(path, at, static_cast<unsigned>(at % 8)));
    }
}

TEST_F(SnapshotTest, ThatSharesFilesCanBeStopped) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.snapshot("first"));
    std::stop_source stop;
    std::uint64_t told = 0;
    SnapshotOptions options{.previous = "first", .stop = stop.get_token()};
    options.progress = [&](const CopyProgress& now) {
        told = now.bytes;
        EXPECT_LE(now.bytes, now.bytes_total);
        if (now.bytes * 2 > now.bytes_total) stop.request_stop();
    };
    EXPECT_TRUE(store.snapshot("backup", options).value().stopped);
    EXPECT_GT(told, 0U);
    EXPECT_EQ(files_below("/backup"), std::vector<std::string>{"/backup/LOCK"});
}

TEST_F(SnapshotTest, WhereThereAreNoLinksIsCopied) {
    Store store = open();
    append(store, 40);
    ASSERT_TRUE(store.snapshot("first"));
    disk->fail_next(testing::CallKind::Link,
                    testing::Fault::error(ErrorCode::Unsupported, EXDEV).forever());
    EXPECT_EQ(store.snapshot("backup", {.previous = "first"}).value().bytes_shared, 0U);
    EXPECT_EQ(problem_of_copy(at("backup"), copies_of(store)), "");
}

// ---- beside a writer, from another handle

TEST_F(SnapshotTest, OfAReaderHoldsWhatItShowsAndMakesItDurable) {
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    append(store, 20);
    const std::vector<EventCopy> before = copies_of(store);
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    append(store, 5);
    EXPECT_EQ(reader.snapshot("backup").value().end, Sequence(20));
    EXPECT_EQ(problem_of_copy(at("backup"), before), "");
    // Whatever the power cut takes from the store, what is in the snapshot it keeps.
    const auto after = disk->after_power_cut({.mode = testing::CutMode::None, .seed = 0});
    const Store survivor = Store::open(config.with_environment({after, clock, entropy})).value();
    EXPECT_GE(survivor.visible_end(), Sequence(20));
}

TEST_F(SnapshotTest, OfAReaderWhoseLogWasReplacedIsRolledBack) {
    std::optional<Store> store(open());
    append(*store, 5);
    const ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    const std::string path = "/data/segments/000000000001.bpk";
    Bytes other = disk->contents(path).value();
    other[60] ^= std::byte{1};  // another salt
    ASSERT_TRUE(disk->put(path, other));
    EXPECT_EQ(code_of(reader.snapshot("backup")), ErrorCode::RolledBack);
    EXPECT_TRUE(files_below("/backup").empty());
}

// Goal:   snapshots beside appends hold a prefix of the log, up to what was appended before.
// Method: one thread appends through many segments, while the other makes one snapshot after
//         another; each must be whole and hold what was acknowledged before it was begun.
TEST(SnapshotBesideAppends, HoldsAtLeastWhatWasAppendedBefore) {
    const testing::TemporaryDirectory folder;
    const StoreConfig config = StoreConfig(folder / "data").with_segment_bytes(8192);
    Store store = Store::open(config).value();
    const auto alice = Coordinate::create("alice", "room").value();
    std::atomic<std::uint64_t> appended{0};
    std::jthread writer([&](const std::stop_token& stop) {
        const std::string text(200, 'x');
        while (!stop.stop_requested() && appended.load() < 5000) {
            const auto kind = EventKind::custom(1, 1);
            if (store.append_raw(alice, kind, as_bytes(text)).has_value()) ++appended;
        }
    });
    for (int round = 0; round < 20; ++round) {
        const std::uint64_t before = appended.load();
        const std::string path = folder / ("backup" + std::to_string(round));
        const auto report = store.snapshot(path);
        ASSERT_TRUE(report) << report.error().to_string();
        EXPECT_GE(report->end.value, before);
        const ReadOnlyStore copy = ReadOnlyStore::open(StoreConfig(path)).value();
        EXPECT_EQ(copy.visible_end(), report->end);
        EXPECT_EQ(copy.root(report->end).value(), store.root(report->end).value());
        EXPECT_FALSE(copy.verify().value().damage);
    }
}

// ---- bad places

TEST_F(SnapshotTest, IsRefusedWhereSomethingIs) {
    Store store = open();
    append(store, 3);
    ASSERT_TRUE(store.snapshot("backup"));
    EXPECT_EQ(code_of(store.snapshot("backup")), ErrorCode::BadDestination);
    ASSERT_TRUE(disk->put("/other/note.txt", as_bytes("mine")));
    EXPECT_EQ(code_of(store.snapshot("other")), ErrorCode::BadDestination);
    EXPECT_EQ(files_below("/other"), std::vector<std::string>{"/other/note.txt"});
    EXPECT_EQ(code_of(store.snapshot("data")), ErrorCode::BadDestination);
}

TEST_F(SnapshotTest, IsRefusedInsideTheStore) {
    Store store = open();
    append(store, 3);
    const std::vector<std::string> before = files_below("/data");
    for (const char* path : {"data/backup", "data/segments/backup", "data/new/and/deeper",
                             "data/../data/index/x", "/data/lost"}) {
        EXPECT_EQ(code_of(store.snapshot(path)), ErrorCode::BadDestination) << path;
    }
    EXPECT_EQ(files_below("/data"), before);
    EXPECT_TRUE(store.snapshot("database"));
}

TEST(SnapshotOnARealDisk, IsRefusedInsideTheStoreThroughALink) {
    const testing::TemporaryDirectory folder;
    Store store = Store::open(StoreConfig(folder / "data")).value();
    std::filesystem::create_directory_symlink(folder / "data/segments", folder / "link");
    EXPECT_EQ(code_of(store.snapshot(folder / "link/backup")), ErrorCode::BadDestination);
    EXPECT_FALSE(std::filesystem::exists(folder / "data/segments/backup"));
    EXPECT_TRUE(store.snapshot(folder / "backup"));
}

TEST(SnapshotOnARealDisk, IsRefusedWhereAFileIs) {
    const testing::TemporaryDirectory folder;
    Store store = Store::open(StoreConfig(folder / "data")).value();
    std::ofstream(folder / "file") << "x";
    EXPECT_FALSE(store.snapshot(folder / "file"));
    EXPECT_FALSE(store.snapshot(folder / "file/below"));
    EXPECT_EQ(std::filesystem::file_size(folder / "file"), 1U);
}

TEST_F(SnapshotTest, OnAFullDiskLeavesNothingAndWorksOnceThereIsRoom) {
    Store store = open();
    append(store, 40);
    std::uint64_t used = 0;
    for (const std::string& path : disk->file_paths()) used += disk->contents(path).value().size();
    disk->set_capacity(used + 6000);
    EXPECT_EQ(code_of(store.snapshot("backup")), ErrorCode::DiskFull);
    EXPECT_EQ(files_below("/backup"), std::vector<std::string>{"/backup/LOCK"});
    disk->set_capacity(std::numeric_limits<std::uint64_t>::max());
    EXPECT_TRUE(store.snapshot("backup"));
    EXPECT_EQ(problem_of_copy(at("backup"), copies_of(store)), "");
    EXPECT_TRUE(store.append(alice, Moved{1, 1}));
}

TEST_F(SnapshotTest, ThatIsStoppedLeavesNothing) {
    Store store = open();
    append(store, 40);
    std::stop_source stop;
    std::uint64_t told = 0;
    SnapshotOptions options{.stop = stop.get_token()};
    options.progress = [&](const CopyProgress& now) {
        told = now.bytes;
        EXPECT_LE(now.bytes, now.bytes_total);
        if (now.bytes * 2 > now.bytes_total) stop.request_stop();
    };
    EXPECT_TRUE(store.snapshot("backup", options).value().stopped);
    EXPECT_GT(told, 0U);
    EXPECT_EQ(files_below("/backup"), std::vector<std::string>{"/backup/LOCK"});
    EXPECT_FALSE(store.snapshot("backup").value().stopped);
}

TEST_F(SnapshotTest, OfAPoisonedStoreIsPoisonedAndOfAReaderItIsNot) {
    Store store = open();
    append(store, 3);
    disk->fail_next(testing::CallKind::Sync, testing::Fault::io());
    EXPECT_FALSE(store.append(alice, Moved{1, 1}));
    EXPECT_EQ(code_of(store.snapshot("backup")), ErrorCode::Poisoned);
    EXPECT_TRUE(ReadOnlyStore::open(config).value().snapshot("backup"));
}

TEST_F(SnapshotTest, OfAClosedStoreIsClosed) {
    Store store = open();
    Store moved = std::move(store);
    std::move(moved).close().value();
    EXPECT_EQ(code_of(moved.snapshot("backup")), ErrorCode::Closed);
}

// ---- damage

// Goal:   no damage of the store gets into a snapshot unseen.
// Method: of a store of three segments each byte is changed in turn, in one bit; it is opened for
//         reading, and a snapshot made. Either a step refuses, and no snapshot is there, or the
//         snapshot has all events and is whole: then the byte was in reserved space.
TEST(SnapshotOfDamage, IsRefusedOrWhole) {
    const testing::SmallStore whole = testing::make_small_store(7, testing::StoreEnd::Closed);
    std::uint64_t refused = 0;
    std::uint64_t made = 0;
    for (std::uint64_t id = 1; id <= 3; ++id) {
        const std::string path = testing::segment_path(id);
        const std::size_t bytes = whole.disk->contents(path).value().size();
        for (std::size_t at = 0; at < bytes; at += at < 5000 ? 1 : 997) {
            const testing::Disk disk = whole.disk->after_process_kill();
            ASSERT_TRUE(disk->flip_bit(path, at, static_cast<unsigned>(at % 8)));
            const StoreConfig config = testing::config_on(disk, 3);
            const auto reader = ReadOnlyStore::open(config);
            const auto report =
                reader ? reader->snapshot("/copy") : Result<SnapshotReport>(fail(reader.error()));
            const StoreConfig copy = StoreConfig("/copy").with_environment(config.environment());
            if (!report) {
                ++refused;
                EXPECT_EQ(report.error().error_class(), ErrorClass::Refused)
                    << report.error().to_string();
                EXPECT_FALSE(ReadOnlyStore::open(copy)) << id << " " << at;
                continue;
            }
            ++made;
            ASSERT_EQ(problem_of_copy(copy, whole.events), "") << id << " " << at;
        }
    }
    EXPECT_GT(refused, 5000U);
    EXPECT_GT(made, 50U);
    std::cout << refused << " refused, " << made << " made\n";
}

}  // namespace
}  // namespace batpak
