// Goal:   wherever the power goes, and whatever the disk keeps: every event has its reactions once,
//         every event of the group is shipped once, and what was parked stays parked.
//         (INV Q1, Q4, Q6)
// Method: a program that places orders, reacts to them, and ships what was reacted to, through a
//         reactor and a group with a checkpoint for every three moves. It is crashed before and
//         after each of its I/O calls, on every disk that may be left, and run again. A count that
//         knows only orders and numbers judges the log.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "batpak/delivery/consumer_group.hpp"
#include "batpak/delivery/reactor.hpp"
#include "batpak/testing/scenario.hpp"
#include "support/seeds.hpp"

namespace batpak::testing {
namespace {

struct Placed {
    static constexpr auto kind = EventKind::custom(1, 1);
    int order = 0;
};
struct Paid {
    static constexpr auto kind = EventKind::custom(1, 2);
    int order = 0;
};
struct Reserved {
    static constexpr auto kind = EventKind::custom(1, 3);
    int order = 0;
};
struct Shipped {
    static constexpr auto kind = EventKind::custom(1, 4);
    int order = 0;
};

constexpr int kOrders = 5;
constexpr int kParked = 2;   // nobody can ship it
constexpr int kRetried = 3;  // at the first try

// What was seen to be so by a program that was answered. No crash may take it back.
struct Answered {
    bool parked = false;
};

Coordinate order_of(int number) {
    return Coordinate::create("order:" + std::to_string(number), "shop").value();
}

Result<void> react(const EventView& event, Reactions& reactions) {
    BATPAK_TRY(const Placed placed, event.as<Placed>());
    reactions.add(order_of(placed.order), Paid{placed.order});
    reactions.add(order_of(placed.order), Reserved{placed.order});
    return {};
}

Result<void> ship(Store& store, ConsumerGroup& group, Answered& world) {
    for (;;) {
        BATPAK_TRY(std::optional<Delivery> delivery,
                   group.claim(std::chrono::steady_clock::time_point::min()));
        if (!delivery) return {};
        BATPAK_TRY(const Paid paid, delivery->event().as<Paid>());
        if (paid.order == kParked) {
            BATPAK_CHECK(std::move(*delivery).park("no such street"));
            world.parked = true;
        } else if (paid.order == kRetried && delivery->attempts() == 0) {
            BATPAK_CHECK(std::move(*delivery).retry("no label"));
        } else {
            BatchBuilder batch;
            batch.add(order_of(paid.order), Shipped{paid.order});
            delivery->add_ack_to(batch);
            BATPAK_CHECK(store.append_batch(std::move(batch)));
        }
    }
}

Result<void> run_shop(const Environment& machine, Answered& world) {
    BATPAK_TRY(Store store, Store::open(StoreConfig("shop").with_environment(machine)));
    for (int number = 0; number < kOrders; ++number) {
        AppendOptions once;
        once.idempotency_key = "order " + std::to_string(number);
        BATPAK_CHECK(store.append(order_of(number), Placed{number}, once));
    }
    BATPAK_TRY(Reactor reactor, Reactor::open(store, Region::all().with_kind<Placed>(),
                                              ReactorId("payments"), react));
    BATPAK_CHECK(reactor.run_until_idle());
    {
        GroupOptions options;
        options.checkpoint_every = 3;
        BATPAK_TRY(ConsumerGroup group, ConsumerGroup::open(store, Region::all().with_kind<Paid>(),
                                                            GroupId("shipping"), options));
        BATPAK_TRY(const std::vector<ParkedEvent> parked, group.parked());
        if (world.parked && parked.size() != 1) {
            return fail(ErrorCode::EventNotFound, "what was parked is not parked any more");
        }
        BATPAK_CHECK(ship(store, group, world));
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

Result<std::string> every_order_is_shipped_once(const Environment& machine, const Answered&) {
    BATPAK_TRY(Store store, Store::open(StoreConfig("shop").with_environment(machine)));
    std::map<std::pair<std::uint16_t, int>, int> count;
    for (const auto& event : store.query(Region::scope("shop"))) {
        if (!event) return fail(Error(event.error()));
        const std::string number(event->entity.substr(std::string_view("order:").size()));
        ++count[{event->kind().number(), std::stoi(number)}];
    }
    for (int number = 0; number < kOrders; ++number) {
        for (const EventKind kind : {Placed::kind, Paid::kind, Reserved::kind, Shipped::kind}) {
            const int expected = kind == Shipped::kind && number == kParked ? 0 : 1;
            const int found = count[{kind.number(), number}];
            if (found != expected) {
                return "order " + std::to_string(number) + " has " + std::to_string(found) +
                       " events of kind " + to_string(kind);
            }
        }
    }
    return "";
}

TEST(WorkersCrash, EveryReactionAndEveryAckExactlyOnceAtEveryCrashPoint) {
    const std::uint64_t seed = number_from_environment("BATPAK_SEED").value_or(1);
    const CrashReport report =
        scenario(Answered{}, run_shop)
            .with_seed(seed)
            .with_random_cuts(static_cast<std::uint32_t>(crashes_to_make(2, 1)))
            .then(every_order_is_shipped_once);
    std::cout << report.to_string() << "\n";
    EXPECT_TRUE(report.ok()) << report.to_string();
    EXPECT_GT(report.crashes, 100U);
}

}  // namespace
}  // namespace batpak::testing
