// Goal:   the simulated disk loses what a real one may lose, all of it, and nothing else. A crash
//         test is worth what its disk can do: one that never loses a name proves nothing about
//         directory syncs.
// Method: each kind of loss is shown to happen and, over seeds, not to happen; what was synced is
//         shown never to be lost.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr std::size_t kSector = 512;

using Disk = std::shared_ptr<SimulatedFileSystem>;

Disk make_disk(const SimulatedDisk& options) {
    return std::make_shared<SimulatedFileSystem>(1, options);
}

std::unique_ptr<Directory> open_root(const Disk& disk) {
    return disk->open_directory("/", false).value();
}

std::string text_of(const Disk& disk, const std::string& path) {
    const auto bytes = disk->contents(path);
    if (!bytes) return '<' + std::string(to_string(bytes.error().code())) + '>';
    return std::string(as_text(*bytes));
}

// A file of `sectors` sectors of 'o', durable with its name, opened for writing.
std::unique_ptr<File> make_durable(const Disk& disk, std::size_t sectors) {
    EXPECT_TRUE(disk->put("/a", as_bytes(std::string(sectors * kSector, 'o'))));
    return open_root(disk)->open_file("a", OpenMode::ReadWrite).value();
}

void overwrite(File& file, std::size_t sector, char letter) {
    ASSERT_TRUE(file.write_at(sector * kSector, as_bytes(std::string(kSector, letter))));
}

// One letter a sector; '#' for a sector of several letters.
std::string letters(const std::string& text) {
    std::string found;
    for (std::size_t at = 0; at < text.size(); at += kSector) {
        const std::string sector = text.substr(at, kSector);
        const bool is_pure = sector.find_first_not_of(sector[0]) == std::string::npos;
        found += is_pure ? sector[0] : '#';
    }
    return found;
}

std::string letters_after(const Disk& disk, CutMode mode) {
    return letters(text_of(disk->after_power_cut({.mode = mode, .seed = 0}), "/a"));
}

// Every outcome of a random cut, over the seeds.
std::set<std::string> outcomes(const Disk& disk,
                               const std::function<std::string(const Disk&)>& look) {
    std::set<std::string> found;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
        found.insert(look(disk->after_power_cut({.mode = CutMode::Random, .seed = seed})));
    return found;
}

// ---- Data ----------------------------------------------------------------------------------

TEST(PowerCut, EachModeKeepsItsPartOfTheData) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 3);
    overwrite(*file, 1, 'x');
    overwrite(*file, 0, 'y');
    overwrite(*file, 3, 'z');
    EXPECT_EQ(disk->unsynced_sectors(), 3U);
    EXPECT_EQ(letters_after(disk, CutMode::None), "ooo");
    EXPECT_EQ(letters_after(disk, CutMode::All), "yxoz");
    EXPECT_EQ(letters_after(disk, CutMode::LastOnly), "oooz");
    EXPECT_EQ(letters_after(disk, CutMode::AllButFirst), "yooz");
    EXPECT_EQ(letters_after(disk, CutMode::SizeOnly), std::string("ooo\0", 4));
    EXPECT_EQ(letters(text_of(disk, "/a")), "yxoz");  // the disk that was cut is as it was
}

TEST(PowerCut, SubsetKeepsExactlyTheSectorsOfItsBits) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 3);
    overwrite(*file, 2, 'x');
    overwrite(*file, 0, 'y');
    std::vector<std::string> found;
    for (std::uint64_t mask = 0; mask < 4; ++mask) {
        const Disk after = disk->after_power_cut({.mode = CutMode::Subset, .seed = mask});
        found.push_back(letters(text_of(after, "/a")));
    }
    EXPECT_EQ(found, (std::vector<std::string>{"ooo", "oox", "yoo", "yox"}));
}

TEST(PowerCut, ASectorIsOldNewOrTornAndEachIndependently) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 2);
    overwrite(*file, 0, 'x');
    overwrite(*file, 1, 'y');
    const auto found =
        outcomes(disk, [](const Disk& after) { return letters(text_of(after, "/a")); });
    EXPECT_EQ(found, (std::set<std::string>{"oo", "oy", "o#", "xo", "xy", "x#", "#o", "#y", "##"}));
}

TEST(PowerCut, ATornSectorIsNewBeforeAByteAndOldFromThere) {
    const Disk disk = make_disk({});
    overwrite(*make_durable(disk, 1), 0, 'x');
    std::set<std::size_t> tears;
    for (std::uint64_t seed = 0; seed < 20 * kSeeds; ++seed) {
        const Disk after = disk->after_power_cut({.mode = CutMode::Random, .seed = seed});
        const std::string text = text_of(after, "/a");
        const std::size_t tear = std::min(text.find('o'), kSector);
        EXPECT_EQ(text, std::string(tear, 'x') + std::string(kSector - tear, 'o'));
        tears.insert(tear);
    }
    EXPECT_GT(tears.size(), 300U);
    EXPECT_TRUE(tears.contains(1) || tears.contains(2) || tears.contains(3));
}

TEST(PowerCut, NeverLosesWhatWasSynced) {
    for (const NameDurability names : {NameDurability::Strict, NameDurability::Journaled}) {
        const Disk disk = make_disk({.names = names});
        const auto root = open_root(disk);
        const auto file = make_file(*root, "a", "text");
        ASSERT_TRUE(file->sync(SyncMode::Data));
        ASSERT_TRUE(root->sync());
        EXPECT_EQ(disk->unsynced_sectors(), 0U);
        EXPECT_EQ(outcomes(disk, [](const Disk& after) { return text_of(after, "/a"); }),
                  std::set<std::string>{"text"});
    }
}

TEST(PowerCut, ASyncIsForOneFile) {
    const Disk disk = make_disk({});
    const auto root = open_root(disk);
    const auto a = make_file(*root, "a", "text");
    const auto b = make_file(*root, "b", "text");
    ASSERT_TRUE(root->sync());
    ASSERT_TRUE(a->sync(SyncMode::All));
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_EQ(text_of(after, "/a"), "text");
    EXPECT_EQ(text_of(after, "/b"), "");
}

TEST(PowerCut, ASyncedWriteIsTheOldStateOfTheNext) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 1);
    overwrite(*file, 0, 'x');
    ASSERT_TRUE(file->sync(SyncMode::Data));
    overwrite(*file, 0, 'y');
    overwrite(*file, 0, 'z');
    EXPECT_EQ(letters_after(disk, CutMode::None), "x");
    EXPECT_EQ(letters_after(disk, CutMode::All), "z");
}

// ---- Sizes ---------------------------------------------------------------------------------

TEST(PowerCut, ASizeIsOldNewOrBetween) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 1);
    ASSERT_TRUE(file->allocate(3 * kSector));
    std::set<std::size_t> sizes;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        const Disk after = disk->after_power_cut({.mode = CutMode::Random, .seed = seed});
        sizes.insert(text_of(after, "/a").size());
    }
    EXPECT_EQ(*sizes.begin(), kSector);
    EXPECT_EQ(*sizes.rbegin(), 3 * kSector);
    EXPECT_GT(sizes.size(), 50U);
}

TEST(PowerCut, ASizeMayArriveWithoutItsDataAndDataWithoutTheirSize) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 1);
    overwrite(*file, 1, 'x');
    const auto found =
        outcomes(disk, [](const Disk& after) { return letters(text_of(after, "/a")); });
    EXPECT_TRUE(found.contains("o"));
    EXPECT_TRUE(found.contains("ox"));
    EXPECT_TRUE(found.contains(std::string("o\0", 2)));
    EXPECT_TRUE(found.contains("o#"));
}

TEST(PowerCut, ACutFileMayComeBackWholeOrWithZeros) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 3);
    ASSERT_TRUE(file->resize(kSector));
    EXPECT_EQ(letters_after(disk, CutMode::None), "ooo");
    EXPECT_EQ(letters_after(disk, CutMode::All), "o");
    ASSERT_TRUE(file->allocate(3 * kSector));
    EXPECT_EQ(letters_after(disk, CutMode::All), std::string("o\0\0", 3));
    EXPECT_EQ(letters_after(disk, CutMode::SizeOnly), "ooo");  // stale bytes under a new size
    ASSERT_TRUE(file->sync(SyncMode::All));
    EXPECT_EQ(letters_after(disk, CutMode::None), std::string("o\0\0", 3));
}

TEST(PowerCut, ACutInsideASectorKeepsItsBeginning) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 1);
    ASSERT_TRUE(file->resize(100));
    ASSERT_TRUE(file->write_at(200, as_bytes("x")));
    EXPECT_EQ(letters_after(disk, CutMode::None), "o");
    const Disk after = disk->after_power_cut({.mode = CutMode::All, .seed = 0});
    EXPECT_EQ(text_of(after, "/a"), std::string(100, 'o') + std::string(100, '\0') + "x");
}

// ---- Names ---------------------------------------------------------------------------------

TEST(PowerCut, AFileIsLostWithItsNameHoweverOftenItWasSynced) {
    const Disk disk = make_disk({});
    const auto file = make_file(*open_root(disk), "a", "text");
    ASSERT_TRUE(file->sync(SyncMode::All));
    ASSERT_TRUE(file->sync(SyncMode::All));
    EXPECT_EQ(outcomes(disk, [](const Disk& after) { return text_of(after, "/a"); }),
              (std::set<std::string>{"text", "<FileNotFound>"}));
}

TEST(PowerCut, AJournalCommitsTheNamesBeforeTheSyncOfAnyFile) {
    const Disk disk = make_disk({.names = NameDurability::Journaled});
    const auto root = open_root(disk);
    const auto below = root->open_directory("d", true).value();
    make_file(*below, "inside", "text");
    const auto file = make_file(*root, "a", "text");
    ASSERT_TRUE(file->sync(SyncMode::Data));
    make_file(*root, "b", "late");
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_EQ(after->file_paths(), (std::vector<std::string>{"/a", "/d/inside"}));
}

TEST(PowerCut, AJournalCommitsTheNamesOfAllDirectoriesAtTheSyncOfOne) {
    const Disk disk = make_disk({.names = NameDurability::Journaled});
    const auto p = disk->open_directory("/p", true).value();
    const auto q = disk->open_directory("/q", true).value();
    make_file(*p, "1", "");
    ASSERT_TRUE(q->sync());
    make_file(*p, "2", "");
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_EQ(after->file_paths(), std::vector<std::string>{"/p/1"});
}

TEST(PowerCut, ASyncIsForOneDirectory) {
    const Disk disk = make_disk({});
    const auto root = open_root(disk);
    const auto below = root->open_directory("d", true).value();
    make_file(*below, "inside", "text");
    ASSERT_TRUE(root->sync());
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_TRUE(after->open_directory("/d", false));
    EXPECT_TRUE(after->file_paths().empty());
}

TEST(PowerCut, NamesSurviveInTheOrderOfTheirChanges) {
    const Disk disk = make_disk({});
    const auto root = open_root(disk);
    for (const char* name : {"a", "b", "c"}) make_file(*root, name, "");
    ASSERT_TRUE(root->remove("a"));
    ASSERT_TRUE(root->rename("b", "z"));
    const auto found = outcomes(disk, [](const Disk& after) {
        std::string all;
        for (const std::string& path : after->file_paths()) all += path;
        return all;
    });
    EXPECT_EQ(found, (std::set<std::string>{"", "/a", "/a/b", "/a/b/c", "/b/c", "/c/z"}));
}

TEST(PowerCut, AJournalHasOneOrderForAllDirectories) {
    const Disk disk = make_disk({.names = NameDurability::Journaled});
    const auto p = disk->open_directory("/p", true).value();
    const auto q = disk->open_directory("/q", true).value();
    make_file(*p, "1", "");
    make_file(*q, "2", "");
    make_file(*p, "3", "");
    const auto look = [](const Disk& after) {
        std::string all;
        for (const std::string& path : after->file_paths()) all += path.back();
        return all;
    };
    EXPECT_EQ(outcomes(disk, look), (std::set<std::string>{"", "1", "12", "132"}));

    const Disk strict = make_disk({});
    const auto p_strict = strict->open_directory("/p", true).value();
    const auto q_strict = strict->open_directory("/q", true).value();
    make_file(*p_strict, "1", "");
    make_file(*q_strict, "2", "");
    EXPECT_EQ(outcomes(strict, look), (std::set<std::string>{"", "1", "2", "12"}));
}

TEST(PowerCut, ARenameHappensAsAWhole) {
    const Disk disk = make_disk({});
    ASSERT_TRUE(disk->put("/old", as_bytes("old")));
    const auto root = open_root(disk);
    const auto fresh = make_file(*root, "new", "new");
    ASSERT_TRUE(fresh->sync(SyncMode::All));
    ASSERT_TRUE(root->sync());
    ASSERT_TRUE(root->rename("new", "old"));
    const auto found = outcomes(disk, [](const Disk& after) {
        return text_of(after, "/old") + ' ' + text_of(after, "/new");
    });
    EXPECT_EQ(found, (std::set<std::string>{"old new", "new <FileNotFound>"}));
}

TEST(PowerCut, ARemovedNameMayComeBackUntilItsDirectoryIsSynced) {
    const Disk disk = make_disk({});
    ASSERT_TRUE(disk->put("/a", as_bytes("text")));
    const auto root = open_root(disk);
    ASSERT_TRUE(root->remove("a"));
    EXPECT_EQ(outcomes(disk, [](const Disk& after) { return text_of(after, "/a"); }),
              (std::set<std::string>{"text", "<FileNotFound>"}));
    ASSERT_TRUE(root->sync());
    EXPECT_EQ(outcomes(disk, [](const Disk& after) { return text_of(after, "/a"); }),
              std::set<std::string>{"<FileNotFound>"});
}

TEST(PowerCut, DirectoriesMadeByPathAreDurable) {
    const Disk disk = make_disk({});
    ASSERT_TRUE(disk->open_directory("/x/y", true));
    const Disk after = disk->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_TRUE(after->open_directory("/x/y", false));
}

// ---- Lies and failures ---------------------------------------------------------------------

TEST(PowerCut, AFailedSyncLosesItsPagesEvenIfTheNextSucceeds) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 2);
    overwrite(*file, 0, 'x');
    disk->fail_next(CallKind::Sync, Fault::io());
    EXPECT_EQ(code_of(file->sync(SyncMode::Data)), ErrorCode::Io);
    overwrite(*file, 1, 'y');
    EXPECT_TRUE(file->sync(SyncMode::Data));
    EXPECT_EQ(letters(text_of(disk, "/a")), "xy");  // the cache still shows what is lost
    for (const CutMode mode : {CutMode::None, CutMode::All})
        EXPECT_EQ(letters_after(disk, mode), "oy");
    overwrite(*file, 0, 'z');  // only a new write makes the page dirty again
    EXPECT_TRUE(file->sync(SyncMode::Data));
    EXPECT_EQ(letters_after(disk, CutMode::None), "zy");
}

TEST(PowerCut, ALyingDiskLosesWhatItCalledSynced) {
    const Disk disk = make_disk({.syncs_lie = true});
    const auto root = open_root(disk);
    const auto file = make_file(*root, "a", "text");
    ASSERT_TRUE(file->sync(SyncMode::All));
    ASSERT_TRUE(root->sync());
    const auto found = outcomes(disk, [](const Disk& after) { return text_of(after, "/a"); });
    EXPECT_TRUE(found.contains("text"));
    EXPECT_TRUE(found.contains("<FileNotFound>"));
    EXPECT_TRUE(found.contains(std::string(4, '\0')));
}

TEST(PowerCut, OneLostSyncIsMadeGoodByTheNext) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 1);
    overwrite(*file, 0, 'x');
    disk->fail_next(CallKind::Sync, Fault::lost_sync());
    ASSERT_TRUE(file->sync(SyncMode::Data));
    EXPECT_EQ(letters_after(disk, CutMode::None), "o");
    ASSERT_TRUE(file->sync(SyncMode::Data));
    EXPECT_EQ(letters_after(disk, CutMode::None), "x");
}

TEST(PowerCut, RotIsOnTheDiskAndInTheCache) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 2);
    overwrite(*file, 0, 'x');
    ASSERT_TRUE(disk->flip_bit("/a", 3, 0));
    ASSERT_TRUE(disk->flip_bit("/a", kSector, 7));
    for (const CutMode mode : {CutMode::None, CutMode::All}) {
        const Disk after = disk->after_power_cut({.mode = mode, .seed = 0});
        const std::string text = text_of(after, "/a");
        EXPECT_EQ(text[3], mode == CutMode::None ? 'o' ^ 1 : 'x' ^ 1);
        EXPECT_EQ(static_cast<unsigned char>(text[kSector]), 'o' ^ 0x80);
        EXPECT_EQ(std::ranges::count(text, 'o') + std::ranges::count(text, 'x'), 2 * 512 - 2);
    }
    EXPECT_EQ(code_of(disk->flip_bit("/b", 0, 0)), ErrorCode::FileNotFound);
}

// ---- Process kills and mappings ------------------------------------------------------------

TEST(ProcessKill, KeepsEveryWriteAndDropsTheLocks) {
    const Disk disk = make_disk({});
    const auto root = open_root(disk);
    const auto lock = root->lock("LOCK").value();
    make_file(*root, "a", "text");
    const Disk next = disk->after_process_kill();
    EXPECT_EQ(text_of(next, "/a"), "text");
    EXPECT_TRUE(open_root(next)->lock("LOCK"));
    EXPECT_EQ(code_of(root->lock("LOCK")), ErrorCode::StoreLocked);
}

TEST(ProcessKill, LeavesUnsyncedWhatWasUnsynced) {
    const Disk disk = make_disk({});
    overwrite(*make_durable(disk, 1), 0, 'x');
    make_file(*open_root(disk), "b", "text");
    const Disk next = disk->after_process_kill();
    EXPECT_EQ(letters_after(next, CutMode::All), "x");
    EXPECT_EQ(letters_after(next, CutMode::None), "o");
    const Disk after = next->after_power_cut({.mode = CutMode::None, .seed = 0});
    EXPECT_EQ(text_of(after, "/b"), "<FileNotFound>");
    ASSERT_TRUE(open_root(next)->open_file("a", OpenMode::ReadWrite).value()->sync(SyncMode::All));
    EXPECT_EQ(letters_after(next, CutMode::None), "x");
    EXPECT_EQ(letters_after(disk, CutMode::None), "o");  // the two disks share nothing
}

TEST(PowerCut, AMappingIsUnsyncedPageCache) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 2);
    const auto mapping = file->map(2 * kSector, true).value();
    std::ranges::fill(mapping->bytes().first(kSector), std::byte{'m'});
    EXPECT_EQ(letters(text_of(disk->after_process_kill(), "/a")), "mo");
    EXPECT_EQ(letters_after(disk, CutMode::None), "oo");
    EXPECT_EQ(letters_after(disk, CutMode::All), "mo");
    ASSERT_TRUE(file->sync(SyncMode::All));
    EXPECT_EQ(letters_after(disk, CutMode::None), "mo");
    std::ranges::fill(mapping->bytes().last(kSector), std::byte{'n'});
    EXPECT_EQ(letters_after(disk, CutMode::None), "mo");
    EXPECT_EQ(letters_after(disk, CutMode::All), "mn");
    EXPECT_EQ(disk->unsynced_sectors(), 1U);
}

TEST(PowerCut, MappedBytesThatAreWrittenAtTheSameTimeAreCopiedWordByWord) {
    const Disk disk = make_disk({});
    const auto file = make_durable(disk, 1);
    const auto mapping = file->map(kSector, true).value();
    auto& word = *reinterpret_cast<std::uint64_t*>(mapping->bytes().data());
    std::thread writer([&word] {
        for (std::uint64_t i = 0; i < 20000; ++i)
            std::atomic_ref(word).store(i % 256 * 0x0101010101010101U);
    });
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(file->sync(SyncMode::Data));
        const Disk after = disk->after_power_cut({.mode = CutMode::All, .seed = 0});
        const std::string text = text_of(after, "/a");
        EXPECT_EQ(text.substr(0, 8), std::string(8, text[0]));
    }
    writer.join();
}

}  // namespace
}  // namespace batpak::testing
