#include "inspector/workers.hpp"

#include "base/system/start_thread.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::inspector {

Result<void> Workers::start(int threads) {
    BATPAK_ASSERT(threads > 0 && threads_.empty());
    threads_.reserve(static_cast<std::size_t>(threads));
    while (threads_.size() < static_cast<std::size_t>(threads)) {
        BATPAK_TRY(auto thread, start_thread([this] { run(); }));
        threads_.push_back(std::move(thread));
    }
    return {};
}

void Workers::add(Job job) {
    BATPAK_ASSERT(job && !threads_.empty());
    {
        const MutexLock lock(mutex_);
        BATPAK_ASSERT(!is_finishing_);
        jobs_.push_back(std::move(job));
    }
    has_job_.notify_one();
}

void Workers::finish() noexcept {
    if (threads_.empty() || threads_.front()->is_inherited()) return;
    {
        const MutexLock lock(mutex_);
        is_finishing_ = true;
    }
    has_job_.notify_all();
    threads_.clear();
}

void Workers::run() {
    for (;;) {
        Job job;
        {
            const MutexLock lock(mutex_);
            while (jobs_.empty() && !is_finishing_) has_job_.wait(mutex_);
            if (jobs_.empty()) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}

}  // namespace batpak::inspector
