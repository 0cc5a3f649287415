// A value that was decoded is as large as the bytes it came from, times a constant: counts are
// believed only as far as elements follow, nesting only as far as the reader allows. What is
// encoded again is the same value in its shortest form, with members in the order in which they
// stood.
//
// Comparison is total: by type first, then by content, floats by their bits. So values can be keys
// of maps, and two that are equal encode to the same bytes.
#include "batpak/event/value.hpp"

#include <algorithm>
#include <array>

namespace batpak {
namespace {

using msgpack::Fault;
using msgpack::Reader;
using msgpack::Type;
using msgpack::Writer;

// A count in the bytes bounds how many elements may follow, but each may be one byte there and
// forty here, at every level of nesting: room is made for so many at most before they are read.
constexpr std::uint32_t kReservedMax = 64;

bool has_duplicate(const Value::Map& members) {
    std::vector<const Value*> keys;
    keys.reserve(members.size());
    for (const Value::Member& member : members) keys.push_back(&member.key);
    std::ranges::sort(keys, [](const Value* a, const Value* b) { return *a < *b; });
    const auto same = [](const Value* a, const Value* b) { return *a == *b; };
    return std::ranges::adjacent_find(keys, same) != keys.end();
}

template <class T>
// By their bits, so that NaN equals itself and -0 is not 0: an order that sorting and maps may rely
// on.
std::strong_ordering compare(const T& a, const T& b) noexcept {
    if constexpr (std::same_as<T, double>) {
        return std::strong_order(a, b);
    } else {
        return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end());
    }
}
std::strong_ordering compare(std::monostate, std::monostate) noexcept {
    return std::strong_ordering::equal;
}
std::strong_ordering compare(bool a, bool b) noexcept { return a <=> b; }
std::strong_ordering compare(std::int64_t a, std::int64_t b) noexcept { return a <=> b; }
std::strong_ordering compare(std::uint64_t a, std::uint64_t b) noexcept { return a <=> b; }
std::strong_ordering compare(const Value::Extension& a, const Value::Extension& b) noexcept {
    return a <=> b;
}

Result<void> check_depth(std::uint32_t left) {
    if (left > 0) return {};
    return fail(ErrorCode::EncodeFailed, "nested deeper than the limit: flatten the value");
}

Result<void> check_size(std::size_t size) {
    if (size <= UINT32_MAX) return {};
    return fail(ErrorCode::EncodeFailed,
                "a part of the value has more than 2^32 - 1 bytes or elements: split it");
}

}  // namespace

Value::Value() noexcept = default;
Value::Value(std::nullptr_t) noexcept {}
Value::Value(double value) noexcept : storage_(value) {}
Value::Value(std::string text) noexcept : storage_(std::move(text)) {}
Value::Value(std::string_view text) : storage_(std::string(text)) {}
Value::Value(const char* text) : storage_(std::string(text)) {}
Value::Value(Bytes bytes) noexcept : storage_(std::move(bytes)) {}
Value::Value(Extension extension) noexcept : storage_(std::move(extension)) {}
Value::Value(Array elements) noexcept : storage_(std::move(elements)) {}
Value::Value(Map members) noexcept : storage_(std::move(members)) {}
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

Value Value::of_signed(std::int64_t value) noexcept {
    Value made;
    made.storage_ = value;
    return made;
}

// One number has one form, so that equal values are equal: the unsigned form holds only what the
// signed one cannot, and so any of it is larger than all of that.
Value Value::of_unsigned(std::uint64_t value) noexcept {
    if (value <= INT64_MAX) return of_signed(static_cast<std::int64_t>(value));
    Value made;
    made.storage_ = value;
    return made;
}

Type Value::type() const noexcept {
    constexpr std::array kTypes = {Type::Nil,   Type::Boolean, Type::Integer, Type::Integer,
                                   Type::Float, Type::String,  Type::Binary,  Type::Extension,
                                   Type::Array, Type::Map};
    static_assert(kTypes.size() == std::variant_size_v<Storage>);
    return kTypes[storage_.index()];
}

std::optional<bool> Value::as_boolean() const noexcept {
    const bool* const value = std::get_if<bool>(&storage_);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::int64_t> Value::as_i64() const noexcept {
    const auto* const value = std::get_if<std::int64_t>(&storage_);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

std::optional<std::uint64_t> Value::as_u64() const noexcept {
    if (const auto* const value = std::get_if<std::uint64_t>(&storage_)) return *value;
    const std::optional<std::int64_t> value = as_i64();
    if (!value || *value < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*value);
}

std::optional<double> Value::as_double() const noexcept {
    const auto* const value = std::get_if<double>(&storage_);
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

const std::string* Value::as_string() const noexcept { return std::get_if<std::string>(&storage_); }
const Bytes* Value::as_bytes() const noexcept { return std::get_if<Bytes>(&storage_); }
const Value::Extension* Value::as_extension() const noexcept {
    return std::get_if<Extension>(&storage_);
}
const Value::Array* Value::as_array() const noexcept { return std::get_if<Array>(&storage_); }
const Value::Map* Value::as_map() const noexcept { return std::get_if<Map>(&storage_); }
Value::Array* Value::as_array() noexcept { return std::get_if<Array>(&storage_); }
Value::Map* Value::as_map() noexcept { return std::get_if<Map>(&storage_); }

// From the front: payloads have few members, and their order is kept.
const Value* Value::find(std::string_view key) const noexcept {
    const Map* const members = as_map();
    if (members == nullptr) return nullptr;
    for (const Member& member : *members) {
        const std::string* const name = member.key.as_string();
        if (name != nullptr && *name == key) return &member.value;
    }
    return nullptr;
}

Value* Value::find(std::string_view key) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(key));
}

void Value::set(std::string_view key, Value value) {
    if (as_map() == nullptr) storage_ = Map();
    if (Value* const present = find(key)) {
        *present = std::move(value);
    } else {
        as_map()->push_back({Value(key), std::move(value)});
    }
}

bool Value::erase(std::string_view key) {
    const Value* const present = find(key);
    if (present == nullptr) return false;
    std::erase_if(*as_map(), [&](const Member& member) { return &member.value == present; });
    return true;
}

// In its place: members keep the order in which they were written.
bool Value::rename(std::string_view from, std::string_view to) {
    // Two members of one name would not be found apart, and strict readers refuse them.
    if (find(to) != nullptr) return false;
    Value* const present = find(from);
    if (present == nullptr) return false;
    const auto named = [&](const Member& member) { return &member.value == present; };
    std::ranges::find_if(*as_map(), named)->key = Value(to);
    return true;
}

// Sizes are checked against the format as well as the depth: a value is made by the program, and
// may be of any size.
Result<void> Value::encode(Writer& writer, std::uint32_t depth) const {
    if (const Array* const elements = as_array()) {
        BATPAK_CHECK(check_depth(depth));
        BATPAK_CHECK(check_size(elements->size()));
        writer.array(static_cast<std::uint32_t>(elements->size()));
        for (const Value& element : *elements) BATPAK_CHECK(element.encode(writer, depth - 1));
    } else if (const Map* const members = as_map()) {
        BATPAK_CHECK(check_depth(depth));
        BATPAK_CHECK(check_size(members->size()));
        writer.map(static_cast<std::uint32_t>(members->size()));
        for (const Member& member : *members) {
            BATPAK_CHECK(member.key.encode(writer, depth - 1));
            BATPAK_CHECK(member.value.encode(writer, depth - 1));
        }
    } else {
        return encode_scalar(writer);
    }
    return {};
}

Result<void> Value::encode_scalar(Writer& writer) const {
    if (const std::string* const text = as_string()) {
        BATPAK_CHECK(check_size(text->size()));
        writer.string(*text);
    } else if (const Bytes* const bytes = as_bytes()) {
        BATPAK_CHECK(check_size(bytes->size()));
        writer.binary(*bytes);
    } else if (const Extension* const extension = as_extension()) {
        BATPAK_CHECK(check_size(extension->data.size()));
        writer.extension(extension->type, extension->data);
    } else if (const auto boolean = as_boolean()) {
        writer.boolean(*boolean);
    } else if (const auto number = as_i64()) {
        writer.integer(*number);
    } else if (const auto large = as_u64()) {
        writer.integer(*large);
    } else if (const auto real = as_double()) {
        writer.float64(*real);
    } else {
        BATPAK_ASSERT(is_nil());
        writer.nil();
    }
    return {};
}

Result<Value> Value::decode(BytesView bytes, const msgpack::Limits& limits, Keys keys) {
    Reader reader(bytes, limits);
    Value value = read(reader, keys);
    if (!reader.finished()) return fail(reader.error());
    return value;
}

// It recurses as deep as descend() lets it, which the limits bound.
Value Value::read(Reader& reader, Keys keys) {
    switch (reader.peek()) {
        case Type::Nil: reader.nil(); return {};
        case Type::Boolean: return reader.boolean();
        case Type::Float: return reader.f64();
        case Type::String: return reader.string();
        case Type::Array: return read_array(reader, keys);
        case Type::Map: return read_map(reader, keys);
        case Type::Integer:
            return reader.next_is_negative() ? Value(reader.i64()) : Value(reader.u64());
        case Type::Binary: {
            const BytesView bytes = reader.binary();
            return Bytes(bytes.begin(), bytes.end());
        }
        case Type::Extension: {
            const msgpack::Extension extension = reader.extension();
            return Extension{extension.type, Bytes(extension.data.begin(), extension.data.end())};
        }
        case Type::None: reader.skip(); return {};
    }
    BATPAK_UNREACHABLE();
}

Value Value::read_array(Reader& reader, Keys keys) {
    std::uint32_t left = reader.array();
    if (!reader.descend()) return {};
    Array elements;
    elements.reserve(std::min(left, kReservedMax));
    for (; left > 0 && reader.ok(); --left) elements.push_back(read(reader, keys));
    reader.ascend();
    return elements;
}

// Duplicates are looked for at the end, on sorted pointers: n log n for a map of n, not n^2.
Value Value::read_map(Reader& reader, Keys keys) {
    std::uint32_t left = reader.map();
    if (!reader.descend()) return {};
    Map members;
    members.reserve(std::min(left, kReservedMax));
    for (; left > 0 && reader.ok(); --left) {
        Value key = read(reader, keys);
        members.push_back({std::move(key), read(reader, keys)});
    }
    reader.ascend();
    const bool refusing = keys == Keys::Unique && reader.ok();
    if (refusing && has_duplicate(members)) reader.refuse(Fault::DuplicateKey);
    return members;
}

std::strong_ordering operator<=>(const Value& a, const Value& b) noexcept {
    // By the order of the variant's alternatives: a new one goes to its end, or sorted data sorts
    // otherwise.
    if (a.storage_.index() != b.storage_.index()) return a.storage_.index() <=> b.storage_.index();
    return std::visit(
        [&](const auto& mine) {
            return compare(mine, std::get<std::remove_cvref_t<decltype(mine)>>(b.storage_));
        },
        a.storage_);
}

bool operator==(const Value& a, const Value& b) noexcept { return (a <=> b) == 0; }

}  // namespace batpak
