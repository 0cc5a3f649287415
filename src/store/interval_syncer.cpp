// The one thread of the store layer, which a program has to make: it sleeps, looks whether anything
// is buffered, and calls sync() as any caller would. A disk that is full, or memory that is short,
// may be better at the next interval; any other failure ends it, and is kept.
#include "batpak/store/interval_syncer.hpp"

#include "base/deadline.hpp"
#include "base/exceptions.hpp"

namespace batpak {

IntervalSyncer::IntervalSyncer(Store& store, std::chrono::milliseconds interval)
    : store_(store), interval_(interval), thread_([this] { run(); }) {}

IntervalSyncer::~IntervalSyncer() {
    if (thread_.is_inherited()) return;
    {
        const MutexLock lock(mutex_);
        stop_ = true;
    }
    stop_asked_.notify_one();
    thread_.join();
}

std::optional<Error> IntervalSyncer::error() const {
    if (thread_.is_inherited()) {
        return Error(ErrorCode::Forked, "the thread stayed with the parent: make one in the child");
    }
    const MutexLock lock(mutex_);
    return error_;
}

void IntervalSyncer::run() {
    for (;;) {
        {
            const MutexLock lock(mutex_);
            const Deadline next = deadline_after(interval_);
            bool in_time = true;
            while (!stop_ && in_time) {
                if (next) {
                    in_time = stop_asked_.wait_until(mutex_, *next);
                } else {
                    stop_asked_.wait(mutex_);
                }
            }
            if (stop_) return;
        }
        // Without a lock: what is appended between the two looks has its turn at the next interval.
        if (store_.durable_end() == store_.visible_end()) continue;
        auto synced = caught([this] { return store_.sync(); });
        // Nothing was tried for want of memory: there may be some at the next interval.
        if (!synced && synced.error().error_class() == ErrorClass::Full) continue;
        if (!synced) {
            const MutexLock lock(mutex_);
            error_ = std::move(synced).error();
            return;
        }
    }
}

}  // namespace batpak
