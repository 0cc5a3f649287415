#include <cstdio>

#include "clicks.hpp"

int main() {
    // value() of a failed result throws an exception that says what went wrong, and where.
    auto store = batpak::Store::open(batpak::StoreConfig("./app-data")).value();
    const auto button = batpak::Coordinate::create("button:start", "window:main").value();
    std::printf("clicks: %zu\n", click(store, button, Clicked{10, 20}).value());
    std::move(store).close().value();
}
