#include "store/view/verification.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stop_token>
#include <string>
#include <vector>

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

// Goal:   a check of a part finds in it what a check of all does, and nothing before or behind it.
// Method: many small segments and streams that reach across them; every kind of range is checked
//         whole, and then with one segment damaged.
struct VerifiedParts : VerificationTest {
    static constexpr std::uint64_t kEvents = 120;

    VerifiedParts() {
        config = config.with_segment_bytes(4096);
        Store store = open();
        for (std::uint64_t i = 0; i < kEvents; ++i) {
            const auto where = Coordinate::create("entity " + std::to_string(i % 7), "s").value();
            EXPECT_TRUE(store.append_raw(where, kind, payload));
        }
        EXPECT_TRUE(std::move(store).close());
    }

    // Where each segment begins.
    static std::set<Sequence> starts(const Store& store) {
        std::set<Sequence> starts;
        for (std::uint64_t from = 0; from < kEvents; ++from)
            starts.insert(store.verify({.from = Sequence(from)})->from);
        return starts;
    }
};

TEST_F(VerifiedParts, AnyRangeIsWholeFromTheStartOfItsSegment) {
    const Store store = open();
    const std::set<Sequence> borders = starts(store);
    EXPECT_EQ(borders.size(), store.stats().segments);
    for (std::uint64_t from = 0; from <= kEvents; ++from) {
        for (const std::uint64_t end : {from, from + 1, from + 40, kEvents}) {
            if (end > kEvents) continue;
            SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(end));
            const VerifyReport report =
                store.verify({.from = Sequence(from), .end = Sequence(end)}).value();
            EXPECT_FALSE(report.damage) << report.damage->to_string();
            EXPECT_LE(report.from, Sequence(from));
            EXPECT_TRUE(borders.contains(report.from));
            EXPECT_EQ(report.from.plus(report.events), Sequence(end));
            const bool is_all_before = report.from == Sequence(0);
            EXPECT_EQ(report.root, is_all_before ? store.root(Sequence(end)).value() : Hash{});
        }
    }
}

TEST_F(VerifiedParts, ARangeThatIsNotInTheStoreIsRefused) {
    const Store store = open();
    const auto code = [&](std::uint64_t from, std::uint64_t end) {
        return testing::code_of(store.verify({.from = Sequence(from), .end = Sequence(end)}));
    };
    EXPECT_EQ(code(0, kEvents + 1), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(kEvents + 1, kEvents + 1), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(5, 4), ErrorCode::InvalidArgument);
    EXPECT_EQ(testing::code_of(store.verify({.from = Sequence(kEvents + 1)})),
              ErrorCode::InvalidArgument);
}

TEST_F(VerifiedParts, DamageIsFoundInItsSegmentAndNowhereElse) {
    const Store store = open();
    const std::set<Sequence> borders = starts(store);
    ASSERT_GE(borders.size(), 4U);
    const Sequence second = *std::next(borders.begin());
    const Sequence third = *std::next(borders.begin(), 2);
    auto segments = disk->open_directory("data/segments", false).value();
    auto file = segments->open_file("000000000002.bpk", OpenMode::ReadWrite).value();
    ASSERT_TRUE(file->write_at(100, as_bytes("damage")));
    EXPECT_TRUE(store.verify()->damage);
    EXPECT_TRUE(store.verify({.from = second, .end = third})->damage);
    EXPECT_EQ(store.verify({.from = second, .end = third})->events, 0U);
    const VerifyReport before = store.verify({.end = second}).value();
    EXPECT_FALSE(before.damage) << before.damage->to_string();
    EXPECT_EQ(before.events, second.value);
    const VerifyReport after = store.verify({.from = third}).value();
    EXPECT_FALSE(after.damage) << after.damage->to_string();
    EXPECT_EQ(after.events, kEvents - third.value);
}

TEST_F(VerifiedParts, TellsHowFarItIsAndStopsWhereItIsAsked) {
    const Store store = open();
    std::vector<VerifyProgress> told;
    const VerifyReport all =
        store.verify({.progress = [&](const VerifyProgress& now) { told.push_back(now); }}).value();
    EXPECT_FALSE(all.stopped);
    ASSERT_EQ(told.size(), all.segments);
    for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].events_total, kEvents);
        EXPECT_GT(told[i].events, i == 0 ? 0 : told[i - 1].events);
    }
    EXPECT_EQ(told.back().events, kEvents);
    EXPECT_EQ(told.back().bytes, all.bytes);

    std::stop_source stop;
    const auto stop_at_once = [&](const VerifyProgress&) { stop.request_stop(); };
    const VerifyReport part =
        store.verify({.progress = stop_at_once, .stop = stop.get_token()}).value();
    EXPECT_TRUE(part.stopped);
    EXPECT_FALSE(part.damage);
    EXPECT_EQ(part.segments, 2U);
    EXPECT_LT(part.events, kEvents);
    EXPECT_EQ(part.root, store.root(Sequence(part.events)).value());
}

}  // namespace
}  // namespace batpak
