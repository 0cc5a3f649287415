#include "batpak/base/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace batpak {
namespace {

// Atomic, because tests exchange it while other threads may be asserting.
std::atomic<AssertHandler> installed_handler{nullptr};

}  // namespace

AssertHandler set_assert_handler(AssertHandler handler) noexcept {
    return installed_handler.exchange(handler);
}

// A handler that returns saves nothing: only one that throws comes past the abort.
void detail::assert_failed(const char* condition, const char* file, int line) {
    if (AssertHandler handler = installed_handler.load()) handler(condition, file, line);
    std::fprintf(stderr, "batpak: assertion failed: %s (%s:%d)\n", condition, file, line);
    std::abort();
}

}  // namespace batpak
