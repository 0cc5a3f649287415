// Engine: one store opened for writing, and the way of an append through its parts:
//
//     Preparation (the caller's thread) -> CommitQueue -> Committer (the leader) -> Sealing
//
// Threads: thread-safe
// Errors:  those of Store
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "batpak/store/batch.hpp"
#include "batpak/store/config.hpp"
#include "batpak/store/reports.hpp"
#include "store/commit/append_request.hpp"
#include "store/commit/commit_queue.hpp"
#include "store/commit/committer.hpp"
#include "store/commit/preparation.hpp"
#include "store/commit/sealing.hpp"
#include "store/held_names.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

struct TicketState;

// How many copies of the log are being made, by this handle. A compaction leaves the files alone
// that they may need.
using CopyCount = std::atomic<std::uint32_t>;

class CopyHold {
public:
    // Borrows: the count.
    explicit CopyHold(CopyCount& count) noexcept : count_(count) { ++count_; }
    ~CopyHold() { --count_; }
    CopyHold(const CopyHold&) = delete;
    CopyHold& operator=(const CopyHold&) = delete;

private:
    CopyCount& count_;
};

// A mutex that knows which thread has it. Its own holder would wait for it without end.
class CompactionLock {
public:
    void lock() {
        mutex_.lock();
        holder_ = std::this_thread::get_id();
    }
    bool try_lock() {
        if (!mutex_.try_lock()) return false;
        holder_ = std::this_thread::get_id();
        return true;
    }
    void unlock() {
        holder_ = std::thread::id();
        mutex_.unlock();
    }
    bool is_own() const noexcept { return holder_ == std::this_thread::get_id(); }

private:
    std::mutex mutex_;
    std::atomic<std::thread::id> holder_{};
};

class Engine final : private CommitQueue::Work {
public:
    [[nodiscard]] static Result<std::shared_ptr<Engine>> open(const StoreConfig& config);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    const std::shared_ptr<ReadSide>& side() const noexcept { return side_; }
    const StoreConfig& config() const noexcept { return config_; }
    // What only one handle of this store may have at a time. As only one process has a store open
    // for writing, nobody else has it either.
    HeldNames& names() noexcept { return names_; }

    // Makes the item ask for an append of `events`, a single one or a batch. Borrows: both, until
    // the answer.
    AppendEvents& ask(CommitItem& item, std::span<PreparedEvent> events,
                      const std::optional<AppendCondition>& condition,
                      std::optional<Durability> durability) const noexcept;

    [[nodiscard]] Result<AppendReceipt> append(const AppendRequest& request,
                                               const AppendOptions& options);
    [[nodiscard]] Result<AppendReceipt> try_append(const AppendRequest& request,
                                                   const AppendOptions& options);
    [[nodiscard]] Result<std::vector<AppendReceipt>> append_batch(const BatchBuilder& batch,
                                                                  const BatchOptions& options);
    // Besides, no event may have come into one of `judged`, which gates decided on. Errors:
    // DecisionOutdated.
    [[nodiscard]] Result<std::vector<AppendReceipt>> append_batch(
        const BatchBuilder& batch, const BatchOptions& options,
        std::span<const AppendCondition> judged);
    // The ticket has the names and the options that the request borrows.
    [[nodiscard]] Result<void> submit(const AppendRequest& request, TicketState& ticket);
    CommitQueue& queue() noexcept { return *queue_; }
    const Preparation& preparation() const noexcept { return preparation_; }
    const Heads& heads() const noexcept { return committer_->heads(); }

    [[nodiscard]] Result<void> sync();
    [[nodiscard]] Result<bool> wait_durable(Sequence sequence, Deadline deadline);
    // Where the log ends, once all that was appended or submitted before is durable.
    [[nodiscard]] Result<LogMoment> moment();
    CopyCount& copies() noexcept { return copies_; }
    // Runs on the leader's turn, when all that was appended or submitted before is durable.
    [[nodiscard]] Result<void> run_in_order(
        const std::function<Result<void>(Committer& committer)>& action);
    // Held for as long as a compaction lasts, and by a close while the lock goes.
    CompactionLock& compaction() noexcept { return compaction_; }
    StoreStats stats() const;
    [[nodiscard]] Result<Closed> close();
    // Closes it if it is open, where a failure can be told to no caller.
    void let_go() noexcept;

private:
    Engine(const StoreConfig& config, std::shared_ptr<ReadSide> side)
        : config_(config), side_(std::move(side)), preparation_(config_, side_) {}

    [[nodiscard]] Result<LogState> take_up_log();
    void start(LogState state);
    // For the leader of the queue.
    void commit(std::span<CommitItem* const> items) noexcept override;
    void after_answers() noexcept override;
    void hash_unhashed(std::span<CommitItem* const> items);
    bool is_durable(std::optional<Durability> asked) const noexcept;

    const StoreConfig config_;
    HeldNames names_;
    const std::shared_ptr<ReadSide> side_;
    const Preparation preparation_;
    std::unique_ptr<Committer> committer_;
    std::unique_ptr<Sealing> sealing_;
    std::vector<std::span<PreparedEvent>> unhashed_;  // the leader's
    std::unique_ptr<CommitQueue> queue_;
    CompactionLock compaction_;
    CopyCount copies_{0};

    // Sync requests whose caller gave up waiting; they stay in the queue until they are done.
    Mutex abandoned_mutex_;
    std::list<CommitQueue::Entry> abandoned_ BATPAK_GUARDED_BY(abandoned_mutex_);
};

}  // namespace batpak::store
