// Value: anything that MessagePack can express, as an owning value.
//
// For payloads whose type is not known here, and for upcasters, which turn an old payload into a
// newer one. Non-negative integers have one form whatever type they came from, so that equal
// numbers are equal values; integers and floating-point numbers are never equal.
//
// Threads: immutable value, as long as it is not changed
// Errors:  encode() EncodeFailed; decode() DecodeFailed, with the offset
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/msgpack.hpp"

namespace batpak {

class Value {
public:
    // Values deeper than this cannot become a payload.
    static constexpr std::uint32_t kDepthMax = 64;

    struct Extension {
        std::int8_t type = 0;
        Bytes data;
        friend auto operator<=>(const Extension&, const Extension&) = default;
    };
    struct Member;
    using Array = std::vector<Value>;
    using Map = std::vector<Member>;  // in the order of the bytes

    Value() noexcept;  // nil
    Value(std::nullptr_t) noexcept;
    template <std::same_as<bool> T>  // no pointer may become a boolean
    Value(T value) noexcept {
        storage_ = value;
    }
    template <msgpack::Integer T>
    Value(T value) noexcept : Value(of_integer(value)) {}
    Value(double value) noexcept;
    Value(std::string text) noexcept;
    Value(std::string_view text);
    Value(const char* text);
    Value(Bytes bytes) noexcept;
    Value(Extension extension) noexcept;
    Value(Array elements) noexcept;
    Value(Map members) noexcept;

    Value(const Value& other);
    Value(Value&& other) noexcept;
    Value& operator=(const Value& other);
    Value& operator=(Value&& other) noexcept;
    ~Value();

    msgpack::Type type() const noexcept;
    bool is_nil() const noexcept { return type() == msgpack::Type::Nil; }

    // Empty, or null, if the value has another type; for integers also if it does not fit.
    std::optional<bool> as_boolean() const noexcept;
    std::optional<std::int64_t> as_i64() const noexcept;
    std::optional<std::uint64_t> as_u64() const noexcept;
    std::optional<double> as_double() const noexcept;
    const std::string* as_string() const noexcept;
    const Bytes* as_bytes() const noexcept;
    const Extension* as_extension() const noexcept;
    const Array* as_array() const noexcept;
    const Map* as_map() const noexcept;
    Array* as_array() noexcept;
    Map* as_map() noexcept;

    // The first member of a map with that string as its key; null if there is none, or no map.
    const Value* find(std::string_view key) const noexcept;
    Value* find(std::string_view key) noexcept;

    // The three for upcasters. On a value that is no map, set() makes it one.
    void set(std::string_view key, Value value);
    bool erase(std::string_view key);
    // False if there is no `from`, or there is a `to`.
    bool rename(std::string_view from, std::string_view to);

    // Adds to the writer, or, in the case of an error, leaves it with part of the value.
    // Errors: EncodeFailed, deeper than `depth`, or more than 2^32 - 1 of anything.
    [[nodiscard]] Result<void> encode(msgpack::Writer& writer, std::uint32_t depth) const;

    enum class Keys : std::uint8_t {
        Unique,     // refuse a map that has one key twice
        AsTheyAre,  // take any keys
    };
    // Exactly one value, nothing after it. Errors: DecodeFailed.
    [[nodiscard]] static Result<Value> decode(BytesView bytes, const msgpack::Limits& limits = {},
                                              Keys keys = Keys::Unique);
    // The next value of the reader; nil, with the reader's fault set, if there is none.
    static Value read(msgpack::Reader& reader, Keys keys = Keys::Unique);

    // Total orders: by type, then by content, floating-point numbers by their bits, so that a NaN
    // equals itself and -0.0 does not equal 0.0.
    friend bool operator==(const Value& a, const Value& b) noexcept;
    friend std::strong_ordering operator<=>(const Value& a, const Value& b) noexcept;

private:
    // The uint64 alternative is only for numbers beyond INT64_MAX.
    using Storage = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double,
                                 std::string, Bytes, Extension, Array, Map>;

    template <msgpack::Integer T>
    static Value of_integer(T value) noexcept {
        if constexpr (std::unsigned_integral<T>) {
            return of_unsigned(value);
        } else {
            return of_signed(value);
        }
    }
    static Value of_signed(std::int64_t value) noexcept;
    static Value of_unsigned(std::uint64_t value) noexcept;
    static Value read_array(msgpack::Reader& reader, Keys keys);
    static Value read_map(msgpack::Reader& reader, Keys keys);
    Result<void> encode_scalar(msgpack::Writer& writer) const;

    Storage storage_;
};

struct Value::Member {
    Value key;
    Value value;
    friend bool operator==(const Member&, const Member&) = default;
    friend std::strong_ordering operator<=>(const Member&, const Member&) = default;
};

}  // namespace batpak
