// Goal:   the tree over a store's events is that of their hashes, whatever was kept of it.
// Method: sizes around the borders of tiles; a tree that was made at once, one that grew, and one
//         that was loaded give the same roots and proofs; every byte of a kept file is flipped.
#include "batpak/proof/log_tree.hpp"

#include <gtest/gtest.h>

#include "batpak/testing/environment.hpp"
#include "proof/log_fixture.hpp"

namespace batpak::proof {
namespace {

class LogTreeTest : public LogFixture {
protected:
    // The root of the definition, over the hashes of the events.
    static Hash naive_root(const Store& store, std::uint64_t size) {
        std::vector<Hash> level;
        for (const Hash& hash : event_hashes(store, Sequence(0), Sequence(size)).value())
            level.push_back(leaf_hash(hash));
        if (level.empty()) return empty_root();
        // Level by level; an odd one at the end goes up as it is.
        while (level.size() > 1) {
            std::vector<Hash> above;
            for (std::size_t i = 0; i + 1 < level.size(); i += 2)
                above.push_back(node_hash(level[i], level[i + 1]));
            if (level.size() % 2 == 1) above.push_back(level.back());
            level = std::move(above);
        }
        return level.front();
    }
    std::unique_ptr<Directory> directory() { return disk->open_directory("kept", true).value(); }
};

constexpr std::uint64_t kSizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 700, 1023, 1024, 1100};

TEST_F(LogTreeTest, HasTheRootsOfTheDefinition) {
    Store store = open();
    append(store, 1100);
    LogTree grows(store);
    for (const std::uint64_t size : kSizes) {
        LogTree at_once(store);
        const TreeHead expected{size, naive_root(store, size)};
        EXPECT_EQ(grows.head(Sequence(size)).value(), expected);
        EXPECT_EQ(at_once.head(Sequence(size)).value(), expected);
    }
    for (const std::uint64_t size : kSizes)  // back, with all of it known
        EXPECT_EQ(grows.head(Sequence(size))->root, naive_root(store, size));
}

TEST_F(LogTreeTest, ItsProofsAreAccepted) {
    Store store = open();
    append(store, 1100);
    LogTree tree(store);
    const std::vector<Hash> events = event_hashes(store, Sequence(0), Sequence(1100)).value();
    for (const std::uint64_t size : kSizes) {
        const TreeHead head = tree.head(Sequence(size)).value();
        for (std::uint64_t event = 0; event < size; event += 37) {
            const auto proof = tree.inclusion(Sequence(event), Sequence(size)).value();
            EXPECT_TRUE(check_inclusion(leaf_hash(events[event]), event, head, proof));
        }
        for (const std::uint64_t from : kSizes) {
            if (from > size) break;
            const auto proof = tree.consistency(Sequence(from), Sequence(size)).value();
            EXPECT_TRUE(check_consistency(tree.head(Sequence(from)).value(), head, proof));
        }
    }
}

TEST_F(LogTreeTest, RefusesWhatIsNotInTheLog) {
    Store store = open();
    append(store, 3);
    LogTree tree(store);
    EXPECT_EQ(testing::code_of(tree.head(Sequence(4))), ErrorCode::InvalidArgument);
    EXPECT_EQ(testing::code_of(tree.inclusion(Sequence(3), Sequence(3))),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(testing::code_of(tree.consistency(Sequence(3), Sequence(2))),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(testing::code_of(event_hashes(store, Sequence(2), Sequence(1))),
              ErrorCode::InvalidArgument);
}

TEST_F(LogTreeTest, AStoreWithoutHashesHasNone) {
    config = config.with_hash_chain(false);
    Store store = open();
    append(store, 1);
    LogTree tree(store);
    EXPECT_EQ(testing::code_of(tree.head(Sequence(1))), ErrorCode::Unsupported);
}

TEST_F(LogTreeTest, WhatWasKeptIsNotReadAgain) {
    Store store = open();
    append(store, 1000);
    LogTree first(store);
    const TreeHead head = first.head(Sequence(1000)).value();
    ASSERT_TRUE(first.keep(*directory(), "tree"));
    append(store, 100);
    LogTree second(store);
    EXPECT_EQ(second.load(*directory(), "tree").value(), Sequence(768));
    EXPECT_EQ(second.covered(), Sequence(768));
    EXPECT_EQ(second.head(Sequence(1000)).value(), head);
    EXPECT_EQ(second.head(Sequence(1100))->root, naive_root(store, 1100));
}

TEST_F(LogTreeTest, AFileLongerThanThoseOfTheLogIsNotRead) {
    Store store = open();
    append(store, 300);
    disk->put("kept/tree", Bytes(1 << 20)).value();
    LogTree tree(store);
    const std::uint64_t reads = disk->calls();
    EXPECT_EQ(tree.load(*directory(), "tree").value(), Sequence(0));
    EXPECT_LE(disk->calls() - reads, 3U);
}

TEST_F(LogTreeTest, AFileThatIsDamagedForeignOrAbsentCoversNothing) {
    Store store = open();
    append(store, 300);
    LogTree tree(store);
    EXPECT_EQ(tree.load(*directory(), "absent").value(), Sequence(0));
    ASSERT_TRUE(tree.head(Sequence(300)));
    ASSERT_TRUE(tree.keep(*directory(), "tree"));
    const Bytes whole = disk->contents("kept/tree").value();
    for (std::size_t byte = 0; byte < whole.size(); ++byte) {
        Bytes wrong = whole;
        wrong[byte] ^= std::byte{1};
        disk->put("kept/tree", wrong).value();
        LogTree other(store);
        EXPECT_EQ(other.load(*directory(), "tree").value(), Sequence(0)) << byte;
        disk->put("kept/tree", BytesView(whole).first(byte)).value();
        EXPECT_EQ(other.load(*directory(), "tree").value(), Sequence(0)) << byte;
    }
    disk->put("kept/tree", whole).value();
    Environment elsewhere = testing::simulated_environment(77);
    Store foreign = Store::open(StoreConfig("data").with_environment(elsewhere)).value();
    append(foreign, 300);
    LogTree other(foreign);
    EXPECT_EQ(other.load(*directory(), "tree").value(), Sequence(0));
    LogTree own(store);
    EXPECT_EQ(own.load(*directory(), "tree").value(), Sequence(256));
}

}  // namespace
}  // namespace batpak::proof
