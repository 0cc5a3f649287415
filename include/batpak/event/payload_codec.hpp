// PayloadCodec: how a type becomes the payload of an event, and a payload becomes that type again.
//
// A struct with a `kind` is an event, and needs no more than its fields (see fields.hpp):
//
//     struct PlayerMoved {
//         static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
//         std::string who;
//         double x{}, y{};
//     };
//
// Its payload is a MessagePack map of field names to values. Reading is tolerant where history
// needs it: unknown fields are skipped, and a field that is missing keeps what a
// default-constructed payload has there, unless the struct names it in `required` (see fields.hpp).
// Everything else must fit, or is refused with the name of the field. docs/PAYLOADS.md says which
// changes of a struct are safe. Specialise PayloadCodec for a type with a form of its own.
//
// Threads: immutable value
// Errors:  encode() EncodeFailed, decode() DecodeFailed; decode_payload() also NewerPayload and
//          MissingUpcaster
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "batpak/base/bytes.hpp"
#include "batpak/base/result.hpp"
#include "batpak/coordinate/event_kind.hpp"
#include "batpak/event/detail/field_codec.hpp"
#include "batpak/event/value.hpp"

namespace batpak {

// A type of payload: it has a `kind` that is known when the program is compiled.
template <class T>
concept TypedEvent = requires {
    { T::kind } -> std::convertible_to<EventKind>;
    typename std::integral_constant<std::uint16_t, T::kind.number()>;
};

namespace detail {

template <class T>
consteval std::uint16_t find_payload_version() {
    if constexpr (requires { T::payload_version; }) {
        static_assert(T::payload_version >= 1 && T::payload_version <= UINT16_MAX,
                      "batpak: payload versions count from 1 to 65535");
        return static_cast<std::uint16_t>(T::payload_version);
    } else {
        return 1;
    }
}

}  // namespace detail

// T::payload_version if there is one, else 1.
template <class T>
inline constexpr std::uint16_t payload_version_of = detail::find_payload_version<T>();

template <class P>
struct PayloadCodec {
    // Of a specialisation, nothing tells what the payload looks like.
    static constexpr bool kIsMadeOfFields = true;

    static_assert(detail::FieldStruct<P> || detail::Alternatives<P> || detail::CustomField<P>,
                  "batpak: not a payload: use a struct with fields, batpak::Value, batpak::Bytes, "
                  "or, with batpak/json.hpp, nlohmann::json");

    // Adds the payload to the buffer; in the case of an error the buffer is as it was.
    [[nodiscard]] static Result<void> encode(const P& payload, Buffer& buffer) {
        const std::size_t start = buffer.size();
        detail::PayloadEncoder encoder(buffer);
        if (encoder.put(payload)) [[likely]]
            return {};
        buffer.truncate(start);
        return fail(encoder.error());
    }

    [[nodiscard]] static Result<P> decode(BytesView bytes) {
        static_assert(std::default_initializable<P>, "batpak: a payload is made, then filled");
        Result<P> payload{};
        detail::PayloadDecoder decoder(bytes);
        if (decoder.get(*payload) && decoder.finished()) [[likely]]
            return payload;
        return fail(decoder.error());
    }
};

// Bytes that somebody else has encoded: stored and given back as they are.
template <>
struct PayloadCodec<Bytes> {
    [[nodiscard]] static Result<void> encode(const Bytes& payload, Buffer& buffer) {
        buffer.append(payload);
        return {};
    }
    [[nodiscard]] static Result<Bytes> decode(BytesView bytes) {
        return Bytes(bytes.begin(), bytes.end());
    }
};

template <>
struct PayloadCodec<BytesView> {
    [[nodiscard]] static Result<void> encode(BytesView payload, Buffer& buffer) {
        buffer.append(payload);
        return {};
    }
    // Borrows: the bytes.
    [[nodiscard]] static Result<BytesView> decode(BytesView bytes) { return bytes; }
};

// Any MessagePack value. Strings are taken as they are, UTF-8 or not.
template <>
struct PayloadCodec<Value> {
    [[nodiscard]] static Result<void> encode(const Value& payload, Buffer& buffer) {
        const std::size_t start = buffer.size();
        msgpack::Writer writer(buffer);
        Result<void> encoded = payload.encode(writer, Value::kDepthMax);
        if (!encoded) buffer.truncate(start);
        return encoded;
    }
    [[nodiscard]] static Result<Value> decode(BytesView bytes) { return Value::decode(bytes); }
};

// Upcast: reading payloads that older versions of a type wrote.
//
// A type changes its `payload_version` when its fields change in a way that PayloadCodec cannot
// bridge. An upcaster turns the value of one version into that of the next; the chain of them is
// walked from the stored version to the type's own. A type may carry its own chain:
//
//     static batpak::Result<batpak::Value> upcast(std::uint16_t from_version, batpak::Value value);
//
// Upcasters never see the current version, whose bytes are decoded directly.

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
