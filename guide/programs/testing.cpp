// Tests of code that decides: in memory, crashed at each call to the disk, and with a failing sync.
#include <batpak/batpak.hpp>
#include <batpak/testing/environment.hpp>
#include <batpak/testing/given.hpp>
#include <batpak/testing/injectors.hpp>

#include <cstdlib>
#include <memory>
#include <string>

using batpak::Coordinate;
using batpak::Environment;
using batpak::Result;
using batpak::Store;
namespace testing = batpak::testing;

struct CouponUsed {
    static constexpr auto kind = batpak::EventKind::custom(0x8, 0x001);
    std::string order;
};

Coordinate coupon() { return Coordinate::create("coupon:SPRING", "shop").value(); }

// The code under test: a coupon is used once. The same order may ask again.
Result<void> use_coupon(Store& store, const std::string& order) {
    batpak::AppendOptions options{.expect = batpak::ExpectedVersion::none()};
    options.idempotency_key = "coupon for " + order;
    BATPAK_CHECK(store.append(coupon(), CouponUsed{order}, options));
    return {};
}

// The same, forgetful: it does not recognise its own first try.
Result<void> use_coupon_without_key(Store& store, const std::string& order) {
    BATPAK_CHECK(store.append(coupon(), CouponUsed{order}));
    return {};
}

int failures = 0;

template <class Report>
void expect(const char* what, bool ok, const Report& report) {
    if (report.ok() != ok) ++failures;
    fmt::print("{}: {}\n", what, report.ok() ? "holds" : "does not hold");
}

void decisions() {
    const auto order_2 = [](Store& store) { return use_coupon(store, "order 2"); };
    const auto forgetful = [](Store& store) { return use_coupon_without_key(store, "order 2"); };
    const auto used = testing::event(coupon(), CouponUsed{"order 2"});
    expect("used once", true, testing::given().when(order_2).then(used));
    expect("not used twice", true,
           testing::given(testing::event(coupon(), CouponUsed{"order 1"}))
               .when(order_2)
               .then_error(batpak::ErrorCode::VersionConflict));
    expect("once, whenever the power fails", true,
           testing::given().when(order_2).crash_at(testing::any_io).then(used));
    expect("once, without a key", false,
           testing::given().when(forgetful).crash_at(testing::any_io).then(used));
}

// What a caller is told when the first sync of an append fails.
Result<void> failing_sync() {
    auto fault = std::make_shared<testing::CountdownInjector>(
        testing::Countdown{.point = batpak::InjectionPoint::BeforeSync}, testing::fail_io());
    Environment machine = testing::memory_environment();
    machine.faults = fault;
    BATPAK_TRY(Store store, Store::open(batpak::StoreConfig("shop").with_environment(machine)));
    const Result<void> unknown = use_coupon(store, "order 1");
    fmt::print("a failed sync: {}\n", to_string(unknown.error().error_class()));
    return {};
}

int main() {
    decisions();
    failing_sync().value();
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
