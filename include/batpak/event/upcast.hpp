// Upcast: reading payloads that older versions of a type wrote.
//
// A type changes its `payload_version` when its fields change in a way that PayloadCodec cannot
// bridge. An upcaster turns the value of one version into that of the next; the chain of them is
// walked from the stored version to the type's own. A type may carry its own chain:
//
//     static batpak::Result<batpak::Value> upcast(std::uint16_t from_version, batpak::Value value);
//
// Upcasters never see the current version, whose bytes are decoded directly.
//
// Threads: immutable value
// Errors:  decode_payload() DecodeFailed, NewerPayload, MissingUpcaster
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include "batpak/base/result.hpp"
#include "batpak/event/payload_codec.hpp"
#include "batpak/event/value.hpp"

namespace batpak {

// A type with a chain of its own: upcast(n, value) gives the value of version n + 1.
template <class T>
concept SelfUpcasting = requires(std::uint16_t from_version, Value value) {
    { T::upcast(from_version, std::move(value)) } -> std::same_as<Result<Value>>;
};

namespace detail {

// How a stored version relates to the type's own.
// Errors: DecodeFailed for version 0, NewerPayload.
Result<void> check_payload_version(std::uint16_t stored, std::uint16_t current);
tl::unexpected<Error> missing_upcaster(std::uint16_t from_version);

// The last step of a chain.
template <class T>
Result<T> decode_upcasted(const Value& value) {
    Buffer buffer;
    BATPAK_CHECK(PayloadCodec<Value>::encode(value, buffer));
    return PayloadCodec<T>::decode(buffer.view());
}

// `step(version, value)` is one upcaster.
template <class T, class Step>
Result<T> decode_through(std::uint16_t version, BytesView bytes, const Step& step) {
    BATPAK_CHECK(check_payload_version(version, payload_version_of<T>));
    if (version == payload_version_of<T>) return PayloadCodec<T>::decode(bytes);
    BATPAK_TRY(Value value, Value::decode(bytes));
    for (; version < payload_version_of<T>; ++version) {
        BATPAK_TRY(Value next, step(version, std::move(value)));
        value = std::move(next);
    }
    return decode_upcasted<T>(value);
}

}  // namespace detail

// The payload of an event whose type is known, from any version of it.
template <class T>
[[nodiscard]] Result<T> decode_payload(std::uint16_t version, BytesView bytes) {
    return detail::decode_through<T>(version, bytes, [](std::uint16_t from, Value value) {
        if constexpr (SelfUpcasting<T>) {
            return Result<Value>(T::upcast(from, std::move(value)));
        } else {
            return Result<Value>(detail::missing_upcaster(from));
        }
    });
}

}  // namespace batpak
