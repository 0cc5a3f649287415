// Test your decisions: given these events, when this is asked for, then these are appended.
//
// The code under test reserves seats. Its tests run in a store in memory, take no test framework,
// and say what they found. The second kind of test is the first one, crashed at every I/O call: a
// customer who does not know whether he has a seat asks again, and must not get two. The third kind
// lets one named step of the store fail, and looks at what the caller is told.
#include <batpak/batpak.hpp>
#include <batpak/testing/environment.hpp>
#include <batpak/testing/given.hpp>
#include <batpak/testing/injectors.hpp>

#include <cstdlib>
#include <string>

namespace {

using batpak::Coordinate;
using batpak::ErrorCode;
using batpak::Result;
using batpak::Store;
using batpak::testing::any_io;
using batpak::testing::event;
using batpak::testing::given;

// ---- the code under test

struct SeatReserved {
    static constexpr auto kind = batpak::EventKind::custom(0x3, 0x002);
    int seat = 0;
    std::string customer;
};

constexpr int kSeats = 2;

const Coordinate& show() {
    static const Coordinate coordinate = Coordinate::create("show:7", "theatre").value();
    return coordinate;
}

// The next free seat. Asking again gives the same one.
Result<int> reserve(Store& store, const std::string& customer) {
    BATPAK_TRY(const auto taken, store.stream(show().entity()).collect<SeatReserved>());
    for (const auto& reserved : taken) {
        if (reserved.payload().customer == customer) return reserved.payload().seat;
    }
    const int seat = static_cast<int>(taken.size()) + 1;
    if (seat > kSeats) return batpak::fail(ErrorCode::InvalidArgument, "sold out");
    // Nobody else took it meanwhile.
    const auto expect = taken.empty() ? batpak::ExpectedVersion::none()
                                      : batpak::ExpectedVersion::exactly(taken.size() - 1);
    BATPAK_CHECK(store.append(show(), SeatReserved{seat, customer}, {.expect = expect}));
    return seat;
}

// ---- its tests

int failures = 0;

template <class Report>
void expect(const char* name, const Report& report) {
    fmt::print("{}: {}\n", name, report.ok() ? "ok" : report.to_string());
    if (!report.ok()) ++failures;
}

void test_decisions() {
    const auto bob_asks = [](Store& store) { return reserve(store, "bob"); };
    // [given]
    expect("the next seat", given(event(show(), SeatReserved{1, "alice"}))
                                .when(bob_asks)
                                .then(event(show(), SeatReserved{2, "bob"})));
    expect("asking again", given(event(show(), SeatReserved{1, "bob"})).when(bob_asks).then());
    expect("sold out",
           given(event(show(), SeatReserved{1, "alice"}), event(show(), SeatReserved{2, "carol"}))
               .when(bob_asks)
               .then_error(ErrorCode::InvalidArgument));
    // [/given]
    // [crash_at]
    expect("asking again after any crash", given(event(show(), SeatReserved{1, "alice"}))
                                               .when(bob_asks)
                                               .crash_at(any_io)
                                               .then(event(show(), SeatReserved{2, "bob"})));
    // [/crash_at]
}

Result<void> test_a_failed_sync() {
    // [inject]
    using batpak::InjectionPoint;
    namespace testing = batpak::testing;
    auto injector = std::make_shared<testing::CountdownInjector>(
        testing::Countdown{.point = InjectionPoint::BeforeSync, .arrival = 1}, testing::fail_io());
    batpak::Environment environment = testing::memory_environment();
    environment.faults = injector;
    const auto config = batpak::StoreConfig("theatre").with_environment(environment);

    BATPAK_TRY(Store store, Store::open(config));
    BATPAK_TRY(const int seat, reserve(store, "alice"));  // arrival 0 at BeforeSync
    const Result<int> unknown = reserve(store, "bob");    // arrival 1
    // [/inject]
    const bool told = !unknown && unknown.error().code() == ErrorCode::Poisoned;
    fmt::print("a failed sync: alice has seat {}, bob is told: {}\n", seat,
               unknown ? "a seat" : unknown.error().to_string());
    if (!injector->fired() || !told) ++failures;
    return {};
}

}  // namespace

int main() {
    test_decisions();
    if (const auto ran = test_a_failed_sync(); !ran) {
        fmt::print(stderr, "{}\n", ran.error().to_string());
        return EXIT_FAILURE;
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
