// Machines for tests: without data and with, with guards, with a final state, in a ring.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <string>
#include <vector>

#include "batpak/machine/state_machine.hpp"

namespace batpak::testing {

// ---- a door: guards, and states that carry data

namespace door {

struct Open {};
struct Shut {};
struct Locked {
    std::string code;
};
struct Broken {};

struct DoorShut {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
};
struct DoorOpened {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
};
struct DoorLocked {
    static constexpr auto kind = EventKind::custom(0x1, 0x003);
    static std::string tags_of(const DoorLocked& event) { return "code:" + event.code; }
    std::string code;
};
struct DoorUnlocked {
    static constexpr auto kind = EventKind::custom(0x1, 0x004);
    std::string code;
};
struct DoorKicked {
    static constexpr auto kind = EventKind::custom(0x1, 0x005);
    int strength = 0;
};
// No event of the machine.
struct DoorPainted {
    static constexpr auto kind = EventKind::custom(0x1, 0x006);
    std::string colour;
};

inline Locked lock(const Shut& /*from*/, const DoorLocked& event) { return {event.code}; }
inline bool fits(const Locked& from, const DoorUnlocked& event) { return from.code == event.code; }
inline bool is_strong(const Locked& /*from*/, const DoorKicked& event) {
    return event.strength > 9;
}

}  // namespace door

using Door = StateMachine<"door", On<door::Open, door::DoorShut, door::Shut>,
                          On<door::Shut, door::DoorOpened, door::Open>,
                          On<door::Shut, door::DoorLocked, door::Locked, door::lock>,
                          On<door::Locked, door::DoorUnlocked, door::Shut, door::fits>,
                          On<door::Locked, door::DoorKicked, door::Broken, door::is_strong>>;

// ---- a game: a state that grows by events that do not leave it

namespace game {

struct Lobby {
    static constexpr std::string_view state_name = "waiting";
    std::vector<std::string> players;
};
struct Playing {
    std::vector<std::string> players;
    int score = 0;
};
struct Over {
    int score = 0;
};

struct Joined {
    static constexpr auto kind = EventKind::custom(0x2, 0x001);
    static constexpr std::string_view event_name = "game.joined";
    std::string who;
};
struct Started {
    static constexpr auto kind = EventKind::custom(0x2, 0x002);
};
struct Scored {
    static constexpr auto kind = EventKind::custom(0x2, 0x003);
    int points = 1;
};
struct Paused {
    static constexpr auto kind = EventKind::custom(0x2, 0x004);
};
struct Ended {
    static constexpr auto kind = EventKind::custom(0x2, 0x005);
};

inline Lobby join(Lobby from, const Joined& event) {
    from.players.push_back(event.who);
    return from;
}
inline bool has_room(const Lobby& from, const Joined& /*event*/) { return from.players.size() < 3; }
inline Playing begin(Lobby from, const Started& /*event*/) { return {std::move(from.players), 0}; }
inline Playing score(Playing from, const Scored& event) {
    from.score += event.points;
    return from;
}
inline Over end(const Playing& from, const Ended& /*event*/) { return {from.score}; }

}  // namespace game

// The last row leads back to its state without a function: the state stays as it is.
using Game =
    StateMachine<"game", On<game::Lobby, game::Joined, game::Lobby, game::has_room, game::join>,
                 On<game::Lobby, game::Started, game::Playing, game::begin>,
                 On<game::Playing, game::Scored, game::Playing, game::score>,
                 On<game::Playing, game::Ended, game::Over, game::end>,
                 On<game::Playing, game::Paused, game::Playing>>;

// ---- a light: a ring that does not begin in its first row

namespace light {

struct Red {};
struct Green {};
struct Yellow {};
struct Off {};

struct Switched {
    static constexpr auto kind = EventKind::custom(0x3, 0x001);
};
struct Failed {
    static constexpr auto kind = EventKind::custom(0x3, 0x002);
};

}  // namespace light

using Light = StateMachine<
    "light", Initial<light::Off>, On<light::Red, light::Switched, light::Green>,
    On<light::Green, light::Switched, light::Yellow>,
    On<light::Yellow, light::Switched, light::Red>, On<light::Off, light::Switched, light::Red>,
    On<light::Red, light::Failed, light::Off>, On<light::Green, light::Failed, light::Off>,
    On<light::Yellow, light::Failed, light::Off>>;

inline Coordinate door_at(std::string_view entity) {
    return Coordinate::create(entity, "dungeon").value();
}

}  // namespace batpak::testing
