// process_end: uses a store at the places where a process or a thread ends, for process_end_test.
//
//     process_end STORE PLACE
//
// PLACE: main, atexit, older-static, younger-static, thread-local, main-thread-local, quick-exit,
// exit-of-thread. Each use() does everything that a program does with a store. The store itself
// is older than all that uses it, and closes it last of all in its destructor.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "batpak/batpak.hpp"

namespace batpak::testing {
namespace {

struct Said {
    static constexpr auto kind = EventKind::custom(0xF, 1);
    std::string text;
};

struct Count {
    static constexpr auto projection = projection_of<Said>("count", 1);
    std::int64_t events = 0;
    void on(const Said& /*said*/) { ++events; }
};

[[noreturn]] void stop(const std::string& what) {
    std::cerr << "process_end: " << what << '\n';
    ::_exit(1);
}

template <class T>
T got(Result<T> result, const char* what) {
    if (!result) stop(std::string(what) + ": " + result.error().to_string());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

std::string place;

void append_all(Store& store, const Coordinate& coordinate) {
    const Said said{std::string(300, 'x')};
    const AppendReceipt receipt = got(store.append(coordinate, said), "append");
    BatchBuilder batch;
    batch.add(coordinate, said);
    batch.add(coordinate, said);
    if (got(store.append_batch(std::move(batch)), "append_batch").size() != 2) stop("batch");
    AppendOptions keyed;
    keyed.idempotency_key = "key of " + place + std::to_string(receipt.sequence.value);
    got(store.append(coordinate, said, keyed), "append with a key");
    got(got(store.submit(coordinate, said), "submit").wait(), "wait");
    got(store.sync(), "sync");
    if (!store.find(receipt.event_id)) stop("find");
}

void read_all(Store& store, const Coordinate& coordinate) {
    std::int64_t events = 0;
    for (const auto& event : store.stream(coordinate.entity())) {
        if (!event) stop("stream: " + event.error().to_string());
        ++events;
    }
    const auto count = got(store.project<Count>(coordinate.entity()), "project");
    if (!count || count->events != events) stop("the fold is another");
    Cursor cursor = got(store.cursor_guaranteed(Region::all(), CursorId("end." + place)), "cursor");
    if (!got(cursor.poll(), "poll")) stop("the cursor has nothing");
    got(cursor.commit(), "commit of the cursor");
    Subscription live = got(store.subscribe_lossy(Region::all()), "subscribe");
    got(store.append(coordinate, Said{"live"}), "append");
    if (!got(live.try_next(), "next of the subscription")) stop("the subscription has nothing");
    if (got(store.verify(), "verify").damage) stop("verify finds damage");
}

class Log {
public:
    void open(const std::string& path) {
        store_.emplace(got(Store::open(StoreConfig(path).with_segment_bytes(64 * 1024)), "open"));
    }
    void use() {
        const auto coordinate = Coordinate::create("process:" + place, "host").value();
        append_all(*store_, coordinate);
        read_all(*store_, coordinate);
        uses_.fetch_add(1);
    }
    Store& store() { return *store_; }
    int uses() const { return uses_.load(); }

private:
    std::optional<Store> store_;
    std::atomic<int> uses_{0};
};

// Not a static object: what ends a process with quick_exit() runs no destructor, and it must be
// closed there as well as elsewhere.
Log& log() {
    static Log the_log;
    return the_log;
}

void say_end() { std::cout << "used " << log().uses() << '\n' << std::flush; }

class UseAtEnd {
public:
    explicit UseAtEnd(bool closes = false) : closes_(closes) {}
    ~UseAtEnd() {
        if (!armed) return;
        log().use();
        say_end();
        if (closes_) got(std::move(log().store()).close(), "close");
    }
    bool armed = false;

private:
    bool closes_;
};

// The log is made before any of these, so that it outlives them.
const bool log_is_oldest = (log(), true);
UseAtEnd static_object;
thread_local UseAtEnd of_thread;

void exit_of_thread() {
    // Others append for as long as the process lives.
    for (int i = 0; i < 2; ++i) {
        std::thread([i] {
            const auto coordinate = Coordinate::create("other:" + std::to_string(i), "h").value();
            AppendOptions buffered;
            buffered.durability = Durability::Buffered;
            for (;;) {
                if (!log().store().append(coordinate, Said{"other"}, buffered)) return;
            }
        }).detach();
    }
    std::thread([] {
        std::atexit([] {
            log().use();
            say_end();
            got(log().store().sync(), "sync");
            ::_exit(0);  // the others still append: the store's destructor may not run beside them
        });
        std::exit(0);
    }).join();
}

void run() {
    if (!log_is_oldest) stop("the log is not there");
    if (place == "main") {
        log().use();
        return say_end();
    }
    if (place == "older-static") {
        static_object.armed = true;  // older than the first append, as it is than main()
        return got(log().store().append(Coordinate::create("e", "s").value(), Said{"first"}),
                   "append"),
               void();
    }
    log().use();
    if (place == "younger-static") {
        static UseAtEnd younger(true);
        younger.armed = true;
    } else if (place == "atexit") {
        std::atexit([] {
            log().use();
            say_end();
        });
    } else if (place == "thread-local") {
        std::thread([] {
            of_thread.armed = true;
            log().use();
        }).join();
        // A thread that has never touched the store before its end.
        std::thread([] { of_thread.armed = true; }).join();
    } else if (place == "main-thread-local") {
        of_thread.armed = true;
    } else if (place == "quick-exit") {
        std::at_quick_exit([] {
            log().use();
            say_end();
            got(std::move(log().store()).close(), "close");
        });
        std::quick_exit(0);
    } else if (place == "exit-of-thread") {
        exit_of_thread();
    } else {
        stop("no such place");
    }
}

}  // namespace
}  // namespace batpak::testing

int main(int count, char** words) {
    if (count != 3) return 2;
    batpak::testing::place = words[2];
    batpak::testing::log().open(words[1]);
    batpak::testing::run();
    return 0;
}
