#include "store/frame/window_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::CallKind;

constexpr std::size_t kFileBytes = 1 << 20;

struct WindowReaderTest : ::testing::Test {
    WindowReaderTest() : content(kFileBytes) {
        std::mt19937_64 random(7);
        for (std::byte& byte : content) byte = static_cast<std::byte>(random());
        EXPECT_TRUE(disk->put("store/file", content));
        directory = disk->open_directory("store", false).value();
        file = directory->open_file("file", OpenMode::ReadOnly).value();
    }

    void expect_reads(WindowReader& reader, std::uint64_t offset, std::size_t count) const {
        const auto bytes = reader.at(offset, count);
        ASSERT_TRUE(bytes);
        const std::size_t begin = std::min<std::size_t>(offset, kFileBytes);
        const BytesView expected =
            BytesView(content).subspan(begin, std::min(count, kFileBytes - begin));
        ASSERT_TRUE(equal_bytes(*bytes, expected)) << offset << " + " << count;
    }

    std::uint64_t reads() const {
        std::uint64_t reads = 0;
        for (const testing::Call& call : disk->trace())
            reads += call.kind == CallKind::Read ? 1U : 0U;
        return reads;
    }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    Bytes content;
    std::unique_ptr<Directory> directory;
    std::unique_ptr<File> file;
};

TEST_F(WindowReaderTest, ReadsWhatIsThereWhereverItIsAsked) {
    std::mt19937_64 random(11);
    WindowReader reader(*file);
    for (int i = 0; i < 3000; ++i) {
        const std::uint64_t offset = random() % (kFileBytes + 2000);
        expect_reads(reader, offset, random() % (i % 10 == 0 ? 300'000 : 3000));
    }
    expect_reads(reader, 0, 0);
    expect_reads(reader, kFileBytes, 10);
    expect_reads(reader, UINT64_MAX >> 1U, 10);
}

TEST_F(WindowReaderTest, ReadsForwardWithFewCalls) {
    WindowReader reader(*file);
    for (std::uint64_t at = 0; at < kFileBytes; at += 100) expect_reads(reader, at, 100);
    EXPECT_LE(reads(), 8U + kFileBytes / kScanWindowBytes + 2);
}

TEST_F(WindowReaderTest, AsksOnceForWhatLiesTogether) {
    WindowReader reader(*file);
    expect_reads(reader, 5000, 10);
    expect_reads(reader, 5000, kPointReadBytes);
    expect_reads(reader, 5500, 10);
    EXPECT_EQ(reads(), 1U);
}

TEST_F(WindowReaderTest, HoldsWhatItReadAndNothingElse) {
    WindowReader reader(*file, 0);
    EXPECT_TRUE(reader.held(0).empty());
    expect_reads(reader, 5000, 300);
    EXPECT_TRUE(equal_bytes(reader.held(5000), BytesView(content).subspan(5000, 300)));
    EXPECT_TRUE(equal_bytes(reader.held(5299), BytesView(content).subspan(5299, 1)));
    for (const std::uint64_t offset : {4999U, 5300U, 5301U, 1U << 30U})
        EXPECT_TRUE(reader.held(offset).empty()) << offset;
    reader.forget();
    EXPECT_TRUE(reader.held(5000).empty());
}

TEST_F(WindowReaderTest, ReadsLittleAgainAfterItLeapt) {
    WindowReader reader(*file, 0);
    std::uint64_t at = 0;
    for (; reads() < 8; at += 100) expect_reads(reader, at, 100);
    // Leaps of 30 KiB: each halves what is read at once.
    for (int i = 0; i < 12; ++i) {
        at += reader.held(at).size() + 30'000;
        expect_reads(reader, at, 100);
    }
    EXPECT_EQ(reader.held(at).size(), 100U);
}

TEST_F(WindowReaderTest, ForgetsWhatItReadOfAnotherFile) {
    const Bytes zeros(5000);
    ASSERT_TRUE(disk->put("store/zeros", zeros));
    const auto other = directory->open_file("zeros", OpenMode::ReadOnly).value();
    WindowReader reader(*file);
    expect_reads(reader, 0, 10);
    reader.move_to(*other);
    EXPECT_TRUE(equal_bytes(reader.at(0, 10).value(), BytesView(zeros).first(10)));
    reader.move_to(*other);
    EXPECT_EQ(reads(), 2U);
    ASSERT_TRUE(disk->put("store/zeros", Bytes(5000, std::byte{1})));
    reader.move_to(*file);
    expect_reads(reader, 0, 10);
}

TEST_F(WindowReaderTest, ReadsAgainAfterAnError) {
    WindowReader reader(*file);
    expect_reads(reader, 0, 10);
    disk->fail_next(CallKind::Read, testing::Fault::io());
    EXPECT_EQ(testing::code_of(reader.at(50'000, 10)), ErrorCode::Io);
    expect_reads(reader, 50'000, 10);
    expect_reads(reader, 0, 10);
}

}  // namespace
}  // namespace batpak::store
