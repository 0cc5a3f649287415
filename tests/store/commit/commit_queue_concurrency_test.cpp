// Goal:   every item that the queue takes is committed exactly once and answered, whatever the
//         callers do at the same time; nobody waits for ever.
// Method: a commit function that only numbers the items; threads that run, try, submit, wait and
//         give up in a random mix, with random pauses in the places where leaders change. What they
//         saw is judged afterwards. A hang aborts by a watchdog.
#include "store/commit/commit_queue.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <random>
#include <thread>

#include "support/watchdog.hpp"

namespace batpak::store {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{60};
constexpr std::uint32_t kItemsMax = 64;

// An item that is told its place in the log.
struct Numbered : CommitQueue::Entry {
    std::uint64_t place = 0;
    std::uint64_t commits = 0;
    std::uint64_t begin = 0;  // ticks of a clock that all threads share
    std::uint64_t end = 0;
};

// Plain fields: two leaders at once would be a data race, and a wrong count.
struct FakeLog {
    std::uint64_t next = 0;
    std::uint64_t waves = 0;

    void commit(std::span<CommitItem* const> items) {
        ++waves;
        for (CommitItem* item : items) {
            auto& numbered = static_cast<Numbered&>(*item);
            numbered.place = next++;
            ++numbered.commits;
        }
    }
};

using Commit = std::function<void(std::span<CommitItem* const>)>;

class FakeWork final : public CommitQueue::Work {
public:
    explicit FakeWork(Commit commit) : commit_(std::move(commit)) {}
    explicit FakeWork(FakeLog& log)
        : commit_([&log](std::span<CommitItem* const> items) { log.commit(items); }) {}

    void commit(std::span<CommitItem* const> items) override { commit_(items); }
    void after_answers() noexcept override { std::this_thread::yield(); }

private:
    const Commit commit_;
};

// A door that a leader stands before until the test opens it.
class Gate {
public:
    void pass() {
        reached_.store(true);
        while (!open_.load()) std::this_thread::yield();
    }
    void await_somebody() const {
        while (!reached_.load()) std::this_thread::yield();
    }
    void open() { open_.store(true); }

private:
    std::atomic<bool> reached_{false};
    std::atomic<bool> open_{false};
};

TEST(CommitQueue, ALoneCallerCommitsAtOnce) {
    FakeLog log;
    FakeWork fake(log);
    CommitQueue queue(fake, kItemsMax);
    for (std::uint64_t i = 0; i < 3; ++i) {
        Numbered item;
        ASSERT_TRUE(queue.run(item));
        EXPECT_EQ(item.place, 2 * i);
        Numbered tried;
        ASSERT_TRUE(queue.try_run(tried));
        EXPECT_EQ(tried.place, 2 * i + 1);
        EXPECT_EQ(log.waves, 2 * i + 2);
    }
}

TEST(CommitQueue, SubmittedItemsShareTheWaveOfWhoWaits) {
    FakeLog log;
    FakeWork fake(log);
    CommitQueue queue(fake, kItemsMax);
    std::deque<Numbered> items(kItemsMax);
    for (Numbered& item : items) ASSERT_TRUE(queue.submit(item));
    EXPECT_EQ(log.waves, 0U);
    Numbered tried;
    EXPECT_EQ(queue.try_run(tried).error().code(), ErrorCode::WouldBlock);
    ASSERT_TRUE(queue.wait(items[40], std::nullopt));
    EXPECT_EQ(log.waves, 1U);
    for (std::size_t i = 0; i < items.size(); ++i) EXPECT_EQ(items[i].place, i);
    for (Numbered& item : items) EXPECT_TRUE(queue.wait(item, std::nullopt));
    EXPECT_EQ(log.waves, 1U);
}

TEST(CommitQueue, OneItemTooManyCommitsAll) {
    FakeLog log;
    FakeWork fake(log);
    CommitQueue queue(fake, kItemsMax);
    std::deque<Numbered> items(kItemsMax + 1);
    for (std::size_t i = 0; i < items.size(); ++i) {
        EXPECT_EQ(log.waves, 0U);
        ASSERT_TRUE(queue.submit(items[i]));
    }
    EXPECT_EQ(log.waves, 1U);
    for (const Numbered& item : items) EXPECT_TRUE(item.is_answered());
}

TEST(CommitQueue, ClosingCommitsWhatWaitsAndRefusesTheRest) {
    FakeLog log;
    FakeWork fake(log);
    CommitQueue queue(fake, kItemsMax);
    Numbered waiting;
    Numbered last;
    Numbered late;
    ASSERT_TRUE(queue.submit(waiting));
    ASSERT_TRUE(queue.close(last));
    EXPECT_EQ(waiting.place, 0U);
    EXPECT_EQ(last.place, 1U);
    EXPECT_TRUE(queue.wait(waiting, std::nullopt));
    EXPECT_EQ(queue.run(late).error().code(), ErrorCode::Closed);
    EXPECT_EQ(queue.try_run(late).error().code(), ErrorCode::Closed);
    EXPECT_EQ(queue.submit(late).error().code(), ErrorCode::Closed);
    EXPECT_EQ(queue.close(late).error().code(), ErrorCode::Closed);
    EXPECT_EQ(late.commits, 0U);
}

// A leader stops leading before he answers: who asks in between finds no leader, and an item that
// is committed and not answered yet.
TEST(CommitQueue, WaitsForAWaveThatIsCommittedAndNotYetAnswered) {
    const testing::Watchdog watchdog("an answer to come", kPatience);
    constexpr std::size_t kItems = 200'000;
    FakeLog log;
    FakeWork fake(log);
    CommitQueue queue(fake, kItems);
    std::deque<Numbered> items(kItems);
    for (Numbered& item : items) ASSERT_TRUE(queue.submit(item));
    std::thread leader([&] { EXPECT_TRUE(queue.wait(items.front(), std::nullopt)); });
    while (!items.front().is_answered()) std::this_thread::yield();
    EXPECT_TRUE(queue.wait(items.back(), std::nullopt));
    EXPECT_TRUE(items.back().is_answered());
    leader.join();
}

// Between being named and taking the wave, a leader can be joined by others.
TEST(CommitQueue, AnswersWhoJoinsAWaveWhoseLeaderIsAlreadyNamed) {
    const testing::Watchdog watchdog("a wave with a named leader", kPatience);
    constexpr std::uint64_t kRuns = 20'000;
    FakeLog log;
    FakeWork fake(log);
    CommitQueue queue(fake, kItemsMax);
    const auto run = [&] {
        for (std::uint64_t i = 0; i < kRuns; ++i) {
            Numbered item;
            ASSERT_TRUE(queue.run(item));
            ASSERT_EQ(item.commits, 1U);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(run);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(log.next, 4 * kRuns);
}

TEST(CommitQueue, TryingWaitsForNobody) {
    const testing::Watchdog watchdog("try_run beside a leader", kPatience);
    FakeLog log;
    Gate gate;
    FakeWork fake([&](std::span<CommitItem* const> items) {
        gate.pass();
        log.commit(items);
    });
    CommitQueue queue(fake, kItemsMax);
    Numbered slow;
    std::thread leader([&] { EXPECT_TRUE(queue.run(slow)); });
    gate.await_somebody();
    Numbered tried;
    EXPECT_EQ(queue.try_run(tried).error().code(), ErrorCode::WouldBlock);
    gate.open();
    leader.join();
    EXPECT_TRUE(queue.try_run(tried));
    EXPECT_EQ(tried.place, 1U);
}

// Goal:   a captain who gives up hands his place to a follower, and his item is committed.
// Method: a leader stands in his commit while the captain's deadline passes; whether the follower
//         came before or after that makes no difference.
TEST(CommitQueue, AFollowerTakesThePlaceOfACaptainWhoGivesUp) {
    const testing::Watchdog watchdog("a captain who gave up", kPatience);
    for (int round = 0; round < 20; ++round) {
        FakeLog log;
        Gate gate;
        FakeWork fake([&](std::span<CommitItem* const> items) {
            gate.pass();
            log.commit(items);
        });
        CommitQueue queue(fake, kItemsMax);
        Numbered slow;
        Numbered impatient;
        Numbered patient;
        std::thread leader([&] { EXPECT_TRUE(queue.run(slow)); });
        gate.await_somebody();
        ASSERT_TRUE(queue.submit(impatient));
        std::thread captain(
            [&] { EXPECT_FALSE(queue.wait(impatient, std::chrono::steady_clock::now() + 2ms)); });
        if (round % 2 == 0) captain.join();
        std::thread follower([&] { EXPECT_TRUE(queue.run(patient)); });
        if (round % 2 == 1) captain.join();
        gate.open();
        leader.join();
        follower.join();
        EXPECT_TRUE(queue.wait(impatient, std::nullopt));
        EXPECT_EQ(impatient.commits + patient.commits, 2U);
        EXPECT_EQ(log.next, 3U);
    }
}

// Goal:   a commit that throws is an answer: no caller waits for ever, and the next one leads (INV
// W8). Method: every third commit throws, at its begin, in its middle, or at its end, while threads
// run
//         items, submit them, and give up.
TEST(CommitQueue, AnswersAllAndGivesTheSeatOnIfACommitThrows) {
    constexpr std::uint64_t kRuns = 3000;
    const testing::Watchdog watchdog("a commit that throws", kPatience);
    FakeLog log;
    std::uint64_t commits = 0;
    const auto commit = [&](std::span<CommitItem* const> items) {
        const std::size_t done =
            ++commits % 3 == 0 ? commits / 3 % (items.size() + 1) : items.size();
        log.commit(items.first(done));
        if (commits % 9 == 3) throw std::bad_alloc();
        if (commits % 3 == 0) throw std::runtime_error("no such luck");
    };
    FakeWork fake(commit);
    CommitQueue queue(fake, 5);
    std::atomic<std::uint64_t> failed{0};
    const auto work = [&](std::uint64_t seed) {
        std::mt19937_64 random(seed);
        for (std::uint64_t i = 0; i < kRuns; ++i) {
            Numbered item;
            item.durable = random() % 2 == 0;
            if (random() % 2 == 0) {
                ASSERT_TRUE(queue.run(item));
            } else {
                ASSERT_TRUE(queue.submit(item));
                (void)queue.wait(item, std::chrono::steady_clock::now() + 1us);
                ASSERT_TRUE(queue.wait(item, std::nullopt));
            }
            ASSERT_TRUE(item.is_answered());
            ASSERT_TRUE(item.error || item.commits == 1);
            if (!item.error) continue;
            failed.fetch_add(1);
            ASSERT_TRUE(item.error->code() == ErrorCode::OutOfMemory ||
                        item.error->code() == ErrorCode::HandlerFailed);
        }
    };
    std::vector<std::thread> threads;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) threads.emplace_back(work, seed);
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(failed.load(), 0U);
    Numbered last;
    EXPECT_TRUE(queue.close(last));
    EXPECT_TRUE(last.is_answered());
}

TEST(CommitQueue, AThreadThatIsCancelledWhileItLeadsFinishesFirst) {
    const testing::Watchdog watchdog("a leader that is cancelled", kPatience);
    FakeLog log;
    Gate gate;
    FakeWork fake([&](std::span<CommitItem* const> items) {
        gate.pass();
        pthread_testcancel();  // as any read or write
        log.commit(items);
    });
    CommitQueue queue(fake, kItemsMax);
    Numbered led;
    Numbered followed;
    std::thread leader([&] { (void)queue.run(led); });
    gate.await_somebody();
    std::thread follower([&] { EXPECT_TRUE(queue.run(followed)); });
    ASSERT_EQ(pthread_cancel(leader.native_handle()), 0);
    gate.open();
    leader.join();
    follower.join();
    EXPECT_TRUE(led.is_answered());
    EXPECT_EQ(led.commits + followed.commits, 2U);
}

// One thread of the random mix, and what it has seen.
class Producer {
public:
    Producer(CommitQueue& queue, std::atomic<std::uint64_t>& ticks, std::uint64_t seed)
        : queue_(queue), ticks_(ticks), random_(seed) {}

    void run(std::uint64_t steps) {
        for (std::uint64_t step = 0; step < steps && !closed_; ++step) {
            switch (random_() % 4) {
                case 0: record(queue_.run(begin())); break;
                case 1: record(queue_.try_run(begin())); break;
                case 2: submit(); break;
                case 3: wait_for_one(); break;
            }
        }
        while (!waiting_.empty()) finish(waiting_.size() - 1, std::nullopt);
    }

    const std::deque<Numbered>& items() const { return items_; }

private:
    Numbered& begin() {
        Numbered& item = items_.emplace_back();
        item.durable = random_() % 2 == 0;  // a leader waits a moment for others
        item.begin = ticks_.fetch_add(1);
        return item;
    }

    void record(const Result<void>& result) {
        Numbered& item = items_.back();
        if (result) {
            EXPECT_TRUE(item.is_answered());
            item.end = ticks_.fetch_add(1);
            return;
        }
        closed_ = result.error().code() == ErrorCode::Closed;
        EXPECT_EQ(item.commits, 0U);
        items_.pop_back();
    }

    void submit() {
        Numbered& item = begin();
        if (const auto result = queue_.submit(item); !result) return record(result);
        waiting_.push_back(&item);
    }

    // Most deadlines are so near that the captain often gives up in the moment he is named.
    void wait_for_one() {
        if (waiting_.empty()) return;
        const auto patience = std::chrono::microseconds(random_() % 40);
        finish(random_() % waiting_.size(), std::chrono::steady_clock::now() + patience);
    }

    void finish(std::size_t at, const Deadline& deadline) {
        Numbered& item = *waiting_[at];
        if (!queue_.wait(item, deadline)) return;
        EXPECT_TRUE(item.is_answered());
        item.end = ticks_.fetch_add(1);
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
    }

    CommitQueue& queue_;
    std::atomic<std::uint64_t>& ticks_;
    std::mt19937_64 random_;
    std::deque<Numbered> items_;
    std::vector<Numbered*> waiting_;
    bool closed_ = false;
};

// Whoever was answered before another began stands before him.
void expect_real_time_order(std::vector<const Numbered*> items) {
    std::ranges::sort(items, {}, [](const Numbered* item) { return item->place; });
    std::uint64_t latest_begin = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        ASSERT_EQ(items[i]->place, i);
        ASSERT_EQ(items[i]->commits, 1U);
        ASSERT_GT(items[i]->end, latest_begin);
        latest_begin = std::max(latest_begin, items[i]->begin);
    }
}

void pause_sometimes(std::mt19937_64& random) {
    for (std::uint64_t i = random() % 4; i < 1; ++i) std::this_thread::yield();
}

TEST(CommitQueue, KeepsItsPromisesUnderARandomMix) {
    constexpr int kThreads = 8;
    constexpr std::uint64_t kSteps = 1000;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const testing::Watchdog watchdog("seed " + std::to_string(seed), kPatience);
        FakeLog log;
        std::mt19937_64 pauses(seed);
        const auto commit = [&](std::span<CommitItem* const> items) {
            log.commit(items);
            pause_sometimes(pauses);
        };
        FakeWork fake(commit);
        CommitQueue queue(fake, seed % 3 == 0 ? 3 : 1000);
        std::atomic<std::uint64_t> ticks{1};
        std::deque<Producer> producers;
        for (std::uint64_t i = 0; i < kThreads; ++i)
            producers.emplace_back(queue, ticks, seed * 100 + i);
        std::atomic<int> finished{0};
        std::vector<std::thread> threads;
        for (Producer& producer : producers)
            threads.emplace_back([&] {
                producer.run(kSteps);
                finished.fetch_add(1);
            });

        Numbered last;
        if (seed % 2 == 0) {
            const std::uint64_t close_at = seed * 400;
            while (ticks.load() < close_at && finished.load() < kThreads) std::this_thread::yield();
            last.begin = ticks.fetch_add(1);
            EXPECT_TRUE(queue.close(last));
            last.end = ticks.fetch_add(1);
        }
        for (std::thread& thread : threads) thread.join();

        std::vector<const Numbered*> items;
        for (const Producer& producer : producers)
            for (const Numbered& item : producer.items()) items.push_back(&item);
        if (last.commits > 0) items.push_back(&last);
        EXPECT_EQ(items.size(), log.next);
        expect_real_time_order(items);
        EXPECT_TRUE(last.commits == 0 || last.place == log.next - 1);
    }
}

}  // namespace
}  // namespace batpak::store
