// A call is recorded before it is judged, so that its number is its place in the trace whatever
// becomes of it, and a run that is repeated can name the call at which the first one went wrong.
#include "testing/fault_plan.hpp"

#include <algorithm>
#include <cerrno>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"
#include "testing/random.hpp"

namespace batpak::testing {
namespace {

bool applies(Fault::Effect effect, CallKind kind) noexcept {
    switch (effect) {
        case Fault::Effect::Fail: return true;
        case Fault::Effect::ShortWrite:
        case Fault::Effect::Misdirect: return kind == CallKind::Write;
        case Fault::Effect::LoseSync:
            return kind == CallKind::Sync || kind == CallKind::SyncDirectory;
    }
    BATPAK_UNREACHABLE();
}

Verdict verdict_of(const Fault& fault, const Request& request) {
    Verdict verdict{.runs = true, .fault = fault};
    const bool fails = fault.effect == Fault::Effect::Fail;
    if (fails || fault.effect == Fault::Effect::ShortWrite) {
        verdict.error =
            Error(fault.code, "simulated fault").at(request.path).with_os_error(fault.os_error);
    }
    // A failed sync is not nothing: it loses pages.
    if (fails && request.kind != CallKind::Sync) verdict.runs = false;
    return verdict;
}

}  // namespace

void FaultPlan::fail_call(std::uint64_t number, Fault fault) {
    planned_.push_back({.number = number, .kind = std::nullopt, .fault = fault});
}

void FaultPlan::fail_next(CallKind kind, Fault fault) {
    BATPAK_ASSERT(applies(fault.effect, kind));
    planned_.push_back({.number = std::nullopt, .kind = kind, .fault = fault});
}

void FaultPlan::crash_at(std::uint64_t number, CrashMoment moment) {
    crash_number_ = number;
    crash_moment_ = moment;
}

// In this order: a crash ends everything, a planned fault counts before a disk that lies as a
// whole.
Verdict FaultPlan::admit(const Request& request) {
    const std::uint64_t number = trace_.size();
    // Counted before it is judged: a fault that is planned for a number meets the same call,
    // however many calls fail before it.
    record(request);
    if (crash_number_ && number >= *crash_number_) {
        const bool first = !crashed_;
        crashed_ = true;
        return {
            .runs = first && crash_moment_ == CrashMoment::AfterCall,
            .fault = std::nullopt,
            .error =
                Error(ErrorCode::Io, "simulated power cut").at(request.path).with_os_error(EIO)};
    }
    if (const std::optional<Fault> fault = take_fault(number, request.kind))
        return verdict_of(*fault, request);
    if (syncs_lie_ && applies(Fault::Effect::LoseSync, request.kind))
        return verdict_of(Fault::lost_sync(), request);
    return {};
}

Call FaultPlan::next_call(const Request& request) const {
    return {.number = trace_.size(),
            .kind = request.kind,
            .path = request.path,
            .offset = request.offset,
            .length = request.length};
}

std::optional<Fault> FaultPlan::take_fault(std::uint64_t number, CallKind kind) {
    const auto found = std::ranges::find_if(planned_, [&](const Planned& planned) {
        if (!applies(planned.fault.effect, kind)) return false;
        if (planned.kind) return *planned.kind == kind;
        return planned.fault.repeats ? number >= *planned.number : number == *planned.number;
    });
    if (found == planned_.end()) return std::nullopt;
    const Fault fault = found->fault;
    if (!fault.repeats) planned_.erase(found);
    return fault;
}

void FaultPlan::mix(std::uint64_t value) noexcept {
    digest_ = Random(digest_ ^ (value * 0x9FB21C651E98DF25U)).next();
}

// Of what was written, so that two runs with one digest did the same to the disk.
void FaultPlan::record(const Request& request) {
    trace_.push_back(next_call(request));
    mix(static_cast<std::uint64_t>(request.kind));
    mix(crc32(as_bytes(request.path)));
    mix(request.offset);
    mix(request.length);
    // By its checksum: a trace of a long run must not keep what was written.
    mix(crc32(request.written));
}

}  // namespace batpak::testing
