// plugin: a library with a batpak of its own, for plugin_test.
#include <optional>
#include <string>

#include "process/life_of_a_store.hpp"

namespace {

std::optional<batpak::Store> kept;
std::string seen;

}  // namespace

// What the life of a store saw.
extern "C" [[gnu::visibility("default")]] const char* plugin_live(const char* path) {
    seen = batpak::testing::LifeOfAStore(path).live();
    return seen.c_str();
}

// Opens a store and keeps it open: 0, or the number of the error.
extern "C" [[gnu::visibility("default")]] int plugin_open(const char* path) {
    auto store = batpak::Store::open(batpak::StoreConfig(path));
    if (!store) return static_cast<int>(store.error().code());
    kept.emplace(*std::move(store));
    return 0;
}

// Appends to it: 0, or the number of the error.
extern "C" [[gnu::visibility("default")]] int plugin_append() {
    const auto coordinate = batpak::Coordinate::create("plugin", "host").value();
    const auto receipt = kept->append(coordinate, batpak::testing::LifeSaid{"from the plugin"});
    return receipt ? 0 : static_cast<int>(receipt.error().code());
}

extern "C" [[gnu::visibility("default")]] void plugin_close() { kept.reset(); }
