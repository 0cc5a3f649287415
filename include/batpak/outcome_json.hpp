// Outcome JSON: outcomes as JSON, for logs, tools and programs in other languages.
//
// The form is that of the payload, see docs/OUTCOME.md, and all of it is text:
//
//     bytes, ids       {"$bytes": "00ff"}
//     extensions       {"$bytes": "00ff", "$extension": 5}
//
// The result of json_from_outcome() can be printed, parsed with parse_json() and read again as the
// same outcome. A value that itself has a key "$bytes" has no such form, and is refused.
//
// Threads: immutable value
// Errors:  json_from_outcome() EncodeFailed; outcome_from_json() DecodeFailed
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/event/value.hpp"
#include "batpak/json.hpp"
#include "batpak/pipeline/outcome.hpp"

namespace batpak {
namespace detail {

inline constexpr const char* kBytesKey = "$bytes";
inline constexpr const char* kExtensionKey = "$extension";

inline nlohmann::json text_of_binary(const nlohmann::json::binary_t& binary) {
    nlohmann::json text = {{kBytesKey, to_hex(std::as_bytes(std::span(binary)))}};
    if (binary.has_subtype()) {
        text[kExtensionKey] = static_cast<std::int8_t>(binary.subtype());
    }
    return text;
}

// Replaces binary values by text. False, if a key stands where only batpak may write it. Recurses
// as deep as a payload, at most.
inline bool binary_to_text(nlohmann::json& json) {
    if (json.is_binary()) {
        json = text_of_binary(json.get_binary());
        return true;
    }
    if (json.is_object() && json.contains(kBytesKey)) return false;
    if (!json.is_structured()) return true;
    for (nlohmann::json& element : json) {
        if (!binary_to_text(element)) return false;
    }
    return true;
}

inline bool binary_of_text(nlohmann::json& json) {
    const nlohmann::json& digits = json[kBytesKey];
    const auto extension = json.find(kExtensionKey);
    const bool extended = extension != json.end();
    if (!digits.is_string() || json.size() != (extended ? 2U : 1U)) return false;
    const std::string& text = digits.get_ref<const std::string&>();
    Bytes bytes(text.size() / 2);
    if (!from_hex(text, bytes)) return false;
    nlohmann::json::binary_t binary;
    for (const std::byte byte : bytes) binary.push_back(std::to_integer<std::uint8_t>(byte));
    if (extended) {
        if (!extension->is_number_integer()) return false;
        const auto type = extension->get<std::int64_t>();
        if (type < INT8_MIN || type > INT8_MAX) return false;
        binary.set_subtype(static_cast<std::uint8_t>(type));
    }
    json = std::move(binary);
    return true;
}

// The way back. Null, or a clause for people.
inline const char* text_to_binary(nlohmann::json& json, std::uint32_t depth) {
    if (!json.is_structured()) return nullptr;
    if (depth == 0) return "nested over 64 deep";
    if (json.is_object() && json.contains(kBytesKey)) {
        return binary_of_text(json) ? nullptr : "\"$bytes\" is no hexadecimal text";
    }
    for (nlohmann::json& element : json) {
        if (const char* const problem = text_to_binary(element, depth - 1)) return problem;
    }
    return nullptr;
}

}  // namespace detail

template <class T>
[[nodiscard]] Result<nlohmann::json> json_from_outcome(const Outcome<T>& outcome) {
    Buffer buffer;
    BATPAK_CHECK(PayloadCodec<Outcome<T>>::encode(outcome, buffer));
    Result<nlohmann::json> json = PayloadCodec<nlohmann::json>::decode(buffer.view());
    if (!json) return fail(ErrorCode::EncodeFailed, json.error().detail());
    if (!detail::binary_to_text(*json)) {
        return fail(ErrorCode::EncodeFailed, "the key \"$bytes\" is batpak's: name it otherwise");
    }
    return json;
}

template <class T>
[[nodiscard]] Result<Outcome<T>> outcome_from_json(nlohmann::json json) {
    // A level more than a payload has: bytes are a leaf there, and an object here.
    if (const char* const problem = detail::text_to_binary(json, Value::kDepthMax + 1)) {
        return fail(ErrorCode::DecodeFailed, problem);
    }
    Buffer buffer;
    const auto encoded = PayloadCodec<nlohmann::json>::encode(json, buffer);
    if (!encoded) return fail(ErrorCode::DecodeFailed, encoded.error().detail());
    return PayloadCodec<Outcome<T>>::decode(buffer.view());
}

}  // namespace batpak
