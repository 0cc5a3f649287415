// Goal:   a store can be used until its own destructor has run, wherever a process or a thread
//         ends, in any order of destruction; what was acknowledged there is stored.
// Method: a program of its own for each place (tests/programs/process_end.cpp), which does at that
//         place all that a program does with a store. It must end well, and its store is opened
//         again and verified. Under the address sanitizer a look at freed memory ends it.
#include <gtest/gtest.h>
#include <unistd.h>

#include "batpak/store/store.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

constexpr unsigned kHangSeconds = 120;

// What one use of the store appends to the entity of its place: two appends, a batch of two, a
// ticket, and what the subscription hears of.
constexpr std::uint64_t kEventsOfUse = 6;

struct Place {
    const char* name;
    std::uint64_t uses;
};

class ProcessEnd : public ::testing::TestWithParam<Place> {};

TEST_P(ProcessEnd, TheStoreCanBeUsedThere) {
    const TemporaryDirectory temporary;
    const std::string path = temporary / "store";
    const int answer = run_in_child([&] {
        ::alarm(kHangSeconds);
        ::execl(BATPAK_PROCESS_END, "process_end", path.c_str(), GetParam().name, nullptr);
        return 99;
    });
    EXPECT_EQ(answer, 0);
    const auto store = Store::open(StoreConfig(path));
    ASSERT_TRUE(store) << store.error().to_string();
    EXPECT_FALSE(store->verify().value().damage.has_value());
    const std::string entity = std::string("process:") + GetParam().name;
    EXPECT_EQ(store->count(Region::entity(entity)).value(), kEventsOfUse * GetParam().uses);
}

INSTANTIATE_TEST_SUITE_P(Places, ProcessEnd,
                         ::testing::Values(Place{"main", 1}, Place{"atexit", 2},
                                           Place{"older-static", 1}, Place{"younger-static", 2},
                                           Place{"thread-local", 4}, Place{"main-thread-local", 2},
                                           Place{"quick-exit", 2}, Place{"exit-of-thread", 2}),
                         [](const auto& named) {
                             std::string name = named.param.name;
                             std::erase(name, '-');
                             return name;
                         });

}  // namespace
}  // namespace batpak::testing
