// Event-sourced aggregate: an object that records what it decides, loaded and saved as a whole.
//
// A program that is built of aggregates keeps them. Loading is a decision on the events of one tag;
// saving is one batch on the condition of that decision. Other aggregates, and other rules, may
// read the same events by their own tags.
#include "together.hpp"

namespace {

using batpak::BatchBuilder;
using batpak::Coordinate;
using batpak::EventKind;
using batpak::Region;
using batpak::Result;
using batpak::Store;

struct CourseDefined {
    static constexpr auto kind = EventKind::custom(0x6, 11);
    static auto tags_of(const CourseDefined& event) { return "course:" + event.course; }
    std::string course;
    int seats = 0;
};
struct SeatsChanged {
    static constexpr auto kind = EventKind::custom(0x6, 12);
    static auto tags_of(const SeatsChanged& event) { return "course:" + event.course; }
    std::string course;
    int seats = 0;
};
struct StudentSubscribed {
    static constexpr auto kind = EventKind::custom(0x6, 13);
    static auto tags_of(const StudentSubscribed& event) {
        return std::array{"course:" + event.course, "student:" + event.student};
    }
    std::string student, course;
};

class Course {
public:
    static constexpr auto projection =
        batpak::projection_of<CourseDefined, SeatsChanged, StudentSubscribed>("course", 1);

    Course() = default;
    explicit Course(std::string id) : id_(std::move(id)) {}
    Region region() const { return Region::tag("course:" + id_); }

    // What may be asked of it. False: it does not do that, and records nothing.
    bool define(int seats) { return seats_ == 0 && record(CourseDefined{id_, seats}); }
    bool change_seats(int seats) {
        return seats != seats_ && seats >= taken_ && record(SeatsChanged{id_, seats});
    }
    bool subscribe(const std::string& student) {
        return taken_ < seats_ && record(StudentSubscribed{student, id_});
    }

    void on(const CourseDefined& defined) { seats_ = defined.seats; }
    void on(const SeatsChanged& changed) { seats_ = changed.seats; }
    void on(const StudentSubscribed&) { ++taken_; }

    int seats() const { return seats_; }
    int taken() const { return taken_; }
    BatchBuilder take_recorded() { return std::exchange(recorded_, {}); }

private:
    template <class Event>
    bool record(const Event& event) {
        recorded_.add(Coordinate::create("course:" + id_, "school").value(), event);
        on(event);
        return true;
    }

    std::string id_;
    int seats_ = 0;
    int taken_ = 0;
    BatchBuilder recorded_;
};

// [repository]
// Loads the course, lets `change` ask of it what it wants, and saves what came of that.
template <class Change>
Result<bool> with_course(Store& store, const std::string& id, const Change& change) {
    return batpak::retry_on_conflict(together::kBudget, [&]() -> Result<bool> {
        BATPAK_TRY(auto model, store.decide(Course(id)));
        const auto condition = model.condition();
        auto [course] = std::move(model).states();
        if (!change(course)) return false;
        BATPAK_CHECK(store.append_batch(course.take_recorded(), {.condition = condition}));
        return true;
    });
}
// [/repository]

constexpr int kStudentsEach = 20;

}  // namespace

int main() {
    Store store = together::open("aggregate-data");
    with_course(store, "c1", [](Course& course) { return course.define(10); }).value();
    std::atomic<int> subscribed{0};
    together::in_eight_threads([&](int thread) {
        for (int i = 0; i < kStudentsEach; ++i) {
            const std::string student = std::to_string(thread * kStudentsEach + i);
            const auto done = with_course(store, "c1", [&](Course& course) {
                // One thread gives more seats, two at a time, together with the one who takes one.
                if (thread == 0 && course.seats() < 30) course.change_seats(course.seats() + 2);
                return course.subscribe(student);
            });
            if (done.value()) ++subscribed;
        }
    });
    const auto model = store.decide(Course("c1")).value();
    const Course& course = model.get<Course>();
    fmt::print("{} of {} seats are taken\n", course.taken(), course.seats());
    const auto stored = store.count(Region::tag("course:c1").with_kind<StudentSubscribed>());
    return together::report("event-sourced aggregate", course.taken() == course.seats() &&
                                                           course.taken() == subscribed &&
                                                           stored == std::uint64_t(subscribed));
}
