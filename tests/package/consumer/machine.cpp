// A state machine, whose table is made while this is compiled: by every compiler, with every flag
// that another project builds with (see run.sh).
#include <batpak/batpak.hpp>
#include <string>

namespace {

struct Open {};
struct Shut {};

struct DoorShut {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 2);
};
struct DoorOpened {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 3);
};

using Door = batpak::StateMachine<"door", batpak::On<Open, DoorShut, Shut>,
                                  batpak::On<Shut, DoorOpened, Open>>;

static_assert(Door::allows<Open, DoorShut> && Door::allows<Shut, DoorOpened>);
static_assert(!Door::allows<Open, DoorOpened> && !Door::allows<Shut, DoorShut>);

}  // namespace

batpak::Result<std::string> state_of_door(batpak::Store& store, const batpak::Coordinate& door) {
    auto open = Door::start(store, door);
    BATPAK_TRY(auto shut, store.transition(door, std::move(open), DoorShut{}));
    BATPAK_TRY(auto found, Door::load(store, door));
    return std::string(found.name());
}
