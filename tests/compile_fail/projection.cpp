// A projection handles every event that it declares, and declares what it is called.
#include "batpak/projection/project.hpp"
#include "batpak/store/store.hpp"

using batpak::EventKind;
using batpak::EventView;
using batpak::projection_of;
using batpak::Store;

struct Died {
    static constexpr auto kind = EventKind::custom(1, 2);
};
struct Moved {
    static constexpr auto kind = EventKind::custom(1, 1);
    int x = 0;
    operator Died() const { return {}; }
};

#ifdef GOOD
struct Player {
    static constexpr auto projection = projection_of<Moved, Died>("player", 1);
    void on(const Moved&) {}
    void on(const Died&, const EventView&) {}
};
struct ByValue {
    static constexpr auto projection = projection_of<Moved, Died>("by value", 1);
    void on(Moved) {}
    void on(Died, EventView) {}
};
bool good(const Store& store) {
    return store.project<Player>("player:alice").has_value() &&
           store.project<ByValue>("player:alice").has_value();
}
#endif

#ifdef BAD_missing_handler  // expect: no handler for an event
struct Player {
    static constexpr auto projection = projection_of<Moved, Died>("player", 1);
    void on(const Moved&) {}
};
bool bad(const Store& store) {
    return store.project<Player>("player:alice").has_value();  // ERROR HERE
}
#endif

#ifdef BAD_handler_of_a_conversion  // expect: no handler for an event
struct Player {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    void on(const Died&) {}
};
bool bad(const Store& store) {
    return store.project<Player>("player:alice").has_value();  // ERROR HERE
}
#endif

#ifdef BAD_handler_by_value_of_a_conversion  // expect: no handler for an event
struct Player {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    void on(Died) {}
};
bool bad(const Store& store) {
    return store.project<Player>("player:alice").has_value();  // ERROR HERE
}
#endif

#ifdef BAD_handler_that_would_move  // expect: no handler for an event
struct Player {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    void on(Moved&&) {}
};
bool bad(const Store& store) {
    return store.project<Player>("player:alice").has_value();  // ERROR HERE
}
#endif

#ifdef BAD_two_handlers  // expect: two handlers for one event
struct Player {
    static constexpr auto projection = projection_of<Moved>("player", 1);
    void on(const Moved&) {}
    void on(const Moved&, const EventView&) {}
};
bool bad(const Store& store) {
    return store.project<Player>("player:alice").has_value();  // ERROR HERE
}
#endif

#ifdef BAD_no_descriptor  // expect: (Projection|constraint|static assertion)
struct Player {
    void on(const Moved&) {}
};
bool bad(const Store& store) {
    return store.project<Player>("player:alice").has_value();  // ERROR HERE
}
#endif

#ifdef BAD_one_event_twice                                    // expect: have one kind
constexpr auto kTwice = projection_of<Moved, Moved>("p", 1);  // ERROR HERE
#endif

#ifdef BAD_no_events                             // expect: name the events
constexpr auto kNone = projection_of<>("p", 1);  // ERROR HERE
#endif

#ifdef BAD_no_name  // expect: (constant expression|consteval|assert)
constexpr auto kNameless = projection_of<Moved>("", 1);  // ERROR HERE
#endif

#ifdef BAD_version_zero  // expect: (constant expression|consteval|assert)
constexpr auto kZero = projection_of<Moved>("p", 0);  // ERROR HERE
#endif
