#include "store/index_part.hpp"

#include <algorithm>
#include <vector>

#include "base/crc32.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kMagic = "BPKIDX1\n";
constexpr std::size_t kHeaderBytes = 128;
constexpr std::size_t kAxisBytes = 8;
constexpr std::size_t kEntryBytes = 24;

// Offsets of the header's fields.
constexpr std::size_t kLogIdAt = 8;
constexpr std::size_t kSegmentIdAt = 24;
constexpr std::size_t kSaltAt = 32;
constexpr std::size_t kFirstAt = 48;
constexpr std::size_t kEndAt = 56;
constexpr std::size_t kStartOffsetAt = 64;
constexpr std::size_t kEndOffsetAt = 72;
constexpr std::size_t kBodyBytesAt = 80;
constexpr std::size_t kBodyChecksumAt = 88;
constexpr std::size_t kLastChecksumAt = 92;
constexpr std::size_t kHeaderChecksumAt = 124;

std::array<std::byte, kHeaderBytes> encode_header(const PartBinding& binding, BytesView body) {
    std::array<std::byte, kHeaderBytes> header{};
    const MutableBytesView all(header);
    std::ranges::copy(as_bytes(kMagic), header.begin());
    std::ranges::copy(binding.log_id.bytes, header.begin() + kLogIdAt);
    store_little_endian(all.subspan(kSegmentIdAt), binding.segment_id);
    std::ranges::copy(binding.salt, header.begin() + kSaltAt);
    store_little_endian(all.subspan(kFirstAt), binding.first.value);
    store_little_endian(all.subspan(kEndAt), binding.end.value);
    store_little_endian(all.subspan(kStartOffsetAt), binding.start_offset);
    store_little_endian(all.subspan(kEndOffsetAt), binding.end_offset);
    store_little_endian(all.subspan(kBodyBytesAt), std::uint64_t{body.size()});
    store_little_endian(all.subspan(kBodyChecksumAt), crc32(body));
    store_little_endian(all.subspan(kLastChecksumAt), binding.last_checksum);
    store_little_endian(all.subspan(kHeaderChecksumAt), crc32(all.first(kHeaderChecksumAt)));
    return header;
}

PartBinding decode_binding(BytesView header) {
    PartBinding binding;
    std::ranges::copy(header.subspan(kLogIdAt, 16), binding.log_id.bytes.begin());
    binding.segment_id = load_little_endian<std::uint64_t>(header.subspan(kSegmentIdAt));
    std::ranges::copy(header.subspan(kSaltAt, sizeof(Salt)), binding.salt.begin());
    binding.first = Sequence(load_little_endian<std::uint64_t>(header.subspan(kFirstAt)));
    binding.end = Sequence(load_little_endian<std::uint64_t>(header.subspan(kEndAt)));
    binding.start_offset = load_little_endian<std::uint64_t>(header.subspan(kStartOffsetAt));
    binding.end_offset = load_little_endian<std::uint64_t>(header.subspan(kEndOffsetAt));
    binding.last_checksum = load_little_endian<std::uint32_t>(header.subspan(kLastChecksumAt));
    return binding;
}

// A key on its way into the file. Borrows: the index.
struct AxisKey {
    std::string_view key;
    std::span<const std::uint32_t> ordinals;
    Version first_version;
};

std::vector<AxisKey> sorted_keys(const MemoryIndex& index, Axis axis) {
    std::vector<AxisKey> keys;
    index.keys(axis, {}, [&](std::string_view key) {
        const std::optional<KeyEntry> entry = index.find(axis, key);
        BATPAK_ASSERT(entry.has_value());
        keys.push_back({key, entry->postings.array(), entry->first_version});
        return true;
    });
    std::ranges::sort(keys, {}, &AxisKey::key);
    return keys;
}

template <class T>
void put(Buffer& out, T value) {
    store_little_endian(out.extend(sizeof(T)), value);
}

// Appends the tables of all axes: the axis table, the entries, the keys, the lists.
void encode_axes(Buffer& body, const MemoryIndex& index) {
    std::array<std::vector<AxisKey>, kAxisCount> axes;
    std::size_t entries = 0;
    std::size_t key_bytes = 0;
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        axes[axis] = sorted_keys(index, static_cast<Axis>(axis));
        entries += axes[axis].size();
        for (const AxisKey& key : axes[axis]) key_bytes += key.key.size();
    }
    std::size_t entry_at = body.size() + kAxisCount * kAxisBytes;
    std::size_t key_at = entry_at + entries * kEntryBytes;
    for (const auto& axis : axes) {
        put(body, static_cast<std::uint32_t>(axis.size()));
        put(body, static_cast<std::uint32_t>(entry_at));
        entry_at += axis.size() * kEntryBytes;
    }
    Buffer lists;
    for (const auto& axis : axes) {
        for (const AxisKey& key : axis) {
            put(body, static_cast<std::uint32_t>(key_at));
            put(body, static_cast<std::uint32_t>(key.key.size()));
            put(body, static_cast<std::uint32_t>(entry_at + key_bytes + lists.size()));
            put(body, static_cast<std::uint32_t>(key.ordinals.size()));
            put(body, key.first_version.value);
            key_at += key.key.size();
            encode_postings(lists, key.ordinals);
        }
    }
    for (const auto& axis : axes) {
        for (const AxisKey& key : axis) body.append(as_bytes(key.key));
    }
    body.append(lists.view());
}

}  // namespace

Buffer encode_part(const MemoryIndex& index, const PartBinding& binding) {
    BATPAK_ASSERT(index.first() == binding.first && index.end() == binding.end);
    const auto count = static_cast<std::uint32_t>(binding.end.value - binding.first.value);
    Buffer body;
    for (std::uint32_t i = 0; i < count; ++i) put(body, index.id_order_at(i));
    for (std::uint32_t i = 0; i < count; ++i) put(body, index.frame_offset(i));
    encode_axes(body, index);
    Buffer file;
    file.append(encode_header(binding, body.view()));
    file.append(body.view());
    return file;
}

Result<std::unique_ptr<IndexPart>> IndexPart::open(std::shared_ptr<const void> owner,
                                                   BytesView bytes) {
    if (bytes.size() < kHeaderBytes || as_text(bytes.first(kMagic.size())) != kMagic) {
        return fail(ErrorCode::CorruptSegment, "not an index part");
    }
    const BytesView header = bytes.first(kHeaderBytes);
    const BytesView body = bytes.subspan(kHeaderBytes);
    const bool sums_hold =
        load_little_endian<std::uint32_t>(header.subspan(kHeaderChecksumAt)) ==
            crc32(header.first(kHeaderChecksumAt)) &&
        load_little_endian<std::uint64_t>(header.subspan(kBodyBytesAt)) == body.size() &&
        load_little_endian<std::uint32_t>(header.subspan(kBodyChecksumAt)) == crc32(body);
    if (!sums_hold) return fail(ErrorCode::CorruptSegment, "an index part with a wrong checksum");
    std::unique_ptr<IndexPart> part(new IndexPart(std::move(owner), decode_binding(header), body));
    if (!part->is_sound())
        return fail(ErrorCode::CorruptSegment, "an index part that makes no sense");
    return part;
}

namespace {

// Readers take the keys of these axes for kinds and ids.
bool has_right_length(std::size_t axis, std::uint64_t key_bytes) {
    switch (static_cast<Axis>(axis)) {
        case Axis::Entity:
        case Axis::Scope:
        case Axis::Key: return key_bytes > 0;
        case Axis::Kind: return key_bytes == sizeof(KindKey::bytes);
        case Axis::Correlation:
        case Axis::Causation: return key_bytes == sizeof(IdBytes);
    }
    BATPAK_UNREACHABLE();
}

}  // namespace

// One pass without a branch for each: an open waits for it.
bool IndexPart::has_offsets_inside(BytesView offsets) const noexcept {
    std::uint32_t lowest = UINT32_MAX;
    std::uint32_t highest = 0;
    for (std::size_t at = 0; at + sizeof(std::uint32_t) <= offsets.size(); at += 4) {
        const auto offset = load_little_endian<std::uint32_t>(offsets.subspan(at));
        lowest = std::min(lowest, offset);
        highest = std::max(highest, offset);
    }
    return offsets.empty() || (lowest >= binding_.start_offset && highest < binding_.end_offset);
}

bool IndexPart::is_sound() const noexcept {
    if (binding_.end < binding_.first || binding_.end.value - binding_.first.value > UINT32_MAX)
        return false;
    const std::size_t arrays = std::size_t{event_count()} * 12;
    if (arrays + kAxisCount * kAxisBytes > body_.size()) return false;
    if (!has_offsets_inside(
            body_.subspan(std::size_t{event_count()} * 8, std::size_t{event_count()} * 4)))
        return false;
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        const BytesView row = body_.subspan(arrays + axis * kAxisBytes, kAxisBytes);
        const std::uint64_t entries = load_little_endian<std::uint32_t>(row);
        const std::uint64_t at = load_little_endian<std::uint32_t>(row.subspan(4));
        if (at + entries * kEntryBytes > body_.size()) return false;
        for (std::uint32_t i = 0; i < entries; ++i) {
            const BytesView fields =
                body_.subspan(static_cast<std::size_t>(at) + i * kEntryBytes, kEntryBytes);
            const std::uint64_t key_at = load_little_endian<std::uint32_t>(fields);
            const std::uint64_t key_bytes = load_little_endian<std::uint32_t>(fields.subspan(4));
            if (key_at + key_bytes > body_.size()) return false;
            if (!has_right_length(axis, key_bytes)) return false;
            if (load_little_endian<std::uint32_t>(fields.subspan(8)) > body_.size()) return false;
            if (load_little_endian<std::uint32_t>(fields.subspan(12)) > event_count()) return false;
        }
    }
    return true;
}

std::uint64_t IndexPart::id_order_at(std::uint32_t ordinal) const noexcept {
    return load_little_endian<std::uint64_t>(body_.subspan(std::size_t{ordinal} * 8));
}

std::uint32_t IndexPart::frame_offset(std::uint32_t ordinal) const noexcept {
    return load_little_endian<std::uint32_t>(
        body_.subspan(std::size_t{event_count()} * 8 + std::size_t{ordinal} * 4));
}

// Most of what is looked at lies in memory that no processor has at hand: it is sent for before it
// is known which half it is in.
std::optional<std::uint32_t> IndexPart::find_id(std::uint64_t order,
                                                std::uint32_t count) const noexcept {
    const std::byte* const orders = body_.data();
    const std::byte* const offsets = orders + std::size_t{event_count()} * 8;
    return search(
        order, count, [&](std::uint32_t ordinal) { return id_order_at(ordinal); },
        [&](std::uint32_t low, std::uint32_t high) {
            const std::uint32_t middle = low + (high - low) / 2;
            __builtin_prefetch(orders + std::size_t{middle} * 8);
            if (high - low < 8) __builtin_prefetch(offsets + std::size_t{middle} * 4);
        });
}

std::uint32_t IndexPart::axis_entries(Axis axis) const noexcept {
    const std::size_t table = std::size_t{event_count()} * 12;
    return load_little_endian<std::uint32_t>(
        body_.subspan(table + static_cast<std::size_t>(axis) * kAxisBytes));
}

IndexPart::Entry IndexPart::entry(Axis axis, std::uint32_t index) const noexcept {
    const std::size_t row =
        std::size_t{event_count()} * 12 + static_cast<std::size_t>(axis) * kAxisBytes;
    const std::size_t at = load_little_endian<std::uint32_t>(body_.subspan(row + 4)) +
                           std::size_t{index} * kEntryBytes;
    const BytesView fields = body_.subspan(at, kEntryBytes);
    const auto word = [&](std::size_t offset) {
        return load_little_endian<std::uint32_t>(fields.subspan(offset));
    };
    return {.key = as_text(body_.subspan(word(0), word(4))),
            .list = body_.subspan(word(8)),
            .count = word(12),
            .first_version = Version(load_little_endian<std::uint64_t>(fields.subspan(16)))};
}

std::uint32_t IndexPart::lower_bound(Axis axis, std::string_view key) const noexcept {
    std::uint32_t low = 0;
    std::uint32_t high = axis_entries(axis);
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (entry(axis, middle).key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::optional<KeyEntry> IndexPart::find(Axis axis, std::string_view key) const {
    const std::uint32_t index = lower_bound(axis, key);
    if (index == axis_entries(axis)) return std::nullopt;
    const Entry found = entry(axis, index);
    if (found.key != key || found.count == 0) return std::nullopt;
    return KeyEntry{Postings(found.list, found.count), found.first_version};
}

void IndexPart::keys(Axis axis, std::string_view prefix,
                     const std::function<bool(std::string_view key)>& visit) const {
    for (std::uint32_t i = lower_bound(axis, prefix); i < axis_entries(axis); ++i) {
        const std::string_view key = entry(axis, i).key;
        if (!key.starts_with(prefix) || !visit(key)) return;
    }
}

}  // namespace batpak::store
