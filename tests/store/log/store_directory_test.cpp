#include "store/log/store_directory.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::CallKind;
using testing::code_of;
using testing::Fault;

struct StoreDirectoryTest : ::testing::Test {
    StoreDirectoryTest() {
        Environment environment = testing::simulated_environment(1);
        environment.files = disk;
        config = config.with_environment(environment);
    }

    std::unique_ptr<StoreDirectory> open() {
        return StoreDirectory::open_for_writing(config).value();
    }

    static Manifest manifest(std::uint64_t generation) {
        return {.generation = generation,
                .eras = {{Sequence(0), LogId{}}},
                .sealed = {},
                .active = {1, Sequence(0)}};
    }

    // Which generation is read; 0 if there is none.
    std::uint64_t generation() {
        const auto read = StoreDirectory::open_for_reading(config).value()->read_manifest().value();
        return read ? read->generation : 0;
    }

    // Waits as long as a lock that is not held would take to be given back.
    static bool unlocked_soon(const StoreDirectory& directory) {
        for (int i = 0; i < 1000 && directory.writable(); ++i) std::this_thread::yield();
        return !directory.writable();
    }

    bool exists(const std::string& path) const { return disk->contents(path).has_value(); }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    StoreConfig config{"data"};
};

TEST_F(StoreDirectoryTest, MakesTheDirectoryTheLockAndTheFolders) {
    const auto directory = open();
    EXPECT_TRUE(directory->writable());
    EXPECT_TRUE(exists("data/LOCK"));
    EXPECT_EQ(directory->read_manifest().value(), std::nullopt);
    EXPECT_TRUE(directory->list_segments()->ids.empty());
    EXPECT_TRUE(directory->list_index()->empty());
}

TEST_F(StoreDirectoryTest, IsHeldByOneWriterUntilUnlocked) {
    const auto directory = open();
    EXPECT_EQ(code_of(StoreDirectory::open_for_writing(config)), ErrorCode::StoreLocked);
    EXPECT_TRUE(StoreDirectory::open_for_reading(config));
    directory->unlock();
    EXPECT_FALSE(directory->writable());
    EXPECT_TRUE(StoreDirectory::open_for_writing(config));
}

TEST_F(StoreDirectoryTest, IsNoStoreWhereNobodyMayMakeOne) {
    const StoreConfig only_open = config.with_create_if_missing(false);
    EXPECT_EQ(code_of(StoreDirectory::open_for_writing(only_open)), ErrorCode::NotAStore);
    EXPECT_EQ(code_of(StoreDirectory::open_for_reading(config)), ErrorCode::NotAStore);
    ASSERT_TRUE(disk->open_directory("data", true));
    EXPECT_EQ(code_of(StoreDirectory::open_for_writing(only_open)), ErrorCode::NotAStore);
    EXPECT_EQ(code_of(StoreDirectory::open_for_reading(config)), ErrorCode::NotAStore);
    EXPECT_TRUE(StoreDirectory::open_for_writing(config));
}

TEST_F(StoreDirectoryTest, LeavesDirectoriesOfOthersAlone) {
    ASSERT_TRUE(disk->put("data/thesis.txt", as_bytes("mine")));
    EXPECT_EQ(code_of(StoreDirectory::open_for_writing(config)), ErrorCode::NotAStore);
    EXPECT_FALSE(exists("data/LOCK"));
    ASSERT_TRUE(disk->erase("data/thesis.txt"));
    // What a creation that was cut short left does not stop the next.
    ASSERT_TRUE(disk->put("data/MANIFEST.tmp", as_bytes("half")));
    EXPECT_TRUE(StoreDirectory::open_for_writing(config));
}

TEST_F(StoreDirectoryTest, ForeignFilesBesideAStoreDoNotMatter) {
    ASSERT_TRUE(open()->write_manifest(manifest(1)));
    ASSERT_TRUE(disk->put("data/thesis.txt", as_bytes("mine")));
    EXPECT_TRUE(StoreDirectory::open_for_writing(config));
}

TEST_F(StoreDirectoryTest, TheManifestOfTheHigherGenerationCounts) {
    const auto directory = open();
    ASSERT_TRUE(directory->write_manifest(manifest(1)));
    EXPECT_EQ(generation(), 1U);
    ASSERT_TRUE(directory->write_manifest(manifest(2)));
    EXPECT_EQ(generation(), 2U);
    const std::string newer = manifest(3).to_text();
    ASSERT_TRUE(disk->put("data/MANIFEST.copy", as_bytes(newer)));
    EXPECT_EQ(generation(), 3U);
    const std::string older = manifest(1).to_text();
    ASSERT_TRUE(disk->put("data/MANIFEST.copy", as_bytes(older)));
    EXPECT_EQ(generation(), 2U);
}

TEST_F(StoreDirectoryTest, EitherManifestStandsInForTheOther) {
    const auto directory = open();
    for (const char* lost : {"data/MANIFEST", "data/MANIFEST.copy"}) {
        ASSERT_TRUE(directory->write_manifest(manifest(5)));
        ASSERT_TRUE(disk->put(lost, as_bytes("rotten")));
        EXPECT_EQ(generation(), 5U);
        ASSERT_TRUE(disk->erase(lost));
        EXPECT_EQ(generation(), 5U);
        ASSERT_TRUE(directory->read_manifest());
        EXPECT_TRUE(directory->manifest_needs_repair());
    }
    ASSERT_TRUE(directory->write_manifest(manifest(6)));
    ASSERT_TRUE(directory->read_manifest());
    EXPECT_FALSE(directory->manifest_needs_repair());
}

TEST_F(StoreDirectoryTest, TwoUnreadableManifestsAreNoEmptyStore) {
    const auto directory = open();
    ASSERT_TRUE(disk->put("data/MANIFEST", as_bytes("rotten")));
    EXPECT_EQ(code_of(directory->read_manifest()), ErrorCode::CorruptManifest);
    ASSERT_TRUE(disk->put("data/MANIFEST.copy", as_bytes("rotten too")));
    EXPECT_EQ(code_of(directory->read_manifest()), ErrorCode::CorruptManifest);
    ASSERT_TRUE(disk->erase("data/MANIFEST"));
    EXPECT_EQ(code_of(directory->read_manifest()), ErrorCode::CorruptManifest);
    ASSERT_TRUE(disk->put("data/MANIFEST.copy", as_bytes(manifest(1).to_text())));
    EXPECT_TRUE(directory->read_manifest());
}

// A disk that cannot be read has not been judged: the copy must not stand in.
TEST_F(StoreDirectoryTest, AManifestThatCannotBeReadIsAnErrorNotAReasonToTakeTheCopy) {
    const auto directory = open();
    ASSERT_TRUE(directory->write_manifest(manifest(1)));
    disk->fail_next(CallKind::Read, Fault::io());
    EXPECT_EQ(code_of(directory->read_manifest()), ErrorCode::Io);
}

TEST_F(StoreDirectoryTest, AFailedManifestLeavesTheOldOneInForce) {
    const auto directory = open();
    ASSERT_TRUE(directory->write_manifest(manifest(1)));
    for (const CallKind kind :
         {CallKind::OpenFile, CallKind::Write, CallKind::Sync, CallKind::Rename}) {
        disk->fail_next(kind, Fault::io());
        EXPECT_EQ(code_of(directory->write_manifest(manifest(2))), ErrorCode::Io);
        EXPECT_EQ(generation(), 1U);
    }
    EXPECT_TRUE(directory->write_manifest(manifest(2)));
    EXPECT_EQ(generation(), 2U);
}

TEST_F(StoreDirectoryTest, ASegmentIsDurableBeforeItHasItsName) {
    const auto directory = open();
    SegmentHeader header{.segment_id = 1};
    const auto file = directory->create_segment(header, 5000).value();
    EXPECT_EQ(file->stat()->size_bytes, 5000U);
    const auto after = disk->after_power_cut({.mode = testing::CutMode::None});
    const Bytes content = after->contents("data/segments/000000000001.bpk").value();
    EXPECT_EQ(content.size(), 5000U);
    EXPECT_EQ(SegmentHeader::decode(BytesView(content).first(96)).value(), header);
    EXPECT_FALSE(exists("data/segments/000000000001.bpk.tmp"));
}

TEST_F(StoreDirectoryTest, TellsSegmentsFromTemporariesAndStrangers) {
    const auto directory = open();
    for (const char* name :
         {"000000000012.bpk", "000000000002.bpk", "000000000003.bpk.tmp", "2.bpk", "notes.txt"}) {
        ASSERT_TRUE(disk->put(std::string("data/segments/") + name, {}));
    }
    const auto names = directory->list_segments().value();
    EXPECT_EQ(names.ids, (std::vector<std::uint64_t>{2, 12}));
    EXPECT_EQ(names.unknown, (std::vector<std::string>{"2.bpk", "notes.txt"}));
    EXPECT_EQ(names.temporary, (std::vector<std::string>{"000000000003.bpk.tmp"}));
    ASSERT_TRUE(directory->remove_segment_file("000000000003.bpk.tmp"));
    EXPECT_TRUE(directory->list_segments()->temporary.empty());
}

TEST_F(StoreDirectoryTest, AMissingSegmentSaysWhich) {
    const auto missing = open()->open_segment(7, OpenMode::ReadOnly);
    ASSERT_EQ(code_of(missing), ErrorCode::MissingSegment);
    EXPECT_EQ(missing.error().place(), "segments/000000000007.bpk");
}

TEST_F(StoreDirectoryTest, KeepsACutTailDurably) {
    const auto directory = open();
    const auto file = directory->create_segment(SegmentHeader{.segment_id = 1}, 96).value();
    const Bytes tail(600'000, std::byte{7});
    ASSERT_TRUE(file->write_at(96, tail));
    for (int i = 0; i < 2; ++i) {  // also over one that an earlier attempt left
        const auto saved = directory->save_tail(1, *file, 100, 96 + tail.size());
        ASSERT_EQ(saved.value(), "lost/1-100.tail");
        const auto after = disk->after_power_cut({.mode = testing::CutMode::None});
        EXPECT_EQ(after->contents("data/lost/1-100.tail").value(),
                  Bytes(tail.size() - 4, std::byte{7}));
    }
}

TEST_F(StoreDirectoryTest, IndexFilesAreWrittenReadAndRemoved) {
    const auto directory = open();
    ASSERT_TRUE(directory->write_index_file("1-0.bpx", as_bytes("part")));
    EXPECT_EQ(directory->list_index().value(), (std::vector<std::string>{"1-0.bpx"}));
    EXPECT_EQ(testing::read_text(**directory->open_index_file("1-0.bpx"), 0, 10), "part");
    directory->remove_index_file("1-0.bpx");
    EXPECT_EQ(code_of(directory->open_index_file("1-0.bpx")), ErrorCode::FileNotFound);
}

// A range that outlives its store may still want to write an index.
TEST_F(StoreDirectoryTest, WritesAndRemovesNoIndexOnceItIsUnlocked) {
    const auto directory = open();
    ASSERT_TRUE(directory->write_index_file("1-0.bpx", as_bytes("part")));
    directory->unlock();
    EXPECT_EQ(code_of(directory->write_index_file("1-5.bpx", as_bytes("part"))), ErrorCode::Closed);
    directory->remove_index_file("1-0.bpx");
    EXPECT_EQ(directory->list_index().value(), (std::vector<std::string>{"1-0.bpx"}));
}

// Goal:   the directory is not given to the next writer while an index is being written.
// Method: another thread unlocks in the middle of the writing; the lock must outlast the rename.
TEST_F(StoreDirectoryTest, UnlocksBehindAnIndexThatIsBeingWritten) {
    const auto directory = open();
    std::thread unlocking;
    bool locked_at_rename = false;
    disk->observe([&](const testing::Call& call) {
        if (call.kind == CallKind::Write && !unlocking.joinable()) {
            unlocking = std::thread([&] { directory->unlock(); });
        }
        if (call.kind == CallKind::Rename) locked_at_rename = !unlocked_soon(*directory);
    });
    EXPECT_TRUE(directory->write_index_file("1-0.bpx", as_bytes("part")));
    unlocking.join();
    EXPECT_TRUE(locked_at_rename);
    EXPECT_FALSE(directory->writable());
}

}  // namespace
}  // namespace batpak::store
