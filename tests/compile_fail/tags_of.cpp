// A type that means to name its tags, and does not, is told so where it is appended.
#include <array>
#include <string>
#include <vector>

#include "batpak/event/payload_codec.hpp"
#include "batpak/store/store.hpp"

using namespace batpak;

#ifdef GOOD
struct Enrolled {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    static auto tags_of(const Enrolled& event) {
        return std::array{"student:" + event.student, "course:" + event.course};
    }
    std::string student, course;
};
struct Left {
    static constexpr auto kind = EventKind::custom(0x1, 0x002);
    static std::string tags_of(const Left& event) { return event.student; }
    std::string student;
};
bool append(Store& store, const Coordinate& coordinate) {
    return store.append(coordinate, Enrolled{}) && store.append(coordinate, Left{});
}
#endif

#ifdef BAD_number  // expect: write .static auto tags_of\(const P& event\)
struct Enrolled {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    static auto tags_of(const Enrolled& event) { return event.student; }
    int student = 0;
};
bool append(Store& store, const Coordinate& coordinate) {
    return store.append(coordinate, Enrolled{}).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_member_function  // expect: write .static auto tags_of\(const P& event\)
struct Enrolled {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    std::vector<std::string> tags_of() const { return {student}; }
    std::string student;
};
bool append(Store& store, const Coordinate& coordinate) {
    return store.append(coordinate, Enrolled{}).has_value();  // ERROR HERE
}
#endif

#ifdef BAD_event_of_another_type  // expect: write .static auto tags_of\(const P& event\)
struct Other {
    std::string student;
};
struct Enrolled {
    static constexpr auto kind = EventKind::custom(0x1, 0x001);
    static std::string tags_of(const Other& event) { return event.student; }
    std::string student;
};
bool append(Store& store, const Coordinate& coordinate) {
    return store.append(coordinate, Enrolled{}).has_value();  // ERROR HERE
}
#endif
