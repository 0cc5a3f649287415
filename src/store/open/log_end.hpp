// LogEnd: the time and the id of the last event, after which an append goes on.
//
// Threads: the functions are thread-safe
// Errors:  CorruptFrame, if the last event is damaged and nothing bounds its time and id; Io
#pragma once

#include <memory>
#include <optional>

#include "batpak/base/result.hpp"
#include "batpak/event/event.hpp"
#include "store/view/read_side.hpp"

namespace batpak::store {

struct LogEnd {
    // Those of the last event. If it is damaged: no event has later ones (INV W7).
    Hlc hlc;
    EventId last_id;               // nil without events
    std::optional<Error> damaged;  // why the last event cannot be read
};

[[nodiscard]] Result<LogEnd> find_log_end(const Pin& pin, const std::shared_ptr<ReadSide>& side);

}  // namespace batpak::store
