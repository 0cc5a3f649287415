// Injectors: what makes a named step of the store fail, and when.
//
//     auto injector = std::make_shared<testing::CountdownInjector>(
//         testing::Countdown{.point = InjectionPoint::BeforeSync, .arrival = 2},
//         testing::fail_io());
//     environment.faults = injector;
//     run_my_program(environment);
//     EXPECT_TRUE(injector->fired());
//
// The points, and what a failure at each does, are in batpak/base/fault_injector.hpp. Injectors
// work on every file system; what a failing disk does, rather than a failing step, is
// SimulatedFileSystem's.
//
// Threads: thread-safe
// Errors:  those that they are told to inject
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batpak/base/detail/mutex.hpp"
#include "batpak/base/fault_injector.hpp"
#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {

// One time that a point is reached.
struct Arrival {
    InjectionPoint point = InjectionPoint::AfterLock;
    std::uint64_t number = 0;             // of the arrivals that its injector counts, from 0
    std::optional<std::uint64_t> seed{};  // of the injector that chose it, if one did

    // "BeforeSync, arrival 2", and the seed if there is one.
    std::string to_string() const;
};

// What an injector does where it acts: gives the error of that step, or nothing to let it go on.
// It is called with no lock held, must not use the store, and must not throw.
using Injection = std::function<std::optional<Error>(const Arrival&)>;

// The step fails with this code and errno. The error's text names the arrival.
Injection fail_with(ErrorCode code, int os_error);
// Io with EIO, DiskFull with ENOSPC.
Injection fail_io();
Injection fail_disk_full();
// The power goes: this and every later call to the disk fails. See SimulatedFileSystem::crash_at.
Injection cut_power(std::shared_ptr<SimulatedFileSystem> disk);

// When a CountdownInjector acts: at arrival number `arrival`, counted from 0, at `point`, or of all
// arrivals if it is absent; with `repeats` at each one after it, too.
struct Countdown {
    std::optional<InjectionPoint> point{};
    std::uint64_t arrival = 0;
    bool repeats = false;
};

class CountdownInjector final : public FaultInjector {
public:
    CountdownInjector(const Countdown& when, Injection injection);

    std::optional<Error> reached(InjectionPoint point) noexcept override;

    bool fired() const;              // whether it has acted
    std::uint64_t arrivals() const;  // at its point, so far

private:
    const Countdown when_;
    const Injection injection_;

    mutable Mutex mutex_;
    std::uint64_t arrivals_ BATPAK_GUARDED_BY(mutex_) = 0;
    bool fired_ BATPAK_GUARDED_BY(mutex_) = false;
};

// When a ProbabilisticInjector acts: at `per_million` of a million arrivals at `point`, or of all
// if it is absent, chosen by the seed. Requires: per_million <= 1,000,000.
struct Chance {
    std::optional<InjectionPoint> point{};
    std::uint32_t per_million = 0;
    std::uint64_t seed = 0;
};

// The same seed and the same arrivals give the same failures. Its seed stands in to_string() and in
// each error that it injects with fail_with().
class ProbabilisticInjector final : public FaultInjector {
public:
    ProbabilisticInjector(const Chance& chance, Injection injection);

    std::optional<Error> reached(InjectionPoint point) noexcept override;

    std::uint64_t fired() const;  // how often it has acted
    // One line for the log of a test: which points, how often, which seed, and what came of it.
    std::string to_string() const;

private:
    const Chance chance_;
    const Injection injection_;

    mutable Mutex mutex_;
    std::uint64_t state_ BATPAK_GUARDED_BY(mutex_);
    std::uint64_t arrivals_ BATPAK_GUARDED_BY(mutex_) = 0;
    std::uint64_t fired_ BATPAK_GUARDED_BY(mutex_) = 0;
};

// Lets everything go on, and remembers it.
class RecordingInjector final : public FaultInjector {
public:
    std::optional<Error> reached(InjectionPoint point) noexcept override;

    std::vector<InjectionPoint> points() const;  // in the order in which they were reached
    std::uint64_t count(InjectionPoint point) const;

private:
    mutable Mutex mutex_;
    std::vector<InjectionPoint> points_ BATPAK_GUARDED_BY(mutex_);
};

}  // namespace batpak::testing
