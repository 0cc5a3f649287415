#include <gtest/gtest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "event/kind_note.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::testing::kind_names_concurrency_test {
namespace {

#ifdef BATPAK_FEW_CRASHES
constexpr int kRounds = 20;
#else
constexpr int kRounds = 200;
#endif
constexpr int kThreads = 4;
constexpr int kEvents = 8;

struct Jumped {
    static constexpr auto kind = EventKind::custom(0x1, 0x00A);
    std::int32_t height = 0;
};
struct Fell {
    static constexpr auto kind = EventKind::custom(0x1, 0x00B);
    std::int32_t depth = 0;
};

// One in three appends is refused, so that some carry a note that does not get there.
void append_some(Store& store, int thread, std::barrier<>& start) {
    const Coordinate mine = coordinate_of("player:" + std::to_string(thread));
    const AppendOptions refused{.expect = ExpectedVersion::exactly(1000)};
    start.arrive_and_wait();
    for (int i = 0; i < kEvents; ++i) {
        if (i % 3 == thread % 3) {
            EXPECT_FALSE(store.append(mine, Jumped{i}, refused));
        }
        EXPECT_TRUE(store.append(mine, Jumped{i}));
        Ticket ticket = store.submit(mine, Fell{i}).value();
        if (i % 2 == 0) {
            EXPECT_TRUE(ticket.wait());
        }
    }
}

// Goal:   of many threads that append a kind at the same moment, one event names it: the first of
//         the kind.
// Method: threads started together, two kinds, single appends and tickets, some of them refused.
TEST(KindNames, AreToldOnceByManyThatComeAtOnce) {
    for (int round = 0; round < kRounds; ++round) {
        Store store = Store::open(memory_config().with_sync_every_n_events(1'000'000)).value();
        std::barrier start(kThreads);
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread)
            threads.emplace_back([&, thread] { append_some(store, thread, start); });
        threads.clear();
        ASSERT_TRUE(store.sync());
        const Catalogue catalogue = store.catalogue().value();
        ASSERT_EQ(catalogue.size(), 2U);
        std::uint64_t noted = 0;
        for (Sequence at; at < store.visible_end(); at = at.next()) {
            const HeldEvent event = store.find(at, ReadCheck::Hash).value();
            if (Metadata::found_by(event->metadata_bytes).kind.empty()) continue;
            ++noted;
            EXPECT_EQ(at, catalogue.find(event->kind())->first);
        }
        ASSERT_EQ(noted, 2U);
        ASSERT_FALSE(store.verify().value().damage);
    }
}

}  // namespace
}  // namespace batpak::testing::kind_names_concurrency_test
