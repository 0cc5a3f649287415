#include "inspector/follower.hpp"

#include <chrono>

namespace batpak::inspector {
namespace {

// Often enough for eyes; a look at a store that nobody appended to is a few small reads.
constexpr std::chrono::milliseconds kInterval{200};

}  // namespace

Follower::Follower(ReadOnlyStore& store) : store_(store), thread_([this] { run(); }) {}

Follower::~Follower() {
    if (thread_.is_inherited()) return;
    {
        const MutexLock lock(mutex_);
        stop_ = true;
    }
    stop_asked_.notify_one();
    thread_.join();
}

std::optional<Error> Follower::error() const {
    const MutexLock lock(mutex_);
    return error_;
}

Follower::Corrections Follower::corrections() const {
    const MutexLock lock(mutex_);
    return corrections_;
}

void Follower::run() {
    for (;;) {
        {
            const MutexLock lock(mutex_);
            const auto next = std::chrono::steady_clock::now() + kInterval;
            while (!stop_ && stop_asked_.wait_until(mutex_, next)) {
            }
            if (stop_) return;
        }
        refresh();
    }
}

// Without the lock: a refresh reads files.
void Follower::refresh() {
    const Result<Sequence> end = store_.refresh();
    const std::optional<Sequence> from = store_.corrected_from();
    const MutexLock lock(mutex_);
    error_ = end ? std::nullopt : std::optional(end.error());
    if (end && from) corrections_ = {corrections_.count + 1, *from};
}

}  // namespace batpak::inspector
