#include "store/copy/snapshot_record.hpp"

#include <gtest/gtest.h>

#include "store/log/checked_text.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store::snapshot_record_test {
namespace {

using testing::code_of;

SnapshotRecord sample() {
    SnapshotRecord record;
    for (std::size_t i = 0; i < 16; ++i) record.log_id.bytes[i] = static_cast<std::byte>(i + 1);
    record.end = Sequence(812);
    Hash hash;
    hash.bytes.fill(std::byte{0xAB});
    Salt salt;
    salt.fill(std::byte{0x0C});
    record.segments = {{1, 65492, salt, hash}, {7, 96, salt, std::nullopt}};
    return record;
}

TEST(SnapshotRecord, IsTheTextOfTheFormat) {
    const std::string covered =
        "batpak snapshot v1\n"
        "log 01020304-0506-0708-090a-0b0c0d0e0f10\n"
        "events 812\n"
        "segment 1 bytes 65492 salt 0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c hash " +
        std::string(32, 'a').replace(0, 32, "abababababababababababababababab") +
        "abababababababababababababababab\n"
        "segment 7 bytes 96 salt 0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c hash none\n";
    EXPECT_EQ(sample().to_text(), covered + checksum_line(covered));
}

TEST(SnapshotRecord, IsReadAsItWasWritten) {
    EXPECT_EQ(SnapshotRecord::parse(sample().to_text()).value(), sample());
    SnapshotRecord empty;
    empty.log_id = sample().log_id;
    EXPECT_EQ(SnapshotRecord::parse(empty.to_text()).value(), empty);
}

TEST(SnapshotRecord, FindsASegmentById) {
    const SnapshotRecord record = sample();
    ASSERT_NE(record.find(7), nullptr);
    EXPECT_EQ(record.find(7)->bytes, 96U);
    for (const std::uint64_t id : {0U, 2U, 6U, 8U}) EXPECT_EQ(record.find(id), nullptr) << id;
}

TEST(SnapshotRecord, RefusesEachChangedByteAndEachCut) {
    const std::string text = sample().to_text();
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_EQ(code_of(SnapshotRecord::parse(changed)), ErrorCode::CorruptSnapshot) << at;
        EXPECT_EQ(code_of(SnapshotRecord::parse(text.substr(0, at))), ErrorCode::CorruptSnapshot);
    }
}

// With a checksum that holds.
TEST(SnapshotRecord, HasOneSpelling) {
    const std::string text = sample().to_text();
    const std::string covered(*covered_by_checksum(text));
    const auto with = [&](std::string_view part, std::string_view other) {
        std::string changed = covered;
        changed.replace(changed.find(part), part.size(), other);
        return changed + checksum_line(changed);
    };
    for (const auto& [part, other] :
         std::vector<std::pair<std::string_view, std::string_view>>{{"events 812", "events 0812"},
                                                                    {"segment 7", "segment 1"},
                                                                    {"hash ab", "hash AB"},
                                                                    {"salt 0c", "salt 0g"},
                                                                    {"hash none", "hash nine"},
                                                                    {"log 01", "log 0x"}}) {
        EXPECT_EQ(code_of(SnapshotRecord::parse(with(part, other))), ErrorCode::CorruptSnapshot)
            << other;
    }
    EXPECT_EQ(code_of(SnapshotRecord::parse(with("v1", "v2"))), ErrorCode::FutureFormat);
}

}  // namespace
}  // namespace batpak::store::snapshot_record_test
