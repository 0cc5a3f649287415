// Goal:   no crash at any call of an erasure, and no call of it that fails, loses an event, changes
//         one that is kept, or shows a payload again that was not shown before; and what is left
//         pending is finished by the next compact(), after which no file has the payloads
//         (INV K3, K5, R5).
// Method: a store of several small segments erases every second payload, each of which holds a
//         secret of its own. Before each of its calls, and after the last one, the disks of eight
//         kinds of power cut and of a process kill are made. On each, a reader and a writer find
//         all
//         events, and either every payload or none of those that were to go: none, once the first
//         segment was written, which comes after the MANIFEST has said so. The writer compacts, and
//         then the secrets are looked for in all files. What finishes it is cut short at each of
//         its calls as well. Then each call of an erasure fails, once and from there on.
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "batpak/event/system_kinds.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/salvage.hpp"
#include "store/log/manifest.hpp"
#include "support/crash/power_cuts.hpp"
#include "support/file_helpers.hpp"
#include "support/seeds.hpp"
#include "support/store/erased_log.hpp"
#include "support/store/small_store.hpp"

namespace batpak::testing::tombstone_crash_test {
namespace {

const Coordinate kGoes = Coordinate::create("goes", "s").value();
const Coordinate kStays = Coordinate::create("stays", "s").value();

Tombstone tombstone() {
    Tombstone tombstone("crash");
    tombstone.region = Region::entity(kGoes.entity());
    return tombstone;
}

// A store that was not closed, of three segments or more.
struct Start {
    Disk disk;
    std::vector<EventCopy> events;
    std::set<std::uint64_t> erased;
    std::vector<Bytes> secrets;
};

Start make_start(NameDurability names) {
    Start start;
    start.disk = std::make_shared<SimulatedFileSystem>(3, SimulatedDisk{.names = names});
    Store store = Store::open(config_on(start.disk, 3)).value();
    for (std::uint64_t i = 0; i < 20; ++i) {
        BatchBuilder batch;
        for (std::uint64_t j = 0; j < 2; ++j) {
            Bytes payload = secret(2 * i + j);
            if (j == 0) start.secrets.push_back(payload);
            payload.resize(150);
            batch.add(j == 0 ? kGoes : kStays, EventKind::custom(0xF, 2), payload);
            if (j == 0) start.erased.insert(2 * i);
        }
        store.append_batch(std::move(batch)).value();
    }
    EXPECT_GT(store.stats().segments, 2U);
    start.events = copies_of(store);
    start.disk = start.disk->after_process_kill();
    start.disk = start.disk->after_power_cut({.mode = CutMode::All, .seed = 0});
    return start;
}

// A sanitizer has time for each seventh.
std::size_t stride() { return crashes_to_make(1, 0) == 0 ? 7 : 1; }

enum class Payloads : std::uint8_t { There, Gone };

// Which of the two it is; an error is neither, or another log.
Result<Payloads> payloads_of(const StoreReads& store, const Start& start) {
    const std::string as_before = problem_of_erased(store, start.events, {});
    const std::string as_erased = problem_of_erased(store, start.events, start.erased);
    if (!as_before.empty() && !as_erased.empty())
        return fail(ErrorCode::CorruptFrame, as_before + " and " + as_erased);
    const auto report = store.verify();
    if (!report) return fail(report.error());
    if (report->damage) return fail(*report->damage);
    return as_erased.empty() ? Payloads::Gone : Payloads::There;
}

std::string found(const Disk& disk, const Start& start) {
    for (const Bytes& secret : start.secrets) {
        std::string path = file_with(*disk, secret);
        if (!path.empty()) return path;
    }
    return "";
}

// What is wrong with the disk, of which `allowed` are the states that it may be in.
std::string problem_of(const Disk& disk, const Start& start, std::optional<Payloads> expected) {
    Payloads seen{};
    {
        const auto reader = ReadOnlyStore::open(config_on(disk, 6));
        if (!reader) return "a reader does not open it: " + reader.error().to_string();
        const auto payloads = payloads_of(*reader, start);
        if (!payloads) return "for a reader: " + payloads.error().to_string();
        seen = *payloads;
    }
    if (expected && seen != *expected) return "the payloads are not as they must be";
    auto store = Store::open(config_on(disk, 8));
    if (!store) return "it does not open: " + store.error().to_string();
    const auto payloads = payloads_of(*store, start);
    if (!payloads) return "for a writer: " + payloads.error().to_string();
    if (*payloads != seen) return "a reader and a writer see different payloads";
    const Hash root = store->root(Sequence(start.events.size())).value();
    const auto finished = store->compact();
    if (!finished) return "it is not finished: " + finished.error().to_string();
    if (finished->erasure_pending) return "it is still pending";
    if (seen == Payloads::Gone && !found(disk, start).empty())
        return "a payload is in " + found(disk, start);
    if (seen == Payloads::There) {
        const auto erased = store->compact(tombstone());
        if (!erased) return "it is not erased: " + erased.error().to_string();
        if (!found(disk, start).empty()) return "a payload is in " + found(disk, start);
    }
    const auto again = payloads_of(*store, start);
    if (!again || *again != Payloads::Gone) return "the payloads are back";
    if (store->root(Sequence(start.events.size())).value() != root) return "it has another root";
    if (!store->append_raw(kStays, EventKind::custom(0xF, 1), as_bytes("one more")))
        return "it takes no event";
    return "";
}

struct State {
    std::string how;
    Disk disk;
    std::optional<Payloads> expected;
};

// All disks that crashes of what is done meanwhile may leave. What readers of the store itself are
// shown at a call is a lower bound for what a crash after it may leave.
class States {
public:
    explicit States(Disk disk) : disk_(std::move(disk)) {
        disk_->observe([this](const Call& call) { collect(call.number); });
    }
    ~States() { disk_->observe({}); }
    States(const States&) = delete;
    States& operator=(const States&) = delete;

    void expect(Payloads payloads) { expected_ = payloads; }
    std::vector<State> take() {
        collect(disk_->calls());
        disk_->observe({});
        return std::move(states_);
    }

private:
    void collect(std::uint64_t call) {
        const std::string where = "before call " + std::to_string(call);
        for (std::size_t i = 0; i < kCuts.size(); ++i)
            states_.push_back({"cut " + std::to_string(i) + ' ' + where,
                               disk_->after_power_cut(kCuts[i]), expected_});
        states_.push_back({"a kill " + where, disk_->after_process_kill(), expected_});
    }

    const Disk disk_;
    std::vector<State> states_;
    std::optional<Payloads> expected_;
};

void sweep(NameDurability names) {
    const Start start = make_start(names);
    std::vector<State> states;
    {
        Store store = Store::open(config_on(start.disk, 5)).value();
        States collected(start.disk);
        Tombstone order = tombstone();
        // Behind the first segment that is written the MANIFEST has said so for long.
        order.progress = [&](const CopyProgress&) { collected.expect(Payloads::Gone); };
        const auto report = store.compact(order);
        ASSERT_TRUE(report) << report.error().to_string();
        ASSERT_FALSE(report->erasure_pending);
        states = collected.take();
    }
    std::uint64_t there = 0;
    for (std::size_t i = 0; i < states.size(); i += stride()) {
        const State& state = states[i];
        there += state.expected ? 0U : 1U;
        ASSERT_EQ(problem_of(state.disk, start, state.expected), "") << state.how;
    }
    std::cout << states.size() << " states, " << there << " before it was told\n";
    EXPECT_GT(states.size(), 1000U);
}

TEST(TombstoneCrash, EachCallWhereNamesNeedASyncOfTheirOwn) { sweep(NameDurability::Strict); }
TEST(TombstoneCrash, EachCallWhereNamesAreJournaled) { sweep(NameDurability::Journaled); }

// The compact() that finishes a pending erasure is cut short in its turn.
TEST(TombstoneCrash, EachCallOfWhatFinishesIt) {
    const Start start = make_start(NameDurability::Strict);
    {
        Store store = Store::open(config_on(start.disk, 5)).value();
        std::stop_source stop;
        Tombstone order = tombstone();
        order.stop = stop.get_token();
        order.progress = [&](const CopyProgress&) { stop.request_stop(); };
        ASSERT_TRUE(store.compact(order)->erasure_pending);
    }
    std::vector<State> states;
    {
        States collected(start.disk);
        collected.expect(Payloads::Gone);
        Store store = Store::open(config_on(start.disk, 7)).value();
        ASSERT_FALSE(store.compact()->erasure_pending);
        states = collected.take();
    }
    for (std::size_t i = 0; i < states.size(); i += stride())
        ASSERT_EQ(problem_of(states[i].disk, start, states[i].expected), "") << states[i].how;
    std::cout << states.size() << " states\n";
    EXPECT_GT(states.size(), 1000U);
}

// After any failure the store answers, and what it was shown to have erased stays so.
void fail_everywhere(const Fault& fault) {
    std::uint64_t poisoned = 0;
    std::uint64_t pending = 0;
    for (std::uint64_t call = 0;; call += stride()) {
        const Start start = make_start(NameDurability::Strict);
        bool was_last = false;
        std::optional<Payloads> expected;
        Payloads shown{};
        {
            Store store = Store::open(config_on(start.disk, 5)).value();
            const std::uint64_t first = start.disk->calls();
            start.disk->fail_call(first + call, fault);
            const auto report = store.compact(tombstone());
            was_last = start.disk->calls() <= first + call;
            start.disk->clear_faults();
            const auto payloads = payloads_of(store, start);
            ASSERT_TRUE(payloads) << call << ": " << payloads.error().to_string();
            if (report) {
                ASSERT_EQ(*payloads, Payloads::Gone) << call;
            }
            shown = *payloads;
            // Poisoned, it hides what may be in force; a power cut decides whether it is.
            if (shown == Payloads::Gone && !store.stats().poisoned) expected = Payloads::Gone;
            poisoned += store.stats().poisoned ? 1U : 0U;
            pending += !report && expected ? 1U : 0U;
        }
        const Disk killed = start.disk->after_process_kill();
        {
            // What another process was shown by then to be erased, this one did not give out.
            const auto other = ReadOnlyStore::open(config_on(killed, 6)).value();
            if (payloads_of(other, start).value() == Payloads::Gone) {
                ASSERT_EQ(shown, Payloads::Gone) << call;
            }
        }
        ASSERT_EQ(problem_of(killed, start, expected), "") << call;
        const Disk cut = start.disk->after_power_cut({.mode = CutMode::None, .seed = 0});
        ASSERT_EQ(problem_of(cut, start, expected), "") << call;
        if (!was_last) continue;
        std::cout << call << " calls, " << pending << " left it pending, " << poisoned
                  << " poisoned\n";
        EXPECT_GT(pending, 10U / stride());
        EXPECT_TRUE(poisoned > 0 || stride() > 1);
        return;
    }
}

// Goal: a salvage takes what a reader is given, and no other payload: no more, and no fewer.
// Method: the disk after each call of an erasure that fails, where records lie that were never put
//         in force, that are pending, and that are done.
TEST(TombstoneCrash, ASalvageHasWhatAReaderIsGiven) {
    std::uint64_t not_in_force = 0;
    bool was_last = false;
    for (std::uint64_t call = 0; !was_last; call += stride()) {
        const Start start = make_start(NameDurability::Strict);
        {
            Store store = Store::open(config_on(start.disk, 5)).value();
            const std::uint64_t first = start.disk->calls();
            start.disk->fail_call(first + call, Fault::io());
            (void)store.compact(tombstone());
            was_last = start.disk->calls() <= first + call;
            start.disk->clear_faults();
        }
        const Disk killed = start.disk->after_process_kill();
        const auto reader = ReadOnlyStore::open(config_on(killed, 6)).value();
        ASSERT_TRUE(salvage(config_on(killed, 9), "/saved")) << call;
        const auto saved = ReadOnlyStore::open(StoreConfig("/saved").with_environment(
                                                   config_on(killed, 6).environment()))
                               .value();
        ASSERT_FALSE(saved.verify().value().damage) << call;
        for (std::uint64_t i = 0; i < start.events.size(); ++i) {
            const HeldEvent given = reader.find(Sequence(i)).value();
            const HeldEvent taken = saved.find(Sequence(i)).value();
            ASSERT_EQ(taken->erased, given->erased) << call << " at " << i;
            ASSERT_TRUE(equal_bytes(taken->payload, given->payload)) << call << " at " << i;
        }
        const bool has_record =
            reader.count(Region::kinds({system_kinds::kPruneIntended})).value() > 0;
        if (has_record && reader.erased_payloads().end() == Sequence(0)) ++not_in_force;
    }
    std::cout << not_in_force << " records that were not in force\n";
    EXPECT_TRUE(not_in_force > 0 || stride() > 1);
}

TEST(TombstoneCrash, EachCallThatFails) { fail_everywhere(Fault::io()); }
TEST(TombstoneCrash, EachCallThatFindsTheDiskFull) { fail_everywhere(Fault::disk_full()); }
TEST(TombstoneCrash, EachCallFromWhichAllFail) { fail_everywhere(Fault::io().forever()); }

}  // namespace
}  // namespace batpak::testing::tombstone_crash_test
