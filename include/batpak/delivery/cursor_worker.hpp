// CursorWorker: a supervised thread that handles the events of a cursor, or runs a reactor.
//
//     auto worker = CursorWorker::per_event(std::move(cursor), [&](const EventView& event) {
//         return bill(event) ? WorkerStep::Continue : WorkerStep::Rollback;
//     }, options);
//     ...
//     worker->stop();
//     const Result<WorkerReport> report = worker->join();   // the last error, if it failed
//
// What a handler returns, and where the cursor's committed position is then:
//
//     Continue    it is done: after what was handled
//     Stop        it is done, and was the last: after what was handled; the worker ends
//     Rollback    it is not done: where it was. Tried again, if the RestartPolicy allows it
//     an error, or anything thrown: as Rollback, and last_error says what
//
// A position that cannot be stored ends the worker at once: to continue would deliver again and
// again events that no position remembers. The handler runs on the worker's thread with no lock
// held, and may use the store, the worker's stop() and report(); it must not destroy or join the
// worker.
//
// Threads: stop() and report() are thread-safe; the rest is thread-compatible
// Errors:  makers: InvalidArgument, if an option is out of its limits; Io, if no thread can be made
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "batpak/base/detail/language.hpp"
#include "batpak/base/environment.hpp"
#include "batpak/delivery/cursor.hpp"

namespace batpak {

// RestartPolicy: how often a worker may try again after its handler failed.
//
//     once()               never: the first failure ends the worker
//     bounded(3, 10s)      at most three in any ten seconds; the fourth failure in them ends it
class RestartPolicy {
public:
    static constexpr std::uint32_t kRestartsMax = 10'000;

    static constexpr RestartPolicy once() noexcept { return RestartPolicy(0, {}); }
    static constexpr RestartPolicy bounded(std::uint32_t restarts,
                                           std::chrono::nanoseconds window) noexcept {
        return RestartPolicy(restarts, window);
    }

    constexpr std::uint32_t restarts() const noexcept { return restarts_; }
    constexpr std::chrono::nanoseconds window() const noexcept { return window_; }
    // bounded() wants 1 to kRestartsMax restarts, and a window that is longer than nothing.
    constexpr bool is_valid() const noexcept {
        if (*this == once()) return true;
        return restarts_ >= 1 && restarts_ <= kRestartsMax && window_ > window_.zero();
    }

    friend constexpr bool operator==(const RestartPolicy&, const RestartPolicy&) = default;

private:
    constexpr RestartPolicy(std::uint32_t restarts, std::chrono::nanoseconds window) noexcept
        : window_(window), restarts_(restarts) {}

    std::chrono::nanoseconds window_;
    std::uint32_t restarts_;
};

class Reactor;

namespace delivery {
class WorkerState;
class WorkerTask;
}  // namespace delivery

enum class WorkerStep : std::uint8_t { Continue, Stop, Rollback };

// Handlers are any functions of these arguments that answer a WorkerStep or a Result of one.
using EventHandler = std::function<Result<WorkerStep>(const EventView&)>;
using BatchHandler = std::function<Result<WorkerStep>(std::span<const StoredEvent<Bytes>>)>;

// What a handler may return.
template <class Answer>
concept WorkerAnswer = std::same_as<Answer, WorkerStep> || std::same_as<Answer, Result<WorkerStep>>;

// A handler of one event at a time.
template <class F>
concept HandlesEvents = requires(F handler, const EventView& event) {
    { handler(event) } -> WorkerAnswer;
};
// A handler of as many events as there are, up to a limit.
template <class F>
concept HandlesBatches = requires(F handler, std::span<const StoredEvent<Bytes>> events) {
    { handler(events) } -> WorkerAnswer;
};

// What a worker does at an event that is damaged.
enum class DamagedEvent : std::uint8_t {
    Stop,  // ends, with the error
    Skip,  // passes over it, counts it in `skipped`, and says so in last_error
};

// What a worker does when its handler fails, or an event is damaged.
struct WorkerOptions {
    RestartPolicy restarts = RestartPolicy::once();
    DamagedEvent damaged = DamagedEvent::Stop;
    std::shared_ptr<Clock> clock = nullptr;  // of the restart window; null: the real one
};

enum class WorkerEnd : std::uint8_t {
    Stopped,        // the handler said Stop
    StopRequested,  // stop() was called
    StoreClosed,    // the store was closed
    HandlerFailed,  // it failed, or rolled back, more often than its RestartPolicy allows
    PersistFailed,  // the position, or the reactions, could not be stored
    ReadFailed,     // the next event cannot be read
};

struct WorkerReport {
    std::optional<WorkerEnd> end{};     // absent while it runs
    std::optional<Error> last_error{};  // also of failures that it went on after
    std::uint64_t handled = 0;          // events
    std::uint64_t skipped = 0;          // damaged events, or what a reactor skipped
    std::uint64_t restarts = 0;
};

class CursorWorker {
public:
    static constexpr std::size_t kBatchMax = 4096;

    // One call for each event; the position is stored after each.
    template <HandlesEvents F>
    [[nodiscard]] static Result<CursorWorker> per_event(Cursor cursor, F handler,
                                                        const WorkerOptions& options) {
        return start_per_event(std::move(cursor), EventHandler(std::move(handler)), options);
    }
    // One call for 1 to `max` events, as many as there are; the position is stored after each call.
    // Errors: InvalidArgument also if max is 0 or over kBatchMax.
    template <HandlesBatches F>
    [[nodiscard]] static Result<CursorWorker> per_batch(Cursor cursor, std::size_t max, F handler,
                                                        const WorkerOptions& options) {
        return start_per_batch(std::move(cursor), max, BatchHandler(std::move(handler)), options);
    }
    // Its reactions and its position are stored together; a step that fails stores neither.
    [[nodiscard]] static Result<CursorWorker> reacting(Reactor reactor,
                                                       const WorkerOptions& options);

    explicit CursorWorker(std::unique_ptr<delivery::WorkerState> state);
    CursorWorker(CursorWorker&&) noexcept;
    CursorWorker& operator=(CursorWorker&&) noexcept;
    // stop(), then waits for the handler's call in flight.
    ~CursorWorker();

    // Ends the worker before its next step. Returns at once.
    void stop() noexcept;
    // Waits for its end. Errors: the last error, if that is HandlerFailed, PersistFailed or
    // ReadFailed; report() has the rest. In a child after fork(): Forked, at once.
    [[nodiscard]] Result<WorkerReport> join();
    WorkerReport report() const;

private:
    static Result<CursorWorker> start_per_event(Cursor cursor, EventHandler handler,
                                                const WorkerOptions& options);
    static Result<CursorWorker> start_per_batch(Cursor cursor, std::size_t max,
                                                BatchHandler handler, const WorkerOptions& options);

    std::unique_ptr<delivery::WorkerState> state_;
};

}  // namespace batpak
