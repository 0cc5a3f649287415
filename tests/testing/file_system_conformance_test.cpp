// Goal:   every FileSystem keeps every promise of file_system.hpp, so that what is tested in memory
//         holds on a disk.
// Method: one suite, run over the operating system's files, files in memory, and simulated files
//         without faults.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "batpak/base/assert.hpp"
#include "batpak/base/file_system.hpp"
#include "batpak/testing/memory_file_system.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

enum class Kind : std::uint8_t { Real, Memory, Simulated };

std::shared_ptr<FileSystem> make_file_system(Kind kind) {
    switch (kind) {
        case Kind::Real: return real_file_system();
        case Kind::Memory: return std::make_shared<MemoryFileSystem>();
        case Kind::Simulated: return std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    }
    BATPAK_UNREACHABLE();
}

class FileSystemConformance : public ::testing::TestWithParam<Kind> {
protected:
    FileSystemConformance()
        : files_(make_file_system(GetParam())),
          path_(temporary_.path() + "/store"),
          directory_(files_->open_directory(path_, true).value()) {}

    std::unique_ptr<File> make(std::string_view name, std::string_view text) {
        return make_file(*directory_, name, text);
    }

    std::string read(File& file, std::uint64_t offset, std::size_t count) {
        return read_text(file, offset, count);
    }

    std::string read_all(std::string_view name) { return read_text(*directory_, name); }

    std::vector<std::string> names() {
        std::vector<std::string> names;
        const auto entries = directory_->list().value();
        std::ranges::transform(entries, std::back_inserter(names), &DirectoryEntry::name);
        std::ranges::sort(names);
        return names;
    }

    const TemporaryDirectory temporary_;
    const std::shared_ptr<FileSystem> files_;
    const std::string path_;
    const std::unique_ptr<Directory> directory_;
};

// ---- Opening -------------------------------------------------------------------------------

TEST_P(FileSystemConformance, CreatesAFileOnlyWhereThereIsNone) {
    ASSERT_TRUE(directory_->open_file("a", OpenMode::CreateNew));
    const auto again = directory_->open_file("a", OpenMode::CreateNew);
    EXPECT_EQ(code_of(again), ErrorCode::Io);
    EXPECT_EQ(os_error_of(again), EEXIST);
}

TEST_P(FileSystemConformance, OpensOnlyWhatExists) {
    for (const OpenMode mode : {OpenMode::ReadOnly, OpenMode::ReadWrite}) {
        const auto missing = directory_->open_file("a", mode);
        ASSERT_EQ(code_of(missing), ErrorCode::FileNotFound);
        EXPECT_EQ(os_error_of(missing), ENOENT);
        EXPECT_EQ(missing.error().place(), path_ + "/a");
    }
    EXPECT_TRUE(names().empty());
}

TEST_P(FileSystemConformance, RefusesADirectoryWhereAFileBelongsAndTheOtherWayRound) {
    ASSERT_TRUE(directory_->open_directory("d", true));
    make("f", "text");
    EXPECT_EQ(code_of(directory_->open_file("d", OpenMode::ReadOnly)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->open_file("d", OpenMode::ReadWrite)), ErrorCode::NotRegular);
    EXPECT_EQ(os_error_of(directory_->open_file("d", OpenMode::CreateNew)), EEXIST);
    EXPECT_EQ(code_of(directory_->open_directory("f", false)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->open_directory("f", true)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(files_->open_directory(path_ + "/f", false)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->lock("d")), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->remove("d")), ErrorCode::NotRegular);
}

TEST_P(FileSystemConformance, RefusesNamesThatAreNoPathComponent) {
    make("a", "text");
    using std::string_view_literals::operator""sv;
    for (const std::string_view name : {""sv, "."sv, ".."sv, "a/b"sv, "/"sv, "a/"sv, "a\0b"sv}) {
        EXPECT_EQ(code_of(directory_->open_file(name, OpenMode::ReadOnly)),
                  ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(directory_->open_file(name, OpenMode::CreateNew)),
                  ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(directory_->open_directory(name, true)), ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(directory_->rename("a", name)), ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(directory_->rename(name, "a")), ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(directory_->remove(name)), ErrorCode::InvalidArgument);
        EXPECT_EQ(code_of(directory_->lock(name)), ErrorCode::InvalidArgument);
    }
    EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_P(FileSystemConformance, GivesAFileOfAnotherDirectoryASecondName) {
    const auto first = directory_->open_directory("first", true).value();
    const auto second = directory_->open_directory("second", true).value();
    auto file = make_file(*first, "a", "one");
    ASSERT_TRUE(second->link(first->path(), "a", "b"));
    EXPECT_EQ(read_text(*second, "b"), "one");
    EXPECT_EQ(file->stat().value().link_count, 2U);
    EXPECT_EQ(second->open_file("b", OpenMode::ReadOnly).value()->stat().value().inode,
              file->stat().value().inode);
    EXPECT_EQ(code_of(second->open_file("b", OpenMode::ReadWrite)), ErrorCode::NotRegular);
    const auto taken = second->link(first->path(), "a", "b");
    EXPECT_EQ(code_of(taken), ErrorCode::Io);
    EXPECT_EQ(os_error_of(taken), EEXIST);
    EXPECT_EQ(code_of(second->link(first->path(), "none", "c")), ErrorCode::FileNotFound);
    EXPECT_EQ(code_of(second->link(first->path(), "a", "../c")), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(second->link(first->path(), "..", "c")), ErrorCode::InvalidArgument);
    ASSERT_TRUE(first->remove("a"));
    EXPECT_EQ(read_text(*second, "b"), "one");
    EXPECT_EQ(second->open_file("b", OpenMode::ReadOnly).value()->stat().value().link_count, 1U);
}

TEST_P(FileSystemConformance, LimitsTheLengthOfANameAtBothEnds) {
    EXPECT_TRUE(directory_->open_file(std::string(255, 'n'), OpenMode::CreateNew));
    EXPECT_TRUE(directory_->open_file("n", OpenMode::CreateNew));
    EXPECT_EQ(code_of(directory_->open_file(std::string(256, 'n'), OpenMode::CreateNew)),
              ErrorCode::InvalidArgument);
    EXPECT_TRUE(directory_->open_file("..n", OpenMode::CreateNew));
    EXPECT_TRUE(directory_->open_file("\xFF\n", OpenMode::CreateNew));
}

TEST_P(FileSystemConformance, MakesMissingParentsOnlyWhenAsked) {
    EXPECT_EQ(code_of(files_->open_directory(path_ + "/x/y/z", false)), ErrorCode::FileNotFound);
    EXPECT_TRUE(names().empty());
    ASSERT_TRUE(files_->open_directory(path_ + "/x/y/z/", true));
    ASSERT_TRUE(files_->open_directory(path_ + "/x/y//./z", true));
    EXPECT_TRUE(files_->open_directory(path_ + "/x/y/z", false));
    const auto x = directory_->open_directory("x", false).value();
    EXPECT_EQ(x->path(), path_ + "/x");
    EXPECT_EQ(x->list().value().at(0).name, "y");
}

TEST_P(FileSystemConformance, RefusesPathsThatAreNone) {
    EXPECT_EQ(code_of(files_->open_directory("", true)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(files_->open_directory(path_ + std::string("/\0", 2), true)),
              ErrorCode::InvalidArgument);
}

TEST_P(FileSystemConformance, OpensADirectoryTwiceAndSharesWhatIsInIt) {
    make("a", "text");
    const auto again = files_->open_directory(path_, false).value();
    auto file = again->open_file("a", OpenMode::ReadOnly).value();
    EXPECT_EQ(read(*file, 0, 10), "text");
    EXPECT_EQ(again->path(), path_);
}

// ---- Reading and writing -------------------------------------------------------------------

TEST_P(FileSystemConformance, ReadsWhatWasWrittenAndStopsAtTheEnd) {
    const auto file = make("a", "0123456789");
    EXPECT_EQ(read(*file, 0, 10), "0123456789");
    EXPECT_EQ(read(*file, 3, 4), "3456");
    EXPECT_EQ(read(*file, 8, 10), "89");
    EXPECT_EQ(read(*file, 10, 10), "");
    EXPECT_EQ(read(*file, 11, 10), "");
    EXPECT_EQ(read(*file, 0, 0), "");
    EXPECT_EQ(read(*file, std::uint64_t{1} << 62, 10), "");
    EXPECT_EQ(read(*file, ~std::uint64_t{0}, 10), "");
    EXPECT_EQ(read(*file, (std::uint64_t{1} << 63) - 5, 10), "");
}

TEST_P(FileSystemConformance, OverwritesInPlaceAndExtends) {
    const auto file = make("a", "0123456789");
    ASSERT_TRUE(file->write_at(2, as_bytes("AB")));
    ASSERT_TRUE(file->write_at(9, as_bytes("XYZ")));
    ASSERT_TRUE(file->write_at(4, {}));
    EXPECT_EQ(read_all("a"), "01AB45678XYZ");
}

TEST_P(FileSystemConformance, FillsAGapWithZeros) {
    const auto file = make("a", "a");
    ASSERT_TRUE(file->write_at(1000, as_bytes("b")));
    EXPECT_EQ(file->stat()->size_bytes, 1001U);
    EXPECT_EQ(read_all("a"), std::string("a") + std::string(999, '\0') + "b");
}

TEST_P(FileSystemConformance, AnEmptyWriteDoesNotExtend) {
    const auto file = make("a", "a");
    ASSERT_TRUE(file->write_at(1000, {}));
    EXPECT_EQ(file->stat()->size_bytes, 1U);
}

TEST_P(FileSystemConformance, RefusesToWriteBeyondTheLargestOffset) {
    const auto file = make("a", "a");
    for (const std::uint64_t offset : {std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
        EXPECT_EQ(code_of(file->write_at(offset, as_bytes("b"))), ErrorCode::DiskFull);
        EXPECT_EQ(code_of(file->allocate(offset)), ErrorCode::DiskFull);
        EXPECT_EQ(code_of(file->resize(offset)), ErrorCode::DiskFull);
    }
    EXPECT_EQ(read_all("a"), "a");
}

TEST_P(FileSystemConformance, DoesNotWriteThroughAReadOnlyHandle) {
    make("a", "text");
    const auto file = directory_->open_file("a", OpenMode::ReadOnly).value();
    EXPECT_EQ(code_of(file->write_at(0, as_bytes("b"))), ErrorCode::Io);
    EXPECT_EQ(code_of(file->resize(1)), ErrorCode::Io);
    EXPECT_EQ(code_of(file->allocate(100)), ErrorCode::Io);
    EXPECT_EQ(code_of(file->map(4, true)), ErrorCode::Io);
    EXPECT_EQ(read_all("a"), "text");
}

TEST_P(FileSystemConformance, OneHandleSeesWhatAnotherWrites) {
    const auto writer = make("a", "text");
    const auto reader = directory_->open_file("a", OpenMode::ReadOnly).value();
    ASSERT_TRUE(writer->write_at(1, as_bytes("EX")));
    EXPECT_EQ(read(*reader, 0, 4), "tEXt");
}

TEST_P(FileSystemConformance, HoldsMegabytes) {
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += std::to_string(i);
    const auto file = make("a", text);
    EXPECT_EQ(file->stat()->size_bytes, text.size());
    EXPECT_EQ(read(*file, 0, text.size() + 1), text);
}

// ---- Sizes ---------------------------------------------------------------------------------

TEST_P(FileSystemConformance, AllocatesZerosAndNeverShrinks) {
    const auto file = make("a", "abc");
    ASSERT_TRUE(file->allocate(2000));
    EXPECT_EQ(file->stat()->size_bytes, 2000U);
    EXPECT_EQ(read_all("a"), std::string("abc") + std::string(1997, '\0'));
    ASSERT_TRUE(file->allocate(10));
    ASSERT_TRUE(file->allocate(0));
    ASSERT_TRUE(file->allocate(2000));
    EXPECT_EQ(file->stat()->size_bytes, 2000U);
}

TEST_P(FileSystemConformance, AllocatesZerosOverWhatWasCutOff) {
    const auto file = make("a", std::string(3000, 'x'));
    ASSERT_TRUE(file->resize(700));
    ASSERT_TRUE(file->allocate(3000));
    EXPECT_EQ(read_all("a"), std::string(700, 'x') + std::string(2300, '\0'));
}

TEST_P(FileSystemConformance, CutsAndExtendsWithZeros) {
    const auto file = make("a", "0123456789");
    ASSERT_TRUE(file->resize(4));
    EXPECT_EQ(read_all("a"), "0123");
    ASSERT_TRUE(file->resize(8));
    EXPECT_EQ(read_all("a"), std::string("0123\0\0\0\0", 8));
    ASSERT_TRUE(file->resize(0));
    EXPECT_EQ(read_all("a"), "");
}

TEST_P(FileSystemConformance, SyncsInBothModes) {
    const auto file = make("a", "text");
    EXPECT_TRUE(file->sync(SyncMode::Data));
    EXPECT_TRUE(file->sync(SyncMode::All));
    EXPECT_TRUE(directory_->sync());
    EXPECT_EQ(read_all("a"), "text");
}

TEST_P(FileSystemConformance, TellsFilesApartByInode) {
    const auto a = make("a", "text");
    const auto b = make("b", "");
    const FileStat stat_a = a->stat().value();
    const FileStat stat_b = b->stat().value();
    const FileStat again = directory_->open_file("a", OpenMode::ReadOnly).value()->stat().value();
    EXPECT_EQ(stat_a.kind, FileKind::Regular);
    EXPECT_EQ(stat_a.size_bytes, 4U);
    EXPECT_EQ(stat_a.link_count, 1U);
    EXPECT_EQ(stat_a.inode, again.inode);
    EXPECT_EQ(stat_a.device, again.device);
    EXPECT_NE(stat_a.inode, stat_b.inode);
}

TEST_P(FileSystemConformance, LooksAtWhatStandsUnderAName) {
    const auto folder = directory_->open_directory("d", true).value();
    const auto file = make_file(*folder, "a", "text");
    const FileStat held = file->stat().value();
    const FileStat seen = directory_->look_at("d", "a").value();
    EXPECT_EQ(seen.kind, FileKind::Regular);
    EXPECT_EQ(seen.size_bytes, 4U);
    EXPECT_EQ(seen.link_count, 1U);
    EXPECT_EQ(seen.device, held.device);
    EXPECT_EQ(seen.inode, held.inode);
    ASSERT_TRUE(folder->rename("a", "b"));
    EXPECT_EQ(code_of(directory_->look_at("d", "a")), ErrorCode::FileNotFound);
    make_file(*folder, "a", "text");
    EXPECT_NE(directory_->look_at("d", "a")->inode, held.inode);
    ASSERT_TRUE(directory_->rename("d", "e"));
    EXPECT_EQ(code_of(directory_->look_at("d", "a")), ErrorCode::FileNotFound);
    make("f", "text");
    EXPECT_EQ(code_of(directory_->look_at("f", "a")), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->look_at("..", "a")), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(directory_->look_at("e", "a/b")), ErrorCode::InvalidArgument);
}

// ---- Mapping -------------------------------------------------------------------------------

TEST_P(FileSystemConformance, MapsWhatTheFileHolds) {
    const auto file = make("a", "0123456789");
    const auto mapping = file->map(4, false).value();
    EXPECT_EQ(as_text(mapping->bytes()), "0123");
    ASSERT_TRUE(file->write_at(1, as_bytes("XY")));
    EXPECT_EQ(as_text(mapping->bytes()), "0XY3");
}

TEST_P(FileSystemConformance, MapsNothingAndNothingBeyondTheEndAsInvalid) {
    const auto file = make("a", "0123456789");
    EXPECT_EQ(code_of(file->map(0, false)), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(file->map(11, false)), ErrorCode::InvalidArgument);
    EXPECT_TRUE(file->map(10, false));
}

TEST_P(FileSystemConformance, SharesAWritableMapping) {
    const auto file = make("a", std::string(8192, '.'));
    const auto writer = file->map(4096, true).value();
    const auto reader = file->map(4096, false).value();
    writer->bytes()[5] = std::byte{'!'};
    EXPECT_EQ(reader->bytes()[5], std::byte{'!'});
    EXPECT_EQ(read(*file, 4, 3), ".!.");
}

TEST_P(FileSystemConformance, AMappingOutlivesItsFileAndItsName) {
    auto file = make("a", "text");
    const auto mapping = file->map(4, false).value();
    file.reset();
    ASSERT_TRUE(directory_->remove("a"));
    EXPECT_EQ(as_text(mapping->bytes()), "text");
}

TEST_P(FileSystemConformance, AMappedFileMayGrow) {
    const auto file = make("a", "text");
    const auto mapping = file->map(4, false).value();
    ASSERT_TRUE(file->write_at(4, as_bytes(std::string(10'000, 'x'))));
    ASSERT_TRUE(file->write_at(0, as_bytes("T")));
    EXPECT_EQ(as_text(mapping->bytes()), "Text");
}

// ---- Names ---------------------------------------------------------------------------------

TEST_P(FileSystemConformance, ListsWhatIsThere) {
    EXPECT_TRUE(names().empty());
    make("f", "text");
    ASSERT_TRUE(directory_->open_directory("d", true));
    const auto entries = directory_->list().value();
    ASSERT_EQ(entries.size(), 2U);
    for (const DirectoryEntry& entry : entries) {
        EXPECT_EQ(entry.kind, entry.name == "d" ? FileKind::Directory : FileKind::Regular);
    }
    EXPECT_EQ(names(), (std::vector<std::string>{"d", "f"}));
    EXPECT_EQ(names(), (std::vector<std::string>{"d", "f"}));  // each listing starts anew
}

TEST_P(FileSystemConformance, RenamesAndReplaces) {
    make("a", "one");
    make("b", "two");
    ASSERT_TRUE(directory_->rename("a", "c"));
    EXPECT_EQ(names(), (std::vector<std::string>{"b", "c"}));
    ASSERT_TRUE(directory_->rename("c", "b"));
    EXPECT_EQ(names(), std::vector<std::string>{"b"});
    EXPECT_EQ(read_all("b"), "one");
    ASSERT_TRUE(directory_->rename("b", "b"));
    EXPECT_EQ(read_all("b"), "one");
}

TEST_P(FileSystemConformance, RenamesOnlyWhatFits) {
    make("f", "text");
    const auto d = directory_->open_directory("d", true).value();
    ASSERT_TRUE(d->open_file("inside", OpenMode::CreateNew));
    ASSERT_TRUE(directory_->open_directory("e", true));
    EXPECT_EQ(code_of(directory_->rename("missing", "f")), ErrorCode::FileNotFound);
    EXPECT_EQ(code_of(directory_->rename("f", "d")), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->rename("d", "f")), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->rename("e", "d")), ErrorCode::Io);
    EXPECT_EQ(names(), (std::vector<std::string>{"d", "e", "f"}));
    ASSERT_TRUE(directory_->rename("d", "e"));
    EXPECT_EQ(names(), (std::vector<std::string>{"e", "f"}));
    EXPECT_TRUE(d->open_file("inside", OpenMode::ReadOnly));
}

TEST_P(FileSystemConformance, AHandleFollowsItsFileThroughRenameAndRemove) {
    const auto file = make("a", "text");
    ASSERT_TRUE(directory_->rename("a", "b"));
    ASSERT_TRUE(file->write_at(0, as_bytes("T")));
    EXPECT_EQ(read_all("b"), "Text");
    ASSERT_TRUE(directory_->remove("b"));
    ASSERT_TRUE(file->write_at(0, as_bytes("N")));
    EXPECT_EQ(read(*file, 0, 4), "Next");
    EXPECT_EQ(file->stat()->link_count, 0U);
    EXPECT_TRUE(names().empty());
}

TEST_P(FileSystemConformance, RemovesOnlyWhatIsThere) {
    make("a", "text");
    ASSERT_TRUE(directory_->remove("a"));
    EXPECT_EQ(code_of(directory_->remove("a")), ErrorCode::FileNotFound);
    EXPECT_TRUE(directory_->open_file("a", OpenMode::CreateNew));
}

// ---- Locks ---------------------------------------------------------------------------------

TEST_P(FileSystemConformance, LocksOnceAtATime) {
    auto lock = directory_->lock("LOCK");
    ASSERT_TRUE(lock);
    EXPECT_EQ(names(), std::vector<std::string>{"LOCK"});
    const auto second = directory_->lock("LOCK");
    ASSERT_EQ(code_of(second), ErrorCode::StoreLocked);
    EXPECT_EQ(second.error().place(), path_ + "/LOCK");
    EXPECT_TRUE(directory_->lock("OTHER"));
    lock->reset();
    EXPECT_TRUE(directory_->lock("LOCK"));
}

TEST_P(FileSystemConformance, AFailedLockDoesNotDropTheFirst) {
    const auto lock = directory_->lock("LOCK");
    const auto again = files_->open_directory(path_, false).value();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(again->lock("LOCK")), ErrorCode::StoreLocked);
    // Opening and closing the lock file drops the first one's lock where locks belong to processes.
    directory_->open_file("LOCK", OpenMode::ReadWrite).value().reset();
    EXPECT_EQ(code_of(again->lock("LOCK")), ErrorCode::StoreLocked);
}

TEST_P(FileSystemConformance, LocksADirectoryOnceAtATimeWhateverBecomesOfItsFiles) {
    auto lock = directory_->lock_itself();
    ASSERT_TRUE(lock);
    EXPECT_TRUE(names().empty());
    const auto again = files_->open_directory(path_, false).value();
    make("a", "text");
    ASSERT_TRUE(directory_->remove("a"));
    const auto second = again->lock_itself();
    ASSERT_EQ(code_of(second), ErrorCode::StoreLocked);
    EXPECT_EQ(second.error().place(), path_);
    EXPECT_TRUE(again->lock("LOCK")) << "another lock";
    EXPECT_TRUE(again->open_directory("d", true).value()->lock_itself());
    lock->reset();
    EXPECT_TRUE(again->lock_itself());
}

// The file has one lock, whichever of its names and directories it is taken by.
TEST_P(FileSystemConformance, ALockFollowsItsFileThroughRenameAndRemove) {
    make("a", "text");
    const auto lock = directory_->lock("a").value();
    ASSERT_TRUE(directory_->rename("a", "b"));
    EXPECT_EQ(code_of(directory_->lock("b")), ErrorCode::StoreLocked);
    EXPECT_TRUE(directory_->lock("a")) << "a new file";
    ASSERT_TRUE(directory_->remove("b"));
    EXPECT_TRUE(directory_->lock("b")) << "a new file";
}

TEST_P(FileSystemConformance, KeepsTheLockFileAndItsContent) {
    make("LOCK", "text");
    directory_->lock("LOCK").value().reset();
    EXPECT_EQ(read_all("LOCK"), "text");
}

// ---- Threads -------------------------------------------------------------------------------

TEST_P(FileSystemConformance, CallsOnOneFileMayOverlap) {
    constexpr std::size_t kThreads = 4;
    constexpr std::size_t kBlock = 4096;
    const auto file = make("a", std::string(kThreads * kBlock, '.'));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
            const std::string text(kBlock, static_cast<char>('a' + i));
            for (int round = 0; round < 50; ++round) {
                EXPECT_TRUE(file->write_at(i * kBlock, as_bytes(text)));
                EXPECT_EQ(read(*file, i * kBlock, kBlock), text);
                EXPECT_TRUE(directory_->open_file(text.substr(0, 9), OpenMode::CreateNew));
                EXPECT_GE(directory_->list().value().size(), 2U);
                EXPECT_TRUE(directory_->remove(text.substr(0, 9)));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_P(FileSystemConformance, OnlyOneOfManyThreadsGetsTheLock) {
    std::atomic<int> holders{0};
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                const auto lock = directory_->lock("LOCK");
                if (!lock) continue;
                EXPECT_EQ(++holders, 1);
                ++taken;
                --holders;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(taken, 0);
    EXPECT_TRUE(directory_->lock("LOCK"));
}

std::string name_of(const ::testing::TestParamInfo<Kind>& info) {
    switch (info.param) {
        case Kind::Real: return "Real";
        case Kind::Memory: return "Memory";
        case Kind::Simulated: return "Simulated";
    }
    BATPAK_UNREACHABLE();
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemConformance,
                         ::testing::Values(Kind::Real, Kind::Memory, Kind::Simulated), name_of);

}  // namespace
}  // namespace batpak::testing
