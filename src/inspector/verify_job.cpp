#include "inspector/verify_job.hpp"

#include "base/system/start_thread.hpp"
#include "batpak/base/assert.hpp"
#include "tool/events/report_json.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::inspector {

VerifyJob::~VerifyJob() {
    // The lock may be held by a thread that is not here.
    if (mark_.is_inherited()) return;
    std::unique_ptr<OwnedThread> thread;
    {
        const MutexLock lock(mutex_);
        stop_.request_stop();
        thread = std::move(thread_);
    }
    if (thread) thread->join();
}

Result<void> VerifyJob::start() {
    const MutexLock lock(mutex_);
    if (state_ == State::Running) return {};
    // It has said that it is done, and takes the lock no more.
    if (thread_) thread_->join();
    state_ = State::None;
    progress_ = {.events = 0, .events_total = store_.visible_end().value, .bytes = 0};
    result_.reset();
    stop_ = std::stop_source();
    BATPAK_TRY(thread_, start_thread([this] { run(); }));
    state_ = State::Running;  // it waits for the lock, so that none sees it run before
    return {};
}

Result<void> VerifyJob::cancel() {
    const MutexLock lock(mutex_);
    stop_.request_stop();
    return {};
}

void VerifyJob::run() {
    VerifyOptions options;
    {
        const MutexLock lock(mutex_);
        options.stop = stop_.get_token();
    }
    options.progress = [this](const VerifyProgress& now) {
        const MutexLock lock(mutex_);
        progress_ = now;
    };
    Result<VerifyReport> result = store_.verify(options);
    const MutexLock lock(mutex_);
    BATPAK_ASSERT(state_ == State::Running);
    result_ = std::move(result);
    state_ = State::Done;
}

std::string VerifyJob::json() const {
    const MutexLock lock(mutex_);
    tool::JsonLine line(false);
    if (state_ == State::None) line.text("state", "none");
    if (state_ == State::Running) {
        line.text("state", "running");
        line.number("events", progress_.events);
        line.number("events_total", progress_.events_total);
    }
    if (state_ == State::Done && *result_) {
        const VerifyReport& report = **result_;
        line.text("state", "done");
        line.boolean("ok", !report.damage && !report.stopped);
        tool::add_report(line, report);
        if (report.damage) line.raw("damage", tool::error_json(*report.damage, false));
    } else if (state_ == State::Done) {
        line.text("state", "done");
        line.boolean("ok", false);
        line.raw("error", tool::error_json(result_->error(), false));
    }
    return line.finish();
}

}  // namespace batpak::inspector
