// Goal:   a cache knows for each log which erasure its states were removed for, and bytes that make
//         no sense claim nothing (INV K6).
// Method: marks are noted, written and read; damaged, cut and foreign values are read.
#include "projection/erasure_marks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

namespace batpak::projection {
namespace {

LogId log_of(std::uint8_t number) {
    LogId log;
    log.bytes[0] = std::byte{7};
    log.bytes[15] = std::byte{number};
    return log;
}

TEST(ErasureMarks, CoverWhatWasNotedAndWhatIsBeforeIt) {
    ErasureMarks marks;
    EXPECT_FALSE(marks.covers(log_of(1), Sequence(1)));
    marks.note(log_of(1), Sequence(10));
    marks.note(log_of(2), Sequence(3));
    marks.note(log_of(1), Sequence(4));
    Buffer value;
    marks.encode(value);
    const ErasureMarks read = ErasureMarks::decode(value.view());
    EXPECT_TRUE(read.covers(log_of(1), Sequence(10)));
    EXPECT_FALSE(read.covers(log_of(1), Sequence(11)));
    EXPECT_TRUE(read.covers(log_of(2), Sequence(2)));
    EXPECT_FALSE(read.covers(log_of(2), Sequence(4)));
    EXPECT_FALSE(read.covers(log_of(3), Sequence(1)));
}

TEST(ErasureMarks, BelieveNothingOfBytesOfAnotherLength) {
    ErasureMarks marks;
    marks.note(log_of(1), Sequence(10));
    Buffer value;
    marks.encode(value);
    value.append(std::array{std::byte{0}});
    for (std::size_t size = 0; size <= value.size(); ++size) {
        const ErasureMarks read = ErasureMarks::decode(value.view().first(size));
        EXPECT_EQ(read.covers(log_of(1), Sequence(10)), size == value.size() - 1) << size;
    }
}

TEST(ErasureMarks, AreOfABoundedNumberOfLogs) {
    ErasureMarks marks;
    for (std::size_t i = 0; i < ErasureMarks::kLogsMax + 10; ++i) {
        LogId log;
        log.bytes[0] = static_cast<std::byte>(i >> 8);
        log.bytes[1] = static_cast<std::byte>(i);
        marks.note(log, Sequence(i + 1));
        EXPECT_TRUE(marks.covers(log, Sequence(i + 1)));
    }
    Buffer value;
    marks.encode(value);
    EXPECT_EQ(value.size(), ErasureMarks::kLogsMax * 24);
    EXPECT_FALSE(ErasureMarks::decode(value.view()).covers(LogId{}, Sequence(1)));
}

}  // namespace
}  // namespace batpak::projection
