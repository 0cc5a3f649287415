// Goal:   the files are those of C2SP tlog-tiles at each size, whatever was there before.
// Method: a naive model makes the files of the definition, level by level; sizes around the borders
//         of tiles, at once and one after another; files that are gone, cut or left over.
#include "batpak/proof/tlog_files.hpp"

#include <gtest/gtest.h>

#include <map>

#include "batpak/event/value.hpp"
#include "proof/log_fixture.hpp"
#include "proof/tlog/tlog_model.hpp"

namespace batpak::proof {
namespace {

constexpr std::uint64_t kTlogSizes[] = {0,   1,   2,   255,  256,  257, 511,
                                        512, 513, 700, 1023, 1024, 1100};

class TlogFilesTest : public LogFixture {
protected:
    std::unique_ptr<Directory> out() { return disk->open_directory("out", true).value(); }

    // What the key signs is what the log is now, so the log grows to each size in turn.
    std::map<std::uint64_t, SignedCheckpoint> checkpoints_of(Store& store) {
        make_key(store);
        std::map<std::uint64_t, SignedCheckpoint> made;
        for (const std::uint64_t size : kTlogSizes) {
            append(store, size - store.visible_end().value);
            made.emplace(size, sign(store).value());
        }
        return made;
    }
    TlogReport write(const Store& store, const SignedCheckpoint& checkpoint) {
        LogTree tree(store);
        return write_tlog(store, tree, checkpoint, *out()).value();
    }
    TlogModel files() const {
        TlogModel found;
        for (const std::string& path : disk->file_paths()) {
            if (!path.starts_with("/out/")) continue;
            const Bytes content = disk->contents(path).value();
            found.emplace(path.substr(5), std::string(as_text(content)));
        }
        return found;
    }
    void clear() {
        for (const std::string& path : disk->file_paths())
            if (path.starts_with("/out/")) disk->erase(path).value();
    }
};

TEST_F(TlogFilesTest, AreThoseOfTheDefinitionAtEachSize) {
    Store store = open();
    for (const auto& [size, checkpoint] : checkpoints_of(store)) {
        clear();
        const TlogReport report = write(store, checkpoint);
        const TlogModel expected = tlog_model(store, size, checkpoint.note());
        EXPECT_EQ(differences(files(), expected), std::vector<std::string>()) << size;
        EXPECT_EQ(report.files_written, expected.size()) << size;
        EXPECT_EQ(report.files_kept, 0U) << size;
    }
}

TEST_F(TlogFilesTest, GrowWithTheLogAndKeepWhatIsFull) {
    Store store = open();
    const auto checkpoints = checkpoints_of(store);
    for (auto first_at = checkpoints.begin(); first_at != checkpoints.end(); ++first_at) {
        for (auto then_at = first_at; then_at != checkpoints.end(); ++then_at) {
            const auto& [first, first_checkpoint] = *first_at;
            const auto& [then, then_checkpoint] = *then_at;
            clear();
            write(store, first_checkpoint);
            const TlogModel before = files();
            const TlogReport report = write(store, then_checkpoint);
            TlogModel expected = tlog_model(store, then, then_checkpoint.note());
            EXPECT_EQ(report.files_kept, 2 * (first / 256)) << first << " " << then;
            EXPECT_EQ(report.files_written + report.files_kept, expected.size());
            expected.insert(before.begin(), before.end());  // partial tiles of before
            EXPECT_EQ(differences(files(), expected), std::vector<std::string>())
                << first << " " << then;
        }
    }
}

// 66,000 events have 257 full tiles: a second level with a full one, and a third.
TEST_F(TlogFilesTest, OfALongLogHaveThreeLevels) {
    Store store = open();
    make_key(store);
    for (int i = 0; i < 264; ++i) {
        BatchBuilder batch;
        for (int j = 0; j < 250; ++j) batch.add(alice, kind, Value(1));
        store.append_batch(std::move(batch)).value();
    }
    const SignedCheckpoint checkpoint = sign(store).value();
    write(store, checkpoint);
    const TlogModel found = files();
    EXPECT_EQ(differences(found, tlog_model(store, 66'000, checkpoint.note())),
              std::vector<std::string>());
    EXPECT_TRUE(found.contains("tile/1/000"));
    EXPECT_TRUE(found.contains("tile/1/001.p/1"));
    EXPECT_TRUE(found.contains("tile/2/000.p/1"));
    EXPECT_TRUE(found.contains("tile/entries/257.p/208"));
}

TEST_F(TlogFilesTest, WhatIsGoneOrCutIsWrittenAgain) {
    Store store = open();
    const auto checkpoints = checkpoints_of(store);
    const SignedCheckpoint& last = checkpoints.at(1100);
    write(store, last);
    const TlogModel whole = files();
    for (const auto& [path, bytes] : whole) {
        disk->erase("out/" + path).value();
        write(store, last);
        EXPECT_EQ(differences(files(), whole), std::vector<std::string>()) << path;
        if (path == "checkpoint") continue;
        disk->put("out/" + path, as_bytes(bytes.substr(1))).value();
        write(store, last);
        EXPECT_EQ(differences(files(), whole), std::vector<std::string>()) << path;
    }
}

TEST_F(TlogFilesTest, WhatAnotherRunLeftInBetweenIsReplaced) {
    Store store = open();
    const auto checkpoints = checkpoints_of(store);
    for (const char* const path : {"out/tile/0/000", "out/tile/0/000.batpak-tmp",
                                   "out/tile/entries/003", "out/tile/1/000.p/4"}) {
        clear();
        write(store, checkpoints.at(1));
        disk->put(path, as_bytes(std::string(8192, 'x'))).value();
        write(store, checkpoints.at(1100));
        TlogModel expected = tlog_model(store, 1100, checkpoints.at(1100).note());
        expected.merge(tlog_model(store, 1, checkpoints.at(1).note()));
        EXPECT_EQ(differences(files(), expected), std::vector<std::string>()) << path;
    }
}

TEST_F(TlogFilesTest, NeverGoBackNorToAnotherLog) {
    Store store = open();
    const auto checkpoints = checkpoints_of(store);
    write(store, checkpoints.at(700));
    const TlogModel before = files();
    const auto code_with = [&](const SignedCheckpoint& checkpoint) {
        LogTree tree(store);
        return testing::code_of(write_tlog(store, tree, checkpoint, *out()));
    };
    EXPECT_EQ(code_with(checkpoints.at(512)), ErrorCode::InvalidArgument);
    for (const std::string& there :
         {std::string("hello"), std::string(), checkpoints.at(700).checkpoint().text(),
          with(checkpoints.at(700).note(), "example.com/ledger/", "example.com/other/")}) {
        disk->put("out/checkpoint", as_bytes(there)).value();
        EXPECT_EQ(code_with(checkpoints.at(1100)), ErrorCode::InvalidArgument) << there;
        EXPECT_EQ(files().at("checkpoint"), there);
    }
    // Another history of the same log: what its readers saw is evidence.
    const std::string root = to_base64(checkpoints.at(700).head().root.view());
    const std::string other = to_base64(checkpoints.at(512).head().root.view());
    disk->put("out/checkpoint", as_bytes(with(checkpoints.at(700).note(), root, other))).value();
    EXPECT_EQ(code_with(checkpoints.at(1100)), ErrorCode::SplitHistory);
    TlogModel after = files();
    after["checkpoint"] = before.at("checkpoint");
    EXPECT_EQ(differences(after, before), std::vector<std::string>());
}

TEST_F(TlogFilesTest, AreNotMadeOfAnotherStore) {
    Store store = open();
    make_key(store);
    append(store, 300);
    const SignedCheckpoint checkpoint = sign(store).value();
    Store other =
        Store::open(StoreConfig("other").with_environment({disk, clock, entropy})).value();
    LogTree tree(other);
    const auto written = write_tlog(other, tree, checkpoint, *out());
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), ErrorCode::InvalidArgument);
    EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace batpak::proof
