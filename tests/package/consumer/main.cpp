// What another project does first: include batpak, store an event, and read it back. With an
// argument it does what everybody does next: asks for the value of what went wrong.
#include <batpak/batpak.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

namespace {

struct Moved {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 1);
    int x = 0;
    int y = 0;
};

batpak::Result<void> run(const std::string& directory) {
    BATPAK_TRY(auto store, batpak::Store::open(batpak::StoreConfig(directory)));
    BATPAK_TRY(auto alice, batpak::Coordinate::create("player:alice", "room:dungeon"));
    BATPAK_TRY(auto receipt, store.append(alice, Moved{10, 4}));
    BATPAK_TRY(auto event, store.find(receipt.sequence, batpak::ReadCheck::Hash));
    BATPAK_TRY(auto moved, event->as<Moved>());
    std::printf("batpak %s: %s moved to %d, %d\n", std::string(batpak::kVersion).c_str(),
                to_string(alice).c_str(), moved.x, moved.y);
    BATPAK_CHECK(std::move(store).close());
    return {};
}

}  // namespace

int main(int count, char**) {
    if (count > 1) batpak::Store::open(batpak::StoreConfig("/dev/null/store")).value();
    const std::string directory = "consumer-store";
    std::filesystem::remove_all(directory);
    const auto result = run(directory);
    if (!result) std::puts(result.error().to_string().c_str());
    return result ? 0 : 1;
}
