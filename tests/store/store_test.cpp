#include "batpak/store/store.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "batpak/json.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/testing/environment.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;
using testing::Moved;

struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    int x = 0;
    int y = 0;
};

TEST(Store, AppendsAndReadsBack) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    auto store = Store::open(config).value();
    EXPECT_EQ(store.open_report().outcome, OpenReport::Outcome::Created);
    const auto alice = Coordinate::create("player:alice", "room:dungeon").value();
    const auto bob = Coordinate::create("player:bob", "room:dungeon").value();
    for (int i = 0; i < 100; ++i) {
        const auto receipt = store.append(i % 3 == 0 ? bob : alice, PlayerMoved{i, -i});
        ASSERT_TRUE(receipt) << receipt.error().to_string();
        EXPECT_EQ(receipt->sequence, Sequence(static_cast<std::uint64_t>(i)));
        EXPECT_EQ(receipt->durability, Durability::Durable);
        const auto back = store.get<PlayerMoved>(receipt->event_id);
        ASSERT_TRUE(back) << back.error().to_string();
        EXPECT_EQ(back->payload().x, i);
    }
    auto events = store.stream("player:bob").collect<PlayerMoved>();
    ASSERT_TRUE(events) << events.error().to_string();
    EXPECT_EQ(events->size(), 34U);
    const auto report = store.verify();
    ASSERT_TRUE(report) << report.error().to_string();
    EXPECT_FALSE(report->damage) << report->damage->to_string();
    EXPECT_EQ(report->events, 100U);
    ASSERT_TRUE(std::move(store).close());

    auto again = Store::open(config);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->visible_end(), Sequence(100));
    EXPECT_EQ(again->open_report().frames_scanned, 0U);
    EXPECT_EQ(again->count(Region::scope("room:dungeon")).value(), 100U);
    EXPECT_EQ(again->verify()->root, report->root);
}

// Typed, with a kind of its own, or as it is: each way to append takes each payload.
TEST(Store, EveryWayToAppendTakesEveryPayload) {
    const StoreConfig config = StoreConfig("data").with_environment(testing::memory_environment());
    Store store = Store::open(config).value();
    const auto alice = Coordinate::create("player:alice", "room:dungeon").value();
    const EventKind kind = EventKind::custom(0xF, 2);
    const Value value("dragon");
    const nlohmann::json json = "dragon";
    ASSERT_TRUE(store.append(alice, PlayerMoved{1, 2}));
    ASSERT_TRUE(store.append(alice, kind, value));
    ASSERT_TRUE(store.append(alice, kind, json));
    ASSERT_TRUE(store.try_append(alice, PlayerMoved{1, 2}));
    ASSERT_TRUE(store.try_append(alice, kind, value));
    ASSERT_TRUE(store.try_append(alice, kind, json));
    ASSERT_TRUE(store.submit(alice, PlayerMoved{1, 2}));
    ASSERT_TRUE(store.submit(alice, kind, value));
    ASSERT_TRUE(store.submit(alice, kind, json));
    ASSERT_TRUE(store.sync());
    ASSERT_EQ(store.visible_end(), Sequence(9));
    for (std::uint64_t i = 0; i < 9; ++i) {
        if (i % 3 == 0) {
            EXPECT_EQ(store.get<PlayerMoved>(Sequence(i)).value().payload().y, 2);
        } else {
            EXPECT_EQ(store.get<Value>(Sequence(i)).value().payload(), value);
            EXPECT_EQ(store.get<nlohmann::json>(Sequence(i)).value().payload(), json);
        }
    }
    EXPECT_EQ(code_of(store.get(Sequence(9))), ErrorCode::EventNotFound);
}

// Each read of one event takes a check, and finds what the checksum cannot: here, that the store
// has no hashes to check by.
TEST(Store, EveryReadOfOneEventTakesACheck) {
    const StoreConfig config =
        StoreConfig("data").with_environment(testing::memory_environment()).with_hash_chain(false);
    Store store = Store::open(config).value();
    const auto alice = Coordinate::create("player:alice", "room:dungeon").value();
    const auto receipt = store.append(alice, PlayerMoved{1, 2}, {.idempotency_key = "once"});
    ASSERT_TRUE(receipt);
    const auto expect_unsupported = [](const auto& read) {
        EXPECT_EQ(code_of(read(ReadCheck::Hash)), ErrorCode::Unsupported);
        EXPECT_TRUE(read(ReadCheck::Frame));
    };
    expect_unsupported([&](ReadCheck check) { return store.find(receipt->event_id, check); });
    expect_unsupported([&](ReadCheck check) { return store.find(Sequence(0), check); });
    expect_unsupported(
        [&](ReadCheck check) { return store.find({"player:alice", Version(0)}, check); });
    expect_unsupported([&](ReadCheck check) { return store.find_key("once", check); });
    expect_unsupported([&](ReadCheck check) { return store.find_latest("player:alice", check); });
    expect_unsupported([&](ReadCheck check) { return store.get(receipt->event_id, check); });
    expect_unsupported([&](ReadCheck check) { return store.get(Sequence(0), check); });
    expect_unsupported([&](ReadCheck check) { return store.latest("player:alice", check); });
}

TEST(Store, RotatesAndContinues) {
    const StoreConfig config = StoreConfig("data")
                                   .with_environment(testing::memory_environment())
                                   .with_segment_bytes(4096);
    const auto alice = Coordinate::create("player:alice", "room:dungeon").value();
    for (int round = 0; round < 10; ++round) {
        auto store = Store::open(config);
        ASSERT_TRUE(store) << store.error().to_string();
        ASSERT_EQ(store->visible_end().value, static_cast<std::uint64_t>(round) * 37);
        for (int i = 0; i < 37; ++i) {
            const auto receipt = store->append(alice, PlayerMoved{i, round});
            ASSERT_TRUE(receipt) << receipt.error().to_string();
        }
        const auto report = store->verify();
        ASSERT_TRUE(report);
        ASSERT_FALSE(report->damage) << report->damage->to_string();
        EXPECT_EQ(store->stream("player:alice").collect<PlayerMoved>()->size(),
                  static_cast<std::size_t>(round + 1) * 37);
        ASSERT_TRUE(std::move(*store).close());
    }
}

// Types that nobody outside batpak may append.
struct Reserved {
    static constexpr auto kind = EventKind::from_number(0x0001);
    int x = 0;
};
struct Effect {
    static constexpr auto kind = EventKind::from_number(0xDFFF);
    int x = 0;
};

struct Other {
    static constexpr auto kind = EventKind::custom(1, 8);
    int z = 0;
};

// The second version of Moved, which calls its fields by other names.
struct MovedTo {
    static constexpr auto kind = Moved::kind;
    static constexpr std::uint16_t payload_version = 2;
    int east = 0;
    int north = 0;

    static Result<Value> upcast(std::uint16_t, Value value) {
        value.rename("x", "east");
        value.rename("y", "north");
        return value;
    }
};

struct StoreTest : testing::StoreFixture {
    // Every public way to append bytes, each answering with what it said.
    using Append =
        std::function<Result<AppendReceipt>(Store&, EventKind, BytesView, const AppendOptions&)>;
    std::vector<std::pair<const char*, Append>> ways() const {
        return {{"append_raw",
                 [this](Store& store, EventKind of, BytesView bytes, const AppendOptions& options) {
                     return store.append_raw(alice, of, bytes, options);
                 }},
                {"append",
                 [this](Store& store, EventKind of, BytesView bytes, const AppendOptions& options) {
                     return store.append(alice, of, bytes, options);
                 }},
                {"try_append_raw",
                 [this](Store& store, EventKind of, BytesView bytes, const AppendOptions& options) {
                     return store.try_append_raw(alice, of, bytes, options);
                 }},
                {"submit_raw",
                 [this](Store& store, EventKind of, BytesView bytes,
                        const AppendOptions& options) -> Result<AppendReceipt> {
                     BATPAK_TRY(Ticket ticket, store.submit_raw(alice, of, bytes, options));
                     return ticket.wait();
                 }}};
    }
};

TEST_F(StoreTest, PayloadsUpToTheLimitAreStored) {
    config = config.with_payload_bytes_max(100);
    Store store = open();
    for (const auto& [name, append] : ways()) {
        SCOPED_TRACE(name);
        for (const std::size_t length : {0U, 99U, 100U}) {
            const Bytes bytes(length, std::byte{7});
            const auto receipt = append(store, kind, bytes, {});
            ASSERT_TRUE(receipt);
            EXPECT_EQ(store.get(receipt->event_id)->payload(), bytes);
        }
        EXPECT_EQ(code_of(append(store, kind, Bytes(101), {})), ErrorCode::PayloadTooLarge);
    }
    EXPECT_EQ(store.visible_end(), Sequence(12));
}

TEST_F(StoreTest, ReservedKindsAreRefusedByEveryEntry) {
    Store store = open();
    for (const unsigned number : {0x0000U, 0x0FFFU, 0xD000U, 0xDFFFU}) {
        const EventKind reserved = EventKind::from_number(static_cast<std::uint16_t>(number));
        for (const auto& [name, append] : ways()) {
            EXPECT_EQ(code_of(append(store, reserved, payload, {})), ErrorCode::ReservedKind)
                << name;
        }
    }
    EXPECT_EQ(code_of(store.append(alice, Reserved{})), ErrorCode::ReservedKind);
    EXPECT_EQ(code_of(store.append(alice, Effect{})), ErrorCode::ReservedKind);
    EXPECT_EQ(code_of(store.try_append(alice, Reserved{}, {})), ErrorCode::ReservedKind);
    EXPECT_EQ(code_of(store.submit(alice, Effect{}, {})), ErrorCode::ReservedKind);
    EXPECT_EQ(code_of(store.append(alice, EventKind::from_number(1), Value(1))),
              ErrorCode::ReservedKind);
    EXPECT_EQ(store.visible_end(), Sequence(0));
}

TEST_F(StoreTest, OnlyTheApplicationsFlagsAreTaken) {
    Store store = open();
    for (const auto& [name, append] : ways()) {
        for (unsigned bit = 0; bit < 32; ++bit) {
            AppendOptions options;
            options.flags = 1U << bit;
            const auto receipt = append(store, kind, payload, options);
            ASSERT_EQ(code_of(receipt), bit < 8 ? ErrorCode::InvalidArgument : ErrorCode{}) << name;
            if (!receipt) continue;
            EXPECT_EQ(store.get(receipt->event_id)->event.header.flags, options.flags);
        }
    }
}

TEST_F(StoreTest, ExpectedVersionsHoldAsTheirTableSays) {
    struct Case {
        ExpectedVersion expect;
        std::array<bool, 3> holds;  // for streams of 0, 1 and 2 events
    };
    const Case cases[] = {{ExpectedVersion::any(), {true, true, true}},
                          {ExpectedVersion::none(), {true, false, false}},
                          {ExpectedVersion::exists(), {false, true, true}},
                          {ExpectedVersion::exactly(0), {false, true, false}},
                          {ExpectedVersion::exactly(1), {false, false, true}},
                          {ExpectedVersion::exactly(2), {false, false, false}},
                          {ExpectedVersion::exactly(UINT64_MAX), {false, false, false}}};
    Store store = open();
    int streams = 0;
    for (const Case& row : cases) {
        for (std::size_t count = 0; count < 3; ++count) {
            const auto stream = testing::coordinate_of("stream:" + std::to_string(streams++));
            for (std::size_t i = 0; i < count; ++i)
                ASSERT_TRUE(store.append_raw(stream, kind, payload));
            AppendOptions options;
            options.expect = row.expect;
            const auto receipt = store.append_raw(stream, kind, payload, options);
            ASSERT_EQ(code_of(receipt),
                      row.holds[count] ? ErrorCode{} : ErrorCode::VersionConflict);
            ASSERT_EQ(row.expect.holds(count), row.holds[count]);
        }
    }
    EXPECT_FALSE(store.verify()->damage);
}

TEST_F(StoreTest, AReceiptSaysWhatIsReadBack) {
    Store store = open();
    const auto cause = store.append_raw(bob, kind, payload).value();
    AppendOptions options;
    options.correlation_id = cause.event_id;
    options.causation_id = cause.event_id;
    options.flags = 0x100;
    ASSERT_TRUE(options.metadata.set("user", "alice"));
    clock->advance(std::chrono::seconds(5));
    const auto receipt = store.append(alice, Moved{3, -4}, options).value();
    const auto event = store.get<Moved>(receipt.event_id).value();
    EXPECT_EQ(event.position, (Position{receipt.sequence, receipt.version, receipt.hlc}));
    EXPECT_EQ(event.event.hash, receipt.hash);
    EXPECT_EQ(event.event.header.event_id, receipt.event_id);
    EXPECT_EQ(event.event.header.correlation_id, cause.event_id);
    EXPECT_EQ(event.event.header.causation_id, cause.event_id);
    EXPECT_EQ(event.event.header.flags, 0x100U | kFlagHasCausation);
    EXPECT_EQ(event.event.header.timestamp_us, clock->wall_us());
    EXPECT_EQ(event.position.hlc.us, clock->wall_us());
    EXPECT_EQ(event.event.header.kind, Moved::kind);
    EXPECT_EQ(event.event.metadata, options.metadata);
    EXPECT_EQ(event.coordinate, alice);
    EXPECT_EQ(event.payload().y, -4);
    EXPECT_TRUE(event.durable);
    EXPECT_EQ(store.get(cause.event_id)->event.header.correlation_id, cause.event_id);
}

TEST_F(StoreTest, TimeNeverGoesBackWhateverTheClockDoes) {
    Store store = open();
    Hlc last;
    for (int i = 0; i < 20; ++i) {
        if (i % 3 == 1) clock->go_back(std::chrono::hours(1));
        if (i % 3 == 2) clock->advance(std::chrono::minutes(7));
        const auto receipt = store.append_raw(alice, kind, payload).value();
        EXPECT_GT(receipt.hlc, last);
        EXPECT_EQ(store.find(receipt.sequence).value()->header.timestamp_us, clock->wall_us());
        last = receipt.hlc;
    }
}

TEST_F(StoreTest, TryAppendWaitsForNobody) {
    Store store = open();
    ASSERT_TRUE(store.try_append(alice, Moved{1, 2}, {}));
    testing::HeldCall write(*disk, testing::CallKind::Write);
    std::thread appending([&] { EXPECT_TRUE(store.append_raw(bob, kind, payload)); });
    write.await();
    EXPECT_EQ(code_of(store.try_append(alice, Moved{1, 2}, {})), ErrorCode::WouldBlock);
    EXPECT_EQ(code_of(store.try_append_raw(alice, kind, payload, {})), ErrorCode::WouldBlock);
    write.open();
    appending.join();
    EXPECT_EQ(store.try_append(alice, Moved{1, 2}, {})->sequence, Sequence(2));
}

TEST_F(StoreTest, AClosedStoreRefusesEverything) {
    Store store = open();
    const auto receipt = store.append_raw(alice, kind, payload).value();
    const auto closed = std::move(store).close();
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->end, Sequence(1));
    EXPECT_EQ(closed->log_id, store.log_id());
    for (const auto& [name, append] : ways())
        EXPECT_EQ(code_of(append(store, kind, payload, {})), ErrorCode::Closed) << name;
    EXPECT_EQ(code_of(store.sync()), ErrorCode::Closed);
    EXPECT_EQ(
        code_of(store.wait_durable(Sequence(0), std::chrono::steady_clock::time_point::max())),
        ErrorCode::Closed);
    EXPECT_EQ(code_of(store.get(receipt.event_id)), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.find(Sequence(0))), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.latest("player:alice")), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.query(Region::all()).collect()), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.count(Region::all())), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.names(Names::Entities)), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.names(Names::Scopes)), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.catalogue()), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.version("player:alice")), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.root(Sequence(1))), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.verify()), ErrorCode::Closed);
    EXPECT_EQ(code_of(store.walk_ancestors(receipt.event_id, Ancestry::Stream, 1)),
              ErrorCode::Closed);
    EXPECT_EQ(code_of(std::move(store).close()), ErrorCode::Closed);
}

TEST_F(StoreTest, AnErrorElementIsYieldedOnce) {
    Store store = open();
    ASSERT_TRUE(std::move(store).close());
    auto range = store.query(Region::all());
    const auto* element = range.next();
    ASSERT_NE(element, nullptr);
    EXPECT_EQ(code_of(*element), ErrorCode::Closed);
    EXPECT_EQ(range.next(), nullptr);
}

TEST_F(StoreTest, OneStoreAtATimeHasTheDirectory) {
    std::optional<Store> store(open());
    EXPECT_EQ(code_of(Store::open(config)), ErrorCode::StoreLocked);
    Store moved = *std::move(store);
    store.reset();
    EXPECT_EQ(code_of(Store::open(config)), ErrorCode::StoreLocked);
    EXPECT_TRUE(moved.append_raw(alice, kind, payload));
    const StoreConfig other = StoreConfig("other").with_environment(config.environment());
    moved = Store::open(other).value();  // closes what it held
    Store again = open();
    EXPECT_EQ(again.open_report().outcome, OpenReport::Outcome::Clean);
    EXPECT_EQ(again.visible_end(), Sequence(1));
}

TEST_F(StoreTest, AnOlderCopyIsRefusedWhereMoreIsKnown) {
    {
        Store store = open();
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.append_raw(alice, kind, payload));
    }
    EXPECT_TRUE(Store::open(config.with_expect_at_least(Sequence(3))));
    EXPECT_EQ(code_of(Store::open(config.with_expect_at_least(Sequence(4)))),
              ErrorCode::RolledBack);
    EXPECT_TRUE(Store::open(config));
}

TEST_F(StoreTest, AStoreWithoutHashesHasNoneAndNeedsNone) {
    config = config.with_hash_chain(false);
    std::optional<Store> store(open());
    const auto receipt = store->append_raw(alice, kind, payload).value();
    EXPECT_TRUE(receipt.hash.is_zero());
    EXPECT_EQ(code_of(store->root(Sequence(1))), ErrorCode::Unsupported);
    EXPECT_FALSE(store->verify()->hashes_checked);
    EXPECT_FALSE(store->verify()->damage);
    store.reset();
    // Who asks for hashes is told that there are none, and nothing is changed.
    const std::vector<std::string> files = disk->file_paths();
    EXPECT_EQ(code_of(Store::open(config.with_hash_chain(true))), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(ReadOnlyStore::open(config.with_hash_chain(true))), ErrorCode::Unsupported);
    EXPECT_EQ(disk->file_paths(), files);
    // What it was made with stays.
    Store again = Store::open(StoreConfig("data").with_environment(config.environment())).value();
    EXPECT_TRUE(again.append_raw(alice, kind, payload)->hash.is_zero());
}

// Each limit alone is tested where it is checked; here all of them meet in one frame.
TEST_F(StoreTest, TakesAnEventWithEverythingAtItsLimit) {
    config = config.with_payload_bytes_max(70'000).with_segment_bytes(4096);
    const std::string name(Coordinate::kPartBytesMax, 'n');
    const Coordinate longest = Coordinate::create(name, name).value();
    AppendOptions options;
    options.idempotency_key = std::string(limits::kIdempotencyKeyBytesMax, '\0');
    options.flags = kApplicationFlags;
    for (int i = 0; i < 7; ++i)
        ASSERT_TRUE(options.metadata.set(std::to_string(i), std::string(1024, 'v')));
    const std::size_t left = limits::kMetadataBytesMax - options.metadata.encoded_bytes();
    ASSERT_TRUE(options.metadata.set("h", std::string(left - 5, 'v')));
    const EventKind last = EventKind::custom(0xF, 0xFFF);
    const Bytes longest_payload(70'000, std::byte{0xC1});
    {
        Store store = open();
        ASSERT_TRUE(store.append_raw(longest, last, longest_payload, options));
        EXPECT_EQ(code_of(store.append_raw(longest, last, Bytes(70'001))),
                  ErrorCode::PayloadTooLarge);
    }
    Store store = open();
    EXPECT_TRUE(store.append_raw(longest, last, longest_payload, options)->replayed);
    const auto event = store.find(Sequence(0), ReadCheck::Hash).value();
    EXPECT_EQ(event->entity, name);
    EXPECT_EQ(event->scope, name);
    EXPECT_EQ(event->kind(), last);
    EXPECT_TRUE(equal_bytes(event->payload, longest_payload));
    EXPECT_EQ(store.count(Region::entity_prefix(name)).value(), 1U);
    EXPECT_EQ(store.find_key(options.idempotency_key).value().value()->sequence(), Sequence(0));
    EXPECT_FALSE(store.verify()->damage);
}

// What cannot be checked is not called checked.
TEST_F(StoreTest, ACheckOfHashesThatAreNotThereIsUnsupported) {
    config = config.with_hash_chain(false);
    Store store = open();
    const auto receipt = store.append_raw(alice, kind, payload).value();
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    EXPECT_EQ(code_of(store.find(Sequence(0), ReadCheck::Hash)), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(store.find(receipt.event_id, ReadCheck::Hash)), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(store.as_of(Sequence(0)).find(Sequence(0), ReadCheck::Hash)),
              ErrorCode::Unsupported);
    EventRange range = store.query(Region::all(), {.check = ReadCheck::Hash});
    EXPECT_EQ(code_of(*range.next()), ErrorCode::Unsupported);
    EXPECT_EQ(range.next(), nullptr) << "said once";
    EXPECT_TRUE(store.find(Sequence(0)));
}

TEST_F(StoreTest, TheReportSaysWhatOpeningFound) {
    config = config.with_segment_bytes(4096).with_sync_every_n_events(1000);
    {
        Store store = open();
        EXPECT_EQ(store.open_report().outcome, OpenReport::Outcome::Created);
        EXPECT_EQ(store.open_report().end, Sequence(0));
        EXPECT_EQ(store.open_report().segments, 1U);
        for (int i = 0; i < 100; ++i) ASSERT_TRUE(store.append_raw(alice, kind, payload));
    }
    ASSERT_TRUE(disk->put("data/segments/notes.txt", as_bytes("mine")));
    Store store = open();
    EXPECT_EQ(store.open_report().outcome, OpenReport::Outcome::Clean);
    EXPECT_EQ(store.open_report().end, Sequence(100));
    EXPECT_EQ(store.open_report().segments, store.stats().segments);
    EXPECT_GT(store.open_report().segments, 3U);
    EXPECT_EQ(store.open_report().frames_scanned, 0U);
    EXPECT_EQ(store.open_report().ignored, (std::vector<std::string>{"notes.txt"}));
    EXPECT_FALSE(store.open_report().cut);
    // A process that dies leaves no index of what it appended.
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.append_raw(alice, kind, payload));
    Environment killed = config.environment();
    killed.files = disk->after_process_kill();
    const Store next = Store::open(config.with_environment(killed)).value();
    EXPECT_EQ(next.open_report().end, Sequence(103));
    EXPECT_GE(next.open_report().frames_scanned, 1U);
    EXPECT_EQ(next.open_report().outcome, OpenReport::Outcome::Clean);
}

TEST_F(StoreTest, JsonAndValuesAreStoredAsMessagePack) {
    Store store = open();
    const nlohmann::json json = {{"a", 1}, {"b", {true, nullptr, "text"}}};
    const auto receipt = store.append(alice, kind, json).value();
    EXPECT_EQ(store.get<nlohmann::json>(receipt.event_id)->payload(), json);
    const Value value = store.get<Value>(receipt.event_id)->payload();
    EXPECT_EQ(value.find("a")->as_i64(), 1);
    const auto again = store.append(alice, kind, value).value();
    EXPECT_EQ(store.get(again.event_id)->payload(), store.get(receipt.event_id)->payload());
}

TEST_F(StoreTest, OldPayloadsAreReadAsTheNewType) {
    Store store = open();
    const auto old = store.append(alice, Moved{3, 4}).value();
    const auto current = store.append(alice, MovedTo{5, 6}).value();
    EXPECT_EQ(store.get<MovedTo>(old.event_id)->payload().north, 4);
    EXPECT_EQ(store.get<MovedTo>(current.event_id)->payload().north, 6);
    EXPECT_EQ(store.find(Sequence(1)).value()->header.payload_version, 2);
    EXPECT_EQ(code_of(store.get<Moved>(current.event_id)), ErrorCode::NewerPayload);
}

TEST_F(StoreTest, APayloadThatIsNotTheTypeSaysSo) {
    Store store = open();
    const auto moved = store.append(alice, Moved{1, 2}).value();
    const auto raw = store.append_raw(alice, Moved::kind, as_bytes("\xC1")).value();
    EXPECT_EQ(code_of(store.get<Other>(moved.event_id)), ErrorCode::DecodeFailed);
    EXPECT_EQ(code_of(store.get<Moved>(raw.event_id)), ErrorCode::DecodeFailed);
    EXPECT_EQ(code_of(store.stream("player:alice").collect<Moved>()), ErrorCode::DecodeFailed);
    EXPECT_EQ(store.get(raw.event_id)->payload().size(), 1U);
}

TEST_F(StoreTest, StatsCountWhatHappened) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    EXPECT_EQ(store.stats().events, 0U);
    EXPECT_EQ(store.stats().segments, 1U);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(store.append_raw(alice, kind, payload));
    const StoreStats stats = store.stats();
    EXPECT_EQ(stats.events, 100U);
    EXPECT_EQ(stats.durable_events, 100U);
    EXPECT_EQ(stats.writes, 100U);
    EXPECT_EQ(stats.syncs, 100U);
    EXPECT_GT(stats.segments, 3U);
    EXPECT_GT(stats.index_memory_bytes, 0U);
    EXPECT_EQ(stats.indexes_rebuilt, 0U);
    EXPECT_FALSE(stats.poisoned);
}

}  // namespace
}  // namespace batpak
