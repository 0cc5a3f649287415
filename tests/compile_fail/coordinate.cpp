// A Coordinate exists only if create() made it, and what create() says cannot be ignored.
#include "batpak/coordinate/coordinate.hpp"

using batpak::Coordinate;

#ifdef GOOD
bool good() { return Coordinate::create("player:alice", "room:dungeon").has_value(); }
#endif

#ifdef BAD_default_construction  // expect: no matching (function|constructor)
Coordinate nobody;               // ERROR HERE
#endif

#ifdef BAD_aggregate_init                          // expect: private
Coordinate unchecked{"player:alice", "a\nscope"};  // ERROR HERE
#endif

#ifdef BAD_writable_part  // expect: (discards qualifiers|const|no viable|passing)
void rename(Coordinate& coordinate) {
    coordinate.entity() = "player:bob";  // ERROR HERE
}
#endif

#ifdef BAD_ignored_result  // expect: (ignoring return|nodiscard)
void ignore() {
    Coordinate::create("player:alice", "room:dungeon");  // ERROR HERE
}
#endif
