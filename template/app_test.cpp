#include <batpak/testing/environment.hpp>
#include <cstdio>

#include "clicks.hpp"

// In memory, so that no run sees what an earlier one left.
int main() {
    auto store = batpak::Store::open(batpak::testing::memory_config()).value();
    const auto button = batpak::Coordinate::create("button:start", "window:main").value();
    for (std::size_t expected = 1; expected <= 3; ++expected) {
        if (click(store, button, Clicked{1, 2}).value() != expected) {
            std::puts("a click is not counted");
            return 1;
        }
    }
}
