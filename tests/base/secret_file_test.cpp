// Whose a file is that should be secret. Of another user: only root can make one, and gives the
// file away.
#include "base/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "batpak/base/environment.hpp"
#include "support/temporary_directory.hpp"

namespace batpak {
namespace {

class SecretFile : public ::testing::Test {
protected:
    SecretFile() {
        std::ofstream(path()) << "0123456789";
        EXPECT_EQ(::chmod(path().c_str(), 0600), 0);
    }
    std::string path() const { return directory_ / "secret"; }
    Result<std::string> read(const std::string& name = "secret") {
        std::array<std::byte, 10> bytes{};
        BATPAK_TRY(const auto directory,
                   real_file_system()->open_directory(directory_.path(), false));
        BATPAK_TRY(const std::size_t size, read_secret_file(*directory, name, bytes));
        return std::string(as_text(BytesView(bytes).first(size)));
    }
    ErrorCode refusal(const std::string& name = "secret") { return read(name).error().code(); }

    const testing::TemporaryDirectory directory_;
};

TEST_F(SecretFile, IsReadAsAWhole) { EXPECT_EQ(read().value(), "0123456789"); }

TEST_F(SecretFile, IsRefusedIfOthersMayReadOrWriteIt) {
    for (const ::mode_t mode : {0640U, 0620U, 0610U, 0604U, 0602U, 0777U}) {
        ASSERT_EQ(::chmod(path().c_str(), mode), 0);
        EXPECT_EQ(refusal(), ErrorCode::KeyExposed) << mode;
    }
    ASSERT_EQ(::chmod(path().c_str(), 0400), 0);
    EXPECT_TRUE(read());
}

TEST_F(SecretFile, IsRefusedIfItIsAnotherUsers) {
    if (::geteuid() != 0) return;  // only root can give a file away
    ASSERT_EQ(::chown(path().c_str(), 12345, 0), 0);
    EXPECT_EQ(refusal(), ErrorCode::KeyExposed);
}

TEST_F(SecretFile, IsRefusedIfItIsLongerOrNoFile) {
    std::ofstream(path(), std::ios::app) << "X";
    EXPECT_EQ(refusal(), ErrorCode::DecodeFailed);
    std::filesystem::create_symlink("secret", directory_ / "link");
    EXPECT_EQ(refusal("link"), ErrorCode::NotRegular);
    std::filesystem::create_directory(directory_ / "folder");
    EXPECT_EQ(refusal("folder"), ErrorCode::NotRegular);
    EXPECT_EQ(refusal("nobody"), ErrorCode::FileNotFound);
}

}  // namespace
}  // namespace batpak
