// Goal:   whatever eight threads do at once, and whenever their process is killed, all that they
//         are told could have happened one call after the other; what nobody was told happened
//         or not (INV C1, C2, W2, W5, R1, R3).
// Method: processes with eight threads work on a store on disk and write down their calls in
//         memory that they share with this one. One in ten histories has three lives, the first
//         two of which end with a SIGKILL after a number of calls; the next life goes on, with the
//         same keys. support/history.hpp checks all lives as one history. BATPAK_HISTORIES says
//         how many histories (`./dev histories N`), BATPAK_SEED the first.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "support/child_process.hpp"
#include "support/crash/history_run.hpp"
#include "support/seeds.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

constexpr std::uint32_t kThreads = 8;
constexpr std::uint32_t kKilledLives = 2;
constexpr std::uint64_t kPatienceNs = 60'000'000'000;  // then it is killed all the same

using Records = std::array<HistoryRecord, kThreads>;

// Records in memory that a child shares.
class SharedRecords {
public:
    SharedRecords() {
        void* const memory = ::mmap(nullptr, sizeof(Records), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::runtime_error("no memory to share");
        records_ = new (memory) Records();
    }
    ~SharedRecords() { ::munmap(records_, sizeof(Records)); }
    SharedRecords(const SharedRecords&) = delete;
    SharedRecords& operator=(const SharedRecords&) = delete;

    Records& operator*() const { return *records_; }
    std::uint64_t begun() const {
        std::uint64_t calls = 0;
        for (const HistoryRecord& record : *records_) calls += record.begun.load();
        return calls;
    }

private:
    Records* records_ = nullptr;
};

struct Totals {
    std::uint64_t calls = 0;
    std::uint64_t kills = 0;
    std::uint64_t unknown = 0;
    std::map<HistoryCall::Outcome, std::uint64_t> outcomes;
};

StoreConfig config_at(const std::string& path) {
    return StoreConfig(path).with_segment_bytes(256 << 10).with_sync_every_n_events(500);
}

int work(const std::string& path, std::uint64_t seed, std::uint32_t life, Records& records) {
    auto store = Store::open(config_at(path));
    if (!store) return 2;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        threads.emplace_back([&store, &records, seed, life, i] {
            work_on_history(*store, {seed * 4 + life, i, life, HistoryRecord::kCallsMax},
                            records[i]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    return std::move(*store).close() ? 0 : 3;
}

// One life of the store in a child. `kill_at`: after how many calls, or never.
void live(const std::string& path, std::uint64_t seed, std::uint32_t life, std::uint64_t kill_at,
          History& history) {
    const SharedRecords records;
    {
        ChildProcess child([&] { return work(path, seed, life, *records); });
        if (kill_at == kNever) {
            ASSERT_EQ(child.wait(), 0);
        } else {
            const std::uint64_t patience = history_clock() + kPatienceNs;
            while (records.begun() < kill_at && history_clock() < patience)
                std::this_thread::yield();
            child.kill();
        }
    }
    const std::uint64_t end = history_clock();
    for (const HistoryRecord& record : *records) {
        ASSERT_EQ(record.strange.load(), 0U);
        add_calls(history, record, end);
    }
}

void make_and_check(std::uint64_t seed, Totals& totals) {
    const TemporaryDirectory directory;
    const std::string path = directory / "store";
    std::mt19937_64 random(seed);
    History history;
    const std::uint32_t killed = seed % 10 == 0 ? kKilledLives : 0;
    for (std::uint32_t life = 0; life <= killed && !::testing::Test::HasFailure(); ++life) {
        const bool kill = life < killed;
        live(path, seed, life, kill ? random() % (kThreads * HistoryRecord::kCallsMax) : kNever,
             history);
        totals.kills += kill ? 1U : 0U;
    }
    const auto store = Store::open(config_at(path));
    ASSERT_TRUE(store) << store.error().to_string();
    history.log = history_log(*store);
    const auto violation = check(history);
    ASSERT_FALSE(violation) << violation->what;
    totals.calls += history.calls.size();
    for (const HistoryCall& call : history.calls) ++totals.outcomes[call.outcome];
}

TEST(HistoryCrash, AllAnswersFitOneOrder) {
    const std::uint64_t first = number_from_environment("BATPAK_SEED").value_or(1);
#ifdef BATPAK_FEW_CRASHES
    constexpr std::uint64_t kByDefault = 10;
#else
    constexpr std::uint64_t kByDefault = 60;
#endif
    const std::uint64_t histories =
        number_from_environment("BATPAK_HISTORIES").value_or(kByDefault);
    Totals totals;
    std::uint64_t done = 0;
    for (; done < histories && !HasFailure(); ++done) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(first + done));
        make_and_check(first + done, totals);
    }
    using Outcome = HistoryCall::Outcome;
    std::cout << done << " histories, " << totals.calls << " calls, " << totals.kills
              << " kills, violations: " << (HasFailure() ? "SOME" : "none") << "\nstored "
              << totals.outcomes[Outcome::Stored] << ", replayed "
              << totals.outcomes[Outcome::Replayed] << ", conflicts of version "
              << totals.outcomes[Outcome::VersionConflict] << ", condition "
              << totals.outcomes[Outcome::ConditionConflict] << ", key "
              << totals.outcomes[Outcome::KeyConflict] << ", reads "
              << totals.outcomes[Outcome::Seen] << ", unknown " << totals.outcomes[Outcome::Unknown]
              << "\n";
    for (const Outcome outcome : {Outcome::Stored, Outcome::Replayed, Outcome::VersionConflict,
                                  Outcome::ConditionConflict, Outcome::KeyConflict, Outcome::Seen})
        EXPECT_GT(totals.outcomes[outcome], 0U);
}

}  // namespace
}  // namespace batpak::testing
