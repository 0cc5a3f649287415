// The areas of log_bench: what is measured of the log.
//
// Threads: thread-compatible
// Errors:  none; they end the program
#pragma once

#include "support/bench.hpp"

namespace batpak::bench {

// Against what a file can do (surface neutral).
void measure_durable(const Bench& bench);   // appends acknowledged after a sync
void measure_buffered(const Bench& bench);  // appends with a sync each 1,000
void measure_batches(const Bench& bench);   // batches, and appends under conditions
void measure_reads(const Bench& bench);     // by id, streams, scans, pages

// Of batpak itself (surface native).
void measure_costs(const Bench& bench);        // memory, disk and calls for an event
void measure_keys(const Bench& bench);         // idempotency keys
void measure_tags(const Bench& bench);         // tags of events
void measure_open(const Bench& bench);         // opening, after a close, a kill, a lost index
void measure_knobs(const Bench& bench);        // what the settings of StoreConfig change
void measure_delivery(const Bench& bench);     // subscriptions and cursors
void measure_projections(const Bench& bench);  // folds, and answers from kept states

}  // namespace batpak::bench
