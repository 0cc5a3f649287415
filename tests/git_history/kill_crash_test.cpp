// Goal:   a SIGKILL at any instant of the import of a git history leaves whole commits only, and
//         the next import adds exactly what is missing (INV W5, R1, C2).
// Method: a child imports into what the last one left, and is killed at a random moment, up to ten
//         times the moments that one import takes. The parent opens the store and counts: as many
//         changes of files as the commits that are there announce, and nothing but the beginning
//         of the history. An import that ends unkilled must have added all of the rest; then the
//         next begins anew. BATPAK_SEED repeats a run.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <random>

#include "examples/git_history/import.hpp"
#include "support/seeds.hpp"
#include "support/temporary_directory.hpp"

namespace git_history {
namespace {

using batpak::Store;
using batpak::StoreConfig;
using Clock = std::chrono::steady_clock;

constexpr int kKills = 200;
constexpr std::chrono::seconds kPatience{50};

StoreConfig config_at(const std::string& path) {
    return StoreConfig(path).with_sync_every_n_events(100).with_segment_bytes(64 << 10);
}

int import_all(const std::string& path, const History& history) {
    auto store = Store::open(config_at(path));
    if (!store) return 2;
    return import_until(*store, history, history.records.size()) ? 0 : 1;
}

// Imports in a child, and kills it after the delay. Its answer, or minus SIGKILL.
int import_for(const std::string& path, const History& history, std::chrono::microseconds delay) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(import_all(path, history));
    ::close(ends[1]);
    // Nobody writes: the other end closes with the child, if that is first.
    pollfd ended{.fd = ends[0], .events = POLLIN, .revents = 0};
    const timespec timeout{.tv_sec = delay.count() / 1'000'000,
                           .tv_nsec = delay.count() % 1'000'000 * 1'000};
    ::ppoll(&ended, 1, &timeout, nullptr);
    ::close(ends[0]);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct Counts {
    std::uint64_t commits = 0;
    std::uint64_t files = 0;
    std::uint64_t announced = 0;  // by the commits that are there
};

// What the store holds, which is the beginning of the history.
Counts look_into(const Store& store, const History& history) {
    Counts counts;
    std::size_t at = 0;
    for (const auto& event : store.query(batpak::Region::all())) {
        EXPECT_TRUE(event) << event.error().to_string();
        if (!event || at == history.records.size()) break;
        const Record& record = history.records[at++];
        EXPECT_EQ(event->entity, record.coordinate.entity());
        if (event->kind() != CommitMade::kind) {
            ++counts.files;
            continue;
        }
        const auto commit = event->as<CommitMade>();
        EXPECT_EQ(commit->hash, record.commit);
        counts.announced += commit->files;
        ++counts.commits;
    }
    EXPECT_EQ(at, store.visible_end().value);
    return counts;
}

class ImportKill : public ::testing::Test {
protected:
    void SetUp() override {
        auto history = read_history(EXAMPLE_DATA_DIRECTORY "/leveldb-history.ndjson");
        ASSERT_TRUE(history) << history.error().to_string();
        history_ = *std::move(history);
        const batpak::testing::TemporaryDirectory scratch;
        const auto begin = Clock::now();
        ASSERT_EQ(import_all(scratch / "store", history_), 0);
        whole_us_ = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    }

    // One import that is killed, or ends. False if it ended.
    bool round(const std::string& path) {
        std::uniform_int_distribution<std::int64_t> delays(0, whole_us_.count() / 5);
        const int end = import_for(path, history_, std::chrono::microseconds(delays(random_)));
        EXPECT_TRUE(end == 0 || end == -SIGKILL) << end;
        const auto store = Store::open(config_at(path));
        EXPECT_TRUE(store) << store.error().to_string();
        if (!store) return false;
        const Counts counts = look_into(*store, history_);
        EXPECT_EQ(counts.files, counts.announced);
        EXPECT_GE(counts.commits, commits_before_);
        EXPECT_TRUE(end != 0 || counts.commits + counts.files == history_.records.size());
        if (counts.commits > commits_before_) ++fruitful_;
        commits_before_ = counts.commits;
        return end != 0 && counts.commits + counts.files < history_.records.size();
    }

    History history_;
    std::chrono::microseconds whole_us_{};
    const std::uint64_t seed_ =
        batpak::testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    std::mt19937_64 random_{seed_};
    std::uint64_t commits_before_ = 0;
    std::uint64_t fruitful_ = 0;
};

TEST_F(ImportKill, LeavesWholeCommitsOnly) {
    const auto deadline = Clock::now() + kPatience;
    std::optional<batpak::testing::TemporaryDirectory> directory;
    int kills = 0;
    int imports = 0;
    while (kills < kKills && Clock::now() < deadline && !HasFailure()) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed_) + ", kill " + std::to_string(kills));
        if (!directory) {
            directory.emplace();
            commits_before_ = 0;
        }
        if (round(*directory / "store")) {
            ++kills;
        } else {
            ++imports;
            directory.reset();
        }
    }
    std::cout << kills << " kills, " << fruitful_ << " of them with new commits, " << imports
              << " imports that came to their end\n";
    EXPECT_GE(kills, 20);  // what a sanitizer leaves of them
    EXPECT_GT(fruitful_, 0U);
}

}  // namespace
}  // namespace git_history
