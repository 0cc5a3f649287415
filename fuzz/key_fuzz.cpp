// Idempotency keys on bytes that nobody wrote: in metadata, and in the index that finds them.
//
// A key that is written is the key that is read, and no entry of the user's. An index part whose
// bytes were changed opens and answers within its bounds, or does not open.
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"
#include "batpak/event/metadata.hpp"
#include "batpak/event/msgpack.hpp"
#include "store/index/index_part.hpp"

namespace batpak::store {
namespace {

void fuzz_metadata(BytesView bytes) {
    const BytesView key = Metadata::idempotency_key(bytes);
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    const auto at = reinterpret_cast<std::uintptr_t>(key.data());
    if (!key.empty()) BATPAK_ASSERT(begin <= at && at + key.size() <= begin + bytes.size());

    const auto metadata = Metadata::decode(bytes);
    if (!metadata || bytes.empty()) return;
    const BytesView wanted = bytes.first(std::min<std::size_t>(bytes.size(), 256));
    Buffer buffer;
    Buffer wanted_key;
    msgpack::Writer(wanted_key).binary(wanted);
    const std::array own{Metadata::Reserved{Metadata::kIdempotencyKey, wanted_key.view()}};
    metadata->encode_with(buffer, own);
    const BytesView found = Metadata::idempotency_key(buffer.view());
    BATPAK_ASSERT(equal_bytes(found, wanted));
    BATPAK_ASSERT(Metadata::decode(buffer.view()) == *metadata);
}

constexpr std::uint32_t kEvents = 40;
// Of the file's header, docs/FORMAT.md.
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kBodyChecksumAt = 88;
constexpr std::size_t kHeaderChecksumAt = 124;

PartBinding binding() {
    PartBinding binding;
    binding.segment_id = 1;
    binding.end = Sequence(kEvents);
    binding.end_offset = 100 * kEvents;
    return binding;
}

Buffer whole_part() {
    const KeyHash hash(1, 2);
    MemoryIndex index(Sequence(0), hash);
    for (std::uint32_t i = 0; i < kEvents; ++i) {
        EventId id;
        id.bytes[7] = static_cast<std::byte>(i + 1);
        const std::string key = i % 3 == 0 ? "" : "key " + std::to_string(i % 7);
        index.add({.fields = {.kind = EventKind::from_number(0xF001),
                              .entity = "entity",
                              .scope = "scope"},
                   .frame_offset = 64 + 100 * i,
                   .event_id = id,
                   .version = Version(i),
                   .idempotency_key = key});
    }
    return *encode_part(index, binding());
}

// Everything that a lookup of keys does with a part.
void look_up(const IndexPart& part) {
    const auto look = [&](std::string_view key) {
        auto entry = part.find(Axis::Key, key);
        if (!entry) return true;
        const std::uint32_t count = entry->postings.lower_bound(kEvents);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t ordinal = entry->postings.at(i);
            if (ordinal < kEvents) (void)part.frame_offset(ordinal);
        }
        return true;
    };
    look("key 1");
    look("nobody's");
    part.keys(Axis::Key, "", look);
    part.keys(Axis::Key, "key", look);
}

// The input says which bytes to change, and to what: u16 place, u8 value. Both checksums are made
// right again, so that the content is what is judged.
void fuzz_part(BytesView changes) {
    static const Buffer good = whole_part();
    auto bytes = std::make_shared<Bytes>(good.view().begin(), good.view().end());
    for (; changes.size() >= 3; changes = changes.subspan(3)) {
        const std::size_t place = std::to_integer<std::size_t>(changes[0]) << 8 |
                                  std::to_integer<std::size_t>(changes[1]);
        (*bytes)[place % bytes->size()] = changes[2];
    }
    const MutableBytesView all(*bytes);
    store_little_endian(all.subspan(kBodyChecksumAt), crc32(all.subspan(kHeaderBytes)));
    store_little_endian(all.subspan(kHeaderChecksumAt), crc32(all.first(kHeaderChecksumAt)));
    const auto part = IndexPart::open(bytes, *bytes);
    if (part && (*part)->binding().end == Sequence(kEvents)) look_up(**part);
}

}  // namespace
}  // namespace batpak::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const batpak::BytesView bytes = std::as_bytes(std::span(data, size));
    batpak::store::fuzz_metadata(bytes);
    batpak::store::fuzz_part(bytes);
    return 0;
}
