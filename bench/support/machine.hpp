// Machine: what the figures of a run were taken on.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <string>

namespace batpak::bench {

struct Machine {
    std::string processor;
    unsigned cores = 0;
    std::string kernel;
    std::string file_system;  // of the directory that is measured in
    std::string compiler;
    double sync_us_p50 = 0;  // write of 4 KiB and fdatasync, into a file that was filled before
    double sync_us_p99 = 0;

    // Looks, and probes the disk under `directory`.
    static Machine describe(const std::string& directory);

    // Names machines of one kind, for file names.
    std::string slug() const;
    void print() const;
    std::string json() const;
};

}  // namespace batpak::bench
