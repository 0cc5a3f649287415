#include "store/view/verification.hpp"

#include <gtest/gtest.h>

#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

struct VerificationTest : testing::StoreFixture {
    void append(Store& store, int count) {
        for (int i = 0; i < count; ++i) ASSERT_TRUE(store.append_raw(alice, kind, payload));
    }
};

TEST_F(VerificationTest, CountsWhatItChecked) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    EXPECT_EQ(store.verify()->events, 0U);
    append(store, 100);
    const VerifyReport report = store.verify().value();
    EXPECT_FALSE(report.damage);
    EXPECT_EQ(report.events, 100U);
    EXPECT_EQ(report.segments, store.stats().segments);
    EXPECT_TRUE(report.hashes_checked);
    EXPECT_EQ(report.root, store.root(Sequence(100)).value());
    EXPECT_GT(report.bytes, 100U * 100);
}

// Goal:   a check beside appends calls nothing damaged that is whole.
// Method: the index of a segment is written after the segment was sealed; the writer is held up
//         there, and the store is verified with the sealed segment's index still in memory.
TEST_F(VerificationTest, ASealedSegmentWhoseIndexIsStillInMemoryIsWhole) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    std::atomic<bool> storing{false};
    std::atomic<bool> verified{false};
    disk->observe([&](const testing::Call& call) {
        const bool is_part = call.path.find("data/index/") != std::string::npos;
        if (call.kind != testing::CallKind::Write || !is_part || storing.exchange(true)) return;
        while (!verified.load()) std::this_thread::yield();
    });
    std::thread appending([&] { append(store, 60); });
    while (!storing.load()) std::this_thread::yield();
    const VerifyReport report = store.verify().value();
    verified.store(true);
    appending.join();
    disk->observe(nullptr);
    EXPECT_FALSE(report.damage) << report.damage->to_string();
    EXPECT_GT(report.events, 10U);
}

TEST_F(VerificationTest, AFileThatShrinksWhileTheStoreIsOpenIsDamage) {
    config = config.with_segment_bytes(4096);
    {
        Store store = open();
        append(store, 10);
    }
    Store store = open();
    append(store, 10);
    for (const std::size_t length : {0U, 50U, 96U, 200U}) {
        auto segments = disk->open_directory("data/segments", false).value();
        auto file = segments->open_file("000000000001.bpk", OpenMode::ReadWrite).value();
        ASSERT_TRUE(file->resize(length));
        const auto report = store.verify();
        ASSERT_TRUE(report);
        ASSERT_TRUE(report->damage);
        EXPECT_LT(report->events, 20U);
    }
}

}  // namespace
}  // namespace batpak
