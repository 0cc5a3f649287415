// History: what concurrent callers of a store did and were told, and a check that all of it could
// have happened one call after the other, each at some moment between its begin and its end.
//
// The store tells the order itself, because each success has a sequence. So nothing is searched:
// what is stored gives each write its place, and every other call gets the earliest place that its
// answer and the calls before it allow. O(n log n).
//
// Threads: the functions are thread-safe
// Errors:  check() gives the first violation
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace batpak::testing {

inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct HistoryExpect {
    enum class Rule : std::uint8_t { Any, None, Exists, Exactly };
    Rule rule = Rule::Any;
    std::uint64_t count = 0;  // Exactly: how many events the stream has
};

struct HistoryItem {
    std::uint32_t entity = 0;
    std::uint64_t content = 0;
    HistoryExpect expect;
};

// Trivially copyable, so that it can lie in memory that outlives a killed process.
struct HistoryCall {
    enum class Kind : std::uint8_t { Write, Read };
    enum class Outcome : std::uint8_t {
        Unknown,  // nobody was told: the process died, or the store failed
        Stored,
        Replayed,
        VersionConflict,
        ConditionConflict,
        KeyConflict,
        Seen,  // of a read
    };
    static constexpr std::uint32_t kItemsMax = 4;
    static constexpr std::uint32_t kAllEntities = std::numeric_limits<std::uint32_t>::max();

    Kind kind = Kind::Write;
    Outcome outcome = Outcome::Unknown;
    std::uint64_t begin = 0;
    std::uint64_t end = kNever;

    // A write: one event, or a batch.
    std::uint32_t item_count = 0;
    std::array<HistoryItem, kItemsMax> items{};
    std::uint64_t key = 0;  // of all of it; 0: none
    std::uint32_t forbidden_entities =
        0;  // bit n: entity n, behind `forbidden_from`; 0: no condition
    std::uint64_t forbidden_from = 0;

    // Its answer.
    std::uint64_t sequence = 0;  // of its first event; of the event that a conflict names
    std::array<std::uint64_t, kItemsMax> versions{};
    std::uint32_t item = 0;         // VersionConflict: which
    std::uint64_t found_count = 0;  // VersionConflict: how many events its stream had

    // A read: the last events, up to its moment, of an entity or of all.
    std::uint32_t entity = kAllEntities;
    std::uint64_t count = 0;   // how many there were in all
    std::uint64_t first = 0;   // the first of them that was looked at
    std::uint64_t digest = 0;  // of those, by history_digest()
};

// What the store holds in the end.
struct HistoryEvent {
    std::uint32_t entity = 0;
    std::uint64_t content = 0;
    std::uint64_t version = 0;
    std::uint64_t key = 0;
    std::uint32_t batch_index = 0;
    std::uint32_t batch_count = 1;
};

struct History {
    std::vector<HistoryCall> calls;
    std::vector<HistoryEvent> log;
};

enum class HistoryRule : std::uint8_t {
    Sequences,   // a success is in the log, under its sequence, once; nobody else's events are
    RealTime,    // what was answered before another began stands before it
    Versions,    // the version of an event is its rank in its stream
    Expected,    // a write succeeds if its expected versions hold, and a conflict is true
    Reads,       // a read is all there was at one moment; what was acknowledged or seen stays
    Keys,        // one key is one write; a replay is its receipt, other content a conflict
    Batches,     // whole, and in one piece
    Conditions,  // a write succeeds if nothing forbidden is there, and a conflict names the first
};
inline constexpr std::size_t kHistoryRules = 8;

struct HistoryViolation {
    HistoryRule rule;
    std::string what;
};

// The first violation of any rule but `without`.
std::optional<HistoryViolation> check(const History& history,
                                      std::optional<HistoryRule> without = std::nullopt);

// Of a list of events, one by one.
inline std::uint64_t history_digest(std::uint64_t digest, std::uint64_t sequence,
                                    std::uint64_t content) {
    return digest * 0x9E3779B97F4A7C15U + (sequence * 0xD1B54A32D192ED03U ^ (content + 1));
}

}  // namespace batpak::testing
