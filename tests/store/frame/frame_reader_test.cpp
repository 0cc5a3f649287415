// Goal:   every frame of a file reads back, whatever was read before, and nothing behind `end`, or
//         behind the end of the file, is ever part of one.
// Method: a file of frames from a few bytes to more than a window, read in every kind of order; the
//         calls that reach the file are counted.
#include "store/frame/frame_reader.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/hash/crc32.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "store/frame/limits.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::CallKind;

struct FrameReaderTest : ::testing::Test {
    FrameReaderTest() {
        salt.fill(std::byte{0x5A});
        std::mt19937_64 random(7);
        Buffer bytes;
        for (int i = 0; i < 400; ++i) {
            offsets.push_back(bytes.size());
            const std::size_t payload_bytes = i % 100 == 50 ? 2 * kScanWindowBytes : random() % 900;
            append(bytes, Bytes(payload_bytes, std::byte{0x7F}));
        }
        offsets.push_back(bytes.size());
        EXPECT_TRUE(disk->put("store/file", bytes.view()));
        directory = disk->open_directory("store", false).value();
        file = directory->open_file("file", OpenMode::ReadOnly).value();
    }

    void append(Buffer& bytes, BytesView payload) {
        EventFields content;
        content.entity = "entity:1";
        content.scope = "scope:1";
        content.payload = payload;
        FramePlace place;
        place.place.event_id.bytes.fill(std::byte{1});
        Buffer encoded;
        encode_content(encoded, content, nullptr);
        append_event_frame(bytes, salt, bytes.size(), place, encoded.view());
    }

    std::uint64_t file_bytes() const { return offsets.back(); }
    std::size_t frame_bytes(std::size_t i) const { return offsets[i + 1] - offsets[i]; }

    void expect_frame(FrameReader& reader, std::size_t i) const {
        const auto checked = reader.at(offsets[i], file_bytes());
        ASSERT_TRUE(checked);
        ASSERT_EQ(checked->status, FrameStatus::Valid) << i;
        ASSERT_EQ(checked->frame_bytes, frame_bytes(i)) << i;
        ASSERT_TRUE(decode_body(checked->body)) << i;
    }

    std::uint64_t reads() const {
        std::uint64_t reads = 0;
        for (const testing::Call& call : disk->trace())
            reads += call.kind == CallKind::Read ? 1U : 0U;
        return reads;
    }

    Salt salt;
    std::vector<std::uint64_t> offsets;  // of each frame, and the end of the last
    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<Directory> directory;
    std::unique_ptr<File> file;
};

TEST_F(FrameReaderTest, ReadsEachFrameInAnyOrder) {
    const std::size_t count = offsets.size() - 1;
    FrameReader reader(*file, salt, 0);
    for (std::size_t i = 0; i < count; ++i) expect_frame(reader, i);
    for (std::size_t i = count; i-- > 0;) expect_frame(reader, i);
    std::mt19937_64 random(11);
    for (int i = 0; i < 2000; ++i) expect_frame(reader, random() % count);
}

TEST_F(FrameReaderTest, TakesAFrameOfKnownLengthWithOneCall) {
    FrameReader reader(*file, salt, 0);
    ASSERT_EQ(reader.held(offsets[3], UINT64_MAX).status, FrameStatus::Short);
    const auto checked = reader.load(offsets[3], UINT64_MAX, frame_bytes(3));
    EXPECT_EQ(checked->status, FrameStatus::Valid);
    EXPECT_EQ(reads(), 1U);
    EXPECT_EQ(reader.held(offsets[3], UINT64_MAX).status, FrameStatus::Valid);
    // Nothing was read beside it.
    EXPECT_EQ(reader.held(offsets[4], UINT64_MAX).status, FrameStatus::Short);
}

TEST_F(FrameReaderTest, AWrongExpectationCostsACallAndNoMore) {
    for (const std::size_t expected : {std::size_t{0}, std::size_t{1}, kFrameHeaderBytes,
                                       std::size_t{100}, std::size_t{1} << 20}) {
        FrameReader reader(*file, salt, 0);
        const std::uint64_t before = reads();
        const auto checked = reader.load(offsets[50], UINT64_MAX, expected);
        EXPECT_EQ(checked->status, FrameStatus::Valid);
        EXPECT_EQ(checked->frame_bytes, frame_bytes(50));
        EXPECT_LE(reads() - before, 2U);
    }
}

TEST_F(FrameReaderTest, AFrameThatGoesOnBehindTheEndIsShort) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{50}}) {
        for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kFrameHeaderBytes - 1,
                                        kFrameHeaderBytes, frame_bytes(i) - 1}) {
            FrameReader reader(*file, salt, 0);
            EXPECT_EQ(reader.at(offsets[i], offsets[i] + bytes)->status, FrameStatus::Short);
            expect_frame(reader, i);
            EXPECT_EQ(reader.at(offsets[i], offsets[i] + bytes)->status, FrameStatus::Short);
        }
    }
}

TEST_F(FrameReaderTest, ALengthThatPointsOutOfTheFileIsNotBelieved) {
    constexpr std::uint64_t kOffset = 100;
    constexpr std::uint32_t kAbsurd = kFrameBodyBytesMax;
    Bytes bytes(200);
    const std::uint32_t place = crc32_of_words(
        std::array<std::uint32_t, 3>{static_cast<std::uint32_t>(kOffset), 0, kAbsurd}, crc32(salt));
    store_little_endian(MutableBytesView(bytes).subspan(kOffset), kAbsurd);
    store_little_endian(MutableBytesView(bytes).subspan(kOffset + 4),
                        static_cast<std::uint16_t>(place & 0xFFFF));
    ASSERT_TRUE(disk->put("store/short", bytes));
    const auto short_file = directory->open_file("short", OpenMode::ReadOnly).value();
    FrameReader reader(*short_file, salt, 0);
    const auto checked = reader.at(kOffset, UINT64_MAX);
    EXPECT_EQ(checked->status, FrameStatus::Short);
    EXPECT_EQ(checked->frame_bytes, kFrameHeaderBytes + kAbsurd);
    EXPECT_EQ(reads(), 1U);
}

TEST_F(FrameReaderTest, KnowsTheSaltOfTheSegmentItMovedTo) {
    FrameReader reader(*file, salt, 0);
    expect_frame(reader, 0);
    Salt other = salt;
    other[15] = std::byte{0};
    const auto same_bytes = directory->open_file("file", OpenMode::ReadOnly).value();
    reader.move_to(*same_bytes, other);
    EXPECT_EQ(reader.at(offsets[0], file_bytes())->status, FrameStatus::Invalid);
    reader.move_to(*file, salt);
    expect_frame(reader, 0);
}

TEST_F(FrameReaderTest, AnErrorOfTheFileIsTheAnswer) {
    FrameReader reader(*file, salt, 0);
    disk->fail_next(CallKind::Read, testing::Fault::io());
    EXPECT_EQ(testing::code_of(reader.at(offsets[1], file_bytes())), ErrorCode::Io);
    expect_frame(reader, 1);
}

}  // namespace
}  // namespace batpak::store
