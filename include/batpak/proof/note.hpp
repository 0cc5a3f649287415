// Note: a text with lines of signatures, in the form of C2SP signed-note.
//
//     example.com/ledger/10111213-1415-1617-1819-1a1b1c1d1e1f     the text: lines,
//     7                                                           each ended by a line feed
//     Nug8YHXx4l8rM4WTNMcBhRfii2KduBbucatj26cIthY=
//                                                                 an empty line
//     — NAME BASE64                                               signatures
//
// A note says who claims to have signed; whether that is true, a VerifierKey says.
//
// Threads: immutable value
// Errors:  parse() refuses: Malformed
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/proof/refusal.hpp"

namespace batpak::proof {

// What tells the keys of one name apart: the first four bytes of a hash of name and key.
using KeyId = std::array<std::byte, 4>;

struct NoteSignature {
    std::string name{};
    KeyId key_id{};
    Bytes signature{};  // without the key id that stands before it
    friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct Note {
    static constexpr std::size_t kBytesMax = 16 * 1024;
    static constexpr std::size_t kSignaturesMax = 64;

    std::string text{};  // ends in a line feed
    std::vector<NoteSignature> signatures{};

    [[nodiscard]] static Checked<Note> parse(std::string_view note);
    std::string to_string() const;
    friend bool operator==(const Note&, const Note&) = default;
};

// Whether it can be the name of a key, and so of a log: 1 to 255 bytes of UTF-8 without white
// space, '+' and control characters.
bool is_key_name(std::string_view name) noexcept;

}  // namespace batpak::proof
