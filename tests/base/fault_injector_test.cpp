#include "batpak/base/fault_injector.hpp"

#include <gtest/gtest.h>

#include <set>

namespace batpak {
namespace {

// A point that is added and not listed would be tried by no test that goes through the list.
TEST(FaultInjector, ListsEveryPointInOrder) {
    for (std::size_t i = 0; i < kInjectionPoints.size(); ++i)
        EXPECT_EQ(static_cast<std::size_t>(kInjectionPoints[i]), i);
    EXPECT_EQ(kInjectionPoints.back(), InjectionPoint::BeforeMark);
}

TEST(FaultInjector, EachPointHasANameOfItsOwn) {
    std::set<std::string_view> names;
    for (const InjectionPoint point : kInjectionPoints) {
        const std::string_view name = to_string(point);
        EXPECT_TRUE(name.starts_with("Before") || name.starts_with("After")) << name;
        EXPECT_TRUE(names.insert(name).second) << name;
    }
}

TEST(FaultInjector, NamesAreSpelledAsTheEnumerators) {
    EXPECT_EQ(to_string(InjectionPoint::AfterLock), "AfterLock");
    EXPECT_EQ(to_string(InjectionPoint::BeforeSync), "BeforeSync");
    EXPECT_EQ(to_string(InjectionPoint::BeforeMark), "BeforeMark");
}

}  // namespace
}  // namespace batpak
