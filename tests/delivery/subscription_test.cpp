#include "batpak/delivery/subscription.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "batpak/testing/environment.hpp"
#include "support/child_process.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;
using Sequences = std::vector<std::uint64_t>;

const Region kAll = Region::all();

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(30);
}

bool is_readable(int descriptor) {
    pollfd entry{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
}

class SubscriptionTest : public testing::StoreFixture {
protected:
    void append(Store& store, int count) const {
        for (int i = 0; i < count; ++i) ASSERT_TRUE(store.append(alice, Moved{i, 0}));
    }
    static Subscription subscribe(Store& store, std::uint32_t capacity) {
        SubscriptionOptions options;
        options.capacity = capacity;
        return store.subscribe_lossy(kAll, options).value();
    }
    template <class Source>
    static Sequences drain(Source& source) {
        Sequences sequences;
        while (const auto item = source.try_next().value()) {
            EXPECT_EQ(item->lag(), nullptr);
            sequences.push_back((*item)->sequence().value);
        }
        return sequences;
    }
    static ErrorCode drain_then_code(Subscription& live) {
        for (;;) {
            const auto item = live.try_next();
            if (!item) return item.error().code();
            if (!*item) return ErrorCode{};
        }
    }
};

TEST_F(SubscriptionTest, HearsOfWhatIsAppendedAfterTheCall) {
    Store store = open();
    append(store, 2);
    Subscription live = store.subscribe_lossy(kAll).value();
    EXPECT_FALSE(live.try_next().value());
    const AppendReceipt cause = store.append(bob, Moved{1, 2}).value();
    const EventHeader header = store.find(cause.sequence).value()->header;
    const auto reaction =
        store.append(alice, Moved{3, 4}, AppendOptions::reaction_to(header)).value();
    const auto first = live.next(soon()).value();
    ASSERT_TRUE(first && first->lag() == nullptr);
    EXPECT_EQ((*first)->coordinate(), bob);
    EXPECT_EQ((*first)->header(), header);
    EXPECT_EQ((*first)->sequence(), cause.sequence);
    EXPECT_EQ((*first)->hash(), cause.hash);
    EXPECT_TRUE((*first)->durable());
    const auto second = live.next(soon()).value();
    EXPECT_EQ((*second)->header(), store.find(reaction.sequence).value()->header);
    EXPECT_EQ((*second)->header().causation_id, cause.event_id);
    EXPECT_FALSE(live.try_next().value());
}

// The batch is there as a whole when its first event is told of (INV D4).
TEST_F(SubscriptionTest, TellsOfEventsThatCanBeRead) {
    Store store = open();
    Subscription live = store.subscribe_lossy(Region::entity("player:bob")).value();
    BatchBuilder batch;
    batch.add(bob, Moved{1, 0});
    batch.add(alice, Moved{2, 0});
    batch.add(bob, Moved{3, 0});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
    BatchBuilder refused;
    refused.add(bob, Moved{4, 0}, {.expect = ExpectedVersion::none()});
    ASSERT_FALSE(store.append_batch(std::move(refused)));
    EXPECT_EQ(drain(live), (Sequences{0, 2}));
}

TEST_F(SubscriptionTest, TellsTheTagsAndHearsByThem) {
    Store store = open();
    Subscription all = store.subscribe_lossy(Region::all()).value();
    Subscription tagged = store.subscribe_lossy(Region::tags({"b", "a"})).value();
    for (const std::vector<std::string>& tags :
         {std::vector<std::string>{"b", "a"}, {}, {"a"}, {"c", "b", "a"}})
        ASSERT_TRUE(store.append_raw(alice, kind, payload, {.tags = tags}));
    const auto heard = [](Subscription& live) {
        std::vector<std::vector<std::string>> tags;
        while (const auto next = live.try_next().value()) tags.push_back(next->value().tags());
        return tags;
    };
    using Heard = std::vector<std::vector<std::string>>;
    EXPECT_EQ(heard(all), (Heard{{"a", "b"}, {}, {"a"}, {"a", "b", "c"}}));
    EXPECT_EQ(heard(tagged), (Heard{{"a", "b"}, {"a", "b", "c"}}));
}

TEST_F(SubscriptionTest, CarriesPayloadsIfItIsAsked) {
    Store store = open();
    SubscriptionOptions options;
    options.payloads = Payloads::Include;
    Subscription live = store.subscribe_lossy(kAll, options).value();
    ASSERT_TRUE(store.append(alice, Moved{5, 6}));
    const auto item = live.try_next().value();
    EXPECT_EQ((*item)->as<Moved>().value().y, 6);
}

TEST_F(SubscriptionTest, LeavesBatpaksOwnEventsOutUnlessAsked) {
    Store store = open();
    Subscription live = store.subscribe_lossy(kAll).value();
    SubscriptionOptions options;
    options.own_events = OwnEvents::Include;
    Subscription all = store.subscribe_lossy(kAll, options).value();
    Cursor cursor = store.cursor_guaranteed(kAll, CursorId("c")).value();
    ASSERT_TRUE(cursor.commit());
    EXPECT_EQ(drain(live), Sequences{});
    EXPECT_EQ(drain(all), (Sequences{0}));
}

// Goal:   what does not fit is counted where it is missing, exactly, and nothing else is (INV D4).
// Method: for each capacity, and each pattern of appends and takes, compare with a plain model of
//         the queue; missed + delivered is what was appended.
TEST_F(SubscriptionTest, CountsWhatDoesNotFit) {
    Store store = Store::open(testing::memory_config().with_sync_every_n_events(10'000)).value();
    for (std::uint32_t capacity = 1; capacity <= 3; ++capacity) {
        for (unsigned pattern = 0; pattern < 256; ++pattern) {
            SCOPED_TRACE(std::to_string(capacity) + " " + std::to_string(pattern));
            const std::uint64_t begin = store.visible_end().value;
            Subscription live = subscribe(store, capacity);
            std::vector<std::uint64_t> queue;  // sequences that fit
            std::uint64_t next = begin;
            std::uint64_t expected = begin;  // the next sequence that must be accounted for
            const auto take = [&] {
                const auto item = live.try_next().value();
                if (!item) {
                    EXPECT_EQ(expected, next);
                    return false;
                }
                if (const Lagged* lag = item->lag()) {
                    EXPECT_EQ(lag->resume_at.value, expected);
                    EXPECT_TRUE(queue.empty() || queue.front() == expected + lag->missed);
                    expected += lag->missed;
                    return true;
                }
                EXPECT_FALSE(queue.empty());
                EXPECT_EQ((*item)->sequence().value, expected);
                EXPECT_EQ(queue.front(), expected);
                queue.erase(queue.begin());
                ++expected;
                return true;
            };
            for (unsigned step = 0; step < 8; ++step) {
                if (((pattern >> step) & 1U) == 0) {
                    append(store, 1);
                    if (queue.size() < capacity) queue.push_back(next);
                    ++next;
                } else {
                    take();
                }
            }
            while (take()) {
            }
        }
    }
}

TEST_F(SubscriptionTest, RefusesCapacitiesThatMakeNoSense) {
    Store store = open();
    SubscriptionOptions options;
    options.capacity = 0;
    EXPECT_EQ(code_of(store.subscribe_lossy(kAll, options)), ErrorCode::InvalidArgument);
    options.capacity = SubscriptionOptions::kCapacityMax + 1;
    EXPECT_EQ(code_of(store.subscribe_lossy(kAll, options)), ErrorCode::InvalidArgument);
}

// 100,000 appends, of which 16 are kept: the rest is a number.
TEST_F(SubscriptionTest, WhoTakesNothingCostsNoMemory) {
    Store store = Store::open(testing::memory_config().with_sync_every_n_events(100'000)).value();
    Subscription stuck = subscribe(store, 16);
    std::uint64_t appended = 0;
    while (appended < 100'000) {
        BatchBuilder batch;
        for (int i = 0; i < 250; ++i) batch.add(alice, Moved{i, 0});
        appended += store.append_batch(std::move(batch)).value().size();
    }
    for (std::uint64_t i = 0; i < 16; ++i) {
        EXPECT_EQ((*stuck.try_next().value())->sequence(), Sequence(i));
    }
    const auto item = stuck.try_next().value();
    ASSERT_TRUE(item && item->lag() != nullptr);
    EXPECT_EQ(*item->lag(), (Lagged{.missed = 100'000 - 16, .resume_at = Sequence(16)}));
    EXPECT_FALSE(stuck.try_next().value());
}

TEST_F(SubscriptionTest, LeavesNothingBehind) {
    Store store = open();
    for (int i = 0; i < 10'000; ++i) {
        const Subscription live = store.subscribe_lossy(Region::entity("nobody")).value();
        EXPECT_EQ(store.stats().subscriptions, 1U);
    }
    EXPECT_EQ(store.stats().subscriptions, 0U);
    Subscription first = subscribe(store, 1);
    Subscription second = subscribe(store, 1);
    first = std::move(second);
    EXPECT_EQ(store.stats().subscriptions, 1U);
    append(store, 1);
    EXPECT_EQ(drain(first), (Sequences{0}));
}

// ---- poll loops

TEST_F(SubscriptionTest, ItsDescriptorIsReadableAsLongAsThereIsSomething) {
    std::optional<Store> store(open());
    Subscription live = subscribe(*store, 2);
    const int descriptor = live.descriptor().value();
    EXPECT_EQ(live.descriptor().value(), descriptor);
    EXPECT_FALSE(is_readable(descriptor));
    append(*store, 3);
    for (int left = 3; left > 0; --left) {  // two, and the note that one is missing
        EXPECT_TRUE(is_readable(descriptor));
        EXPECT_TRUE(live.try_next().value());
    }
    EXPECT_FALSE(is_readable(descriptor));
    append(*store, 1);
    EXPECT_TRUE(is_readable(descriptor));
    Subscription late = subscribe(*store, 2);
    append(*store, 1);
    EXPECT_TRUE(is_readable(late.descriptor().value())) << "made when there was something";
    std::move(*store).close().value();
    EXPECT_EQ(drain_then_code(live), ErrorCode::Closed);
    EXPECT_TRUE(is_readable(descriptor)) << "so that a poll loop learns of the end";
}

// ---- the end

TEST_F(SubscriptionTest, EndsWhenTheStoreIsClosed) {
    std::optional<Store> store(open());
    Subscription live = subscribe(*store, 4);
    append(*store, 1);
    std::thread closer([&] { std::move(*store).close().value(); });
    EXPECT_TRUE(live.next(soon()).value());
    EXPECT_EQ(code_of(live.next(soon())), ErrorCode::Closed);
    closer.join();
    EXPECT_EQ(code_of(live.try_next()), ErrorCode::Closed);
    EXPECT_EQ(code_of(store->subscribe_lossy(kAll)), ErrorCode::Closed);
}

TEST_F(SubscriptionTest, AnswersForkedInAChild) {
    Store store = open();
    Subscription live = subscribe(store, 4);
    append(store, 1);
    EXPECT_EQ(testing::run_in_child([&] {
                  const Subscription dropped = std::move(live);
                  return code_of(store.subscribe_lossy(kAll)) == ErrorCode::Forked ? 0 : 1;
              }),
              0);
    EXPECT_EQ(testing::run_in_child([&] {
                  return code_of(live.try_next()) == ErrorCode::Forked &&
                                 code_of(live.descriptor()) == ErrorCode::Forked
                             ? 0
                             : 1;
              }),
              0);
    EXPECT_EQ(drain(live), (Sequences{0}));
}

// ---- steps

bool even(const Notification& notification) { return notification.sequence().value % 2 == 0; }

TEST_F(SubscriptionTest, StepsRunInTheirOrder) {
    Store store = open();
    const auto sequence = [](const Notification& n) { return n.sequence().value; };
    auto mapped = store.subscribe_lossy(kAll).value().filter(even).map(sequence).take(2);
    auto taken_first = store.subscribe_lossy(kAll).value().take(2).filter(even);
    auto chosen = store.subscribe_lossy(kAll).value().map(
        [](const Notification& n) -> std::optional<std::string> {
            if (n.sequence().value < 3) return std::nullopt;
            return n.coordinate().entity();
        });
    auto sums = store.subscribe_lossy(kAll).value().map(sequence).scan(
        std::uint64_t{100}, [](std::uint64_t sum, std::uint64_t value) { return sum + value; });
    auto nothing = store.subscribe_lossy(kAll).value().take(0);
    append(store, 5);

    EXPECT_EQ(mapped.try_next().value()->value(), 0U);
    EXPECT_FALSE(mapped.done());
    EXPECT_EQ(mapped.try_next().value()->value(), 2U);
    EXPECT_TRUE(mapped.done());
    EXPECT_FALSE(mapped.next(soon()).value()) << "at once: it is done";
    EXPECT_EQ(drain(taken_first), (Sequences{0}));
    EXPECT_TRUE(taken_first.done());
    EXPECT_EQ(chosen.try_next().value()->value(), "player:alice");
    for (const std::uint64_t sum : {100U, 101U, 103U, 106U, 110U})
        EXPECT_EQ(sums.try_next().value()->value(), sum);
    EXPECT_TRUE(nothing.done());
    EXPECT_FALSE(nothing.try_next().value());
}

TEST_F(SubscriptionTest, StepsLetTheCountOfTheMissingPass) {
    Store store = open();
    SubscriptionOptions options;
    options.capacity = 1;
    auto none = store.subscribe_lossy(kAll, options)
                    .value()
                    .filter([](const Notification&) { return false; })
                    .map([](const Notification&) { return 0; })
                    .scan(0, [](int, int) { return 0; })
                    .take(1);
    append(store, 3);
    const auto item = none.try_next().value();
    ASSERT_TRUE(item && item->lag() != nullptr);
    EXPECT_EQ(item->lag()->missed, 2U);
    EXPECT_FALSE(none.done());
}

// What a step throws comes out of next(), and the subscription goes on behind it.
TEST_F(SubscriptionTest, StepsMayThrow) {
    Store store = open();
    auto flow = store.subscribe_lossy(kAll).value().filter([](const Notification& n) {
        if (n.sequence().value == 0) throw std::runtime_error("no");
        return true;
    });
    append(store, 2);
    EXPECT_THROW((void)flow.try_next(), std::runtime_error);
    EXPECT_EQ(drain(flow), (Sequences{1}));
    append(store, 1);
    EXPECT_EQ(drain(flow), (Sequences{2}));
}

}  // namespace
}  // namespace batpak
