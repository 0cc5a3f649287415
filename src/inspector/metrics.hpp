// Metrics: what a store says of itself, in the text format of Prometheus, version 0.0.4.
//
// Threads: the function is thread-safe
// Errors:  none
#pragma once

#include <string>

#include "inspector/answers/answers.hpp"

namespace batpak::inspector {

// `is_ready`: whether the store opened, and what is shown is up to date.
std::string metrics_text(const Shown& shown, bool is_ready);

}  // namespace batpak::inspector
