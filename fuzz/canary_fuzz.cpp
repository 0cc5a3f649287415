// A fuzzer that must fail: if it survives, the fuzzers of this build find nothing. `./dev fuzz`
// checks that it does not.
#include <cstdint>
#include <cstdlib>

#include "batpak/coordinate/coordinate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto coordinate = batpak::Coordinate::create(text, "scope");
    if (coordinate && coordinate->entity().starts_with("bat")) std::abort();
    return 0;
}
