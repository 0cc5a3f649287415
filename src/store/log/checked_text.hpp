// Checked text: files of lines that end in a checksum, such as MANIFEST and SNAPSHOT.
//
//     batpak manifest v1
//     ...
//     crc 5d6a0f1c
//
// The last line sums up all the bytes before it. A reader takes the lines word by word, and at last
// writes what it has read again and compares: so each file has one spelling.
//
// Threads: the functions are thread-safe; a TextReader is thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/id.hpp"

namespace batpak::store {

// The last line of a file whose other lines are `covered`.
std::string checksum_line(std::string_view covered);
// The lines before the last one, if that is right.
std::optional<std::string_view> covered_by_checksum(std::string_view text);

// Takes words off the front of a text. Anything unexpected makes it fail for good.
class TextReader {
public:
    // Borrows: the text.
    explicit TextReader(std::string_view text) : rest_(text) {}

    void expect(std::string_view text);
    bool follows(std::string_view text) const { return !failed_ && rest_.starts_with(text); }
    std::uint64_t number();
    LogId log_id();
    // So many bytes, in lower-case hexadecimal digits.
    void hex(MutableBytesView into);

    void stop();
    bool failed() const { return failed_; }
    bool done() const { return !failed_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace batpak::store
