// Goal:   a hostile directory makes the real file system refuse, and never hang, follow, write or
//         leak; locks hold between handles and processes, and never longer than their owner.
// Method: every kind of thing that is not a file, under every way to open it, next to a canary that
//         must not change; real processes for the locks and the limits.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "batpak/base/file_system.hpp"
#include "support/child_process.hpp"
#include "support/file_helpers.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::testing {
namespace {

class RealFileSystem : public ::testing::Test {
protected:
    static constexpr unsigned kHangSeconds = 60;
    static constexpr std::string_view kCanary = "must not change";

    RealFileSystem()
        : path_(temporary_.path() + "/store"),
          canary_(temporary_.path() + "/canary"),
          directory_(files_->open_directory(path_, true).value()) {
        std::ofstream(canary_) << kCanary;
        ::alarm(kHangSeconds);
    }
    ~RealFileSystem() override { ::alarm(0); }

    std::string at(const std::string& name) const { return path_ + '/' + name; }

    void expect_canary() const {
        std::ifstream file(canary_);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        EXPECT_EQ(text, kCanary);
    }

    // No way to open `name` may succeed.
    void expect_refused(const std::string& name) const {
        SCOPED_TRACE(name);
        EXPECT_EQ(code_of(directory_->open_file(name, OpenMode::ReadOnly)), ErrorCode::NotRegular);
        EXPECT_EQ(code_of(directory_->open_file(name, OpenMode::ReadWrite)), ErrorCode::NotRegular);
        const auto created = directory_->open_file(name, OpenMode::CreateNew);
        EXPECT_EQ(os_error_of(created), EEXIST);
        EXPECT_EQ(code_of(directory_->lock(name)), ErrorCode::NotRegular);
        EXPECT_EQ(created.error().place(), at(name));
    }

    FileKind kind_of(const std::string& name) const {
        const auto entries = directory_->list().value();
        for (const DirectoryEntry& entry : entries)
            if (entry.name == name) return entry.kind;
        throw std::runtime_error("not listed: " + name);
    }

    const TemporaryDirectory temporary_;
    const std::shared_ptr<FileSystem> files_ = real_file_system();
    const std::string path_;
    const std::string canary_;
    const std::unique_ptr<Directory> directory_;
};

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator entries("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

// ---- Hostile directories -------------------------------------------------------------------

TEST_F(RealFileSystem, RefusesASymbolicLinkAndLeavesItsTargetAlone) {
    std::filesystem::create_symlink(canary_, at("link"));
    expect_refused("link");
    EXPECT_EQ(kind_of("link"), FileKind::SymbolicLink);
    expect_canary();
}

TEST_F(RealFileSystem, RefusesADanglingLinkAndDoesNotMakeItsTarget) {
    std::filesystem::create_symlink(temporary_ / "nothing", at("link"));
    expect_refused("link");
    EXPECT_FALSE(std::filesystem::exists(temporary_ / "nothing"));
}

TEST_F(RealFileSystem, RefusesALinkToADirectoryAsADirectory) {
    std::filesystem::create_directory(temporary_ / "elsewhere");
    std::filesystem::create_directory_symlink(temporary_ / "elsewhere", at("link"));
    EXPECT_EQ(code_of(directory_->open_directory("link", false)), ErrorCode::NotRegular);
    EXPECT_EQ(code_of(directory_->open_directory("link", true)), ErrorCode::NotRegular);
    expect_refused("link");
}

TEST_F(RealFileSystem, RefusesAFifoWithoutWaitingForItsOtherEnd) {
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
    expect_refused("fifo");
    EXPECT_EQ(kind_of("fifo"), FileKind::Other);
}

TEST_F(RealFileSystem, RefusesASocket) {
    const int number = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(at("socket").size(), sizeof(address.sun_path));
    std::ranges::copy(at("socket"), address.sun_path);
    ASSERT_EQ(::bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    expect_refused("socket");
    ::close(number);
}

TEST_F(RealFileSystem, RefusesADevice) {
    const auto devices = files_->open_directory("/dev", false);
    ASSERT_TRUE(devices) << devices.error().to_string();
    EXPECT_EQ(code_of((*devices)->open_file("null", OpenMode::ReadOnly)), ErrorCode::NotRegular);
}

TEST_F(RealFileSystem, RefusesADirectoryNamedLikeAFile) {
    std::filesystem::create_directory(at("000001.fbat"));
    expect_refused("000001.fbat");
}

TEST_F(RealFileSystem, WritesNoFileThatHasASecondName) {
    std::filesystem::create_hard_link(canary_, at("hard"));
    EXPECT_EQ(code_of(directory_->open_file("hard", OpenMode::ReadWrite)), ErrorCode::NotRegular);
    EXPECT_EQ(os_error_of(directory_->open_file("hard", OpenMode::CreateNew)), EEXIST);
    EXPECT_EQ(read_text(*directory_, "hard"), kCanary);
    EXPECT_TRUE(directory_->lock("hard"));
    expect_canary();
}

TEST_F(RealFileSystem, RemovesAndReplacesALinkAndNotItsTarget) {
    std::filesystem::create_symlink(canary_, at("link"));
    std::filesystem::create_symlink(canary_, at("other"));
    make_file(*directory_, "new", "text");
    ASSERT_TRUE(directory_->remove("link"));
    ASSERT_TRUE(directory_->rename("new", "other"));
    EXPECT_EQ(read_text(*directory_, "other"), "text");
    expect_canary();
}

TEST_F(RealFileSystem, StaysInItsDirectoryWhenThePathIsGivenToAnother) {
    make_file(*directory_, "a", "mine");
    std::filesystem::rename(path_, temporary_ / "moved");
    std::filesystem::create_directory(path_);
    std::ofstream(at("a")) << "theirs";
    EXPECT_EQ(read_text(*directory_, "a"), "mine");
}

TEST_F(RealFileSystem, MakesFilesAndDirectoriesForTheirOwnerOnly) {
    const mode_t before = ::umask(0);
    make_file(*directory_, "a", "");
    directory_->lock("LOCK").value().reset();
    ASSERT_TRUE(directory_->open_directory("d", true));
    ASSERT_TRUE(files_->open_directory(path_ + "/x/y", true));
    ::umask(before);
    const auto mode_of = [&](const std::string& name) {
        struct stat found{};
        EXPECT_EQ(::stat(at(name).c_str(), &found), 0);
        return found.st_mode & 07777U;
    };
    EXPECT_EQ(mode_of("a"), 0600U);
    EXPECT_EQ(mode_of("LOCK"), 0600U);
    EXPECT_EQ(mode_of("d"), 0700U);
    EXPECT_EQ(mode_of("x"), 0700U);
    EXPECT_EQ(mode_of("x/y"), 0700U);
}

TEST_F(RealFileSystem, LeaksNoDescriptorAndInheritsNoneOverExec) {
    ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
    const std::size_t before = open_descriptors();
    {
        const auto file = make_file(*directory_, "a", "text");
        const auto lock = directory_->lock("LOCK");
        const auto below = directory_->open_directory("d", true);
        EXPECT_EQ(open_descriptors(), before + 3);
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code ignored;
            const auto target = std::filesystem::read_symlink(entry.path(), ignored).string();
            if (!target.starts_with(temporary_.path())) continue;
            const int number = std::stoi(entry.path().filename().string());
            EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0) << target;
        }
        const auto mapping = file->map(4, true);
        (void)directory_->open_file("fifo", OpenMode::ReadOnly);
        (void)directory_->open_file("none", OpenMode::ReadOnly);
        (void)directory_->lock("LOCK");
        (void)directory_->lock("fifo");
        (void)directory_->list();
        (void)files_->open_directory(at("x/y/z"), true);
        EXPECT_EQ(open_descriptors(), before + 3);
    }
    EXPECT_EQ(open_descriptors(), before);
}

// ---- Locks ---------------------------------------------------------------------------------

TEST_F(RealFileSystem, KnowsALockByItsInodeAndNotByItsPath) {
    const auto lock = directory_->lock("LOCK");
    ASSERT_TRUE(lock);
    std::filesystem::create_directory_symlink(path_, temporary_ / "alias");
    std::filesystem::create_hard_link(at("LOCK"), temporary_ / "hard");
    for (const std::string& alias : {temporary_ / "alias", path_ + "/.", path_ + "/../store"}) {
        const auto again = files_->open_directory(alias, true).value();
        EXPECT_EQ(code_of(again->lock("LOCK")), ErrorCode::StoreLocked) << alias;
    }
    const auto above = files_->open_directory(temporary_.path(), false).value();
    EXPECT_EQ(code_of(above->lock("hard")), ErrorCode::StoreLocked);
}

TEST_F(RealFileSystem, ALockDiesWithItsProcess) {
    const Signpost locked;
    ChildProcess child([&] {
        const auto lock = directory_->lock("LOCK");
        if (!lock) return 1;
        locked.raise();
        while (true) ::pause();
    });
    locked.wait();
    EXPECT_EQ(code_of(directory_->lock("LOCK")), ErrorCode::StoreLocked);
    child.kill();
    EXPECT_TRUE(directory_->lock("LOCK"));
}

TEST_F(RealFileSystem, AChildThatDestroysItsCopyLeavesTheLockToItsParent) {
    auto lock = directory_->lock("LOCK").value();
    const int answer = run_in_child([&] {
        lock.reset();
        return code_of(directory_->lock("LOCK")) == ErrorCode::StoreLocked ? 0 : 1;
    });
    EXPECT_EQ(answer, 0);
    EXPECT_EQ(code_of(directory_->lock("LOCK")), ErrorCode::StoreLocked);
    EXPECT_EQ(run_in_child([&] { return directory_->lock("LOCK") ? 1 : 0; }), 0);
}

TEST_F(RealFileSystem, AParentGivesTheLockBackWhileItsChildLives) {
    auto lock = directory_->lock("LOCK").value();
    const ChildProcess child([] {
        while (true) ::pause();
        return 0;
    });
    lock.reset();
    EXPECT_TRUE(directory_->lock("LOCK"));
}

TEST_F(RealFileSystem, ALockEndsWithItsHolderThoughAChildOfItLives) {
    const Signpost held;
    const Signpost over;
    ChildProcess holder([&] {
        const auto lock = directory_->lock("LOCK");
        const auto folder = directory_->lock_itself();
        const bool both = lock && folder;
        const ChildProcess child([&] {
            held.raise();
            over.wait();
            return 0;
        });
        ::pause();
        return both ? 0 : 1;
    });
    held.wait();
    EXPECT_EQ(code_of(directory_->lock("LOCK")), ErrorCode::StoreLocked);
    EXPECT_EQ(holder.kill_and_wait(), -SIGKILL);
    EXPECT_TRUE(directory_->lock("LOCK"));
    EXPECT_TRUE(directory_->lock_itself());
    over.raise();
}

TEST_F(RealFileSystem, TwoProcessesNeverHoldOneLock) {
    const auto contend = [&] {
        for (int round = 0; round < 500; ++round) {
            const auto lock = directory_->lock("LOCK");
            if (!lock && lock.error().code() != ErrorCode::StoreLocked) return 1;
            if (!lock) continue;
            if (!directory_->open_file("witness", OpenMode::CreateNew)) return 2;
            if (!directory_->remove("witness")) return 3;
        }
        return 0;
    };
    ChildProcess first(contend);
    ChildProcess second(contend);
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(second.wait(), 0);
}

// ---- Limits --------------------------------------------------------------------------------

// Exits with the number of the first wrong step, or 0.
int write_beyond_the_limit(File& file) {
    constexpr rlim_t kLimit = 1000;
    const rlimit limit{kLimit, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    if (!file.write_at(0, as_bytes(std::string(kLimit, 'x')))) return 2;
    const auto written = file.write_at(kLimit - 1, as_bytes("yz"));
    if (code_of(written) != ErrorCode::DiskFull || os_error_of(written) != EFBIG) return 3;
    if (written.error().offset() != kLimit) return 4;
    if (code_of(file.allocate(kLimit + 1)) != ErrorCode::DiskFull) return 5;
    if (code_of(file.resize(kLimit + 1)) != ErrorCode::DiskFull) return 6;
    if (file.stat().value().size_bytes != kLimit) return 7;
    return file.write_at(0, as_bytes("a")) ? 0 : 8;
}

bool is_pending(int signal) {
    sigset_t pending;
    ::sigpending(&pending);
    return sigismember(&pending, signal) == 1;
}

TEST_F(RealFileSystem, AWriteBeyondTheSizeLimitFailsAndDoesNotKill) {
    const auto file = make_file(*directory_, "a", "");
    const int answer = run_in_child([&] {
        std::signal(SIGXFSZ, SIG_DFL);
        if (const int wrong = write_beyond_the_limit(*file)) return wrong;
        sigset_t mask;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        if (sigismember(&mask, SIGXFSZ) == 1) return 20;
        if (std::signal(SIGXFSZ, SIG_IGN) != SIG_DFL) return 21;
        return is_pending(SIGXFSZ) ? 22 : 0;
    });
    EXPECT_EQ(answer, 0);
}

// Inside of what was allocated no signal is held back, so this must meet none there.
TEST_F(RealFileSystem, AWriteBeyondWhatWasAllocatedFailsAndDoesNotKill) {
    const auto file = make_file(*directory_, "a", "");
    const int answer = run_in_child([&] {
        std::signal(SIGXFSZ, SIG_DFL);
        constexpr rlim_t kLimit = 8192;
        const rlimit limit{kLimit, RLIM_INFINITY};
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
        if (!file->allocate(kLimit)) return 2;
        if (!file->write_at(0, as_bytes(std::string(kLimit, 'x')))) return 3;
        if (code_of(file->write_at(kLimit, as_bytes("y"))) != ErrorCode::DiskFull) return 4;
        if (code_of(file->write_at(kLimit - 1, as_bytes("yz"))) != ErrorCode::DiskFull) return 5;
        if (!file->resize(100)) return 6;
        if (!file->write_at(4000, as_bytes("x"))) return 7;
        return code_of(file->write_at(kLimit, as_bytes("y"))) == ErrorCode::DiskFull ? 0 : 8;
    });
    EXPECT_EQ(answer, 0);
}

TEST_F(RealFileSystem, TheCallersOwnSizeSignalKeepsWaiting) {
    const auto file = make_file(*directory_, "a", "");
    const int answer = run_in_child([&] {
        sigset_t mask;
        sigemptyset(&mask);
        sigaddset(&mask, SIGXFSZ);
        ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
        if (const int wrong = write_beyond_the_limit(*file)) return wrong;
        if (is_pending(SIGXFSZ)) return 20;
        ::raise(SIGXFSZ);
        if (const int wrong = write_beyond_the_limit(*file)) return wrong + 20;
        return is_pending(SIGXFSZ) ? 0 : 40;
    });
    EXPECT_EQ(answer, 0);
}

TEST_F(RealFileSystem, RunsOutOfDescriptorsAndRecovers) {
    make_file(*directory_, "a", "text");
    const int answer = run_in_child([&] {
        const rlimit none{0, 1000};
        const rlimit some{1000, 1000};
        ::setrlimit(RLIMIT_NOFILE, &none);
        if (os_error_of(directory_->open_file("a", OpenMode::ReadOnly)) != EMFILE) return 1;
        if (code_of(directory_->open_file("a", OpenMode::ReadOnly)) != ErrorCode::Io) return 2;
        if (os_error_of(directory_->open_directory("d", true)) != EMFILE) return 3;
        if (os_error_of(directory_->list()) != EMFILE) return 4;
        if (os_error_of(directory_->lock("LOCK")) != EMFILE) return 5;
        if (os_error_of(files_->open_directory(path_, false)) != EMFILE) return 6;
        if (directory_->open_file("new", OpenMode::CreateNew)) return 7;
        ::setrlimit(RLIMIT_NOFILE, &some);
        if (!directory_->open_file("a", OpenMode::ReadOnly)) return 8;
        return directory_->open_file("new", OpenMode::CreateNew) ? 0 : 9;
    });
    EXPECT_EQ(answer, 0);
}

// Whether the descriptor is one of a file or directory below `path`.
bool is_below(const std::string& path, int number) {
    std::error_code none;
    const auto link = "/proc/self/fd/" + std::to_string(number);
    return std::filesystem::read_symlink(link, none).string().starts_with(path);
}

// Which of 0, 1 and 2 is one of them; 3 if none is.
int standard_descriptor_below(const std::string& path) {
    int number = 0;
    while (number < 3 && !is_below(path, number)) ++number;
    return number;
}

TEST_F(RealFileSystem, NothingTakesTheDescriptorsOfTheStandardStreams) {
    for (unsigned closed = 1; closed < 8; ++closed) {
        const int answer = run_in_child([&] {
            for (int number = 0; number < 3; ++number) {
                if ((closed >> static_cast<unsigned>(number) & 1U) != 0) ::close(number);
            }
            const auto again = files_->open_directory(path_, false);
            const auto made = directory_->open_directory("d", true);
            const auto file = (*again)->open_file("a", OpenMode::CreateNew);
            const auto lock = (*again)->lock("LOCK");
            const auto itself = (*again)->lock_itself();
            if (!made || !file || !lock || !itself || !directory_->list()) return 10;
            for (int number = 3; number < 100; ++number) {
                if (is_below(path_, number) && ::fcntl(number, F_GETFD) != FD_CLOEXEC) return 20;
            }
            std::filesystem::remove(at("a"));
            return standard_descriptor_below(path_);
        });
        EXPECT_EQ(answer, 3) << "closed: " << closed;
    }
}

TEST_F(RealFileSystem, ADescriptorThatCannotBeMovedIsGivenBack) {
    make_file(*directory_, "a", "text");
    const int answer = run_in_child([&] {
        const std::size_t before = open_descriptors();
        // 0 is free and nothing above.
        ::close(0);
        const rlimit three{3, 1000};
        ::setrlimit(RLIMIT_NOFILE, &three);
        if (directory_->open_file("a", OpenMode::ReadOnly)) return 1;
        if (directory_->lock("LOCK") || directory_->lock_itself()) return 2;
        const rlimit some{1000, 1000};
        ::setrlimit(RLIMIT_NOFILE, &some);
        return open_descriptors() == before - 1 ? 0 : 3;
    });
    EXPECT_EQ(answer, 0);
}

TEST_F(RealFileSystem, AParentThatMayBePassedButNotReadIsNoObstacle) {
    // As root, permissions bind nobody: the child becomes somebody whom they bind.
    const bool is_root = ::geteuid() == 0;
    const int answer = run_in_child([&] {
        ::chmod(temporary_.path().c_str(), is_root ? 0711 : 0311);
        if (is_root && (::chown(path_.c_str(), 65534, 65534) != 0 || ::seteuid(65534) != 0))
            return 1;
        return files_->open_directory(path_, true) ? 0 : 2;
    });
    EXPECT_EQ(answer, 0);
}

}  // namespace
}  // namespace batpak::testing
