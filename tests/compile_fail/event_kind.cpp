// A kind in a reserved category is a compile error where it is a constant.
#include "batpak/coordinate/event_kind.hpp"

using batpak::EventKind;

#ifdef GOOD
constexpr EventKind kMoved = EventKind::custom(0x1, 0x001);
constexpr EventKind kLast = EventKind::custom(0xF, EventKind::kTypeMax);
#endif

#ifdef BAD_system_category  // expect: (non-.constexpr. function|constant expression)
constexpr EventKind kKind = EventKind::custom(0x0, 0x001);  // ERROR HERE
#endif

#ifdef BAD_effect_category  // expect: (non-.constexpr. function|constant expression)
constexpr EventKind kKind = EventKind::custom(0xD, 0x001);  // ERROR HERE
#endif

#ifdef BAD_wide_type  // expect: (non-.constexpr. function|constant expression)
constexpr EventKind kKind = EventKind::custom(0x1, 0x1000);  // ERROR HERE
#endif

#ifdef BAD_bare_number            // expect: private
constexpr EventKind kKind{1, 1};  // ERROR HERE
#endif
