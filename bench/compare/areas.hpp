// The areas of compare_bench: what batpak and the others do in turns.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include "compare/match.hpp"

namespace batpak::bench {

void compare_appends(const Comparison& comparison);  // buffered, a sync each 1,000
void compare_durable(const Comparison& comparison);  // one thread, and several that block
void compare_batches(const Comparison& comparison);  // durable batches of 100, load, tickets
void compare_loaded(const Comparison& comparison);   // sizes, reads and opens of a large store

// Appends to the store of `contender` without closing it: for a process of its own, to be killed.
void append_and_die(const std::string& contender, const std::string& directory,
                    std::uint64_t events);

}  // namespace batpak::bench
