// Goal:   wherever the power is cut, the next cursor of an id delivers again only what lies behind
//         the last durable commit, and skips nothing; batches come whole; and an effect that is
//         stored in one batch with the position happens exactly once (INV D1, D2).
// Method: a program appends sources, follows them, and writes for each source one effect together
//         with the position, or commits alone. It is cut at random calls, its disk left in random
//         ways, twice in a row, and then run to its end.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>

#include "batpak/delivery/cursor.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/seeds.hpp"

namespace batpak::testing {
namespace {

using Disk = std::shared_ptr<SimulatedFileSystem>;

struct Source {
    static constexpr auto kind = EventKind::custom(1, 1);
    std::uint64_t number = 0;
    std::string filling;
};
struct Effect {
    static constexpr auto kind = EventKind::custom(1, 2);
    Sequence of;
};

constexpr std::uint64_t kSources = 30;
const Region kSourceRegion = Region::kinds({Source::kind});
const Coordinate kWhere = Coordinate::create("source", "shop").value();
const Coordinate kEffects = Coordinate::create("effect", "shop").value();

// What the program was told, which no power cut takes back.
struct Told {
    Sequence effects_durable;  // the effects cursor's position
    Sequence plain_durable;    // the other one's
};

StoreConfig config_on(const Disk& disk) {
    Environment environment = simulated_environment(1);
    environment.files = disk;
    return StoreConfig("store")
        .with_environment(environment)
        .with_segment_bytes(4096)
        .with_sync_every_n_events(3);
}

Result<std::uint64_t> sources_in(const Store& store) { return store.count(kSourceRegion); }

// One to three sources in one batch.
Result<void> append_sources(Store& store, std::uint64_t begin, std::uint64_t count) {
    BatchBuilder batch;
    for (std::uint64_t i = begin; i < begin + count; ++i)
        batch.add(kWhere, Source{i, std::string(150, 'f')});
    BATPAK_CHECK(store.append_batch(std::move(batch)));
    return {};
}

// Answers the next source, if there is one, with an effect in one batch with the position.
Result<bool> answer_one(Store& store, Cursor& cursor, Told& told) {
    BATPAK_TRY(const std::optional<EventView> event, cursor.poll());
    if (!event) return false;
    BatchBuilder batch;
    batch.add(kEffects, Effect{event->sequence()});
    const BatchItem position = cursor.add_commit_to(batch);
    BATPAK_TRY(const auto receipts, store.append_batch(std::move(batch)));
    cursor.committed(receipts[position.index]);
    if (store.durable_end() > receipts[position.index].sequence)
        told.effects_durable = cursor.committed_position().next;
    return true;
}

// Runs until all sources are there and answered, or something fails.
Result<void> run(const Disk& disk, Told& told) {
    BATPAK_TRY(Store store, Store::open(config_on(disk)));
    BATPAK_TRY(std::uint64_t sources, sources_in(store));
    BATPAK_TRY(Cursor effects, store.cursor_guaranteed(kSourceRegion, CursorId("effects")));
    BATPAK_TRY(Cursor plain, store.cursor_guaranteed(kSourceRegion, CursorId("plain")));
    EXPECT_GE(effects.position().next, told.effects_durable) << "a durable commit is lost";
    EXPECT_GE(plain.position().next, told.plain_durable) << "a durable commit is lost";
    for (std::uint64_t step = 0; sources < kSources; ++step) {
        const std::uint64_t count = std::min(1 + step % 3, kSources - sources);
        BATPAK_CHECK(append_sources(store, sources, count));
        sources += count;
        BATPAK_CHECK(answer_one(store, effects, told));
        BATPAK_CHECK(plain.poll_batch(2));
        if (step % 2 == 1) {
            BATPAK_CHECK(plain.commit());
            if (store.durable_end() == store.visible_end())
                told.plain_durable = plain.committed_position().next;
        }
    }
    for (bool more = true; more;) {
        BATPAK_TRY(more, answer_one(store, effects, told));
    }
    BATPAK_CHECK(std::move(store).close());
    return {};
}

// What a power cut left: each position says truly what lies before it, and the rest comes.
void check(const Disk& disk, const Told& told) {
    auto opened = Store::open(config_on(disk));
    ASSERT_TRUE(opened) << opened.error().to_string();
    Store& store = *opened;
    std::vector<std::uint64_t> log;
    for (const auto& event : store.query(kSourceRegion)) log.push_back(event->sequence().value);
    for (const char* id : {"effects", "plain"}) {
        Cursor cursor = store.cursor_guaranteed(kSourceRegion, CursorId(id)).value();
        const CursorPosition stored = cursor.position();
        const bool is_plain = std::string_view(id) == "plain";
        EXPECT_GE(stored.next, is_plain ? told.plain_durable : told.effects_durable);
        std::vector<std::uint64_t> rest;
        std::uint32_t batch_left = 0;
        while (const auto event = cursor.poll().value()) {
            rest.push_back(event->sequence().value);
            if (batch_left == 0) batch_left = event->batch_count - event->batch_index;
            EXPECT_EQ(event->batch_count - event->batch_index, batch_left--) << "a torn batch";
        }
        EXPECT_EQ(batch_left, 0U) << "a torn batch";
        const auto behind = std::ranges::lower_bound(log, stored.next.value);
        EXPECT_EQ(rest, std::vector<std::uint64_t>(behind, log.end()));
        EXPECT_EQ(stored.matched, static_cast<std::uint64_t>(behind - log.begin()));
        EXPECT_TRUE(store.verify_completeness(kSourceRegion, cursor.position()).value());
    }
}

void expect_each_effect_once(const Disk& disk) {
    const Store store = Store::open(config_on(disk)).value();
    std::vector<std::uint64_t> expected;
    for (const auto& event : store.query(kSourceRegion)) {
        expected.push_back(event->sequence().value);
    }
    std::vector<std::uint64_t> answered;
    for (const auto& event : store.query(Region::kinds({Effect::kind})))
        answered.push_back(event->as<Effect>().value().of.value);
    EXPECT_EQ(answered, expected);
    EXPECT_EQ(expected.size(), kSources);
}

TEST(CursorCrash, NothingIsSkippedAndOnlyWhatWasNotCommittedComesAgain) {
    const Disk whole = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    Told told_whole;
    ASSERT_TRUE(run(whole, told_whole));
    const std::uint64_t calls = whole->calls();
    const std::uint64_t first = number_from_environment("BATPAK_SEED").value_or(1);
    const bool one = number_from_environment("BATPAK_SEED").has_value();
    const std::uint64_t runs = one ? 1 : crashes_to_make(1000, 60);
    std::uint64_t crashes = 0;
    for (std::uint64_t seed = first; seed < first + runs && !::testing::Test::HasFailure();
         ++seed) {
        SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
        std::mt19937_64 random(seed);
        Disk disk = std::make_shared<SimulatedFileSystem>(seed, SimulatedDisk{});
        Told told;
        for (int life = 0; life < 2; ++life) {
            const auto moment =
                random() % 2 == 0 ? CrashMoment::BeforeCall : CrashMoment::AfterCall;
            disk->crash_at(random() % calls, moment);
            (void)run(disk, told);
            crashes += disk->crashed() ? 1U : 0U;
            const CutMode modes[] = {CutMode::None, CutMode::All, CutMode::Random, CutMode::Random};
            disk = disk->after_power_cut({modes[random() % 4], random()});
            check(disk->after_process_kill(), told);
        }
        const auto finished = run(disk, told);
        ASSERT_TRUE(finished) << finished.error().to_string();
        expect_each_effect_once(disk);
    }
    std::cout << crashes << " crashes of a program of " << calls << " calls\n";
    EXPECT_GE(crashes, one ? 1 : runs);
}

}  // namespace
}  // namespace batpak::testing
