// Goal:   the hashes are those that the format promises, byte by byte (INV H1).
// Method: the published vectors of tests/format, which the Python reader reproduces too.
#include "batpak/event/hash_chain.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "batpak/event/merkle_frontier.hpp"
#include "support/hex.hpp"

namespace batpak {
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

EventContent content_of(const nlohmann::json& vector, const LogId& log_id, const Hash& payload) {
    return {.log_id = log_id,
            .kind = EventKind::from_number(0xF001),
            .payload_version = 1,
            .timestamp_us = kStartUs + vector["seq"].get<std::int64_t>(),
            .payload_bytes = text(vector["stored"]).size() / 2,
            .payload_commitment = payload,
            .entity = vector["entity"].get_ref<const std::string&>(),
            .scope = "room:dungeon"};
}

TEST(HashChain, GivesThePublishedHashes) {
    const nlohmann::json all = vectors();
    const auto log_id = from_text<LogId>(all["log_id"]);
    ASSERT_EQ(all["events"].size(), 8U);
    for (const nlohmann::json& vector : all["events"]) {
        const auto sequence = vector["seq"].get<std::uint64_t>();
        SCOPED_TRACE(sequence);
        const Hash payload =
            payload_commitment(blind_of(vector), testing::from_hex(text(vector["stored"])));
        EXPECT_EQ(to_string(payload), text(vector["P"]));
        const Hash content = content_hash(content_of(vector, log_id, payload));
        EXPECT_EQ(to_string(content), text(vector["C"]));
        const nlohmann::json& batch = vector["batch"];
        const Hash event =
            event_hash({.sequence = Sequence(sequence),
                        .version = Version(vector["entity_seq"].get<std::uint64_t>()),
                        .hlc = {kStartUs + static_cast<std::int64_t>(sequence), 0},
                        .batch_first = Sequence(batch[0].get<std::uint64_t>()),
                        .batch_index = batch[1].get<std::uint32_t>(),
                        .batch_count = batch[2].get<std::uint32_t>(),
                        .event_id = id_of(sequence),
                        .content_hash = content,
                        .previous_hash = from_text<Hash>(vector["prev_entity"])});
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
    const Hash payload = payload_commitment({}, {});
    EventContent base;
    base.entity = "ab";
    base.scope = "c";
    std::vector<EventContent> variants(12, base);
    variants[1].log_id.bytes[0] = std::byte{1};
    variants[2].kind = EventKind::from_number(1);
    variants[3].payload_version = 1;
    variants[4].flags = 0x100;
    variants[5].timestamp_us = -1;
    variants[6].correlation_id.bytes[15] = std::byte{1};
    variants[7].causation_id.bytes[15] = std::byte{1};
    variants[8].payload_bytes = 1;
    variants[9].payload_commitment = payload;
    variants[10].entity = "a";  // the same letters, cut elsewhere
    variants[10].scope = "bc";
    variants[11].metadata = as_bytes("\x80");
    for (std::size_t a = 0; a < variants.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
            EXPECT_NE(content_hash(variants[a]), content_hash(variants[b])) << a << " and " << b;
}

TEST(HashChain, EveryFieldOfTheLinkCounts) {
    EventLink base;
    base.batch_count = 3;
    std::vector<EventLink> variants(11, base);
    variants[1].sequence = Sequence(1);
    variants[2].version = Version(1);
    variants[3].hlc.us = 1;
    variants[4].hlc.counter = 1;
    variants[5].batch_first = Sequence(1);
    variants[6].batch_index = 1;
    variants[7].batch_count = 2;
    variants[8].event_id.bytes[0] = std::byte{1};
    variants[9].content_hash.bytes[31] = std::byte{1};
    variants[10].previous_hash.bytes[0] = std::byte{1};
    for (std::size_t a = 0; a < variants.size(); ++a)
        for (std::size_t b = 0; b < a; ++b)
            EXPECT_NE(event_hash(variants[a]), event_hash(variants[b])) << a << " and " << b;
}

}  // namespace
}  // namespace batpak
