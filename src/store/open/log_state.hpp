// LogState: where the log stands when it is opened for writing: what open() hands to the commit
// side.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <memory>

#include "batpak/base/id.hpp"
#include "batpak/base/sequence.hpp"
#include "batpak/coordinate/hlc.hpp"
#include "store/index/memory_index.hpp"
#include "store/log/manifest.hpp"
#include "store/log/segment_writer.hpp"

namespace batpak::store {

struct LogState {
    Manifest manifest;
    std::unique_ptr<SegmentWriter> segment;
    std::shared_ptr<MemoryIndex> index;  // of what will be appended to the active segment
    Sequence next;
    Hlc hlc;
    EventId last_id;  // nil in an empty store
    bool ends_with_mark = false;
};

}  // namespace batpak::store
