// A kind in a reserved category is a compile error where it is a constant.
#include "batpak/coordinate/event_kind.hpp"

using batpak::EventKind;

#ifdef GOOD
constexpr EventKind kMoved = EventKind::custom(0x1, 0x001);
constexpr EventKind kLast = EventKind::custom(0xF, EventKind::kTypeMax);
#endif

#ifdef BAD_system_category  // expect: category_is_reserved_or_out_of_range
constexpr EventKind kKind = EventKind::custom(0x0, 0x001);  // ERROR HERE
#endif

#ifdef BAD_effect_category  // expect: category_is_reserved_or_out_of_range
constexpr EventKind kKind = EventKind::custom(0xD, 0x001);  // ERROR HERE
#endif

#ifdef BAD_wide_category  // expect: category_is_reserved_or_out_of_range
constexpr EventKind kKind = EventKind::custom(0x10, 0x001);  // ERROR HERE
#endif

#ifdef BAD_category_that_wraps  // expect: category_is_reserved_or_out_of_range
constexpr EventKind kKind = EventKind::custom(0x101, 0x001);  // ERROR HERE
#endif

#ifdef BAD_wide_type                                         // expect: type_is_over_12_bits
constexpr EventKind kKind = EventKind::custom(0x1, 0x1000);  // ERROR HERE
#endif

#ifdef BAD_type_that_wraps                                    // expect: type_is_over_12_bits
constexpr EventKind kKind = EventKind::custom(0x1, 0x10001);  // ERROR HERE
#endif

#ifdef BAD_kind_of_a_payload  // expect: category_is_reserved_or_out_of_range
struct Moved {
    static constexpr auto kind = EventKind::custom(0xD, 0x001);  // ERROR HERE
};
#endif

#ifdef BAD_bare_number            // expect: private
constexpr EventKind kKind{1, 1};  // ERROR HERE
#endif
