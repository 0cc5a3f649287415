// JsonLine: one JSON object on one line, its members in the order in which they are given.
//
// Threads: thread-compatible
// Errors:  none
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "batpak/base/bytes.hpp"
#include "batpak/base/error.hpp"

namespace batpak::tool {

class JsonLine {
public:
    // With `ascii`, characters beyond ASCII are escaped.
    explicit JsonLine(bool ascii) : ascii_(ascii) {}

    // Keys are UTF-8. Text that is UTF-8, or an object {"$bytes": hex}.
    void text(std::string_view key, std::string_view value);
    void number(std::string_view key, std::uint64_t value);
    void signed_number(std::string_view key, std::int64_t value);
    void boolean(std::string_view key, bool value);
    // A value that is JSON already.
    void raw(std::string_view key, std::string_view json);

    bool is_ascii() const noexcept { return ascii_; }
    std::string finish();

private:
    void begin(std::string_view key);

    std::string out_ = "{";
    bool ascii_;
};

// `{"$bytes":"<hex>"}`: what has no other form in JSON.
std::string bytes_json(BytesView bytes);
// A string if it is UTF-8, else bytes_json().
std::string text_json(std::string_view text, bool ascii);
// The parts of an error as an object.
std::string error_json(const Error& error, bool ascii);
// Escaped for one line of a terminal, but for backslashes, which stay single.
std::string escape_line(std::string_view text);

}  // namespace batpak::tool
