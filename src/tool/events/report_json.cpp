// What `batpak verify --json` says and what the inspector says of a check, member for member, so
// that a program that reads one can read the other.
#include "tool/events/report_json.hpp"

#include "batpak/base/assert.hpp"

namespace batpak::tool {

bool has_root(const VerifyReport& report) noexcept {
    // A root is one over all events from the first: a check that began later has none to show.
    return report.hashes_checked && report.from == Sequence(0);
}

void add_report(JsonLine& line, const VerifyReport& report) {
    BATPAK_ASSERT(report.hashes_checked || report.root.is_zero());
    line.number("from", report.from.value);
    line.number("events", report.events);
    if (report.stopped) line.boolean("stopped", true);
    if (report.erased > 0) line.number("erased", report.erased);
    line.number("segments", report.segments);
    line.number("bytes", report.bytes);
    line.boolean("hashes_checked", report.hashes_checked);
    if (has_root(report)) line.text("root", to_string(report.root));
}

std::string tail_json(const CutTail& tail, bool ascii) {
    JsonLine line(ascii);
    line.number("segment", tail.segment_id);
    line.number("offset", tail.offset);
    line.number("bytes", tail.bytes);
    return line.finish();
}

}  // namespace batpak::tool
