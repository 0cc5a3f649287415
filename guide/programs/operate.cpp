// What a service does about errors, and what it reports about its store.
#include <batpak/batpak.hpp>

#include <sys/resource.h>
#include <string>

using batpak::Coordinate;
using batpak::ErrorClass;
using batpak::Result;
using batpak::Store;

struct Measured {
    static constexpr auto kind = batpak::EventKind::custom(0x9, 0x001);
    std::string bytes;
};

// The class of an error is enough to know what to do.
const char* reaction(const batpak::Error& error) {
    switch (error.error_class()) {
        case ErrorClass::Invalid: return "a bug, or bad input: report it, do not retry";
        case ErrorClass::NotFound: return "answer that there is no such thing";
        case ErrorClass::Conflict: return "read again, decide again";
        case ErrorClass::Denied: return "answer no, with the reason";
        case ErrorClass::Busy:
        case ErrorClass::WouldBlock:
        case ErrorClass::Timeout: return "retry later, under the same key";
        case ErrorClass::Full: return "alert, free some room, retry";
        case ErrorClass::Io: return "alert, retry";
        case ErrorClass::Poisoned: return "alert, serve reads, open the store again";
        case ErrorClass::Refused: return "alert, do not touch the files: a person must look";
        case ErrorClass::Domain: return "as the domain says";
        case ErrorClass::Closed:
        case ErrorClass::Forked: return "end";
    }
    return "?";
}

void report_health(const Store& store) {
    const batpak::StoreStats stats = store.stats();
    fmt::print("events {}, not durable yet {}, segments {}, poisoned {}\n", stats.events,
               stats.events - stats.durable_events, stats.segments, stats.poisoned);
}

// No file of this process may grow beyond this: as a full disk, but reproducible.
void limit_files_to(rlim_t bytes) {
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

Result<void> run() {
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("./data")));
    const batpak::OpenReport& opened = store.open_report();
    fmt::print("opened: {} events, closed properly {}, a tail was cut {}\n", opened.end,
               opened.was_closed, opened.cut.has_value());
    BATPAK_TRY(const Coordinate sensor, Coordinate::create("sensor:1", "hall"));

    limit_files_to(100'000);
    Result<batpak::AppendReceipt> appended;
    do {
        appended = store.append(sensor, Measured{std::string(10'000, 'x')});
    } while (appended);
    fmt::print("{}: {}\n", appended.error().code(), reaction(appended.error()));
    report_health(store);

    limit_files_to(RLIM_INFINITY);  // room again: the same store goes on
    appended = store.append(sensor, Measured{std::string(10'000, 'x')});
    fmt::print("with room again: {}\n", appended ? "stored" : "refused");

    const auto second = Store::open(batpak::StoreConfig("./data"));
    fmt::print("{}: {}\n", second.error().code(), reaction(second.error()));
    BATPAK_CHECK(std::move(store).close());
    return {};
}

int main() { run().value(); }
