// Hash: what binds events, and what finds damage.
#include <array>

#include "base/hash/crc32.hpp"
#include "batpak/event/hash_chain.hpp"
#include "event/hash_lanes.hpp"
#include "micro/fixture.hpp"

namespace batpak::bench::micro {
namespace {

constexpr Blind kHashBlind{std::byte{3}};

// All of a hash in one number, so that none of its bytes can be left out.
std::uint64_t folded(const Hash& hash) noexcept {
    std::uint64_t number = 0;
    for (const std::byte byte : hash.bytes)
        number = number * 31 + std::to_integer<std::uint64_t>(byte);
    return number;
}

// `hash_of(thing)`, which must depend on it: `other` has another hash.
template <class Thing, class HashOf>
void measure_hash(benchmark::State& state, const Thing& thing, const Thing& other,
                  HashOf&& hash_of) {
    must_hold(hashing_built_in(), "this build has hashes");
    const std::uint64_t yields = folded(hash_of(thing));
    must_hold(yields != folded(hash_of(other)), "the hash depends on what is hashed");
    measure(state, {.yields = yields}, [&] { return folded(hash_of(thing)); });
}

void payload_commitment(benchmark::State& state) {
    const BytesView payload = workload_of(static_cast<std::size_t>(state.range(0))).payload();
    measure_hash(state, payload, payload.first(payload.size() - 1),
                 [](BytesView bytes) { return batpak::payload_commitment(kHashBlind, bytes); });
}

void content_hash(benchmark::State& state) {
    const EventFields fields{.kind = EventKind::custom(1, 1),
                             .payload_version = 1,
                             .timestamp_us = 1'700'000'000'000'000,
                             .entity = "entity:00001",
                             .scope = "scope:01",
                             .payload = workload_of(256).payload()};
    EventFields other = fields;
    other.scope = "scope:02";
    measure_hash(state, fields, other,
                 [](const EventFields& each) { return batpak::content_hash({}, each, {}); });
}

void event_hash(benchmark::State& state) {
    const EventPlace place{.sequence = Sequence(123'456), .version = Version(12)};
    EventPlace other = place;
    other.version = Version(13);
    measure_hash(state, place, other,
                 [](const EventPlace& each) { return batpak::event_hash(each, {}, {}); });
}

// P and C of the events of a batch, side by side.
void contents_of_a_batch(benchmark::State& state) {
    constexpr std::size_t kHashes = 16;
    const BytesView payload = workload_of(256).payload();
    const LogId log_id;
    const EventFields fields{.kind = EventKind::custom(1, 1),
                             .entity = "entity:00001",
                             .scope = "s",
                             .payload = payload};
    const Hash commitment = batpak::payload_commitment(kHashBlind, payload);
    std::array<Hash, kHashes> hashes;
    const auto hash_all = [&] {
        PayloadCommitments commitments;
        for (Hash& hash : hashes) commitments.add(kHashBlind, payload, hash);
        commitments.finish();
        must_hold(hashes.back() == commitment, "P is what it is alone");
        ContentHashes contents(log_id);
        for (Hash& hash : hashes) contents.add(fields, commitment, hash);
        contents.finish();
        return folded(hashes.front());
    };
    const std::uint64_t alone = folded(batpak::content_hash(log_id, fields, commitment));
    measure(state, {.items = kHashes, .yields = alone}, hash_all);
}

void checksum(benchmark::State& state) {
    must_hold(crc32(as_bytes("123456789")) == 0xCBF43926, "this is CRC-32 of ISO-HDLC");
    const Bytes bytes(static_cast<std::size_t>(state.range(0)), std::byte{0x5A});
    measure(state, {.yields = crc32(bytes)}, [&] { return crc32(bytes); });
}

BENCHMARK(payload_commitment)->Name("hash/payload_commitment")->Arg(64)->Arg(256)->Arg(1024);
BENCHMARK(content_hash)->Name("hash/content_hash");
BENCHMARK(event_hash)->Name("hash/event_hash");
BENCHMARK(contents_of_a_batch)->Name("hash/contents_of_a_batch");
BENCHMARK(checksum)->Name("hash/crc32")->Arg(64)->Arg(256)->Arg(1024)->Arg(65'536);

}  // namespace
}  // namespace batpak::bench::micro
