// Goal:   a power cut leaves what its mode says, whatever it leaves is durable, and a random one
//         leaves only what a disk can leave.
// Method: a file of synced 'a', three of whose sectors are written with 'b' in a known order; the
//         modes as a table; hundreds of random cuts, each judged.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support/file_helpers.hpp"
#include "testing/disk/disk_model.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint64_t kRandomCuts = 400;

class DiskCut : public ::testing::TestWithParam<NameDurability> {
protected:
    NodePointer make(std::string_view name) {
        return disk.open_file(*disk.root(), name, OpenMode::CreateNew).value();
    }

    void write(std::uint64_t sector, char letter) {
        const std::string text(kSectorBytes, letter);
        ASSERT_TRUE(disk.write(*file, sector * kSectorBytes, as_bytes(text)));
    }

    void sync() {
        disk.sync(*file);
        disk.sync_names(*disk.root());
    }

    // Synced 'aaa', over which 'b' is written to sectors 2, 0 and 1.
    void write_three() {
        for (const std::uint64_t sector : {0U, 1U, 2U}) write(sector, 'a');
        sync();
        for (const std::uint64_t sector : {2U, 0U, 1U}) write(sector, 'b');
    }

    static std::string text_of(const DiskModel& left, std::string_view name = "file") {
        const auto found = left.root()->entries.find(name);
        if (found == left.root()->entries.end()) return "none";
        return std::string(as_text(found->second->content.bytes()));
    }

    // The first letter of each sector.
    std::string left_by(CutMode mode, std::uint64_t seed = 0) {
        const DiskModel left = disk.after_power_cut({mode, seed}, seed);
        EXPECT_EQ(left.unsynced_sectors(), 0U);
        const std::string text = text_of(left);
        std::string letters;
        for (std::size_t at = 0; at < text.size(); at += kSectorBytes)
            letters += text[at] == '\0' ? '0' : text[at];
        return letters;
    }

    DiskModel disk{DiskModel::Tracking::On, GetParam()};
    NodePointer file = make("file");
};

TEST_P(DiskCut, EachModeKeepsOfTheDataWhatItSays) {
    write_three();
    EXPECT_EQ(left_by(CutMode::None), "aaa");
    EXPECT_EQ(left_by(CutMode::All), "bbb");
    EXPECT_EQ(left_by(CutMode::LastOnly), "aba");
    EXPECT_EQ(left_by(CutMode::AllButFirst), "bba");
    EXPECT_EQ(left_by(CutMode::SizeOnly), "aaa");
    EXPECT_EQ(left_by(CutMode::Subset, 0b001), "aab");
    EXPECT_EQ(left_by(CutMode::Subset, 0b010), "baa");
    EXPECT_EQ(left_by(CutMode::Subset, 0b110), "bba");
    EXPECT_EQ(text_of(disk).substr(0, 1), "b");  // the disk itself goes on
}

TEST_P(DiskCut, ASizeIsKeptWithoutItsData) {
    write(0, 'a');
    sync();
    write(1, 'b');
    EXPECT_EQ(left_by(CutMode::None), "a");
    EXPECT_EQ(left_by(CutMode::SizeOnly), "a0");
    EXPECT_EQ(left_by(CutMode::All), "ab");
}

TEST_P(DiskCut, NamesWaitForASyncOfTheirDirectory) {
    sync();
    make("new");
    EXPECT_EQ(text_of(disk.after_power_cut({CutMode::None, 0}, 0), "new"), "none");
    EXPECT_EQ(text_of(disk.after_power_cut({CutMode::All, 0}, 0), "new"), "");
    disk.sync_names(*disk.root());
    EXPECT_EQ(text_of(disk.after_power_cut({CutMode::None, 0}, 0), "new"), "");
}

TEST_P(DiskCut, WhatAFailedSyncDroppedIsLostInEveryMode) {
    write_three();
    disk.drop_unsynced(*file);
    disk.sync(*file);
    for (const CutMode mode : {CutMode::None, CutMode::All, CutMode::LastOnly, CutMode::AllButFirst,
                               CutMode::SizeOnly, CutMode::Subset})
        EXPECT_EQ(left_by(mode, ~std::uint64_t{0}), "aaa");
}

TEST_P(DiskCut, ARandomCutTearsSectorsFromTheirFront) {
    write_three();
    std::set<std::string> lefts;
    bool is_torn = false;
    for (std::uint64_t seed = 0; seed < kRandomCuts; ++seed) {
        const std::string text = text_of(disk.after_power_cut({CutMode::Random, seed}, seed));
        ASSERT_EQ(text, text_of(disk.after_power_cut({CutMode::Random, seed}, seed)));
        ASSERT_EQ(text.size(), 3 * kSectorBytes);
        for (std::size_t at = 0; at < text.size(); at += kSectorBytes) {
            const std::string sector = text.substr(at, kSectorBytes);
            const std::size_t written = sector.find_first_not_of('b');
            if (written == std::string::npos) continue;
            EXPECT_EQ(sector.find_first_not_of('a', written), std::string::npos);
            is_torn = is_torn || written > 0;
        }
        lefts.insert(text);
    }
    EXPECT_TRUE(is_torn);
    EXPECT_GT(lefts.size(), 8U);
}

TEST_P(DiskCut, ARandomCutKeepsARenameOrDoesNot) {
    write(0, 'a');
    sync();
    ASSERT_TRUE(disk.rename(*disk.root(), "file", "moved"));
    std::set<bool> moved;
    for (std::uint64_t seed = 0; seed < kRandomCuts; ++seed) {
        const DiskModel left = disk.after_power_cut({CutMode::Random, seed}, seed);
        ASSERT_EQ(left.root()->entries.size(), 1U);
        moved.insert(left.root()->entries.begin()->first == "moved");
    }
    EXPECT_EQ(moved.size(), 2U);
}

// Of names in two directories, made one after the other, a journal keeps the second only with the
// first.
TEST_P(DiskCut, AJournalKeepsNamesInTheOrderOfTheirChanges) {
    const NodePointer folder = disk.open_path("folder", true).value();
    sync();
    make("first");
    ASSERT_TRUE(disk.open_file(*folder, "second", OpenMode::CreateNew));
    bool second_alone = false;
    for (std::uint64_t seed = 0; seed < kRandomCuts; ++seed) {
        const DiskModel left = disk.after_power_cut({CutMode::Random, seed}, seed);
        const Entries& names = left.root()->entries;
        const bool second = names.find("folder")->second->entries.contains("second");
        second_alone = second_alone || (second && !names.contains("first"));
    }
    EXPECT_EQ(second_alone, GetParam() == NameDurability::Strict);
}

TEST_P(DiskCut, AKillLosesLocksAndNothingElse) {
    write_three();
    file->locked = true;
    const DiskModel left = disk.after_process_kill();
    EXPECT_EQ(text_of(left), text_of(disk));
    EXPECT_EQ(left.unsynced_sectors(), 3U);
    EXPECT_FALSE(left.root()->entries.at("file")->locked);
    EXPECT_TRUE(file->locked);
    EXPECT_NE(left.root()->entries.at("file"), file);
}

INSTANTIATE_TEST_SUITE_P(Disks, DiskCut,
                         ::testing::Values(NameDurability::Strict, NameDurability::Journaled));

}  // namespace
}  // namespace batpak::testing
