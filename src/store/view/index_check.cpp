// Where frames are and which ids they have, the verification asks of each event as it goes by. Here
// is the rest, which leaves something out silently if it is wrong: the lists of each key. They are
// added up and not kept, so a check takes the same memory however long the run is.
//
// The sum is of seeded hashes (key_hash_), one for each key of each event: the order of the lists
// does not matter, a missing or additional entry shows in it, and the maker of a file cannot choose
// entries that cancel out, as the seed is not known.
#include "store/view/index_check.hpp"

#include <array>

#include "base/little_endian.hpp"
#include "store/index/event_keys.hpp"

namespace batpak::store {

void IndexCheck::add(const Frame& frame) {
    BATPAK_ASSERT(frame.sequence >= first_);
    const auto ordinal = static_cast<std::uint32_t>(frame.sequence.value - first_.value);
    ++events_;
    const IndexedEvent event = indexed_event(frame, 0);
    for_each_key(event.fields, event.idempotency_key, [&](Axis axis, std::string_view key) {
        const Version version = axis == Axis::Entity ? event.version : Version();
        sum_ += term(axis, key_hash_(key), ordinal, version);
    });
}

bool IndexCheck::agrees_with(const Index& other) const {
    std::uint64_t sum = 0;
    for (std::size_t axis = 0; axis < kAxisCount; ++axis) {
        const auto of_axis = sum_of(static_cast<Axis>(axis), other);
        if (!of_axis) return false;
        sum += *of_axis;
    }
    return sum == sum_;
}

// A file may claim lists of any length: what it costs to read them is bounded by the events.
std::optional<std::uint64_t> IndexCheck::sum_of(Axis axis, const Index& index) const {
    const std::uint64_t keys_of_one = axis == Axis::Tag ? TagsView::kCountMax : 1;
    std::uint64_t left = events_ * keys_of_one;
    std::uint64_t sum = 0;
    bool possible = true;
    index.keys(axis, {}, [&](std::string_view key) {
        std::optional<KeyEntry> entry = index.find(axis, key);
        const std::uint64_t count = entry ? entry->postings.count() : 0;
        possible = count > 0 && count <= left;
        if (!possible) return false;
        left -= count;
        const std::uint64_t hash = key_hash_(key);
        for (std::uint32_t i = 0; i < count; ++i) {
            const Version version =
                axis == Axis::Entity ? Version(entry->first_version.value + i) : Version();
            sum += term(axis, hash, entry->postings.at(i), version);
        }
        return true;
    });
    return possible ? std::optional(sum) : std::nullopt;
}

std::uint64_t IndexCheck::term(Axis axis, std::uint64_t key, std::uint32_t ordinal,
                               Version version) const {
    std::array<std::byte, 24> bytes;
    const MutableBytesView all(bytes);
    store_little_endian(all, key);
    store_little_endian(all.subspan(8), version.value);
    store_little_endian(all.subspan(16), ordinal);
    store_little_endian(all.subspan(20), static_cast<std::uint32_t>(axis));
    return key_hash_(as_text(all));
}

}  // namespace batpak::store
