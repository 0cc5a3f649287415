// Goal:   bytes have one text, and no other text is bytes.
// Method: the vectors of RFC 4648; an encoder and a decoder of a few lines, which work on bits; all
//         lengths, and every byte at every place of a text.
#include "proof/base64.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "support/seeds.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string bits_of(BytesView bytes) {
    std::string bits;
    for (const std::byte byte : bytes) {
        for (int bit = 7; bit >= 0; --bit)
            bits += (std::to_integer<unsigned>(byte) >> bit & 1U) != 0 ? '1' : '0';
    }
    return bits;
}

std::string naive_text(BytesView bytes) {
    std::string bits = bits_of(bytes);
    while (bits.size() % 6 != 0) bits += '0';
    std::string text;
    for (std::size_t at = 0; at < bits.size(); at += 6)
        text += kAlphabet[std::stoul(bits.substr(at, 6), nullptr, 2)];
    while (text.size() % 4 != 0) text += '=';
    return text;
}

// What the text says, if each rule of the RFC is kept: whole groups of four, at most two signs of
// padding, at the end, and bits of zero where no byte is.
std::optional<Bytes> naive_bytes(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (text.ends_with('=')) {
        text.remove_suffix(1);
        if (++padding > 2) return std::nullopt;
    }
    std::string bits;
    for (const char c : text) {
        const std::size_t value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        for (int bit = 5; bit >= 0; --bit) bits += (value >> bit & 1U) != 0 ? '1' : '0';
    }
    Bytes bytes;
    std::size_t at = 0;
    for (; at + 8 <= bits.size(); at += 8)
        bytes.push_back(static_cast<std::byte>(std::stoul(bits.substr(at, 8), nullptr, 2)));
    if (bits.find('1', at) != std::string::npos) return std::nullopt;
    return bytes;
}

TEST(Base64, IsThatOfTheVectorsOfRfc4648) {
    const std::array<std::pair<const char*, const char*>, 7> vectors{{{"", ""},
                                                                      {"f", "Zg=="},
                                                                      {"fo", "Zm8="},
                                                                      {"foo", "Zm9v"},
                                                                      {"foob", "Zm9vYg=="},
                                                                      {"fooba", "Zm9vYmE="},
                                                                      {"foobar", "Zm9vYmFy"}}};
    for (const auto& [plain, coded] : vectors) {
        EXPECT_EQ(to_base64(as_bytes(std::string_view(plain))), coded);
        const auto decoded = from_base64(coded);
        ASSERT_TRUE(decoded) << coded;
        EXPECT_EQ(as_text(*decoded), plain);
    }
}

TEST(Base64, OfAnyLengthIsWhatTheNaiveEncoderWrites) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (std::size_t size = 0; size < 200; ++size) {
        Bytes bytes(size);
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
        const std::string text = to_base64(bytes);
        EXPECT_EQ(text, naive_text(bytes));
        EXPECT_EQ(from_base64(text), bytes);
    }
}

TEST(Base64, EveryByteOfAGroupIsWrittenInEveryPlace) {
    for (std::size_t size = 1; size <= 3; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (unsigned value = 0; value < 256; ++value) {
                Bytes bytes(size, std::byte{0xA5});
                bytes[place] = static_cast<std::byte>(value);
                EXPECT_EQ(to_base64(bytes), naive_text(bytes));
                EXPECT_EQ(from_base64(naive_text(bytes)), bytes);
            }
        }
    }
}

// Also each byte above 0x7F, which is in no alphabet.
TEST(Base64, AWrongByteIsRefusedWhereverItStands) {
    std::size_t refused = 0;
    for (const std::string_view good :
         {"Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}) {
        for (std::size_t at = 0; at < good.size(); ++at) {
            for (unsigned value = 0; value < 256; ++value) {
                std::string text(good);
                text[at] = static_cast<char>(value);
                const auto expected = naive_bytes(text);
                EXPECT_EQ(from_base64(text), expected) << "byte " << value << " at " << at;
                refused += expected ? 0U : 1U;
            }
        }
    }
    EXPECT_GT(refused, 5000U);
}

// One of each sort of byte in each place: the ends of the ranges of the alphabet, what stands next
// to them, padding, and what other alphabets and lines have.
TEST(Base64, EachShortTextIsWhatTheNaiveDecoderSaysOfIt) {
    constexpr std::string_view kBytes("AQZagz09+/=-_\n\0\x80\xBF", 17);
    std::string text;
    std::size_t good = 0;
    const auto try_all = [&](auto& self, std::size_t left) -> void {
        const auto expected = naive_bytes(text);
        good += expected ? 1U : 0U;
        ASSERT_EQ(from_base64(text), expected) << text;
        if (left == 0) return;
        for (const char c : kBytes) {
            text.push_back(c);
            self(self, left - 1);
            text.pop_back();
        }
    };
    try_all(try_all, 4);
    EXPECT_GT(good, 10'000U);
}

TEST(Base64, ATextThatIsCutOrLongerIsAnotherOrNone) {
    const std::string good = naive_text(as_bytes(std::string_view("one log, and one history")));
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_EQ(from_base64(good.substr(0, cut)), naive_bytes(good.substr(0, cut))) << cut;
    for (const char* const more : {"=", "==", "===", "====", "A", "AA==", "\n", " "})
        EXPECT_EQ(from_base64(good + more), naive_bytes(good + more)) << more;
    EXPECT_FALSE(from_base64("Zg==Zg=="));
    EXPECT_FALSE(from_base64("===="));
}

TEST(Base64, AHashIsThirtyTwoBytes) {
    for (std::size_t size = 0; size < 70; ++size) {
        const Bytes bytes(size, std::byte{7});
        const std::optional<Hash> hash = hash_from_base64(to_base64(bytes));
        ASSERT_EQ(hash.has_value(), size == 32) << size;
        if (hash) {
            EXPECT_TRUE(equal_bytes(hash->view(), bytes));
        }
    }
    EXPECT_FALSE(hash_from_base64(std::string(44, '!')));
}

}  // namespace
}  // namespace batpak::proof
