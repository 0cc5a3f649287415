// Goal:   what a kind is called, and what its payload looks like, is in the log with the first
//         event of the kind, once (INV C3); every store and view of that log shows it, and a
//         program that says otherwise is refused before it writes.
// Method: every door of the store; then the same log opened again, copied, cut, read beside its
//         writer, and filled by a batpak that knew nothing of names.
#include "batpak/store/catalogue.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "batpak/delivery/reactor.hpp"
#include "batpak/event/value.hpp"
#include "batpak/machine/state_machine.hpp"
#include "batpak/pipeline/pipeline.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/restore.hpp"
#include "event/kind_note.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak::testing {

// What one program has, and what others have in its place.
namespace first {
struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string who;
    std::int32_t x = 0;
};
struct Sealed {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    static constexpr std::string_view event_name = "door.sealed";
    static constexpr std::uint16_t payload_version = 3;
    std::int32_t door = 0;
};
}  // namespace first
namespace wider {
struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string who;
    std::int64_t x = 0;
    std::optional<std::string> note;
};
}  // namespace wider
namespace other_shape {
struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string who;
    std::string x;
};
}  // namespace other_shape
namespace other_name {
struct PlayerWalked {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::string who;
    std::int32_t x = 0;
};
}  // namespace other_name
namespace other_version {
struct PlayerMoved {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    static constexpr std::uint16_t payload_version = 2;
    std::string x;
};
}  // namespace other_version
namespace bad_name {
struct Escaping {
    static constexpr auto kind = EventKind::custom(0x1, 0x003);
    static constexpr std::string_view event_name = "red \x1b[31m";
    std::int32_t x = 0;
};
struct Endless {
    static constexpr auto kind = EventKind::custom(0x1, 0x004);
    static inline const std::string event_name = std::string(10'000'000, 'n');
    std::int32_t x = 0;
};
}  // namespace bad_name

namespace {

using first::PlayerMoved;
using first::Sealed;

constexpr EventKind kMoved = PlayerMoved::kind;

struct CatalogueTest : StoreFixture {
    // What the event says of its kind; the hash is checked on the way.
    static std::optional<KindNote> note(const StoreReads& store, std::uint64_t sequence) {
        const HeldEvent event = store.find(Sequence(sequence), ReadCheck::Hash).value();
        return decode_kind_note(Metadata::reserved(event->metadata_bytes, Metadata::kKind));
    }
    static std::vector<std::uint64_t> noted(const StoreReads& store) {
        std::vector<std::uint64_t> sequences;
        for (std::uint64_t i = 0; i < store.visible_end().value; ++i)
            if (note(store, i)) sequences.push_back(i);
        return sequences;
    }
    static KindEntry moved(std::uint64_t events) {
        return {.kind = kMoved,
                .name = "PlayerMoved",
                .versions = {{1, "PlayerMoved", "{who:string,x:int32}", Sequence(0)}},
                .first = Sequence(0),
                .events = events};
    }
    static std::vector<KindEntry> entries(const StoreReads& store) {
        const Catalogue catalogue = store.catalogue().value();
        EXPECT_TRUE(catalogue.is_complete());
        return {catalogue.begin(), catalogue.end()};
    }
};

using Sequences = std::vector<std::uint64_t>;

TEST_F(CatalogueTest, AKindIsNamedByItsFirstEventOnly) {
    Store store = open();
    EXPECT_TRUE(store.catalogue().value().empty());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", i}));
    ASSERT_TRUE(store.append(alice, Sealed{7}));
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    EXPECT_EQ(noted(store), (Sequences{0, 3}));
    EXPECT_EQ(note(store, 0), (KindNote{"PlayerMoved", "{who:string,x:int32}"}));
    EXPECT_EQ(note(store, 3), (KindNote{"door.sealed", "{door:int32}"}));
    EXPECT_FALSE(store.verify().value().damage);

    const Catalogue catalogue = store.catalogue().value();
    ASSERT_EQ(catalogue.size(), 3U);
    EXPECT_EQ(*catalogue.find(kMoved), moved(3));
    EXPECT_EQ(catalogue.find(kind)->name, "");
    EXPECT_EQ(catalogue.find(kind)->first, Sequence(4));
    EXPECT_EQ(catalogue.find(EventKind::custom(0x2, 1)), nullptr);
    EXPECT_EQ(catalogue.name_of(Sealed::kind), "door.sealed");
    EXPECT_EQ(catalogue.name_of(EventKind::custom(0x2, 1)), "");
    EXPECT_EQ(catalogue.named("door.sealed"), std::vector{Sealed::kind});
    EXPECT_TRUE(catalogue.named("").empty());
    EXPECT_EQ(catalogue.find(kMoved)->versions[0].fields(),
              (std::vector<KindField>{{"who", "string"}, {"x", "int32"}}));
}

// The metadata that the caller gave, a key, tags and a cause inside of a batch stay what they are.
TEST_F(CatalogueTest, TheRestOfTheFirstEventIsWhatItWouldBe) {
    Store store = open();
    AppendOptions options{.idempotency_key = "key", .tags = {"room:1"}};
    ASSERT_TRUE(options.metadata.set("user", "u1"));
    ASSERT_TRUE(options.metadata.set("a", "b"));
    const auto receipt = store.append(alice, PlayerMoved{"alice", 1}, options).value();
    {
        const HeldEvent event = store.find(Sequence(0), ReadCheck::Hash).value();
        EXPECT_EQ(event->metadata().value(), options.metadata);
        EXPECT_EQ(event->hash, receipt.hash);
        EXPECT_TRUE(event->tags().contains("room:1"));
        EXPECT_EQ(event->as<PlayerMoved>().value().who, "alice");
    }
    // A retry is told from another event by what it is, and not by what was noted with it.
    const auto again = store.append(alice, PlayerMoved{"alice", 1}, options).value();
    EXPECT_TRUE(again.replayed);
    BatchBuilder batch;
    const BatchItem cause = batch.add(alice, PlayerMoved{"alice", 2});
    batch.add(bob, Sealed{1}, {.caused_by = cause});
    batch.add(bob, Sealed{2});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
    EXPECT_EQ(noted(store), (Sequences{0, 2}));
    const HeldEvent effect = store.find(Sequence(2), ReadCheck::Hash).value();
    EXPECT_EQ(effect->header.causation_id, store.find(Sequence(1)).value()->event_id());
    EXPECT_FALSE(store.verify().value().damage);
}

TEST_F(CatalogueTest, EveryDoorNamesTheKind) {
    using Door = std::function<void(Store&)>;
    const std::vector<Door> doors = {
        [&](Store& store) { ASSERT_TRUE(store.append(alice, PlayerMoved{"a", 1})); },
        [&](Store& store) { ASSERT_TRUE(store.try_append(alice, PlayerMoved{"a", 1})); },
        [&](Store& store) {
            std::vector<Ticket> tickets;
            for (int i = 0; i < 5; ++i)
                tickets.push_back(store.submit(alice, PlayerMoved{"a", i}).value());
            for (Ticket& ticket : tickets) ASSERT_TRUE(ticket.wait());
        },
        [&](Store& store) {
            BatchBuilder batch;
            for (int i = 0; i < 3; ++i) batch.add(alice, PlayerMoved{"a", i});
            ASSERT_TRUE(store.append_batch(std::move(batch)));
        },
        [&](Store& store) {
            const BypassReason reason = BypassReason::create("test", "a door").value();
            auto bypass = Pipeline<PlayerMoved>::bypass(Proposal(PlayerMoved{}), reason);
            ASSERT_TRUE(store.commit(std::move(bypass), alice));
        },
    };
    for (std::size_t i = 0; i < doors.size(); ++i) {
        const std::string directory = "door" + std::to_string(i);
        Store store =
            Store::open(StoreConfig(directory).with_environment({disk, clock, entropy})).value();
        doors[i](store);
        EXPECT_EQ(noted(store), Sequences{0}) << i;
        EXPECT_EQ(store.catalogue().value().name_of(kMoved), "PlayerMoved") << i;
        EXPECT_FALSE(store.verify().value().damage) << i;
    }
}

TEST_F(CatalogueTest, AStoreThatIsOpenedAgainKnowsIt) {
    for (int round = 0; round < 3; ++round) {
        Store store = open();
        ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", round}));
        EXPECT_EQ(noted(store), Sequences{0});
        ASSERT_TRUE(std::move(store).close());
    }
    // Also without its index files, which are made again from the frames.
    int removed = 0;
    for (const std::string& path : disk->file_paths())
        if (path.find("/index/") != std::string::npos) removed += disk->erase(path) ? 1 : 0;
    EXPECT_GT(removed, 0);
    Store store = open();
    EXPECT_EQ(entries(store), std::vector{moved(3)});
    ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 3}));
    EXPECT_EQ(noted(store), Sequences{0});
}

TEST_F(CatalogueTest, AnotherNameOrShapeIsRefusedAtTheFirstAppend) {
    {
        Store store = open();
        ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 1}));
        ASSERT_TRUE(std::move(store).close());
    }
    Store store = open();
    const auto refused = [&](const auto& event) {
        EXPECT_EQ(code_of(store.append(alice, event)), ErrorCode::KindChanged);
        EXPECT_EQ(code_of(store.try_append(alice, event)), ErrorCode::KindChanged);
        EXPECT_EQ(code_of(store.submit(alice, event)), ErrorCode::KindChanged);
        BatchBuilder batch;
        batch.add(alice, event);
        EXPECT_EQ(code_of(store.append_batch(std::move(batch))), ErrorCode::KindChanged);
    };
    refused(other_name::PlayerWalked{"alice", 1});
    refused(other_shape::PlayerMoved{"alice", "1"});
    EXPECT_EQ(store.visible_end(), Sequence(1));
    // A version of its own may look as it likes.
    ASSERT_TRUE(store.append(alice, other_version::PlayerMoved{"1"}));
    const KindEntry entry = *store.catalogue().value().find(kMoved);
    ASSERT_EQ(entry.versions.size(), 2U);
    EXPECT_EQ(entry.versions[1], (KindVersion{2, "PlayerMoved", "{x:string}", Sequence(1)}));
    EXPECT_EQ(entry.versions[0], moved(1).versions[0]);
}

TEST_F(CatalogueTest, AChangeThatPayloadsCanBearIsNotedOnce) {
    {
        Store store = open();
        ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 1}));
        ASSERT_TRUE(std::move(store).close());
    }
    for (int round = 0; round < 2; ++round) {
        Store store = open();
        ASSERT_TRUE(store.append(alice, wider::PlayerMoved{"alice", 1, {}}));
        EXPECT_EQ(noted(store), (Sequences{0, 1}));
        const KindEntry entry = *store.catalogue().value().find(kMoved);
        ASSERT_EQ(entry.versions.size(), 1U);
        EXPECT_EQ(entry.versions[0].shape, "{who:string,x:int64,note:string?}");
        EXPECT_EQ(entry.versions[0].noted_at, Sequence(1));
        // A view of the past shows what was known then.
        EXPECT_EQ(entries(store.before(Sequence(1))), std::vector{moved(1)});
        ASSERT_TRUE(std::move(store).close());
    }
}

TEST_F(CatalogueTest, NamesAreBounded) {
    Store store = open();
    EXPECT_EQ(code_of(store.append(alice, bad_name::Escaping{1})), ErrorCode::InvalidArgument);
    EXPECT_EQ(code_of(store.append(alice, bad_name::Endless{1})), ErrorCode::InvalidArgument);
    for (const std::string& name : {std::string(257, 'n'), std::string(10'000'000, 'n'),
                                    std::string("a\nb"), std::string("\xff")}) {
        EXPECT_EQ(code_of(store.append_raw(alice, kind, payload, {.kind_name = name})),
                  ErrorCode::InvalidArgument);
    }
    EXPECT_EQ(code_of(store.append(alice, PlayerMoved{}, {.kind_name = "PlayerMoved"})),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(store.visible_end(), Sequence(0));
}

TEST_F(CatalogueTest, BytesCanHaveAName) {
    Store store = open();
    ASSERT_TRUE(store.append_raw(alice, kind, payload));
    ASSERT_TRUE(store.append(alice, kind, Value(1), {.kind_name = "door.opened"}));
    ASSERT_TRUE(
        store.submit_raw(alice, kind, payload, {.kind_name = "door.opened"}).value().wait());
    BatchBuilder batch;
    batch.add(alice, kMoved, Value(2), {.kind_name = "PlayerMoved"});
    batch.add(alice, kMoved, Value(3), {.kind_name = "PlayerMoved"});
    ASSERT_TRUE(store.append_batch(std::move(batch)));
    EXPECT_EQ(noted(store), (Sequences{1, 3}));
    EXPECT_EQ(note(store, 1), (KindNote{"door.opened", ""}));
    EXPECT_EQ(code_of(store.append_raw(alice, kind, payload, {.kind_name = "door.shut"})),
              ErrorCode::KindChanged);
    EXPECT_TRUE(store.append_raw(alice, kind, payload));
    // A type of the same name says more of it.
    ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 1}));
    EXPECT_EQ(noted(store), (Sequences{1, 3, 6}));
}

TEST_F(CatalogueTest, WhatIsRefusedNamesNothing) {
    Store store = open();
    ASSERT_TRUE(store.append_raw(bob, kind, payload));
    EXPECT_EQ(
        code_of(store.append(alice, PlayerMoved{"a", 1}, {.expect = ExpectedVersion::exists()})),
        ErrorCode::VersionConflict);
    EXPECT_EQ(code_of(store.append(alice, PlayerMoved{"a", 1},
                                   {.condition = AppendCondition{Region::all(), Sequence(0)}})),
              ErrorCode::ConditionConflict);
    // A batch whose second item is refused takes the note of its first one back.
    BatchBuilder batch;
    batch.add(alice, PlayerMoved{"a", 1});
    batch.add(bob, Sealed{1}, {.expect = ExpectedVersion::none()});
    EXPECT_EQ(code_of(store.append_batch(std::move(batch))), ErrorCode::VersionConflict);
    EXPECT_EQ(store.visible_end(), Sequence(1));
    EXPECT_EQ(store.catalogue().value().name_of(kMoved), "");
    // The one that gets there says it.
    ASSERT_TRUE(store.append(alice, PlayerMoved{"a", 1}));
    ASSERT_TRUE(store.append(alice, Sealed{1}));
    EXPECT_EQ(noted(store), (Sequences{1, 2}));
}

TEST_F(CatalogueTest, AWriteThatFailedNamesNothing) {
    Store store = open();
    ASSERT_TRUE(store.append_raw(bob, kind, payload));
    disk->fail_next(CallKind::Write, Fault::disk_full());
    EXPECT_EQ(code_of(store.append(alice, PlayerMoved{"a", 1})), ErrorCode::DiskFull);
    ASSERT_TRUE(store.append(alice, PlayerMoved{"a", 1}));
    ASSERT_TRUE(store.append(alice, PlayerMoved{"a", 2}));
    EXPECT_EQ(noted(store), Sequences{1});
}

TEST_F(CatalogueTest, SegmentsChangeAroundANote) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    const std::string long_text(3000, 'w');
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(store.append(alice, PlayerMoved{long_text, i}));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(store.append(alice, Sealed{i}));
    EXPECT_EQ(noted(store), (Sequences{0, 4}));
    EXPECT_GT(store.stats().segments, 2U);
    EXPECT_FALSE(store.verify().value().damage);
    EXPECT_EQ(entries(store)[0], moved(4));
}

TEST_F(CatalogueTest, ReadersBesideTheWriterSeeIt) {
    Store store = open();
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EXPECT_TRUE(entries(reader).empty());
    ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 1}));
    ASSERT_TRUE(reader.refresh());
    EXPECT_EQ(entries(reader), std::vector{moved(1)});
}

TEST_F(CatalogueTest, CopiesKeepIt) {
    Store store = open();
    ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 1}));
    ASSERT_TRUE(store.snapshot("copy"));
    const Environment machine{disk, clock, entropy};
    {
        const auto copy =
            ReadOnlyStore::open(StoreConfig("copy").with_environment(machine)).value();
        EXPECT_EQ(entries(copy), std::vector{moved(1)});
    }
    ASSERT_TRUE(restore(StoreConfig("copy").with_environment(machine), "again"));
    Store again = Store::open(StoreConfig("again").with_environment(machine)).value();
    ASSERT_TRUE(again.append(alice, PlayerMoved{"alice", 2}));
    EXPECT_EQ(noted(again), Sequences{0});
    EXPECT_EQ(code_of(again.append(alice, other_name::PlayerWalked{})), ErrorCode::DuplicateKind);
}

// As a store of before: the kind was appended, and nobody said what it is called.
TEST_F(CatalogueTest, AStoreOfBeforeGainsNamesAtTheNextAppend) {
    Store store = open();
    Buffer bytes;
    ASSERT_TRUE(PayloadCodec<PlayerMoved>::encode({"alice", 1}, bytes));
    ASSERT_TRUE(store.append_raw(alice, kMoved, bytes.view()));
    EXPECT_EQ(store.catalogue().value().name_of(kMoved), "");
    ASSERT_TRUE(store.append(alice, PlayerMoved{"alice", 2}));
    const KindEntry entry = *store.catalogue().value().find(kMoved);
    EXPECT_EQ(entry.name, "PlayerMoved");
    EXPECT_EQ(entry.first, Sequence(0));
    EXPECT_EQ(entry.versions[0].noted_at, Sequence(1));
}

TEST_F(CatalogueTest, BatpaksOwnKindsHaveNamesThatNoEventRepeats) {
    Store store = open();
    const BypassReason reason = BypassReason::create("test", "a door").value();
    auto bypass = Pipeline<PlayerMoved>::bypass(Proposal(PlayerMoved{}), reason);
    ASSERT_TRUE(store.commit(std::move(bypass), alice));
    EXPECT_EQ(noted(store), Sequences{0});
    EXPECT_EQ(store.catalogue().value().name_of(system_kinds::kGateBypassed),
              "batpak.GateBypassed");
}

}  // namespace
}  // namespace batpak::testing
