// Goal:   keys are the texts that other programs for notes read and write, a signature is good for
//         one text of one key, and a key's file gives the key to nobody.
// Method: the worked example was made with golang.org/x/mod; the vectors are those of RFC 8032;
//         each byte of a key's text becomes every other, and each bit of a signature and of what it
//         signs is flipped.
#include "batpak/proof/keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "batpak/testing/simulated_file_system.hpp"
#include "proof/support.hpp"
#include "support/file_helpers.hpp"
#include "support/hex.hpp"
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

// Whatever one byte becomes, the text is no key: the id is made of the name and the key, and is
// written in small digits.
TEST(Keys, EveryByteOfTheTextMatters) {
    const std::string good(kExampleVerifierKey);
    const std::string secret(kExampleSigningKey);
    for (unsigned value = 0; value < 256; ++value) {
        for (std::size_t at = 0; at < good.size(); ++at) {
            std::string changed = good;
            changed[at] = static_cast<char>(value);
            ASSERT_EQ(VerifierKey::parse(changed).has_value(), changed == good)
                << "byte " << value << " at " << at;
        }
        for (std::size_t at = 0; at < secret.size(); ++at) {
            std::string changed = secret;
            changed[at] = static_cast<char>(value);
            ASSERT_EQ(SigningKey::parse(changed).has_value(), changed == secret)
                << "byte " << value << " at " << at;
        }
    }
}

// ---- signatures

// Gives the bytes of a seed that is known.
class KnownEntropy final : public Entropy {
public:
    explicit KnownEntropy(Bytes seed) : seed_(std::move(seed)) {}
    void fill(MutableBytesView into) noexcept override {
        BATPAK_ASSERT(into.size() == seed_.size());
        std::ranges::copy(seed_, into.begin());
    }

private:
    Bytes seed_;
};

TEST(Keys, SignAsTheVectorsOfRfc8032Say) {
    struct Vector {
        const char* seed;
        const char* public_key;
        const char* message;
        const char* signature;
    };
    for (const Vector& vector :
         {Vector{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                 "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
          Vector{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
                 "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"}}) {
        KnownEntropy entropy(testing::from_hex(vector.seed));
        const SigningKey key = SigningKey::generate("rfc", entropy);
        EXPECT_EQ(to_hex(key.verifier().public_key()), vector.public_key);
        const Bytes message = testing::from_hex(vector.message);
        EXPECT_EQ(to_hex(key.sign(as_text(message)).value().signature), vector.signature);
    }
}

TEST(Keys, ASignatureIsGoodForItsTextAndItsKeyAndInOneLength) {
    const SigningKey key = key_of("a", 1);
    const std::string text = "a text\n";
    const NoteSignature line = key.sign(text).value();
    EXPECT_TRUE(key.verifier().verifies(text, line));
    EXPECT_FALSE(key_of("a", 2).verifier().verifies(text, line));
    for (std::size_t bit = 0; bit < line.signature.size() * 8; ++bit) {
        NoteSignature wrong = line;
        wrong.signature[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        EXPECT_FALSE(key.verifier().verifies(text, wrong)) << bit;
    }
    for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
        std::string wrong = text;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(key.verifier().verifies(wrong, line)) << bit;
    }
    for (std::size_t size = 0; size < 100; ++size) {
        NoteSignature wrong = line;
        wrong.signature.resize(size);
        EXPECT_EQ(key.verifier().verifies(text, wrong), size == 64) << size;
    }
}

// A line names a key by its name and its id. Two keys of one name differ in the id.
TEST(Keys, ALineNamesTheKeyWhoseNameAndIdItHas) {
    const SigningKey key = key_of("a", 1);
    const NoteSignature line = key.sign("").value();
    EXPECT_TRUE(key.verifier().is_named_by(line));
    EXPECT_FALSE(key_of("a", 2).verifier().is_named_by(line));
    EXPECT_FALSE(key_of("b", 1).verifier().is_named_by(line));
    NoteSignature wrong = line;
    wrong.name = "b";
    EXPECT_FALSE(key.verifier().is_named_by(wrong));
    wrong = line;
    wrong.key_id[3] ^= std::byte{1};
    EXPECT_FALSE(key.verifier().is_named_by(wrong));
    // The same bytes as a key of another type are another key.
    EXPECT_NE(witness_key("a", 1).id(), key.verifier().id());
}

TEST(Keys, ACosignatureCoversItsTime) {
    constexpr std::uint64_t kTime = 0x0102'0304'0506'0708;
    const SigningKey key = key_of("w", 1);
    const VerifierKey witness = witness_key("w", 1);
    const std::string text = "origin\n7\n";
    NoteSignature line =
        key.sign("cosignature/v1\ntime " + std::to_string(kTime) + "\n" + text).value();
    EXPECT_FALSE(witness.verifies(text, line)) << "without its time";
    Bytes time;
    for (int i = 1; i <= 8; ++i) time.push_back(static_cast<std::byte>(i));
    line.signature.insert(line.signature.begin(), time.begin(), time.end());
    EXPECT_TRUE(witness.verifies(text, line));
    EXPECT_EQ(cosigned_at(line), kTime);
    EXPECT_FALSE(key.verifier().verifies(text, line)) << "as a log's key";
    for (std::size_t bit = 0; bit < line.signature.size() * 8; ++bit) {
        NoteSignature wrong = line;
        wrong.signature[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        EXPECT_FALSE(witness.verifies(text, wrong)) << bit;
    }
}

TEST(Keys, AnOriginIsANameAndALogId) {
    const LogId id = LogId::parse("10111213-1415-1617-1819-1a1b1c1d1e1f").value();
    EXPECT_EQ(origin_of("example.com/ledger", id), kExampleOrigin);
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

TEST(SigningKeyFile, IsNeverWrittenOverAnother) {
    testing::SimulatedFileSystem disk(1, testing::SimulatedDisk{});
    const std::unique_ptr<Directory> folder = disk.open_directory("keys", true).value();
    const SigningKey first = key_of("a", 1);
    ASSERT_TRUE(write_key_file(*folder, "key", first));
    const auto second = write_key_file(*folder, "key", key_of("a", 2));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::Io);
    EXPECT_EQ(second.error().os_error(), EEXIST);
    EXPECT_EQ(read_key_file(*folder, "key")->verifier(), first.verifier());
}

// Whatever is wrong, no word of the file is in the error: it may be most of a key.
TEST(SigningKeyFile, ThatHoldsNoKeyIsRefusedWithoutAWordOfIt) {
    const std::string good(kExampleSigningKey);
    for (const std::string& bad :
         {std::string(), good.substr(1), good.substr(0, good.size() - 1), good + "\n\n",
          good + "\r\n", " " + good, good + "\n" + good + "\n", std::string(kExampleVerifierKey),
          good + std::string(2000, 'x')}) {
        testing::SimulatedFileSystem disk(1, testing::SimulatedDisk{});
        const std::unique_ptr<Directory> folder = disk.open_directory("keys", true).value();
        {
            const auto file = folder->open_file("key", OpenMode::CreateNew).value();
            file->write_at(0, as_bytes(bad)).value();
        }
        const auto read = read_key_file(*folder, "key");
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().code(), ErrorCode::DecodeFailed);
        EXPECT_EQ(read.error().place(), "key");
        EXPECT_EQ(read.error().to_string().find("AQABAgM"), std::string::npos);
        EXPECT_EQ(read.error().to_string().find("b66f3e1f"), std::string::npos);
    }
}

}  // namespace
}  // namespace batpak::proof
