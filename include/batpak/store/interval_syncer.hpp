// IntervalSyncer: a thread that syncs a store at intervals, for programs that fall silent.
//
// Appends that are Buffered become durable with a later sync, and batpak starts no thread of its
// own: a program that stops appending would leave its last events unsynced. Start one of these
// where a bound on that time is wanted:
//
//     IntervalSyncer syncer(store, std::chrono::milliseconds(100));
//
// Threads: the store may be used by other threads; an IntervalSyncer is thread-compatible
// Errors:  a failed sync ends it: see error()
#pragma once

#include <chrono>
#include <optional>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/base/error.hpp"
#include "batpak/store/store.hpp"

namespace batpak {

class IntervalSyncer {
public:
    // Borrows: the store, which must neither move nor go before this does.
    IntervalSyncer(Store& store, std::chrono::milliseconds interval);
    // Ends the thread, after the sync that it may be in; in a child after fork() there is none.
    ~IntervalSyncer();
    IntervalSyncer(const IntervalSyncer&) = delete;
    IntervalSyncer& operator=(const IntervalSyncer&) = delete;

    // Why it ended before its time; nothing while it runs. Forked in a child after fork().
    std::optional<Error> error() const;

private:
    void run();

    Store& store_;
    const std::chrono::milliseconds interval_;

    mutable Mutex mutex_;
    ConditionVariable stop_asked_;
    bool stop_ BATPAK_GUARDED_BY(mutex_) = false;
    std::optional<Error> error_ BATPAK_GUARDED_BY(mutex_);

    OwnedThread thread_;
};

}  // namespace batpak
