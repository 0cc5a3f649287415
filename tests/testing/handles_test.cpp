// Goal:   what is done with a handle is one call of its machine, and fails where that call does.
// Method: every operation of a directory and of a file, with the line of the trace that it is to
//         leave; then each again, with a fault for its kind, and with names that no file can have.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <vector>

#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::testing {
namespace {

struct Operation {
    Call call;
    std::function<Result<void>()> run;
};

template <class T>
Result<void> done(const Result<T>& result) {
    if (!result) return fail(result.error());
    return {};
}

class HandlesTest : public ::testing::Test {
protected:
    HandlesTest() {
        folder->open_directory("sub", true).value();
        for (const char* const name : {"file", "old", "away", "linked"})
            make_file(*folder, name, "12345678");
        disk.observe([this](const Call& call) {
            calls.push_back(call);
            calls.back().number = 0;
        });
    }

    // One of each, in an order in which all succeed.
    std::vector<Operation> operations() {
        const auto call = [](CallKind kind, const char* path, std::uint64_t offset = 0,
                             std::uint64_t length = 0) {
            return Call{0, kind, path, offset, length};
        };
        return {
            {call(CallKind::OpenPath, "data"),
             [&] { return done(disk.open_directory("data", false)); }},
            {call(CallKind::OpenDirectory, "data/sub"),
             [&] { return done(folder->open_directory("sub", false)); }},
            {call(CallKind::OpenFile, "data/file"),
             [&] { return done(folder->open_file("file", OpenMode::ReadOnly)); }},
            {call(CallKind::List, "data"), [&] { return done(folder->list()); }},
            {call(CallKind::Stat, "data/sub/none"),
             [&] {
                 const auto looked = folder->look_at("sub", "none");
                 return code_of(looked) == ErrorCode::FileNotFound ? Result<void>() : done(looked);
             }},
            {call(CallKind::Rename, "data/old"), [&] { return folder->rename("old", "new"); }},
            {call(CallKind::Link, "data/link"),
             [&] { return folder->link("data", "linked", "link"); }},
            {call(CallKind::Remove, "data/away"), [&] { return folder->remove("away"); }},
            {call(CallKind::SyncDirectory, "data"), [&] { return folder->sync(); }},
            {call(CallKind::Lock, "data/file"), [&] { return done(folder->lock("file")); }},
            {call(CallKind::Lock, "data"), [&] { return done(folder->lock_itself()); }},
            {call(CallKind::Read, "data/file", 3, 4), [&] { return done(file->read_at(3, four)); }},
            {call(CallKind::Write, "data/file", 2, 4), [&] { return file->write_at(2, four); }},
            {call(CallKind::Allocate, "data/file", 0, 4096), [&] { return file->allocate(4096); }},
            {call(CallKind::Resize, "data/file", 0, 100), [&] { return file->resize(100); }},
            {call(CallKind::Sync, "data/file"), [&] { return file->sync(SyncMode::All); }},
            {call(CallKind::Stat, "data/file"), [&] { return done(file->stat()); }},
            {call(CallKind::Map, "data/file", 0, 64), [&] { return done(file->map(64, true)); }},
        };
    }

    SimulatedFileSystem disk{1, SimulatedDisk{}};
    std::unique_ptr<Directory> folder = disk.open_directory("data", true).value();
    std::array<std::byte, 4> four{};
    std::vector<Call> calls{};
    std::unique_ptr<File> file{};
};

TEST_F(HandlesTest, EachOperationIsOneCallThatFailsWhereItIsToldTo) {
    file = folder->open_file("file", OpenMode::ReadWrite).value();
    for (const Operation& operation : operations()) {
        SCOPED_TRACE(to_string(operation.call.kind));
        calls.clear();
        disk.fail_next(operation.call.kind, Fault::error(ErrorCode::DiskFull, EDQUOT));
        const auto failed = operation.run();
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code(), ErrorCode::DiskFull);
        EXPECT_EQ(failed.error().os_error(), EDQUOT);
        EXPECT_EQ(calls, std::vector{operation.call});
        calls.clear();
        EXPECT_TRUE(operation.run());
        EXPECT_EQ(calls, std::vector{operation.call});
    }
}

TEST_F(HandlesTest, AFileThatIsOpenForReadingTakesNoChange) {
    file = folder->open_file("file", OpenMode::ReadOnly).value();
    calls.clear();
    for (const auto& refused :
         {file->write_at(0, four), file->allocate(10), file->resize(0), done(file->map(4, true))})
        EXPECT_EQ(os_error_of(refused), EBADF);
    EXPECT_EQ(calls.size(), 4U) << "they are calls all the same";
    EXPECT_TRUE(file->map(4, false));
    EXPECT_EQ(file->stat().value().size_bytes, 8U);
}

TEST_F(HandlesTest, ANameThatNoFileCanHaveIsNoCall) {
    calls.clear();
    for (const std::string& name : {std::string(), std::string("."), std::string(".."),
                                    std::string("a/b"), std::string("a\0b", 3)}) {
        EXPECT_FALSE(folder->open_file(name, OpenMode::ReadOnly));
        EXPECT_FALSE(folder->open_directory(name, true));
        EXPECT_FALSE(folder->rename(name, "new"));
        EXPECT_FALSE(folder->rename("old", name));
        EXPECT_FALSE(folder->link("data", name, "new"));
        EXPECT_FALSE(folder->link("data", "old", name));
        EXPECT_FALSE(folder->remove(name));
        EXPECT_FALSE(folder->lock(name));
        EXPECT_FALSE(folder->look_at(name, "old"));
        EXPECT_FALSE(folder->look_at("sub", name));
    }
    EXPECT_TRUE(calls.empty());
}

TEST_F(HandlesTest, ALockIsGivenBackWithItsHandle) {
    auto held = folder->lock("file").value();
    EXPECT_FALSE(folder->lock("file"));
    held.reset();
    EXPECT_TRUE(folder->lock("file"));
}

}  // namespace
}  // namespace batpak::testing
