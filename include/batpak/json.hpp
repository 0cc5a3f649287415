// JSON: nlohmann::json as a payload, as a field, as a Value, and from text, with nothing lost on
// the way.
//
//     null, booleans, integers, text    as they are: 64-bit integers stay exact
//     floating point                    float 64; NaN and infinity are refused
//     -0                                float 64, since no integer has its sign
//     binary without, with subtype      binary, extension; subtypes -128..127 as 0..255
//     object                            map with string keys, in the order of the keys
//
// nlohmann's own MessagePack functions and text parser recurse as deep as their input says, narrow
// doubles and let the last of two equal keys win; none of them is used here. nlohmann::json never
// appears in a compiled signature of batpak, because its version is part of its name.
//
// Threads: immutable value
// Errors:  to MessagePack EncodeFailed; to JSON and from text DecodeFailed
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/custom_field.hpp"
#include "batpak/event/msgpack.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/event/value.hpp"

namespace batpak {
namespace detail {

class JsonEncoder {
public:
    explicit JsonEncoder(Buffer& buffer) noexcept : writer_(buffer) {}

    Result<void> put(const nlohmann::json& json, std::uint32_t depth) {
        using Kind = nlohmann::json::value_t;
        switch (json.type()) {
            case Kind::null: writer_.nil(); return {};
            case Kind::boolean: writer_.boolean(json.get<bool>()); return {};
            case Kind::number_integer: writer_.integer(json.get<std::int64_t>()); return {};
            case Kind::number_unsigned: writer_.integer(json.get<std::uint64_t>()); return {};
            case Kind::number_float: return put_real(json.get<double>());
            case Kind::string: return put_text(json.get_ref<const std::string&>());
            case Kind::binary: return put_binary(json.get_binary());
            case Kind::array: return put_array(json, depth);
            case Kind::object: return put_object(json, depth);
            case Kind::discarded: break;
        }
        return fail(ErrorCode::EncodeFailed, "the JSON value was discarded by its parser");
    }

private:
    Result<void> put_real(double value) {
        if (!std::isfinite(value)) {
            return fail(ErrorCode::EncodeFailed, "JSON has no NaN and no infinity: use null");
        }
        writer_.float64(value);
        return {};
    }
    Result<void> put_text(const std::string& text) {
        BATPAK_CHECK(check_size(text.size()));
        if (!is_utf8(text)) return fail(ErrorCode::EncodeFailed, "a JSON string is not UTF-8");
        writer_.string(text);
        return {};
    }
    Result<void> put_binary(const nlohmann::json::binary_t& binary) {
        BATPAK_CHECK(check_size(binary.size()));
        const BytesView bytes = std::as_bytes(std::span(binary));
        if (!binary.has_subtype()) {
            writer_.binary(bytes);
            return {};
        }
        if (binary.subtype() > UINT8_MAX) {
            return fail(ErrorCode::EncodeFailed, "an extension type has 8 bits: choose another");
        }
        writer_.extension(static_cast<std::int8_t>(binary.subtype()), bytes);
        return {};
    }
    Result<void> put_array(const nlohmann::json& json, std::uint32_t depth) {
        BATPAK_CHECK(check_container(json, depth));
        writer_.array(static_cast<std::uint32_t>(json.size()));
        for (const nlohmann::json& element : json) BATPAK_CHECK(put(element, depth - 1));
        return {};
    }
    Result<void> put_object(const nlohmann::json& json, std::uint32_t depth) {
        BATPAK_CHECK(check_container(json, depth));
        writer_.map(static_cast<std::uint32_t>(json.size()));
        for (const auto& [key, value] : json.get_ref<const nlohmann::json::object_t&>()) {
            BATPAK_CHECK(put_text(key));
            BATPAK_CHECK(put(value, depth - 1));
        }
        return {};
    }
    static Result<void> check_container(const nlohmann::json& json, std::uint32_t depth) {
        if (depth == 0)
            return fail(ErrorCode::EncodeFailed, "JSON nested over 64 deep: flatten it");
        return check_size(json.size());
    }
    static Result<void> check_size(std::size_t size) {
        if (size <= UINT32_MAX) return {};
        return fail(ErrorCode::EncodeFailed, "over 2^32 - 1 bytes or elements of JSON: split it");
    }

    msgpack::Writer writer_;
};

class JsonDecoder {
public:
    explicit JsonDecoder(BytesView bytes) noexcept
        : reader_(bytes, {.depth = Value::kDepthMax, .utf8 = true}) {}

    Result<nlohmann::json> get_whole() {
        nlohmann::json json = get();
        if (reader_.finished()) return json;
        Error error = reader_.error();
        if (problem_ == nullptr) return fail(std::move(error));
        return fail(Error(ErrorCode::DecodeFailed, problem_).at_offset(*error.offset()));
    }

private:
    nlohmann::json get() {
        using msgpack::Type;
        switch (reader_.peek()) {
            case Type::Nil: reader_.nil(); return nullptr;
            case Type::Boolean: return reader_.boolean();
            case Type::Integer:
                if (reader_.next_is_negative()) return reader_.i64();
                return reader_.u64();
            case Type::Float: return get_real();
            case Type::String: return reader_.string();
            case Type::Binary: return nlohmann::json::binary(copy(reader_.binary()));
            case Type::Extension: {
                const msgpack::Extension extension = reader_.extension();
                return nlohmann::json::binary(copy(extension.data),
                                              static_cast<std::uint8_t>(extension.type));
            }
            case Type::Array: return get_array();
            case Type::Map: return get_object();
            case Type::None: break;
        }
        reader_.skip();  // fails, and knows why
        return nullptr;
    }
    nlohmann::json get_real() {
        const double value = reader_.f64();
        if (!std::isfinite(value)) {
            return refuse(msgpack::Fault::OutOfRange, "JSON has no NaN and no infinity");
        }
        return value;
    }
    nlohmann::json get_array() {
        std::uint32_t left = reader_.array();
        nlohmann::json array = nlohmann::json::array();
        if (!reader_.descend()) return array;
        for (; left > 0 && reader_.ok(); --left) array.push_back(get());
        reader_.ascend();
        return array;
    }
    nlohmann::json get_object() {
        std::uint32_t left = reader_.map();
        nlohmann::json object = nlohmann::json::object();
        if (!reader_.descend()) return object;
        auto& members = object.get_ref<nlohmann::json::object_t&>();
        for (; left > 0 && reader_.ok(); --left) {
            if (reader_.peek() != msgpack::Type::String && reader_.peek() != msgpack::Type::None) {
                return refuse(msgpack::Fault::WrongType, "JSON has no keys but strings");
            }
            std::string key(reader_.string());
            if (members.contains(key)) {
                return refuse(msgpack::Fault::DuplicateKey, "a map has one key twice");
            }
            members.emplace(std::move(key), get());
        }
        reader_.ascend();
        return object;
    }
    nlohmann::json refuse(msgpack::Fault fault, const char* problem) {
        if (reader_.ok()) problem_ = problem;
        reader_.refuse(fault);
        return nullptr;
    }
    static nlohmann::json::binary_t::container_type copy(BytesView bytes) {
        const auto* const first = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return {first, first + bytes.size()};
    }

    msgpack::Reader reader_;
    const char* problem_ = nullptr;
};

// Text that its reader leaves a mark in, since nlohmann's lexer tells its position only with
// errors of its own.
class MarkedText {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    // Borrows: the mark, which is one past the last byte that was read.
    MarkedText(const char* place, const char*& mark) noexcept : place_(place), mark_(&mark) {}

    const char& operator*() const noexcept { return *place_; }
    MarkedText& operator++() noexcept {
        *mark_ = ++place_;
        return *this;
    }
    friend bool operator==(const MarkedText& a, const MarkedText& b) noexcept {
        return a.place_ == b.place_;
    }

private:
    const char* place_;
    const char** mark_;
};

// Builds a value from the events of nlohmann's lexer, so that depth, keys and numbers are checked
// before anything is built that would have to be recursed into.
class JsonTextBuilder final : public nlohmann::json_sax<nlohmann::json> {
public:
    bool parse(std::string_view text) {
        begin_ = mark_ = text.data();
        const char* const end = text.data() + text.size();
        const bool is_json =
            nlohmann::json::sax_parse(MarkedText(begin_, mark_), MarkedText(end, mark_), this);
        // nlohmann's lexer takes a NUL byte for the end of the text, and says nothing of the rest.
        const std::size_t nul = text.find('\0');
        if (nul == std::string_view::npos || (!is_json && position_ <= nul)) return is_json;
        problem_ = "a NUL byte";
        position_ = nul + 1;
        return false;
    }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    // Only numbers with a sign come here.
    bool number_integer(number_integer_t value) override {
        return value == 0 ? add(-0.0) : add(value);
    }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t& text) override {
        if (text.find_first_of(".eE") != std::string::npos) return add(value);
        return refuse("an integer does not fit 64 bits");
    }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return refuse("JSON text has no binary data"); }
    bool start_object(std::size_t) override { return open(nlohmann::json::object()); }
    bool start_array(std::size_t) override { return open(nlohmann::json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& value) override {
        if (open_.back()->contains(value)) return refuse("an object has one key twice");
        key_ = std::move(value);
        return true;
    }
    bool parse_error(std::size_t position, const std::string& token,
                     const nlohmann::detail::exception& exception) override {
        problem_ = exception.id == kOverflow ? "a number is too large for a float of 64 bits"
                                             : own_words(exception.what(), token);
        position_ = position;
        return false;
    }

    nlohmann::json& value() noexcept { return whole_; }
    Error error() const {
        return Error(ErrorCode::DecodeFailed, "no JSON: " + problem_).at_offset(position_);
    }

private:
    bool open(nlohmann::json container) {
        if (open_.size() == Value::kDepthMax) return refuse("nested over 64 deep");
        open_.push_back(place(std::move(container)));
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    bool add(nlohmann::json value) {
        place(std::move(value));
        return true;
    }
    // A container stays where it is while it is open: only its innermost one grows.
    nlohmann::json* place(nlohmann::json value) {
        if (open_.empty()) return &(whole_ = std::move(value));
        nlohmann::json& outer = *open_.back();
        if (outer.is_object()) return &(outer[key_] = std::move(value));
        outer.push_back(std::move(value));
        return &outer.back();
    }
    bool refuse(const char* problem) {
        problem_ = problem;
        position_ = static_cast<std::size_t>(mark_ - begin_);
        return false;
    }
    // What nlohmann says, without the name of its exception, the place, which the error has, and
    // the token, which may be as long as the text and is no more UTF-8 than the text is.
    static std::string own_words(std::string text, const std::string& token) {
        constexpr std::string_view kToken = "; last read: '";
        if (const std::size_t at = text.find(kToken); at != std::string::npos) {
            text.erase(at, kToken.size() + token.size() + 1);
        }
        if (const std::size_t at = text.find(": "); at != std::string::npos) text.erase(0, at + 2);
        return text;
    }

    static constexpr int kOverflow = 406;  // nlohmann's number for it

    const char* begin_ = nullptr;
    const char* mark_ = nullptr;
    nlohmann::json whole_;
    std::vector<nlohmann::json*> open_;
    std::string key_;
    std::string problem_;
    std::size_t position_ = 0;
};

}  // namespace detail

template <>
struct PayloadCodec<nlohmann::json> {
    [[nodiscard]] static Result<void> encode(const nlohmann::json& payload, Buffer& buffer) {
        const std::size_t start = buffer.size();
        Result<void> encoded = detail::JsonEncoder(buffer).put(payload, Value::kDepthMax);
        if (!encoded) buffer.truncate(start);
        return encoded;
    }
    [[nodiscard]] static Result<nlohmann::json> decode(BytesView bytes) {
        return detail::JsonDecoder(bytes).get_whole();
    }
};

// The value that a JSON document is stored as. Errors: EncodeFailed.
[[nodiscard]] inline Result<Value> value_from_json(const nlohmann::json& json) {
    Buffer buffer;
    BATPAK_CHECK(PayloadCodec<nlohmann::json>::encode(json, buffer));
    return Value::decode(buffer.view());
}

// The JSON document that a value is. Errors: DecodeFailed.
[[nodiscard]] inline Result<nlohmann::json> json_from_value(const Value& value) {
    Buffer buffer;
    BATPAK_CHECK(PayloadCodec<Value>::encode(value, buffer));
    return PayloadCodec<nlohmann::json>::decode(buffer.view());
}

template <>
struct FieldCodec<nlohmann::json> {
    using Form = Value;
    [[nodiscard]] static Result<Value> encode(const nlohmann::json& json) {
        return value_from_json(json);
    }
    [[nodiscard]] static Result<nlohmann::json> decode(const Value& value) {
        return json_from_value(value);
    }
};

// Refuses, besides what is no JSON: nesting over 64 deep, one key twice, integers over 64 bits. The
// offset of an error is the number of bytes that were read when it was found.
[[nodiscard]] inline Result<nlohmann::json> parse_json(std::string_view text) {
    detail::JsonTextBuilder builder;
    if (builder.parse(text)) return std::move(builder.value());
    return fail(builder.error());
}

}  // namespace batpak
