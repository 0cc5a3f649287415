#include "batpak/store/reads.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/event/value.hpp"
#include "batpak/store/read_only_store.hpp"
#include "support/store/frame_editor.hpp"
#include "support/store/naive_root.hpp"
#include "support/store/store_fixture.hpp"

namespace batpak {
namespace {

using testing::code_of;

constexpr const char* kSegment = "data/segments/000000000001.bpk";

struct ReadsTest : testing::StoreFixture {
    // Two streams in turn: alice has the even sequences.
    std::vector<Hash> append(Store& store, int count) {
        std::vector<Hash> hashes;
        for (int i = 0; i < count; ++i) {
            const auto receipt = store.append_raw(i % 2 == 0 ? alice : bob, kind, payload);
            hashes.push_back(receipt->hash);
        }
        return hashes;
    }
};

TEST_F(ReadsTest, TheRootIsThatOfAllEventHashes) {
    config = config.with_segment_bytes(4096);
    Store store = open();
    const std::vector<Hash> hashes = append(store, 70);
    for (const std::size_t end : {0U, 1U, 2U, 3U, 64U, 70U, 7U, 33U, 70U}) {
        EXPECT_EQ(store.root(Sequence(end)).value(),
                  testing::naive_root(std::span(hashes).first(end)))
            << end;
    }
    EXPECT_EQ(store.verify()->root, testing::naive_root(hashes));
    EXPECT_EQ(code_of(store.root(Sequence(71))), ErrorCode::InvalidArgument);
}

TEST_F(ReadsTest, AnEventIsTheSameByEachWayToNameIt) {
    Store store = open();
    append(store, 4);
    const EventId id = store.find(Sequence(2)).value()->event_id();
    for (const EventRef& which :
         {EventRef(id), EventRef(Sequence(2)), EventRef(alice.entity(), Version(1))}) {
        EXPECT_EQ(store.find(which).value()->event_id(), id);
        EXPECT_EQ(store.get(which, ReadCheck::Hash).value().sequence(), Sequence(2));
    }
    EXPECT_EQ(store.get({bob.entity(), Version(1)}).value().sequence(), Sequence(3));
    EXPECT_EQ(code_of(store.get(EventId{})), ErrorCode::EventNotFound);
    EXPECT_EQ(code_of(store.get(Sequence(4))), ErrorCode::EventNotFound);
    EXPECT_EQ(code_of(store.get({alice.entity(), Version(2)})), ErrorCode::EventNotFound);
    EXPECT_EQ(code_of(store.get({"", Version(0)})), ErrorCode::EventNotFound);
}

TEST_F(ReadsTest, AHeldEventGivesItsPreimageAndStaysAsItIs) {
    Store store = open();
    const std::vector<Hash> hashes = append(store, 6);
    const HeldEvent event = store.find(Sequence(4)).value();
    const Bytes before(event->payload.begin(), event->payload.end());
    EXPECT_EQ(event.preimage().value().hash, hashes[4]);
    EXPECT_TRUE(std::ranges::equal(event->payload, before));
    ASSERT_TRUE(std::move(store).close());
    EXPECT_TRUE(std::ranges::equal(event->payload, before));
    EXPECT_EQ(code_of(event.preimage()), ErrorCode::Closed);
}

TEST_F(ReadsTest, WithoutHashesThereIsNoPreimage) {
    config = config.with_hash_chain(false);
    Store store = open();
    append(store, 1);
    EXPECT_EQ(code_of(store.find(Sequence(0)).value().preimage()), ErrorCode::Unsupported);
}

// Goal:   who changes an event and its checksum is found out by the hash, and only by it.
// Method: one byte of the payload, of the scope, and of the hash itself; the event itself, and the
//         next one of the stream, whose link no longer fits.
TEST_F(ReadsTest, AForgedEventFailsItsHashAndNotItsChecksum) {
    {
        Store store = open();
        append(store, 6);
    }
    const auto whole = disk;
    struct Edit {
        std::string_view text;  // what stands in the frame, and is changed
        bool is_of_the_hash;
    };
    const Edit edits[] = {{"payload", false}, {"room:dungeon", false}, {"\xC4\x20", true}};
    for (const Edit& edit : edits) {
        SCOPED_TRACE(edit.text);
        disk = whole->after_process_kill();
        Environment environment = config.environment();
        environment.files = disk;
        config = config.with_environment(environment);
        testing::edit_event(*disk, kSegment, Sequence(2), [&](MutableBytesView frame) {
            const std::size_t at = as_text(frame).find(edit.text);
            ASSERT_NE(at, std::string_view::npos);
            frame[at + 2] ^= std::byte{1};
        });
        const Store store = open();
        EXPECT_TRUE(store.find(Sequence(2), ReadCheck::Frame));
        const auto read = store.find(Sequence(2), ReadCheck::Hash);
        ASSERT_EQ(code_of(read), ErrorCode::CorruptHash);
        EXPECT_EQ(read.error().sequence(), Sequence(2));
        EXPECT_EQ(store.find(Sequence(4), ReadCheck::Hash).has_value(), !edit.is_of_the_hash);
        EXPECT_TRUE(store.find(Sequence(3), ReadCheck::Hash));
        EXPECT_TRUE(store.query(Region::all()).collect());
        EXPECT_EQ(code_of(store.query(Region::all(), {.check = ReadCheck::Hash}).collect()),
                  ErrorCode::CorruptHash);
        const auto report = store.verify().value();
        ASSERT_TRUE(report.damage);
        EXPECT_EQ(report.damage->code(), ErrorCode::CorruptHash);
        EXPECT_EQ(report.damage->sequence(), Sequence(2));
        EXPECT_EQ(report.events, 2U);
    }
}

// Goal:   a list of tags that no append writes is read alike by whoever reads it: by the index of a
//         query, by an event's facts, and by the tags that it gives.
// Method: the tags of one event are forged: out of order, and twice the same. The store was not
//         closed, so that its index is made of what is forged.
TEST_F(ReadsTest, AForgedListOfTagsIsOneListToAll) {
    const std::vector<std::string> tags = {"tag:a", "tag:b", "tag:c"};
    std::optional<Store> writer(open());
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(writer->append_raw(alice, kind, payload, {.tags = tags}));
    const auto whole = disk->after_process_kill();
    writer.reset();
    for (const std::string_view forged : {"bac", "cba", "aac", "abb", "acb", "bbb"}) {
        SCOPED_TRACE(forged);
        disk = whole->after_process_kill();
        config = config.with_environment({disk, clock, entropy});
        testing::edit_event(*disk, kSegment, Sequence(1), [&](MutableBytesView frame) {
            std::size_t at = 0;
            for (const char tag : forged) {
                at = as_text(frame).find("tag:", at);
                ASSERT_NE(at, std::string_view::npos);
                at += 4;
                frame[at] = static_cast<std::byte>(tag);
            }
        });
        const ReadOnlyStore store = ReadOnlyStore::open(config).value();
        const HeldEvent event = store.find(Sequence(1), ReadCheck::Frame).value();
        for (const std::string& tag : tags) {
            const Region region = Region::tag(tag);
            const std::uint64_t found = store.count(region).value() - 2;
            EXPECT_EQ(region.contains(event->facts()), found == 1) << tag;
            EXPECT_EQ(event->tags().contains(tag), found == 1) << tag;
            EXPECT_EQ(store.query(region).collect().value().size(), found + 2) << tag;
        }
        EXPECT_TRUE(store.verify().value().damage);
    }
}

// Goal:   bytes are hashed as they are stored, not as somebody would write their value (INV H2).
// Method: the number 1 is stored in a form that no encoder here writes, and forged into a third.
TEST_F(ReadsTest, AnotherSpellingOfTheSameValueIsAnotherEvent) {
    const std::string_view stored("\xCD\x00\x01", 3);
    const std::string_view forged("\xD1\x00\x01", 3);
    {
        Store store = open();
        ASSERT_TRUE(store.append_raw(alice, kind, as_bytes(stored)));
    }
    Store before = open();
    const auto read = before.find(Sequence(0), ReadCheck::Hash);
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(as_text((*read)->payload), stored);
    EXPECT_EQ((*read)->as<Value>().value(), Value(1));
    ASSERT_TRUE(std::move(before).close());

    testing::edit_event(*disk, kSegment, Sequence(0), [&](MutableBytesView frame) {
        const std::size_t at = as_text(frame).find(stored);
        ASSERT_NE(at, std::string_view::npos);
        std::ranges::copy(as_bytes(forged), frame.begin() + static_cast<std::ptrdiff_t>(at));
    });
    const Store after = open();
    EXPECT_EQ(after.find(Sequence(0), ReadCheck::Frame).value()->as<Value>().value(), Value(1));
    EXPECT_EQ(code_of(after.find(Sequence(0), ReadCheck::Hash)), ErrorCode::CorruptHash);
}

TEST_F(ReadsTest, ADamagedEventIsAnErrorInItsPlaceAndTheRangeGoesOn) {
    {
        Store store = open();
        append(store, 6);
    }
    const Bytes content = disk->contents(kSegment).value();
    const std::string_view text = as_text(content);
    std::size_t at = 0;
    for (int i = 0; i < 3; ++i) at = text.find("payload", at + 1);
    ASSERT_TRUE(disk->flip_bit(kSegment, at, 0));
    const Store store = open();
    std::string seen;
    for (const auto& event : store.query(Region::all()))
        seen +=
            event ? to_string(event->sequence()) : "(" + to_string(*event.error().sequence()) + ")";
    EXPECT_EQ(seen, "01(2)345");
    EXPECT_EQ(code_of(store.find(Sequence(2))), ErrorCode::CorruptFrame);
    EXPECT_EQ(store.count(Region::all()).value(), 6U);
    EXPECT_EQ(code_of(store.query(Region::all()).collect()), ErrorCode::CorruptFrame);
}

TEST_F(ReadsTest, AnUnknownIdIsNotFound) {
    Store store = open();
    append(store, 3);
    EventId id;
    for (const int byte : {0x00, 0x01, 0xFF}) {
        id.bytes.fill(static_cast<std::byte>(byte));
        EXPECT_EQ(code_of(store.find(id)), ErrorCode::EventNotFound);
        EXPECT_EQ(code_of(store.walk_ancestors(id, Ancestry::Cause, 5)), ErrorCode::EventNotFound);
    }
}

TEST_F(ReadsTest, AHeldEventOutlivesTheStoreAndEverythingElse) {
    std::optional<HeldEvent> held;
    {
        Store store = open();
        append(store, 3);
        held.emplace(store.find(Sequence(1)).value());
    }
    const HeldEvent moved = *std::move(held);
    EXPECT_EQ(moved->entity, "player:bob");
    EXPECT_EQ(as_text(moved->payload), "payload");
}

}  // namespace
}  // namespace batpak
