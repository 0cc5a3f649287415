// The fault matrix: each scenario, with each of its calls failing in each way, once and for ever.
//
// After each fault: the answer was of a documented class; reads go on; the log is what it was
// before, or what it should be after, or the store is poisoned and appends nothing more; what was
// refused stays away for ever; and what is opened next keeps all promises, also after power cuts.
//
// Threads: thread-compatible
// Errors:  the report
#pragma once

#include "support/crash/crash_state.hpp"

namespace batpak::testing {

struct FaultMatrix {
    std::string problem;  // empty, or what is wrong, and in which case
    std::uint64_t scenarios = 0;
    std::uint64_t cases = 0;
    std::uint64_t crashes = 0;
    std::uint64_t poisoned = 0;  // cases that ended so
    std::uint64_t failed = 0;    // cases in which a call to the store failed
};

// Ends at the first problem.
FaultMatrix run_fault_matrix(const WrapDisk& wrap);

}  // namespace batpak::testing
