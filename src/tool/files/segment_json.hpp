// SegmentJson: a segment file as an object of docs/TOOL.md.
//
// Threads: the functions are thread-safe, but for the line that they add to
// Errors:  none
#pragma once

#include <string>

#include "tool/files/segment_list.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {

void add_segment(JsonLine& line, const SegmentInfo& segment);
// The whole object.
std::string segment_json(const SegmentInfo& segment, bool ascii);

}  // namespace batpak::tool
