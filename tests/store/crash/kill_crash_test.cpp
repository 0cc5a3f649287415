// Goal:   whoever is killed, whenever, has lost nothing that he was told is stored, not even what
//         was only buffered; has left nothing behind that he did not submit; and holds no lock
//         (INV R1, R3, L1).
// Method: a writer says what it submits and what it is answered (tests/programs/token.hpp). The
//         parent hears it for 0 to 50 ms from a seed, kills it, opens the store at once, and
//         compares. Every fifth time the milliseconds count from the start of the process, so that
//         opening is hit as well, else from the first line. Rounds go on with the store that the
//         last one left, ten to a store.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <random>
#include <set>

#include "batpak/store/store.hpp"
#include "programs/token.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kRounds = 75;
constexpr int kRoundsPerStore = 10;
constexpr int kDelayMsMax = 50;

struct Mode {
    const char* name;
    const char* mode;
    int threads;

    friend std::ostream& operator<<(std::ostream& out, const Mode& printed) {
        return out << printed.name;
    }
};

constexpr Mode kModes[] = {{"Durable", "durable", 1},
                           {"DurableByEight", "durable", 8},
                           {"Buffered", "buffered", 1},
                           {"BufferedByEight", "buffered", 8}};

// A writer, and all that it says until it is killed.
class KilledWriter {
public:
    KilledWriter(const std::string& store, const Mode& mode, int run, int delay_ms) {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        const std::string threads = std::to_string(mode.threads);
        const std::string number = std::to_string(run);
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(ends[1], STDOUT_FILENO);
            ::execl(BATPAK_STORE_WRITER, "store_writer", store.c_str(), mode.mode, number.c_str(),
                    threads.c_str(), "0", nullptr);
            ::_exit(127);
        }
        ::close(ends[1]);
        if (run % 5 != 0) hear_once(ends[0], -1);
        hear(ends[0], Steady::now() + std::chrono::milliseconds(delay_ms));
        ::kill(child, SIGKILL);
        ::waitpid(child, &status_, 0);
        hear(ends[0], std::nullopt);
        ::close(ends[0]);
    }

    bool was_killed() const { return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL; }
    std::set<std::string> said(std::string_view word) const {
        std::set<std::string> tokens;
        std::string_view rest = text_;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            if (rest.starts_with(word)) tokens.emplace(rest.substr(4, end - 4));
            rest.remove_prefix(end + 1);
        }
        return tokens;
    }

private:
    // Until the deadline, or until nobody holds the other end.
    void hear(int end, std::optional<Steady::time_point> deadline) {
        for (;;) {
            int timeout_ms = -1;
            if (deadline) {
                const auto left = *deadline - Steady::now();
                timeout_ms =
                    static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
                if (timeout_ms <= 0) return;
            }
            if (!hear_once(end, timeout_ms)) return;
        }
    }

    // False if there was nothing to hear.
    bool hear_once(int end, int timeout_ms) {
        pollfd ready{.fd = end, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, timeout_ms) <= 0) return false;
        char buffer[4096];
        const ssize_t count = ::read(end, buffer, sizeof(buffer));
        if (count > 0) text_.append(buffer, static_cast<std::size_t>(count));
        return count > 0;
    }

    std::string text_;
    int status_ = 0;
};

std::vector<std::string> tokens_of(const Store& store) {
    std::vector<std::string> tokens;
    for (const auto& event : store.query(Region::all()))
        tokens.push_back(event ? token_of(event->payload) : event.error().to_string());
    return tokens;
}

class Kill : public ::testing::TestWithParam<Mode> {
protected:
    // One kill; `before` is what the store holds, and grows.
    void round(const std::string& path, int run, std::vector<std::string>& before) {
        const int delay_ms = static_cast<int>(random_() % (kDelayMsMax + 1));
        const KilledWriter writer(path, GetParam(), run, delay_ms);
        ASSERT_TRUE(writer.was_killed());
        const auto begin = Steady::now();
        const auto store = Store::open(StoreConfig(path).with_segment_bytes(4096));
        ASSERT_TRUE(store) << store.error().to_string();
        EXPECT_LT(Steady::now() - begin, std::chrono::seconds(5));
        const std::vector<std::string> found = tokens_of(*store);
        expect_fits(writer, before, found);
        const auto verified = store->verify();
        ASSERT_TRUE(verified);
        ASSERT_FALSE(verified->damage) << verified->damage->to_string();
        EXPECT_EQ(verified->events, found.size());
        acknowledged_ += writer.said("ACK ").size() + writer.said("BUF ").size();
        before = found;
    }

    static void expect_fits(const KilledWriter& writer, const std::vector<std::string>& before,
                            const std::vector<std::string>& found) {
        ASSERT_GE(found.size(), before.size());
        ASSERT_TRUE(std::equal(before.begin(), before.end(), found.begin()));
        const std::set<std::string> submitted = writer.said("SUB ");
        std::map<std::string, std::uint64_t> next;
        std::set<std::string> there;
        for (std::size_t i = before.size(); i < found.size(); ++i) {
            const std::string& token = found[i];
            ASSERT_TRUE(submitted.contains(token)) << "nobody submitted " << token;
            const std::size_t dot = token.rfind('.');
            ASSERT_EQ(std::stoull(token.substr(dot + 1)), next[token.substr(0, dot)]++)
                << token << " is out of order";
            there.insert(token);
        }
        for (const char* word : {"ACK ", "BUF "}) {
            for (const std::string& token : writer.said(word))
                ASSERT_TRUE(there.contains(token)) << "lost " << word << token;
        }
    }

    std::uint64_t acknowledged_ = 0;
    std::mt19937 random_{static_cast<std::mt19937::result_type>(
        GetParam().threads + (GetParam().mode == std::string("durable") ? 100 : 200))};
};

TEST_P(Kill, LosesNothingThatWasAcknowledged) {
    std::optional<TemporaryDirectory> directory;
    std::vector<std::string> before;
    for (int run = 0; run < kRounds && !HasFatalFailure(); ++run) {
        if (run % kRoundsPerStore == 0) {
            directory.emplace();
            before.clear();
        }
        SCOPED_TRACE("round " + std::to_string(run));
        round(directory->path() + "/store", run, before);
    }
    std::cout << GetParam().name << ": " << kRounds << " kills, " << acknowledged_
              << " events acknowledged\n";
    // Otherwise every kill came before the first event, and nothing was tried.
    EXPECT_GT(acknowledged_, 0U);
}

INSTANTIATE_TEST_SUITE_P(Modes, Kill, ::testing::ValuesIn(kModes),
                         [](const auto& mode) { return std::string(mode.param.name); });

}  // namespace
}  // namespace batpak::testing
