// Goal:   a text whose checksum holds is the one that was written, and a reader takes from it
//         exactly the words that it is asked for, until the first that is not there.
// Method: a checksum made bit by bit; each truncation, flipped bit and changed byte of a text; each
//         way to read a word with each sort of text before it; and lines of chance, which are read
//         as they were written, cut at each byte.
#include "store/log/checked_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>
#include <vector>

#include "support/seeds.hpp"

namespace batpak::store::checked_text_test {
namespace {

constexpr std::string_view kLog = "0f0e0d0c-0b0a-4908-8706-050403020100";

// The CRC-32 of zip and PNG, one bit at a time.
std::string naive_checksum_line(std::string_view text) {
    std::uint32_t sum = 0xFFFF'FFFF;
    for (const char c : text) {
        sum ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1U) != 0 ? 0xEDB8'8320U : 0);
    }
    std::array<char, 16> line{};
    std::snprintf(line.data(), line.size(), "crc %08x\n", sum ^ 0xFFFF'FFFF);
    return line.data();
}

TEST(CheckedText, TheLastLineIsTheChecksumOfTheOthers) {
    EXPECT_EQ(checksum_line("123456789"), "crc cbf43926\n");
    EXPECT_EQ(checksum_line(""), "crc 00000000\n");
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_EQ(checksum_line(text), naive_checksum_line(text)) << text;
        text += static_cast<char>(i * 7);
    }
}

TEST(CheckedText, OnlyTheWholeTextHasTheChecksumThatEndsIt) {
    for (const std::string& lines :
         {std::string("a\n"), std::string("x"), std::string("batpak manifest v1\nlog a\n"),
          std::string("\0\0\0\n", 4), naive_checksum_line("")}) {
        const std::string good = lines + naive_checksum_line(lines);
        EXPECT_EQ(covered_by_checksum(good), lines);
        for (std::size_t cut = 0; cut < good.size(); ++cut) {
            EXPECT_EQ(covered_by_checksum(good.substr(0, cut)), std::nullopt) << cut;
            EXPECT_EQ(covered_by_checksum(good.substr(cut + 1)), std::nullopt) << cut;
        }
        for (std::size_t at = 0; at < good.size(); ++at) {
            for (unsigned value = 0; value < 256; ++value) {
                std::string changed = good;
                changed[at] = static_cast<char>(value);
                EXPECT_EQ(covered_by_checksum(changed).has_value(), changed == good)
                    << "byte " << value << " at " << at;
            }
        }
        for (const std::string& longer : {good + "\n", good + good, "\n" + good})
            EXPECT_EQ(covered_by_checksum(longer), std::nullopt);
    }
}

TEST(CheckedText, AChecksumOfNothingCoversNothing) {
    EXPECT_EQ(covered_by_checksum(naive_checksum_line("")), std::nullopt);
    EXPECT_EQ(covered_by_checksum(""), std::nullopt);
}

// ---- words

TEST(TextReader, ExpectsAWordAndNothingBeforeIt) {
    for (const std::string_view text : {"generation 3", "generation "}) {
        TextReader reader(text);
        EXPECT_TRUE(reader.follows("generation "));
        reader.expect("generation ");
        EXPECT_FALSE(reader.failed());
        EXPECT_EQ(reader.done(), text.size() == 11);
    }
    for (const std::string_view text : {"", "generation", "Generation 3", " generation 3"}) {
        TextReader reader(text);
        EXPECT_FALSE(reader.follows("generation "));
        reader.expect("generation ");
        EXPECT_TRUE(reader.failed()) << text;
    }
}

TEST(TextReader, ANumberIsAsManyDigitsAsThereAre) {
    struct Case {
        const char* text;
        std::uint64_t number;
        const char* rest;
    };
    for (const Case& one :
         {Case{"0", 0, ""}, Case{"7 8", 7, " 8"}, Case{"007", 7, ""}, Case{"12a", 12, "a"},
          Case{"5-6", 5, "-6"}, Case{"3\n", 3, "\n"}, Case{"0x10", 0, "x10"},
          Case{"18446744073709551615", std::numeric_limits<std::uint64_t>::max(), ""}}) {
        TextReader reader(one.text);
        EXPECT_EQ(reader.number(), one.number) << one.text;
        reader.expect(one.rest);
        EXPECT_TRUE(reader.done()) << one.text;
    }
    for (const char* const text :
         {"", "a", " 1", "-1", "+1", "\n", "18446744073709551616", "99999999999999999999999999"}) {
        TextReader reader(text);
        EXPECT_EQ(reader.number(), 0U);
        EXPECT_TRUE(reader.failed()) << text;
    }
}

TEST(TextReader, ALogIdIsThirtySixCharacters) {
    const std::string good(kLog);
    const std::string more = good + " more";
    TextReader reader(more);
    EXPECT_EQ(to_string(reader.log_id()), kLog);
    reader.expect(" more");
    EXPECT_TRUE(reader.done());
    for (std::size_t cut = 0; cut < good.size(); ++cut) {
        TextReader shorter(std::string_view(good).substr(0, cut));
        EXPECT_EQ(shorter.log_id(), LogId());
        EXPECT_TRUE(shorter.failed()) << cut;
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        std::string changed = good;
        changed[at] = changed[at] == '-' ? '0' : '-';
        TextReader wrong(changed);
        EXPECT_EQ(wrong.log_id(), LogId());
        EXPECT_TRUE(wrong.failed()) << at;
    }
}

TEST(TextReader, BytesAreTwoSmallDigitsEach) {
    for (unsigned value = 0; value < 0x1'0000; ++value) {
        const std::array<char, 2> text{static_cast<char>(value >> 8U),
                                       static_cast<char>(value & 0xFFU)};
        constexpr std::string_view kDigits = "0123456789abcdef";
        const std::size_t high = kDigits.find(text[0]);
        const std::size_t low = kDigits.find(text[1]);
        const bool is_byte = high != std::string_view::npos && low != std::string_view::npos;
        std::array<std::byte, 1> byte{std::byte{0x5A}};
        TextReader reader(std::string_view(text.data(), text.size()));
        reader.hex(byte);
        ASSERT_EQ(reader.done(), is_byte) << value;
        ASSERT_EQ(std::to_integer<std::size_t>(byte[0]), is_byte ? high * 16 + low : 0) << value;
    }
    std::array<std::byte, 4> four{};
    four.fill(std::byte{0x5A});
    TextReader shorter("0011223");
    shorter.hex(four);
    EXPECT_TRUE(shorter.failed());
    EXPECT_EQ(four, (std::array<std::byte, 4>{}));
    TextReader longer("001122334");
    longer.hex(four);
    EXPECT_EQ(to_hex(four), "00112233");
    EXPECT_FALSE(longer.failed());
    EXPECT_TRUE(longer.follows("4"));
}

TEST(TextReader, HasNothingLeftOnceItFailed) {
    TextReader reader("1 2 3");
    EXPECT_EQ(reader.number(), 1U);
    reader.expect("x");
    EXPECT_TRUE(reader.failed());
    reader.expect("");
    EXPECT_TRUE(reader.failed()) << "for good";
    EXPECT_FALSE(reader.follows(""));
    EXPECT_FALSE(reader.done());
    EXPECT_EQ(reader.number(), 0U);
    EXPECT_EQ(reader.log_id(), LogId());
    std::array<std::byte, 2> bytes{std::byte{1}, std::byte{1}};
    reader.hex(bytes);
    EXPECT_EQ(to_hex(bytes), "0000");

    TextReader stopped("");
    EXPECT_TRUE(stopped.done());
    stopped.stop();
    EXPECT_TRUE(stopped.failed());
    EXPECT_FALSE(stopped.done());
}

// ---- lines

// A line of some words, and how it is read: 'n' a number, 'i' a log id, 'h' four bytes, '.' a space
// and '/' the end of a line.
struct Lines {
    std::string text;
    std::string words;
};

Lines random_lines(std::mt19937_64& random) {
    Lines lines;
    for (std::size_t i = 0, count = 1 + random() % 6; i < count; ++i) {
        const std::uint64_t number = random() >> random() % 64;
        const char word = "nih"[random() % 3];
        lines.words += word;
        if (word == 'n') lines.text += std::to_string(number);
        if (word == 'i') lines.text += kLog;
        if (word == 'h') lines.text += checksum_line(std::to_string(number)).substr(4, 8);
        lines.words += random() % 2 == 0 ? '.' : '/';
        lines.text += lines.words.back() == '.' ? ' ' : '\n';
    }
    return lines;
}

// The text written again from what was read, as the users of a reader do.
std::optional<std::string> read_and_written(std::string_view text, std::string_view words) {
    std::string again;
    TextReader reader(text);
    for (const char word : words) {
        if (word == '.' || word == '/') {
            const char* const between = word == '.' ? " " : "\n";
            reader.expect(between);
            again += between;
        }
        if (word == 'n') again += std::to_string(reader.number());
        if (word == 'i') again += to_string(reader.log_id());
        if (word == 'h') {
            std::array<std::byte, 4> bytes{};
            reader.hex(bytes);
            again += to_hex(bytes);
        }
    }
    return reader.done() ? std::optional(again) : std::nullopt;
}

TEST(TextReader, LinesAreReadAsTheyWereWrittenAndNoOthers) {
    const std::uint64_t seed =
        testing::number_from_environment("BATPAK_SEED").value_or(std::random_device()());
    SCOPED_TRACE("BATPAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 300; ++round) {
        const Lines lines = random_lines(random);
        ASSERT_EQ(read_and_written(lines.text, lines.words), lines.text);
        for (std::size_t cut = 0; cut < lines.text.size(); ++cut)
            EXPECT_EQ(read_and_written(lines.text.substr(0, cut), lines.words), std::nullopt);
        EXPECT_EQ(read_and_written(lines.text + "\n", lines.words), std::nullopt);
        for (int i = 0; i < 50; ++i) {
            std::string changed = lines.text;
            changed[random() % changed.size()] = static_cast<char>(random());
            const auto again = read_and_written(changed, lines.words);
            if (!again || *again == changed) continue;
            // Zeros in front of a number, or large digits of a log id: users compare with what they
            // write again, which is the one text.
            EXPECT_EQ(read_and_written(*again, lines.words), again) << changed;
            EXPECT_LE(again->size(), changed.size()) << changed;
        }
    }
}

}  // namespace
}  // namespace batpak::store::checked_text_test
