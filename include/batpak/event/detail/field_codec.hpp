// Field codec: how the fields of a payload are written and read, each by its type.
//
// field_encoder.hpp is the half that writes. This one reads, in the same way: every step returns
// true or false, and the path to a field is built only where a step failed.
//
// Threads: thread-compatible
// Errors:  PayloadEncoder::error() EncodeFailed, PayloadDecoder::error() DecodeFailed
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/concat.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/detail/field_encoder.hpp"
#include "batpak/event/detail/field_types.hpp"
#include "batpak/event/msgpack.hpp"

namespace batpak::detail {

class PayloadDecoder {
public:
    // Borrows: the bytes.
    explicit PayloadDecoder(BytesView bytes) noexcept
        : reader_(bytes, {.depth = Value::kDepthMax}) {}

    // Fills `value` from the next value; false, and `value` unspecified, if it is none of its type.
    template <class T>
    [[nodiscard]] bool get(T& value) {
        using msgpack::Type;
        if constexpr (CustomField<T>) {
            return get_custom(value);
        } else if constexpr (std::same_as<T, bool>) {
            if (!expect(Type::Boolean)) return false;
            value = reader_.boolean();
        } else if constexpr (Enumeration<T>) {
            std::underlying_type_t<T> number{};
            if (!get(number)) return false;
            value = static_cast<T>(number);
        } else if constexpr (msgpack::Integer<T>) {
            if (!expect(Type::Integer)) return false;
            value = reader_.integer<T>();
        } else if constexpr (std::same_as<T, float> || std::same_as<T, double>) {
            return get_real(value);
        } else if constexpr (std::same_as<T, std::string>) {
            if (!expect(Type::String)) return false;
            value.assign(reader_.string());
        } else if constexpr (std::same_as<T, Bytes>) {
            if (!expect(Type::Binary)) return false;
            const BytesView bytes = reader_.binary();
            value.assign(bytes.begin(), bytes.end());
        } else if constexpr (FixedBytes<T>) {
            return get_bytes(value);
        } else if constexpr (FixedDigest<T>) {
            return get_bytes(value.bytes);
        } else if constexpr (Counter<T>) {
            return get(value.value);
        } else if constexpr (Optional<T>) {
            return get_optional(value);
        } else if constexpr (Vector<T>) {
            return get_vector(value);
        } else if constexpr (FixedList<T>) {
            return get_array(value);
        } else if constexpr (TupleLike<T>) {
            return get_tuple(value);
        } else if constexpr (Variant<T>) {
            return get_variant(value);
        } else if constexpr (Set<T>) {
            return get_set(value);
        } else if constexpr (Map<T>) {
            return get_map(value);
        } else if constexpr (Duration<T>) {
            return get_duration(value);
        } else if constexpr (TimePoint<T>) {
            typename T::duration since_epoch{};
            if (!get(since_epoch)) return false;
            value = T(since_epoch);
        } else if constexpr (std::same_as<T, std::monostate>) {
            if (!expect(Type::Nil)) return false;
            reader_.nil();
        } else if constexpr (std::same_as<T, Value>) {
            value = Value::read(reader_);
        } else if constexpr (Alternatives<T>) {
            return get_part(value);
        } else {
            static_assert(FieldStruct<T>,
                          "batpak: no field may have this type: see docs/PAYLOADS.md, and "
                          "batpak/event/custom_field.hpp for a type of your own");
            return get_struct(value);
        }
        return reader_.ok();
    }

    [[nodiscard]] bool finished() noexcept { return reader_.finished(); }
    Error error() const;

private:
    // Which fields were read.
    using Seen = std::array<bool, kFieldsMax>;

    bool expect(msgpack::Type type) {
        return reader_.peek() == type || refuse_type(to_string(type));
    }
    bool refuse_type(std::string_view expected);
    bool refuse(msgpack::Fault fault, std::string what);
    bool refuse_count(std::size_t expected, std::size_t found);
    bool get_fixed(MutableBytesView bytes);
    bool get_real(double& value);
    bool get_real(float& value);

    template <std::size_t N>
    bool get_bytes(std::array<std::byte, N>& bytes) {
        return get_fixed(bytes);
    }
    template <class T>
    bool get_optional(T& value) {
        if (reader_.peek() == msgpack::Type::Nil) {
            reader_.nil();
            value.reset();
            return true;
        }
        return get(value.emplace());
    }
    template <class T>
    bool get_duration(T& value) {
        std::int64_t us = 0;
        if (!get(us)) return false;
        const std::optional<T> exact = from_microseconds<T>(us);
        if (!exact) return refuse(msgpack::Fault::OutOfRange, "the time does not fit its type");
        value = *exact;
        return true;
    }
    template <class T>
    bool get_vector(T& list) {
        if (!expect(msgpack::Type::Array)) return false;
        const std::uint32_t count = reader_.array();
        if (!reader_.descend()) return false;
        list.clear();
        // See Reader::array(): the count bounds the elements, not the memory that they need.
        constexpr std::size_t kReservedMax = 1 + 4096 / sizeof(typename T::value_type);
        list.reserve(count < kReservedMax ? count : kReservedMax);
        for (std::uint32_t i = 0; i < count; ++i) {
            typename T::value_type element{};
            if (!get(element)) return problem_.in(i);
            list.push_back(std::move(element));
        }
        reader_.ascend();
        return true;
    }
    template <class T, std::size_t N>
    bool get_array(std::array<T, N>& list) {
        if (!expect(msgpack::Type::Array)) return false;
        const std::uint32_t count = reader_.array();
        if (!reader_.descend()) return false;
        if (count != N) return refuse_count(N, count);
        for (std::size_t i = 0; i < N; ++i) {
            if (!get(list[i])) return problem_.in(i);
        }
        reader_.ascend();
        return true;
    }
    template <class T>
    bool get_custom(T& value) {
        FormOf<T> form{};
        if (!get(form)) return false;
        using Decoded = decltype(FieldCodec<T>::decode(std::move(form)));
        if constexpr (std::same_as<Decoded, Result<T>>) {
            Result<T> decoded = FieldCodec<T>::decode(std::move(form));
            if (!decoded) return refuse(msgpack::Fault::OutOfRange, decoded.error().detail());
            value = *std::move(decoded);
        } else {
            value = FieldCodec<T>::decode(std::move(form));
        }
        return true;
    }
    template <class T>
    bool get_tuple(T& tuple) {
        constexpr std::size_t kCount = std::tuple_size_v<T>;
        if (!expect(msgpack::Type::Array)) return false;
        const std::uint32_t count = reader_.array();
        if (!reader_.descend()) return false;
        if (count != kCount) return refuse_count(kCount, count);
        const bool good = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((get(std::get<I>(tuple)) || problem_.in(I)) && ...);
        }(std::make_index_sequence<kCount>());
        if (good) reader_.ascend();
        return good;
    }
    template <class T>
    bool get_variant(T& variant) {
        if (!expect(msgpack::Type::Array)) return false;
        const std::uint32_t count = reader_.array();
        if (!reader_.descend()) return false;
        if (count != 2) return refuse_count(2, count);
        std::uint32_t index = 0;
        if (!get(index)) return problem_.in(std::size_t{0});
        bool good = true;
        const bool known = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((index == I && (good = get(variant.template emplace<I>()), true)) || ...);
        }(std::make_index_sequence<std::variant_size_v<T>>());
        if (!known) {
            refuse(msgpack::Fault::OutOfRange,
                   concat({"there is no alternative ", std::to_string(index), " of ",
                           std::to_string(std::variant_size_v<T>), ", counted from 0"}));
            return problem_.in(std::size_t{0});
        }
        if (!good) return problem_.in(std::size_t{1});
        reader_.ascend();
        return true;
    }
    template <class T>
    bool get_set(T& set) {
        if (!expect(msgpack::Type::Array)) return false;
        const std::uint32_t count = reader_.array();
        if (!reader_.descend()) return false;
        set.clear();
        for (std::uint32_t i = 0; i < count; ++i) {
            typename T::key_type element{};
            if (!get(element)) return problem_.in(i);
            if (!set.insert(std::move(element)).second) {
                refuse(msgpack::Fault::DuplicateKey, "the element stands twice");
                return problem_.in(i);
            }
        }
        reader_.ascend();
        return true;
    }
    template <class T>
    bool get_map(T& map) {
        if (!expect(msgpack::Type::Map)) return false;
        const std::uint32_t count = reader_.map();
        if (!reader_.descend()) return false;
        map.clear();
        for (std::uint32_t i = 0; i < count; ++i) {
            typename T::key_type key{};
            if (!get(key)) return false;
            const auto [place, is_new] = map.try_emplace(std::move(key));
            if (!is_new) {
                refuse(msgpack::Fault::DuplicateKey, "the key stands twice");
                return problem_.in_entry(place->first, i);
            }
            if (!get(place->second)) return problem_.in_entry(place->first, i);
        }
        reader_.ascend();
        return true;
    }

    // Fields may come in any order, and unknown ones are passed over, so that old programs read
    // what newer ones wrote; but none may come twice.
    template <class T>
    bool get_struct(T& whole) {
        if (!expect(msgpack::Type::Map)) return false;
        std::uint32_t left = reader_.map();
        if (!reader_.descend()) return false;
        const auto fields = field_references(whole);
        Seen seen{};
        for (; left > 0; --left) {
            if (reader_.peek() != msgpack::Type::String) {
                reader_.skip();
                reader_.skip();
                continue;
            }
            const std::string_view name = reader_.string();
            if (reader_.failed()) return false;
            if (!get_named<T>(fields, name, seen)) return false;
        }
        reader_.ascend();
        return reader_.ok() && check_missing<T>(seen);
    }
    template <class T, class Fields>
    bool get_named(const Fields& fields, std::string_view name, Seen& seen) {
        bool good = true;
        const bool known = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((name == field_names<T>[I] &&
                     (good = get_once(I, std::get<I>(fields), seen), true)) ||
                    ...);
        }(std::make_index_sequence<field_count<T>>());
        if (!known) {
            reader_.skip();
            return reader_.ok();
        }
        return good || problem_.in(name);
    }
    template <class T>
    bool get_once(std::size_t index, T& field, Seen& seen) {
        if (seen[index]) return refuse(msgpack::Fault::DuplicateKey, "the field stands twice");
        seen[index] = true;
        return get(field);
    }
    template <class T>
    bool check_missing(const Seen& seen) {
        for (std::size_t i = 0; i < field_count<T>; ++i) {
            if (field_required<T>[i] && !seen[i]) return refuse_missing(field_names<T>[i]);
        }
        return true;
    }
    bool refuse_missing(std::string_view name);

    template <class T>
    bool get_part(T& whole) {
        if (!expect(msgpack::Type::Map)) return false;
        const std::uint32_t count = reader_.map();
        if (!reader_.descend()) return false;
        if (count != 1) {
            return refuse(msgpack::Fault::OutOfRange,
                          concat({"expected one key, found ", std::to_string(count)}));
        }
        if (!expect(msgpack::Type::String)) return false;
        const std::string_view name = reader_.string();
        if (reader_.failed()) return false;
        if (!get_part_named<T>(PartsAccess::parts(whole), name)) return problem_.in(name);
        reader_.ascend();
        return true;
    }
    template <class T, class Parts>
    bool get_part_named(Parts& parts, std::string_view name) {
        bool good = true;
        const bool known = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((name == T::kPartNames[I] && (good = get(parts.template emplace<I>()), true)) ||
                    ...);
        }(std::make_index_sequence<std::variant_size_v<Parts>>());
        return known ? good : refuse(msgpack::Fault::OutOfRange, "there is no part of this name");
    }

    msgpack::Reader reader_;
    FieldProblem problem_;
};

}  // namespace batpak::detail
