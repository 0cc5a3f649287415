// Match: one row of the comparison: who takes part, what each did, and the ratios that come of it.
//
// A limit is the least that keeps the same promise; a peer is a store that keeps it. batpak is set
// against the first limit, and against each peer. What is not as durable is not compared.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compare/contender.hpp"
#include "compare/feed.hpp"
#include "compare/work_done.hpp"
#include "support/bench.hpp"
#include "support/contest.hpp"

namespace batpak::bench {

struct Comparison {
    const Bench& bench;
    std::vector<ContenderKind> kinds;  // batpak first
};

// What counts in a row. The first and the last are costs: lower is better against a limit.
enum class Measure : std::uint8_t { MedianTime, Rate, ProcessorTime };

struct MatchRow {
    std::string name;
    std::string what;
    Measure measure = Measure::MedianTime;
    double events_each = 1;  // of an operation
    std::size_t rounds = 1;
};

// A turn of `count` timed calls, whose work is added to `work`.
template <class Operation>
Turn counted(WorkDone& work, std::size_t count, Operation&& operation) {
    Turn turn{Samples(count), 0, static_cast<double>(count)};
    const WorkDone before = WorkDone::now();
    const std::uint64_t begin = now_ns();
    for (std::size_t i = 0; i < count; ++i) turn.times.time([&] { operation(i); });
    turn.seconds = static_cast<double>(now_ns() - begin) / 1e9;
    work += WorkDone::now() - before;
    return turn;
}

// Waits until threads behind a store have nothing more to do, so that they do not work in the turn
// of another.
void settle();

class Match {
public:
    using Play = std::function<Turn(WorkDone& work)>;

    Match(const Comparison& comparison, MatchRow row)
        : comparison_(comparison),
          row_(std::move(row)),
          contest_(Bench::kRepetitions, row_.rounds) {}

    void add_batpak(Durability durability, Play play) {
        add("batpak", durability, std::move(play));
    }
    void add_limit(const std::string& name, Durability durability, Play play);
    void add_peer(const std::string& name, Durability durability, Play play);

    // Plays and reports.
    void run();

    const Contest& contest() const noexcept { return contest_; }
    // For an event, over all turns.
    double syncs_of(const std::string& name) const;
    double writes_of(const std::string& name) const;
    double allocations_of(const std::string& name) const;

private:
    struct Player {
        std::string name;
        std::shared_ptr<WorkDone> work;
        std::shared_ptr<double> events;
    };

    void add(const std::string& name, Durability durability, Play play);
    const Player& player(const std::string& name) const;
    void show(const Player& player) const;
    void report_limit(const std::string& limit) const;
    Ratio against_limit(const std::string& name, const std::string& limit) const;
    Ratio speed_against(const std::string& peer) const;

    const Comparison& comparison_;
    const MatchRow row_;
    Contest contest_;
    std::vector<Player> players_;
    std::vector<std::string> limits_;
    std::vector<std::string> peers_;
};

}  // namespace batpak::bench
