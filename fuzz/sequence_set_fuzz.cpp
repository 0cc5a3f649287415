// Any bytes are a set of sequences in its one form, or none.
#include <cstdint>
#include <span>

#include "batpak/base/assert.hpp"
#include "store/erasure/sequence_set.hpp"

namespace batpak::store {
namespace {

void judge(BytesView bytes) {
    const Result<SequenceSet> set = SequenceSet::decode(bytes);
    if (!set) return;
    BATPAK_ASSERT(equal_bytes(set->encode(), bytes));
    std::uint64_t size = 0;
    for (const SequenceSet::Range& range : set->ranges()) {
        size += range.end.value - range.first.value;
        BATPAK_ASSERT(set->contains(range.first));
        BATPAK_ASSERT(set->contains(Sequence(range.end.value - 1)));
        BATPAK_ASSERT(!set->contains(range.end));
        BATPAK_ASSERT(set->intersects(range.first, range.end));
    }
    BATPAK_ASSERT(set->size() == size && set->empty() == bytes.empty());
    BATPAK_ASSERT(SequenceSet::join(*set, {}) == *set);
    BATPAK_ASSERT(SequenceSet::join(*set, *set) == *set);
}

}  // namespace
}  // namespace batpak::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    batpak::store::judge(std::as_bytes(std::span(data, size)));
    return 0;
}
