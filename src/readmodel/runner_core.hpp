// RunnerCore: the models of a runner, whose turn it is to run them, and who waits for them.
//
// The folds belong to the thread that has the turn. What others may ask of a model is copied, at
// the end of a batch, to where the mutex guards it.
//
// Threads: thread-safe
// Errors:  those of ProjectionRunner
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "batpak/base/detail/fork.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "batpak/readmodel/projection_runner.hpp"
#include "readmodel/model_fold.hpp"

namespace batpak::readmodel {

class RunnerCore {
public:
    static constexpr Sequence kNoEnd{std::numeric_limits<std::uint64_t>::max()};

    RunnerCore(Store& store, const RunnerOptions& options);

    [[nodiscard]] Result<void> add(ReadModel& model);
    [[nodiscard]] Result<void> remove(const ReadModel& model);
    [[nodiscard]] Result<void> retry(const ReadModel& model);
    [[nodiscard]] Result<void> skip(const ReadModel& model);

    // Takes no event from `end` on.
    [[nodiscard]] Result<bool> step(Sequence end);
    [[nodiscard]] Result<void> run_until(Sequence end);
    [[nodiscard]] Result<void> catch_up();
    [[nodiscard]] Result<void> follow(const std::stop_token& stop);

    std::vector<ModelStatus> status() const;
    [[nodiscard]] Result<ModelStatus> status(const ReadModel& model) const;
    [[nodiscard]] Result<bool> wait_applied(const ReadModel& model, Sequence sequence,
                                            std::chrono::steady_clock::time_point deadline) const;
    [[nodiscard]] Result<ServingVersion> switch_to(const ReadModel& model);

private:
    // What was last told of a fold.
    struct Shown {
        Sequence next;
        std::uint64_t events = 0;
        std::uint64_t skipped = 0;
        std::optional<Error> error;
        Sequence added_next;  // where and when the model was added
        std::chrono::nanoseconds added_at{0};
        std::chrono::nanoseconds moved_at{0};
    };
    struct Slot {
        std::unique_ptr<ModelFold> fold;
        Shown shown;
    };
    using Folds = std::vector<ModelFold*>;

    // The right to use the folds, in the order of asking.
    class Turn {
    public:
        explicit Turn(RunnerCore& core);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        RunnerCore& core_;
    };

    // In a child after fork() the turn, and the lock, may be those of a thread that is not there.
    [[nodiscard]] Result<void> check_process() const;
    [[nodiscard]] Result<void> check_none_stopped(Sequence end) const;
    Folds running_folds();
    [[nodiscard]] Result<bool> run_batches(Sequence end);
    [[nodiscard]] Result<void> advance(const Folds& folds, Sequence from, Sequence to);
    [[nodiscard]] Result<Sequence> stop_at_damage(const Folds& folds, const Error& error,
                                                  Sequence from, Sequence to);
    void show(const Folds& folds);
    void show_slot(Slot& slot) BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> wait_for_work(const std::stop_token& stop);
    void call_attention();
    const Slot* find(const ReadModel& model) const BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<ModelFold*> fold_of(const ReadModel& model);
    ModelStatus status_of(const Slot& slot) const BATPAK_REQUIRES(mutex_);
    [[nodiscard]] Result<void> check_switch(const ReadModel& model, std::uint32_t serving) const;

    const ForkMark mark_;
    Store& store_;
    const std::uint32_t batch_events_max_;
    const std::shared_ptr<Clock> clock_;

    mutable Mutex mutex_;
    mutable ConditionVariable changed_;
    std::vector<std::unique_ptr<Slot>> slots_ BATPAK_GUARDED_BY(mutex_);
    std::optional<Error> failure_ BATPAK_GUARDED_BY(mutex_);  // that ended the last run
    std::uint64_t turns_given_ BATPAK_GUARDED_BY(mutex_) = 0;
    std::uint64_t turns_over_ BATPAK_GUARDED_BY(mutex_) = 0;
    std::thread::id whose_turn_ BATPAK_GUARDED_BY(mutex_);
    bool attention_ BATPAK_GUARDED_BY(mutex_) = false;    // there is a model to look at again
    std::stop_source sleeper_ BATPAK_GUARDED_BY(mutex_);  // ends the sleep of follow()
};

}  // namespace batpak::readmodel
