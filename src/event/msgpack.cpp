// The parts of the codec that need not be inlined: the wide forms, skip(), and the words.
//
//     tag       value            tag       value               tag       value
//     00..7F    integer          C4..C6    binary 8..32        D4..D8    extension 1..16
//     80..8F    map              C7..C9    extension 8..32     D9..DB    string 8..32
//     90..9F    array            CA CB     float 32 64         DC DD     array 16 32
//     A0..BF    string           CC..CF    unsigned 8..64      DE DF     map 16 32
//     C0        nil              D0..D3    signed 8..64        E0..FF    negative integer
//     C1        (never used)     C2 C3     false true
#include "batpak/event/msgpack.hpp"

#include <string>

#include "batpak/base/detail/utf8.hpp"

namespace batpak::msgpack {

std::string_view to_string(Type type) noexcept {
    switch (type) {
        case Type::None: return "nothing";
        case Type::Nil: return "nil";
        case Type::Boolean: return "a boolean";
        case Type::Integer: return "an integer";
        case Type::Float: return "a floating-point number";
        case Type::String: return "a string";
        case Type::Binary: return "binary data";
        case Type::Array: return "an array";
        case Type::Map: return "a map";
        case Type::Extension: return "an extension";
    }
    BATPAK_UNREACHABLE();
}

std::string_view to_string(Fault fault) noexcept {
    switch (fault) {
        case Fault::None: return "nothing is wrong";
        case Fault::Truncated: return "the bytes end inside a value";
        case Fault::UnknownTag: return "the byte 0xC1 begins no MessagePack value";
        case Fault::WrongType: return "the value has another type than asked for";
        case Fault::OutOfRange: return "the number does not fit the type asked for";
        case Fault::TooDeep: return "arrays and maps are nested deeper than the limit";
        case Fault::TooMany: return "an array or map has more elements than the limit";
        case Fault::TooLong: return "a string, binary or extension is longer than the limit";
        case Fault::NotUtf8: return "a string is not UTF-8";
        case Fault::DuplicateKey: return "a map has one key twice";
        case Fault::Trailing: return "bytes follow the value";
    }
    BATPAK_UNREACHABLE();
}

void Writer::extension(std::int8_t type, BytesView data) {
    switch (data.size()) {
        case 1: tag(0xD4); break;
        case 2: tag(0xD5); break;
        case 4: tag(0xD6); break;
        case 8: tag(0xD7); break;
        case 16: tag(0xD8); break;
        default: length(0xC7, data.size());
    }
    tag(static_cast<std::uint8_t>(type));
    raw(data);
}

void Reader::stop_unexpected() noexcept {
    if (cursor_ == end_) return stop(Fault::Truncated);
    stop(peek() == Type::None ? Fault::UnknownTag : Fault::WrongType);
}

void Reader::check_utf8(std::string_view text) noexcept {
    if (!is_utf8(text)) stop_at(cursor_ - text.size(), Fault::NotUtf8);
}

// `width`: 0, 1, 2 for lengths of 8, 16, 32 bits, as tags count them.
std::size_t Reader::read_length(unsigned width) noexcept {
    ++cursor_;
    if (width == 0) return take_number<std::uint8_t>();
    if (width == 1) return take_number<std::uint16_t>();
    BATPAK_ASSERT(width == 2);
    return take_number<std::uint32_t>();
}

std::uint32_t Reader::read_wide_count(unsigned width) noexcept {
    ++cursor_;
    if (width == 0) return take_number<std::uint16_t>();
    BATPAK_ASSERT(width == 1);
    return take_number<std::uint32_t>();
}

Reader::Number Reader::read_wide_number() noexcept {
    const auto tag = std::to_integer<unsigned>(*cursor_++);
    const auto extended = [](std::int64_t value) {
        return Number{static_cast<std::uint64_t>(value), value < 0};
    };
    switch (tag) {
        case 0xCC: return {.bits = take_number<std::uint8_t>()};
        case 0xCD: return {.bits = take_number<std::uint16_t>()};
        case 0xCE: return {.bits = take_number<std::uint32_t>()};
        case 0xCF: return {.bits = take_number<std::uint64_t>()};
        case 0xD0: return extended(static_cast<std::int8_t>(take_number<std::uint8_t>()));
        case 0xD1: return extended(static_cast<std::int16_t>(take_number<std::uint16_t>()));
        case 0xD2: return extended(static_cast<std::int32_t>(take_number<std::uint32_t>()));
        case 0xD3: return extended(static_cast<std::int64_t>(take_number<std::uint64_t>()));
        default: return extended(static_cast<std::int8_t>(tag));
    }
}

// On a copy, so that nothing is taken: the value is read by its type after that.
bool Reader::next_is_negative() const noexcept {
    if (peek() != Type::Integer) return false;
    Reader ahead(*this);
    return ahead.read_number().negative;
}

double Reader::f64() noexcept {
    const std::byte* const start = cursor_;
    if (peek() == Type::Integer) {
        const Number number = read_number();
        const auto value = number.negative
                               ? static_cast<double>(static_cast<std::int64_t>(number.bits))
                               : static_cast<double>(number.bits);
        // A double has 53 bits between the highest and the lowest that is set.
        const std::uint64_t size = number.negative ? ~number.bits + 1 : number.bits;
        if (static_cast<int>(std::bit_width(size)) <= 53 + std::countr_zero(size)) return value;
        stop_at(start, Fault::OutOfRange);
        return 0;
    }
    if (!take_if(Type::Float)) return 0;
    const auto tag = std::to_integer<unsigned>(*cursor_++);
    if (tag == 0xCA) return static_cast<double>(std::bit_cast<float>(take_number<std::uint32_t>()));
    return std::bit_cast<double>(take_number<std::uint64_t>());
}

Extension Reader::extension() noexcept {
    if (!take_if(Type::Extension)) return {};
    const auto tag = std::to_integer<unsigned>(*cursor_);
    std::size_t bytes = 0;
    if (tag >= 0xD4) {
        bytes = std::size_t{1} << (tag - 0xD4);
        ++cursor_;
    } else {
        bytes = read_length(tag - 0xC7);
    }
    const auto type = static_cast<std::int8_t>(take_number<std::uint8_t>());
    const BytesView data = take(bytes);
    return failed() ? Extension{} : Extension{type, data};
}

// One counter for each open array or map, and no recursion: what is hostile can be at most
// kDepthMax deep before it is refused.
void Reader::skip() noexcept {
    std::array<std::uint64_t, Limits::kDepthMax + 1> left;  // not zeroed: it is a KiB
    std::uint32_t open = 0;
    left[0] = 1;
    for (;;) {
        while (left[open] == 0) {
            if (open == 0) return;
            --open;
        }
        --left[open];
        const Type type = peek();
        if (type != Type::Array && type != Type::Map) {
            skip_scalar(type);
            if (failed()) return;
            continue;
        }
        if (depth_ + open >= limits_.depth) return stop(Fault::TooDeep);
        // Of a map keys and values: in 64 bits, because twice a 32-bit count is more than that.
        const std::uint64_t count = type == Type::Array ? array() : 2ULL * map();
        if (failed()) return;
        left[++open] = count;
    }
}

void Reader::skip_scalar(Type type) noexcept {
    switch (type) {
        case Type::Nil:
        case Type::Boolean: ++cursor_; return;
        case Type::Integer: read_number(); return;
        case Type::Float: f64(); return;
        case Type::String: string(); return;
        case Type::Binary: binary(); return;
        case Type::Extension: extension(); return;
        case Type::None: return stop_unexpected();
        case Type::Array:
        case Type::Map: break;
    }
    BATPAK_UNREACHABLE();
}

Error Reader::error() const {
    BATPAK_ASSERT(failed());
    return Error(ErrorCode::DecodeFailed, std::string(to_string(fault_))).at_offset(fault_offset_);
}

}  // namespace batpak::msgpack
