#include "store/salvage/salt_search.hpp"

#include <gtest/gtest.h>

#include "base/hash/crc32.hpp"
#include "store/frame/segment_header.hpp"
#include "support/store/small_store.hpp"

namespace batpak::store {
namespace {

using testing::segment_path;
using testing::SmallStore;

std::unique_ptr<File> open_segment(const testing::Disk& disk, std::uint64_t id) {
    const auto directory = disk->open_directory("/store/segments", false).value();
    return directory->open_file(segment_file_name(id), OpenMode::ReadOnly).value();
}

Result<std::optional<FoundSalt>> search(const testing::Disk& disk, std::uint64_t id) {
    const auto file = open_segment(disk, id);
    return find_salt(*file, file->stat().value().size_bytes);
}

TEST(SaltSearch, FindsASaltThatDoesAsWell) {
    const SmallStore small = testing::make_small_store(1, testing::StoreEnd::Closed);
    const Bytes whole = small.disk->contents(segment_path(1)).value();
    const auto header = SegmentHeader::decode(BytesView(whole).first(96)).value();
    const auto found = search(small.disk, 1).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(crc32(found->salt), crc32(header.salt));
    EXPECT_EQ(found->first, header.first);
    EXPECT_EQ(check_frame(BytesView(whole).subspan(96), found->salt, 96).status,
              FrameStatus::Valid);
}

TEST(SaltSearch, GoesOnAfterFramesThatAreDamaged) {
    const SmallStore small = testing::make_small_store(1, testing::StoreEnd::Closed);
    Bytes bytes = small.disk->contents(segment_path(1)).value();
    std::fill_n(bytes.begin(), 300, std::byte{0});
    ASSERT_TRUE(small.disk->put(segment_path(1), bytes));
    const auto found = search(small.disk, 1).value();
    ASSERT_TRUE(found);
    EXPECT_GT(found->first, Sequence(0));
}

TEST(SaltSearch, FindsNothingWhereNoTwoFramesAgree) {
    const SmallStore small = testing::make_small_store(1, testing::StoreEnd::Closed);
    Bytes bytes = small.disk->contents(segment_path(1)).value();
    for (std::size_t i = 0; i < bytes.size(); i += 50) bytes[i] ^= std::byte{1};
    ASSERT_TRUE(small.disk->put(segment_path(1), bytes));
    EXPECT_FALSE(search(small.disk, 1).value());
    ASSERT_TRUE(small.disk->put(segment_path(1), Bytes(5000, std::byte{0})));
    EXPECT_FALSE(search(small.disk, 1).value());
    ASSERT_TRUE(small.disk->put(segment_path(1), Bytes(10, std::byte{1})));
    EXPECT_FALSE(search(small.disk, 1).value());
}

}  // namespace
}  // namespace batpak::store
