// Course subscriptions: a subscription concerns a course and a student, and a rule of each.
//
// A course has so many seats, a student takes at most three courses, and none of them twice. With
// one stream for each, no single version could guard all three rules; here the event has two tags,
// and the decision rests on three small states.
#include <map>
#include <set>

#include "together.hpp"

namespace {

using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

// [events]
struct CourseDefined {
    static constexpr auto kind = EventKind::custom(0x6, 1);
    static auto tags_of(const CourseDefined& event) { return "course:" + event.course; }
    std::string course;
    int seats = 0;
};
struct StudentSubscribed {
    static constexpr auto kind = EventKind::custom(0x6, 2);
    static auto tags_of(const StudentSubscribed& event) {
        return std::array{"course:" + event.course, "student:" + event.student};
    }
    std::string student, course;
};
// [/events]

// [states]
struct CourseSeats {
    static constexpr auto projection =
        batpak::projection_of<CourseDefined, StudentSubscribed>("course-seats", 1);
    std::string course;
    int seats = 0, taken = 0;
    Region region() const { return Region::tag("course:" + course); }
    void on(const CourseDefined& defined) { seats = defined.seats; }
    void on(const StudentSubscribed&) { ++taken; }
};
struct StudentLoad {
    static constexpr auto projection = batpak::projection_of<StudentSubscribed>("student-load", 1);
    std::string student;
    std::set<std::string> courses{};
    Region region() const { return Region::tag("student:" + student); }
    void on(const StudentSubscribed& subscribed) { courses.insert(subscribed.course); }
};
// [/states]

constexpr std::size_t kCoursesMax = 3;

enum class Answer { Subscribed, NoSuchCourse, CourseIsFull, TooManyCourses, AlreadySubscribed };

// [decide]
Result<Answer> subscribe(Store& store, const std::string& student, const std::string& course) {
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<Answer> {
        BATPAK_TRY(const auto model, store.decide(CourseSeats{course}, StudentLoad{student}));
        const auto& [seats, load] = model.states();
        if (seats.seats == 0) return Answer::NoSuchCourse;
        if (load.courses.contains(course)) return Answer::AlreadySubscribed;
        if (seats.taken >= seats.seats) return Answer::CourseIsFull;
        if (load.courses.size() >= kCoursesMax) return Answer::TooManyCourses;
        BATPAK_TRY(const auto where, Coordinate::create("student:" + student, "school"));
        BATPAK_CHECK(store.append(where, StudentSubscribed{student, course},
                                  {.condition = model.condition()}));
        return Answer::Subscribed;
    });
}
// [/decide]

constexpr int kCourses = 6;
constexpr int kSeats = 5;
constexpr int kStudents = 20;

// Knows nothing of the states above: counts what is in the log.
bool audit(const Store& store) {
    std::map<std::string, int> of_course;
    std::map<std::string, std::set<std::string>> of_student;
    int subscriptions = 0;
    for (const auto& event : store.by_fact(StudentSubscribed::kind)) {
        const auto subscribed = event->as<StudentSubscribed>().value();
        ++subscriptions;
        if (++of_course[subscribed.course] > kSeats) return false;
        if (!of_student[subscribed.student].insert(subscribed.course).second) return false;
        if (of_student[subscribed.student].size() > kCoursesMax) return false;
    }
    // There are more students than seats, and each tried every course.
    return subscriptions == kCourses * kSeats;
}

}  // namespace

int main() {
    Store store = together::open("course-data");
    const auto school = Coordinate::create("school", "school").value();
    for (int i = 0; i < kCourses; ++i)
        store.append(school, CourseDefined{"c" + std::to_string(i), kSeats}).value();
    together::in_eight_threads([&](int thread) {
        for (int i = 0; i < kStudents * kCourses; ++i) {
            const int turn = (i * 7 + thread * 13) % (kStudents * kCourses);
            subscribe(store, "s" + std::to_string(turn % kStudents),
                      "c" + std::to_string(turn / kStudents))
                .value();
        }
    });
    const bool no_such_course = subscribe(store, "s0", "c99").value() == Answer::NoSuchCourse;
    return together::report("course subscriptions", audit(store) && no_such_course);
}
