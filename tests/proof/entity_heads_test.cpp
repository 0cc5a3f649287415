// Goal:   what a store records of its heads is what its events say, and a record that lies is
//         found.
// Method: random logs with batches, reopened and restored, against a map of the standard library;
//         records are counted; a forged record is written by the door that records have.
#include "batpak/proof/entity_heads.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "batpak/event/value.hpp"
#include "batpak/store/compaction.hpp"
#include "batpak/store/read_only_store.hpp"
#include "batpak/store/salvage.hpp"
#include "proof/heads_record.hpp"
#include "proof/log_fixture.hpp"
#include "store/system_events.hpp"
#include "support/seeds.hpp"

namespace batpak::proof {
namespace {

using testing::code_of;
using testing::coordinate_of;

class EntityHeadsTest : public LogFixture {
protected:
    // The root over what the store's own streams say.
    static Hash root_of_streams(const StoreReads& log, Sequence size) {
        HeadMap map;
        const StoreView then = log.before(size);
        for (const NameEntry& entry : then.names(Names::Entities).value()) {
            const auto latest = then.latest(entry.name).value();
            map.set({entity_hash(entry.name), latest->version(), latest->event.hash});
        }
        return map.root();
    }
    static void record_lie(Store& store, std::uint64_t size, const Hash& root) {
        BatchBuilder batch;
        store::SystemEvents::add(
            batch, Coordinate::create(kHeadsEntity, system_kinds::kSystemScope).value(),
            HeadsRecorded{.size = size, .heads = root, .entities = 2}, {});
        store.append_batch(std::move(batch)).value();
    }
};

TEST_F(EntityHeadsTest, AreThoseOfTheStreamsAtEachSize) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::optional<Store> store = open();
    for (int round = 0; round < 30; ++round) {
        BatchBuilder batch;
        const std::uint64_t items = 1 + random() % 6;
        for (std::uint64_t i = 0; i < items; ++i)
            batch.add(coordinate_of("e:" + std::to_string(random() % 12)), kind, Value("x"));
        store->append_batch(std::move(batch)).value();
        append(*store, random() % 4);
        if (round % 7 == 0) {
            EntityHeads heads(*store);
            record_heads(*store, heads).value();
        }
        if (round % 10 == 5) {
            std::move(*store).close().value();
            store = open();
        }
    }
    EntityHeads grows(*store);
    for (std::uint64_t size = 0; size <= store->visible_end().value; ++size)
        ASSERT_EQ(grows.root(Sequence(size)).value(), root_of_streams(*store, Sequence(size)));
    // A smaller one again, and all at once.
    EXPECT_EQ(grows.root(Sequence(9)).value(), root_of_streams(*store, Sequence(9)));
    EntityHeads at_once(*store);
    EXPECT_EQ(at_once.root(store->visible_end()).value(),
              root_of_streams(*store, store->visible_end()));
    EXPECT_EQ(at_once.entities(), store->names(Names::Entities).value().size());
    EXPECT_EQ(check_heads(*store).value(), 5U);
    EXPECT_EQ(code_of(grows.root(store->visible_end().next())), ErrorCode::InvalidArgument);
}

TEST_F(EntityHeadsTest, AreRecordedOnceUntilSomethingIsAdded) {
    Store store = open();
    append(store, 3);
    EntityHeads heads(store);
    EXPECT_EQ(find_heads(store, store.visible_end()).value(), std::nullopt);
    const HeadsRecord first = record_heads(store, heads).value();
    EXPECT_EQ(first.sequence, Sequence(3));
    EXPECT_EQ(first.size, Sequence(3));
    EXPECT_EQ(first.entities, 2U);
    EXPECT_EQ(first.root, root_of_streams(store, Sequence(3)));
    EXPECT_EQ(record_heads(store, heads).value(), first);
    EXPECT_EQ(store.durable_end(), Sequence(4));
    append(store, 1);
    const HeadsRecord second = record_heads(store, heads).value();
    EXPECT_EQ(second.size, Sequence(5));
    EXPECT_EQ(second.entities, 3U);  // the records are a stream as well
    EXPECT_EQ(find_heads(store, store.visible_end()).value(), second);
    EXPECT_EQ(find_heads(store, second.sequence).value(), first);
    EXPECT_EQ(find_heads(store, Sequence(3)).value(), std::nullopt);
    EXPECT_EQ(store.find(second.sequence).value()->entity, kHeadsEntity);
}

TEST_F(EntityHeadsTest, AnEmptyStoreHasNone) {
    Store store = open();
    EntityHeads heads(store);
    const HeadsRecord record = record_heads(store, heads).value();
    EXPECT_EQ(record.root, Hash());
    EXPECT_EQ(record.entities, 0U);
    EXPECT_EQ(check_heads(store).value(), 1U);
}

TEST_F(EntityHeadsTest, ARecordThatLiesIsFound) {
    Store store = open();
    append(store, 6);
    EntityHeads heads(store);
    record_heads(store, heads).value();
    record_lie(store, 7, Hash());
    const auto checked = check_heads(store);
    EXPECT_EQ(code_of(checked), ErrorCode::CorruptHash);
    EXPECT_EQ(checked.error().sequence(), Sequence(7));
    // Nobody goes on from it, but what comes after it is recorded as it is.
    EXPECT_EQ(code_of(record_heads(store, heads)), ErrorCode::CorruptHash);
    append(store, 1);
    EXPECT_TRUE(record_heads(store, heads));
    EXPECT_EQ(code_of(check_heads(store)), ErrorCode::CorruptHash);
}

TEST_F(EntityHeadsTest, ARecordOfEventsThatComeAfterItIsNone) {
    Store store = open();
    append(store, 2);
    record_lie(store, 3, Hash());
    EXPECT_EQ(code_of(check_heads(store)), ErrorCode::DecodeFailed);
    EXPECT_EQ(code_of(find_heads(store, Sequence(3))), ErrorCode::DecodeFailed);
}

TEST_F(EntityHeadsTest, AreReadFromEachEventOnce) {
    Store store = open();
    append(store, 50);
    EntityHeads heads(store);
    (void)heads.root(Sequence(50)).value();
    const std::uint64_t before = heads.hashes_computed();
    (void)heads.root(Sequence(50)).value();
    EXPECT_EQ(heads.hashes_computed(), before);
    append(store, 1);
    (void)heads.root(Sequence(51)).value();
    EXPECT_LE(heads.hashes_computed(), before + 3);
}

// Goal:   heads that were read from a log which went back since are not kept.
// Method: a reader looks at five events; a copy of the first three goes on otherwise, in the same
//         place; the same object is asked again.
TEST_F(EntityHeadsTest, ForgetWhatAWriterTookBack) {
    const auto files_of = [&] {
        std::map<std::string, Bytes> files;
        for (const std::string& path : disk->file_paths())
            files[path] = disk->contents(path).value();
        return files;
    };
    const auto run = [&](const std::vector<Coordinate>& entities) {
        Store store = open();
        for (const Coordinate& entity : entities) store.append_raw(entity, kind, payload).value();
        std::move(store).close().value();
    };
    run({alice, bob, alice});
    const auto before = files_of();
    run({bob, bob});
    ReadOnlyStore reader = ReadOnlyStore::open(config).value();
    EntityHeads heads(reader);
    EXPECT_EQ(heads.root(Sequence(5)).value(), root_of_streams(reader, Sequence(5)));
    for (const std::string& path : disk->file_paths())
        if (!before.contains(path)) disk->erase(path).value();
    for (const auto& [path, content] : before) disk->put(path, content).value();
    run({alice, alice, bob});
    ASSERT_EQ(reader.refresh().value(), Sequence(6));
    for (const std::uint64_t size : {5U, 6U, 3U})
        EXPECT_EQ(heads.root(Sequence(size)).value(), root_of_streams(reader, Sequence(size)));
}

// A record of events that are lost can be compared with nothing; one that is made after that can.
TEST_F(EntityHeadsTest, OfLostEventsAreLeftOutAfterASalvage) {
    std::optional<Store> store(open());
    append(*store, 5);
    {
        EntityHeads heads(*store);
        record_heads(*store, heads).value();
    }
    std::move(*store).close().value();
    store.reset();
    const std::string path = "/data/segments/000000000001.bpk";
    const std::string bytes(as_text(disk->contents(path).value()));
    const std::size_t at = bytes.find("payload 4");
    ASSERT_NE(at, std::string::npos);
    disk->flip_bit(path, at, 0).value();
    ASSERT_EQ(salvage(config, "saved").value().lost.size(), 1U);
    Store saved =
        Store::open(StoreConfig("saved").with_environment({disk, clock, entropy})).value();
    EXPECT_EQ(check_heads(saved).value(), 0U);
    EntityHeads heads(saved);
    ASSERT_TRUE(record_heads(saved, heads));
    EXPECT_EQ(check_heads(saved).value(), 1U);
}

TEST_F(EntityHeadsTest, StayTrueWhenPayloadsAreErased) {
    Store store = open();
    append(store, 9);
    EntityHeads heads(store);
    record_heads(store, heads).value();
    Tombstone tombstone("asked for");
    tombstone.ids.push_back(store.find(Sequence(4)).value()->event_id());
    store.compact(tombstone).value();
    EXPECT_EQ(check_heads(store).value(), 1U);
    EntityHeads again(store);
    EXPECT_TRUE(record_heads(store, again));
    EXPECT_EQ(check_heads(store).value(), 2U);
}

TEST_F(EntityHeadsTest, OfARecordOneFormIsRead) {
    Store store = open();
    Hash root;
    root.bytes.fill(std::byte{7});
    record_lie(store, 0, root);
    const Bytes stored = store.get<Bytes>(Sequence(0)).value().payload();
    ASSERT_EQ(read_heads_record(stored)->heads, root);
    for (std::size_t cut = 0; cut < stored.size(); ++cut)
        EXPECT_FALSE(read_heads_record(BytesView(stored).first(cut))) << cut;
    // One byte more; and numbers that are longer than they need be.
    const std::string text(as_text(stored));
    for (const std::string& wrong :
         {text + '\0', with(text, std::string_view("size\0", 5), std::string_view("size\xCC\0", 6)),
          with(text, std::string_view("size\0", 5), std::string_view("size\xCC\x7F", 6)),
          with(text, std::string_view("size\0", 5), std::string_view("size\xCD\0\xFF", 7)),
          with(text, std::string_view("size\0", 5), std::string_view("size\xFF", 5))}) {
        EXPECT_FALSE(read_heads_record(as_bytes(wrong))) << wrong;
    }
    for (const auto& [number, size] : std::initializer_list<std::pair<std::string_view, int>>{
             {"size\x7F", 127}, {"size\xCC\x80", 128}, {"size\xCC\xFF", 255}}) {
        const auto read =
            read_heads_record(as_bytes(with(text, std::string_view("size\0", 5), number)));
        ASSERT_TRUE(read) << size;
        EXPECT_EQ(read->size, static_cast<std::uint64_t>(size));
    }
    const std::string large =
        with(text, std::string_view("size\0", 5), std::string_view("size\xCD\1\0", 7));
    EXPECT_EQ(read_heads_record(as_bytes(large))->size, 256U);
}

}  // namespace
}  // namespace batpak::proof
