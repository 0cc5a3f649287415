#include "support/crash/fault_matrix.hpp"

#include <array>
#include <cerrno>

#include "batpak/testing/environment.hpp"
#include "support/crash/model_store.hpp"

namespace batpak::testing {
namespace {

constexpr Durability kBuffered = Durability::Buffered;
constexpr std::size_t kBig = 1700;  // two of them fit a segment, three do not

// What a scenario works on. `disk` changes where the scenario lets a process die.
struct Stage {
    ModelStore& store;
    LogModel& model;
    Disk& disk;
};

struct Scenario {
    const char* name;
    void (*prepare)(Stage&);  // nothing fails here
    void (*act)(Stage&);      // and something here
};

void prepare_nothing(Stage&) {}

void prepare_open(Stage& stage) {
    stage.store.open(stage.disk);
    stage.store.append({});
    stage.store.append({.entity = "bob", .durability = kBuffered});
}

void prepare_three_segments(Stage& stage) {
    stage.store.open(stage.disk);
    for (int i = 0; i < 5; ++i)
        stage.store.append({.payload_bytes = kBig, .durability = kBuffered});
    stage.store.append({.entity = "bob"});
}

void die(Stage& stage) {
    const Disk next = stage.disk->after_process_kill();
    stage.store.kill(stage.disk);
    stage.disk = next;
}

void prepare_dead_process(Stage& stage) {
    prepare_three_segments(stage);
    stage.store.append({.payload_bytes = 600, .durability = kBuffered});
    die(stage);
}

void prepare_torn_tail(Stage& stage) {
    prepare_three_segments(stage);
    stage.store.append({.payload_bytes = 1300, .durability = kBuffered});
    const Disk next = stage.disk->after_power_cut({.mode = CutMode::AllButFirst, .seed = 0});
    stage.store.kill(stage.disk);
    stage.model.lose_power();
    stage.disk = next;
}

void prepare_no_index(Stage& stage) {
    prepare_three_segments(stage);
    stage.store.close();
    for (const std::string& path : stage.disk->file_paths()) {
        if (path.starts_with("/data/index/")) (void)stage.disk->erase(path);
    }
}

void prepare_full_segment(Stage& stage) {
    prepare_open(stage);
    stage.store.append({.payload_bytes = kBig});
    stage.store.append({.payload_bytes = kBig, .durability = kBuffered});
}

void open(Stage& stage) { stage.store.open(stage.disk); }

void open_and_read(Stage& stage) {
    open(stage);
    stage.store.append({.entity = "dave"});
}

constexpr std::array kScenarios = {
    Scenario{"open, empty", prepare_nothing, open},
    Scenario{"open, three segments", prepare_dead_process, open},
    Scenario{"open, torn tail", prepare_torn_tail, open},
    Scenario{"open, index deleted", prepare_no_index, open_and_read},
    Scenario{"append, durable", prepare_open, [](Stage& stage) { stage.store.append({}); }},
    Scenario{"append, buffered", prepare_open,
             [](Stage& stage) { stage.store.append({.durability = kBuffered}); }},
    Scenario{"append, larger than a segment", prepare_open,
             [](Stage& stage) { stage.store.append({.payload_bytes = 5000}); }},
    Scenario{"append, expecting a version", prepare_open,
             [](Stage& stage) { stage.store.append({.expect = ExpectedVersion::exactly(0)}); }},
    Scenario{"append, three one after another", prepare_open,
             [](Stage& stage) {
                 for (int i = 0; i < 3; ++i) stage.store.append({.payload_bytes = 700});
             }},
    Scenario{"batch", prepare_open,
             [](Stage& stage) { stage.store.append_batch(4, {.payload_bytes = 200}); }},
    Scenario{"batch, and rotation", prepare_full_segment,
             [](Stage& stage) { stage.store.append_batch(4, {.payload_bytes = 700}); }},
    Scenario{"tickets", prepare_open,
             [](Stage& stage) { stage.store.submit(3, {.payload_bytes = 300}); }},
    Scenario{"tickets across a rotation", prepare_open,
             [](Stage& stage) { stage.store.submit(4, {.payload_bytes = kBig}); }},
    Scenario{"rotation", prepare_full_segment,
             [](Stage& stage) { stage.store.append({.payload_bytes = kBig}); }},
    Scenario{"sync", prepare_full_segment, [](Stage& stage) { stage.store.sync(); }},
    Scenario{"wait_durable", prepare_full_segment,
             [](Stage& stage) { stage.store.wait_durable(stage.model.submitted() - 1); }},
    Scenario{"close", prepare_full_segment, [](Stage& stage) { stage.store.close(); }},
};

bool reads(CallKind kind) {
    return kind == CallKind::Read || kind == CallKind::Stat || kind == CallKind::List ||
           kind == CallKind::Map;
}

std::vector<Fault> faults_of(const Call& call) {
    std::vector<Fault> faults = {Fault::io()};
    if (call.kind == CallKind::Sync) {
        faults.push_back(Fault::error(ErrorCode::Io, EINTR));
        faults.push_back(Fault::error(ErrorCode::Io, ENOSPC));
    } else if (!reads(call.kind)) {
        faults.push_back(Fault::disk_full());
    }
    if (call.kind == CallKind::Write) {
        for (const Fault& then : {Fault::io(), Fault::disk_full()}) {
            faults.push_back(Fault::short_write(0, then));
            faults.push_back(Fault::short_write(call.length / 2, then));
            faults.push_back(Fault::short_write(call.length - 1, then));
        }
    }
    for (std::size_t i = faults.size(); i > 0; --i) faults.push_back(faults[i - 1].forever());
    return faults;
}

// One scenario, with one fault or none, and all that is to be seen of it afterwards.
class FaultCase {
public:
    FaultCase(const Scenario& scenario, const WrapDisk& wrap)
        : scenario_(scenario),
          setup_({.wrap = wrap,
                  .hashes = true,
                  .sync_every_n = 100,
                  .clock = std::make_shared<ManualClock>(ManualClock::kStartUs)}),
          disk_(std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{})) {
        scenario_.prepare(stage_);
        tell(store_.problem());
    }

    // The calls that the scenario makes when nothing fails.
    std::vector<Call> dry_run() {
        const std::uint64_t begin = disk_->calls();
        scenario_.act(stage_);
        tell(store_.problem());
        std::vector<Call> trace = disk_->trace();
        trace.erase(trace.begin(), trace.begin() + static_cast<std::ptrdiff_t>(begin));
        return trace;
    }

    void run(const Call& call, const Fault& fault) {
        disk_->fail_call(call.number, fault);
        scenario_.act(stage_);
        disk_->clear_faults();
        tell(store_.problem());
        failed_ = !store_.errors().empty();
        poisoned_ = store_.poisoned();
        judge_sync(call);
        store_.read();
        judge_crashes("then");
        go_on();
        open_again();
    }

    const std::string& problem() const noexcept { return problem_; }
    bool failed() const noexcept { return failed_; }
    bool poisoned() const noexcept { return poisoned_; }
    std::uint64_t crashes() const noexcept { return check_.crashes(); }

private:
    void tell(const std::string& problem) {
        if (problem_.empty()) problem_ = problem;
    }

    // No store goes on after a failed sync of its log.
    void judge_sync(const Call& call) {
        const bool of_log = call.kind == CallKind::Sync && call.path.ends_with(".bpk");
        if (of_log && store_.is_open() && !poisoned_) tell("a sync failed, and it is not poisoned");
    }

    void judge_crashes(const std::string& when) {
        const auto judge = [&](const Disk& disk, std::uint64_t at_least, const char* how) {
            if (!problem_.empty()) return;
            tell(check_.check({.disk = disk,
                               .at_least = at_least,
                               .durable = model_.durable(),
                               .at_most = model_.submitted(),
                               .how = when + ", " + how},
                              Depth::Sampled));
        };
        judge(disk_->after_process_kill(), model_.acknowledged(), "a kill");
        for (const CutMode mode : {CutMode::None, CutMode::All, CutMode::LastOnly}) {
            judge(disk_->after_power_cut({.mode = mode, .seed = 0}), model_.durable(), "a cut");
        }
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
            judge(disk_->after_power_cut({.mode = CutMode::Random, .seed = seed}), model_.durable(),
                  "a random cut");
        }
    }

    // The fault is over. A store that is not poisoned is as good as new.
    void go_on() {
        if (!store_.is_open()) return;
        const std::size_t errors = store_.errors().size();
        store_.append({.entity = "carol"});
        store_.sync();
        tell(store_.problem());
        if (!poisoned_ && store_.errors().size() != errors) {
            tell("no appending after the fault: " + store_.errors().back().to_string());
        }
        store_.read();
        judge_crashes("after another append");
        store_.close();
        tell(store_.problem());
    }

    // In the same boot: what the first process left in the cache is there, durable or not.
    void open_again() {
        if (!problem_.empty()) return;
        if (!store_.open(disk_)) {
            tell("not opened without faults: " + store_.errors().back().to_string());
            return;
        }
        tell(store_.problem());
        judge_crashes("opened again");
        const std::size_t errors = store_.errors().size();
        store_.append({.entity = "dave", .payload_bytes = 50});
        if (store_.errors().size() != errors) tell(store_.errors().back().to_string());
        store_.read();
        tell(store_.problem());
        judge_crashes("opened again and appended to");
    }

    const Scenario& scenario_;
    const StoreSetup setup_;
    LogModel model_;
    CrashCheck check_{model_, setup_, 17};
    ModelStore store_{model_, setup_};
    Disk disk_;
    Stage stage_{store_, model_, disk_};
    std::string problem_;
    bool failed_ = false;
    bool poisoned_ = false;
};

std::string describe(const Scenario& scenario, const Call& call, const Fault& fault) {
    std::string words = std::string(" [scenario \"") + scenario.name + "\", " +
                        std::string(to_string(call.kind)) + " of " + call.path + ", " +
                        std::string(to_string(fault.code)) + ", errno " +
                        std::to_string(fault.os_error);
    if (fault.effect == Fault::Effect::ShortWrite) {
        words += ", after " + std::to_string(fault.bytes) + " bytes";
    }
    return words + (fault.repeats ? ", for ever]" : ", once]");
}

void run_case(const Scenario& scenario, const Call& call, const Fault& fault, const WrapDisk& wrap,
              FaultMatrix& matrix) {
    FaultCase one(scenario, wrap);
    one.run(call, fault);
    ++matrix.cases;
    matrix.crashes += one.crashes();
    matrix.failed += one.failed() ? 1U : 0U;
    matrix.poisoned += one.poisoned() ? 1U : 0U;
    if (!one.problem().empty()) matrix.problem = one.problem() + describe(scenario, call, fault);
}

}  // namespace

FaultMatrix run_fault_matrix(const WrapDisk& wrap) {
    FaultMatrix matrix;
    for (const Scenario& scenario : kScenarios) {
        ++matrix.scenarios;
        FaultCase without_fault(scenario, wrap);
        const std::vector<Call> calls = without_fault.dry_run();
        if (!without_fault.problem().empty()) {
            matrix.problem = without_fault.problem() + " [without a fault]";
            return matrix;
        }
        for (const Call& call : calls) {
            for (const Fault& fault : faults_of(call)) {
                run_case(scenario, call, fault, wrap, matrix);
                if (!matrix.problem.empty()) return matrix;
            }
        }
    }
    return matrix;
}

}  // namespace batpak::testing
