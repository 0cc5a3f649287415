#include "batpak/testing/injectors.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

constexpr InjectionPoint kWrite = InjectionPoint::BeforeWrite;
constexpr InjectionPoint kSync = InjectionPoint::BeforeSync;

// Whether each of `count` arrivals at `point` failed: "..x." for the third of four.
std::string failures(FaultInjector& injector, InjectionPoint point, int count) {
    std::string seen;
    for (int i = 0; i < count; ++i) seen += injector.reached(point) ? 'x' : '.';
    return seen;
}

TEST(InjectionPoint, EachHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const InjectionPoint point : kInjectionPoints) names.insert(to_string(point));
    EXPECT_EQ(names.size(), kInjectionPoints.size());
    EXPECT_EQ(to_string(InjectionPoint::BeforeMark), "BeforeMark");
    // The list has all of them: the last one's number is that of the last of the list.
    EXPECT_EQ(static_cast<std::size_t>(InjectionPoint::BeforeMark) + 1, kInjectionPoints.size());
    EXPECT_EQ(kInjectionPoints.back(), InjectionPoint::BeforeMark);
}

TEST(CountdownInjector, ActsOnceAtTheArrivalThatItWasToldOf) {
    CountdownInjector injector({.point = kSync, .arrival = 2}, fail_io());
    EXPECT_EQ(failures(injector, kWrite, 5), ".....");
    EXPECT_FALSE(injector.fired());
    EXPECT_EQ(failures(injector, kSync, 5), "..x..");
    EXPECT_TRUE(injector.fired());
    EXPECT_EQ(injector.arrivals(), 5U);
}

TEST(CountdownInjector, RepeatsIfItIsToldTo) {
    CountdownInjector injector({.point = kSync, .arrival = 2, .repeats = true}, fail_io());
    EXPECT_EQ(failures(injector, kSync, 5), "..xxx");
}

TEST(CountdownInjector, WithoutAPointCountsAllOfThem) {
    CountdownInjector injector({.point = std::nullopt, .arrival = 1}, fail_io());
    EXPECT_EQ(failures(injector, kWrite, 1), ".");
    EXPECT_EQ(failures(injector, kSync, 2), "x.");
}

TEST(CountdownInjector, ActsAtTheVeryFirst) {
    CountdownInjector injector({.point = kWrite, .arrival = 0}, fail_io());
    EXPECT_EQ(failures(injector, kWrite, 2), "x.");
}

TEST(Injection, ErrorsNameTheArrival) {
    CountdownInjector io({.point = kSync, .arrival = 0}, fail_io());
    const Error error = io.reached(kSync).value();
    EXPECT_EQ(error.code(), ErrorCode::Io);
    EXPECT_EQ(error.os_error(), EIO);
    EXPECT_EQ(error.detail(), "injected at BeforeSync, arrival 0");
    CountdownInjector full({.point = kSync, .arrival = 0}, fail_disk_full());
    const Error no_room = full.reached(kSync).value();
    EXPECT_EQ(no_room.code(), ErrorCode::DiskFull);
    EXPECT_EQ(no_room.os_error(), ENOSPC);
}

TEST(Injection, MayLetTheStepGoOn) {
    int seen = 0;
    CountdownInjector injector({.point = kSync, .arrival = 1}, [&](const Arrival& arrival) {
        seen += static_cast<int>(arrival.number);
        return std::nullopt;
    });
    EXPECT_EQ(failures(injector, kSync, 3), "...");
    EXPECT_EQ(seen, 1);
    EXPECT_TRUE(injector.fired());
}

TEST(Injection, APowerCutStopsTheDisk) {
    const auto disk = std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    ASSERT_TRUE(disk->open_directory("/before", true));
    CountdownInjector injector({.point = kSync, .arrival = 0}, cut_power(disk));
    EXPECT_EQ(injector.reached(kSync).value().code(), ErrorCode::Io);
    EXPECT_FALSE(disk->open_directory("/after", true));
    EXPECT_TRUE(disk->crashed());
}

TEST(ProbabilisticInjector, RepeatsBySeedAndDiffersBetweenSeeds) {
    const auto run = [](std::uint64_t seed) {
        ProbabilisticInjector injector({.point = kSync, .per_million = 300'000, .seed = seed},
                                       fail_io());
        return failures(injector, kSync, 60);
    };
    EXPECT_EQ(run(1), run(1));
    EXPECT_NE(run(1), run(2));
}

TEST(ProbabilisticInjector, ActsAboutAsOftenAsItWasToldTo) {
    ProbabilisticInjector injector({.per_million = 250'000, .seed = 7}, fail_io());
    (void)failures(injector, kSync, 4000);
    EXPECT_GT(injector.fired(), 900U);
    EXPECT_LT(injector.fired(), 1100U);
}

TEST(ProbabilisticInjector, NeverAndAlwaysAreExact) {
    ProbabilisticInjector never({.point = kSync, .per_million = 0, .seed = 3}, fail_io());
    ProbabilisticInjector always({.point = kSync, .per_million = 1'000'000, .seed = 3}, fail_io());
    EXPECT_EQ(failures(never, kSync, 50), std::string(50, '.'));
    EXPECT_EQ(failures(always, kSync, 50), std::string(50, 'x'));
    EXPECT_EQ(failures(always, kWrite, 5), ".....");
}

TEST(ProbabilisticInjector, SaysItsSeedInItsErrorsAndInItsLine) {
    ProbabilisticInjector injector({.point = kSync, .per_million = 1'000'000, .seed = 42},
                                   fail_io());
    EXPECT_EQ(injector.reached(kSync).value().detail(),
              "injected at BeforeSync, arrival 0, seed 42");
    EXPECT_EQ(injector.to_string(),
              "ProbabilisticInjector at BeforeSync: 1000000 of 1000000, seed 42; 1 of 1 arrivals "
              "failed");
}

TEST(RecordingInjector, LetsEverythingGoOnAndRemembersIt) {
    RecordingInjector injector;
    EXPECT_EQ(failures(injector, kWrite, 1), ".");
    EXPECT_EQ(failures(injector, kSync, 2), "..");
    EXPECT_EQ(injector.points(), (std::vector{kWrite, kSync, kSync}));
    EXPECT_EQ(injector.count(kSync), 2U);
    EXPECT_EQ(injector.count(InjectionPoint::BeforeMark), 0U);
}

}  // namespace
}  // namespace batpak::testing
