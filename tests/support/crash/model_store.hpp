// ModelStore: a store and the model of it, driven step by step, also where calls fail.
//
// What a failed append means is decided here as docs/INVARIANTS.md W4 says: after Full and Io the
// event is not there and never will be; when the store is poisoned by it, it may be there or not;
// once the store is poisoned, nothing is appended any more, and nothing acknowledged.
//
// Threads: thread-compatible
// Errors:  problem(): the first thing that was not as it must be, in words
#pragma once

#include "support/crash/crash_state.hpp"

namespace batpak::testing {

struct Appending {
    const char* entity = "alice";
    std::size_t payload_bytes = 20;
    Durability durability = Durability::Durable;
    ExpectedVersion expect = ExpectedVersion::any();
};

class ModelStore {
public:
    // Borrows: both, for its life.
    ModelStore(LogModel& model, const StoreSetup& setup) : model_(model), setup_(setup) {}

    // Whether it opened; if not, the error must be of the operating system's making.
    bool open(const Disk& disk);
    void append(const Appending& what);
    void append_batch(std::uint32_t count, const Appending& what);
    // Submits several, then waits for each.
    void submit(std::size_t count, const Appending& what);
    void sync();
    void wait_durable(std::uint64_t sequence);
    void close();
    // Reads must answer, and with what was acknowledged.
    void read();
    // Drops the store as a dead process does.
    void kill(const Disk& disk);

    bool is_open() const noexcept { return store_.has_value(); }
    bool poisoned() const { return store_ && store_->stats().poisoned; }
    const std::string& problem() const noexcept { return problem_; }
    const std::vector<Error>& errors() const noexcept { return errors_; }

private:
    ModelEvent make_event(const Appending& what);
    void settle(std::uint64_t sequence, bool was_poisoned, const Result<AppendReceipt>& answer);
    void settle(bool was_poisoned, const Result<void>& answer, std::uint64_t promised_end);
    void settle_ticket(ModelEvent event, bool was_poisoned, const Result<AppendReceipt>& answer);
    void judge_error(bool was_poisoned, const Error& error);
    void tell(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }

    LogModel& model_;
    const StoreSetup& setup_;
    std::optional<Store> store_;
    std::string problem_;
    std::vector<Error> errors_;
    std::uint64_t made_ = 0;
    std::uint64_t opened_ = 0;
};

}  // namespace batpak::testing
