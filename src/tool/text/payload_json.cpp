// A payload is shown as JSON only if reading that JSON back gives the same bytes; else as its
// bytes, in hexadecimal. So what `query` shows can be given to `import`, whatever a program has
// stored.
#include "tool/text/payload_json.hpp"

#include <algorithm>

#include "batpak/json.hpp"
#include "tool/text/json_line.hpp"
#include "tool/text/text.hpp"

namespace batpak::tool {
namespace {

using nlohmann::json;

constexpr const char* kBytesKey = "$bytes";
// What a line of import may hold, with room for the other members. In hexadecimal every payload
// fits.
constexpr std::size_t kJsonBytesMax = std::size_t{192} << 20;

// The bytes that an object of the form {"$bytes": "<hex>"} means.
std::optional<Bytes> bytes_of(const json& value) {
    if (!value.is_object() || value.size() != 1) return std::nullopt;
    const auto member = value.find(kBytesKey);
    if (member == value.end() || !member->is_string()) return std::nullopt;
    const std::string& hex = member->get_ref<const std::string&>();
    Bytes bytes(hex.size() / 2);
    if (hex.size() % 2 != 0 || !from_hex(hex, bytes)) return std::nullopt;
    return bytes;
}

BytesView view_of(const json::binary_t& binary) { return std::as_bytes(std::span(binary)); }

// Whether writing the value and reading it back gives the same value. An object that looks like the
// form for bytes would come back as bytes.
bool has_exact_form(const json& value) {
    if (value.is_binary()) return !value.get_binary().has_subtype();
    if (bytes_of(value)) return false;
    if (!value.is_structured()) return true;
    return std::ranges::all_of(value, has_exact_form);
}

// Recurses no deeper than the decoder let the value be nested.
void append(std::string& out, const json& value, bool ascii) {
    if (value.is_string()) {
        out += json_quote(value.get_ref<const std::string&>(), ascii);
    } else if (value.is_binary()) {
        out += bytes_json(view_of(value.get_binary()));
    } else if (value.is_array()) {
        const char* separator = "[";
        for (const json& element : value) {
            out += std::exchange(separator, ",");
            append(out, element, ascii);
        }
        out += value.empty() ? "[]" : "]";
    } else if (value.is_object()) {
        const char* separator = "{";
        for (const auto& [key, element] : value.get_ref<const json::object_t&>()) {
            out += std::exchange(separator, ",");
            out += json_quote(key, ascii) + ":";
            append(out, element, ascii);
        }
        out += value.empty() ? "{}" : "}";
    } else {
        out += value.dump();
    }
}

bool holds_binaries(const json& value) {
    if (bytes_of(value)) return true;
    return value.is_structured() && std::ranges::any_of(value, holds_binaries);
}

// Puts binary values where their forms stand.
void put_binaries(json& value) {
    if (const auto bytes = bytes_of(value)) {
        const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes->data());
        value = json::binary({first, first + bytes->size()});
    } else if (value.is_structured()) {
        for (json& element : value) put_binaries(element);
    }
}

Result<Bytes> encode(const json& value) {
    Buffer buffer;
    BATPAK_CHECK(PayloadCodec<json>::encode(value, buffer));
    const BytesView view = buffer.view();
    return Bytes(view.begin(), view.end());
}

}  // namespace

std::string payload_json(BytesView payload, bool ascii) {
    const Result<json> value = PayloadCodec<json>::decode(payload);
    if (!value || value->is_binary() || !has_exact_form(*value)) return bytes_json(payload);
    std::string out;
    append(out, *value, ascii);
    // Escapes and the names of small values take up to seven times the room of their bytes.
    return out.size() <= kJsonBytesMax ? out : bytes_json(payload);
}

std::string value_json(const json& value, bool ascii) {
    std::string out;
    append(out, value, ascii);
    return out;
}

Result<Bytes> payload_from_json(const json& value) {
    if (auto bytes = bytes_of(value)) return *std::move(bytes);
    if (!holds_binaries(value)) return encode(value);
    json with_binaries = value;
    put_binaries(with_binaries);
    return encode(with_binaries);
}

std::optional<std::string> name_from_json(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    const auto bytes = bytes_of(value);
    if (!bytes) return std::nullopt;
    return std::string(as_text(*bytes));
}

}  // namespace batpak::tool
