// Environment: everything outside batpak that batpak uses: files, time, randomness; and, in tests,
// what makes its steps fail.
//
// Threads: immutable value; its parts are thread-safe
// Errors:  none
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/language.hpp"
#include "batpak/base/fault_injector.hpp"
#include "batpak/base/file_system.hpp"

namespace batpak {

// Entropy: the seam through which batpak gets randomness (ids, blinds, salts).
class Entropy {
public:
    virtual ~Entropy() = default;
    Entropy() = default;
    Entropy(const Entropy&) = delete;
    Entropy& operator=(const Entropy&) = delete;

    // Fills `into` with bytes that nobody can predict.
    virtual void fill(MutableBytesView into) noexcept = 0;
};

// The operating system's randomness, drawn in pools; a child after fork() never repeats its parent.
std::shared_ptr<Entropy> real_entropy();

// Clock: the seam through which batpak reads time.
//
// Wall time is data (the timestamp of an event) and never decides order, identity or recovery;
// monotonic time is only for deadlines and durations inside one process.
class Clock {
public:
    virtual ~Clock() = default;
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

    // Microseconds since 1970-01-01 UTC. May stand still, jump, or go back.
    virtual std::int64_t wall_us() noexcept = 0;
    // Never goes back within a process; its zero means nothing.
    virtual std::chrono::nanoseconds monotonic() noexcept = 0;
};

// The operating system's.
std::shared_ptr<Clock> real_clock();

struct Environment {
    std::shared_ptr<FileSystem> files{};
    std::shared_ptr<Clock> clock{};
    std::shared_ptr<Entropy> entropy{};
    std::shared_ptr<FaultInjector> faults = nullptr;  // for tests; null: no step fails

    static Environment real() { return {real_file_system(), real_clock(), real_entropy()}; }
};

}  // namespace batpak
