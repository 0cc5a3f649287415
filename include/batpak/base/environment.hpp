// Environment: everything outside batpak that batpak uses: files, time, randomness; and, in tests,
// what makes its steps fail.
//
// Threads: immutable value; its parts are thread-safe
// Errors:  none
#pragma once

#include <memory>

#include "batpak/base/clock.hpp"
#include "batpak/base/entropy.hpp"
#include "batpak/base/fault_injector.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak {

struct Environment {
    std::shared_ptr<FileSystem> files{};
    std::shared_ptr<Clock> clock{};
    std::shared_ptr<Entropy> entropy{};
    std::shared_ptr<FaultInjector> faults = nullptr;  // for tests; null: no step fails

    static Environment real() { return {real_file_system(), real_clock(), real_entropy()}; }
};

}  // namespace batpak
