// Goal:   the hashes are those that the format promises, byte by byte (INV H1).
// Method: the published vectors of tests/format, which the Python reader reproduces too.
#include "batpak/event/hash_chain.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "batpak/event/merkle_frontier.hpp"
#include "support/hex.hpp"

namespace batpak::hash_chain_test {
namespace {

constexpr std::int64_t kStartUs = 1'700'000'000'000'000;

nlohmann::json vectors() {
    std::ifstream file(BATPAK_INTEGRITY_VECTORS);
    return nlohmann::json::parse(file);
}

std::string text(const nlohmann::json& json) { return json.get<std::string>(); }

template <class T>
T from_text(const nlohmann::json& json) {
    T value;
    EXPECT_TRUE(from_hex(text(json), value.bytes));
    return value;
}

Blind blind_of(const nlohmann::json& vector) {
    Blind blind;
    EXPECT_TRUE(from_hex(text(vector["blind"]), blind));
    return blind;
}

EventId id_of(std::uint64_t sequence) {
    EventId id;
    id.bytes.fill(static_cast<std::byte>(0xE0 + sequence));
    return id;
}

EventFields fields_of(const nlohmann::json& vector, BytesView stored) {
    return {.kind = EventKind::from_number(0xF001),
            .payload_version = 1,
            .timestamp_us = kStartUs + vector["seq"].get<std::int64_t>(),
            .entity = vector["entity"].get_ref<const std::string&>(),
            .scope = "room:dungeon",
            .payload = stored};
}

TEST(HashChain, GivesThePublishedHashes) {
    const nlohmann::json all = vectors();
    const auto log_id = from_text<LogId>(all["log_id"]);
    ASSERT_EQ(all["events"].size(), 8U);
    for (const nlohmann::json& vector : all["events"]) {
        const auto sequence = vector["seq"].get<std::uint64_t>();
        SCOPED_TRACE(sequence);
        const Bytes stored = testing::from_hex(text(vector["stored"]));
        const Hash payload = payload_commitment(blind_of(vector), stored);
        EXPECT_EQ(to_string(payload), text(vector["P"]));
        const Hash content = content_hash(log_id, fields_of(vector, stored), payload);
        EXPECT_EQ(to_string(content), text(vector["C"]));
        const nlohmann::json& batch = vector["batch"];
        EXPECT_EQ(batch[0].get<std::uint64_t>(), sequence - batch[1].get<std::uint64_t>());
        const Hash event =
            event_hash({.sequence = Sequence(sequence),
                        .version = Version(vector["entity_seq"].get<std::uint64_t>()),
                        .hlc = {kStartUs + static_cast<std::int64_t>(sequence), 0},
                        .batch_index = batch[1].get<std::uint32_t>(),
                        .batch_count = batch[2].get<std::uint32_t>(),
                        .event_id = id_of(sequence)},
                       content, from_text<Hash>(vector["prev_entity"]));
        EXPECT_EQ(to_string(event), text(vector["E"]));
    }
}

TEST(HashChain, CommitsToPayloadsOfEveryPublishedLength) {
    const nlohmann::json all = vectors();
    for (const nlohmann::json& vector : all["payload_commitments"]) {
        Bytes payload(vector["len"].get<std::size_t>());
        for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<std::byte>(7 * i);
        EXPECT_EQ(to_string(payload_commitment(blind_of(vector), payload)), text(vector["P"]))
            << payload.size();
    }
}

TEST(HashChain, GivesThePublishedRoots) {
    const nlohmann::json all = vectors();
    MerkleFrontier frontier;
    EXPECT_EQ(to_string(frontier.root()), text(all["empty_root"]));
    for (const nlohmann::json& vector : all["events"]) {
        EXPECT_EQ(to_string(frontier.root()), text(all["roots"][std::to_string(frontier.size())]));
        frontier.push(from_text<Hash>(vector["E"]));
    }
    EXPECT_EQ(to_string(frontier.root()), text(all["roots"]["8"]));
}

TEST(HashChain, EveryFieldOfTheContentCounts) {
    struct Content {
        LogId log_id;
        EventFields fields;
        Hash payload_commitment;
        Hash hash() const { return content_hash(log_id, fields, payload_commitment); }
    };
    Content base;
    base.fields.entity = "ab";
    base.fields.scope = "c";
    std::vector<Content> variants(12, base);
    variants[1].log_id.bytes[0] = std::byte{1};
    variants[2].fields.kind = EventKind::from_number(1);
    variants[3].fields.payload_version = 1;
    variants[4].fields.flags = 0x100;
    variants[5].fields.timestamp_us = -1;
    variants[6].fields.correlation_id.bytes[15] = std::byte{1};
    variants[7].fields.causation_id.bytes[15] = std::byte{1};
    variants[8].fields.payload = as_bytes("p");
    variants[9].payload_commitment = payload_commitment({}, {});
    variants[10].fields.entity = "a";  // the same letters, cut elsewhere
    variants[10].fields.scope = "bc";
    variants[11].fields.metadata = as_bytes("\x80");
    for (std::size_t a = 0; a < variants.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
            EXPECT_NE(variants[a].hash(), variants[b].hash()) << a << " and " << b;
}

TEST(HashChain, EveryFieldOfTheLinkCounts) {
    struct Link {
        EventPlace place;
        Hash content;
        Hash previous;
        Hash hash() const { return event_hash(place, content, previous); }
    };
    Link base;
    base.place.sequence = Sequence(5);
    base.place.batch_count = 3;
    std::vector<Link> variants(10, base);
    variants[1].place.sequence = Sequence(6);
    variants[2].place.version = Version(1);
    variants[3].place.hlc.us = 1;
    variants[4].place.hlc.counter = 1;
    variants[5].place.batch_index = 1;
    variants[6].place.batch_count = 2;
    variants[7].place.event_id.bytes[0] = std::byte{1};
    variants[8].content.bytes[31] = std::byte{1};
    variants[9].previous.bytes[0] = std::byte{1};
    for (std::size_t a = 0; a < variants.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
            EXPECT_NE(variants[a].hash(), variants[b].hash()) << a << " and " << b;
}

}  // namespace
}  // namespace batpak::hash_chain_test
