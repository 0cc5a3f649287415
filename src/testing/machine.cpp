// A disk, a plan of faults and the lock over both: all that a process loses when it dies is in the
// handles, and all that outlives it is here.
#include "testing/machine.hpp"

#include "testing/random.hpp"

namespace batpak::testing {

Machine::Machine(std::uint64_t seed, const SimulatedDisk& options, DiskModel disk)
    : seed_(seed), options_(options), disk_(std::move(disk)), plan_(options.syncs_lie) {
    disk_.set_capacity(options.capacity_bytes);
}

void Machine::observe(std::function<void(const Call&)> observer) {
    const MutexLock lock(mutex_);
    observer_ = std::move(observer);
}

// Without the lock: an observer may look at the disk, or copy it.
void Machine::announce(const Request& request) {
    std::function<void(const Call&)> observer;
    Call call;
    {
        const MutexLock lock(mutex_);
        if (!observer_) return;
        observer = observer_;
        call = plan_->next_call(request);
    }
    observer(call);
}

Error Machine::settle(Error error) {
    if (plan_) plan_->settle(static_cast<std::uint16_t>(error.code()));
    return error;
}

std::shared_ptr<Machine> Machine::after_process_kill() {
    const MutexLock lock(mutex_);
    return std::make_shared<Machine>(seed_, options_, disk_.after_process_kill());
}

// The seed is mixed with the machine's own, so that the same cut of two machines differs.
std::shared_ptr<Machine> Machine::after_power_cut(PowerCut cut) {
    const MutexLock lock(mutex_);
    const std::uint64_t seed = Random(seed_ ^ Random(cut.seed).next()).next();
    return std::make_shared<Machine>(seed, options_, disk_.after_power_cut(cut, seed));
}

}  // namespace batpak::testing
