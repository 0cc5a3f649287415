// One object on one line, written from front to back: nothing is held back, so a line costs its own
// text. Values come in as JSON or are made so here; a name is written as it is given, and given
// once.
#include "tool/text/json_line.hpp"

#include <algorithm>
#include <system_error>

#include "batpak/base/detail/utf8.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {

void JsonLine::begin(std::string_view key) {
    if (out_.size() > 1) out_ += ',';
    out_ += json_quote(key, ascii_);
    out_ += ':';
}

void JsonLine::text(std::string_view key, std::string_view value) {
    begin(key);
    out_ += text_json(value, ascii_);
}

void JsonLine::number(std::string_view key, std::uint64_t value) {
    begin(key);
    out_ += std::to_string(value);
}

void JsonLine::signed_number(std::string_view key, std::int64_t value) {
    begin(key);
    out_ += std::to_string(value);
}

void JsonLine::boolean(std::string_view key, bool value) {
    begin(key);
    out_ += value ? "true" : "false";
}

void JsonLine::raw(std::string_view key, std::string_view json) {
    begin(key);
    out_ += json;
}

std::string JsonLine::finish() {
    out_ += '}';
    return std::move(out_);
}

// The one form in which bytes that are no UTF-8 go out and come in again (payload_json.cpp).
std::string bytes_json(BytesView bytes) { return "{\"$bytes\":\"" + to_hex(bytes) + "\"}"; }

std::string text_json(std::string_view text, bool ascii) {
    return is_utf8(text) ? json_quote(text, ascii) : bytes_json(as_bytes(text));
}

std::string error_json(const Error& error, bool ascii) {
    JsonLine line(ascii);
    line.text("code", to_string(error.code()));
    line.text("class", to_string(error.error_class()));
    if (!error.place().empty()) line.text("place", error.place());
    if (error.offset()) line.number("offset", *error.offset());
    if (error.sequence()) line.number("sequence", error.sequence()->value);
    if (error.os_error() != 0) {
        line.signed_number("errno", error.os_error());
        line.text("system", std::generic_category().message(error.os_error()));
    }
    if (!error.detail().empty()) line.text("detail", error.detail());
    line.text("text", error.to_string());
    return line.finish();
}

// For texts that may hold JSON: its backslashes have a meaning and stay single.
std::string escape_line(std::string_view text) {
    std::string out;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('\\', begin), text.size());
        out += escape(text.substr(begin, end - begin));
        if (end < text.size()) out += '\\';
        begin = end + 1;
    }
    return out;
}

}  // namespace batpak::tool
