// What reads a store beside its writer begins again as long as the MANIFEST changes under it, and
// not for ever.
#include "store/copy/over_compaction.hpp"

#include <gtest/gtest.h>

#include "support/store/store_fixture.hpp"

namespace batpak::store {
namespace {

class OverCompactionTest : public testing::StoreFixture {
protected:
    OverCompactionTest() { config = config.with_segment_bytes(4096); }

    // A segment more: every one that was listed before is listed still.
    void rotate(Store& store) const {
        const std::uint64_t segments = store.stats().segments;
        while (store.stats().segments == segments)
            ASSERT_TRUE(store.append_raw(alice, kind, Bytes(500, std::byte{7})));
    }
    static Result<int> missing() { return fail(ErrorCode::MissingSegment); }
};

TEST_F(OverCompactionTest, BeginsAgainWhenTheManifestHasChanged) {
    Store store = open();
    const auto directory = StoreDirectory::open_for_reading(config).value();
    int calls = 0;
    const Result<int> answer = over_compaction(*directory, [&]() -> Result<int> {
        if (++calls == 3) return 7;
        rotate(store);
        return missing();
    });
    EXPECT_EQ(answer, 7);
    EXPECT_EQ(calls, 3);
}

TEST_F(OverCompactionTest, SaysWhatIsMissingWhereNothingChanges) {
    const Store store = open();
    const auto directory = StoreDirectory::open_for_reading(config).value();
    int calls = 0;
    const Result<int> answer = over_compaction(*directory, [&] {
        ++calls;
        return missing();
    });
    EXPECT_EQ(testing::code_of(answer), ErrorCode::MissingSegment);
    EXPECT_EQ(calls, 1);
}

TEST_F(OverCompactionTest, SaysAnyOtherErrorAtOnce) {
    Store store = open();
    const auto directory = StoreDirectory::open_for_reading(config).value();
    int calls = 0;
    const Result<int> answer = over_compaction(*directory, [&]() -> Result<int> {
        ++calls;
        rotate(store);
        return fail(ErrorCode::CorruptFrame);
    });
    EXPECT_EQ(testing::code_of(answer), ErrorCode::CorruptFrame);
    EXPECT_EQ(calls, 1);
}

TEST_F(OverCompactionTest, ComesToAnEndBesideAWriterThatNeverRests) {
    Store store = open();
    const auto directory = StoreDirectory::open_for_reading(config).value();
    int calls = 0;
    const Result<int> answer = over_compaction(*directory, [&] {
        ++calls;
        rotate(store);
        return missing();
    });
    EXPECT_EQ(testing::code_of(answer), ErrorCode::MissingSegment);
    EXPECT_EQ(calls, 64);
}

}  // namespace
}  // namespace batpak::store
