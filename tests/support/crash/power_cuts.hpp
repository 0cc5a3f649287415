// The power cuts of which each sweep over the calls of an operation tries all.
//
// Nothing, all, the last call alone, all but the first, sizes without bytes, two halves that
// complete each other, and one by chance.
//
// Threads: constants
// Errors:  none
#pragma once

#include <array>

#include "batpak/testing/simulated_file_system.hpp"

namespace batpak::testing {

inline constexpr std::array kCuts = {
    PowerCut{.mode = CutMode::None, .seed = 0},
    PowerCut{.mode = CutMode::All, .seed = 0},
    PowerCut{.mode = CutMode::LastOnly, .seed = 0},
    PowerCut{.mode = CutMode::AllButFirst, .seed = 0},
    PowerCut{.mode = CutMode::SizeOnly, .seed = 0},
    PowerCut{.mode = CutMode::Subset, .seed = 0x5555'5555'5555'5555},
    PowerCut{.mode = CutMode::Subset, .seed = 0xAAAA'AAAA'AAAA'AAAA},
    PowerCut{.mode = CutMode::Random, .seed = 7},
};

}  // namespace batpak::testing
