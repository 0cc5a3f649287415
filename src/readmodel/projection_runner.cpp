// What users call, handed on to the core. RunnerThread is the one thread of this layer, which a
// program has to make; it ends with the first error of the runner, and not with a model that stops.
#include "batpak/readmodel/projection_runner.hpp"

#include "base/exceptions.hpp"
#include "base/platform/forced_unwind.hpp"
#include "readmodel/runner_core.hpp"

namespace batpak {

std::string to_string(const ModelName& name) {
    return name.text + ", version " + std::to_string(name.version);
}

ProjectionRunner::ProjectionRunner(Store& store) : ProjectionRunner(store, RunnerOptions()) {}
ProjectionRunner::ProjectionRunner(Store& store, const RunnerOptions& options)
    : core_(std::make_unique<readmodel::RunnerCore>(store, options)) {}
ProjectionRunner::ProjectionRunner(ProjectionRunner&&) noexcept = default;
ProjectionRunner& ProjectionRunner::operator=(ProjectionRunner&&) noexcept = default;
ProjectionRunner::~ProjectionRunner() = default;

Result<void> ProjectionRunner::add(ReadModel& model) { return core_->add(model); }
Result<void> ProjectionRunner::remove(const ReadModel& model) { return core_->remove(model); }
Result<void> ProjectionRunner::retry(const ReadModel& model) { return core_->retry(model); }
Result<void> ProjectionRunner::skip(const ReadModel& model) { return core_->skip(model); }

Result<bool> ProjectionRunner::step() { return core_->step(readmodel::RunnerCore::kNoEnd); }
Result<void> ProjectionRunner::run_until(Sequence end) { return core_->run_until(end); }
Result<void> ProjectionRunner::catch_up() { return core_->catch_up(); }
Result<void> ProjectionRunner::follow(const std::stop_token& stop) { return core_->follow(stop); }

std::vector<ModelStatus> ProjectionRunner::status() const { return core_->status(); }
Result<ModelStatus> ProjectionRunner::status(const ReadModel& model) const {
    return core_->status(model);
}
Result<bool> ProjectionRunner::wait_applied(const ReadModel& model, Sequence sequence,
                                            std::chrono::steady_clock::time_point deadline) const {
    return core_->wait_applied(model, sequence, deadline);
}
Result<ServingVersion> ProjectionRunner::switch_to(const ReadModel& model) {
    return core_->switch_to(model);
}

RunnerThread::RunnerThread(ProjectionRunner& runner)
    : thread_([this, &runner] {
          Result<void> ended;
          try {
              ended = runner.follow(stop_.get_token());
          } catch (const ForcedUnwind&) {
              throw;  // which the C library demands
              // An exception that leaves a thread ends the program: error() tells of it instead.
          } catch (...) {
              ended = fail(error_of_exception());
          }
          if (ended) return;
          const MutexLock lock(mutex_);
          error_ = std::move(ended).error();
      }) {}

RunnerThread::~RunnerThread() {
    // The thread stayed in the parent: to wait for it here would have no end (INV L2).
    if (thread_.is_inherited()) return;
    stop_.request_stop();
    thread_.join();
}

std::optional<Error> RunnerThread::error() const {
    if (thread_.is_inherited()) {
        return Error(ErrorCode::Forked, "the thread stayed with the parent: make one in the child");
    }
    const MutexLock lock(mutex_);
    return error_;
}

}  // namespace batpak
