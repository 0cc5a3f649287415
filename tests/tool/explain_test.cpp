#include "tool/files/explain.hpp"

#include <gtest/gtest.h>

#include "store/frame/frame.hpp"

namespace batpak::tool {
namespace {

using store::Salt;

constexpr std::uint64_t kOffset = 4096;

Salt some_salt() {
    Salt salt{};
    salt[0] = std::byte{7};
    return salt;
}

Buffer event_frame(const Salt& salt) {
    const Bytes payload = {std::byte{0x81}, std::byte{0xA1}, std::byte{'a'}, std::byte{1}};
    const Blind blind{};
    Hash hash;
    hash.bytes[0] = std::byte{1};
    EventId id;
    id.bytes[0] = std::byte{1};
    Buffer content;
    store::encode_content(content,
                          {.kind = EventKind::from_number(0xF001),
                           .payload_version = 1,
                           .timestamp_us = 5,
                           .entity = "e",
                           .scope = "\xff",
                           .payload = payload},
                          &blind);
    Buffer frame;
    store::append_event_frame(
        frame, salt, kOffset,
        {.place = {.sequence = Sequence(9), .version = Version(2), .hlc = {5, 1}, .event_id = id},
         .durable_end = Sequence(7),
         .timestamp_us = 5,
         .hash = &hash},
        content.view());
    return frame;
}

// The parts cover the bytes in order and without gaps.
void expect_cover(const std::vector<FramePart>& parts, BytesView bytes) {
    std::uint64_t at = kOffset;
    for (const FramePart& part : parts) {
        ASSERT_EQ(part.offset, at);
        ASSERT_EQ(part.bytes.data(), bytes.data() + (at - kOffset));
        at += part.bytes.size();
    }
    EXPECT_LE(at, kOffset + bytes.size());
}

const FramePart& part_of(const std::vector<FramePart>& parts, std::string_view field) {
    for (const FramePart& part : parts) {
        if (part.field == field) return part;
    }
    throw std::runtime_error("no such part");
}

TEST(ToolExplain, EachElementOfAnEvent) {
    const Buffer frame = event_frame(some_salt());
    const auto parts = explain_frame(frame.view(), some_salt(), kOffset);
    expect_cover(parts, frame.view());
    EXPECT_EQ(parts.back().offset + parts.back().bytes.size(), kOffset + frame.size());
    EXPECT_EQ(parts.size(), 4U + 20U);
    EXPECT_EQ(part_of(parts, "sequence").meaning, "9");
    EXPECT_EQ(part_of(parts, "lag").meaning, "2: 7 events were known durable");
    EXPECT_EQ(part_of(parts, "kind").meaning, "0xF001: category 15, type 1");
    EXPECT_EQ(part_of(parts, "scope").meaning, "\"\\xff\"");
    EXPECT_EQ(part_of(parts, "payload").meaning, "4 bytes: {\"a\":1}");
    EXPECT_NE(part_of(parts, "checksum").meaning.find("holds"), std::string::npos);
}

TEST(ToolExplain, BatchFramesAndMarks) {
    const Salt salt = some_salt();
    Buffer frame;
    store::append_batch_commit(frame, salt, kOffset, Sequence(3), Sequence(3), 2, 0xABCD);
    auto parts = explain_frame(frame.view(), salt, kOffset);
    expect_cover(parts, frame.view());
    EXPECT_EQ(part_of(parts, "type").meaning, "3: batch commit");
    EXPECT_EQ(part_of(parts, "count").meaning, "2 events");
    EXPECT_EQ(parts.back().meaning, "0x0000abcd");
    frame.clear();
    store::append_mark(frame, salt, kOffset, Sequence(3), Sequence(3));
    parts = explain_frame(frame.view(), salt, kOffset);
    EXPECT_EQ(part_of(parts, "type").meaning, "4: mark");
}

TEST(ToolExplain, AnyCutAndAnyChangedByteIsExplainedAsFarAsItGoes) {
    const Buffer whole = event_frame(some_salt());
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const BytesView cut = whole.view().first(size);
        expect_cover(explain_frame(cut, some_salt(), kOffset), cut);
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            Bytes changed(whole.view().begin(), whole.view().end());
            changed[at] ^= std::byte{1} << bit;
            const auto parts = explain_frame(changed, some_salt(), kOffset);
            expect_cover(parts, changed);
            bool wrong = false;
            for (const FramePart& part : parts) {
                wrong = wrong || part.meaning.find("wrong") != std::string::npos ||
                        part.meaning.find("does not fit") != std::string::npos;
            }
            ASSERT_TRUE(wrong) << at;
        }
    }
}

}  // namespace
}  // namespace batpak::tool
