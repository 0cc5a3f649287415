#include "store/salvage/patient_file.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "batpak/testing/simulated_file_system.hpp"
#include "support/file_helpers.hpp"

namespace batpak::store {
namespace {

using testing::code_of;
using testing::SimulatedDisk;
using testing::SimulatedFileSystem;

class PatientFileTest : public ::testing::Test {
protected:
    static constexpr std::uint64_t kBlock = PatientFile::kBlockBytes;

    PatientFileTest() {
        EXPECT_TRUE(disk->put("/file", content));
        const auto root = disk->open_directory("/", false).value();
        file = std::make_unique<PatientFile>(root->open_file("file", OpenMode::ReadOnly).value());
    }
    // Each read that touches the block fails.
    void break_block(std::uint64_t block) const {
        disk->observe([this, block](const testing::Call& call) {
            const bool touches =
                call.offset < (block + 1) * kBlock && block * kBlock < call.offset + call.length;
            if (call.kind == testing::CallKind::Read && touches)
                disk->fail_call(call.number, testing::Fault::io());
        });
    }

    std::shared_ptr<SimulatedFileSystem> disk =
        std::make_shared<SimulatedFileSystem>(1, SimulatedDisk{});
    Bytes content = Bytes(3 * kBlock + 100, std::byte{7});
    std::unique_ptr<PatientFile> file;
};

TEST_F(PatientFileTest, ReadsWhatThereIs) {
    Bytes into(content.size() + 10);
    EXPECT_EQ(file->read_at(0, into).value(), content.size());
    into.resize(content.size());
    EXPECT_EQ(into, content);
    EXPECT_TRUE(file->unreadable().empty());
}

TEST_F(PatientFileTest, ReadsZerosForABlockThatFails) {
    break_block(1);
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{10}, kBlock - 1, kBlock}) {
        Bytes into(content.size(), std::byte{1});
        const std::size_t got = file->read_at(offset, into).value();
        ASSERT_EQ(got, content.size() - offset);
        for (std::size_t i = 0; i < got; ++i) {
            const bool is_bad = (offset + i) / kBlock == 1;
            ASSERT_EQ(into[i], is_bad ? std::byte{0} : std::byte{7}) << offset << ' ' << i;
        }
    }
    EXPECT_EQ(file->unreadable(), (std::set<std::uint64_t>{kBlock}));
    Bytes into(10);
    EXPECT_EQ(file->read_at(content.size(), into).value(), 0U);
}

// A connection that broke, or memory that is used up, says nothing of the bytes.
TEST_F(PatientFileTest, GivesBackErrorsThatAreNotTheDisks) {
    for (const int number : {ENOMEM, ESTALE, EACCES}) {
        disk->fail_next(testing::CallKind::Read, testing::Fault::error(ErrorCode::Io, number));
        Bytes into(10);
        const auto read = file->read_at(0, into);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().os_error(), number);
    }
    EXPECT_TRUE(file->unreadable().empty());
}

TEST_F(PatientFileTest, ChangesNothing) {
    EXPECT_EQ(code_of(file->write_at(0, as_bytes("x"))), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(file->allocate(1)), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(file->resize(1)), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(file->sync(SyncMode::All)), ErrorCode::Unsupported);
    EXPECT_EQ(code_of(file->map(1, false)), ErrorCode::Unsupported);
    EXPECT_EQ(file->stat().value().size_bytes, content.size());
}

}  // namespace
}  // namespace batpak::store
