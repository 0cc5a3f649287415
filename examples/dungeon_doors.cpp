// Dungeon doors: a state machine that is one table, committed as events, killed, and found again.
//
// The program prints the diagram of the table, and lets a child process walk through two doors. The
// child kills itself with SIGKILL in the middle. The parent opens the log, finds each door in the
// state in which its last event left it, goes on from there, and shows what the log says of all of
// it: which edges were taken, and which never.
#include <batpak/batpak.hpp>
#include <batpak/machine/state_machine.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

namespace {

using batpak::Coordinate;
using batpak::ErrorCode;
using batpak::On;
using batpak::Result;
using batpak::StateMachine;
using batpak::Store;

// [states]
struct Open {};
struct Shut {};
struct Locked {
    std::string code;
};

struct DoorShut {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
};
struct DoorOpened {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x002);
};
struct DoorLocked {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x003);
    std::string code;
};
struct DoorUnlocked {
    static constexpr auto kind = batpak::EventKind::custom(0x1, 0x004);
    std::string code;
};
// [/states]

// [table]
Locked lock(const Shut& /*from*/, const DoorLocked& event) { return {event.code}; }
bool fits(const Locked& from, const DoorUnlocked& event) { return from.code == event.code; }

using Door = StateMachine<"door",                                 //
                          On<Open, DoorShut, Shut>,               //
                          On<Shut, DoorOpened, Open>,             //
                          On<Shut, DoorLocked, Locked, lock>,     // makes the state
                          On<Locked, DoorUnlocked, Shut, fits>>;  // guards the transition
// [/table]

Coordinate door(const char* name) { return Coordinate::create(name, "dungeon").value(); }

// [walk]
Result<void> lock_the_cellar(Store& store) {
    const Coordinate cellar = door("door:cellar");
    BATPAK_TRY(auto shut, store.transition(cellar, Door::start(store, cellar), DoorShut{}));
    BATPAK_TRY(auto locked, store.transition(cellar, std::move(shut.state), DoorLocked{"1234"}));
    fmt::print("the cellar is locked with {}, by event {}\n", locked.state->code,
               locked.receipt.sequence);
    return {};
}
// [/walk]

// Shuts the tower, and is dead before it can lock it.
Result<void> walk_and_die(const std::string& directory) {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig(directory)));
    BATPAK_CHECK(lock_the_cellar(store));
    const Coordinate tower = door("door:tower");
    BATPAK_CHECK(store.transition(tower, Door::start(store, tower), DoorShut{}));
    std::fflush(stdout);
    (void)::raise(SIGKILL);
    return {};
}

// [resume]
// Whoever comes later reads the door first.
Result<void> open_the_cellar(Store& store, const std::string& code) {
    const Coordinate cellar = door("door:cellar");
    BATPAK_TRY(auto found, Door::load(store, cellar));
    fmt::print("the cellar is {}\n", found.name());
    BATPAK_TRY(auto locked, std::move(found).take<Locked>());  // WrongState, if it is not
    BATPAK_TRY(auto shut, store.transition(cellar, std::move(locked), DoorUnlocked{code}));
    BATPAK_CHECK(store.transition(cellar, std::move(shut.state), DoorOpened{}));
    return {};
}
// [/resume]

// [run_time]
// A state that only the log knows, and an event that only the caller knows.
template <class Event>
std::string attempt(Store& store, const Coordinate& where, const Event& event) {
    auto found = Door::load(store, where);
    if (!found) return found.error().to_string();
    auto done = store.transition(where, std::move(*found), event);
    return done ? std::string(done->state.name()) : done.error().to_string();
}
// [/run_time]

bool expect(const char* what, bool holds) {
    if (!holds) fmt::print("not as expected: {}\n", what);
    return holds;
}

Result<bool> go_on(const std::string& directory) {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig(directory)));
    bool good = true;
    const auto wrong = open_the_cellar(store, "0000");
    good &= expect("a wrong code is denied",
                   !wrong && wrong.error().code() == ErrorCode::TransitionDenied);
    BATPAK_CHECK(open_the_cellar(store, "1234"));

    const Coordinate tower = door("door:tower");
    const std::string refused = attempt(store, tower, DoorUnlocked{"1234"});
    fmt::print("{}\n", refused);
    good &= expect("a shut door is not unlocked", refused.starts_with("IllegalTransition"));
    good &= expect("the tower opens", attempt(store, tower, DoorOpened{}) == "Open");

    // [coverage]
    BATPAK_TRY(const auto coverage, Door::coverage(store, batpak::Region::scope("dungeon")));
    fmt::print("{}", coverage.to_string(Door::table()));
    // [/coverage]
    good &= expect("six events", coverage.events == 6);
    good &= expect("all edges", coverage.never_taken().empty());
    good &= expect("two open doors", coverage.states[0].now == 2);
    BATPAK_CHECK(std::move(store).close());
    return good;
}

}  // namespace

int main() {
    fmt::print("{}", Door::to_mermaid());
    std::fflush(stdout);
    const std::string directory = "./dungeon";
    const pid_t child = ::fork();
    if (child == 0) ::_exit(walk_and_die(directory) ? EXIT_SUCCESS : EXIT_FAILURE);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!expect("the child was killed", WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
        return EXIT_FAILURE;
    const auto good = go_on(directory);
    if (!good) fmt::print("{}\n", good.error().to_string());
    return good && *good ? EXIT_SUCCESS : EXIT_FAILURE;
}
