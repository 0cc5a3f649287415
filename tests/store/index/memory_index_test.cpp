#include "store/index/memory_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/store/sample_index.hpp"

namespace batpak::store {
namespace {

TEST(MemoryIndex, AnswersAsThePlainListsDo) {
    for (const std::size_t count : {0U, 1U, 2U, 100U, 1023U, 1024U, 1025U, 5000U}) {
        SCOPED_TRACE(count);
        const testing::SampleIndex sample(Sequence(812), count, 1);
        EXPECT_EQ(sample.index.first(), Sequence(812));
        EXPECT_EQ(sample.index.end(), Sequence(812 + count));
        sample.expect_answers(sample.index);
    }
}

TEST(MemoryIndex, AListThatWasFoundDoesNotChange) {
    testing::SampleIndex sample(Sequence(0), 300, 2);
    auto entry = sample.index.find(Axis::Scope, "scope:1");
    const auto before = sample.lists[1]["scope:1"];
    for (int i = 0; i < 1000; ++i) sample.add();
    ASSERT_EQ(entry->postings.count(), before.size());
    for (std::uint32_t i = 0; i < before.size(); ++i) ASSERT_EQ(entry->postings.at(i), before[i]);
}

TEST(MemoryIndex, OwnStoriesAndUncausedEventsAreNotListed) {
    MemoryIndex index(Sequence(0), testing::kKeyHash);
    index.add(
        {.fields = {.entity = "e", .scope = "s"}, .event_id = testing::SampleIndex::id_of(1)});
    int keys = 0;
    for (const Axis axis : {Axis::Correlation, Axis::Causation}) {
        index.keys(axis, "", [&](std::string_view) { return ++keys > 0; });
    }
    EXPECT_EQ(keys, 0);
}

// The commit knows what is in the metadata; whoever finds an event in the log reads them.
TEST(MemoryIndex, ListsWhatItIsToldOfTheMetadataAsWhatItReads) {
    MemoryIndex read(Sequence(0), testing::kKeyHash);
    MemoryIndex told(Sequence(0), testing::kKeyHash);
    const std::vector<std::vector<std::string>> lists = {
        {}, {"a"}, {"a", "b"}, {}, {"b", std::string(256, 'c')}, {"a", "b", "d"}};
    std::uint64_t number = 0;
    for (const std::vector<std::string>& tags : lists) {
        const bool is_noted = number % 2 == 0;
        const Buffer metadata = testing::SampleIndex::metadata_with(tags, is_noted);
        const EventFields fields{.entity = "e", .scope = "s", .metadata = metadata.view()};
        std::vector<MemoryIndex::HashedTag> hashed;
        for (const std::string& tag : tags) {
            hashed.push_back(told.hashed(tag));
            told.prefetch_place(hashed.back());
            told.prefetch_list(hashed.back());
        }
        const EventId id = testing::SampleIndex::id_of(++number);
        const auto given_up = told.reserve(fields, "k", nullptr, is_noted, hashed);
        told.release(given_up);  // leaves nothing in a list
        read.add(0, id, Version(number), read.reserve(fields, "k", nullptr));
        told.add(0, id, Version(number), told.reserve(fields, "k", nullptr, is_noted, hashed));
    }
    for (std::size_t i = 0; i < kAxisCount; ++i) {
        const auto axis = static_cast<Axis>(i);
        std::size_t keys = 0;
        read.keys(axis, "", [&](std::string_view key) {
            auto one = read.find(axis, key);
            auto other = told.find(axis, key);
            EXPECT_TRUE(other && std::ranges::equal(one->postings.array(), other->postings.array()))
                << "axis " << i << ", " << key;
            return ++keys > 0;
        });
        told.keys(axis, "", [&](std::string_view) { return keys-- > 0; });
        EXPECT_EQ(keys, 0U) << "axis " << i;
    }
}

// A mark spares a lookup, and belongs to the index that filled it: with another one, or an empty
// one, the entity is looked up.
TEST(MemoryIndex, AMarkOfAnotherIndexIsFilledAnew) {
    EntityMark alice;
    for (int round = 0; round < 3; ++round) {
        MemoryIndex index(Sequence(0), testing::kKeyHash);
        const auto add = [&](std::uint64_t number, std::string_view entity, EntityMark* mark) {
            index.prefetch_entity(alice);
            index.prefetch_list_end(alice);
            const EventFields fields{.entity = entity, .scope = "s"};
            index.add(0, testing::SampleIndex::id_of(number), Version(number),
                      index.reserve(fields, "", mark));
        };
        add(1, "bob", nullptr);
        add(2, "alice", &alice);
        add(3, "alice", &alice);
        add(4, "alice", nullptr);
        auto entry = index.find(Axis::Entity, "alice");
        ASSERT_TRUE(entry);
        EXPECT_EQ(entry->first_version, Version(2));
        ASSERT_EQ(entry->postings.count(), 3U);
        for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(entry->postings.at(i), i + 1);
        EXPECT_EQ(index.find(Axis::Entity, "bob")->postings.count(), 1U);
    }
}

TEST(ChunkedArray, GrowsWithoutMoving) {
    ChunkedArray<std::uint32_t> array;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        array.reserve(i);
        array.set(i, i * 7);
    }
    for (std::uint32_t i = 0; i < 100'000; ++i) ASSERT_EQ(array.at(i), i * 7);
    for (const std::uint32_t border : {1023U, 1024U, 3071U, 3072U, 7167U, 7168U}) {
        EXPECT_EQ(array.at(border), border * 7);
    }
}

TEST(KindKey, OrdersAsKindsDoAndReadsBack) {
    std::string last;
    for (unsigned number = 0; number <= 0xFFFF; ++number) {
        const EventKind kind = EventKind::from_number(static_cast<std::uint16_t>(number));
        const KindKey key(kind);
        ASSERT_EQ(KindKey::parse(key.view()), kind);
        ASSERT_TRUE(number == 0 || last < key.view());
        last = key.view();
    }
}

}  // namespace
}  // namespace batpak::store
