// Goal:   the real file system deals with every answer that a system call may give, also those that
//         no test can provoke from a disk.
// Method: this program has its own pread, pwrite, fsync and so on, which the linker prefers to the
//         system's. They answer by a script, and with the system call where the script is silent.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "batpak/base/file_system.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

// What a scripted call does: fail with an errno, or pass with at most `bytes` of its bytes.
struct Answer {
    int error = 0;
    std::size_t bytes = ~std::size_t{0};
};

Answer failing(int error) { return {.error = error}; }
Answer at_most(std::size_t bytes) { return {.bytes = bytes}; }

struct Script {
    std::deque<Answer> answers;
    int calls = 0;
    std::function<void()> before;  // what somebody else does just before the call
};

std::map<std::string, Script>& scripts() {
    static std::map<std::string, Script> all;
    return all;
}

bool is_scripted = false;
unsigned asked_of_statx = 0;
unsigned statx_leaves_out = 0;  // the fields that the file system does not know

// The next answer of the script for `call`.
Answer next_answer(const char* call) {
    if (!is_scripted) return {};
    Script& script = scripts()[call];
    ++script.calls;
    if (script.before) script.before();
    if (script.answers.empty()) return {};
    const Answer answer = script.answers.front();
    script.answers.pop_front();
    if (answer.error != 0) errno = answer.error;
    return answer;
}

}  // namespace
}  // namespace batpak::testing

extern "C" ssize_t pread(int number, void* into, std::size_t count, off_t offset) {
    const batpak::testing::Answer answer = batpak::testing::next_answer("pread");
    if (answer.error != 0) return -1;
    return ::syscall(SYS_pread64, number, into, std::min(count, answer.bytes), offset);
}

extern "C" ssize_t pwrite(int number, const void* from, std::size_t count, off_t offset) {
    const batpak::testing::Answer answer = batpak::testing::next_answer("pwrite");
    if (answer.error != 0) return -1;
    return ::syscall(SYS_pwrite64, number, from, std::min(count, answer.bytes), offset);
}

extern "C" int fsync(int number) {
    return batpak::testing::next_answer("fsync").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_fsync, number));
}

extern "C" int fdatasync(int number) {
    return batpak::testing::next_answer("fdatasync").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_fdatasync, number));
}

// An error with a number of bytes: that many are reserved before it, as on a disk that fills up.
extern "C" int fallocate(int number, int mode, off_t offset, off_t length) {
    const batpak::testing::Answer answer = batpak::testing::next_answer("fallocate");
    const bool partly = answer.error != 0 && answer.bytes != ~std::size_t{0};
    if (partly) (void)::syscall(SYS_fallocate, number, mode, offset, answer.bytes);
    if (answer.error == 0)
        return static_cast<int>(::syscall(SYS_fallocate, number, mode, offset, length));
    errno = answer.error;
    return -1;
}

extern "C" int ftruncate(int number, off_t length) noexcept {
    return batpak::testing::next_answer("ftruncate").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_ftruncate, number, length));
}

extern "C" int flock(int number, int operation) noexcept {
    return batpak::testing::next_answer("flock").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_flock, number, operation));
}

extern "C" int renameat(int source, const char* from, int target, const char* to) noexcept {
    return batpak::testing::next_answer("renameat").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_renameat, source, from, target, to));
}

extern "C" int unlinkat(int folder, const char* name, int flags) noexcept {
    return batpak::testing::next_answer("unlinkat").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}

extern "C" int statx(int folder, const char* name, int flags, unsigned mask,
                     struct statx* found) noexcept {
    batpak::testing::asked_of_statx = mask;
    if (batpak::testing::next_answer("statx").error != 0) return -1;
    const auto answer = static_cast<int>(::syscall(SYS_statx, folder, name, flags, mask, found));
    if (batpak::testing::statx_leaves_out != 0)
        found->stx_mask &= ~batpak::testing::statx_leaves_out;
    return answer;
}

extern "C" int mkdirat(int folder, const char* name, mode_t mode) noexcept {
    return batpak::testing::next_answer("mkdirat").error != 0
               ? -1
               : static_cast<int>(::syscall(SYS_mkdirat, folder, name, mode));
}

namespace batpak::testing {
namespace {

class SystemCalls : public ::testing::Test {
protected:
    SystemCalls()
        : directory_(real_file_system()->open_directory(temporary_.path(), false).value()) {
        file_ = make_file(*directory_, "a", "0123456789");
        scripts().clear();
        is_scripted = true;
    }
    ~SystemCalls() override { is_scripted = false; }

    void script(const char* call, std::deque<Answer> answers) {
        scripts()[call] = {.answers = std::move(answers), .calls = 0, .before = nullptr};
    }
    int calls(const char* call) { return scripts()[call].calls; }

    std::string text() {
        is_scripted = false;
        std::string found = read_text(*directory_, "a");
        is_scripted = true;
        return found;
    }

    const TemporaryDirectory temporary_;
    const std::unique_ptr<Directory> directory_;
    std::unique_ptr<File> file_;
};

TEST_F(SystemCalls, AWriteGoesOnAfterASignalAndAShortCount) {
    script("pwrite", {failing(EINTR), at_most(3), failing(EINTR), failing(EINTR), at_most(1)});
    EXPECT_TRUE(file_->write_at(1, as_bytes("abcdef")));
    EXPECT_EQ(calls("pwrite"), 6);
    EXPECT_EQ(text(), "0abcdef789");
}

// What was asked for a time gets a finer time at its next write, which the sync behind it pays.
TEST_F(SystemCalls, ALookAtAFileAsksForNoTime) {
    script("statx", {});
    EXPECT_EQ(file_->stat().value().size_bytes, 10U);
    EXPECT_EQ(calls("statx"), 1);
    EXPECT_EQ(asked_of_statx & (STATX_ATIME | STATX_MTIME | STATX_CTIME | STATX_BTIME), 0U);
    directory_->open_directory("folder", true).value()->open_file("b", OpenMode::CreateNew).value();
    asked_of_statx = 0;
    EXPECT_TRUE(directory_->look_at("folder", "b"));
    EXPECT_NE(asked_of_statx, 0U);
    EXPECT_EQ(asked_of_statx & (STATX_ATIME | STATX_MTIME | STATX_CTIME | STATX_BTIME), 0U);
}

// An old kernel, a sandbox with a short list of calls, a file system that does not know a field.
TEST_F(SystemCalls, ALookWithoutStatxSaysTheSame) {
    directory_->open_directory("folder", true).value()->open_file("b", OpenMode::CreateNew).value();
    const auto everything = [&] {
        std::vector<std::uint64_t> said;
        for (const FileStat& one :
             {file_->stat().value(), directory_->look_at("folder", "b").value()})
            for (const std::uint64_t number :
                 {static_cast<std::uint64_t>(one.kind), one.size_bytes, one.link_count,
                  std::uint64_t{one.permissions}, one.device, one.inode})
                said.push_back(number);
        return said;
    };
    script("statx", {});
    const std::vector<std::uint64_t> expected = everything();
    for (const int error : {ENOSYS, EPERM, EINVAL}) {
        script("statx", {failing(error), failing(error)});
        EXPECT_EQ(everything(), expected) << error;
    }
    script("statx", {});
    for (const unsigned field : {STATX_INO, STATX_NLINK, STATX_SIZE, STATX_TYPE}) {
        statx_leaves_out = field;
        EXPECT_EQ(everything(), expected) << field;
    }
    statx_leaves_out = 0;
    EXPECT_EQ(directory_->look_at("folder", "none").error().code(), ErrorCode::FileNotFound);
    EXPECT_EQ(calls("statx"), 9);
}

bool is_interruptible() {
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    return sigismember(&blocked, SIGALRM) == 0 || sigismember(&blocked, SIGUSR1) == 0;
}

// A sync that a signal ended would poison the store; of a rename nobody would know what it did; and
// a file system may begin a long reservation again each time (INV L5).
TEST_F(SystemCalls, NoSignalInterruptsWhatMustNotBeRepeated) {
    const std::map<std::string, std::function<Result<void>()>> ways = {
        {"fdatasync", [&] { return file_->sync(SyncMode::Data); }},
        {"fsync", [&] { return file_->sync(SyncMode::All); }},
        {"fallocate", [&] { return file_->allocate(1 << 16); }},
        {"mkdirat", [&] { return directory_->open_directory("folder", true).map([](auto&&) {}); }},
        {"renameat", [&] { return directory_->rename("a", "b"); }},
        {"unlinkat", [&] { return directory_->remove("b"); }}};
    for (const std::string call :
         {"fdatasync", "fsync", "fallocate", "mkdirat", "renameat", "unlinkat"}) {
        bool was_interruptible = true;
        script(call.c_str(), {});
        scripts()[call].before = [&] { was_interruptible = is_interruptible(); };
        EXPECT_TRUE(ways.at(call)()) << call;
        EXPECT_EQ(calls(call.c_str()), 1) << call;
        EXPECT_FALSE(was_interruptible) << call;
        EXPECT_TRUE(is_interruptible()) << call;
    }
}

TEST_F(SystemCalls, AWriteOfNothingIsAnErrorAndNoLoop) {
    script("pwrite", {at_most(2), at_most(0)});
    const auto written = file_->write_at(1, as_bytes("abcdef"));
    EXPECT_EQ(code_of(written), ErrorCode::Io);
    EXPECT_EQ(os_error_of(written), EIO);
    EXPECT_EQ(written.error().offset(), 3U);
    EXPECT_EQ(calls("pwrite"), 2);
}

TEST_F(SystemCalls, AFullDiskIsToldFromABrokenOne) {
    for (const int error : {ENOSPC, EDQUOT, EFBIG, EIO, EROFS, EPERM}) {
        script("pwrite", {at_most(3), failing(error)});
        const auto written = file_->write_at(0, as_bytes("abcdef"));
        const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
        EXPECT_EQ(code_of(written), is_full ? ErrorCode::DiskFull : ErrorCode::Io) << error;
        EXPECT_EQ(os_error_of(written), error);
        EXPECT_EQ(written.error().offset(), 3U);
        EXPECT_EQ(written.error().place(), temporary_ / "a");
        EXPECT_EQ(calls("pwrite"), 2);
    }
    EXPECT_EQ(text(), "abc3456789");
}

TEST_F(SystemCalls, AReadGoesOnAfterASignalAndAShortCount) {
    script("pread", {failing(EINTR), at_most(3), failing(EINTR), at_most(1)});
    Bytes into(20);
    EXPECT_EQ(file_->read_at(2, into), 8U);
    EXPECT_EQ(as_text(into).substr(0, 8), "23456789");
    EXPECT_EQ(calls("pread"), 6);
}

TEST_F(SystemCalls, AReadErrorNamesItsPlace) {
    script("pread", {at_most(3), failing(EIO)});
    Bytes into(8);
    const auto got = file_->read_at(2, into);
    EXPECT_EQ(code_of(got), ErrorCode::Io);
    EXPECT_EQ(got.error().offset(), 5U);
    EXPECT_EQ(calls("pread"), 2);
}

TEST_F(SystemCalls, ASyncIsNeverTriedAgainAndFailsAsIo) {
    for (const int error : {EIO, EINTR, EAGAIN, ENOSPC, EDQUOT, EROFS}) {
        for (const SyncMode mode : {SyncMode::All, SyncMode::Data}) {
            const char* const call = mode == SyncMode::All ? "fsync" : "fdatasync";
            script("fsync", {});
            script("fdatasync", {});
            script(call, {failing(error)});
            const auto synced = file_->sync(mode);
            EXPECT_EQ(code_of(synced), ErrorCode::Io);
            EXPECT_EQ(os_error_of(synced), error);
            EXPECT_EQ(calls(call), 1);
            EXPECT_EQ(calls("fsync") + calls("fdatasync"), 1);
        }
        script("fsync", {failing(error)});
        EXPECT_EQ(code_of(directory_->sync()), ErrorCode::Io);
        EXPECT_EQ(calls("fsync"), 1);
    }
}

TEST_F(SystemCalls, WritesZerosWhereBlocksCannotBeReserved) {
    for (const int error : {EOPNOTSUPP, ENOSYS, EINVAL, EPERM}) {
        ASSERT_TRUE(file_->resize(10));
        script("fallocate", {failing(error)});
        script("pwrite", {at_most(5)});
        EXPECT_TRUE(file_->allocate(200'000));
        EXPECT_GE(calls("pwrite"), 4);
        EXPECT_EQ(text(), std::string("0123456789") + std::string(199'990, '\0'));
    }
}

TEST_F(SystemCalls, AFullDiskLeavesTheSizeAsItWas) {
    script("fallocate", {{.error = ENOSPC, .bytes = 5000}});
    EXPECT_EQ(code_of(file_->allocate(100'000)), ErrorCode::DiskFull);
    EXPECT_EQ(text(), "0123456789");
    script("fallocate", {failing(EOPNOTSUPP)});
    script("pwrite", {at_most(5000), failing(ENOSPC)});
    EXPECT_EQ(code_of(file_->allocate(100'000)), ErrorCode::DiskFull);
    EXPECT_EQ(text(), "0123456789");
}

TEST_F(SystemCalls, AnAllocationThatCannotBeUndoneIsNoFullDisk) {
    script("fallocate", {{.error = ENOSPC, .bytes = 5000}});
    script("ftruncate", {failing(EIO)});
    EXPECT_EQ(code_of(file_->allocate(100'000)), ErrorCode::Io);
}

TEST_F(SystemCalls, SizesChangeInSpiteOfSignals) {
    script("fallocate", {failing(EINTR), failing(EINTR)});
    script("ftruncate", {failing(EINTR)});
    EXPECT_TRUE(file_->allocate(100));
    EXPECT_EQ(calls("fallocate"), 3);
    EXPECT_TRUE(file_->resize(5));
    EXPECT_EQ(calls("ftruncate"), 2);
    EXPECT_EQ(text(), "01234");
}

TEST_F(SystemCalls, SyncsTheParentOfEachDirectoryItMakes) {
    const auto files = real_file_system();
    ASSERT_TRUE(files->open_directory(temporary_ / "x/y/z", true));
    EXPECT_EQ(calls("fsync"), 3 + 1);
    script("fsync", {});
    ASSERT_TRUE(files->open_directory(temporary_ / "x/y/z", true));
    EXPECT_EQ(calls("fsync"), 1);  // who made it may have been killed before he synced
    script("fsync", {});
    ASSERT_TRUE(files->open_directory(temporary_ / "x/y/z", false));
    EXPECT_EQ(calls("fsync"), 0);
    script("fsync", {failing(EIO)});
    EXPECT_EQ(code_of(files->open_directory(temporary_ / "x/y/w", true)), ErrorCode::Io);
}

TEST_F(SystemCalls, ALockIsTakenInSpiteOfSignals) {
    script("flock", {failing(EINTR)});
    EXPECT_TRUE(directory_->lock("LOCK"));
    EXPECT_GE(calls("flock"), 2);
    script("flock", {failing(ENOLCK)});
    EXPECT_EQ(code_of(directory_->lock("LOCK")), ErrorCode::Io);
}

TEST_F(SystemCalls, ADirectoryThatCannotBeLockedIsToldFromOneThatIsLocked) {
    for (const int error : {EBADF, EINVAL, ENOLCK, EOPNOTSUPP, ENOSYS}) {
        script("flock", {failing(EINTR), failing(error)});
        EXPECT_EQ(code_of(directory_->lock_itself()), ErrorCode::Unsupported) << error;
    }
    script("flock", {failing(EWOULDBLOCK)});
    EXPECT_EQ(code_of(directory_->lock_itself()), ErrorCode::StoreLocked);
    script("flock", {failing(EIO)});
    EXPECT_EQ(code_of(directory_->lock_itself()), ErrorCode::Io);
}

TEST_F(SystemCalls, ALockOnAFileThatLostItsNameIsNoLock) {
    const auto replace = [&] { std::filesystem::rename(temporary_ / "new", temporary_ / "LOCK"); };
    std::ofstream(temporary_ / "new") << "another";
    scripts()["flock"].before = [&] {
        if (std::filesystem::exists(temporary_ / "new")) replace();
    };
    const auto lock = directory_->lock("LOCK");
    ASSERT_TRUE(lock);
    EXPECT_EQ(calls("flock"), 2);
    EXPECT_EQ(code_of(directory_->lock("LOCK")), ErrorCode::StoreLocked);  // the one with the name
}

TEST_F(SystemCalls, ALockFileThatIsReplacedForEverIsAnError) {
    scripts()["flock"].before = [&] {
        std::filesystem::remove(temporary_ / "LOCK");
        std::ofstream(temporary_ / "LOCK") << "another";
    };
    EXPECT_EQ(code_of(directory_->lock("LOCK")), ErrorCode::Io);
    EXPECT_EQ(calls("flock"), 8);
}

}  // namespace
}  // namespace batpak::testing
