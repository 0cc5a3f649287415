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
#include <vector>

#include "batpak/base/bytes.hpp"
#include "batpak/base/detail/utf8.hpp"
#include "batpak/base/error.hpp"
#include "batpak/base/result.hpp"
#include "batpak/event/detail/field_types.hpp"
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
    // An entry of a map: by its key if that is text, else by its place.
    template <class Key>
    bool in_entry(const Key& key, std::size_t index) {
        if constexpr (std::same_as<Key, std::string>) {
            return in(std::string_view(key));
        } else {
            return in(index);
        }
    }
    std::string text() const;
};

// Not a template, so that no user of a payload compiles a sort.
void sort_elements(std::vector<const void*>& elements, bool (*less)(const void*, const void*));

class PayloadEncoder {
public:
    explicit PayloadEncoder(Buffer& buffer) noexcept : writer_(buffer) {}

    // Adds the value; false, and part of it added, if it has no form.
    template <class T>
    [[nodiscard]] bool put(const T& value) {
        if constexpr (CustomField<T>) {
            return put_custom(value);
        } else if constexpr (std::same_as<T, bool>) {
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
            static_assert(!may_be_nil<typename T::value_type>(),
                          "batpak: nil has one meaning only");
            if (value) return put(*value);
            writer_.nil();
        } else if constexpr (Vector<T> || FixedList<T>) {
            return put_list(value);
        } else if constexpr (TupleLike<T>) {
            return put_tuple(value);
        } else if constexpr (Variant<T>) {
            return put_variant(value);
        } else if constexpr (std::same_as<T, std::monostate>) {
            writer_.nil();
        } else if constexpr (Set<T>) {
            return put_set(value);
        } else if constexpr (Map<T>) {
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
                          "batpak: no field may have this type: see docs/PAYLOADS.md, and "
                          "batpak/event/custom_field.hpp for a type of your own");
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
    bool put_custom(const T& value) {
        static_assert(!std::same_as<T, FormOf<T>>, "batpak: the form of a type is another type");
        if constexpr (std::same_as<decltype(FieldCodec<T>::encode(value)), Result<FormOf<T>>>) {
            const Result<FormOf<T>> form = FieldCodec<T>::encode(value);
            return form ? put(*form) : problem_.say(form.error().detail());
        } else {
            return put<FormOf<T>>(FieldCodec<T>::encode(value));
        }
    }
    template <class T>
    bool put_tuple(const T& tuple) {
        if (!descend()) return false;
        constexpr std::size_t kCount = std::tuple_size_v<T>;
        writer_.array(static_cast<std::uint32_t>(kCount));
        const bool good = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((put(std::get<I>(tuple)) || problem_.in(I)) && ...);
        }(std::make_index_sequence<kCount>());
        --depth_;
        return good;
    }
    template <class T>
    bool put_variant(const T& variant) {
        if (variant.valueless_by_exception()) return problem_.say("the variant has no value");
        if (!descend()) return false;
        writer_.array(2);
        writer_.integer(variant.index());
        const bool good = std::visit([&](const auto& value) { return put(value); }, variant);
        --depth_;
        return good || problem_.in(std::size_t{1});
    }
    template <class T>
    bool put_set(const T& set) {
        static_assert(is_element<typename T::key_type>(),
                      "batpak: times below a microsecond are equal when stored: no set of them");
        if (!fits(set.size()) || !descend()) return false;
        writer_.array(static_cast<std::uint32_t>(set.size()));
        const bool good = all_in_order(set, [&](const auto& element, std::size_t index) {
            return put<typename T::key_type>(element) || problem_.in(index);
        });
        --depth_;
        return good;
    }
    template <class T>
    bool put_map(const T& map) {
        using Key = typename T::key_type;
        static_assert(is_key<Key>(),
                      "batpak: this type may not be the key of a map: see docs/PAYLOADS.md");
        if (!fits(map.size()) || !descend()) return false;
        writer_.map(static_cast<std::uint32_t>(map.size()));
        const bool good = all_in_order(map, [&](const auto& entry, std::size_t index) {
            const auto& [key, value] = entry;
            return (put<Key>(key) && put<typename T::mapped_type>(value)) ||
                   problem_.in_entry(key, index);
        });
        --depth_;
        return good;
    }
    // Equal containers have equal bytes: where there is no order, that of the keys is taken.
    template <class T, class Visit>
    static bool all_in_order(const T& container, const Visit& visit) {
        std::size_t index = 0;
        if constexpr (Unordered<T>) {
            static_assert(is_key<typename T::key_type>(),
                          "batpak: this type may not be in an unordered container: see "
                          "docs/PAYLOADS.md");
            using Element = typename T::value_type;
            std::vector<const void*> order;
            order.reserve(container.size());
            for (const Element& element : container) order.push_back(&element);
            sort_elements(order, [](const void* a, const void* b) {
                const auto& first = *static_cast<const Element*>(a);
                const auto& second = *static_cast<const Element*>(b);
                if constexpr (Map<T>) {
                    return first.first < second.first;
                } else {
                    return first < second;
                }
            });
            for (const void* const element : order) {
                if (!visit(*static_cast<const Element*>(element), index++)) return false;
            }
        } else {
            for (const auto& element : container) {
                if (!visit(element, index++)) return false;
            }
        }
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
