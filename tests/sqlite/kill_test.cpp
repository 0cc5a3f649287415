// Goal:   a SIGKILL at any instant leaves each event in the tables exactly once, up to the position
//         beside them; a version that is built never begins anew; and the version that serves is
//         whole (INV U1, U2, U4, U5).
// Method: a child appends, keeps version 1 up to date, builds version 2 beside it, switches, and is
//         killed at a random moment. The parent opens what is left and compares both databases with
//         the log, done naively. Then the next child goes on. When version 2 serves and is
//         complete, all begins anew. BATPAK_SEED repeats a run.
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <iostream>
#include <random>

#include "batpak/readmodel/projection_runner.hpp"
#include "sqlite/orders_model.hpp"
#include "support/child_process.hpp"
#include "support/seeds.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using testing::ChildProcess;
using testing::Moved;
using testing::orders_model;

constexpr std::uint64_t kKills = 120;
constexpr std::uint64_t kKillsMin = 10;  // what a sanitizer, or a busy machine, leaves of them
constexpr std::chrono::seconds kPatience{10};
constexpr std::uint64_t kEventsMax = 300;

StoreConfig config_at(const std::string& folder) {
    return StoreConfig(folder + "/store").with_sync_every_n_events(200);
}

Result<SqliteReadModel> open_version(const std::string& folder, std::uint32_t version) {
    return SqliteReadModel::open(model_path(folder, {"orders", version}), orders_model(version));
}

Result<void> append_some(Store& store, int count) {
    for (int i = 0; i < count && store.visible_end().value < kEventsMax; ++i) {
        const auto who = testing::coordinate_of("player:" + std::to_string(i % 7));
        BATPAK_CHECK(store.append(who, Moved{i, 0}));
    }
    return {};
}

// One life of the program. It ends when version 2 serves and all events are in it.
Result<void> live(const std::string& folder) {
    BATPAK_TRY(Store store, Store::open(config_at(folder)));
    BATPAK_TRY(SqliteReadModel one, open_version(folder, 1));
    RunnerOptions options;
    options.batch_events_max = 16;
    ProjectionRunner runner(store, options);
    BATPAK_CHECK(runner.add(one));
    BATPAK_CHECK(append_some(store, 60));
    BATPAK_CHECK(runner.catch_up());
    BATPAK_TRY(const auto serving, serving_version(store, "orders"));
    if (!serving) BATPAK_CHECK(runner.switch_to(one));
    BATPAK_TRY(SqliteReadModel two, open_version(folder, 2));
    BATPAK_CHECK(runner.add(two));
    for (bool worked = true; worked;) {
        BATPAK_CHECK(append_some(store, 3));
        BATPAK_TRY(worked, runner.step());
    }
    BATPAK_CHECK(runner.switch_to(two));
    BATPAK_CHECK(runner.catch_up());
    return {};
}

// What exits with 0 has come to its end, with 1 has failed; killed: minus SIGKILL.
int live_for(const std::string& folder, std::chrono::microseconds time) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    ChildProcess child([&] {
        const auto lived = live(folder);
        if (!lived) std::cerr << lived.error().to_string() << '\n';
        return lived ? 0 : 1;
    });
    ::close(ends[1]);
    // Nobody writes: the other end closes with the child, if that is first.
    pollfd ended{.fd = ends[0], .events = POLLIN, .revents = 0};
    const timespec timeout{.tv_sec = time.count() / 1'000'000,
                           .tv_nsec = time.count() % 1'000'000 * 1'000};
    ::ppoll(&ended, 1, &timeout, nullptr);
    ::close(ends[0]);
    return child.kill_and_wait();
}

class ReadModelKill : public ::testing::Test {
protected:
    // Compares a version's database with the log. Returns how far it is.
    std::uint64_t examine(const std::string& folder, const Store& store, std::uint32_t version) {
        auto db = SqliteDatabase::open_read_only(model_path(folder, {"orders", version}));
        if (!db) return 0;
        const auto position = model_position(*db);
        if (!position || !*position) return 0;
        const Sequence next = (*position)->next;
        EXPECT_LE(next, store.visible_end());
        EXPECT_EQ(testing::totals_in(*db), testing::totals_of(store, next));
        EXPECT_EQ(db->integer("SELECT sum(moves) FROM totals", {}).value(),
                  db->integer("SELECT count(*) FROM moves", {}).value());
        return next.value;
    }

    void examine_all(const std::string& folder) {
        const auto store = Store::open(config_at(folder));
        ASSERT_TRUE(store) << store.error().to_string();
        for (const std::uint32_t version : {1U, 2U}) {
            const std::uint64_t next = examine(folder, *store, version);
            EXPECT_GE(next, reached_[version - 1]) << "version " << version;
            if (next > reached_[version - 1]) ++fruitful_;
            reached_[version - 1] = next;
        }
        const auto serving = serving_version(*store, "orders").value();
        if (!serving) return;
        EXPECT_GE(reached_[serving->version - 1], serving->model_next.value);
    }

    const std::uint64_t seed_ =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    std::mt19937_64 random_{seed_};
    std::uint64_t reached_[2] = {0, 0};
    std::uint64_t fruitful_ = 0;
};

TEST_F(ReadModelKill, LeavesEachEventExactlyOnce) {
    using Clock = std::chrono::steady_clock;
    std::cout << "BATPAK_SEED=" << seed_ << '\n';
    const testing::TemporaryDirectory measured;
    const auto begin = Clock::now();
    ASSERT_EQ(live_for(measured.path(), std::chrono::minutes(1)), 0);
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    const auto deadline = begin + kPatience;
    std::uniform_int_distribution<std::int64_t> delays(0, whole.count() / 3);
    std::optional<testing::TemporaryDirectory> directory;
    std::uint64_t kills = 0;
    std::uint64_t lives = 0;
    while (kills < kKills && Clock::now() < deadline && !HasFailure()) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed_) + ", kill " + std::to_string(kills));
        if (!directory) {
            directory.emplace();
            reached_[0] = reached_[1] = 0;
        }
        const int end = live_for(directory->path(), std::chrono::microseconds(delays(random_)));
        ASSERT_TRUE(end == 0 || end == -SIGKILL) << end;
        examine_all(directory->path());
        if (end == 0) {
            ++lives;
            directory.reset();
        } else {
            ++kills;
        }
    }
    std::cout << kills << " kills, " << fruitful_ << " times something new, " << lives
              << " lives that came to their end\n";
    EXPECT_GE(kills, kKillsMin);
    EXPECT_GT(fruitful_, 0U);
}

}  // namespace
}  // namespace batpak
