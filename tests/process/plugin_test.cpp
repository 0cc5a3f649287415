// Goal:   batpak may lie in a library that is loaded, used with all its threads, and unloaded,
// again
//         and again, also beside a second batpak in the same process; what is left of it points
//         into nothing that is gone. Two copies of batpak respect each other's locks (INV L1).
// Method: this program has batpak linked into it and loads libraries that have it as well: one that
//         shows its symbols, one that hides them, which the linker can unload. Each test is a
//         process of its own.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "batpak/store/store.hpp"
#include "process/life_of_a_store.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing::plugin_test {
namespace {

constexpr unsigned kHangSeconds = 300;
constexpr int kLoads = 100;
constexpr int kLives = 5;

class Library {
public:
    explicit Library(const char* path) : handle_(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
        if (handle_ == nullptr) throw std::runtime_error(::dlerror());
    }
    ~Library() { ::dlclose(handle_); }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    std::string live(const std::string& path) const {
        return get<const char*(const char*)>("plugin_live")(path.c_str());
    }
    ErrorCode open(const std::string& path) const {
        return static_cast<ErrorCode>(get<int(const char*)>("plugin_open")(path.c_str()));
    }
    ErrorCode append() const { return static_cast<ErrorCode>(get<int()>("plugin_append")()); }
    void close() const { get<void()>("plugin_close")(); }

private:
    template <class Function>
    Function* get(const char* name) const {
        return reinterpret_cast<Function*>(::dlsym(handle_, name));
    }

    void* handle_;
};

// Whether the library is in the process.
bool is_loaded(const char* path) {
    void* const handle = ::dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (handle != nullptr) ::dlclose(handle);
    return handle != nullptr;
}

struct Kind {
    const char* name;
    const char* path;
    // What shows unique symbols, as GCC makes them, stays once it was loaded.
    bool must_unload;
};

class Plugin : public ::testing::TestWithParam<Kind> {
protected:
    // In a process of its own: 0 if `body` says so.
    template <class Body>
    static int alone(const Body& body) {
        return run_in_child([&] {
            ::alarm(kHangSeconds);
            return body();
        });
    }
    static bool is_well(const std::string& seen) { return seen.starts_with(" at="); }

    const TemporaryDirectory temporary_;
    const char* const path_ = GetParam().path;
};

TEST_P(Plugin, IsLoadedUsedAndUnloadedAgainAndAgain) {
    const int answer = alone([&] {
        for (int i = 0; i < kLoads; ++i) {
            {
                const Library library(path_);
                const std::string store = temporary_ / ("store" + std::to_string(i % kLives));
                if (i < kLives && !is_well(library.live(store))) return 1;
                if (library.open(store) != ErrorCode{} || library.append() != ErrorCode{}) return 2;
                library.close();
            }
            // The main thread keeps buffers of the library's until it ends, and with them it.
            if (run_in_child([] { return 0; }) != 0) return 3;  // fork() calls nothing that is gone
        }
        return 0;
    });
    EXPECT_EQ(answer, 0);
}

TEST_P(Plugin, IsUnloadedWhenTheThreadsThatUsedItEnded) {
    const int answer = alone([&] {
        std::optional<Library> library(std::in_place, path_);
        std::promise<void> used;
        std::promise<void> unloaded;
        std::thread user([&] {
            used.set_value();
            unloaded.get_future().wait();
        });
        // A thread that goes on to live after the library was given up, and ends then.
        bool lived = false;
        std::thread other([&] { lived = is_well(library->live(temporary_ / "store")); });
        other.join();
        used.get_future().wait();
        library.reset();
        const bool gone = !is_loaded(path_);
        unloaded.set_value();
        user.join();
        if (!lived) return 1;
        if (GetParam().must_unload && !gone) return 2;
        return run_in_child([] { return 0; });
    });
    EXPECT_EQ(answer, 0);
}

TEST_P(Plugin, MayBeGivenUpBeforeAThreadThatUsedItEnds) {
    const int answer = alone([&] {
        std::optional<Library> library(std::in_place, path_);
        std::promise<bool> lived;
        std::promise<void> given_up;
        std::thread user([&] {
            lived.set_value(is_well(library->live(temporary_ / "store")));
            given_up.get_future().wait();
            // Here the thread's own buffers of the library's are freed.
        });
        const bool well = lived.get_future().get();
        library.reset();
        given_up.set_value();
        user.join();
        return well ? run_in_child([] { return 0; }) : 1;
    });
    EXPECT_EQ(answer, 0);
}

TEST_P(Plugin, AndTheProgramRespectEachOthersLocks) {
    const int answer = alone([&] {
        const Library library(path_);
        const std::string mine = temporary_ / "mine";
        const std::string its = temporary_ / "its";
        auto store = Store::open(StoreConfig(mine));
        if (!store || library.open(mine) != ErrorCode::StoreLocked) return 1;
        if (library.open(its) != ErrorCode{}) return 2;
        const auto locked = Store::open(StoreConfig(its));
        if (locked || locked.error().code() != ErrorCode::StoreLocked) return 3;
        const auto coordinate = Coordinate::create("program", "host").value();
        for (int i = 0; i < 20; ++i) {
            if (!store->append(coordinate, LifeSaid{"mine"})) return 4;
            if (library.append() != ErrorCode{}) return 5;
        }
        if (!std::move(*store).close()) return 6;
        library.close();
        if (library.open(mine) != ErrorCode{} || library.append() != ErrorCode{}) return 7;
        library.close();
        for (const auto& [path, events] : {std::pair(mine, 21U), std::pair(its, 20U)}) {
            const auto opened = Store::open(StoreConfig(path));
            if (!opened || opened->visible_end() != Sequence(events)) return 8;
            if (opened->verify().value().damage) return 9;
        }
        return 0;
    });
    EXPECT_EQ(answer, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Plugin,
                         ::testing::Values(Kind{"hidden", BATPAK_PLUGIN_HIDDEN, true},
                                           Kind{"shown", BATPAK_PLUGIN_SHOWN, false}),
                         [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace batpak::testing::plugin_test
