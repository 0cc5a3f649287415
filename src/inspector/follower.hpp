// Follower: keeps a store that another program writes up to date, on a thread of its own.
//
// A writer may take back events that it never acknowledged. Readers that were shown them have to be
// told: corrections() counts how often that happened, and says from where the last time.
//
// Threads: thread-safe
// Errors:  error(): what the last refresh failed with
#pragma once

#include <cstdint>
#include <optional>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/detail/owned_thread.hpp"
#include "batpak/store/read_only_store.hpp"

namespace batpak::inspector {

class Follower {
public:
    struct Corrections {
        std::uint64_t count = 0;
        Sequence from{};  // of the last one
    };

    // Borrows: the store.
    explicit Follower(ReadOnlyStore& store);
    ~Follower();
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    std::optional<Error> error() const;
    Corrections corrections() const;

private:
    void run();
    void refresh();

    ReadOnlyStore& store_;
    mutable Mutex mutex_;
    ConditionVariable stop_asked_;
    bool stop_ BATPAK_GUARDED_BY(mutex_) = false;
    std::optional<Error> error_ BATPAK_GUARDED_BY(mutex_);
    Corrections corrections_ BATPAK_GUARDED_BY(mutex_);
    OwnedThread thread_;
};

}  // namespace batpak::inspector
