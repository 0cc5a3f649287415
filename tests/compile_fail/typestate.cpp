// A state set is closed, and a typestate does in each state only what that state can.
#include "batpak/machine/typestate.hpp"

#include <concepts>

using namespace batpak;

struct Shut {};
struct Flowing {};
struct Foreign {};
using ValveStates = StateSet<Shut, Flowing>;

template <StateOf<ValveStates> State>
class Valve : public Typestate<ValveStates, State, int> {
public:
    using Valve::Typestate::Typestate;
    [[nodiscard]] Valve<Flowing> open() &&
        requires std::same_as<State, Shut>
    {
        return std::move(*this).template become<Valve<Flowing>>();
    }
};

#ifdef GOOD
int good() {
    Valve<Shut> valve(7);
    return std::move(valve).open().data();
}
#endif

#ifdef BAD_foreign_state                        // expect: (constraint|not satisfied)
Typestate<ValveStates, Foreign, int> valve(7);  // ERROR HERE
#endif

#ifdef BAD_foreign_index  // expect: (constraint|not satisfied|no member|invalid)
auto index = ValveStates::index_of<Foreign>;  // ERROR HERE
#endif

#ifdef BAD_state_twice                            // expect: a state stands twice in a StateSet
auto size = StateSet<Shut, Flowing, Shut>::size;  // ERROR HERE
#endif

#ifdef BAD_method_of_another_state  // expect: (constraint|not satisfied|no matching)
auto bad(Valve<Flowing> valve) {
    return std::move(valve).open();  // ERROR HERE
}
#endif

#ifdef BAD_lvalue  // expect: (discards qualifiers|rvalue|no matching|'this' argument)
auto bad(Valve<Shut> valve) {
    return valve.open();  // ERROR HERE
}
#endif

#ifdef BAD_copy  // expect: (deleted|implicitly-deleted)
using ShutValve = Typestate<ValveStates, Shut, int>;
ShutValve bad(const ShutValve& valve) {
    return valve;  // ERROR HERE
}
#endif

#ifdef BAD_become_from_outside  // expect: (protected|private)
auto bad(Valve<Shut> valve) {
    return std::move(valve).become<Valve<Flowing>>();  // ERROR HERE
}
#endif

#ifdef BAD_state_of_another_type  // expect: (conversion|convert|no viable)
Valve<Flowing> bad(Valve<Shut> valve) {
    return valve;  // ERROR HERE
}
#endif

#ifdef BAD_ignored_state  // expect: (ignoring return|nodiscard)
void bad(Valve<Shut> valve) {
    std::move(valve).open();  // ERROR HERE
}
#endif
