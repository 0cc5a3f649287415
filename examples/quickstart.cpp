// The first program: open a store, append one typed event, close. README.md quotes it.
// clang-format off: one line more, and it would not be the shortest any more.
// [quickstart]
#include <batpak/batpak.hpp>

struct PlayerMoved {
    static constexpr auto kind = batpak::EventKind::custom(0xF, 1);
    int x, y;
};

int main() {
    auto store = batpak::Store::open(batpak::StoreConfig("./batpak-data")
                                         .with_sync_every_n_events(100)
                                         .with_sync_mode(batpak::SyncMode::Data)).value();
    auto alice = batpak::Coordinate::create("player:alice", "room:dungeon").value();

    batpak::AppendReceipt receipt = store.append(alice, PlayerMoved{10, 20}).value();
    fmt::print("stored {} at {}\n", receipt.event_id, receipt.sequence);

    std::move(store).close().value();
}
// [/quickstart]
