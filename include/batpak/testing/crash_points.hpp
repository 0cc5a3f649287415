// Crash points: the moments of a run at which the power can fail, and what a test of them all
// found.
//
// A run of a program makes I/O calls, and between two of them a power cut changes nothing but what
// the program did outside its disk. So a run has one crash point before each call, one after it,
// and one at its end; and at each of them a disk can be left in several ways (CutMode). Scenario
// and Given try them all: they run the program once for each crash point, up to there, and restart
// it on each of the disks.
//
//     report.to_string()   power cut before call 61 of 143, Write of shop/cursor.tmp ...
//
// names the first crash point that was not survived, and what to write to see only that one.
//
// Threads: immutable values
// Errors:  none; a report has words
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "batpak/base/environment.hpp"
#include "batpak/base/result.hpp"
#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {

// crash_at(any_io): at every crash point.
struct AnyIo {};
inline constexpr AnyIo any_io;

// crash_at(CrashPoint{...}): at this one, with this disk left.
struct CrashPoint {
    std::uint64_t call = 0;  // its number, from 0; the number of calls for the end of the run
    CrashMoment moment = CrashMoment::BeforeCall;
    PowerCut cut{};

    // As C++, to be copied into a test.
    std::string to_string() const;

    friend bool operator==(const CrashPoint&, const CrashPoint&) = default;
};

// How a program is crashed.
struct CrashPlan {
    std::optional<CrashPoint> only{};  // absent: all
    std::uint64_t seed = 1;            // of the disk, of entropy, and of the random cuts
    std::uint32_t random_cuts = 4;     // at each point, besides the five fixed ways
    // The disk that the program finds when it is started first; null: an empty one.
    std::shared_ptr<const SimulatedFileSystem> disk = nullptr;
};

struct CrashFailure {
    std::optional<CrashPoint> point{};  // absent: it fails without any crash
    std::optional<Call> call{};         // what was called there; absent at the end of the run
    std::string problem{};
};

struct CrashReport {
    std::uint64_t calls = 0;    // I/O calls of one run without a crash
    std::uint64_t crashes = 0;  // disks that the program was restarted on
    std::uint64_t seed = 0;
    std::optional<CrashFailure> failure{};  // the first, which ended the test

    bool ok() const noexcept { return !failure; }
    // One line if all is well; else what failed, where, and how to see it again.
    std::string to_string() const;
};

// A program and its outside world, which no crash of the machine takes back. Copies have worlds of
// their own.
class CrashSubject {
public:
    virtual ~CrashSubject() = default;
    CrashSubject() = default;
    CrashSubject& operator=(const CrashSubject&) = delete;

    virtual std::unique_ptr<CrashSubject> copy() const = 0;
    // The run that is crashed. After the crash nothing of what it does counts.
    virtual Result<void> run(const Environment& machine) = 0;
    // What the next process does; then, what is wrong with the machine and the world: empty, if
    // nothing is.
    virtual Result<std::string> resume_and_check(const Environment& machine) = 0;

protected:
    CrashSubject(const CrashSubject&) = default;
};

// Runs copies of the subject until one of them fails.
CrashReport try_crash_points(const CrashSubject& subject, const CrashPlan& plan);

}  // namespace batpak::testing
