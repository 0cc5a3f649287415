// Contest: contenders do the same work in turns, and only their ratios count.
//
// Machines are shared and disks vary by factors within a minute. So each repetition gives every
// contender one turn, in an order that moves on by one each time; a ratio is taken within each
// repetition, and the median of those ratios is the result. The first repetition warms up and
// counts for nothing. Where a sync is most of an operation, a repetition has many short rounds: the
// disk of a shared machine is another one a few syncs later.
//
// Threads: thread-compatible
// Errors:  contenders whose durability differs are not compared: the program ends
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/samples.hpp"

namespace batpak::bench {

// What an operation has done to its events when it returns.
enum class Durability : std::uint8_t {
    NothingWritten,      // it reads
    SyncEachOperation,   // they are synced
    SyncEachThousandth,  // they are written, and each 1,000th event is followed by a sync
    SetByKnob,           // what a setting says: only where settings are what is compared
};

struct Turn {
    Samples times;          // of the operations
    double seconds = 0;     // of the whole turn, where operations overlap
    double operations = 0;  // of the whole turn

    void add(const Turn& other) {
        times.add(other.times);
        seconds += other.seconds;
        operations += other.operations;
    }
};

// A turn of `count` calls of operation(i), one after another, each timed.
template <class Operation>
Turn timed(std::size_t count, Operation&& operation) {
    Turn turn{Samples(count), 0, static_cast<double>(count)};
    const std::uint64_t begin = now_ns();
    for (std::size_t i = 0; i < count; ++i) turn.times.time([&] { operation(i); });
    turn.seconds = static_cast<double>(now_ns() - begin) / 1e9;
    return turn;
}

// The same where prepare(i) comes before each call, and is not timed.
template <class Prepare, class Operation>
Turn timed(std::size_t count, Prepare&& prepare, Operation&& operation) {
    Turn turn{Samples(count), 0, static_cast<double>(count)};
    for (std::size_t i = 0; i < count; ++i) {
        prepare(i);
        const std::uint64_t begin = now_ns();
        turn.times.time([&] { operation(i); });
        turn.seconds += static_cast<double>(now_ns() - begin) / 1e9;
    }
    return turn;
}

struct Ratio {
    double median = 0;
    double low = 0;   // of the repetitions
    double high = 0;  // of the repetitions
};

class Contest {
public:
    explicit Contest(unsigned repetitions, std::size_t rounds = 1)
        : repetitions_(repetitions), rounds_(rounds) {}

    void add(std::string name, Durability durability, std::function<Turn()> turn);
    void run();

    // How many times as long as one of `against` the median operation of `name` takes.
    Ratio cost(const std::string& name, const std::string& against) const;
    // How many times as many operations as `against` `name` does in the same time.
    Ratio rate(const std::string& name, const std::string& against) const;
    // A percentile over all turns, in ns: to be shown, never to be compared between runs.
    double percentile(const std::string& name, double share) const;
    double rate_here(const std::string& name) const;

private:
    struct Contender {
        std::string name;
        Durability durability;
        std::function<Turn()> turn;
        std::vector<Turn> turns;
    };

    const Contender& find(const std::string& name) const;
    Ratio ratio(const std::string& name, const std::string& against,
                const std::function<double(const Turn&, const Turn&)>& divide) const;

    unsigned repetitions_;
    std::size_t rounds_;  // of a repetition
    std::vector<Contender> contenders_;
};

}  // namespace batpak::bench
