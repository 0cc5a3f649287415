// The gates' evidence on bytes that nobody wrote: it is refused, or is written again as what it
// says.
#include <cstdint>
#include <span>

#include "batpak/base/assert.hpp"
#include "batpak/guard/evidence.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto evidence = batpak::GateEvidence::decode(std::as_bytes(std::span(data, size)));
    if (!evidence) return 0;
    batpak::Buffer buffer;
    evidence->encode(buffer);
    const auto again = batpak::GateEvidence::decode(buffer.view());
    BATPAK_ASSERT(again.has_value());
    // A bypass has no gates: what stood beside it is not written.
    if (evidence->bypass) {
        BATPAK_ASSERT(again->bypass == evidence->bypass);
    } else {
        BATPAK_ASSERT(*again == *evidence);
    }
    return 0;
}
