// ReportJson: what a store says of itself as members of JSON objects, as docs/TOOL.md names them.
//
// Threads: the functions are thread-safe, but for the line that they add to
// Errors:  none
#pragma once

#include <string>

#include "batpak/store/reports.hpp"
#include "tool/text/json_line.hpp"

namespace batpak::tool {

// A root is one of all events: a check that did not begin with the first has none.
bool has_root(const VerifyReport& report) noexcept;
// What was checked, without the damage that was found.
void add_report(JsonLine& line, const VerifyReport& report);
// Where a crash left the log unfinished.
std::string tail_json(const CutTail& tail, bool ascii);

}  // namespace batpak::tool
