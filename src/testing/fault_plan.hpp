// FaultPlan: numbers and traces the calls of a simulated file system and says which of them fail.
//
// Threads: thread-compatible
// Errors:  admit() makes those that the calls then return
#pragma once

#include <optional>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {

// What one call asks for.
struct Request {
    CallKind kind;
    const std::string& path;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    BytesView written = {};
};

// What becomes of it.
//
//                          runs    fault       error
//     no fault             yes     -           -
//     crash before, after  no, yes -           Io
//     Fail                 no      Fail        as planned
//     Fail of a Sync       yes     Fail        as planned
//     ShortWrite           yes     ShortWrite  as planned
//     LoseSync, Misdirect  yes     it          -
struct Verdict {
    bool runs = true;
    std::optional<Fault> fault = std::nullopt;
    std::optional<Error> error = std::nullopt;  // the answer, whatever the call itself says

    bool has(Fault::Effect effect) const noexcept { return fault && fault->effect == effect; }
};

class FaultPlan {
public:
    explicit FaultPlan(bool syncs_lie) : syncs_lie_(syncs_lie) {}

    void fail_call(std::uint64_t number, Fault fault);
    void fail_next(CallKind kind, Fault fault);
    void clear_faults() { planned_.clear(); }
    void crash_at(std::uint64_t number, CrashMoment moment);

    Verdict admit(const Request& request);
    // The outcome of the call admitted last: 0, or the code of its error.
    void settle(std::uint16_t outcome) noexcept { mix(outcome); }
    Call next_call(const Request& request) const;

    bool crashed() const noexcept { return crashed_; }
    const std::vector<Call>& trace() const noexcept { return trace_; }
    std::uint64_t digest() const noexcept { return digest_; }

private:
    struct Planned {
        std::optional<std::uint64_t> number;
        std::optional<CallKind> kind;
        Fault fault;
    };

    std::optional<Fault> take_fault(std::uint64_t number, CallKind kind);
    void mix(std::uint64_t value) noexcept;
    void record(const Request& request);

    const bool syncs_lie_;
    std::vector<Planned> planned_;
    std::optional<std::uint64_t> crash_number_;
    CrashMoment crash_moment_ = CrashMoment::BeforeCall;
    bool crashed_ = false;
    std::vector<Call> trace_;
    std::uint64_t digest_ = 0;
};

}  // namespace batpak::testing
