// Goal:   a name leads to the old content or to the new one, whatever fails and wherever the power
//         goes; and nothing is left beside it but by a crash, which the next call removes.
// Method: each call of it fails, and the power is cut before and after each.
#include "base/replace_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak {
namespace {

using testing::CallKind;
using testing::Fault;

class ReplaceFileTest : public ::testing::Test {
protected:
    ReplaceFileTest() : folder_(disk_->open_directory("folder", true).value()) {
        disk_->put("/folder/name", as_bytes("old")).value();
    }
    std::string content() const {
        return std::string(as_text(disk_->contents("/folder/name").value()));
    }
    Result<void> replace() { return replace_file(*folder_, "name", as_bytes("new")); }

    std::shared_ptr<testing::SimulatedFileSystem> disk_ =
        std::make_shared<testing::SimulatedFileSystem>(1, testing::SimulatedDisk{});
    std::unique_ptr<Directory> folder_;
};

TEST_F(ReplaceFileTest, PutsTheNewContentInThePlaceOfTheOld) {
    replace().value();
    EXPECT_EQ(content(), "new");
    replace_file(*folder_, "another", as_bytes("")).value();
    EXPECT_EQ(disk_->file_paths(), (std::vector<std::string>{"/folder/another", "/folder/name"}));
}

TEST_F(ReplaceFileTest, LeavesTheOldOneWhereACallFails) {
    for (const CallKind kind : {CallKind::Remove, CallKind::OpenFile, CallKind::Write,
                                CallKind::Sync, CallKind::Rename}) {
        disk_->fail_next(kind, Fault::io());
        EXPECT_FALSE(replace()) << to_string(kind);
        disk_->clear_faults();
        EXPECT_EQ(content(), "old") << to_string(kind);
        EXPECT_EQ(disk_->file_paths(), std::vector<std::string>{"/folder/name"}) << to_string(kind);
    }
}

TEST_F(ReplaceFileTest, RemovesWhatACrashLeft) {
    disk_->put("/folder/name.batpak-tmp", as_bytes("half")).value();
    replace().value();
    EXPECT_EQ(content(), "new");
    EXPECT_EQ(disk_->file_paths(), std::vector<std::string>{"/folder/name"});
}

// Without the sync of the content a disk may keep the name and lose what it leads to.
TEST_F(ReplaceFileTest, SyncsTheContentBeforeTheName) {
    std::vector<CallKind> calls;
    disk_->observe([&](const testing::Call& call) { calls.push_back(call.kind); });
    replace().value();
    disk_->observe({});
    const auto sync = std::ranges::find(calls, CallKind::Sync);
    EXPECT_LT(std::ranges::find(calls, CallKind::Write), sync);
    EXPECT_LT(sync, std::ranges::find(calls, CallKind::Rename));
    EXPECT_NE(std::ranges::find(calls, CallKind::Rename), calls.end());
}

}  // namespace
}  // namespace batpak
