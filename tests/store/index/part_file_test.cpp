// Goal:   bytes of a part are those that were proved, or the part is lost, for good (INV I3).
// Method: a body of several blocks in the index folder of a simulated disk, read in every way,
//         through a cache that holds one chunk; then cut, changed, removed, and on a disk that
//         fails.
#include "store/index/part_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash/crc32.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store::part_file_test {
namespace {

using testing::CallKind;
using testing::code_of;

constexpr std::size_t kBodyBytes = 3 * kIndexBlockBytes + 100;
constexpr const char* kName = "1-0.bpx";
constexpr const char* kPath = "data/index/1-0.bpx";

struct PartFileTest : ::testing::Test {
    PartFileTest() {
        Environment environment = testing::simulated_environment(1);
        environment.files = disk;
        directory =
            StoreDirectory::open_for_writing(StoreConfig("data").with_environment(environment))
                .value();
        testing::must(directory->make_index_folder());
        Bytes file(kPartHeaderBytes + kBodyBytes);
        for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<std::byte>(i * 7 % 253);
        body = Bytes(file.begin() + kPartHeaderBytes, file.end());
        testing::must(disk->put(kPath, file));
        files = std::make_shared<PartFiles>(*directory, 2, 1);
        for (std::size_t at = 0; at < body.size(); at += kIndexBlockBytes)
            checksums.push_back(
                crc32(BytesView(body).subspan(at, std::min(kIndexBlockBytes, body.size() - at))));
    }

    std::unique_ptr<PartFile> open(const std::string& name = kName) {
        return std::make_unique<PartFile>(files, name, kBodyBytes, checksums);
    }
    // Whether these bytes are the right ones; if not, the part must be lost.
    bool copies(const PartFile& part, std::uint64_t at, std::size_t count) const {
        Bytes found(count);
        const bool copied = part.copy(at, found);
        EXPECT_EQ(part.is_lost(), !copied);
        if (copied) {
            EXPECT_TRUE(equal_bytes(found, BytesView(body).subspan(at, count))) << at;
        }
        return copied;
    }
    std::uint64_t reads() const {
        std::uint64_t count = 0;
        for (const testing::Call& call : disk->trace())
            count += call.kind == CallKind::Read ? 1 : 0;
        return count;
    }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<StoreDirectory> directory;
    std::shared_ptr<PartFiles> files;
    Bytes body;
    std::vector<std::uint32_t> checksums;
};

TEST_F(PartFileTest, CopiesAnyBytesOfTheBody) {
    const auto part = open();
    for (const std::uint64_t border :
         {std::uint64_t{0}, std::uint64_t{kIndexBlockBytes}, std::uint64_t{2 * kIndexBlockBytes}}) {
        for (std::uint64_t at = border; at < border + 10; ++at) EXPECT_TRUE(copies(*part, at, 9));
        if (border > 0) {
            EXPECT_TRUE(copies(*part, border - 4, 9));
        }
    }
    EXPECT_TRUE(copies(*part, 0, kBodyBytes));
    EXPECT_TRUE(copies(*part, kBodyBytes - 1, 1));
    EXPECT_TRUE(copies(*part, kBodyBytes, 0));
}

TEST_F(PartFileTest, ReadsABlockOnceAsLongAsTheCacheHasIt) {
    const auto part = open();
    EXPECT_TRUE(copies(*part, 5, 10));
    const std::uint64_t before = reads();
    EXPECT_TRUE(copies(*part, 0, kIndexBlockBytes));
    EXPECT_EQ(reads(), before);
    EXPECT_TRUE(copies(*part, kIndexBlockBytes, 1));
    EXPECT_EQ(reads(), before + 1);
}

TEST_F(PartFileTest, WhatTheCacheHasIsGoodWhateverBecameOfTheFile) {
    const auto part = open();
    EXPECT_TRUE(copies(*part, 5, 10));
    ASSERT_TRUE(disk->flip_bit(kPath, kPartHeaderBytes + 700, 2));
    EXPECT_TRUE(copies(*part, 700, 10));
}

TEST_F(PartFileTest, AChangedBlockLosesThePart) {
    const auto part = open();
    ASSERT_TRUE(disk->flip_bit(kPath, kPartHeaderBytes + kIndexBlockBytes + 7, 2));
    EXPECT_TRUE(copies(*part, 0, kIndexBlockBytes));  // another block
    EXPECT_FALSE(copies(*part, kIndexBlockBytes + 100, 1));
    ASSERT_TRUE(disk->flip_bit(kPath, kPartHeaderBytes + kIndexBlockBytes + 7, 2));
    EXPECT_TRUE(part->is_lost());  // for good
    Bytes other(1);
    EXPECT_FALSE(part->copy(2 * kIndexBlockBytes, other));
}

TEST_F(PartFileTest, ACutFileLosesThePart) {
    const auto part = open();
    Bytes cut = disk->contents(kPath).value();
    cut.resize(cut.size() - 1);
    ASSERT_TRUE(disk->put(kPath, cut));
    EXPECT_TRUE(copies(*part, 0, 10));
    EXPECT_FALSE(copies(*part, 3 * kIndexBlockBytes, 1));
}

TEST_F(PartFileTest, AMissingFileLosesThePartUnlessItIsHeldOpen) {
    EXPECT_FALSE(copies(*open("2-0.bpx"), 0, 1));
    const auto held = open();
    held->hold(directory->open_index_file(kName).value());
    ASSERT_TRUE(disk->erase(kPath));
    EXPECT_TRUE(copies(*held, 0, kBodyBytes));
}

TEST_F(PartFileTest, ADiskThatCannotReadLosesThePart) {
    const auto part = open();
    disk->fail_next(CallKind::Read, testing::Fault::io());
    EXPECT_FALSE(copies(*part, 0, 1));
}

TEST_F(PartFileTest, LooksAtBlocksWithZerosAfterTheBody) {
    const auto part = open();
    std::uint64_t first = 0;
    std::uint64_t after = 1;
    ASSERT_TRUE(part->look(3, [&](BlockWords words) {
        first = words[0];
        after = words[13];  // byte 104: past the last 100
    }));
    EXPECT_EQ(std::memcmp(&first, body.data() + 3 * kIndexBlockBytes, sizeof(first)), 0);
    EXPECT_EQ(after, 0U);
}

TEST_F(PartFileTest, HoldsNoMoreFilesThanItMay) {
    const auto keep = [&](std::uint64_t part) {
        files->keep(part, directory->open_index_file(kName).value());
    };
    for (std::uint64_t part = 100; part < 105; ++part) keep(part);
    ASSERT_TRUE(disk->erase(kPath));
    EXPECT_EQ(code_of(files->get(100, kName)), ErrorCode::FileNotFound);
    EXPECT_TRUE(files->get(103, kName));
    EXPECT_TRUE(files->get(104, kName));
    files->forget(104);
    EXPECT_EQ(code_of(files->get(104, kName)), ErrorCode::FileNotFound);
    files->release();
    EXPECT_EQ(code_of(files->get(103, kName)), ErrorCode::FileNotFound);
}

TEST(PartBytes, StaysInsideWhatItIsOf) {
    const PartBytes bytes(as_bytes("0123456789"));
    Bytes found(3);
    EXPECT_TRUE(bytes.copy(7, found));
    EXPECT_EQ(as_text(found), "789");
    EXPECT_FALSE(bytes.copy(8, found));
    EXPECT_FALSE(bytes.copy(UINT64_MAX, found));
    EXPECT_TRUE(bytes.from(4).copy(0, found));
    EXPECT_EQ(as_text(found), "456");
    EXPECT_EQ(bytes.from(4).from(4).size(), 2U);
    EXPECT_EQ(bytes.from(11).size(), 0U);
    EXPECT_FALSE(bytes.from(11).copy(0, found));
}

}  // namespace
}  // namespace batpak::store::part_file_test
