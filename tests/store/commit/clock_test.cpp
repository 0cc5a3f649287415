// Goal:   whatever the wall clock says, ids and times grow with the sequence, and every question
//         about times is answered as a list of the times would (INV W7).
// Method: every sequence of three readings out of a list of extreme ones, each event appended alone
//         or in a batch, the store opened again in between; then every time that can make a
//         difference is asked for.
#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/store/interval_syncer.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;

// Microseconds. 2106-02-07T06:28:16 is where 32 bits of seconds end.
constexpr std::int64_t kYear2106Us = (std::int64_t{1} << 32) * 1'000'000;
constexpr std::int64_t kReadings[] = {INT64_MIN,   -1,       0, testing::ManualClock::kStartUs,
                                      kYear2106Us, INT64_MAX};

struct Clocks : testing::StoreFixture {
    struct Made {
        std::int64_t reading;
        AppendReceipt receipt;
    };

    void append(Store& store, std::int64_t reading, bool batch) {
        clock->set_wall_us(reading);
        if (!batch) {
            made.push_back({reading, store.append_raw(alice, kind, payload).value()});
            return;
        }
        BatchBuilder items;
        for (int i = 0; i < 2; ++i) items.add(bob, kind, Bytes(3));
        const auto receipts = store.append_batch(std::move(items)).value();
        for (const AppendReceipt& receipt : receipts) made.push_back({reading, receipt});
    }

    void expect_growth(const Store& store) const {
        for (std::size_t i = 0; i < made.size(); ++i) {
            const auto event = store.find(Sequence(i)).value();
            ASSERT_EQ(event->header.timestamp_us, made[i].reading) << "what the clock said";
            ASSERT_EQ(event->position.hlc, made[i].receipt.hlc);
            ASSERT_GE(event->position.hlc.us, made[i].reading);
            if (i == 0) continue;
            ASSERT_LT(made[i - 1].receipt.hlc, made[i].receipt.hlc);
            ASSERT_LT(made[i - 1].receipt.event_id.bytes, made[i].receipt.event_id.bytes);
            ASSERT_GE(made[i - 1].receipt.hlc.us, made[i - 1].reading);
        }
    }

    // What of the log is not after that time.
    std::uint64_t count_until(std::int64_t time_us) const {
        return static_cast<std::uint64_t>(std::ranges::count_if(
            made, [&](const Made& event) { return event.receipt.hlc.us <= time_us; }));
    }

    void expect_answers(const Store& store) const {
        for (const std::int64_t reading : kReadings) {
            for (const std::int64_t off : {-1, 0, 1}) {
                if ((reading == INT64_MIN && off < 0) || (reading == INT64_MAX && off > 0))
                    continue;
                const std::int64_t time = reading + off;
                ASSERT_EQ(store.as_of_time(time)->visible_end().value, count_until(time)) << time;
                if (time == INT64_MIN) continue;
                const std::uint64_t before = count_until(time - 1);
                const Region past = Region::all().with_time_us(INT64_MIN, time);
                ASSERT_EQ(store.count(past).value(), before) << time;
                const Region rest = Region::all().with_time_us(time, INT64_MAX);
                const std::uint64_t last = count_until(INT64_MAX - 1);
                ASSERT_EQ(store.query(rest).collect()->size(), std::max(last, before) - before);
            }
        }
    }

    std::vector<Made> made;
};

TEST_F(Clocks, OfAnyKindLeaveTheLogInOrder) {
    std::size_t number = 0;
    for (const std::int64_t first : kReadings) {
        for (const std::int64_t second : kReadings) {
            for (const std::int64_t third : kReadings) {
                SCOPED_TRACE(std::to_string(first) + ", " + std::to_string(second) + ", " +
                             std::to_string(third));
                config = StoreConfig("data" + std::to_string(number++))
                             .with_environment(config.environment());
                made.clear();
                {
                    Store store = open();
                    append(store, first, number % 2 == 0);
                    append(store, second, number % 3 == 0);
                    expect_growth(store);
                }
                Store store = open();
                append(store, third, number % 2 == 1);
                append(store, third, number % 2 == 0);
                expect_growth(store);
                expect_answers(store);
                ASSERT_FALSE(store.verify()->damage);
                if (HasFatalFailure()) return;
            }
        }
    }
}

// One reading of 2106, and the times of all later events say 2106. What the clock said stands
// beside them.
TEST_F(Clocks, ThatWereAheadOnceLeaveTheirReadingBesideEachTime) {
    Store store = open();
    append(store, kYear2106Us, false);
    for (int i = 0; i < 5; ++i) append(store, testing::ManualClock::kStartUs + i, false);
    for (std::size_t i = 1; i < made.size(); ++i) {
        const auto event = store.find(Sequence(i)).value();
        EXPECT_EQ(event->position.hlc.us, kYear2106Us);
        EXPECT_EQ(event->position.hlc.counter, i);
        EXPECT_EQ(event->header.timestamp_us, made[i].reading);
    }
}

TEST_F(Clocks, AnIntervalOfAnyLengthEnds) {
    config = config.with_sync_every_n_events(1000);
    for (const auto interval : {std::chrono::milliseconds::max(),
                                std::chrono::milliseconds(1) - std::chrono::milliseconds::max()}) {
        Store store = open();
        ASSERT_TRUE(store.append_raw(alice, kind, payload));
        std::optional<IntervalSyncer> syncer(std::in_place, store, interval);
        if (interval < std::chrono::milliseconds(0)) {
            ASSERT_TRUE(store
                            .wait_durable(Sequence(0), std::chrono::steady_clock::now() +
                                                           std::chrono::seconds(30))
                            .value());
        }
        syncer.reset();
        std::move(store).close().value();
    }
}

TEST_F(Clocks, AWaitOfAnyLengthEnds) {
    using Time = std::chrono::steady_clock::time_point;
    config = config.with_sync_every_n_events(1000);
    Store store = open();
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    for (const Time past : {Time::min(), Time(), Time() - std::chrono::hours(1)})
        EXPECT_FALSE(store.wait_visible(Sequence(1), past).value());
    EXPECT_TRUE(store.wait_visible(Sequence(0), Time::min()).value());
    std::thread later([&] { EXPECT_TRUE(store.append_raw(alice, kind, payload)); });
    EXPECT_TRUE(store.wait_visible(Sequence(1), Time::max()).value());
    later.join();
    for (const Time deadline : {Time::min(), Time(), Time::max()})
        EXPECT_TRUE(store.wait_durable(Sequence(0), deadline));
}

}  // namespace
}  // namespace batpak
