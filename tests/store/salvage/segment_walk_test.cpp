#include "store/salvage/segment_walk.hpp"

#include <gtest/gtest.h>

#include "support/store/small_store.hpp"

namespace batpak::store {
namespace {

using testing::segment_path;
using testing::SmallStore;
using testing::StoreEnd;

// Where each piece starts, what it is, and that they cover the file without a gap.
std::vector<std::pair<std::uint64_t, Piece::Kind>> pieces_of(const testing::Disk& disk,
                                                             std::uint64_t segment) {
    const auto directory = disk->open_directory("/store/segments", false).value();
    const auto file = directory->open_file(segment_file_name(segment), OpenMode::ReadOnly).value();
    const std::uint64_t size = file->stat().value().size_bytes;
    std::array<std::byte, SegmentHeader::kBytes> bytes{};
    file->read_at(0, bytes).value();
    SegmentWalk walk(*file, size, SegmentHeader::decode(bytes).value(), SegmentHeader::kBytes);
    std::vector<std::pair<std::uint64_t, Piece::Kind>> pieces;
    std::uint64_t at = SegmentHeader::kBytes;
    while (const auto piece = walk.next().value()) {
        EXPECT_EQ(piece->offset, at);
        at += piece->bytes;
        pieces.emplace_back(piece->offset, piece->kind);
    }
    EXPECT_EQ(at, size);
    return pieces;
}

TEST(SegmentWalk, CoversAWholeFile) {
    const SmallStore small = testing::make_small_store(1, StoreEnd::Killed);
    for (const auto& [offset, kind] : pieces_of(small.disk, 1)) {
        EXPECT_EQ(kind, Piece::Kind::Frame) << offset;
    }
    EXPECT_EQ(pieces_of(small.disk, 3).back().second, Piece::Kind::Zeros);
}

TEST(SegmentWalk, GoesOnAfterEachWrongByte) {
    const SmallStore small = testing::make_small_store(1, StoreEnd::Closed);
    const auto whole = pieces_of(small.disk, 1);
    const std::size_t size = small.disk->contents(segment_path(1)).value().size();
    for (std::size_t at = SegmentHeader::kBytes; at < size; ++at) {
        const testing::Disk damaged = small.disk->after_process_kill();
        ASSERT_TRUE(damaged->flip_bit(segment_path(1), at, 2));
        const auto pieces = pieces_of(damaged, 1);
        ASSERT_EQ(pieces.size(), whole.size()) << at;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const std::uint64_t end = i + 1 < whole.size() ? whole[i + 1].first : size;
            const bool is_hurt = whole[i].first <= at && at < end;
            EXPECT_EQ(pieces[i].second, is_hurt ? Piece::Kind::Damage : Piece::Kind::Frame) << at;
        }
    }
}

}  // namespace
}  // namespace batpak::store
