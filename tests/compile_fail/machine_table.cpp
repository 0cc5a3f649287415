// A table that makes no sense does not compile, and the words say which row or state is meant.
#include "batpak/machine/state_machine.hpp"

using namespace batpak;

struct Open {};
struct Shut {};
struct Locked {
    int code = 0;
};
struct Attic {};

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
struct SameKind {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
};
struct NoKind {};

inline Locked lock(const Shut& /*from*/, const DoorLocked& event) { return {event.code}; }
inline int neither(const Shut& /*from*/, const DoorLocked& event) { return event.code; }

#ifdef GOOD
using Good = StateMachine<"good", On<Open, DoorShut, Shut>, On<Shut, DoorOpened, Open>,
                          On<Shut, DoorLocked, Locked, lock>>;
auto size = Good::table().edges.size();
#endif

#ifdef BAD_duplicate_edge  // expect: RowsFrom<false, Open, DoorShut>
using Bad = StateMachine<"bad", On<Open, DoorShut, Shut>, On<Shut, DoorOpened, Open>,
                         On<Open, DoorShut, Open>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_unreachable_state  // expect: WayTo<false, Attic>
using Bad = StateMachine<"bad", On<Open, DoorShut, Shut>, On<Attic, DoorOpened, Open>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_unknown_initial_state  // expect: the initial state is in no row
using Bad = StateMachine<"bad", Initial<Attic>, On<Open, DoorShut, Shut>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_event_without_kind  // expect: the event of a row is a payload struct with a
using Bad = StateMachine<"bad", On<Open, NoKind, Shut>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_two_events_of_one_kind  // expect: two events of a state machine have one kind
using Bad = StateMachine<"bad", On<Open, DoorShut, Shut>, On<Shut, SameKind, Open>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_data_from_nothing  // expect: the state that this row leads to has data
using Bad = StateMachine<"bad", On<Open, DoorLocked, Locked>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_function_that_is_neither  // expect: returns bool, or the state that the row leads to
using Bad = StateMachine<"bad", On<Shut, DoorLocked, Locked, neither>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_function_of_another_row  // expect: is called with its From and its Event
using Bad = StateMachine<"bad", On<Open, DoorLocked, Locked, lock>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_empty_table  // expect: a state machine has one row or more
using Bad = StateMachine<"bad">;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif

#ifdef BAD_name  // expect: the name of a state machine is a word
using Bad = StateMachine<"bad name", On<Open, DoorShut, Shut>>;
auto size = Bad::table().edges.size();  // ERROR HERE
#endif
