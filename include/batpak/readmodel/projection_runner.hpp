// ProjectionRunner: keeps any number of read models up to date with one pass over the log.
//
//     EntityStates<Player> players(Region::all());
//     auto orders = SqliteReadModel::open("orders.v2.db", definition).value();
//     ProjectionRunner runner(store);
//     runner.add(players).value();
//     runner.add(orders).value();
//     runner.catch_up().value();                    // in this thread; or
//     RunnerThread live(runner);                    // in one of its own, until it goes
//     runner.wait_applied(orders, receipt.sequence, deadline).value();
//
// Each model continues where its own position says, and takes every event of its region once, in
// order, in batches. Models at the same position share one pass. A model that is behind, as a new
// version being built is, is brought forward a batch at a time, between the batches of those that
// are up to date: they keep serving.
//
// A model that fails is rolled back, brought to the event that it failed at, and stopped there with
// the error; the others continue. retry() lets it try again, skip() skips the event. A damaged
// event stops the models whose region it is in.
//
// Threads: thread-safe. Callers that run it take turns, one at a time, a batch each.
// Errors:  running: Closed, Forked. What fails in a model is in its status()
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/base/environment.hpp"
#include "batpak/base/error.hpp"
#include "batpak/base/result.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/readmodel/read_model.hpp"
#include "batpak/store/reads.hpp"
#include "batpak/store/store.hpp"

namespace batpak {

// ServingVersion: which version of a read model its readers should use.
//
// A switch is an event in the log, in the stream "batpak:projection:<name>" of batpak's own scope:
// it happens in one moment, lasts as long as the log, and any reader can see when it was and why.
// ProjectionRunner::switch_to() writes it.
struct ServingVersion {
    std::uint32_t version = 0;
    std::uint32_t replaced = 0;  // the version before it; 0: there was none
    Sequence model_next{};       // how far the new version was
    Sequence switched_at{};      // the event of the switch
};

// Nothing if there was no switch yet.
[[nodiscard]] Result<std::optional<ServingVersion>> serving_version(const StoreReads& store,
                                                                    std::string_view name);

namespace readmodel {
class RunnerCore;
}

// How much a runner gives to a model at once.
struct RunnerOptions {
    static constexpr std::uint32_t kBatchEventsDefault = 4096;
    static constexpr std::uint32_t kBatchEventsMax = 1U << 20;

    // The most events that a model takes between begin() and commit(), 1 to 1,048,576: how much is
    // done again after a crash, and how long others wait for a model that is behind. A batch that
    // was appended as one is not parted, and may make it more.
    std::uint32_t batch_events_max = kBatchEventsDefault;
    // What rates are measured with; null: the real one.
    std::shared_ptr<Clock> clock = nullptr;
};

// How far a model of a runner has come, and why it stopped if it did.
struct ModelStatus {
    enum class State : std::uint8_t {
        Behind,    // there are events that it has not passed
        UpToDate,  // or there were none when it was last looked at
        Stopped,   // by `error`
    };

    ModelName name{};
    State state = State::Behind;
    Sequence next{};           // it holds the events of its region before this one
    Sequence end{};            // of the log
    std::uint64_t events = 0;  // that it took
    std::uint64_t skipped = 0;
    // Events of the log that it passed in a second, since it was added; 0 while that is unknown.
    double events_per_second = 0;
    // Until it is up to date, at that rate; nothing while that is unknown.
    std::optional<std::chrono::milliseconds> left{};
    std::optional<Error> error{};
};

class ProjectionRunner {
public:
    // Borrows: the store, which must neither move nor go before this does.
    explicit ProjectionRunner(Store& store);
    // Requires: options within their limits.
    ProjectionRunner(Store& store, const RunnerOptions& options);
    ProjectionRunner(ProjectionRunner&&) noexcept;
    ProjectionRunner& operator=(ProjectionRunner&&) noexcept;
    // Requires: nobody runs it or waits for it any more.
    ~ProjectionRunner();

    // ---- models

    // Borrows: the model, until remove() or the end of this. It may be added while others are run.
    // Errors: InvalidArgument: its name, or one of that name and version is there; ForeignModel:
    // its position is of another log or history; RolledBack: it is ahead of the log; those of
    // position().
    [[nodiscard]] Result<void> add(ReadModel& model);
    // Waits for the batch that it may be in. Errors: InvalidArgument if it is not there, as of all
    // that take a model.
    [[nodiscard]] Result<void> remove(const ReadModel& model);
    // Reads the position of a stopped model again, and goes on there. Errors: as add().
    [[nodiscard]] Result<void> retry(const ReadModel& model);
    // Passes over the event at which a model was stopped, and goes on after it; position().skipped
    // counts it. Errors: InvalidArgument if no event stopped it; those of commit().
    [[nodiscard]] Result<void> skip(const ReadModel& model);

    // ---- running

    // A batch of events for those in front, and one for those behind; false if there was none.
    [[nodiscard]] Result<bool> step();
    // Until no model that runs lacks an event before `end`. It takes none after it.
    // Errors: InvalidArgument if the log is shorter; that of the first model that is stopped before
    // `end`, after all others were brought there.
    [[nodiscard]] Result<void> run_until(Sequence end);
    // The same with what was visible at the call.
    [[nodiscard]] Result<void> catch_up();
    // Until `stop` is requested, waiting for events; it sleeps while there are none.
    [[nodiscard]] Result<void> follow(const std::stop_token& stop);

    // ---- looking at it

    // In the order in which they were added.
    std::vector<ModelStatus> status() const;
    [[nodiscard]] Result<ModelStatus> status(const ReadModel& model) const;
    // Returns when the model holds the event at `sequence`, or it is not in its region and the
    // model is beyond it; false once the deadline has passed. Errors: the model's, if it is stopped
    // before; of who ran it, if that failed.
    [[nodiscard]] Result<bool> wait_applied(const ReadModel& model, Sequence sequence,
                                            std::chrono::steady_clock::time_point deadline) const;

    // ---- versions

    // Makes this the version that serves, in one durable event. The one that served before stays as
    // it is, for as long as it is kept, and one can switch back to it. A version that serves
    // already is no error, and nothing is written.
    // Errors: ModelBehind: it is not as far as the version that serves or, if that is not in this
    // runner, as the log; VersionConflict: somebody else switched meanwhile; the model's, if it is
    // stopped; those of appending.
    [[nodiscard]] Result<ServingVersion> switch_to(const ReadModel& model);

private:
    std::unique_ptr<readmodel::RunnerCore> core_;
};

// RunnerThread: a thread that runs a ProjectionRunner, from its construction to its end.
class RunnerThread {
public:
    // Borrows: the runner, which must neither move nor go before this does.
    explicit RunnerThread(ProjectionRunner& runner);
    // Ends the thread, after the batch that it may be in; in a child after fork() there is none.
    ~RunnerThread();
    RunnerThread(const RunnerThread&) = delete;
    RunnerThread& operator=(const RunnerThread&) = delete;

    // Why it ended before its time; nothing while it runs. Forked in a child after fork().
    std::optional<Error> error() const;

private:
    mutable Mutex mutex_;
    std::optional<Error> error_ BATPAK_GUARDED_BY(mutex_);

    std::stop_source stop_;
    OwnedThread thread_;
};

}  // namespace batpak
