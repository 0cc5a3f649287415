// Machine: a DiskModel, the plan of its faults, and the mutex around both.
//
// Every handle of a file system in memory shares its machine, and does all it does with perform().
//
// Threads: thread-safe
// Errors:  those of the model, with the path added, and those of the plan
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include "batpak/base/assert.hpp"
#include "batpak/base/detail/mutex.hpp"
#include "testing/disk/disk_model.hpp"
#include "testing/fault_plan.hpp"

namespace batpak::testing {

class Machine {
public:
    // Without faults, trace and memory of what is unsynced.
    Machine() : seed_(0), disk_(DiskModel::Tracking::Off, NameDurability::Strict) {}
    Machine(std::uint64_t seed, const SimulatedDisk& options, DiskModel disk);

    // Answers `request` with effect(DiskModel&, const Verdict&), which returns a Result, unless the
    // plan says otherwise. A failure after the effect discards what it returned.
    template <class Effect>
    std::invoke_result_t<Effect, DiskModel&, const Verdict&> perform(const Request& request,
                                                                     Effect effect)
        BATPAK_EXCLUDES(mutex_) {
        announce(request);
        const MutexLock lock(mutex_);
        const Verdict verdict = plan_ ? plan_->admit(request) : Verdict{};
        if (!verdict.runs) {
            BATPAK_ASSERT(verdict.error);
            return fail(settle(*verdict.error));
        }
        auto answer = effect(disk_, verdict);
        if (verdict.error) return fail(settle(*verdict.error));
        if (!answer) return fail(settle(std::move(answer).error().at(request.path)));
        if (plan_) plan_->settle(0);
        return answer;
    }

    // Calls use(DiskModel&), past the plan.
    template <class Use>
    std::invoke_result_t<Use, DiskModel&> with_disk(Use use) BATPAK_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return use(disk_);
    }

    // Calls use(FaultPlan&). Requires: a simulated machine.
    template <class Use>
    std::invoke_result_t<Use, FaultPlan&> with_plan(Use use) BATPAK_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        BATPAK_ASSERT(plan_);
        return use(*plan_);
    }

    void observe(std::function<void(const Call&)> observer) BATPAK_EXCLUDES(mutex_);

    std::shared_ptr<Machine> after_process_kill() BATPAK_EXCLUDES(mutex_);
    std::shared_ptr<Machine> after_power_cut(PowerCut cut) BATPAK_EXCLUDES(mutex_);

private:
    void announce(const Request& request) BATPAK_EXCLUDES(mutex_);
    Error settle(Error error) BATPAK_REQUIRES(mutex_);

    const std::uint64_t seed_;
    const SimulatedDisk options_;

    Mutex mutex_;
    DiskModel disk_ BATPAK_GUARDED_BY(mutex_);
    std::optional<FaultPlan> plan_ BATPAK_GUARDED_BY(mutex_);
    std::function<void(const Call&)> observer_ BATPAK_GUARDED_BY(mutex_);
};

// FileSystem::open_directory of a machine.
Result<std::unique_ptr<Directory>> open_on(const std::shared_ptr<Machine>& machine,
                                           const std::string& path, bool create);

}  // namespace batpak::testing
