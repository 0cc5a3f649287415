// What another project does first: include batpak, and call something that is compiled.
#include <batpak/batpak.hpp>
#include <cstdio>
#include <string>

int main() {
    const auto coordinate = batpak::Coordinate::create("player:alice", "room:dungeon");
    if (!coordinate) {
        std::puts(coordinate.error().to_string().c_str());
        return 1;
    }
    std::printf("batpak %s: %s\n", std::string(batpak::kVersion).c_str(),
                to_string(*coordinate).c_str());
    return 0;
}
