// A random life of a log, crashed at random: one seed is one log through two to five lives.
//
// Each life opens the store and does what programs do with one; it ends with close() or with a
// crash. At many of the calls that the store makes to its disk, the disks that a crash would leave
// there are made and judged, so that one run of a workload yields many crashes.
//
// Threads: thread-compatible
// Errors:  the report
#pragma once

#include "support/crash/crash_state.hpp"

namespace batpak::testing {

// What the model is told wrongly, so that a test can see it complain.
enum class WrongModel : std::uint8_t {
    No,
    BufferedIsDurable,     // an acknowledgement is a promise, whatever its level
    UnansweredIsNotThere,  // what was not acknowledged cannot be on disk
};

struct CrashRun {
    std::uint64_t seed = 0;
    NameDurability names = NameDurability::Strict;
    WrapDisk wrap = {};
    bool disk_lies = false;  // from some call on, syncs do nothing
    WrongModel wrong_model = WrongModel::No;
};

struct CrashRunReport {
    std::string problem;  // empty, or what is wrong, and how to see it again
    std::uint64_t crashes = 0;
    std::uint64_t refusals = 0;
    std::uint64_t shorter = 0;
    std::uint64_t lives = 0;
    std::uint64_t events = 0;
    std::uint64_t rotations = 0;
};

CrashRunReport run_crash_workload(const CrashRun& run);

}  // namespace batpak::testing
