// Goal:   a program that gives its commands keys, and repeats after a crash whatever it is not sure
//         of, has each command in the log exactly once, whole, whenever the power goes (INV C2, R1,
//         W5).
// Method: twelve commands, single appends and batches, durable and buffered, over segments so small
//         that they rotate. The power is cut before and after every call to the disk, with several
//         kinds of loss; then the program repeats all its commands from the first. Cut again while
//         it repeats, at a call that the first cut decides, it does so a second time.
#include <gtest/gtest.h>

#include <iostream>
#include <map>

#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {
namespace {

using Disk = std::shared_ptr<SimulatedFileSystem>;

constexpr std::size_t kCommands = 12;
const EventKind kKind = EventKind::custom(1, 7);

// One event, or two to four as a batch, with a key for all or for each.
std::size_t size_of(std::size_t command) { return command % 3 == 0 ? 1 : 1 + command % 4; }
bool has_one_key(std::size_t command) { return command % 2 == 0; }

std::string name_of(std::size_t command, std::size_t event) {
    return std::to_string(command) + '.' + std::to_string(event);
}

std::string payload_of(const std::string& name) { return name + std::string(350, '.'); }

Result<Sequence> perform(Store& store, std::size_t command) {
    const Coordinate coordinate =
        Coordinate::create("entity:" + std::to_string(command % 2), "scope").value();
    const Durability durability = command % 5 == 2 ? Durability::Buffered : Durability::Durable;
    BatchBuilder batch;
    BatchOptions options{.condition = {}, .idempotency_key = {}, .durability = durability};
    if (has_one_key(command)) options.idempotency_key = "command " + std::to_string(command);
    for (std::size_t i = 0; i < size_of(command); ++i) {
        BatchItemOptions item;
        if (!has_one_key(command)) item.idempotency_key = "event " + name_of(command, i);
        const std::string payload = payload_of(name_of(command, i));
        const BytesView bytes = as_bytes(payload);
        batch.add(coordinate, kKind, Bytes(bytes.begin(), bytes.end()), item);
    }
    BATPAK_TRY(const auto receipts, store.append_batch(std::move(batch), options));
    return receipts[0].sequence;
}

// Opens the store and performs all commands, until something fails. What is acknowledged has one
// place for ever.
bool perform_all(const StoreConfig& config, std::map<std::size_t, Sequence>& durable) {
    auto store = Store::open(config);
    if (!store) return false;
    for (std::size_t command = 0; command < kCommands; ++command) {
        const auto sequence = perform(*store, command);
        if (!sequence) return false;
        const auto known = durable.find(command);
        EXPECT_TRUE(known == durable.end() || known->second == *sequence) << command;
        if (store->durable_end() > *sequence) durable.try_emplace(command, *sequence);
    }
    return std::move(*store).close().has_value();
}

StoreConfig config_on(const Disk& disk) {
    Environment environment = simulated_environment(1);
    environment.files = disk;
    return StoreConfig("store").with_environment(environment).with_segment_bytes(4096);
}

void expect_each_command_once(const Disk& disk) {
    const auto store = Store::open(config_on(disk));
    ASSERT_TRUE(store) << store.error().to_string();
    std::vector<std::string> expected;
    for (std::size_t command = 0; command < kCommands; ++command) {
        for (std::size_t i = 0; i < size_of(command); ++i)
            expected.push_back(payload_of(name_of(command, i)));
    }
    std::vector<std::string> found;
    for (const auto& event : store->query(Region::all())) {
        ASSERT_TRUE(event) << event.error().to_string();
        found.emplace_back(as_text(event->payload));
    }
    ASSERT_EQ(found, expected);
    const auto report = store->verify();
    ASSERT_TRUE(report);
    ASSERT_FALSE(report->damage) << report->damage->to_string();
}

struct Crash {
    std::uint64_t call;
    CrashMoment moment;
    PowerCut cut;
};

Disk crash(const Disk& disk, const Crash& crash, std::map<std::size_t, Sequence>& durable) {
    disk->crash_at(crash.call, crash.moment);
    perform_all(config_on(disk), durable);
    return disk->after_power_cut(crash.cut);
}

TEST(RetryCrash, EveryCommandIsDoneExactlyOnce) {
    std::uint64_t crashes = 0;
    bool survived = false;
    for (std::uint64_t call = 0; !survived && !::testing::Test::HasFailure(); ++call) {
        for (const CrashMoment moment : {CrashMoment::BeforeCall, CrashMoment::AfterCall}) {
            for (const CutMode mode : {CutMode::None, CutMode::All, CutMode::Random}) {
                SCOPED_TRACE("call " + std::to_string(call) + ", mode " +
                             std::to_string(static_cast<int>(mode)));
                std::map<std::size_t, Sequence> durable;
                Disk disk = std::make_shared<SimulatedFileSystem>(call, SimulatedDisk{});
                const Disk first = disk;
                disk = crash(disk, {call, moment, {mode, call}}, durable);
                survived = !first->crashed();
                const Disk second = disk;
                disk = crash(disk, {(call * 7) % 60, moment, {mode, call + 1}}, durable);
                ASSERT_TRUE(perform_all(config_on(disk), durable));
                expect_each_command_once(disk);
                crashes += second->crashed() ? 2U : 1U;
            }
        }
    }
    std::cout << crashes << " crashes, " << kCommands << " commands, each done once\n";
    EXPECT_GT(crashes, 500U);
}

}  // namespace
}  // namespace batpak::testing
