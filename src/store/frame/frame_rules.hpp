// FrameRules: the rules of docs/FORMAT.md on a body that reading does without.
//
// An open takes a frame whose body it can read. In which form its values are written, and what
// stands in its metadata, is checked where everything is: by verify().
//
// Threads: the functions are thread-safe
// Errors:  none
#pragma once

#include <optional>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "store/frame/frame.hpp"

namespace batpak::store {

// Which rule the body breaks that `frame` was decoded from; nothing if none. `scratch` is room that
// is used again.
std::optional<std::string_view> broken_rule(const Frame& frame, BytesView body, Buffer& scratch);

}  // namespace batpak::store
