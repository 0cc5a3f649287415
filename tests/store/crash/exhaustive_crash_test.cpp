// Goal:   no crash, at any call of a whole life of a log, breaks a promise; and none at any call of
//         the recovery from such a crash. No frame that is cut short is taken for an event
//         (INV R1, R2, R3, R4, R5, W6).
// Method: one script of 30 steps is run once; before each of its calls, and behind the last one,
// the
//         disks of eight kinds of power cut and of a process kill are made and judged, and each of
//         them is crashed again at calls of its recovery. Then the last two frames of a log are cut
//         at every byte. The numbers of calls and states are asserted and printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>

#include "base/little_endian.hpp"
#include "batpak/testing/environment.hpp"
#include "store/frame/frame.hpp"
#include "store/frame/segment_header.hpp"
#include "support/crash/model_store.hpp"
#include "support/crash/power_cuts.hpp"
#include "support/seeds.hpp"

namespace batpak::testing::exhaustive_crash_test {
namespace {

StoreSetup setup() {
    return {.wrap = {},
            .hashes = true,
            .sync_every_n = 100,
            .clock = std::make_shared<ManualClock>(ManualClock::kStartUs)};
}

class Sweep {
public:
    explicit Sweep(NameDurability names)
        : disk_(std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{.names = names})) {}

    // 30 steps.
    void run() {
        constexpr Durability kBuffered = Durability::Buffered;
        disk_->observe([this](const Call& call) { collect(call.number); });
        step([&] { store_.open(disk_); });
        step([&] { store_.append({}); });
        step([&] { store_.append({.entity = "bob", .payload_bytes = 0}); });
        step([&] { store_.append({.payload_bytes = 700, .durability = kBuffered}); });
        step([&] { store_.append({.payload_bytes = 600, .durability = kBuffered}); });
        step([&] { store_.sync(); });
        step([&] { store_.append({.expect = ExpectedVersion::exists()}); });
        step([&] { store_.submit(4, {.entity = "carol", .payload_bytes = 150}); });
        step([&] { store_.append({.payload_bytes = 1500, .durability = kBuffered}); });
        step([&] { store_.append({.payload_bytes = 1500}); });  // rotates
        step([&] { store_.append({.entity = "dave", .durability = kBuffered}); });
        step([&] { store_.close(); });
        step([&] { store_.open(disk_); });
        step([&] { store_.append_batch(3, {.payload_bytes = 300}); });
        step([&] { store_.append({.payload_bytes = 5000}); });  // a segment of its own
        step([&] { store_.append({.durability = kBuffered}); });
        step([&] { store_.append({.durability = kBuffered}); });
        step([&] { store_.wait_durable(model_.submitted() - 2); });
        step([&] { store_.submit(3, {.entity = "bob", .durability = kBuffered}); });
        step([&] { store_.append({.payload_bytes = 1400}); });
        step([&] { reopen_after_kill(); });
        step([&] { store_.append({.payload_bytes = 1300, .durability = kBuffered}); });
        step([&] { store_.append({.payload_bytes = 1300, .durability = kBuffered}); });
        step([&] { store_.append({.entity = "dave", .payload_bytes = 511}); });
        step([&] { reopen_after_cut(); });
        step([&] { store_.append({.payload_bytes = 513}); });
        step([&] { store_.submit(6, {.entity = "carol", .payload_bytes = 512}); });
        step([&] { store_.append({.durability = kBuffered}); });
        step([&] { store_.sync(); });
        step([&] { store_.close(); });
        collect(disk_->calls());
        judge_collected();
        calls_ += disk_->calls();
    }

    std::uint64_t calls() const noexcept { return calls_; }
    std::uint64_t calls_tried() const noexcept { return calls_tried_; }
    std::uint64_t states() const noexcept { return states_; }
    std::uint64_t inner_states() const noexcept { return inner_states_; }

private:
    template <class Step>
    void step(Step&& take) {
        if (::testing::Test::HasFailure()) return;
        take();
        EXPECT_EQ(store_.problem(), "");
        judge_collected();
    }

    void reopen_after_kill() { continue_on(disk_->after_process_kill()); }
    void reopen_after_cut() {
        const Disk next = disk_->after_power_cut({.mode = CutMode::LastOnly, .seed = 0});
        model_.lose_power();
        continue_on(next);
    }
    void continue_on(const Disk& next) {
        calls_ += disk_->calls();
        store_.kill(disk_);
        disk_ = next;
        disk_->observe([this](const Call& call) { collect(call.number); });
        store_.open(disk_);
    }

    void collect(std::uint64_t call) {
        ++calls_tried_;
        const std::string where = "before call " + std::to_string(call);
        for (std::size_t i = 0; i < kCuts.size(); ++i) {
            collected_.push_back({.disk = disk_->after_power_cut(kCuts[i]),
                                  .at_least = model_.durable(),
                                  .durable = model_.durable(),
                                  .at_most = model_.submitted(),
                                  .how = "cut " + std::to_string(i) + ' ' + where});
        }
        collected_.push_back({.disk = disk_->after_process_kill(),
                              .at_least = model_.acknowledged(),
                              .durable = model_.durable(),
                              .at_most = model_.submitted(),
                              .how = "a kill " + where});
    }

    void judge_collected() {
        for (CrashState& state : std::exchange(collected_, {})) {
            if (::testing::Test::HasFailure()) return;
            state.at_most = std::min(state.at_most, model_.submitted());
            crash_inside(state);
            ++states_;
            EXPECT_EQ(check_.check(state, Depth::Sampled), "");
        }
    }

    // Crashes once more, before calls of the recovery; before all of them, if that was asked for.
    void crash_inside(const CrashState& state) {
        const Disk disk = state.disk->after_process_kill();
        std::vector<CrashState> inner;
        disk->observe([&](const Call& call) {
            if (++inner_calls_ % stride_ != 0) return;
            CrashState again = state;
            again.at_least = state.durable;
            again.disk = disk->after_power_cut(kCuts[(inner_calls_ / stride_) % kCuts.size()]);
            again.how += ", then before call " + std::to_string(call.number) + " of the recovery";
            inner.push_back(std::move(again));
        });
        Result<Store> store = open_store(setup_, disk, 5);
        ASSERT_TRUE(store) << state.how << ": " << store.error().to_string();
        abandon(*std::move(store), disk);
        for (const CrashState& again : inner) {
            if (::testing::Test::HasFailure()) return;
            ++inner_states_;
            EXPECT_EQ(check_.check(again, Depth::Shallow), "");
        }
    }

    // No multiple of the number of cuts, nor of their calls.
    const std::uint64_t stride_ = number_from_environment("BATPAK_EXHAUSTIVE") ? 1 : kStride;
#ifdef BATPAK_FEW_CRASHES
    static constexpr std::uint64_t kStride = 65;
#else
    static constexpr std::uint64_t kStride = 5;
#endif

    StoreSetup setup_ = setup();
    LogModel model_;
    CrashCheck check_{model_, setup_, 11};
    ModelStore store_{model_, setup_};
    Disk disk_;
    std::vector<CrashState> collected_;
    std::uint64_t calls_ = 0;
    std::uint64_t calls_tried_ = 0;
    std::uint64_t states_ = 0;
    std::uint64_t inner_calls_ = 0;
    std::uint64_t inner_states_ = 0;
};

void sweep(NameDurability names) {
    Sweep sweep(names);
    sweep.run();
    EXPECT_GT(sweep.calls(), 150U);
    EXPECT_EQ(sweep.calls_tried(), sweep.calls() + 1) << "each call, and behind the last";
    EXPECT_EQ(sweep.states(), sweep.calls_tried() * (kCuts.size() + 1));
    EXPECT_GT(sweep.inner_states(), sweep.states() / 8);
    std::cout << sweep.calls() << " calls, " << sweep.states() << " states, "
              << sweep.inner_states() << " crashes inside their recoveries\n";
}

TEST(ExhaustiveCrash, EachCallOfALifeWhereNamesNeedASyncOfTheirOwn) {
    sweep(NameDurability::Strict);
}

TEST(ExhaustiveCrash, EachCallOfALifeWhereNamesAreJournaled) { sweep(NameDurability::Journaled); }

// ---- The last two frames, byte by byte ----

struct LogBytes {
    LogModel model;
    Disk disk;
    Bytes segment;
    std::vector<std::size_t> borders;  // where frames start, and where the last one ends
};

constexpr const char* kSegment = "/data/segments/000000000001.bpk";

std::vector<std::size_t> borders_of(BytesView segment) {
    const store::SegmentHeader header =
        store::SegmentHeader::decode(segment.first(store::SegmentHeader::kBytes)).value();
    std::vector<std::size_t> borders = {store::SegmentHeader::kBytes};
    for (;;) {
        const auto checked =
            store::check_frame(segment.subspan(borders.back()), header.salt, borders.back());
        if (checked.status != store::FrameStatus::Valid) return borders;
        borders.push_back(borders.back() + checked.frame_bytes);
    }
}

LogBytes make_log(const StoreSetup& setup) {
    LogBytes log;
    log.disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    ModelStore store(log.model, setup);
    store.open(log.disk);
    for (std::size_t i = 0; i < 4; ++i) store.append({.payload_bytes = 10 + 7 * i});
    store.append({.payload_bytes = 40, .durability = Durability::Buffered});
    store.append({.payload_bytes = 600, .durability = Durability::Buffered});
    EXPECT_EQ(store.problem(), "");
    log.segment = log.disk->contents(kSegment).value();
    log.borders = borders_of(log.segment);
    EXPECT_EQ(log.borders.size(), 7U);
    store.kill(log.disk);
    return log;
}

// Opens the log with `segment` for its only one; it must hold what lies before `cut`, and report
// what was cut off.
void expect_cut(const LogBytes& log, const StoreSetup& setup, const Bytes& segment,
                std::size_t cut) {
    SCOPED_TRACE("cut at byte " + std::to_string(cut));
    const Disk disk = log.disk->after_process_kill();
    ASSERT_TRUE(disk->put(kSegment, segment));
    const Result<Store> store = open_store(setup, disk, 9);
    ASSERT_TRUE(store) << store.error().to_string();
    const auto whole = static_cast<std::size_t>(std::ranges::upper_bound(log.borders, cut) -
                                                log.borders.begin() - 1);
    const std::size_t end = log.borders[whole];
    EXPECT_EQ(store->visible_end().value, whole);
    EXPECT_EQ(check_events(*store, log.model), "");
    const OpenReport& report = store->open_report();
    EXPECT_EQ(report.cut.has_value(), cut != end);
    if (!report.cut) return;
    EXPECT_EQ(report.cut->offset, end);
    EXPECT_EQ(report.cut->bytes, segment.size() - end);
    EXPECT_EQ(report.cut->first_sequence.value, whole);
    const Bytes tail(segment.begin() + static_cast<std::ptrdiff_t>(end), segment.end());
    EXPECT_EQ(disk->contents("/data/" + report.cut->saved_to).value(), tail);
}

TEST(ExhaustiveCrash, TheLastTwoFramesCutAtEveryByte) {
    const StoreSetup with = setup();
    const LogBytes log = make_log(with);
    const std::size_t begin = log.borders[log.borders.size() - 3];
    const std::size_t end = log.borders.back();
    std::uint64_t states = 0;
    for (std::size_t cut = begin; cut <= end && !HasFailure(); ++cut) {
        Bytes segment = log.segment;
        segment.resize(cut);
        expect_cut(log, with, segment, cut);
        // The size is durable and the end of the data is not. (No frame of these ends with a zero,
        // nor starts with one, so that each cut leaves a frame broken.)
        segment.resize(log.segment.size());
        expect_cut(log, with, segment, cut);
        states += 2;
    }
    EXPECT_EQ(states, 2 * (end - begin + 1));
    std::cout << states << " states\n";
}

}  // namespace
}  // namespace batpak::testing::exhaustive_crash_test
