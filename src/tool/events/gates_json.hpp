// GatesJson: what the gates said of an event, as members of JSON objects.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <string>

#include "batpak/guard/evidence.hpp"

namespace batpak::tool {

// {"gate_set", "passed", "judged_end"}, or {"bypassed", "justification"}.
std::string gates_json(const GateEvidence& evidence, bool ascii);

}  // namespace batpak::tool
