// Goal:   no crash at any call of a compaction, and no call of it that fails, loses an event,
//         doubles one, or leaves a store that does not open; and what it left is finished or taken
//         back by the next open (INV K3, R1, R3, R5).
// Method: a store of many small segments is compacted once, in several merges, with appends in
//         between. Before each of its calls, and after the last one, the disks of eight kinds of
//         power cut and of a process kill are made. On each, a reader and a writer must find all
//         that was acknowledged, whole, and nothing else; the writer must have tidied up, append,
//         and compact again. The opening of what a crash left is cut short at each of its calls as
//         well. Then each call of a compaction fails, once and from there on, with an I/O error and
//         with a full disk, and the same is asked, also of the store that goes on.
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "batpak/store/read_only_store.hpp"
#include "store/frame/segment_header.hpp"
#include "store/log/manifest.hpp"
#include "support/crash/power_cuts.hpp"
#include "support/file_helpers.hpp"
#include "support/seeds.hpp"
#include "support/store/small_store.hpp"
#include "support/store/whole_copy.hpp"

namespace batpak::testing {
namespace {

const Coordinate kMeanwhile = Coordinate::create("meanwhile", "room:hall").value();

Result<AppendReceipt> append_one(Store& store) {
    return store.append_raw(kMeanwhile, EventKind::custom(0xF, 1), as_bytes("appended meanwhile"));
}

// Two merges of two segments each, with an event appended behind each megabyte, which is once for
// each.
Merge small_merges(const std::function<void()>& between) {
    Merge merge{.bytes_max = 8192};
    merge.progress = [between](const CopyProgress&) { between(); };
    return merge;
}

// A store that was not closed, of five segments or more.
struct Start {
    Disk disk;
    std::vector<EventCopy> events;
};

Start make_start(NameDurability names) {
    Start start;
    start.disk = std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{.names = names});
    Store store = Store::open(config_on(start.disk, 3)).value();
    for (int i = 0; i < 14; ++i) {
        BatchBuilder batch;
        for (int j = 0; j < 3; ++j) {
            batch.add(Coordinate::create("e" + std::to_string((i + j) % 4), "s").value(),
                      EventKind::custom(0xF, 2), Bytes(static_cast<std::size_t>(100 + 40 * j)));
        }
        store.append_batch(std::move(batch)).value();
        append_one(store).value();
    }
    EXPECT_GT(store.stats().segments, 4U);
    start.events = copies_of(store);
    start.disk = start.disk->after_process_kill();
    start.disk = start.disk->after_power_cut({.mode = CutMode::All, .seed = 0});
    return start;
}

// What is wrong with a log that must begin with `before` and go on with at least `acknowledged` and
// at most `submitted` events that were appended meanwhile.
struct Expected {
    const std::vector<EventCopy>& before;
    std::uint64_t acknowledged = 0;
    std::uint64_t submitted = 0;
};

std::string problem_of_log(const StoreReads& store, const Expected& expected) {
    const std::uint64_t more = store.visible_end().value - expected.before.size();
    if (more < expected.acknowledged || more > expected.submitted)
        return "it has " + to_string(store.visible_end()) + " events";
    std::size_t at = 0;
    for (const auto& event : store.query(Region::all())) {
        if (!event) return event.error().to_string();
        const bool is_new = at >= expected.before.size();
        const bool is_right =
            is_new ? event->entity == kMeanwhile.entity() : expected.before[at].is(*event);
        if (!is_right || event->sequence().value != at)
            return "another event " + std::to_string(at);
        ++at;
    }
    const auto report = store.verify();
    if (!report) return "it is not verified: " + report.error().to_string();
    return report->damage ? report->damage->to_string() : "";
}

std::string problem_of_reader(const Disk& disk, const Expected& expected) {
    const auto reader = ReadOnlyStore::open(config_on(disk, 6));
    if (!reader) return "a reader does not open it: " + reader.error().to_string();
    return problem_of_log(*reader, expected);
}

// The files in segments/ are those that the MANIFEST lists.
std::string problem_of_files(const Disk& disk) {
    const Bytes text = disk->contents(store_path("MANIFEST")).value();
    const auto manifest = store::Manifest::parse(as_text(text)).value();
    // An id that was announced and given up stays, above all that are listed.
    for (const std::uint64_t id : manifest.gone) {
        const bool was_listed =
            id < manifest.active.id ||
            std::ranges::any_of(
                manifest.sealed, [&](const auto& segment) { return id < segment.id; });
        if (was_listed) return "the MANIFEST still says what is gone";
    }
    std::size_t files = 0;
    for (const std::string& path : disk->file_paths())
        files += path.starts_with(store_path("segments/")) ? 1U : 0U;
    const std::size_t listed = manifest.sealed.size() + 1;
    return files == listed ? "" : "there are " + std::to_string(files) + " files";
}

// Opens it for writing, appends, and compacts all of it.
std::string problem_of_writer(const Disk& disk, const Expected& expected) {
    auto store = Store::open(config_on(disk, 8));
    if (!store) return "it does not open: " + store.error().to_string();
    std::string problem = problem_of_log(*store, expected);
    if (problem.empty()) problem = problem_of_files(disk);
    if (!problem.empty()) return problem;
    const std::uint64_t end = store->visible_end().value;
    const Hash root = store->root(Sequence(end)).value();
    if (!append_one(*store)) return "it takes no event";
    const auto report = store->compact();
    if (!report) return "it is not compacted: " + report.error().to_string();
    if (store->root(Sequence(end)).value() != root) return "it has another root";
    const std::uint64_t more = end + 1 - expected.before.size();
    problem = problem_of_log(*store, {expected.before, more, more});
    return problem.empty() ? problem_of_files(disk) : problem;
}

std::string problem_of(const Disk& disk, const Expected& expected) {
    const std::string problem = problem_of_reader(disk, expected);
    return problem.empty() ? problem_of_writer(disk, expected) : problem;
}

struct State {
    std::string how;
    Disk disk;
    std::uint64_t acknowledged = 0;
    std::uint64_t submitted = 0;
};

// All disks that crashes of what is done meanwhile may leave.
class States {
public:
    explicit States(Disk disk) : disk_(std::move(disk)) {
        disk_->observe([this](const Call& call) { collect(call.number); });
    }
    ~States() { disk_->observe({}); }
    States(const States&) = delete;
    States& operator=(const States&) = delete;

    void append(Store& store) {
        ++submitted_;
        ASSERT_TRUE(append_one(store));
        ++acknowledged_;
    }
    std::vector<State> take() {
        collect(disk_->calls());
        disk_->observe({});
        return std::move(states_);
    }

private:
    void collect(std::uint64_t call) {
        const std::string where = "before call " + std::to_string(call);
        for (std::size_t i = 0; i < kCuts.size(); ++i)
            add("cut " + std::to_string(i) + ' ' + where, disk_->after_power_cut(kCuts[i]));
        add("a kill " + where, disk_->after_process_kill());
    }
    void add(std::string how, Disk disk) {
        states_.push_back({std::move(how), std::move(disk), acknowledged_, submitted_});
    }

    const Disk disk_;
    std::vector<State> states_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t submitted_ = 0;
};

void sweep(NameDurability names) {
    const Start start = make_start(names);
    std::vector<State> states;
    {
        Store store = Store::open(config_on(start.disk, 5)).value();
        States collected(start.disk);
        const auto report = store.compact(small_merges([&] { collected.append(store); }));
        ASSERT_TRUE(report) << report.error().to_string();
        ASSERT_GE(report->segments_made, 2U);
        ASSERT_FALSE(report->cleanup_pending);
        states = collected.take();
    }
    for (const State& state : states) {
        ASSERT_EQ(problem_of(state.disk, {start.events, state.acknowledged, state.submitted}), "")
            << state.how;
    }
    std::cout << states.size() << " states\n";
    EXPECT_GT(states.size(), 1000U);
}

TEST(CompactionCrash, EachCallWhereNamesNeedASyncOfTheirOwn) { sweep(NameDurability::Strict); }
TEST(CompactionCrash, EachCallWhereNamesAreJournaled) { sweep(NameDurability::Journaled); }

// The open that finishes a compaction, or takes it back, is cut short in its turn.
TEST(CompactionCrash, EachCallOfTheOpenAfterACrash) {
    const Start start = make_start(NameDurability::Strict);
    std::vector<State> states;
    {
        Store store = Store::open(config_on(start.disk, 5)).value();
        States collected(start.disk);
        ASSERT_TRUE(store.compact(small_merges([] {})));
        states = collected.take();
    }
    // A sanitizer has time for each seventh of these.
    const std::uint64_t thinned = crashes_to_make(1, 0) == 0 ? 7 : 1;
    const std::uint64_t one_in = number_from_environment("BATPAK_EXHAUSTIVE") ? 1 : 17 * thinned;
    std::uint64_t opened = 0;
    std::uint64_t crashes = 0;
    for (const State& state : states) {
        if (!state.how.starts_with("cut 0") && !state.how.starts_with("a kill")) continue;
        if (++opened % one_in != 0) continue;
        States again(state.disk);
        ASSERT_TRUE(Store::open(config_on(state.disk, 7))) << state.how;
        for (const State& second : again.take()) {
            if (second.how.starts_with("cut 3") || second.how.starts_with("cut 4")) continue;
            ++crashes;
            ASSERT_EQ(problem_of_writer(second.disk, {start.events, 0, 0}), "")
                << state.how << ", then " << second.how;
        }
    }
    std::cout << crashes << " crashes of an open\n";
    EXPECT_GT(crashes, 10'000U / thinned);
}

// After any failure the store answers; it appends, unless it is poisoned; and what it acknowledged
// is in it when it is opened again.
void fail_everywhere(const Fault& fault) {
    std::uint64_t poisoned = 0;
    std::uint64_t failed = 0;
    for (std::uint64_t call = 0;; ++call) {
        const Start start = make_start(NameDurability::Strict);
        std::uint64_t acknowledged = 0;
        bool was_last = false;
        {
            Store store = Store::open(config_on(start.disk, 5)).value();
            const std::uint64_t first = start.disk->calls();
            start.disk->fail_call(first + call, fault);
            const auto report = store.compact(small_merges([] {}));
            was_last = start.disk->calls() <= first + call;
            start.disk->clear_faults();
            failed += report ? 0U : 1U;
            poisoned += store.stats().poisoned ? 1U : 0U;
            acknowledged += append_one(store) ? 1U : 0U;
            ASSERT_EQ(acknowledged == 0, store.stats().poisoned) << call;
            ASSERT_EQ(problem_of_log(store, {start.events, acknowledged, acknowledged}), "")
                << call;
        }
        const Disk killed = start.disk->after_process_kill();
        ASSERT_EQ(problem_of(killed, {start.events, acknowledged, acknowledged}), "") << call;
        const Disk cut = start.disk->after_power_cut({.mode = CutMode::None, .seed = 0});
        ASSERT_EQ(problem_of(cut, {start.events, acknowledged, acknowledged}), "") << call;
        if (!was_last) continue;
        std::cout << call << " calls, " << failed << " errors, " << poisoned << " poisoned\n";
        EXPECT_GT(failed, 10U);
        EXPECT_GT(poisoned, 0U);
        return;
    }
}

TEST(CompactionCrash, EachCallThatFails) { fail_everywhere(Fault::io()); }
TEST(CompactionCrash, EachCallThatFindsTheDiskFull) { fail_everywhere(Fault::disk_full()); }
TEST(CompactionCrash, EachCallFromWhichAllFail) { fail_everywhere(Fault::io().forever()); }

}  // namespace
}  // namespace batpak::testing
