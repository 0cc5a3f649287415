// Goal:   a process that reaches a limit of its own, or of its disk, is told so by the call that
//         met it, lives on, and goes on when there is room again; what it was told is stored, is.
// Method: a child process with a real store, which sets the limit, appends until calls fail, lifts
//         it, and goes on; another process opens what it left.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <new>

#include "batpak/store/store.hpp"
#include "support/child_process.hpp"
#include "support/sanitizers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

using testing::TemporaryDirectory;

constexpr auto kKind = EventKind::custom(0xF, 1);
constexpr int kOk = 0;

void limit(int resource, std::uint64_t most) {
    rlimit now{};
    ::getrlimit(resource, &now);
    now.rlim_cur = std::min<rlim_t>(most, now.rlim_max);
    ::setrlimit(resource, &now);
}

std::uint64_t address_space_bytes() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// A program that appends, and counts what it was told is stored.
class Appender {
public:
    explicit Appender(const StoreConfig& config) : store_(Store::open(config).value()) {}

    // Whether it was stored. `names`: of how many bytes.
    bool append(std::size_t names) {
        std::string entity = std::to_string(made_++);
        entity.resize(std::max(entity.size(), names), 'e');
        try {
            const auto coordinate = Coordinate::create(entity, "s");
            const auto answer = store_.append_raw(coordinate.value(), kKind, as_bytes(payload_));
            stored_ += answer ? 1U : 0U;
            if (!answer) code_ = answer.error().code();
            return answer.has_value();
        } catch (const std::bad_alloc&) {
            code_ = ErrorCode::OutOfMemory;
            return false;
        }
    }
    // Appends until that fails, at most so often; then a few times more.
    bool reaches_the_limit(std::size_t names) {
        for (int i = 0; i < 2'000'000; ++i) {
            if (append(names)) continue;
            for (int more = 0; more < 20; ++more) (void)append(names);
            return true;
        }
        return false;
    }
    ErrorCode code() const { return code_; }
    bool poisoned() const { return store_.stats().poisoned; }

    // Appends, syncs and closes without a failure; how many events the store must have.
    std::optional<std::uint64_t> goes_on() {
        for (int i = 0; i < 50; ++i)
            if (!append(10)) return std::nullopt;
        if (!store_.sync() || !std::move(store_).close()) return std::nullopt;
        return stored_;
    }

    void set_payload(std::size_t bytes) { payload_.assign(bytes, 'p'); }

private:
    Store store_;
    std::string payload_ = "p";
    std::uint64_t made_ = 0;
    std::uint64_t stored_ = 0;
    ErrorCode code_{};
};

bool is_whole(const StoreConfig& config, std::uint64_t events) {
    const auto store = Store::open(config);
    if (!store || store->visible_end().value != events) return false;
    const auto report = store->verify();
    return report && !report->damage;
}

// Whether a sanitizer needs for itself what a test takes away.
bool is_needed_by_a_sanitizer(const char* what) {
    if (testing::kAddressSanitized)
        std::cout << "not run: the sanitizers of this build need " << what << " themselves\n";
    return testing::kAddressSanitized;
}

TEST(Limits, OfAddressSpace) {
    if (is_needed_by_a_sanitizer("address space")) return;
    const TemporaryDirectory directory;
    const int answer = testing::run_in_child([&] {
        const auto config = StoreConfig(directory / "store").with_sync_every_n_events(1'000'000);
        Appender appender(config);
        if (!appender.append(900)) return 1;
        limit(RLIMIT_AS, address_space_bytes() + (std::uint64_t{4} << 20));
        const bool reached = appender.reaches_the_limit(900);
        limit(RLIMIT_AS, RLIM_INFINITY);
        if (!reached || appender.code() != ErrorCode::OutOfMemory) return 2;
        if (appender.poisoned()) return 3;
        const auto events = appender.goes_on();
        if (!events) return 4;
        return is_whole(config, *events) ? kOk : 5;
    });
    EXPECT_EQ(answer, kOk);
}

// Rotations need descriptors, appends do not.
TEST(Limits, OfDescriptors) {
    if (is_needed_by_a_sanitizer("descriptors")) return;
    const TemporaryDirectory directory;
    const int answer = testing::run_in_child([&] {
        const auto config = StoreConfig(directory / "store")
                                .with_sync_every_n_events(1'000'000)
                                .with_segment_bytes(4096);
        Appender appender(config);
        if (!appender.append(900)) return 1;
        limit(RLIMIT_NOFILE, 200);
        std::vector<int> taken;
        for (int number = ::open("/dev/null", O_RDONLY | O_CLOEXEC); number >= 0;
             number = ::open("/dev/null", O_RDONLY | O_CLOEXEC))
            taken.push_back(number);
        const bool reached = appender.reaches_the_limit(900);
        for (const int number : taken) ::close(number);
        if (!reached || appender.code() != ErrorCode::Io) return 2;
        if (appender.poisoned()) return 3;
        const auto events = appender.goes_on();
        if (!events) return 4;
        return is_whole(config, *events) ? kOk : 5;
    });
    EXPECT_EQ(answer, kOk);
}

// The signal that the kernel sends besides, which ends a program by default, does not reach it.
TEST(Limits, OfFileSize) {
    for (const std::uint64_t segment_bytes : {std::uint64_t{4096}, std::uint64_t{1} << 26}) {
        const TemporaryDirectory directory;
        const int answer = testing::run_in_child([&] {
            const auto config = StoreConfig(directory / "store")
                                    .with_sync_every_n_events(1'000'000)
                                    .with_segment_bytes(segment_bytes);
            Appender appender(config);
            if (!appender.append(100)) return 1;
            limit(RLIMIT_FSIZE, segment_bytes == 4096 ? 3000 : 300'000);
            const bool reached = appender.reaches_the_limit(100);
            limit(RLIMIT_FSIZE, RLIM_INFINITY);
            if (!reached || appender.code() != ErrorCode::DiskFull) return 2;
            if (appender.poisoned()) return 3;
            const auto events = appender.goes_on();
            if (!events) return 4;
            return is_whole(config, *events) ? kOk : 5;
        });
        EXPECT_EQ(answer, kOk) << segment_bytes;
    }
}

// In a file system of its own, where the machine lets a test make one.
int fill_small_disk(const std::string& place, const char* options, std::size_t payload_bytes) {
    if (::unshare(CLONE_NEWNS) != 0) return -errno;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return -errno;
    if (::mount("none", place.c_str(), "tmpfs", 0, options) != 0) return -errno;
    const std::string filler = place + "/filler";
    std::ofstream(filler) << std::string(20'000, 'f');
    const auto config = StoreConfig(place + "/store").with_segment_bytes(16 << 10);
    Appender appender(config);
    appender.set_payload(payload_bytes);
    if (!appender.append(100)) return 1;
    if (!appender.reaches_the_limit(100)) return 2;
    if (appender.code() != ErrorCode::DiskFull) return 3;
    if (appender.poisoned()) return 4;
    // Room for more of what ran out.
    const std::string remount = "size=8m,nr_inodes=1000";
    if (::mount("none", place.c_str(), "tmpfs", MS_REMOUNT, remount.c_str()) != 0) return 5;
    const auto events = appender.goes_on();
    if (!events) return 6;
    return is_whole(config, *events) ? kOk : 7;
}

void expect_small_disk(const char* options, std::size_t payload_bytes) {
    const TemporaryDirectory directory;
    constexpr int kNotAllowed = 100;
    const int answer = testing::run_in_child([&] {
        const int found = fill_small_disk(directory.path(), options, payload_bytes);
        return found < 0 ? kNotAllowed : found;
    });
    if (answer == kNotAllowed) {
        std::cout << "not run: this machine lets no test mount a file system\n";
        return;
    }
    EXPECT_EQ(answer, kOk);
}

TEST(Limits, OfSpaceOnTheDisk) { expect_small_disk("size=256k", 100); }

TEST(Limits, OfInodesOnTheDisk) { expect_small_disk("size=8m,nr_inodes=16", 2000); }

// Exactly what is configured, but for what fits no segment, and the mark of a close.
TEST(Limits, NoSegmentIsLargerThanItIsConfiguredToBe) {
    constexpr std::uint64_t kSegmentBytes = 4096;
    constexpr std::uint64_t kMarkBytesMax = 32;
    const TemporaryDirectory directory;
    const auto config = StoreConfig(directory / "store")
                            .with_segment_bytes(kSegmentBytes)
                            .with_sync_every_n_events(1'000'000);
    std::uint64_t largest = 0;
    for (int life = 0; life < 5; ++life) {
        Store store = Store::open(config).value();
        const auto coordinate = Coordinate::create("e", "s").value();
        for (std::size_t bytes = 0; bytes < 40; ++bytes) {
            const std::string payload(bytes * 37 + static_cast<std::size_t>(life), 'p');
            ASSERT_TRUE(store.append_raw(coordinate, kKind, as_bytes(payload)));
        }
        ASSERT_TRUE(std::move(store).close());
        const auto folder = std::filesystem::path(directory / "store") / "segments";
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            largest = std::max<std::uint64_t>(largest, entry.file_size());
    }
    EXPECT_LE(largest, kSegmentBytes + kMarkBytesMax);
    EXPECT_GT(largest, kSegmentBytes - 200);
}

}  // namespace
}  // namespace batpak
