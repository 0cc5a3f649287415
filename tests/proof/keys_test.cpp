// Goal:   keys are the texts that other programs for notes read and write.
// Method: the worked example was made with golang.org/x/mod; texts that differ from it are refused.
#include "batpak/proof/keys.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "proof/support.hpp"
#include "support/temporary_directory.hpp"

namespace batpak::proof {
namespace {

TEST(Keys, AreTheTextsOfTheExample) {
    const VerifierKey verifier = VerifierKey::parse(kExampleVerifierKey).value();
    EXPECT_EQ(verifier.name(), kExampleOrigin);
    EXPECT_EQ(verifier.to_string(), kExampleVerifierKey);
    const SigningKey key = SigningKey::parse(kExampleSigningKey).value();
    EXPECT_EQ(key.verifier(), verifier);
}

TEST(Keys, RefuseEveryOtherText) {
    const std::string good(kExampleVerifierKey);
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_FALSE(VerifierKey::parse(good.substr(0, cut))) << cut;
    for (const std::string& bad :
         {good + "=", with(good, "b66f3e1f", "b66f3e1e"), with(good, "b66f3e1f", "B66F3E1"),
          with(good, "+AQO", "+AgO"), with(good, "example", "exam ple"),
          std::string("+b66f3e1f+AQOh")}) {
        EXPECT_FALSE(VerifierKey::parse(bad)) << bad;
    }
    EXPECT_FALSE(SigningKey::parse(good));
    EXPECT_FALSE(SigningKey::parse(std::string(kExampleSigningKey) + "\n"));
    EXPECT_FALSE(SigningKey::parse(with(std::string(kExampleSigningKey), "b66f", "b66e")));
}

// ---- files

TEST(SigningKeyFile, IsOneLineOfTheFormThatOthersRead) {
    const testing::TemporaryDirectory directory;
    const std::shared_ptr<FileSystem> files = real_file_system();
    const std::unique_ptr<Directory> folder =
        files->open_directory(directory.path(), false).value();
    const SigningKey key = SigningKey::parse(kExampleSigningKey).value();
    ASSERT_TRUE(write_key_file(*folder, "key", key));
    std::ifstream file(directory / "key");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_EQ(text, std::string(kExampleSigningKey) + "\n");
    EXPECT_EQ(read_key_file(*folder, "key")->verifier(), key.verifier());
}

}  // namespace
}  // namespace batpak::proof
