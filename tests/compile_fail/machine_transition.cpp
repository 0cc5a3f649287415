// What a state machine's table does not say does not compile, and a state is used once.
#include "batpak/machine/state_machine.hpp"

using namespace batpak;

struct Open {};
struct Shut {};
struct Locked {
    int code = 0;
};
struct Attic {};  // no state of the door

struct DoorShut {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
};
struct DoorOpened {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
};
struct DoorLocked {
    static constexpr auto kind = EventKind::custom(0x1, 0x003);
    int code = 0;
};
struct DoorPainted {
    static constexpr auto kind = EventKind::custom(0x1, 0x004);
};

inline Locked lock(const Shut& /*from*/, const DoorLocked& event) { return {event.code}; }
inline bool fits(const Locked& from, const DoorOpened& event) { return from.code == sizeof event; }

using Door = StateMachine<"door", On<Open, DoorShut, Shut>, On<Shut, DoorOpened, Open>,
                          On<Shut, DoorLocked, Locked, lock>, On<Locked, DoorOpened, Open, fits>>;

template <class State, class Event>
void go(Store& store, const Coordinate& here, InState<Door, State> from, const Event& event) {
    (void)store.transition(here, std::move(from), event);
}
using OpenDoor = InState<Door, Open>;
using ShutDoor = InState<Door, Shut>;
using LockedDoor = InState<Door, Locked>;

#ifdef GOOD
void good(Store& store, const Coordinate& here, AnyState<Door> any) {
    go(store, here, Door::start(store, here), DoorShut{});
    auto [shut, receipt] =
        store.transition<Door>(here, Door::start(store, here), DoorShut{}).value();
    (void)store.transition(here, std::move(shut), DoorLocked{17});
    (void)store.apply_transition<Door>(here, Transition<Open, Shut, DoorShut>(DoorShut{}));
    (void)std::move(any).take<Locked>();
}
#endif

// ---- of the 3 * 3 pairs, the table has four: here are the other five, and foreign events

#ifdef BAD_open_opened  // expect: no transition from this state by this event
void bad(Store& s, const Coordinate& c, OpenDoor from) {
    (void)s.transition(c, std::move(from), DoorOpened{});  // ERROR HERE
}
#endif

#ifdef BAD_open_locked  // expect: no transition from this state by this event
void bad(Store& s, const Coordinate& c, OpenDoor from) {
    (void)s.transition(c, std::move(from), DoorLocked{});  // ERROR HERE
}
#endif

#ifdef BAD_shut_shut  // expect: TransitionFrom<false, Shut, DoorShut>
void bad(Store& s, const Coordinate& c, ShutDoor from) {
    (void)s.transition(c, std::move(from), DoorShut{});  // ERROR HERE
}
#endif

#ifdef BAD_locked_shut  // expect: no transition from this state by this event
void bad(Store& s, const Coordinate& c, LockedDoor from) {
    (void)s.transition(c, std::move(from), DoorShut{});  // ERROR HERE
}
#endif

#ifdef BAD_locked_locked  // expect: no transition from this state by this event
void bad(Store& s, const Coordinate& c, LockedDoor from) {
    (void)s.transition(c, std::move(from), DoorLocked{});  // ERROR HERE
}
#endif

#ifdef BAD_foreign_event  // expect: no transition from this state by this event
void bad(Store& s, const Coordinate& c, ShutDoor from) {
    (void)s.transition(c, std::move(from), DoorPainted{});  // ERROR HERE
}
#endif

#ifdef BAD_foreign_event_at_run_time  // expect: the machine knows no such event
void bad(Store& s, const Coordinate& c, AnyState<Door> from) {
    (void)s.transition(c, std::move(from), DoorPainted{});  // ERROR HERE
}
#endif

// ---- states are used once, and nobody makes them up

#ifdef BAD_lvalue  // expect: (cannot bind rvalue|no matching|no known conversion)
void bad(Store& s, const Coordinate& c, OpenDoor from) {
    (void)s.transition(c, from, DoorShut{});  // ERROR HERE
}
#endif

#ifdef BAD_copied_state  // expect: (deleted|implicitly-deleted)
void bad(OpenDoor from) {
    OpenDoor other = from;  // ERROR HERE
}
#endif

#ifdef BAD_made_up_state  // expect: private
void bad(const StoreReads& reads) {
    LockedDoor door({reads.log_id(), "door:1", 0}, Locked{});  // ERROR HERE
}
#endif

#ifdef BAD_foreign_state  // expect: (constraint|not satisfied|no matching)
void bad(AnyState<Door> door) {
    (void)std::move(door).take<Attic>();  // ERROR HERE
}
#endif

#ifdef BAD_ignored_transition  // expect: (ignoring return|nodiscard)
void bad(Store& s, const Coordinate& c, OpenDoor from) {
    s.transition(c, std::move(from), DoorShut{});  // ERROR HERE
}
#endif

#ifdef BAD_ignored_load  // expect: (ignoring return|nodiscard)
void bad(Store& s, const Coordinate& c) {
    Door::load(s, c);  // ERROR HERE
}
#endif

#ifdef BAD_apply_illegal  // expect: no transition from this state by this event
void bad(Store& s, const Coordinate& c) {
    (void)s.apply_transition<Door>(c, Transition<Open, Open, DoorOpened>({}));  // ERROR HERE
}
#endif

#ifdef BAD_apply_to_another_state  // expect: goes from this state by this event to another one
void bad(Store& s, const Coordinate& c) {
    (void)s.apply_transition<Door>(c, Transition<Open, Locked, DoorShut>({}));  // ERROR HERE
}
#endif

#ifdef BAD_apply_ignored  // expect: (ignoring return|nodiscard)
void bad(Store& s, const Coordinate& c) {
    s.apply_transition<Door>(c, Transition<Open, Shut, DoorShut>({}));  // ERROR HERE
}
#endif
