// A check that a person watches: it shows how far it is, and the first Ctrl-C ends it between two
// events with a report of what was checked.
#include "tool/commands/watched_verify.hpp"

#include <stop_token>

#include "batpak/base/assert.hpp"
#include "tool/console/interrupt.hpp"
#include "tool/console/progress.hpp"

namespace batpak::tool {

Result<VerifyReport> watched_verify(const ReadOnlyStore& store, VerifyOptions options,
                                    Console& console) {
    BATPAK_ASSERT(!options.progress && !options.stop.stop_possible());
    Progress progress(console);
    std::stop_source stop;
    catch_interrupts();
    options.stop = stop.get_token();
    options.progress = [&](const VerifyProgress& now) {
        progress.show({now.events, now.events, now.events_total});
        if (interrupted()) stop.request_stop();
    };
    return store.verify(options);
}

}  // namespace batpak::tool
