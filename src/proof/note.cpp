// The text of a note may have empty lines: its signatures begin after the last one. What follows
// is signature lines and nothing else. Every byte of a note is accounted for, so that no two notes
// that differ are read as one.
#include "batpak/proof/note.hpp"

#include <algorithm>

#include "batpak/base/detail/utf8.hpp"
#include "proof/base64.hpp"
#include "proof/lines.hpp"

namespace batpak::proof {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // an em dash, U+2014, and a space
constexpr std::string_view kGap = "\n\n";

bool is_clean_text(std::string_view text) {
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n') || byte == 0x7F;
    };
    return is_utf8(text) && std::ranges::none_of(text, is_control);
}

std::optional<NoteSignature> parse_signature(std::string_view line) {
    if (!line.starts_with(kSignaturePrefix)) return std::nullopt;
    line.remove_prefix(kSignaturePrefix.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
    const std::optional<Bytes> bytes = from_base64(line.substr(space + 1));
    NoteSignature signature{.name = std::string(line.substr(0, space))};
    if (!bytes || bytes->size() <= signature.key_id.size()) return std::nullopt;
    const auto border = bytes->begin() + static_cast<std::ptrdiff_t>(signature.key_id.size());
    std::copy(bytes->begin(), border, signature.key_id.begin());
    signature.signature.assign(border, bytes->end());
    return signature;
}

}  // namespace

bool is_key_name(std::string_view name) noexcept {
    constexpr std::size_t kBytesMax = 255;
    if (name.empty() || name.size() > kBytesMax || !is_utf8(name)) return false;
    if (name.find('+') != std::string_view::npos) return false;
    const auto is_ascii_space_or_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7F;
    };
    if (std::ranges::any_of(name, is_ascii_space_or_control)) return false;
    // What else Unicode calls white space: U+0085, U+00A0, U+1680, U+2000..200A, U+2028, U+2029,
    // U+202F, U+205F, U+3000.
    for (const std::string_view space :
         {"\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
          "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87",
          "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9",
          "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"}) {
        if (name.find(space) != std::string_view::npos) return false;
    }
    return true;
}

// Sizes are bounded first: a note comes from strangers.
Checked<Note> Note::parse(std::string_view note) {
    if (note.size() > kBytesMax) return refuse(Reason::Malformed, "a note has at most 16 KiB");
    if (!is_clean_text(note)) {
        return refuse(Reason::Malformed, "a note is UTF-8 without control characters");
    }
    const std::size_t gap = note.rfind(kGap);
    if (gap == std::string_view::npos) {
        return refuse(Reason::Malformed, "a note has an empty line before its signatures");
    }
    Note parsed{.text = std::string(note.substr(0, gap + 1))};
    Lines lines(note.substr(gap + kGap.size()));
    while (!lines.at_end()) {
        const std::optional<std::string_view> line = lines.next();
        std::optional<NoteSignature> signature = line ? parse_signature(*line) : std::nullopt;
        if (!signature) return refuse(Reason::Malformed, "that is no line of a signature");
        if (parsed.signatures.size() == kSignaturesMax) {
            return refuse(Reason::Malformed, "a note has at most 64 signatures");
        }
        parsed.signatures.push_back(*std::move(signature));
    }
    if (parsed.signatures.empty()) return refuse(Reason::Malformed, "a note has a signature");
    return parsed;
}

std::string Note::to_string() const {
    std::string note = text + "\n";
    for (const NoteSignature& line : signatures) {
        Bytes bytes(line.key_id.begin(), line.key_id.end());
        bytes.insert(bytes.end(), line.signature.begin(), line.signature.end());
        note += std::string(kSignaturePrefix) + line.name + " " + to_base64(bytes) + "\n";
    }
    return note;
}

}  // namespace batpak::proof
