#include "batpak/base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>

namespace batpak {
namespace {

Error disk_full() {
    return Error(ErrorCode::DiskFull, "no room: free some, then try again").at("segments/1.seg");
}

// The text of what value() throws.
template <class R>
std::string text_of_value(R&& result) {
    try {
        std::forward<R>(result).value();
    } catch (const std::exception& thrown) {
        return thrown.what();
    }
    return "nothing was thrown";
}

TEST(Result, IsAsLargeAsWhatItStandsOn) {
    static_assert(sizeof(Result<int>) == sizeof(tl::expected<int, Error>));
    static_assert(sizeof(Result<void>) == sizeof(tl::expected<void, Error>));
    static_assert(std::is_nothrow_move_constructible_v<Result<std::string>>);
    static_assert(!std::is_copy_constructible_v<Result<std::unique_ptr<int>>>);
}

TEST(Result, ValueGivesTheValue) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    EXPECT_EQ(*result.value(), 7);
    EXPECT_EQ(*std::as_const(result).value(), 7);
    const std::unique_ptr<int> taken = std::move(result).value();
    EXPECT_EQ(*taken, 7);
    Result<void>().value();
}

TEST(Result, ValueOfAnErrorThrowsItsText) {
    const std::string text = disk_full().to_string();
    EXPECT_EQ(text, "DiskFull in segments/1.seg: no room: free some, then try again");
    Result<int> number = fail(disk_full());
    EXPECT_EQ(text_of_value(number), text);
    EXPECT_EQ(text_of_value(std::as_const(number)), text);
    EXPECT_EQ(text_of_value(std::move(number)), text);
    EXPECT_EQ(text_of_value(Result<void>(fail(disk_full()))), text);
}

TEST(Result, WhatIsThrownHasTheError) {
    try {
        Result<int>(fail(disk_full())).value();
        FAIL() << "nothing was thrown";
    } catch (const tl::bad_expected_access<Error>& thrown) {
        EXPECT_EQ(thrown.error().code(), ErrorCode::DiskFull);
    }
}

TEST(Result, MemoryThatRanOutIsThrownAsSuch) {
    const Error error(ErrorCode::OutOfMemory, "memory ran out");
    try {
        Result<void>(fail(error)).value();
        FAIL() << "nothing was thrown";
    } catch (const std::bad_alloc& thrown) {
        EXPECT_EQ(thrown.what(), error.to_string());
    }
}

TEST(ResultDeathTest, TheTextIsTheLastWordOfAProgramThatCatchesNothing) {
    const auto ask = []() noexcept { Result<int>(fail(disk_full())).value(); };
    EXPECT_DEATH(ask(), "DiskFull in segments/1.seg: no room: free some, then try again");
    EXPECT_DEATH(detail::abort_with(disk_full()), "value\\(\\) of a Result.*DiskFull in segments");
}

TEST(Result, TakesWhatTlExpectedTakes) {
    Result<std::string> text = tl::expected<std::string, Error>("a");
    EXPECT_EQ(*text, "a");
    text = "b";
    EXPECT_EQ(*text, "b");
    text = fail(disk_full());
    EXPECT_EQ(text.error().code(), ErrorCode::DiskFull);
    text = tl::expected<std::string, Error>("c");
    EXPECT_EQ(text.value_or("none"), "c");
    const Result<std::string> longer = Result<const char*>("d");
    EXPECT_EQ(longer.value(), "d");
    EXPECT_TRUE(longer == std::string("d"));
    const tl::expected<std::string, Error>& as_before = longer;
    EXPECT_TRUE(as_before.has_value());
}

TEST(Result, ItsFunctionsAnswerWithResults) {
    const auto half = [](int number) -> Result<int> {
        if (number % 2 != 0) return fail(ErrorCode::InvalidArgument, "odd");
        return number / 2;
    };
    const Result<int> eight = 8;
    EXPECT_EQ(eight.and_then(half).value(), 4);
    EXPECT_EQ(Result<int>(3).and_then(half).error().detail(), "odd");
    EXPECT_EQ(eight.map([](int number) { return std::to_string(number); }).value(), "8");
    EXPECT_EQ(eight.transform([](int number) { return number + 1; }).value(), 9);
    eight.map([](int) {}).value();
    EXPECT_EQ(Result<void>().and_then([] { return Result<int>(1); }).value(), 1);
    EXPECT_EQ(Result<void>().map([] { return 2; }).value(), 2);

    const Result<int> failed = fail(disk_full());
    EXPECT_EQ(text_of_value(failed.map([](int number) { return number; })),
              disk_full().to_string());
    EXPECT_EQ(failed.or_else([](const Error&) { return Result<int>(5); }).value(), 5);
    EXPECT_EQ(failed.or_else([](const Error&) {}).error().code(), ErrorCode::DiskFull);
    EXPECT_EQ(failed.map_error([](const Error& error) { return error.code(); }).error(),
              ErrorCode::DiskFull);
}

// Before C++23 a loop does not keep what its range is a part of.
TEST(Result, ALoopOverTheValueOfACallIsOverWhatIsThere) {
    static_assert(
        std::is_same_v<decltype(std::declval<Result<std::string>>().value()), std::string>);
    const auto numbers = [] { return Result<std::vector<int>>(std::vector<int>{1, 2, 3}); };
    int sum = 0;
    for (const int number : numbers().value()) sum += number;
    EXPECT_EQ(sum, 6);
}

}  // namespace
}  // namespace batpak
