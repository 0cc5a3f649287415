// Entrant: a contender with a store of its own, and what was put into it.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compare/feed.hpp"
#include "compare/match.hpp"

namespace batpak::bench {

class Entrant {
public:
    // Opens a fresh store and loads it with `loaded` events, 1,000 at a time.
    // Borrows: the workload.
    Entrant(const Comparison& comparison, const ContenderKind& kind, const Workload& workload,
            std::uint64_t sync_each, std::uint64_t loaded);

    const std::string& name() const noexcept { return name_; }
    const Setup& setup() const noexcept { return setup_; }
    bool is_batpak() const noexcept { return name_ == "batpak"; }
    bool is_floor() const noexcept { return name_ == "floor"; }
    Durability durability() const noexcept {
        return setup_.sync_each == 1 ? Durability::SyncEachOperation
                                     : Durability::SyncEachThousandth;
    }
    Contender& store() noexcept { return *store_; }
    Feed& feed() noexcept { return feed_; }

    // Appends the next `count` events of the feed, each timed.
    Turn append(WorkDone& work, std::size_t count);
    // Appends one batch of the next `items` events, timed as one operation.
    Turn append_batch(WorkDone& work, std::size_t items);

    void close() { store_.reset(); }
    void open() {
        close();
        store_ = kind_.open(setup_);
    }
    void open_mapped() {
        close();
        store_ = kind_.open({setup_.directory, setup_.sync_each, true});
    }

    // Reads all of it back: every event of the feeds is there, in its place, with its content; each
    // way of reading shows the same; an append that expects another length is refused.
    void check() { check_against({&feed_}); }
    void check_against(const std::vector<const Feed*>& feeds);

private:
    void check_refusal(std::size_t rank, std::uint64_t length);

    const ContenderKind kind_;
    const std::string name_;
    const Setup setup_;
    Feed feed_;
    std::unique_ptr<Contender> store_;
};

using Entrants = std::vector<std::unique_ptr<Entrant>>;

// One for each kind that takes part.
Entrants enter(const Comparison& comparison, const Workload& workload, std::uint64_t sync_each,
               std::uint64_t loaded);
// The same, and the floor.
Entrants enter_with_floor(const Comparison& comparison, const Workload& workload,
                          std::uint64_t sync_each, std::uint64_t loaded);

// Adds it as what it is: batpak, a limit, or a peer.
void add_entrant(Match& match, const Entrant& entrant, Durability durability, Match::Play play);

}  // namespace batpak::bench
