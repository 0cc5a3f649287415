// CopyWatch: shows how far a copy or a compaction is, and stops it at a signal.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <stop_token>

#include "batpak/store/snapshot.hpp"
#include "tool/console/console.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"

namespace batpak::tool {

class CopyWatch {
public:
    explicit CopyWatch(Console& console) : progress_(console) { catch_interrupts(); }

    // Of any copy: its options have `progress` and `stop`. Borrows: this, until the copy is made.
    template <class Options>
    void attach(Options& options) {
        options.stop = stop_.get_token();
        options.progress = [this](const CopyProgress& now) {
            progress_.show({0, now.bytes, now.bytes_total});
            if (interrupted()) stop_.request_stop();
        };
    }

private:
    Progress progress_;
    std::stop_source stop_;
};

}  // namespace batpak::tool
