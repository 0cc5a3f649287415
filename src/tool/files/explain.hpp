// Explain: every byte of one frame, with its meaning (docs/FORMAT.md, "Frame").
//
// Threads: the functions are thread-safe
// Errors:  none; what cannot be decoded is said to be so
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "store/frame/frame.hpp"

namespace batpak::tool {

struct FramePart {
    std::uint64_t offset = 0;  // in the file
    BytesView bytes;           // Borrows: the frame
    std::string field;
    std::string meaning;
};

// The parts of the bytes at `offset`, in order and without gaps. `bytes` starts at the frame and
// may go on after it; a frame that is cut short or whose checks fail is explained as far as it
// goes.
std::vector<FramePart> explain_frame(BytesView bytes, const store::Salt& salt,
                                     std::uint64_t offset);

}  // namespace batpak::tool
