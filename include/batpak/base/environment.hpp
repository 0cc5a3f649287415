// Environment: everything outside batpak that batpak uses: files, time, randomness.
//
// Threads: immutable value; its parts are thread-safe
// Errors:  none
#pragma once

#include <memory>

#include "batpak/base/clock.hpp"
#include "batpak/base/entropy.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak {

struct Environment {
    std::shared_ptr<FileSystem> files;
    std::shared_ptr<Clock> clock;
    std::shared_ptr<Entropy> entropy;

    static Environment real() { return {real_file_system(), real_clock(), real_entropy()}; }
};

}  // namespace batpak
