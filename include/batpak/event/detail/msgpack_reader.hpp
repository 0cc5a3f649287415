// Reader: pulls MessagePack values out of bytes, within limits.
//
// It copies nothing, allocates nothing, never recurses, and never trusts a length that the bytes do
// not bear out. Its first fault sticks: from then on every call returns zero or empty, so a decoder
// may read a whole structure and check once.
//
//     for (std::uint32_t left = reader.array(); left > 0; --left) sum += reader.i64();
//     if (!reader.finished()) return fail(reader.error());
//
// Threads: thread-compatible
// Errors:  error() is DecodeFailed, with the offset
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "batpak/base/assert.hpp"
#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/byte_order.hpp"
#include "batpak/base/error.hpp"
#include "batpak/event/detail/msgpack_writer.hpp"

namespace batpak::msgpack {

enum class Type : std::uint8_t {
    None,  // the end of the bytes, a fault, or the byte 0xC1, which begins nothing
    Nil,
    Boolean,
    Integer,
    Float,
    String,
    Binary,
    Array,
    Map,
    Extension,
};

// "an integer", "a string", ...: to be put into a sentence.
std::string_view to_string(Type type) noexcept;

enum class Fault : std::uint8_t {
    None,
    Truncated,   // the bytes end inside a value, or a count promises more than they can hold
    UnknownTag,  // 0xC1
    WrongType,
    OutOfRange,  // a number that the asked-for type cannot hold
    TooDeep,
    TooMany,
    TooLong,
    NotUtf8,
    DuplicateKey,
    Trailing,  // bytes after the value
};

// A clause for people.
std::string_view to_string(Fault fault) noexcept;

// What a reader accepts. Whatever the limits, a count or a length that the bytes cannot bear out
// is refused.
struct Limits {
    static constexpr std::uint32_t kDepthMax = 128;

    std::uint32_t depth = 64;           // arrays and maps inside one another; at most kDepthMax
    std::uint32_t count = UINT32_MAX;   // elements of one array, pairs of one map
    std::uint32_t length = UINT32_MAX;  // bytes of one string, binary or extension
    bool utf8 = false;                  // refuse strings that are not UTF-8
};

struct Extension {
    std::int8_t type = 0;
    BytesView data;  // Borrows: from the bytes that were read
};

class Reader {
public:
    // Borrows: the bytes, for the reader's life and for that of all views it hands out.
    // Requires: limits.depth <= Limits::kDepthMax.
    explicit Reader(BytesView bytes, const Limits& limits = {}) noexcept
        : begin_(bytes.data()), cursor_(begin_), end_(begin_ + bytes.size()), limits_(limits) {
        BATPAK_ASSERT(limits.depth <= Limits::kDepthMax);
    }

    // What the next call finds; consumes nothing.
    Type peek() const noexcept {
        return cursor_ == end_ ? Type::None : type_of(std::to_integer<unsigned>(*cursor_));
    }

    // Whether the next value is an integer below zero. Consumes nothing.
    bool next_is_negative() const noexcept;

    // Each reads one value of its type, or faults with WrongType and reads nothing.
    void nil() noexcept {
        if (take_if(Type::Nil)) ++cursor_;
    }
    bool boolean() noexcept {
        return take_if(Type::Boolean) && std::to_integer<unsigned>(*cursor_++) == 0xC3;
    }
    // Any width and sign on the wire. OutOfRange, if T cannot hold the number.
    template <Integer T>
    T integer() noexcept {
        const std::byte* const start = cursor_;
        const Number number = read_number();
        if constexpr (std::signed_integral<T>) {
            const auto value = static_cast<std::int64_t>(number.bits);
            const bool fits = number.negative ? value >= std::numeric_limits<T>::min()
                                              : number.bits <= positive_max<T>();
            if (fits) [[likely]]
                return static_cast<T>(value);
        } else {
            if (!number.negative && number.bits <= positive_max<T>()) [[likely]]
                return static_cast<T>(number.bits);
        }
        stop_at(start, Fault::OutOfRange);
        return 0;
    }
    std::int64_t i64() noexcept { return integer<std::int64_t>(); }
    std::uint64_t u64() noexcept { return integer<std::uint64_t>(); }
    // Takes float32, and any integer that a double holds exactly: other writers send 1 for 1.0.
    double f64() noexcept;

    // Borrows: from the bytes that are read.
    std::string_view string() noexcept {
        if (!take_if(Type::String)) return {};
        const auto tag = std::to_integer<unsigned>(*cursor_);
        std::string_view text;
        if (tag <= 0xBF) [[likely]] {
            ++cursor_;
            text = as_text(take(tag & 0x1F));
        } else {
            text = as_text(take(read_length(tag - 0xD9)));
        }
        if (limits_.utf8) check_utf8(text);
        return failed() ? std::string_view{} : text;
    }
    BytesView binary() noexcept {
        if (!take_if(Type::Binary)) return {};
        return take(read_length(std::to_integer<unsigned>(*cursor_) - 0xC4));
    }
    Extension extension() noexcept;

    // The head only: so many values, or pairs of values, follow. Never more than the bytes that
    // are left can hold, so the answer bounds a loop, but not an allocation: elements in memory
    // may be far larger than the one byte they take here.
    std::uint32_t array() noexcept { return read_count(Type::Array, 0x90, 0xDC, 1); }
    std::uint32_t map() noexcept { return read_count(Type::Map, 0x80, 0xDE, 2); }

    // For decoders that recurse: descend() after the head of an array or map, ascend() after its
    // last element. False, and TooDeep, beyond the limit.
    [[nodiscard]] bool descend() noexcept {
        if (depth_ == limits_.depth) [[unlikely]]
            stop(Fault::TooDeep);
        ++depth_;
        return !failed();
    }
    void ascend() noexcept {
        BATPAK_ASSERT(depth_ > 0);
        --depth_;
    }

    // Passes over one value of any type, however deep the limits allow.
    void skip() noexcept;
    // The bytes of one value of any type.
    BytesView raw() noexcept {
        const std::byte* const start = cursor_;
        skip();
        return failed() ? BytesView{} : BytesView(start, cursor_);
    }

    // Makes the reader fail here, for a reason that only the caller sees.
    void refuse(Fault fault) noexcept { stop(fault); }

    bool failed() const noexcept { return fault_ != Fault::None; }
    bool ok() const noexcept { return !failed(); }
    // No fault, and nothing left.
    bool done() const noexcept { return !failed() && cursor_ == end_; }
    // done(), and Trailing as the fault if bytes are left.
    [[nodiscard]] bool finished() noexcept {
        if (!failed() && cursor_ != end_) stop(Fault::Trailing);
        return !failed();
    }

    Fault fault() const noexcept { return fault_; }
    // Where the next value begins, or where the fault was found.
    std::size_t offset() const noexcept {
        return failed() ? fault_offset_ : static_cast<std::size_t>(cursor_ - begin_);
    }
    std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - cursor_); }
    // Requires: failed().
    Error error() const;

private:
    struct Number {
        std::uint64_t bits = 0;  // two's complement
        bool negative = false;
    };

    static constexpr Type type_of(unsigned tag) noexcept {
        if (tag < 0x80 || tag >= 0xE0) return Type::Integer;
        if (tag < 0x90) return Type::Map;
        if (tag < 0xA0) return Type::Array;
        if (tag < 0xC0) return Type::String;
        constexpr std::array<Type, 32> kTypes = {
            Type::Nil,       Type::None,      Type::Boolean,   Type::Boolean,   Type::Binary,
            Type::Binary,    Type::Binary,    Type::Extension, Type::Extension, Type::Extension,
            Type::Float,     Type::Float,     Type::Integer,   Type::Integer,   Type::Integer,
            Type::Integer,   Type::Integer,   Type::Integer,   Type::Integer,   Type::Integer,
            Type::Extension, Type::Extension, Type::Extension, Type::Extension, Type::Extension,
            Type::String,    Type::String,    Type::String,    Type::Array,     Type::Array,
            Type::Map,       Type::Map};
        return kTypes[tag - 0xC0];
    }

    template <Integer T>
    static constexpr std::uint64_t positive_max() noexcept {
        return static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    }

    // A fault leaves nothing to read: no later call needs to ask for it.
    void stop(Fault fault) noexcept { stop_at(cursor_, fault); }
    void stop_at(const std::byte* place, Fault fault) noexcept {
        if (failed()) return;
        fault_ = fault;
        fault_offset_ = static_cast<std::size_t>(place - begin_);
        cursor_ = end_;
    }

    bool take_if(Type type) noexcept {
        if (peek() == type) [[likely]]
            return true;
        stop_unexpected();
        return false;
    }
    void stop_unexpected() noexcept;
    void skip_scalar(Type type) noexcept;
    void check_utf8(std::string_view text) noexcept;

    template <std::unsigned_integral T>
    T take_number() noexcept {
        if (remaining() < sizeof(T)) [[unlikely]] {
            stop(Fault::Truncated);
            return 0;
        }
        T number = 0;
        std::memcpy(&number, cursor_, sizeof(T));
        cursor_ += sizeof(T);
        return big_endian(number);
    }
    BytesView take(std::size_t bytes) noexcept {
        if (bytes > limits_.length) [[unlikely]]
            stop(Fault::TooLong);
        if (bytes > remaining()) [[unlikely]]
            stop(Fault::Truncated);
        if (failed()) [[unlikely]]
            return {};
        const BytesView taken(cursor_, bytes);
        cursor_ += bytes;
        return taken;
    }

    // Both consume a tag. `width` 0, 1, 2 stands for a length of one, two, four bytes.
    std::size_t read_length(unsigned width) noexcept;
    std::uint32_t read_wide_count(unsigned width) noexcept;
    Number read_number() noexcept {
        if (!take_if(Type::Integer)) return {};
        const auto tag = std::to_integer<unsigned>(*cursor_);
        if (tag < 0x80) [[likely]] {
            ++cursor_;
            return {.bits = tag};
        }
        return read_wide_number();
    }
    Number read_wide_number() noexcept;

    std::uint32_t read_count(Type type, unsigned small, unsigned wide, unsigned each) noexcept {
        if (!take_if(type)) return 0;
        const auto tag = std::to_integer<unsigned>(*cursor_);
        std::uint32_t count = tag - small;
        if (count < 16) [[likely]] {
            ++cursor_;
        } else {
            count = read_wide_count(tag - wide);
        }
        if (count > remaining() / each) [[unlikely]]
            stop(Fault::Truncated);
        if (count > limits_.count) [[unlikely]]
            stop(Fault::TooMany);
        return failed() ? 0 : count;
    }

    const std::byte* begin_;
    const std::byte* cursor_;
    const std::byte* end_;
    std::size_t fault_offset_ = 0;
    Limits limits_;
    std::uint32_t depth_ = 0;
    Fault fault_ = Fault::None;
};

}  // namespace batpak::msgpack
