// Writer: MessagePack, written into a Buffer.
//
// It always picks the shortest form, so equal values have equal bytes. Floating-point numbers are
// the exception: they keep the width they were given.
//
// Threads: thread-compatible
// Errors:  none; lengths over 2^32 - 1 are a bug of the caller
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/byte_order.hpp"

namespace batpak::msgpack {

template <class T>
concept Integer = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool>;

class Writer {
public:
    // Borrows: the buffer, for the writer's life. Everything is added at its end.
    explicit Writer(Buffer& buffer) noexcept : buffer_(buffer) {}

    void nil() { tag(0xC0); }
    void boolean(bool value) { tag(value ? 0xC3 : 0xC2); }

    template <Integer T>
    void integer(T value) {
        if constexpr (std::signed_integral<T>) {
            if (value < 0) return negative(value);
        }
        non_negative(static_cast<std::uint64_t>(value));
    }

    void float32(float value) { put(0xCA, std::bit_cast<std::uint32_t>(value)); }
    void float64(double value) { put(0xCB, std::bit_cast<std::uint64_t>(value)); }

    // Requires: at most 2^32 - 1 bytes.
    void string(std::string_view text) {
        if (text.size() < 32) [[likely]] {
            tag(0xA0U | static_cast<unsigned>(text.size()));
        } else {
            length(0xD9, text.size());
        }
        raw(as_bytes(text));
    }
    void binary(BytesView bytes) {
        length(0xC4, bytes.size());
        raw(bytes);
    }
    void extension(std::int8_t type, BytesView data);

    // The head only: `count` values, or `count` pairs of values, must follow.
    void array(std::uint32_t count) { count < 16 ? tag(0x90U | count) : wide_count(0xDC, count); }
    void map(std::uint32_t count) { count < 16 ? tag(0x80U | count) : wide_count(0xDE, count); }

    // Bytes that are MessagePack already.
    void raw(BytesView bytes) { buffer_.append(bytes); }

private:
    void tag(unsigned byte) { buffer_.push_back(static_cast<std::byte>(byte)); }

    template <std::unsigned_integral T>
    void put(unsigned tag, T number) {
        const MutableBytesView room = buffer_.extend(1 + sizeof(T));
        const T ordered = big_endian(number);
        room[0] = static_cast<std::byte>(tag);
        std::memcpy(room.data() + 1, &ordered, sizeof(T));
    }

    void non_negative(std::uint64_t value) {
        if (value < 0x80) [[likely]]
            return tag(static_cast<unsigned>(value));
        if (value <= UINT8_MAX) return put(0xCC, static_cast<std::uint8_t>(value));
        if (value <= UINT16_MAX) return put(0xCD, static_cast<std::uint16_t>(value));
        if (value <= UINT32_MAX) return put(0xCE, static_cast<std::uint32_t>(value));
        put(0xCF, value);
    }
    void negative(std::int64_t value) {
        if (value >= -32) return tag(static_cast<std::uint8_t>(value));
        if (value >= INT8_MIN) return put(0xD0, static_cast<std::uint8_t>(value));
        if (value >= INT16_MIN) return put(0xD1, static_cast<std::uint16_t>(value));
        if (value >= INT32_MIN) return put(0xD2, static_cast<std::uint32_t>(value));
        put(0xD3, static_cast<std::uint64_t>(value));
    }

    // The length with one, two or four bytes; their tags follow one another.
    void length(unsigned first_tag, std::size_t bytes) {
        BATPAK_ASSERT(bytes <= UINT32_MAX);
        if (bytes <= UINT8_MAX) return put(first_tag, static_cast<std::uint8_t>(bytes));
        wide_count(first_tag + 1, static_cast<std::uint32_t>(bytes));
    }
    void wide_count(unsigned first_tag, std::uint32_t count) {
        if (count <= UINT16_MAX) return put(first_tag, static_cast<std::uint16_t>(count));
        put(first_tag + 1, count);
    }

    Buffer& buffer_;
};

}  // namespace batpak::msgpack
