// One crash point is tried like this:
//
//     run, with an observer at the call      the observer copies the program's world
//     the call, and all later ones, fail     the run ends, and what it did meanwhile is dropped
//     for each way to leave the disk         a copy of the world, on that disk, resumes and is
//     judged
//
// Ways that leave the same files are tried once.
//
// Each point runs the program again from the start, so that n calls cost about n squared, times the
// disks that differ after a cut.
#include "batpak/testing/crash_points.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "batpak/base/assert.hpp"
#include "batpak/testing/environment.hpp"

namespace batpak::testing {
namespace {

using Disk = std::shared_ptr<SimulatedFileSystem>;

constexpr std::int64_t kRestartUs = ManualClock::kStartUs + 60'000'000;

std::string_view name_of(CutMode mode) noexcept {
    switch (mode) {
        case CutMode::None: return "None";
        case CutMode::All: return "All";
        case CutMode::LastOnly: return "LastOnly";
        case CutMode::AllButFirst: return "AllButFirst";
        case CutMode::SizeOnly: return "SizeOnly";
        case CutMode::Subset: return "Subset";
        case CutMode::Random: return "Random";
    }
    BATPAK_UNREACHABLE();
}

std::string describe(const Call& call) {
    std::string words = std::string(to_string(call.kind)) + " of " + call.path;
    if (call.kind == CallKind::Read || call.kind == CallKind::Write) {
        words +=
            " at " + std::to_string(call.offset) + ", " + std::to_string(call.length) + " bytes";
    }
    return words;
}

// The disk is the same before and after them. So a crash after such a call leaves what a crash
// before it leaves, and is not tried.
bool only_looks(CallKind kind) noexcept {
    return kind == CallKind::Read || kind == CallKind::Stat || kind == CallKind::List ||
           kind == CallKind::Map || kind == CallKind::OpenPath;
}

std::vector<PowerCut> cuts_of(const CrashPlan& plan) {
    std::vector<PowerCut> cuts;
    for (const CutMode mode : {CutMode::None, CutMode::All, CutMode::LastOnly, CutMode::AllButFirst,
                               CutMode::SizeOnly}) {
        cuts.push_back({.mode = mode, .seed = 0});
    }
    for (std::uint64_t seed = 0; seed < plan.random_cuts; ++seed) {
        cuts.push_back({.mode = CutMode::Random, .seed = seed});
    }
    return cuts;
}

// Everything that can be read from a disk. Two disks with one image open alike, since a store sees
// names and bytes alone.
std::string image_of(const SimulatedFileSystem& disk) {
    std::string image;
    for (const std::string& path : disk.file_paths()) {
        const Bytes bytes = disk.contents(path).value_or(Bytes{});
        image += path + '\0' + std::to_string(bytes.size()) + '\0';
        image += as_text(bytes);
    }
    return image;
}

class CrashTest {
public:
    CrashTest(const CrashSubject& subject, const CrashPlan& plan) : subject_(subject), plan_(plan) {
        report_.seed = plan.seed;
    }

    CrashReport run() {
        if (!run_without_crash()) return report_;
        if (plan_.only) {
            try_point(plan_.only->call, plan_.only->moment, {plan_.only->cut});
            return report_;
        }
        const std::vector<PowerCut> cuts = cuts_of(plan_);
        for (std::uint64_t call = 0; call <= report_.calls && report_.ok(); ++call) {
            try_point(call, CrashMoment::BeforeCall, cuts);
            const bool changes = call < report_.calls && !only_looks(trace_[call].kind);
            if (changes && report_.ok()) try_point(call, CrashMoment::AfterCall, cuts);
        }
        return report_;
    }

private:
    Disk new_disk() const {
        // A disk of its own, with all that was written: the points must not see each other.
        if (plan_.disk) return plan_.disk->after_process_kill();
        return std::make_shared<SimulatedFileSystem>(plan_.seed, SimulatedDisk{});
    }

    static Environment machine_on(const Disk& disk, std::int64_t wall_us, std::uint64_t seed) {
        return {.files = disk,
                .clock = std::make_shared<ManualClock>(wall_us),
                .entropy = std::make_shared<SeededEntropy>(seed)};
    }

    bool run_without_crash() {
        const Disk disk = new_disk();
        const auto ran = subject_.copy()->run(machine_on(disk, ManualClock::kStartUs, plan_.seed));
        trace_ = disk->trace();
        report_.calls = trace_.size();
        if (!ran) report_.failure = CrashFailure{{}, {}, "it failed: " + ran.error().to_string()};
        if (ran && trace_.empty()) {
            report_.failure =
                CrashFailure{{}, {}, "it made no I/O call: does it use the machine's files?"};
        }
        return report_.ok();
    }

    void try_point(std::uint64_t call, CrashMoment moment, const std::vector<PowerCut>& cuts) {
        const Disk disk = new_disk();
        const std::unique_ptr<CrashSubject> running = subject_.copy();
        std::unique_ptr<CrashSubject> crashed;  // with the world as it is when the power goes
        std::optional<Call> seen;
        disk->observe([&](const Call& now) {
            if (now.number != call || crashed) return;
            crashed = running->copy();
            seen = now;
        });
        disk->crash_at(call, moment);
        (void)running->run(machine_on(disk, ManualClock::kStartUs, plan_.seed));
        disk->observe(nullptr);
        if (!crashed) crashed = running->copy();
        if (!is_repeated(call, seen)) {
            return tell({call, moment, cuts.front()}, seen,
                        "the run was not the same again: take time and randomness from the "
                        "machine, and work in one thread");
        }
        restart_on_each(*disk, *crashed, {call, moment, {}}, cuts);
    }

    // Without this a test would try points of runs that are not the same, and say nothing.
    bool is_repeated(std::uint64_t call, const std::optional<Call>& seen) const {
        if (call >= trace_.size()) return call == trace_.size() && !seen;
        return seen == trace_[call];
    }

    void restart_on_each(const SimulatedFileSystem& disk, const CrashSubject& crashed,
                         CrashPoint point, const std::vector<PowerCut>& cuts) {
        std::vector<std::string> images;
        for (const PowerCut& cut : cuts) {
            const Disk left = disk.after_power_cut(cut);
            std::string image = image_of(*left);
            if (std::ranges::find(images, image) != images.end()) continue;
            images.push_back(std::move(image));
            point.cut = cut;
            restart(left, crashed, point);
            if (!report_.ok()) return;
        }
    }

    void restart(const Disk& left, const CrashSubject& crashed, const CrashPoint& point) {
        ++report_.crashes;
        // Another boot has other randomness.
        const Environment machine = machine_on(left, kRestartUs, plan_.seed + 1);
        const Result<std::string> problem = crashed.copy()->resume_and_check(machine);
        if (problem && problem->empty()) return;
        std::optional<Call> call;
        if (point.call < trace_.size()) call = trace_[point.call];
        tell(point, call, problem ? *problem : "it failed: " + problem.error().to_string());
    }

    void tell(const CrashPoint& point, const std::optional<Call>& call, std::string problem) {
        report_.failure = CrashFailure{point, call, std::move(problem)};
    }

    const CrashSubject& subject_;
    const CrashPlan& plan_;
    std::vector<Call> trace_;
    CrashReport report_;
};

}  // namespace

std::string CrashPoint::to_string() const {
    return "CrashPoint{.call = " + std::to_string(call) + ", .moment = CrashMoment::" +
           (moment == CrashMoment::BeforeCall ? "BeforeCall" : "AfterCall") +
           ", .cut = {CutMode::" + std::string(name_of(cut.mode)) + ", " +
           std::to_string(cut.seed) + "}}";
}

std::string CrashReport::to_string() const {
    const std::string run =
        "a run of " + std::to_string(calls) + " I/O calls, seed " + std::to_string(seed);
    if (ok()) return run + ": " + std::to_string(crashes) + " crashes, and each was survived";
    if (!failure->point) return failure->problem + "\n  without any crash, in " + run;
    const CrashPoint& point = *failure->point;
    const std::string moment = point.moment == CrashMoment::BeforeCall ? "before" : "after";
    const std::string where = failure->call ? moment + " call " + std::to_string(point.call) +
                                                  ", " + describe(*failure->call)
                                            : std::string("at the end of the run");
    return failure->problem + "\n  after a power cut " + where + "\n  in " + run + ", after " +
           std::to_string(crashes) + " crashes\n  to see only this one: .with_seed(" +
           std::to_string(seed) + ").crash_at(" + point.to_string() + ")";
}

CrashReport try_crash_points(const CrashSubject& subject, const CrashPlan& plan) {
    return CrashTest(subject, plan).run();
}

}  // namespace batpak::testing
