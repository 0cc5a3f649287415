// A drawing program: undo and redo that survive a restart, and a history that forgets nothing.
#include <batpak/batpak.hpp>

#include <map>
#include <string>
#include <vector>

using batpak::Coordinate;
using batpak::EventId;
using batpak::EventKind;
using batpak::EventView;
using batpak::Result;
using batpak::Store;

struct ShapeDrawn {
    static constexpr auto kind = EventKind::custom(0x6, 0x001);
    std::string shape;
};
struct Undone {  // takes back the event `what`, which stays in the log
    static constexpr auto kind = EventKind::custom(0x6, 0x002);
    EventId what;
};
struct Redone {
    static constexpr auto kind = EventKind::custom(0x6, 0x003);
    EventId what;
};

// What is on the canvas, what can be undone, and what can be done again.
struct Canvas {
    static constexpr auto projection =
        batpak::projection_of<ShapeDrawn, Undone, Redone>("canvas", /*version*/ 1);
    std::map<EventId, std::string> shapes;
    std::vector<EventId> done, undone;

    void on(const ShapeDrawn& drawn, const EventView& event) {
        shapes[event.event_id()] = drawn.shape;
        done.push_back(event.event_id());
        undone.clear();  // after a new step there is nothing to do again
    }
    void on(const Undone& step) {
        done.pop_back();
        undone.push_back(step.what);
    }
    void on(const Redone& step) {
        undone.pop_back();
        done.push_back(step.what);
    }
};

class Drawing {
public:
    static Result<Drawing> open(const std::string& file) {
        BATPAK_TRY(Store store, Store::open(batpak::StoreConfig(file)));
        BATPAK_TRY(Coordinate page, Coordinate::create("page:1", "drawing"));
        return Drawing(std::move(store), std::move(page));
    }
    Result<void> draw(const std::string& shape) {
        BATPAK_CHECK(store_.append(page_, ShapeDrawn{shape}));
        return {};
    }
    Result<void> undo() {
        BATPAK_TRY(const Canvas now, canvas());
        if (!now.done.empty()) BATPAK_CHECK(store_.append(page_, Undone{now.done.back()}));
        return {};
    }
    Result<void> redo() {
        BATPAK_TRY(const Canvas now, canvas());
        if (!now.undone.empty()) BATPAK_CHECK(store_.append(page_, Redone{now.undone.back()}));
        return {};
    }
    Result<void> show(const char* when) const {
        BATPAK_TRY(const Canvas now, canvas());
        fmt::print("{}:", when);
        for (const EventId& id : now.done) fmt::print(" {}", now.shapes.at(id));
        BATPAK_TRY(const std::uint64_t steps, store_.count(batpak::Region::entity("page:1")));
        fmt::print(" (history of {} steps)\n", steps);
        return {};
    }

private:
    Drawing(Store store, Coordinate page) : store_(std::move(store)), page_(std::move(page)) {}
    Result<Canvas> canvas() const {
        BATPAK_TRY(auto canvas, store_.project<Canvas>(page_.entity()));
        return canvas ? *std::move(canvas) : Canvas{};
    }

    Store store_;
    Coordinate page_;
};

Result<void> run() {
    {
        BATPAK_TRY(Drawing drawing, Drawing::open("./house.drawing"));
        BATPAK_CHECK(drawing.draw("wall"));
        BATPAK_CHECK(drawing.draw("roof"));
        BATPAK_CHECK(drawing.draw("moon"));
        BATPAK_CHECK(drawing.undo());
        BATPAK_CHECK(drawing.show("in the evening"));
    }
    BATPAK_TRY(Drawing drawing, Drawing::open("./house.drawing"));
    BATPAK_CHECK(drawing.redo());
    BATPAK_CHECK(drawing.show("in the morning, redone"));
    BATPAK_CHECK(drawing.undo());
    BATPAK_CHECK(drawing.undo());
    BATPAK_CHECK(drawing.draw("tree"));
    BATPAK_CHECK(drawing.show("two undone, a tree instead"));
    BATPAK_CHECK(drawing.redo());
    BATPAK_CHECK(drawing.show("nothing to do again"));
    return {};
}

int main() { run().value(); }
