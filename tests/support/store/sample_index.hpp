// Random events for the tests of indexes, and what an index of them must answer.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/little_endian.hpp"
#include "batpak/event/metadata.hpp"
#include "coordinate/tag_list.hpp"
#include "event/kind_note.hpp"
#include "store/index/memory_index.hpp"

namespace batpak::testing {

inline const KeyHash kKeyHash(0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F);

class SampleIndex {
public:
    SampleIndex(Sequence first, std::size_t count, std::uint64_t seed)
        : index(first, kKeyHash), random_(seed) {
        for (std::size_t i = 0; i < count; ++i) add();
    }

    void add() {
        const auto ordinal = static_cast<std::uint32_t>(ids.size());
        const std::string entity = "entity:" + std::to_string(random_() % 40);
        const std::string scope = "scope:" + std::to_string(random_() % 3);
        const EventKind kind =
            EventKind::from_number(static_cast<std::uint16_t>(random_() % 5 * 4000));
        const EventId correlation = random_() % 3 == 0 ? id_of(random_() % 20) : EventId{};
        const EventId causation = random_() % 4 == 0 ? id_of(random_() % 20) : EventId{};
        // Any bytes, zeros among them, and some keys come again.
        const std::string key =
            random_() % 3 == 0 ? std::string("k\0y", 3) + std::to_string(random_() % 100) : "";
        std::vector<std::string> tags;
        for (const char* const name : {"tag:a", "tag:b", "tag:ab", "tag:\xFF"})
            if (random_() % 4 == 0) tags.emplace_back(name);
        if (random_() % 8 == 0) tags.push_back("tag:" + std::to_string(random_() % 50));
        const bool is_noted = random_() % 6 == 0;
        const Buffer metadata = metadata_with(tags, is_noted);
        const Version version(10 + lists[0][entity].size());
        ids.push_back(id_of(1000 + ordinal * 3));
        offsets.push_back(96 + ordinal * 100);
        index.add({.fields = {.kind = kind,
                              .correlation_id = correlation,
                              .causation_id = causation,
                              .entity = entity,
                              .scope = scope,
                              .metadata = metadata.view()},
                   .frame_offset = offsets.back(),
                   .event_id = ids.back(),
                   .version = version,
                   .idempotency_key = key});
        lists[0][entity].push_back(ordinal);
        lists[1][scope].push_back(ordinal);
        lists[2][std::string(store::KindKey(kind).view())].push_back(ordinal);
        if (!correlation.is_nil())
            lists[3][std::string(as_text(correlation.view()))].push_back(ordinal);
        if (!causation.is_nil())
            lists[4][std::string(as_text(causation.view()))].push_back(ordinal);
        if (!key.empty()) lists[5][key].push_back(ordinal);
        if (is_noted) lists[6][std::string(store::KindKey(kind).view())].push_back(ordinal);
        for (const std::string& tag : tags) lists[7][tag].push_back(ordinal);
    }

    static Buffer metadata_with(const std::vector<std::string>& tags, bool is_noted) {
        Buffer value;
        Buffer metadata;
        EXPECT_TRUE(encode_tags(value, tags, {}));
        const Bytes note = is_noted ? encode_kind_note({"Name", "string"}) : Bytes();
        Metadata().encode_with(metadata,
                               std::array{Metadata::Reserved{Metadata::kKind, note},
                                          Metadata::Reserved{Metadata::kTags, value.view()}});
        return metadata;
    }

    static EventId id_of(std::uint64_t order) {
        EventId id;
        for (std::size_t i = 0; i < 8; ++i)
            id.bytes[7 - i] = static_cast<std::byte>(order >> (8 * i));
        id.bytes[15] = std::byte{1};
        return id;
    }

    // Whether `other` answers every question as the plain lists do.
    void expect_answers(const store::Index& other) const {
        const auto count = static_cast<std::uint32_t>(ids.size());
        ASSERT_EQ(other.end().value - other.first().value, count);
        for (std::uint32_t i = 0; i < count; ++i) {
            ASSERT_EQ(other.frame_offset(i), offsets[i]);
            ASSERT_EQ(other.id_order_at(i), store::id_order(ids[i]));
            ASSERT_EQ(other.find_id(store::id_order(ids[i]), count), i);
            ASSERT_EQ(other.find_id(store::id_order(ids[i]), i), std::nullopt);
            ASSERT_EQ(other.find_id(store::id_order(ids[i]) + 1, count), std::nullopt);
        }
        for (std::size_t axis = 0; axis < store::kAxisCount; ++axis) {
            expect_axis(other, static_cast<store::Axis>(axis));
        }
    }

    store::MemoryIndex index;
    std::vector<EventId> ids;
    std::vector<std::uint32_t> offsets;
    std::array<std::map<std::string, std::vector<std::uint32_t>>, store::kAxisCount> lists;

private:
    static std::set<std::string> keys(const store::Index& index, store::Axis axis,
                                      std::string_view prefix) {
        std::set<std::string> keys;
        index.keys(axis, prefix, [&](std::string_view key) {
            EXPECT_TRUE(keys.emplace(key).second);
            return true;
        });
        return keys;
    }

    void expect_axis(const store::Index& other, store::Axis axis) const {
        const auto& expected = lists[static_cast<std::size_t>(axis)];
        std::set<std::string> all;
        for (const auto& [key, list] : expected) {
            all.insert(key);
            auto entry = other.find(axis, key);
            ASSERT_TRUE(entry.has_value());
            ASSERT_EQ(entry->postings.count(), list.size());
            for (std::uint32_t i = 0; i < list.size(); ++i)
                ASSERT_EQ(entry->postings.at(i), list[i]);
            ASSERT_TRUE(axis != store::Axis::Entity || entry->first_version == Version(10));
            const std::string longer = key + "x";
            ASSERT_FALSE(other.find(axis, longer).has_value());
            ASSERT_FALSE(other.find(axis, key.substr(1)).has_value());
        }
        ASSERT_FALSE(other.find(axis, "").has_value());
        ASSERT_EQ(keys(other, axis, ""), all);
        for (const std::string prefix :
             {"entity:1", "entity:", "scope:2", "tag:a", "x", "\xFF\xFF\xFF"}) {
            std::set<std::string> some;
            for (const std::string& key : all)
                if (key.starts_with(prefix)) some.insert(key);
            ASSERT_EQ(keys(other, axis, prefix), some) << prefix;
        }
        int visits = 0;
        other.keys(axis, "", [&](std::string_view) { return ++visits < 2; });
        ASSERT_EQ(visits, std::min<int>(2, static_cast<int>(all.size())));
    }

    std::mt19937_64 random_;
};

}  // namespace batpak::testing
