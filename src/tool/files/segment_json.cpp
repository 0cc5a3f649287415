#include "tool/files/segment_json.hpp"

namespace batpak::tool {

void add_segment(JsonLine& line, const SegmentInfo& segment) {
    line.number("segment", segment.id);
    line.text("file", "segments/" + store::segment_file_name(segment.id));
    line.text("state", to_string(segment.state));
    if (segment.first) line.number("first", segment.first->value);
    if (segment.end) line.number("end", segment.end->value);
    line.number("bytes", segment.file_bytes);
    if (segment.is_measured) line.number("frame_bytes", segment.frame_bytes);
    if (segment.header) {
        line.text("log", batpak::to_string(segment.header->log_id));
        line.number("era", segment.header->era);
        line.boolean("hashes", segment.header->has_hashes);
    }
    if (segment.problem) line.raw("problem", error_json(*segment.problem, line.is_ascii()));
}

std::string segment_json(const SegmentInfo& segment, bool ascii) {
    JsonLine line(ascii);
    add_segment(line, segment);
    return line.finish();
}

}  // namespace batpak::tool
