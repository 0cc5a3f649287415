// Goal:   index files can be lost, damaged, swapped or old, and every answer stays the same.
// Method: a store of several segments, closed in between; its index files are spoilt in each way,
//         and everything that an index answers is asked again.
#include "store/index/index_store.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/hash/crc32.hpp"
#include "base/little_endian.hpp"
#include "batpak/store/store.hpp"
#include "batpak/testing/environment.hpp"
#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store::index_store_test {
namespace {

constexpr int kEvents = 120;

struct IndexStoreTest : ::testing::Test {
    IndexStoreTest() {
        Environment environment = testing::simulated_environment(1);
        environment.files = disk;
        config = StoreConfig("data").with_environment(environment).with_segment_bytes(4096);
        append(kEvents);
        append(kEvents / 2);
        for (const std::string& path : disk->file_paths())
            if (path.ends_with(".bpx")) parts.push_back(path);
        expected = answers();
    }

    void append(int count) {
        auto store = Store::open(config).value();
        for (int i = 0; i < count; ++i) {
            const auto coordinate = Coordinate::create("entity:" + std::to_string(i % 7),
                                                       "scope:" + std::to_string(i % 3));
            const auto kind = EventKind::custom(1, static_cast<std::uint16_t>(i % 4));
            EXPECT_TRUE(store.append_raw(*coordinate, kind, as_bytes(std::to_string(i))));
        }
        EXPECT_TRUE(std::move(store).close());
    }

    // Everything that indexes are asked, as one text.
    static std::string answers_of(const Store& store) {
        std::string text;
        const std::vector<NameEntry> entities = store.names(Names::Entities).value();
        const std::vector<NameEntry> scopes = store.names(Names::Scopes).value();
        const Catalogue kinds = store.catalogue().value();
        for (const auto& [entity, events] : entities) {
            text += entity + " " + to_string(store.version(entity)->value()) + " of " +
                    std::to_string(events);
            auto stream = store.stream(entity);
            while (const auto* event = stream.next()) text += " " + to_string((*event)->sequence());
        }
        for (const auto& [scope, events] : scopes) {
            EXPECT_EQ(store.count(Region::scope(scope)).value(), events);
            text += "\n" + scope + " " + std::to_string(events);
        }
        for (const KindEntry& entry : kinds) {
            text += "\n" + to_string(entry.kind);
            auto events = store.by_fact(entry.kind, {.direction = Direction::Backward});
            while (const auto* event = events.next()) {
                const auto found = store.find((*event)->event_id()).value();
                text += " " + to_string(found->sequence());
            }
        }
        return text;
    }

    std::string answers() {
        auto store = Store::open(config).value();
        std::string text = answers_of(store);
        rebuilt = store.stats().indexes_rebuilt;
        EXPECT_FALSE(store.verify()->damage);
        EXPECT_TRUE(std::move(store).close());
        return text;
    }

    // Spoils every part in turn, on a copy of the disk.
    void expect_same_answers(const std::function<void(const std::string& path)>& spoil) {
        const auto whole = disk;
        for (const std::string& path : parts) {
            SCOPED_TRACE(path);
            use(whole->after_process_kill());
            spoil(path);
            EXPECT_EQ(answers(), expected);
            EXPECT_EQ(answers(), expected);  // and the part is whole again
            EXPECT_EQ(rebuilt, 0U);
        }
    }

    void use(std::shared_ptr<testing::SimulatedFileSystem> other) {
        disk = std::move(other);
        Environment environment = config.environment();
        environment.files = disk;
        config = config.with_environment(environment);
    }

    std::shared_ptr<testing::SimulatedFileSystem> disk =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    StoreConfig config{"data"};
    std::vector<std::string> parts;
    std::string expected;
    std::uint64_t rebuilt = 0;
};

TEST_F(IndexStoreTest, EverySegmentHasAPartAndNoneIsRebuilt) {
    EXPECT_GE(parts.size(), 5U);
    EXPECT_EQ(rebuilt, 0U);
}

TEST_F(IndexStoreTest, MissingPartsAreMadeAnew) {
    expect_same_answers([this](const std::string& path) { ASSERT_TRUE(disk->erase(path)); });
}

TEST_F(IndexStoreTest, DamagedPartsAreMadeAnew) {
    expect_same_answers(
        [this](const std::string& path) { ASSERT_TRUE(disk->flip_bit(path, 150, 3)); });
    expect_same_answers([this](const std::string& path) { ASSERT_TRUE(disk->put(path, {})); });
    expect_same_answers([this](const std::string& path) {
        Bytes content = disk->contents(path).value();
        content.resize(content.size() / 2);
        ASSERT_TRUE(disk->put(path, content));
    });
}

TEST_F(IndexStoreTest, PartsOfAnotherSegmentAreMadeAnew) {
    expect_same_answers([this](const std::string& path) {
        const std::string& other = parts[path == parts[0] ? 1 : 0];
        ASSERT_TRUE(disk->put(path, disk->contents(other).value()));
    });
}

TEST_F(IndexStoreTest, PartsOfAnotherStoreAreMadeAnew) {
    const auto mine = disk;
    use(std::make_shared<testing::SimulatedFileSystem>(2, testing::SimulatedDisk{}));
    append(kEvents);
    append(kEvents / 2);
    const auto theirs = disk;
    use(mine);
    expect_same_answers([&](const std::string& path) {
        ASSERT_TRUE(disk->put(path, theirs->contents(path).value()));
    });
}

TEST_F(IndexStoreTest, AnOldPartOfALogThatWentOnIsCompletedOrMadeAnew) {
    std::string old_path = parts.back();
    const Bytes old = disk->contents(old_path).value();
    append(3);
    append(3);
    expected = answers();
    ASSERT_TRUE(disk->put(old_path, old));
    EXPECT_EQ(answers(), expected);
    append(kEvents);
    expected = answers();
    ASSERT_TRUE(disk->put(old_path, old));
    EXPECT_EQ(answers(), expected);
}

TEST_F(IndexStoreTest, StrayFilesAreNoParts) {
    for (const char* name : {"x", "1-0.bpx.tmp", "01-0.bpx", "1-0.bpxx", "-.bpx", "1-.bpx",
                             "99999999999999999999-0.bpx", "1-99999999999999999999.bpx"}) {
        ASSERT_TRUE(disk->put(std::string("data/index/") + name, as_bytes("stray")));
    }
    EXPECT_EQ(answers(), expected);
    EXPECT_EQ(rebuilt, 0U);
}

TEST_F(IndexStoreTest, WithoutRoomForIndexFilesEverythingIsAnsweredFromMemory) {
    for (const std::string& path : parts) ASSERT_TRUE(disk->erase(path));
    auto store = Store::open(config).value();
    disk->fail_next(testing::CallKind::Write, testing::Fault::disk_full().forever());
    EXPECT_EQ(answers_of(store), expected);
    disk->clear_faults();
}

// An index that is too large for a file: reads are served from memory, nothing is written.
TEST_F(IndexStoreTest, WhatIsTooLargeForAFileServesFromMemory) {
    const Bytes part_bytes = disk->contents("data/index/1-0.bpx").value();
    const auto part = IndexPart::open(nullptr, part_bytes).value();
    const PartBinding& binding = part->binding();
    const Bytes segment = disk->contents("data/segments/" + segment_file_name(1)).value();
    const LogRun run{
        .header = SegmentHeader::decode(BytesView(segment).first(SegmentHeader::kBytes)).value(),
        .first = binding.first,
        .end = binding.end,
        .start_offset = binding.start_offset,
        .end_offset = binding.end_offset};
    ASSERT_TRUE(disk->erase("data/index/1-0.bpx"));
    const auto directory = StoreDirectory::open_for_writing(config).value();
    SegmentFiles files(*directory, 4);
    const KeyHash key_hash(1, 2);
    const std::uint64_t body_bytes = part_bytes.size() - 128;
    for (const bool is_too_large : {true, false}) {
        IndexStore indexes(*directory, files, key_hash, 4, 1 << 20, body_bytes - is_too_large);
        for (const auto& index :
             {indexes.load(run), indexes.make_whole(run), indexes.replace(run, true)}) {
            ASSERT_TRUE(index) << index.error().to_string();
            EXPECT_EQ((*index)->first(), binding.first);
            EXPECT_EQ((*index)->end(), binding.end);
            const auto found = (*index)->find(Axis::Entity, "entity:1");
            ASSERT_TRUE(found);
            EXPECT_EQ(found->postings.count(),
                      part->find(Axis::Entity, "entity:1")->postings.count());
        }
        EXPECT_EQ(disk->contents("data/index/1-0.bpx").has_value(), !is_too_large);
    }
}

// Goal:   a part that was forged, checksums and all, cannot make a read leave its memory.
// Method: the list of an entity of 130 events says that the last one of its first block is far
//         away, and that its second block begins where the events end: the latest event is then
//         looked for at an ordinal that the part does not have.
TEST_F(IndexStoreTest, AForgedListIsRefusedWhenItIsUsed) {
    constexpr std::size_t kCount = 130;
    constexpr std::size_t kHeaderBytes = 128;
    config = StoreConfig("forged").with_environment(config.environment());
    {
        auto store = Store::open(config).value();
        const auto coordinate = Coordinate::create("e", "s").value();
        for (std::size_t i = 0; i < kCount; ++i)
            ASSERT_TRUE(store.append_raw(coordinate, EventKind::custom(1, 1), {}));
    }
    Bytes bytes = disk->contents("forged/index/1-0.bpx").value();
    const MutableBytesView all(bytes);
    const MutableBytesView body = all.subspan(kHeaderBytes);
    const std::size_t entry =
        load_little_endian<std::uint32_t>(body.subspan(kCount * 12 + 4));  // of axis Entity
    const MutableBytesView list =
        body.subspan(load_little_endian<std::uint32_t>(body.subspan(entry + 8)));
    store_little_endian(list.subspan(8), static_cast<std::uint32_t>(kCount));
    const std::size_t last_gap = load_little_endian<std::uint32_t>(list.subspan(4)) + 126;
    for (std::size_t i = 0; i < 4; ++i) list[last_gap + i] = std::byte{0xFF};
    list[last_gap + 4] = std::byte{0x07};
    store_little_endian(all.subspan(88), crc32(body));
    store_little_endian(all.subspan(124), crc32(all.first(124)));
    ASSERT_TRUE(disk->put("forged/index/1-0.bpx", bytes));
    const auto store = Store::open(config).value();
    EXPECT_EQ(testing::code_of(store.latest("e")), ErrorCode::CorruptSegment);
}

TEST_F(IndexStoreTest, WithoutItsIndexADamagedEventIsAnErrorInItsPlace) {
    ASSERT_TRUE(disk->erase(parts[0]));
    ASSERT_TRUE(disk->flip_bit("data/segments/000000000001.bpk", 150, 0));
    auto store = Store::open(config).value();
    EXPECT_EQ(store.count(Region::all()).value(), std::uint64_t{kEvents + kEvents / 2});
    EXPECT_EQ(testing::code_of(store.find(Sequence(0))), ErrorCode::CorruptFrame);
    EXPECT_TRUE(store.find(Sequence(1)));
    EXPECT_FALSE(disk->contents(parts[0])) << "what is damaged is not indexed for good";
}

}  // namespace
}  // namespace batpak::store::index_store_test
