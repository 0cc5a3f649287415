// From bytes to an index that may be asked, and what each step rests on:
//
//     decode_header   its checksum; sizes and places that fit into the file
//     EventCheck      one pass over all blocks: their checksums, the fence, the frames' bounds
//     is_sound        every entry of a table leads into the body
//
// After that a part may still say anything: checksums prove that it is what was written, not who
// wrote it. So answers are bounded, never trusted: an offset is inside the run, and whether the
// event is there, its frame says (INV I3, I4).
#include "store/index/index_part.hpp"

#include <algorithm>
#include <vector>

#include "base/hash/crc32.hpp"
#include "batpak/base/assert.hpp"

namespace batpak::store {
namespace {

constexpr std::string_view kPartMagic = "BPKIDX4\n";
constexpr std::size_t kHeaderBytes = kPartHeaderBytes;
constexpr std::size_t kAxisBytes = 8;
constexpr std::size_t kEntryBytes = 24;
constexpr std::uint32_t kGroupEvents = 128;  // whose orders and offsets lie in one block
constexpr std::uint32_t kFenceEvents = 64;
constexpr std::size_t kOrderBytes = sizeof(std::uint64_t);
constexpr std::size_t kOffsetBytes = sizeof(std::uint32_t);
constexpr std::size_t kEventBytes = kOrderBytes + kOffsetBytes;
static_assert(kGroupEvents * kEventBytes == kIndexBlockBytes);
static_assert(kGroupEvents % kFenceEvents == 0);
constexpr std::size_t kWindowBlocks = 42;  // 63 KiB: what is read at a time when all is read

// Offsets of the header's fields.
constexpr std::size_t kPartLogIdAt = 8;
constexpr std::size_t kPartSegmentIdAt = 24;
constexpr std::size_t kPartSaltAt = 32;
constexpr std::size_t kPartFirstAt = 48;
constexpr std::size_t kEndAt = 56;
constexpr std::size_t kStartOffsetAt = 64;
constexpr std::size_t kEndOffsetAt = 72;
constexpr std::size_t kBodyBytesAt = 80;
constexpr std::size_t kBodyChecksumAt = 88;
constexpr std::size_t kLastChecksumAt = 92;
constexpr std::size_t kHeaderChecksumAt = 124;
static_assert(kPartMagic.size() == kPartLogIdAt);
static_assert(kPartLogIdAt + sizeof(LogId::bytes) == kPartSegmentIdAt);
static_assert(kPartSegmentIdAt + sizeof(PartBinding::segment_id) == kPartSaltAt);
static_assert(kPartSaltAt + sizeof(Salt) == kPartFirstAt);
static_assert(kEndOffsetAt + sizeof(PartBinding::end_offset) == kBodyBytesAt);
static_assert(kBodyChecksumAt + sizeof(std::uint32_t) == kLastChecksumAt);
static_assert(kLastChecksumAt + sizeof(PartBinding::last_checksum) <= kHeaderChecksumAt);
static_assert(kHeaderChecksumAt + sizeof(std::uint32_t) == kHeaderBytes);
static_assert(kWindowBlocks * kIndexBlockBytes < (64U << 10));

std::array<std::byte, kHeaderBytes> encode_header(const PartBinding& binding, BytesView body) {
    std::array<std::byte, kHeaderBytes> header{};
    const MutableBytesView all(header);
    std::ranges::copy(as_bytes(kPartMagic), header.begin());
    std::ranges::copy(binding.log_id.bytes, header.begin() + kPartLogIdAt);
    store_little_endian(all.subspan(kPartSegmentIdAt), binding.segment_id);
    std::ranges::copy(binding.salt, header.begin() + kPartSaltAt);
    store_little_endian(all.subspan(kPartFirstAt), binding.first.value);
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
    std::ranges::copy(header.subspan(kPartLogIdAt, 16), binding.log_id.bytes.begin());
    binding.segment_id = load_little_endian<std::uint64_t>(header.subspan(kPartSegmentIdAt));
    std::ranges::copy(header.subspan(kPartSaltAt, sizeof(Salt)), binding.salt.begin());
    binding.first = Sequence(load_little_endian<std::uint64_t>(header.subspan(kPartFirstAt)));
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

// A memory index has its keys in no order, and a file is searched by halves.
std::vector<AxisKey> sorted_keys(const MemoryIndex& index, Axis axis) {
    std::vector<AxisKey> keys;
    index.keys(axis, {}, [&](std::string_view key) {
        const std::optional<KeyEntry> entry = index.find(axis, key);
        BATPAK_ASSERT(entry.has_value());
        BATPAK_ASSERT(entry->postings.count() > 0);  // find() in the file takes 0 for none
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

// Appends the tables of all axes: the axis table, the entries, the keys, the lists. Each entry says
// where its key and its list will be, before either is written: the sizes of all that comes before
// are summed up first, and the lists wait in a buffer of their own. False, and the body unfinished,
// as soon as it would have more bytes than that.
bool encode_axes(Buffer& body, const MemoryIndex& index, std::uint64_t body_bytes_max) {
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
    const std::size_t keys_begin = key_at;
    if (keys_begin + key_bytes > body_bytes_max) return false;
    for (const auto& axis : axes) {
        put(body, static_cast<std::uint32_t>(axis.size()));
        put(body, static_cast<std::uint32_t>(entry_at));
        entry_at += axis.size() * kEntryBytes;
    }
    BATPAK_ASSERT(entry_at == keys_begin);
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
            if (keys_begin + key_bytes + lists.size() > body_bytes_max) return false;
        }
    }
    // The keys, and then the lists, are where the entries say.
    BATPAK_ASSERT(body.size() == keys_begin);
    for (const auto& axis : axes) {
        for (const AxisKey& key : axis) body.append(as_bytes(key.key));
    }
    BATPAK_ASSERT(body.size() == key_at && key_at == keys_begin + key_bytes);
    body.append(lists.view());
    BATPAK_ASSERT(body.size() <= body_bytes_max);
    return true;
}

}  // namespace

std::optional<Buffer> encode_part(const MemoryIndex& index, const PartBinding& binding,
                                  std::uint64_t body_bytes_max) {
    BATPAK_ASSERT(body_bytes_max <= kPartBodyBytesMax);
    BATPAK_ASSERT(index.first() == binding.first && index.end() == binding.end);
    const auto count = static_cast<std::uint32_t>(binding.end.value - binding.first.value);
    Buffer body;
    // By groups, so that the order of an event's id and the place of its frame are in one block,
    // which is read and proved at once.
    for (std::uint32_t begin = 0; begin < count; begin += kGroupEvents) {
        const std::uint32_t end = std::min(count, begin + kGroupEvents);
        for (std::uint32_t i = begin; i < end; ++i) put(body, index.id_order_at(i));
        for (std::uint32_t i = begin; i < end; ++i) put(body, index.frame_offset(i));
    }
    BATPAK_ASSERT(body.size() == count * kEventBytes);
    if (!encode_axes(body, index, body_bytes_max)) return std::nullopt;
    Buffer file;
    file.append(encode_header(binding, body.view()));
    file.append(body.view());
    return file;
}

// ---- opening

namespace {

struct Header {
    PartBinding binding;
    std::uint64_t body_bytes = 0;
    std::uint32_t body_checksum = 0;
};

// Of a file of so many bytes, of which these are the first. Everything that is read later is
// bounded by what is checked here: the events fit into the body, and the body into the file (INV
// R6).
Result<Header> decode_header(BytesView bytes, std::uint64_t file_bytes) {
    if (bytes.size() < kHeaderBytes || as_text(bytes.first(kPartMagic.size())) != kPartMagic)
        return fail(ErrorCode::CorruptSegment, "not an index part");
    const Header header{decode_binding(bytes),
                        load_little_endian<std::uint64_t>(bytes.subspan(kBodyBytesAt)),
                        load_little_endian<std::uint32_t>(bytes.subspan(kBodyChecksumAt))};
    const bool holds = load_little_endian<std::uint32_t>(bytes.subspan(kHeaderChecksumAt)) ==
                       crc32(bytes.first(kHeaderChecksumAt));
    if (!holds || header.body_bytes != file_bytes - kHeaderBytes)
        return fail(ErrorCode::CorruptSegment, "an index part with a wrong checksum");
    const Sequence first = header.binding.first;
    const Sequence end = header.binding.end;
    // Places in a body are 32 bits wide: a larger one is refused before it is read.
    const bool fits =
        end >= first && end.value - first.value <= UINT32_MAX &&
        header.body_bytes <= kPartBodyBytesMax &&
        (end.value - first.value) * kEventBytes + kAxisCount * kAxisBytes <= header.body_bytes &&
        header.binding.end_offset >= header.binding.start_offset;
    if (!fits) return fail(ErrorCode::CorruptSegment, "an index part that makes no sense");
    return header;
}

// Readers take the keys of these axes for kinds and ids.
bool has_right_length(std::size_t axis, std::uint64_t key_bytes) {
    switch (static_cast<Axis>(axis)) {
        case Axis::Entity:
        case Axis::Scope:
        case Axis::Key:
        case Axis::Tag: return key_bytes > 0;
        case Axis::Kind:
        case Axis::KindNote: return key_bytes == sizeof(KindKey::bytes);
        case Axis::Correlation:
        case Axis::Causation: return key_bytes == sizeof(IdBytes);
    }
    BATPAK_UNREACHABLE();
}

}  // namespace

Result<PartBinding> IndexPart::read_binding(File& file) {
    BATPAK_TRY(const FileStat stat, file.stat());
    std::array<std::byte, kHeaderBytes> bytes{};
    BATPAK_TRY(const std::size_t got, file.read_at(0, bytes));
    BATPAK_TRY(const Header header, decode_header(BytesView(bytes).first(got), stat.size_bytes));
    return header.binding;
}

// What one pass over the blocks of a body finds: its checksums, the fence, and whether the frames
// are inside the run. Without a branch for each event: an open waits for it.
class IndexPart::EventCheck {
public:
    EventCheck(const PartBinding& binding, std::uint32_t events, std::uint64_t body_bytes)
        : binding_(binding), events_(events) {
        fence.reserve((events + kFenceEvents - 1) / kFenceEvents);
        checksums.reserve((body_bytes + kIndexBlockBytes - 1) / kIndexBlockBytes);
    }

    // In order, each but the last a whole block.
    void add(BytesView block) {
        BATPAK_ASSERT(!block.empty() && block.size() <= kIndexBlockBytes);
        const std::uint32_t sum = crc32(block);
        checksums.push_back(sum);
        // The checksum of all blocks so far, from the block's own: so each byte is summed up once.
        checksum_ = crc32_followed(checksum_, static_cast<std::uint32_t>(block.size())) ^ sum;
        const std::uint32_t here = std::min(events_ - seen_, kGroupEvents);
        if (here == 0) return;
        for (std::uint32_t i = 0; i < here; i += kFenceEvents)
            fence.push_back(load_little_endian<std::uint64_t>(block.subspan(i * kOrderBytes)));
        const BytesView offsets = block.subspan(here * kOrderBytes, here * kOffsetBytes);
        // Whether offsets grow is not asked: one that leads to another frame is found out by its
        // sequence.
        for (std::size_t at = 0; at < offsets.size(); at += kOffsetBytes) {
            const auto offset = load_little_endian<std::uint32_t>(offsets.subspan(at));
            lowest_ = std::min(lowest_, offset);
            highest_ = std::max(highest_, offset);
        }
        seen_ += here;
    }

    Result<void> judge(std::uint32_t checksum) const {
        BATPAK_ASSERT(seen_ == events_);  // decode_header() made sure that they fit
        BATPAK_ASSERT(fence.size() == (events_ + kFenceEvents - 1) / kFenceEvents);
        if (checksum_ != checksum)
            return fail(ErrorCode::CorruptSegment, "an index part with a wrong checksum");
        if (events_ > 0 && (lowest_ < binding_.start_offset || highest_ >= binding_.end_offset))
            return fail(ErrorCode::CorruptSegment, "an index part that makes no sense");
        return {};
    }

    std::vector<std::uint32_t> checksums;  // of the blocks
    std::vector<std::uint64_t> fence;

private:
    const PartBinding& binding_;
    const std::uint32_t events_;
    std::uint32_t seen_ = 0;
    std::uint32_t checksum_ = 0;  // of all
    std::uint32_t lowest_ = UINT32_MAX;
    std::uint32_t highest_ = 0;
};

// The body, read from front to back past the cache, in which nobody needs what an open looks at.
class IndexPart::ProvedBytes {
public:
    explicit ProvedBytes(const IndexPart& part) : part_(part) {}

    // False if the part is lost. Requires: they are inside.
    bool copy(std::uint64_t at, MutableBytesView into) {
        if (!part_.file_) return part_.body_.copy(at, into);
        while (!into.empty()) {
            if (at < begin_ || at - begin_ >= window_.size()) {
                if (!move_to(at / kIndexBlockBytes)) return false;
            }
            const auto held = BytesView(window_).subspan(static_cast<std::size_t>(at - begin_));
            const std::size_t count = std::min(into.size(), held.size());
            std::ranges::copy(held.first(count), into.begin());
            into = into.subspan(count);
            at += count;
        }
        return true;
    }

private:
    bool move_to(std::uint64_t block) {
        begin_ = block * kIndexBlockBytes;
        window_.resize(
            std::min<std::uint64_t>(kWindowBlocks * kIndexBlockBytes, part_.body_.size() - begin_));
        return part_.file_->read_blocks(block, window_);
    }

    const IndexPart& part_;
    std::uint64_t begin_ = 0;
    Bytes window_;
};

// For an index that has no file, because none can be written or its own was lost: nothing can
// happen to this one.
Result<std::unique_ptr<IndexPart>> IndexPart::open(std::shared_ptr<const void> owner,
                                                   BytesView bytes) {
    BATPAK_TRY(const Header header, decode_header(bytes, bytes.size()));
    const BytesView body = bytes.subspan(kHeaderBytes);
    std::unique_ptr<IndexPart> part(new IndexPart(header.binding));
    EventCheck check(part->binding_, part->event_count(), body.size());
    for (std::size_t at = 0; at < body.size(); at += kIndexBlockBytes)
        check.add(body.subspan(at, std::min(kIndexBlockBytes, body.size() - at)));
    BATPAK_CHECK(check.judge(header.body_checksum));
    part->owner_ = std::move(owner);
    part->body_ = PartBytes(body);
    part->fence_ = std::move(check.fence);
    ProvedBytes proved(*part);
    if (!part->take_tables() || !part->is_sound(proved))
        return fail(ErrorCode::CorruptSegment, "an index part that makes no sense");
    return part;
}

// From front to back once, with large reads and past the cache: what an open proves is not what the
// first queries will ask for.
Result<std::unique_ptr<IndexPart>> IndexPart::read(std::shared_ptr<File> file, std::string name,
                                                   std::shared_ptr<PartFiles> files) {
    BATPAK_TRY(const FileStat stat, file->stat());
    std::array<std::byte, kHeaderBytes> first;
    BATPAK_TRY(const std::size_t head, file->read_at(0, first));
    BATPAK_TRY(const Header header, decode_header(BytesView(first).first(head), stat.size_bytes));
    std::unique_ptr<IndexPart> part(new IndexPart(header.binding));
    EventCheck check(part->binding_, part->event_count(), header.body_bytes);
    Bytes window(std::min<std::uint64_t>(kWindowBlocks * kIndexBlockBytes, header.body_bytes));
    for (std::uint64_t at = 0; at < header.body_bytes;) {
        const std::size_t wanted = std::min<std::uint64_t>(window.size(), header.body_bytes - at);
        const MutableBytesView bytes = MutableBytesView(window).first(wanted);
        BATPAK_TRY(const std::size_t count, file->read_at(kHeaderBytes + at, bytes));
        if (count != wanted) return fail(ErrorCode::CorruptSegment, "an index part that was cut");
        for (std::size_t begin = 0; begin < wanted; begin += kIndexBlockBytes)
            check.add(bytes.subspan(begin, std::min(kIndexBlockBytes, wanted - begin)));
        at += wanted;
    }
    BATPAK_CHECK(check.judge(header.body_checksum));
    part->file_ = std::make_unique<PartFile>(std::move(files), std::move(name), header.body_bytes,
                                             std::move(check.checksums));
    part->file_->hold(std::move(file));
    part->body_ = PartBytes(*part->file_);
    part->fence_ = std::move(check.fence);
    ProvedBytes proved(*part);
    if (!part->take_tables() || !part->is_sound(proved))
        return fail(ErrorCode::CorruptSegment, "an index part that makes no sense");
    return part;
}

bool IndexPart::take_tables() {
    std::array<std::byte, kAxisCount * kAxisBytes> rows;
    if (!body_.copy(std::uint64_t{event_count()} * kEventBytes, rows)) return false;
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        const BytesView row = BytesView(rows).subspan(axis * kAxisBytes, kAxisBytes);
        axes_[axis] = {load_little_endian<std::uint32_t>(row),
                       load_little_endian<std::uint32_t>(row.subspan(4))};
    }
    return true;
}

// Lists are not walked: decoding is bounded by itself (Postings), and a walk would read the file a
// second time.
bool IndexPart::is_sound(ProvedBytes& bytes) const {
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        const AxisTable& table = axes_[axis];
        if (table.at + std::uint64_t{table.entries} * kEntryBytes > body_.size()) return false;
        for (std::uint32_t i = 0; i < table.entries; ++i) {
            std::array<std::byte, kEntryBytes> fields;
            if (!bytes.copy(table.at + std::uint64_t{i} * kEntryBytes, fields)) return false;
            const auto word = [&](std::size_t at) {
                return load_little_endian<std::uint32_t>(BytesView(fields).subspan(at));
            };
            if (std::uint64_t{word(0)} + word(4) > body_.size()) return false;
            if (!has_right_length(axis, word(4))) return false;
            if (word(8) > body_.size()) return false;
            if (word(12) > event_count()) return false;
        }
    }
    return true;
}

// ---- answers

std::uint64_t IndexPart::order_place(std::uint32_t ordinal) const noexcept {
    return std::uint64_t{ordinal / kGroupEvents} * kIndexBlockBytes +
           ordinal % kGroupEvents * kOrderBytes;
}

// The last group may be a short one, in which fewer orders come before the offsets.
std::uint64_t IndexPart::offset_place(std::uint32_t ordinal) const noexcept {
    const std::uint32_t group = ordinal / kGroupEvents;
    const std::uint32_t orders = std::min(kGroupEvents, event_count() - group * kGroupEvents);
    return std::uint64_t{group} * kIndexBlockBytes + orders * kOrderBytes +
           ordinal % kGroupEvents * kOffsetBytes;
}

// Every 64th is in memory, so that the search for the run of an id, which asks for the first of
// each run, reads no file.
std::uint64_t IndexPart::id_order_at(std::uint32_t ordinal) const {
    if (ordinal % kFenceEvents == 0) return fence_[ordinal / kFenceEvents];
    std::array<std::byte, kOrderBytes> order;
    if (!body_.copy(order_place(ordinal), order)) return 0;
    return load_little_endian<std::uint64_t>(order);
}

std::uint32_t IndexPart::frame_offset(std::uint32_t ordinal) const {
    // Two offsets, or an offset and what comes after it: the tables of the axes, if nothing else.
    const std::uint64_t place = offset_place(ordinal);
    const std::size_t inside = place % sizeof(std::uint64_t);
    std::uint64_t pair = 0;
    if (!body_.look(place - inside, 1, [&](BlockWords words) { pair = words[0]; })) return 0;
    return load_little_endian<std::uint32_t>(std::as_bytes(std::span(&pair, 1)).subspan(inside));
}

namespace {

// How many of the first `count` have it, where those that have it come first. Without a branch on
// what it finds, which a processor would guess wrong half of the time.
template <class Has>
std::size_t count_while(std::size_t count, Has has) {
    std::size_t begin = 0;
    while (count > 1) {
        const std::size_t half = count / 2;
        begin += half * static_cast<std::size_t>(has(begin + half - 1));
        count -= half;
    }
    return begin + (count == 1 && has(begin) ? 1 : 0);
}

}  // namespace

// The fence says which 64 ids it can be among.
std::optional<std::uint32_t> IndexPart::find_id(std::uint64_t order, std::uint32_t count) const {
    BATPAK_ASSERT(count <= event_count());
    const auto fence = std::span(fence_).first((count + kFenceEvents - 1) / kFenceEvents);
    // One past the last that is not above.
    const std::size_t behind =
        count_while(fence.size(), [&](std::size_t i) { return fence[i] <= order; });
    if (behind == 0) return std::nullopt;
    const auto begin = static_cast<std::uint32_t>(behind - 1) * kFenceEvents;
    const std::uint32_t held = std::min(count - begin, kFenceEvents);
    std::uint32_t low = 0;
    bool is_there = false;
    // In place: a block is larger than what a search looks at.
    const auto search = [&](BlockWords words) {
        words.prefetch(held);
        const auto order_at = [&](std::size_t i) {
            const std::uint64_t bytes = words[i];
            return load_little_endian<std::uint64_t>(std::as_bytes(std::span(&bytes, 1)));
        };
        low = static_cast<std::uint32_t>(
            count_while(held, [&](std::size_t i) { return order_at(i) < order; }));
        is_there = low < held && order_at(low) == order;
    };
    if (!body_.look(order_place(begin), held, search) || !is_there) return std::nullopt;
    return begin + low;
}

std::optional<IndexPart::Entry> IndexPart::entry(Axis axis, std::uint32_t index) const {
    BATPAK_ASSERT(index < table(axis).entries);
    std::array<std::byte, kEntryBytes> fields;
    if (!body_.copy(table(axis).at + std::uint64_t{index} * kEntryBytes, fields))
        return std::nullopt;
    const BytesView bytes(fields);
    return Entry{.key_at = load_little_endian<std::uint32_t>(bytes),
                 .key_bytes = load_little_endian<std::uint32_t>(bytes.subspan(4)),
                 .list_at = load_little_endian<std::uint32_t>(bytes.subspan(8)),
                 .count = load_little_endian<std::uint32_t>(bytes.subspan(12)),
                 .first_version = Version(load_little_endian<std::uint64_t>(bytes.subspan(16)))};
}

// In pieces on the stack: nearly all keys differ, or end, in the first.
std::optional<int> IndexPart::compare(const Entry& entry, std::string_view key) const {
    const std::size_t common = std::min<std::size_t>(entry.key_bytes, key.size());
    std::array<std::byte, 64> piece;
    for (std::size_t at = 0; at < common; at += piece.size()) {
        const auto held = MutableBytesView(piece).first(std::min(piece.size(), common - at));
        if (!body_.copy(entry.key_at + at, held)) return std::nullopt;
        const int order = as_text(held).compare(key.substr(at, held.size()));
        if (order != 0) return order;
    }
    if (entry.key_bytes == key.size()) return 0;
    return entry.key_bytes < key.size() ? -1 : 1;
}

std::optional<std::uint32_t> IndexPart::lower_bound(Axis axis, std::string_view key) const {
    std::uint32_t low = 0;
    std::uint32_t high = table(axis).entries;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        const std::optional<Entry> entry = this->entry(axis, middle);
        const std::optional<int> order = entry ? compare(*entry, key) : std::nullopt;
        if (!order) return std::nullopt;
        if (*order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::optional<KeyEntry> IndexPart::find(Axis axis, std::string_view key) const {
    const std::optional<std::uint32_t> index = lower_bound(axis, key);
    if (!index || *index == table(axis).entries) return std::nullopt;
    const std::optional<Entry> found = entry(axis, *index);
    // No list of none was ever written: a forged one is no answer.
    if (!found || found->count == 0 || found->key_bytes != key.size()) return std::nullopt;
    if (compare(*found, key) != 0) return std::nullopt;
    return KeyEntry{Postings(body_.from(found->list_at), found->count), found->first_version};
}

void IndexPart::keys(Axis axis, std::string_view prefix,
                     const std::function<bool(std::string_view key)>& visit) const {
    const std::optional<std::uint32_t> first = lower_bound(axis, prefix);
    if (!first) return;
    Bytes key;
    for (std::uint32_t i = *first; i < table(axis).entries; ++i) {
        const std::optional<Entry> entry = this->entry(axis, i);
        if (!entry) return;
        // Bounded: is_sound() has asked whether each key lies in the body (INV R6).
        key.resize(entry->key_bytes);
        if (!body_.copy(entry->key_at, key)) return;
        if (!as_text(key).starts_with(prefix) || !visit(as_text(key))) return;
    }
}

}  // namespace batpak::store
