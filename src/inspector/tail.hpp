// Tail: the events of a filter as they are appended, as messages of text/event-stream.
//
//     id: 1041                     the last sequence that was looked at
//     data: [{...}, {...}]         at most kBatchMax events; an element may be an error
//
//     event: corrected             events from here on were taken back by their writer, which had
//     data: {"from": 1030}         acknowledged none of them; what is stored there follows
//
//     : 1042                       nothing new before this sequence, each second
//
// The heartbeat also finds out that a listener is gone, whose place another one may want.
//
// Threads: thread-compatible; each listener has one of its own
// Errors:  an element may be one
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "inspector/answers/answers.hpp"
#include "inspector/follower.hpp"
#include "tool/events/kind_names.hpp"
#include "tool/questions/where.hpp"

namespace batpak::inspector {

class Tail {
public:
    static constexpr std::uint64_t kBatchMax = 256;
    static constexpr std::chrono::seconds kHeartbeat{1};

    // Of the parameters of a request: a filter, and `start`, the first sequence (without it, what
    // is appended from now on). Borrows: the store, and the follower, which may be null.
    [[nodiscard]] static Result<Tail> create(const StoreReads& store, const Follower* follower,
                                             const Parameters& parameters);

    // The next message: waits for events, or until a heartbeat is due. Nothing once the store is
    // closed or `stop` is requested.
    std::optional<std::string> next(const std::stop_token& stop);

private:
    Tail(const StoreReads& store, const Follower* follower, tool::Filter filter, Sequence start)
        : store_(store), follower_(follower), filter_(std::move(filter)), shown_(start) {}

    std::optional<std::string> correction();
    std::optional<std::string> batch(Sequence end, const std::stop_token& stop);

    const StoreReads& store_;
    const Follower* follower_;
    tool::Filter filter_;
    std::optional<tool::Where> where_;
    Sequence shown_;  // one past the last that was looked at
    std::uint64_t corrections_ = 0;
};

}  // namespace batpak::inspector
