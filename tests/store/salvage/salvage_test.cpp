// What is salvaged is what can be proved whole, in the places that it had; all else is reported
// (INV K9).
#include "batpak/store/salvage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <random>

#include "base/uuid.hpp"
#include "batpak/delivery/cursor.hpp"
#include "batpak/event/system_kinds.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/restore.hpp"
#include "batpak/testing/environment.hpp"
#include "event/event_id_generator.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/segment_header.hpp"
#include "store/salvage/patient_file.hpp"
#include "store/salvage/salvage_events.hpp"
#include "support/file_helpers.hpp"
#include "support/seeds.hpp"
#include "support/store/frame_editor.hpp"
#include "support/store/salvage_model.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::config_on;
using testing::copies_of;
using testing::Disk;
using testing::EventCopy;
using testing::kSavedPath;
using testing::make_store_to_salvage;
using testing::salvage_on;
using testing::SalvageModel;
using testing::segment_path;
using testing::SimulatedDisk;
using testing::SimulatedFileSystem;
using testing::store_path;
using Sequences = std::set<std::uint64_t>;

class SalvageTest : public ::testing::Test {
protected:
    Disk copy() const { return disk->after_process_kill(); }
    std::string problem(const Disk& damaged, const Sequences& lost = {}) const {
        const auto report = salvage_on(damaged);
        return report ? model.problem(damaged, *report, lost) : report.error().to_string();
    }
    static Store open_saved(const Disk& on) {
        return Store::open(StoreConfig(kSavedPath)
                               .with_environment(config_on(on, 7).environment())
                               .with_segment_bytes(4096))
            .value();
    }
    // Changes one byte of a file.
    static void flip(const Disk& on, const std::string& path, std::uint64_t offset) {
        ASSERT_TRUE(on->flip_bit(path, offset, static_cast<unsigned>(offset % 8)));
    }
    std::vector<std::string> segments() const {
        std::vector<std::string> paths = disk->file_paths();
        std::erase_if(paths, [](const std::string& path) { return !path.ends_with(".bpk"); });
        return paths;
    }

    Disk disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    SalvageModel model = make_store_to_salvage(disk, 1);
};

TEST_F(SalvageTest, TakesAllOfAWholeStoreAndGoesOn) {
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, {}), "");
    EXPECT_TRUE(report.lost.empty());
    EXPECT_TRUE(report.damage.empty());
    EXPECT_EQ(report.unproved, 0U);
    const auto old = ReadOnlyStore::open(config_on(disk, 1)).value();
    Store saved = open_saved(disk);
    EXPECT_EQ(saved.root(old.visible_end()).value(), old.root(old.visible_end()).value());
    EXPECT_NE(saved.log_id(), old.log_id());
    EXPECT_EQ(saved.log_id(), report.log_id);
    const auto coordinate = Coordinate::create("order:1", "room").value();
    EXPECT_TRUE(saved.append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes("on")));
    EXPECT_FALSE(saved.verify().value().damage);
}

// Goal: no byte costs more than the event, or the batch, that it is of.
// Method: every byte of every file, but for indexes, which are not read: each sixteenth of those.
//         A sanitizer has time for each seventh byte.
TEST_F(SalvageTest, AnyByteCostsTheEventThatItIsOfAndNoOther) {
    const std::size_t stride = testing::crashes_to_make(1, 0) == 0 ? 7 : 1;
    int states = 0;
    for (const std::string& path : disk->file_paths()) {
        const std::size_t size = disk->contents(path).value().size();
        const std::size_t step = path.find("/index/") == std::string::npos ? stride : 16;
        for (std::size_t at = 0; at < size; at += step, ++states) {
            const Disk damaged = copy();
            flip(damaged, path, at);
            ASSERT_EQ(problem(damaged, model.lost_by({{path, at, at + 1}})), "")
                << path << " at " << at;
        }
    }
    std::cout << states << " states\n";
    EXPECT_GT(states, 1500);
}

TEST_F(SalvageTest, NeedsNoManifestAndNoSegment) {
    const std::vector<std::string> parts = [this] {
        std::vector<std::string> all = segments();
        all.push_back(store_path("MANIFEST"));
        all.push_back(store_path("MANIFEST.copy"));
        return all;
    }();
    for (unsigned missing = 1; missing < (1U << parts.size()); ++missing) {
        const Disk damaged = copy();
        std::vector<SalvageModel::Damage> damages;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if ((missing >> i & 1U) == 0) continue;
            ASSERT_TRUE(damaged->erase(parts[i]));
            damages.push_back({parts[i]});
        }
        const Sequences lost = model.lost_by(damages);
        const bool has_segments = lost.size() < model.events().size();
        if (has_segments) {
            ASSERT_EQ(problem(damaged, lost), "") << missing;
        } else {
            EXPECT_EQ(code_of(salvage_on(damaged)), ErrorCode::NotAStore);
        }
    }
}

// Goal: what the caller may not read, or the machine cannot just now, is not called lost, and no
//         store is made without it.
// Method: each call that opens or reads a file of the old log fails in turn, with each such error.
TEST_F(SalvageTest, EndsWhereItMayNotRead) {
    const Disk whole = copy();
    const std::uint64_t first = whole->calls();
    ASSERT_TRUE(salvage_on(whole));
    int failed = 0;
    for (const testing::Call& call : whole->trace()) {
        const bool reads =
            call.kind == testing::CallKind::OpenFile || call.kind == testing::CallKind::Read;
        const bool is_old = call.path.starts_with(store_path(""));
        if (call.number < first || !reads || !is_old) continue;
        if (call.path.find("index/") != std::string::npos) continue;
        for (const int number : {EACCES, EPERM, EMFILE, ENFILE, ENOMEM}) {
            const Disk other = copy();
            const std::uint64_t at = other->calls() + call.number - first;
            other->observe([&](const testing::Call& now) {
                if (now.number >= at && now.kind == call.kind && now.path == call.path)
                    other->fail_call(now.number, testing::Fault::error(ErrorCode::Io, number));
            });
            const auto report = salvage_on(other);
            ASSERT_FALSE(report) << to_string(call.kind) << ' ' << call.path << ' ' << number;
            ASSERT_EQ(report.error().os_error(), number);
            other->clear_faults();
            EXPECT_EQ(
                code_of(ReadOnlyStore::open(
                    StoreConfig(kSavedPath).with_environment(config_on(other, 5).environment()))),
                ErrorCode::NotAStore);
            ++failed;
        }
    }
    EXPECT_GT(failed, 50);
}

// Goal: a copy of one segment under the name of another hides no loss.
TEST_F(SalvageTest, TakesNoSegmentForAnother) {
    const std::vector<std::string> files = segments();
    for (const std::string& from : files) {
        for (const std::string& to : files) {
            if (from == to) continue;
            const Disk mixed = copy();
            ASSERT_TRUE(mixed->put(to, mixed->contents(from).value()));
            const SalvageReport report = salvage_on(mixed).value();
            EXPECT_EQ(model.problem(mixed, report, model.lost_by({{to}})), "");
            ASSERT_EQ(report.lost.size(), 1U) << from << " in place of " << to;
            EXPECT_TRUE(to.ends_with(report.lost[0].file)) << report.lost[0].file;
            ASSERT_EQ(report.damage.size(), 1U);
            EXPECT_EQ(report.damage[0].code(), ErrorCode::ForeignSegment);
            EXPECT_TRUE(to.ends_with(report.damage[0].place()));
        }
    }
}

// At every third length: a cut inside a frame costs what any other inside it does.
TEST_F(SalvageTest, TakesWhatIsBeforeACutWhereverItIs) {
    const std::size_t stride = testing::crashes_to_make(1, 0) == 0 ? 17 : 3;
    for (const std::string& path : segments()) {
        const Bytes whole = disk->contents(path).value();
        for (std::size_t size = 0; size < whole.size(); size += stride) {
            const Disk damaged = copy();
            ASSERT_TRUE(damaged->put(path, BytesView(whole).first(size)));
            // Without its header no frame can be checked.
            const std::size_t kept = size < 96 ? 0 : size;
            ASSERT_EQ(problem(damaged, model.lost_by({{path, kept}})), "")
                << path << " cut to " << size;
        }
    }
}

// Goal: a batch is taken if something tells that it was committed: its commit, what is behind it,
//       or the index.
// Method: the log is cut behind its last event, which is of a batch; its index is there, or not.
TEST_F(SalvageTest, TakesABatchWithoutItsCommitOnlyByTheIndex) {
    const auto last = std::ranges::find(model.frames().rbegin(), model.frames().rend(), true,
                                        &SalvageModel::Frame::is_event);
    ASSERT_GT(last->count, 1U);
    ASSERT_TRUE(
        disk->put(last->path, BytesView(disk->contents(last->path).value()).first(last->end)));
    EXPECT_EQ(problem(copy()), "");
    for (const std::string& path : disk->file_paths()) {
        if (path.find("/index/") != std::string::npos) {
            ASSERT_TRUE(disk->erase(path));
        }
    }
    Sequences batch;
    for (std::uint64_t i = 0; i < last->count; ++i) batch.insert(last->first + i);
    EXPECT_EQ(problem(disk, batch), "");
}

// Goal: the events that are cut off are counted where the index tells how many there were.
TEST_F(SalvageTest, KnowsFromTheIndexWhatWasDurable) {
    const std::string path = model.frames().back().path;
    const Bytes whole = disk->contents(path).value();
    const Sequence first(
        std::ranges::find(model.frames(), path, &SalvageModel::Frame::path)->first);
    ASSERT_TRUE(disk->put(path, BytesView(whole).first(store::SegmentHeader::kBytes)));
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, model.lost_by({{path}})), "");
    ASSERT_EQ(report.lost.size(), 1U);
    EXPECT_EQ(report.lost[0].first, first);
    EXPECT_EQ(report.lost[0].first.plus(report.lost[0].count).value, model.events().size());
}

// Goal: several damages at once cost what each costs.
// Method: at random; a file may be cut, holed, or lack its MANIFEST.
TEST_F(SalvageTest, ManyDamagesCostWhatEachCosts) {
    const std::uint64_t seed = testing::number_from_environment("BATPAK_SEED").value_or(1);
    std::cout << "seed " << seed << '\n';
    std::mt19937_64 random(seed);
    for (int round = 0; round < 400; ++round) {
        const Disk damaged = copy();
        std::vector<SalvageModel::Damage> damages;
        for (const char* name : {"MANIFEST", "MANIFEST.copy"}) {
            if (random() % 3 == 0) {
                ASSERT_TRUE(damaged->erase(store_path(name)));
            }
        }
        for (const std::string& path : segments()) {
            Bytes bytes = damaged->contents(path).value();
            for (auto holes = random() % 4; holes > 0; --holes) {
                const std::uint64_t begin = 96 + random() % (bytes.size() - 96);
                const std::uint64_t end =
                    std::min<std::uint64_t>(begin + random() % 300 + 1, bytes.size());
                for (std::uint64_t at = begin; at < end; ++at)
                    bytes[at] ^= static_cast<std::byte>(random() % 255 + 1);
                damages.push_back({path, begin, end});
            }
            ASSERT_TRUE(damaged->put(path, bytes));
        }
        ASSERT_EQ(problem(damaged, model.lost_by(damages)), "")
            << "seed " << seed << ", round " << round;
    }
}

TEST_F(SalvageTest, ReportsWhereTheLostEventsWere) {
    const auto hurt = std::ranges::find_if(model.frames(), [](const SalvageModel::Frame& frame) {
        return frame.is_event && frame.count == 1 && frame.first == 5;
    });
    ASSERT_NE(hurt, model.frames().end());
    flip(disk, hurt->path, hurt->begin + 40);
    const SalvageReport report = salvage_on(disk).value();
    ASSERT_EQ(report.lost.size(), 1U);
    EXPECT_EQ(report.lost[0].first, Sequence(5));
    EXPECT_EQ(report.lost[0].count, 1U);
    EXPECT_EQ(store_path(report.lost[0].file), hurt->path);
    EXPECT_EQ(report.lost[0].offset, hurt->begin);
    EXPECT_EQ(report.lost[0].bytes, hurt->end - hurt->begin);
    ASSERT_EQ(report.damage.size(), 1U);
    EXPECT_EQ(report.damage[0].code(), ErrorCode::CorruptFrame);
    EXPECT_EQ(report.damage[0].offset(), hurt->begin);
}

// Nothing shows whether there was an event in a torn tail: so it is said, and costs the exit code.
TEST_F(SalvageTest, ReportsATailOfWhichNothingIsKnown) {
    const SalvageModel::Frame& last = model.frames().back();
    const std::uint64_t end = last.end;
    Bytes file = disk->contents(last.path).value();
    ASSERT_GT(file.size(), end + 40);
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(end), 40, std::byte{7});
    ASSERT_TRUE(disk->put(last.path, file));
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, {}), "");
    ASSERT_EQ(report.lost.size(), 1U);
    EXPECT_EQ(report.lost[0].count, 0U);
    EXPECT_EQ(report.lost[0].offset, end);
    EXPECT_EQ(report.lost[0].bytes, 40U);
}

// A frame whose checksum is right and whose hash is not was changed by somebody: it is not taken.
TEST_F(SalvageTest, TakesNoEventWhoseHashIsWrong) {
    testing::edit_event(*disk, segment_path(1), Sequence(2),
                        [](MutableBytesView frame) { frame.back() ^= std::byte{1}; });
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, {2}), "");
    ASSERT_EQ(report.damage.size(), 1U);
    EXPECT_EQ(report.damage[0].code(), ErrorCode::CorruptHash);
    EXPECT_EQ(report.damage[0].sequence(), Sequence(2));
}

TEST_F(SalvageTest, CountsEventsWhoseHashCannotBeChecked) {
    testing::edit_event(*disk, segment_path(1), Sequence(0),
                        [](MutableBytesView frame) { frame.back() ^= std::byte{1}; });
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, {0}), "");
    EXPECT_EQ(report.unproved, 1U);
}

TEST_F(SalvageTest, TakesNothingOfAnotherLog) {
    const Disk other = std::make_shared<SimulatedFileSystem>(2, SimulatedDisk{});
    make_store_to_salvage(other, 99);
    ASSERT_TRUE(disk->erase(segment_path(2)));
    ASSERT_TRUE(disk->put(segment_path(2), other->contents(segment_path(2)).value()));
    ASSERT_TRUE(disk->put(segment_path(77), other->contents(segment_path(1)).value()));
    ASSERT_TRUE(disk->put(store_path("segments/notes.txt"), as_bytes("mine")));
    Sequences lost;
    for (const SalvageModel::Frame& frame : model.frames()) {
        for (std::uint64_t i = 0; frame.path == segment_path(2) && i < frame.count; ++i)
            lost.insert(frame.first + i);
    }
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, lost), "");
    const auto is_foreign = [](const Error& error) {
        return error.code() == ErrorCode::ForeignSegment;
    };
    EXPECT_EQ(std::ranges::count_if(report.damage, is_foreign), 3);
}

// Goal: what a compaction replaced fills the holes of what it made, and what is gone stays gone.
TEST_F(SalvageTest, TakesAWholeEventOfASecondFileOfTheSameLog) {
    flip(disk, segment_path(1), 200);
    Bytes whole = copy()->contents(segment_path(1)).value();
    whole[200] ^= std::byte{1} << (200 % 8);
    ASSERT_TRUE(disk->put(segment_path(50), whole));
    const SalvageReport report = salvage_on(disk).value();
    EXPECT_EQ(model.problem(disk, report, {}), "");
    EXPECT_FALSE(report.damage.empty());
}

TEST_F(SalvageTest, ChangesNothingInTheOldStore) {
    flip(disk, segment_path(1), 200);
    ASSERT_TRUE(disk->erase(store_path("LOCK")));
    const std::vector<std::string> paths = disk->file_paths();
    const std::uint64_t before = disk->calls();
    ASSERT_TRUE(salvage_on(disk));
    for (const std::string& path : paths)
        EXPECT_EQ(disk->contents(path).value(), copy()->contents(path).value());
    std::vector<std::string> now = disk->file_paths();
    std::erase_if(now, [](const std::string& path) { return path.starts_with(kSavedPath); });
    EXPECT_EQ(now, paths);
    int calls = 0;
    for (const testing::Call& call : disk->trace()) {
        if (call.number < before || !call.path.starts_with(testing::kStorePath)) continue;
        ++calls;
        using testing::CallKind;
        const bool reads = call.kind == CallKind::OpenPath || call.kind == CallKind::Read ||
                           call.kind == CallKind::List || call.kind == CallKind::Stat ||
                           call.kind == CallKind::OpenFile || call.kind == CallKind::OpenDirectory;
        EXPECT_TRUE(reads) << to_string(call.kind) << ' ' << call.path;
    }
    EXPECT_GT(calls, 20);
}

// Goal: a bad sector costs the events that are in it, and not the rest of the file.
// Method: every read that touches a block of a file fails, as from a disk that cannot read it.
TEST_F(SalvageTest, ABlockThatCannotBeReadCostsTheEventsInIt) {
    constexpr std::uint64_t kBlock = store::PatientFile::kBlockBytes;
    // One file of several blocks.
    const Disk wide = std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{});
    Store store = Store::open(config_on(wide, 3).with_segment_bytes(1U << 20)).value();
    const auto coordinate = Coordinate::create("order:1", "room").value();
    const std::string text(300, 'x');
    for (int i = 0; i < 60; ++i)
        ASSERT_TRUE(store.append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes(text)));
    const SalvageModel large(wide, copies_of(store));
    std::move(store).close().value();
    const std::string path = large.frames().front().path;
    const std::uint64_t size = large.frames().back().end;
    ASSERT_GT(size, 2 * kBlock);
    // The first block has the header in it.
    for (std::uint64_t bad = kBlock; bad < size; bad += kBlock) {
        const Disk damaged = wide->after_process_kill();
        damaged->observe([&](const testing::Call& call) {
            const bool touches = call.offset < bad + kBlock && bad < call.offset + call.length;
            if (call.kind == testing::CallKind::Read && call.path == path && touches)
                damaged->fail_call(call.number, testing::Fault::io());
        });
        const SalvageReport report = salvage_on(damaged).value();
        damaged->observe({});
        EXPECT_EQ(large.problem(damaged, report, large.lost_by({{path, bad, bad + kBlock}})), "");
        const auto is_io = [](const Error& error) { return error.code() == ErrorCode::Io; };
        EXPECT_EQ(std::ranges::count_if(report.damage, is_io), 1);
    }
}

// Goal: a header costs nothing, however much of it is gone: its salt is in the frames.
TEST_F(SalvageTest, NeedsNoHeader) {
    for (const std::size_t zeroed : {2U, 60U, 96U, 96U + 200U}) {
        for (const std::string& path : segments()) {
            const Disk damaged = copy();
            Bytes bytes = damaged->contents(path).value();
            const std::size_t end = std::min<std::size_t>(zeroed, bytes.size());
            for (std::size_t i = 0; i < end; ++i) bytes[i] ^= std::byte{0x5A};
            ASSERT_TRUE(damaged->put(path, bytes));
            ASSERT_EQ(problem(damaged, model.lost_by({{path, 0, end}})), "") << path << zeroed;
            // Without the MANIFEST the others say which log it is.
            const Disk unlisted = copy();
            ASSERT_TRUE(unlisted->put(path, bytes));
            ASSERT_TRUE(unlisted->erase(store_path("MANIFEST")));
            ASSERT_TRUE(unlisted->erase(store_path("MANIFEST.copy")));
            ASSERT_EQ(problem(unlisted, model.lost_by({{path, 0, end}})), "") << path << zeroed;
        }
    }
}

TEST_F(SalvageTest, SalvagesWhatWasSalvaged) {
    flip(disk, segment_path(1), 200);
    const SalvageReport first = salvage_on(disk).value();
    ASSERT_FALSE(first.lost.empty());
    const std::vector<EventCopy> events = copies_of(open_saved(disk));
    const auto environment = config_on(disk, 8).environment();
    const auto saved = StoreConfig(kSavedPath).with_environment(environment);
    const SalvageReport second = salvage(saved, "/again").value();
    EXPECT_TRUE(second.lost.empty());
    EXPECT_EQ(second.unchanged_end.value, events.size());
    const auto again =
        ReadOnlyStore::open(StoreConfig("/again").with_environment(environment)).value();
    EXPECT_FALSE(again.verify().value().damage);
    EXPECT_EQ(again.visible_end().value, events.size() + 1);
    // A hole before those that are there already.
    testing::edit_event(*disk, "/saved/segments/000000000001.bpk", Sequence(0),
                        [](MutableBytesView frame) { frame.back() ^= std::byte{1}; });
    const SalvageReport third = salvage(saved, "/third").value();
    ASSERT_EQ(third.lost.size(), 1U);
    const auto holed =
        ReadOnlyStore::open(StoreConfig("/third").with_environment(environment)).value();
    EXPECT_FALSE(holed.verify().value().damage);
}

TEST_F(SalvageTest, KeepsTheErasOfARestoredStore) {
    const StoreConfig config = config_on(disk, 1);
    ASSERT_TRUE(restore(config, "/restored"));
    const auto restored = StoreConfig("/restored").with_environment(config.environment());
    Store store = Store::open(restored).value();
    const auto coordinate = Coordinate::create("order:1", "room").value();
    const Sequence later =
        store.append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes("later")).value().sequence;
    const std::vector<EventCopy> events = copies_of(store);
    std::move(store).close().value();
    for (const bool has_manifest : {true, false}) {
        const Disk damaged = copy();
        if (!has_manifest) {
            ASSERT_TRUE(damaged->erase("/restored/MANIFEST"));
            ASSERT_TRUE(damaged->erase("/restored/MANIFEST.copy"));
        }
        const auto environment = config_on(damaged, 9).environment();
        const SalvageReport report =
            salvage(StoreConfig("/restored").with_environment(environment), "/new").value();
        EXPECT_TRUE(report.lost.empty());
        EXPECT_EQ(report.unchanged_end, later.next());
        const auto saved =
            ReadOnlyStore::open(StoreConfig("/new").with_environment(environment)).value();
        EXPECT_FALSE(saved.verify().value().damage);
        for (std::size_t i = 0; i < events.size(); ++i)
            EXPECT_TRUE(events[i].is(*saved.find(Sequence(i)).value()));
    }
}

TEST_F(SalvageTest, SaysInTheLogWhereItCameFrom) {
    flip(disk, segment_path(1), 200);
    const LogId old = ReadOnlyStore::open(config_on(disk, 1)).value().log_id();
    const SalvageReport report = salvage_on(disk).value();
    const Store saved = open_saved(disk);
    const auto last = saved.find(Sequence(report.end.value - 1)).value();
    const auto record = last->as<store::Salvaged>().value();
    ASSERT_EQ(record.eras.size(), 1U);
    EXPECT_EQ(record.eras[0].log, to_string(old));
    EXPECT_EQ(record.unchanged_end, report.unchanged_end);
    EXPECT_EQ(record.events, report.events);
    EXPECT_EQ(record.lost, 1U);
    const auto lost = saved.find(report.lost[0].first).value();
    EXPECT_EQ(lost->as<store::EventLost>().value().log, to_string(old));
}

// Goal: a cursor whose position is in the log delivers what it would have, but what is lost.
TEST_F(SalvageTest, CursorsGoOnWhereTheyWere) {
    const StoreConfig config = config_on(disk, 1);
    {
        Store store = Store::open(config).value();
        Cursor cursor = store.cursor_guaranteed(Region::all(), CursorId("reader")).value();
        for (int i = 0; i < 9; ++i) (void)cursor.poll().value();
        cursor.commit().value();
        std::move(store).close().value();
    }
    flip(disk, segment_path(1), 200);
    ASSERT_TRUE(salvage_on(disk));
    Store saved = open_saved(disk);
    Cursor cursor = saved.cursor_guaranteed(Region::all(), CursorId("reader")).value();
    EXPECT_EQ((*cursor.poll().value()).sequence(), Sequence(9));
}

// A frame that tells of what no log has is not believed, and hides nothing.
TEST_F(SalvageTest, BelievesNoFrameThatTellsOfMoreThanALogHas) {
    const SalvageModel::Frame& last = model.frames().back();
    Bytes file = disk->contents(last.path).value();
    const auto header =
        store::SegmentHeader::decode(BytesView(file).first(store::SegmentHeader::kBytes)).value();
    Buffer mark;
    store::append_mark(mark, header.salt, last.end, Sequence(std::uint64_t{1} << 40), Sequence(0));
    file.resize(std::max(file.size(), static_cast<std::size_t>(last.end) + mark.size()));
    std::ranges::copy(mark.view(), file.begin() + static_cast<std::ptrdiff_t>(last.end));
    ASSERT_TRUE(disk->put(last.path, file));
    const auto report = salvage_on(disk);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_GE(report->events, model.events().size());
    EXPECT_TRUE(std::ranges::any_of(report->damage, [](const Error& error) {
        return error.detail().find("not believed") != std::string_view::npos;
    }));
    EXPECT_FALSE(open_saved(disk).verify().value().damage);
}

// An id at the end of all that there can be leaves no room for what a salvage writes behind it.
TEST_F(SalvageTest, TakesNoEventBehindWhichNothingFits) {
    const Disk forged = std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{});
    const StoreConfig config = config_on(forged, 3).with_hash_chain(false);
    AppendReceipt last;
    {
        Store store = Store::open(config).value();
        const auto coordinate = Coordinate::create("e", "s").value();
        for (int i = 0; i < 3; ++i)
            last = store.append_raw(coordinate, EventKind::custom(0xF, 1), as_bytes("x")).value();
    }
    const Disk killed = forged->after_process_kill();
    testing::edit_event(*killed, segment_path(1), last.sequence, [&](MutableBytesView frame) {
        const auto id = std::ranges::search(frame, last.event_id.bytes);
        ASSERT_FALSE(id.empty());
        const auto largest =
            uuid::version_7(EventIdGenerator::kResumeMax, uuid::kCounterMax, UINT64_MAX);
        std::ranges::copy(largest, id.begin());
    });
    const auto report = salvage(config_on(killed, 3), kSavedPath);
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_EQ(report->events, 2U);
    Store saved = open_saved(killed);
    EXPECT_FALSE(saved.verify().value().damage);
    EXPECT_TRUE(saved.append_raw(Coordinate::create("e", "s").value(), EventKind::custom(0xF, 1),
                                 as_bytes("on")));
}

TEST_F(SalvageTest, RefusesAPlaceThatIsNoneForAStore) {
    ASSERT_TRUE(disk->put("/full/file", as_bytes("mine")));
    const StoreConfig config = config_on(disk, 1);
    EXPECT_EQ(code_of(salvage(config, "/full")), ErrorCode::BadDestination);
    EXPECT_EQ(code_of(salvage(config, "/store")), ErrorCode::BadDestination);
    EXPECT_EQ(code_of(salvage(config, "/store/saved")), ErrorCode::BadDestination);
    EXPECT_EQ(code_of(salvage(StoreConfig("/none").with_environment(config.environment()), "/x")),
              ErrorCode::NotAStore);
}

TEST_F(SalvageTest, AFullDiskLeavesNoStoreAndCanBeTriedAgain) {
    disk->fail_next(testing::CallKind::Write, testing::Fault::disk_full().forever());
    EXPECT_EQ(code_of(salvage_on(disk)), ErrorCode::DiskFull);
    disk->clear_faults();
    EXPECT_EQ(problem(disk), "");
}

TEST_F(SalvageTest, StopsAndLeavesNothing) {
    std::stop_source stop;
    SalvageOptions options;
    options.stop = stop.get_token();
    options.progress = [&](const CopyProgress& now) {
        EXPECT_LE(now.bytes, now.bytes_total);
        stop.request_stop();
    };
    stop.request_stop();
    EXPECT_TRUE(salvage(config_on(disk, 1), kSavedPath, options).value().stopped);
    EXPECT_EQ(problem(disk), "");
}

// Asks to stop when it was asked so often: once for each lost event, and for little else.
class StoppingEntropy final : public Entropy {
public:
    StoppingEntropy(std::shared_ptr<Entropy> entropy, int calls)
        : entropy_(std::move(entropy)), calls_left_(calls) {}

    void fill(MutableBytesView into) noexcept override {
        if (--calls_left_ == 0) stop.request_stop();
        entropy_->fill(into);
    }
    int calls_after() const { return -calls_left_; }

    std::stop_source stop;

private:
    const std::shared_ptr<Entropy> entropy_;
    int calls_left_;
};

// The row of lost events may be long, and nothing is read meanwhile.
TEST_F(SalvageTest, StopsAmongLostEvents) {
    for (const std::uint64_t id : {2U, 3U, 4U}) ASSERT_TRUE(disk->erase(segment_path(id)));
    std::uint64_t lost = 0;
    for (const LostEvents& row : salvage_on(disk).value().lost) lost += row.count;
    ASSERT_GT(lost, 8U);
    // Some of it names the new store and its first segment.
    for (const int calls : {6, 7, 8}) {
        const StoreConfig config = config_on(disk->after_process_kill(), 1);
        Environment environment = config.environment();
        const auto stopping = std::make_shared<StoppingEntropy>(environment.entropy, calls);
        environment.entropy = stopping;
        SalvageOptions options;
        options.stop = stopping->stop.get_token();
        const auto report =
            salvage(config.with_environment(environment), "/stopped", options).value();
        EXPECT_TRUE(report.stopped);
        EXPECT_LE(stopping->calls_after(), 1);
    }
}

}  // namespace
}  // namespace batpak
