// Goal:   a note has one reading, every byte of it matters, and nothing of a stranger's note is
//         taken that has no place in it.
// Method: notes are written and read; in one with two signatures each byte becomes every other, and
//         what is still read must be written so; each rule is broken by itself. The names of keys
//         are tried with every character of Unicode, against a list of what is white space.
#include "batpak/proof/note.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "proof/support.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";

NoteSignature signature_of(std::string name, std::size_t bytes, std::uint8_t fill) {
    return {std::move(name),
            {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{fill}},
            Bytes(bytes, std::byte{fill})};
}

const Note kTwoSigned{"first\n\nthird\n", {signature_of("a", 3, 7), signature_of("b.c/d", 2, 9)}};

std::string why(std::string_view note) {
    const auto parsed = Note::parse(note);
    EXPECT_FALSE(parsed) << note;
    if (parsed) return "";
    EXPECT_EQ(parsed.error().reason(), Reason::Malformed);
    return parsed.error().detail();
}

TEST(Note, IsATextAnEmptyLineAndSignatures) {
    EXPECT_EQ(kTwoSigned.to_string(), "first\n\nthird\n\n" + std::string(kDash) +
                                          "a AQIDBwcHBw==\n" + std::string(kDash) +
                                          "b.c/d AQIDCQkJ\n");
    const auto example = Note::parse(kExampleCheckpoint);
    ASSERT_TRUE(example);
    EXPECT_EQ(example->signatures.size(), 1U);
    EXPECT_EQ(example->signatures[0].name, kExampleOrigin);
    EXPECT_EQ(to_hex(example->signatures[0].key_id), "b66f3e1f");
    EXPECT_EQ(example->signatures[0].signature.size(), 64U);
    EXPECT_EQ(example->text, kExampleCheckpoint.substr(0, kExampleCheckpoint.find("\n\n") + 1));
}

TEST(Note, ComesBackAsItWasWritten) {
    for (const std::string& text : {std::string("\n"), std::string("one\n"), std::string("\n\n\n"),
                                    std::string("a\n\nb\n\n"), std::string("gr\xC3\xBC\xC3\x9F\n"),
                                    // What looks like a signature, and is text.
                                    std::string(kDash) + "a AQIDBwcHBw==\n"}) {
        for (const std::size_t count : {std::size_t{1}, std::size_t{2}, Note::kSignaturesMax}) {
            Note note{text};
            for (std::size_t i = 0; i < count; ++i)
                note.signatures.push_back(signature_of("key" + std::to_string(i), 1 + i % 65,
                                                       static_cast<std::uint8_t>(i)));
            const auto parsed = Note::parse(note.to_string());
            ASSERT_TRUE(parsed) << text;
            EXPECT_EQ(*parsed, note);
        }
    }
}

// Whatever one byte becomes, it is no note, or another one that would be written so.
TEST(Note, EveryByteMatters) {
    const std::string good = kTwoSigned.to_string();
    std::size_t read = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (unsigned value = 0; value < 256; ++value) {
            std::string changed = good;
            changed[at] = static_cast<char>(value);
            const auto parsed = Note::parse(changed);
            if (!parsed) continue;
            ++read;
            EXPECT_EQ(parsed->to_string(), changed) << "byte " << value << " at " << at;
            EXPECT_EQ(*parsed == kTwoSigned, changed == good);
        }
    }
    EXPECT_GT(read, good.size());
}

// Nothing but the whole note is one, but for that without its last line.
TEST(Note, ACutIsRefusedUnlessItIsBetweenLines) {
    const std::string good = kTwoSigned.to_string();
    const std::size_t end_of_first = good.find("==\n") + 3;
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_EQ(Note::parse(good.substr(0, cut)).has_value(), cut == end_of_first) << cut;
    EXPECT_EQ(Note::parse(good.substr(0, end_of_first))->signatures.size(), 1U);
}

TEST(Note, EachRuleThatIsBrokenIsNamed) {
    const std::string line = std::string(kDash) + "a AQIDBwcHBw==\n";
    ASSERT_TRUE(Note::parse("text\n\n" + line));
    EXPECT_EQ(why(""), "a note has an empty line before its signatures");
    EXPECT_EQ(why("text\n" + line), "a note has an empty line before its signatures");
    EXPECT_EQ(why("text\n\n"), "a note has a signature");
    for (const char* const bad : {"a AQIDBwcHBw==\n", "\xE2\x80\x93 a AQIDBwcHBw==\n",
                                  "\xE2\x80\x94"
                                  "a AQIDBwcHBw==\n"})
        EXPECT_EQ(why("text\n\n" + std::string(bad)), "that is no line of a signature") << bad;
    for (const char* const bad :
         {"a", "a ", " AQIDBwcHBw==", "a+b AQIDBwcHBw==", "a  AQIDBwcHBw==", "a AQIDBwcHBw== ",
          "a AQIDBwcHBw", "a AQID", "a AQIDBA==", "a AQIDBwcHBx=="})
        EXPECT_EQ(why("text\n\n" + std::string(kDash) + bad + "\n"),
                  "that is no line of a signature")
            << bad;
    EXPECT_EQ(why("text\n\n" + line + line.substr(0, line.size() - 1)),
              "that is no line of a signature");
    for (const std::string& text :
         {std::string("a\rb"), std::string("a\tb"), std::string("a\0b", 3), std::string("\x7F"),
          std::string("\x1F"), std::string("\xFF"), std::string("\xC0\xAF"),
          std::string("\xED\xA0\x80")})
        EXPECT_EQ(why(text + "\n\n" + line), "a note is UTF-8 without control characters");
}

TEST(Note, HasAtMost64SignaturesAnd16Kibibytes) {
    Note note{"text\n"};
    while (note.signatures.size() < Note::kSignaturesMax)
        note.signatures.push_back(signature_of("a", 1, 1));
    EXPECT_TRUE(Note::parse(note.to_string()));
    note.signatures.push_back(signature_of("a", 1, 1));
    EXPECT_EQ(why(note.to_string()), "a note has at most 64 signatures");
    note.signatures.resize(1);
    note.text.insert(0, Note::kBytesMax - note.to_string().size(), 'x');
    ASSERT_EQ(note.to_string().size(), Note::kBytesMax);
    EXPECT_EQ(Note::parse(note.to_string()).value(), note);
    note.text.insert(0, 1, 'x');
    EXPECT_EQ(why(note.to_string()), "a note has at most 16 KiB");
}

// ---- names of keys

TEST(KeyName, HasNoSpaceNoPlusAndNoControls) {
    for (const char* good : {"a", "example.com/log", "\xC3\xA4"}) EXPECT_TRUE(is_key_name(good));
    for (const char* bad : {"", "a b", "a+b", "a\nb", "a\x7F",
                            "a\xC2\xA0"
                            "b",
                            "\xFF", "\xE3\x80\x80"})
        EXPECT_FALSE(is_key_name(bad)) << bad;
    EXPECT_TRUE(is_key_name(std::string(255, 'a')));
    EXPECT_FALSE(is_key_name(std::string(256, 'a')));
}

std::string utf8_of(std::uint32_t character) {
    const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
    const auto rest = [&](int shift) { return byte(0x80 | (character >> shift & 0x3F)); };
    if (character < 0x80) return {byte(character)};
    if (character < 0x800) return {byte(0xC0 | character >> 6), rest(0)};
    if (character < 0x1'0000) return {byte(0xE0 | character >> 12), rest(6), rest(0)};
    return {byte(0xF0 | character >> 18), rest(12), rest(6), rest(0)};
}

TEST(KeyName, IsRefusedForEachWhiteSpaceOfUnicodeAndForNoOtherCharacter) {
    const std::vector<std::uint32_t> spaces = {
        0x85,   0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
        0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};
    for (std::uint32_t character = 0; character <= 0x10'FFFF; ++character) {
        const bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
        const bool is_bad = character <= 0x20 || character == 0x7F || character == '+' ||
                            is_surrogate || std::ranges::count(spaces, character) > 0;
        ASSERT_EQ(is_key_name("a" + utf8_of(character) + "b"), !is_bad) << std::hex << character;
    }
}

}  // namespace
}  // namespace batpak::proof
