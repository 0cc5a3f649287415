// Field encoder: how the fields of a payload are written, each by its type.
//
// Every step returns true or false. Only where one failed is the path to the field built
// ("path[3].x"), from the inside out: success costs nothing.
//
// Threads: thread-compatible
// Errors:  PayloadEncoder::error() EncodeFailed
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "batpak/base/buffer.hpp"
#include "batpak/base/error.hpp"
#include "batpak/base/utf8.hpp"
#include "batpak/event/field_types.hpp"
#include "batpak/event/msgpack.hpp"
#include "batpak/event/value.hpp"

namespace batpak::detail {

// What went wrong, and in which field. Both texts are empty as long as nothing has.
struct FieldProblem {
    std::string path;
    std::string what;

    // Each answers false, for the caller to pass on.
    bool say(std::string text) {
        if (what.empty()) what = std::move(text);
        return false;
    }
    bool in(std::string_view field);
    bool in(std::size_t element);
    std::string text() const;
};

class PayloadEncoder {
public:
    explicit PayloadEncoder(Buffer& buffer) noexcept : writer_(buffer) {}

    // Adds the value; false, and part of it added, if it has no form.
    template <class T>
    [[nodiscard]] bool put(const T& value) {
        if constexpr (std::same_as<T, bool>) {
            writer_.boolean(value);
        } else if constexpr (Enumeration<T>) {
            return put(static_cast<std::underlying_type_t<T>>(value));
        } else if constexpr (msgpack::Integer<T>) {
            writer_.integer(value);
        } else if constexpr (std::same_as<T, float>) {
            writer_.float32(value);
        } else if constexpr (std::same_as<T, double>) {
            writer_.float64(value);
        } else if constexpr (std::same_as<T, std::string>) {
            return put_text(value);
        } else if constexpr (std::same_as<T, Bytes> || FixedBytes<T>) {
            return put_bytes(value);
        } else if constexpr (FixedDigest<T>) {
            return put_bytes(value.view());
        } else if constexpr (Counter<T>) {
            writer_.integer(value.value);
        } else if constexpr (Optional<T>) {
            static_assert(!Optional<typename T::value_type>, "batpak: nil has one meaning only");
            if (value) return put(*value);
            writer_.nil();
        } else if constexpr (Vector<T> || FixedList<T>) {
            return put_list(value);
        } else if constexpr (StringMap<T>) {
            return put_map(value);
        } else if constexpr (Duration<T>) {
            return put_time(to_microseconds(value));
        } else if constexpr (TimePoint<T>) {
            return put_time(to_microseconds(value.time_since_epoch()));
        } else if constexpr (std::same_as<T, Value>) {
            return put_value(value);
        } else if constexpr (Alternatives<T>) {
            return put_part(value);
        } else {
            static_assert(FieldStruct<T>,
                          "batpak: this type has no MessagePack form, see "
                          "batpak/event/field_types.hpp");
            return put_struct(value);
        }
        return true;
    }

    Error error() const { return Error(ErrorCode::EncodeFailed, problem_.text()); }

private:
    bool put_text(std::string_view text) {
        if (!fits(text.size())) return false;
        if (!is_utf8(text)) return problem_.say("the string is not UTF-8: use batpak::Bytes");
        writer_.string(text);
        return true;
    }
    bool put_bytes(BytesView bytes) {
        if (!fits(bytes.size())) return false;
        writer_.binary(bytes);
        return true;
    }
    bool put_time(std::optional<std::int64_t> us) {
        if (!us) return problem_.say("the time does not fit 64 bits of microseconds");
        writer_.integer(*us);
        return true;
    }
    bool put_value(const Value& value);

    template <class T>
    bool put_list(const T& list) {
        if (!fits(list.size()) || !descend()) return false;
        writer_.array(static_cast<std::uint32_t>(list.size()));
        std::size_t index = 0;
        for (const auto& element : list) {
            if (!put<typename T::value_type>(element)) return problem_.in(index);
            ++index;
        }
        --depth_;
        return true;
    }
    template <class T>
    bool put_map(const T& map) {
        if (!fits(map.size()) || !descend()) return false;
        writer_.map(static_cast<std::uint32_t>(map.size()));
        for (const auto& [key, value] : map) {
            if (!put_text(key) || !put(value)) return problem_.in(key);
        }
        --depth_;
        return true;
    }
    template <class T>
    bool put_struct(const T& whole) {
        if (!descend()) return false;
        writer_.map(static_cast<std::uint32_t>(field_count<T>));
        const auto fields = field_references(whole);
        const bool good = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (put_field(field_names<T>[I], std::get<I>(fields)) && ...);
        }(std::make_index_sequence<field_count<T>>());
        --depth_;
        return good;
    }
    template <class T>
    bool put_field(std::string_view name, const T& value) {
        writer_.string(name);
        return put(value) || problem_.in(name);
    }

    template <class T>
    bool put_part(const T& whole) {
        if (!descend()) return false;
        const auto& parts = PartsAccess::parts(whole);
        const std::string_view name = T::kPartNames[parts.index()];
        writer_.map(1);
        writer_.string(name);
        const bool good = std::visit([&](const auto& part) { return put(part); }, parts);
        --depth_;
        return good || problem_.in(name);
    }

    bool fits(std::size_t size) {
        return size <= UINT32_MAX || problem_.say("over 2^32 - 1 bytes or elements: split it");
    }
    bool descend() {
        if (depth_ == Value::kDepthMax) return problem_.say("nested over 64 deep: flatten it");
        ++depth_;
        return true;
    }

    msgpack::Writer writer_;
    FieldProblem problem_;
    std::uint32_t depth_ = 0;
};

}  // namespace batpak::detail
