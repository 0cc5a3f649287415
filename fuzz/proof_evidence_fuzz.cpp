// The evidence of a proof, from bytes that nobody wrote: it is refused, or is written again as the
// same bytes; and what it claims, also of heads, is checked without harm.
#include <cstdint>
#include <span>

#include "batpak/base/assert.hpp"
#include "proof/evidence.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace batpak::proof;
    const batpak::BytesView bytes = std::as_bytes(std::span(data, size));
    const auto evidence = Evidence::decode(bytes);
    if (!evidence) return 0;
    BATPAK_ASSERT(batpak::equal_bytes(evidence->encode(), bytes));
    const auto checked = check_evidence(*evidence);
    if (checked && evidence->head) {
        // Its hashes hold, so the record was in some store, or is a copy of one.
        const auto claim = check_head_evidence(*evidence->head, checked->claims);
        BATPAK_ASSERT(!claim || claim->entity == evidence->head->entity);
    }
    return 0;
}
