// A program that stops with batpak's values in its hands, for gdb_test.py.
#include <array>

#include "batpak/event/event.hpp"

using namespace batpak;

__attribute__((noinline)) void shown(const void* value) { asm volatile("" : : "r"(value)); }

int main() {
    const Sequence sequence(3);
    const Version version(4);
    const EventId id = EventId::parse("01a22e3e-f0c2-7096-b050-ce3d88713d9c").value();
    Hash hash;
    hash.bytes[0] = std::byte{0xAB};
    const EventKind kind = EventKind::custom(0xF, 1);
    const Coordinate coordinate = Coordinate::create("player:1", "room").value();
    const Hlc hlc{1'700'000'000'000'001, 2};
    const Error error =
        Error(ErrorCode::CorruptFrame, "look").at("segments/1").at_sequence(sequence);
    EventView view;
    view.position = {sequence, version, hlc};
    view.header.event_id = id;
    view.header.kind = kind;
    view.entity = "player:1";
    view.scope = "room";
    const StoredEvent<int> stored{coordinate, view.position, {view.header, 7, {}, {}, {}}};
    shown(&sequence);
    shown(&version);
    shown(&id);
    shown(&hash);
    shown(&kind);
    shown(&coordinate);
    shown(&hlc);
    shown(&error);
    shown(&view);
    shown(&stored);
    return 0;
}
