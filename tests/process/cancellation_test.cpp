// Goal:   no function of batpak is a cancellation point: a thread that is cancelled inside one
//         finishes it, so that nothing is half done, no other thread waits for it, and no
//         destructor is left by an exception (INV L5).
// Method: a thread that was cancelled already lives the whole life of a store. Any cancellation
//         point in it would end the thread there; it ends at the first one of its own, afterwards.
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include "process/life_of_a_store.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing::cancellation_test {
namespace {

constexpr unsigned kHangSeconds = 300;

struct Cancelled {
    std::string path;
    std::string seen{};
};

extern "C" void* live_cancelled(void* given) {
    auto& thread = *static_cast<Cancelled*>(given);
    ::pthread_cancel(::pthread_self());
    thread.seen = LifeOfAStore(thread.path).live();
    ::pthread_testcancel();
    return nullptr;
}

TEST(Cancellation, WaitsUntilTheCallIsDone) {
    ::alarm(kHangSeconds);
    const TemporaryDirectory temporary;
    const std::string quiet = LifeOfAStore(temporary / "quiet").live();
    ASSERT_TRUE(quiet.starts_with(" at=")) << quiet;

    Cancelled thread{temporary / "cancelled"};
    pthread_t number{};
    ASSERT_EQ(::pthread_create(&number, nullptr, &live_cancelled, &thread), 0);
    void* answer = nullptr;
    ASSERT_EQ(::pthread_join(number, &answer), 0);
    EXPECT_EQ(answer, PTHREAD_CANCELED);
    EXPECT_EQ(thread.seen, quiet);

    const auto store = Store::open(StoreConfig(thread.path));
    ASSERT_TRUE(store) << store.error().to_string();
    EXPECT_FALSE(store->verify().value().damage.has_value());
    ::alarm(0);
}

}  // namespace
}  // namespace batpak::testing::cancellation_test
