// ThreadsTaken: from here on the process gets no further thread.
//
// Threads: thread-compatible
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

#include "batpak/base/assert.hpp"

namespace batpak::testing {

// Takes the address space that a stack needs, then every stack that the C library kept. For a child
// process, where no sanitizer needs the space: the limit stays.
class ThreadsTaken {
public:
    ThreadsTaken() {
        std::uint64_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const std::uint64_t now = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
        rlimit limit{};
        ::getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = now + (std::uint64_t{4} << 20);
        BATPAK_ASSERT(::setrlimit(RLIMIT_AS, &limit) == 0);
        constexpr int kMost = 1000;
        for (int i = 0; i < kMost; ++i) {
            try {
                threads_.emplace_back([](const std::stop_token& stop) {
                    while (!stop.stop_requested()) std::this_thread::yield();
                });
            } catch (const std::system_error&) {
                return;
            }
        }
        BATPAK_UNREACHABLE();
    }

private:
    std::vector<std::jthread> threads_;
};

}  // namespace batpak::testing
