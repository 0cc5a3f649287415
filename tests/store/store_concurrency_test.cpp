// Goal:   any number of threads may append, read and give up at the same time, and each sees a
//         history that one thread could have made (INV C1, I1, I2, I5).
// Method: producers of every kind beside readers, over segments so small that they rotate all the
//         time, and a close at a random moment. The answers are compared with what the store holds
//         when it is opened again. Under the thread sanitizer it also proves that no field is
//         shared by accident.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <thread>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"
#include "support/watchdog.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::coordinate_of;

constexpr std::chrono::seconds kPatience{90};
constexpr int kProducers = 8;
const EventKind kKind = EventKind::custom(1, 7);

// An append as its caller saw it.
struct Answer {
    AppendReceipt receipt;
    std::string payload;
    std::uint64_t begin = 0;  // ticks of a clock that all threads share
    std::uint64_t end = 0;
};

class Producer {
public:
    Producer(Store& store, std::atomic<std::uint64_t>& ticks, std::uint64_t number,
             std::uint64_t seed)
        : store_(store),
          ticks_(ticks),
          number_(number),
          random_(seed),
          own_(coordinate_of("own:" + std::to_string(number))) {}

    void run(std::uint64_t steps) {
        for (std::uint64_t step = 0; step < steps && !closed_; ++step) {
            switch (random_() % 8) {
                case 0: append(Durability::Durable); break;
                case 1: try_append(); break;
                case 2: submit(); break;
                case 3: settle_one(); break;
                case 4: contend(); break;
                case 5: wait_durable(); break;
                default: append(Durability::Buffered); break;
            }
        }
        while (!tickets_.empty()) {
            settle(tickets_.front().ticket.wait(), tickets_.front().begin,
                   tickets_.front().payload);
            tickets_.pop_front();
        }
    }

    const std::vector<Answer>& answers() const { return answers_; }

private:
    struct Pending {
        Ticket ticket;
        std::uint64_t begin;
        std::string payload;
    };

    std::string next_payload() {
        return std::to_string(number_) + ":" + std::to_string(payloads_++) +
               std::string(random_() % 300, '.');
    }

    void settle(const Result<AppendReceipt>& receipt, std::uint64_t begin, std::string payload) {
        if (receipt) {
            answers_.push_back({*receipt, std::move(payload), begin, ticks_.fetch_add(1)});
            return;
        }
        const ErrorCode code = receipt.error().code();
        closed_ = closed_ || code == ErrorCode::Closed;
        EXPECT_TRUE(code == ErrorCode::Closed || code == ErrorCode::WouldBlock ||
                    code == ErrorCode::VersionConflict)
            << receipt.error().to_string();
    }

    void append(Durability durability) {
        AppendOptions options;
        options.durability = durability;
        const std::string payload = next_payload();
        const std::uint64_t begin = ticks_.fetch_add(1);
        const auto receipt = store_.append_raw(own_, kKind, as_bytes(payload), options);
        if (receipt && durability == Durability::Durable) {
            EXPECT_EQ(receipt->durability, Durability::Durable);
            EXPECT_GT(store_.durable_end(), receipt->sequence);
        }
        settle(receipt, begin, payload);
    }

    void try_append() {
        const std::string payload = next_payload();
        const std::uint64_t begin = ticks_.fetch_add(1);
        settle(store_.try_append_raw(own_, kKind, as_bytes(payload), {}), begin, payload);
    }

    void submit() {
        std::string payload = next_payload();
        const std::uint64_t begin = ticks_.fetch_add(1);
        auto ticket = store_.submit_raw(own_, kKind, as_bytes(payload), {});
        if (!ticket) return settle(fail(ticket.error()), begin, std::move(payload));
        tickets_.push_back({*std::move(ticket), begin, std::move(payload)});
    }

    // Deadlines so near that most waits give up, some of them in the moment they are named.
    void settle_one() {
        if (tickets_.empty()) return;
        const auto patience = std::chrono::microseconds(random_() % 100);
        const auto answer =
            tickets_.front().ticket.wait_until(std::chrono::steady_clock::now() + patience);
        if (!answer) return;
        settle(*answer, tickets_.front().begin, tickets_.front().payload);
        tickets_.pop_front();
    }

    // Tries to be the one who follows the version that he read.
    void contend() {
        const auto shared = coordinate_of("shared:" + std::to_string(random_() % 2));
        const auto version = store_.version(shared.entity());
        if (!version) return;
        AppendOptions options;
        options.expect = *version ? ExpectedVersion::exactly(**version) : ExpectedVersion::none();
        const std::string payload = next_payload();
        const std::uint64_t begin = ticks_.fetch_add(1);
        const auto receipt = store_.append_raw(shared, kKind, as_bytes(payload), options);
        const std::uint64_t next = *version ? (*version)->value + 1 : 0;
        EXPECT_TRUE(!receipt || receipt->version == Version(next));
        settle(receipt, begin, payload);
    }

    void wait_durable() {
        if (answers_.empty()) return;
        const Sequence sequence = answers_.back().receipt.sequence;
        const auto waited = store_.wait_durable(
            sequence, std::chrono::steady_clock::now() + std::chrono::milliseconds(random_() % 3));
        const ErrorCode code = code_of(waited);
        EXPECT_TRUE(code == ErrorCode{} || code == ErrorCode::Closed);
        EXPECT_TRUE(!waited || !*waited || store_.durable_end() > sequence);
    }

    Store& store_;
    std::atomic<std::uint64_t>& ticks_;
    const std::uint64_t number_;
    std::mt19937_64 random_;
    const Coordinate own_;
    std::uint64_t payloads_ = 0;
    std::vector<Answer> answers_;
    std::deque<Pending> tickets_;
    bool closed_ = false;
};

// Looks at everything again and again; what it saw once never goes away.
class Reader {
public:
    Reader(const Store& store, std::uint64_t seed) : store_(store), random_(seed) {}

    void run(const std::atomic<bool>& stop) {
        while (!stop.load()) {
            switch (random_() % 20) {
                case 0: verify(); break;
                case 1: look_at_all(Direction::Forward); break;
                case 2: look_at_all(Direction::Backward); break;
                case 3:
                case 4: look_at_streams(); break;
                case 5:
                case 6: look_at_lists(); break;
                case 7: look_at_ends(); break;
                default: look_at_latest(); break;
            }
        }
    }

private:
    // False once the store is closed.
    template <class T>
    bool is_open(const Result<T>& result) const {
        EXPECT_TRUE(result || result.error().code() == ErrorCode::Closed)
            << result.error().to_string();
        return result.has_value();
    }

    // No gap, nothing out of place, and at least what was there before.
    void look_at_all(Direction direction) {
        const std::uint64_t least = store_.visible_end().value;
        std::vector<std::uint64_t> sequences;
        for (const auto& event : store_.query(Region::all(), {.direction = direction})) {
            if (!is_open(event)) return;
            sequences.push_back(event->sequence().value);
        }
        if (direction == Direction::Backward) std::ranges::reverse(sequences);
        EXPECT_GE(sequences.size(), least);
        for (std::uint64_t i = 0; i < sequences.size(); ++i) ASSERT_EQ(sequences[i], i);
    }

    void verify() {
        const std::uint64_t least = store_.visible_end().value;
        const auto report = store_.verify();
        if (!is_open(report)) return;
        EXPECT_FALSE(report->damage) << report->damage->to_string();
        EXPECT_GE(report->events, least);
    }

    void look_at_streams() {
        const std::string entity = "shared:" + std::to_string(random_() % 2);
        const auto least = store_.version(entity);
        if (!is_open(least)) return;
        std::uint64_t version = 0;
        for (const auto& event : store_.stream(entity)) {
            if (!is_open(event)) return;
            ASSERT_EQ(event->version(), Version(version++));
            ASSERT_EQ(event->entity, entity);
        }
        EXPECT_GE(version, *least ? (*least)->value + 1 : 0);
    }

    void look_at_latest() {
        const std::string entity = "own:" + std::to_string(1 + random_() % kProducers);
        const auto latest = store_.latest(entity);
        if (!is_open(latest) || !*latest) return;
        Version& seen = latest_[entity];
        EXPECT_GE((*latest)->version(), seen);
        seen = (*latest)->version();
        const auto found = store_.find((*latest)->event.header.event_id, ReadCheck::Hash);
        if (!is_open(found)) return;
        EXPECT_EQ((*found)->sequence(), (*latest)->sequence());
    }

    void look_at_lists() {
        const auto entities = store_.names(Names::Entities);
        if (!is_open(entities)) return;
        EXPECT_GE(entities->size(), entities_);
        entities_ = entities->size();
        std::uint64_t sum = 0;
        for (const NameEntry& entity : *entities) {
            const auto count = store_.count(Region::entity(entity.name));
            if (!is_open(count)) return;
            EXPECT_GT(*count, 0U);
            sum += *count;
        }
        EXPECT_LE(sum, store_.visible_end().value);
    }

    void look_at_ends() {
        const Sequence durable_end = store_.durable_end();
        const Sequence visible_end = store_.visible_end();
        EXPECT_LE(durable_end, visible_end);
        EXPECT_GE(visible_end, end_);
        end_ = visible_end;
        EXPECT_GE(store_.stats().events, end_.value);
    }

    const Store& store_;
    std::mt19937_64 random_;
    std::map<std::string, Version> latest_;
    std::size_t entities_ = 0;
    Sequence end_;
};

// Whoever was answered before another began stands before him.
void expect_real_time_order(std::vector<const Answer*> answers) {
    std::ranges::sort(answers, {}, [](const Answer* answer) { return answer->receipt.sequence; });
    std::uint64_t latest_begin = 0;
    const Answer* last = nullptr;
    for (const Answer* answer : answers) {
        ASSERT_GT(answer->end, latest_begin);
        ASSERT_TRUE(last == nullptr || last->receipt.sequence < answer->receipt.sequence);
        ASSERT_TRUE(last == nullptr || last->receipt.hlc < answer->receipt.hlc);
        ASSERT_TRUE(last == nullptr || last->receipt.event_id < answer->receipt.event_id);
        latest_begin = std::max(latest_begin, answer->begin);
        last = answer;
    }
}

// Every answer is in the store, as it said, and nothing else is.
void expect_holds_exactly(const Store& store, const std::vector<const Answer*>& answers) {
    ASSERT_EQ(store.visible_end().value, answers.size());
    for (const Answer* answer : answers) {
        const auto event = store.get(answer->receipt.event_id);
        ASSERT_TRUE(event) << event.error().to_string();
        ASSERT_EQ(as_text(event->payload()), answer->payload);
        ASSERT_EQ(event->position, (Position{answer->receipt.sequence, answer->receipt.version,
                                             answer->receipt.hlc}));
        ASSERT_EQ(event->event.hash, answer->receipt.hash);
    }
    const auto report = store.verify();
    ASSERT_TRUE(report);
    ASSERT_FALSE(report->damage) << report->damage->to_string();
}

struct Round {
    std::uint64_t seed;
    std::uint64_t steps;
    std::uint64_t close_at;  // the tick; 0: when all is done
};

void play(const Round& round) {
    SCOPED_TRACE("seed " + std::to_string(round.seed));
    const testing::Watchdog watchdog("seed " + std::to_string(round.seed), kPatience);
    const StoreConfig config = StoreConfig("data")
                                   .with_environment(testing::memory_environment())
                                   .with_segment_bytes(8192)
                                   .with_queue_events_max(round.seed % 2 == 0 ? 5 : 4096)
                                   .with_sync_every_n_events(50);
    Store store = Store::open(config).value();
    std::atomic<std::uint64_t> ticks{1};
    std::atomic<bool> stop{false};
    std::atomic<int> finished{0};
    std::deque<Producer> producers;
    std::deque<Reader> readers;
    std::vector<std::thread> threads;
    std::vector<std::thread> reading;
    for (std::uint64_t i = 1; i <= kProducers; ++i) {
        Producer& producer = producers.emplace_back(store, ticks, i, i + round.seed * 1000);
        threads.emplace_back([&] {
            producer.run(round.steps);
            finished.fetch_add(1);
        });
    }
    for (std::uint64_t i = 0; i < 3; ++i) {
        Reader& reader = readers.emplace_back(store, i + round.seed * 1000);
        reading.emplace_back([&reader, &stop] { reader.run(stop); });
    }
    if (round.close_at > 0) {
        while (ticks.load() < round.close_at && finished.load() < kProducers)
            std::this_thread::yield();
        EXPECT_TRUE(std::move(store).close());
    }
    for (std::thread& thread : threads) thread.join();
    stop.store(true);
    for (std::thread& thread : reading) thread.join();
    if (round.close_at == 0) {
        EXPECT_TRUE(std::move(store).close());
    }

    std::vector<const Answer*> answers;
    for (const Producer& producer : producers)
        for (const Answer& answer : producer.answers()) answers.push_back(&answer);
    expect_real_time_order(answers);
    expect_holds_exactly(Store::open(config).value(), answers);
}

TEST(StoreConcurrency, ProducersAndReadersSeeOneHistory) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) play({seed, 400, 0});
}

TEST(StoreConcurrency, ClosingAtAnyMomentLosesNoAnswer) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) play({seed, 400, 20 + seed * 200});
}

// Goal:   of all who expect the same version, exactly one follows it.
// Method: eight threads race for each version of one stream, from the first on.
TEST(StoreConcurrency, EachVersionHasExactlyOneWinner) {
    const testing::Watchdog watchdog("a race for versions", kPatience);
    constexpr std::uint64_t kVersions = 60;
    Store store =
        Store::open(StoreConfig("data").with_environment(testing::memory_environment())).value();
    const Coordinate shared = coordinate_of("shared");
    std::array<std::atomic<int>, kVersions> winners{};
    std::vector<std::thread> threads;
    for (int i = 0; i < kProducers; ++i) {
        threads.emplace_back([&] {
            for (std::uint64_t version = 0; version < kVersions; ++version) {
                AppendOptions options;
                options.expect =
                    version == 0 ? ExpectedVersion::none() : ExpectedVersion::exactly(version - 1);
                const auto receipt = store.append_raw(shared, kKind, {}, options);
                if (receipt) winners[version].fetch_add(1);
                EXPECT_EQ(code_of(receipt), receipt ? ErrorCode{} : ErrorCode::VersionConflict);
                EXPECT_TRUE(!receipt || receipt->version == Version(version));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::atomic<int>& count : winners) EXPECT_EQ(count.load(), 1);
    EXPECT_EQ(store.visible_end(), Sequence(kVersions));
}

// A range takes no part in closing: it may load, and want to write, an index while the directory
// is given back.
TEST(StoreConcurrency, RangesGoOnWhileTheStoreCloses) {
    const testing::Watchdog watchdog("ranges beside a close", kPatience);
    const auto files = std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    Environment environment = testing::memory_environment();
    environment.files = files;
    const StoreConfig config =
        StoreConfig("data").with_environment(environment).with_segment_bytes(4096);
    {
        Store store = Store::open(config).value();
        for (int i = 0; i < 300; ++i)
            ASSERT_TRUE(store.append_raw(coordinate_of("e"), kKind, as_bytes("payload")));
    }
    for (int round = 0; round < 20; ++round) {
        for (const std::string& path : files->file_paths())
            ASSERT_TRUE(!path.ends_with(".bpx") || files->erase(path));
        Store store = Store::open(config).value();
        std::vector<std::thread> threads;
        std::atomic<int> started{0};
        for (int i = 0; i < 3; ++i) {
            auto range = std::make_shared<EventRange>(store.query(Region::all()));
            threads.emplace_back([range, &started] {
                started.fetch_add(1);
                EXPECT_EQ(range->collect()->size(), 300U);
            });
        }
        while (started.load() < 3) std::this_thread::yield();
        EXPECT_TRUE(std::move(store).close());
        for (std::thread& thread : threads) thread.join();
    }
}

}  // namespace
}  // namespace batpak
