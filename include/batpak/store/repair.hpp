// repair: puts segments of a snapshot in the place of damaged ones.
//
//     auto report = batpak::repair(StoreConfig("./batpak-data"), "./backup/monday").value();
//     for (const Error& still : report.damaged) fmt::print("{}\n", still.to_string());
//
// A segment that is sealed never changes, so any copy of it is as good as itself. One that is
// damaged, or missing, is replaced if the snapshot has exactly this segment, whole: of the same
// log, of the same size, and with the same bytes in every frame that can still be read here. What
// is replaced is kept under lost/, even if it cannot be read. Nothing else is changed: neither
// whole segments, nor the one that is appended to, nor the MANIFEST. No event is lost or added. The
// one that is appended to is checked all the same: if it is damaged, the report says so, and what
// helps is restore() or salvage().
//
// Threads: thread-safe; the store must not be open for writing
// Errors:  NotAStore, StoreLocked, CorruptManifest, Io; of the snapshot: those of reading it, and
//          InvalidArgument if there is none. A segment that the caller may not open, or that there
//          is no descriptor or memory for, is no damage: Io, and nothing is replaced. Once segments
//          are checked, the report has what fails.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batpak/base/error.hpp"
#include "batpak/base/result.hpp"
#include "batpak/store/config.hpp"

namespace batpak {

// A segment that was replaced by the snapshot's.
struct RepairedSegment {
    std::uint64_t id = 0;
    std::string saved_to{};  // what was there, relative to the store; empty if nothing was
};

struct RepairReport {
    std::uint64_t segments = 0;  // that were checked: all that are sealed
    std::vector<RepairedSegment> repaired{};
    std::vector<Error> damaged{};  // what is damaged still, and why it was not replaced
};

// `snapshot`: its directory.
[[nodiscard]] Result<RepairReport> repair(const StoreConfig& store, const std::string& snapshot);

}  // namespace batpak
