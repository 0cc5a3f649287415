// What the program does, apart from main.cpp, so that a test can call it.
#pragma once

#include <batpak/batpak.hpp>
#include <cstddef>

struct Clicked {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 1);
    int x = 0;
    int y = 0;
};

// Appends a click, and returns how many there are by now.
inline batpak::Result<std::size_t> click(batpak::Store& store, const batpak::Coordinate& button,
                                         Clicked where) {
    BATPAK_CHECK(store.append(button, where));
    BATPAK_TRY(const auto clicks, store.stream(button.entity()).collect<Clicked>());
    return clicks.size();
}
