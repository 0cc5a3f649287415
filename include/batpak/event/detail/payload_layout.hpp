// Payload layout: what an event type looks like on disk, as one line of text.
//
//     PlayerMoved 0x1001 v1 {who:string,x:float64,y:float64,note:string?}
//
// For a test that pins it: renaming a member then breaks that test, not a reader of the log. The
// name is T::event_name if there is one, else the name of the type. A store writes name and fields
// into the log when it first appends the type.
//
// Threads: immutable value
// Errors:  none
#pragma once

#include <cstddef>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "batpak/base/detail/concat.hpp"
#include "batpak/event/detail/payload_type.hpp"
#include "batpak/event/payload_codec.hpp"

namespace batpak {
namespace detail {

// The name without its namespace: "PlayerMoved".
template <class T>
consteval std::string_view type_name() {
    constexpr std::string_view kName = name_in(text_of_type<T>());
    constexpr std::size_t kArguments = kName.find('<');
    constexpr std::size_t kColon = kName.substr(0, kArguments).rfind(':');
    return kColon == std::string_view::npos ? kName : kName.substr(kColon + 1);
}

template <msgpack::Integer T>
std::string integer_layout() {
    const std::string bits = std::to_string(8 * sizeof(T));
    return (std::numeric_limits<T>::is_signed ? "int" : "uint") + bits;
}

std::string joined(std::initializer_list<std::string> texts, std::string_view between);
// The name of a type, as far as a kind's name may be long: first without template arguments.
std::string fitted_name(std::string_view name);

template <class T>
class LayoutText {
public:
    // `outer` are the names of the types around T: one that holds itself is only named.
    static std::string of(const std::string& outer) {
        if constexpr (CustomField<T>) {
            return of_custom(outer);
        } else if constexpr (std::same_as<T, bool>) {
            return "bool";
        } else if constexpr (Enumeration<T>) {
            return LayoutText<std::underlying_type_t<T>>::of(outer);
        } else if constexpr (msgpack::Integer<T>) {
            return integer_layout<T>();
        } else if constexpr (std::is_floating_point_v<T>) {
            return sizeof(T) == sizeof(float) ? "float32" : "float64";
        } else if constexpr (std::same_as<T, std::string>) {
            return "string";
        } else if constexpr (std::same_as<T, Bytes>) {
            return "bytes";
        } else if constexpr (FixedBytes<T>) {
            return concat({"bytes[", std::to_string(array_size<T>), "]"});
        } else if constexpr (FixedDigest<T>) {
            return concat({"bytes[", std::to_string(sizeof(T)), "]"});
        } else if constexpr (Counter<T>) {
            return "uint64";
        } else if constexpr (Optional<T>) {
            return LayoutText<typename T::value_type>::of(outer) + "?";
        } else if constexpr (FixedList<T>) {
            return concat({LayoutText<typename T::value_type>::of(outer), "[",
                           std::to_string(array_size<T>), "]"});
        } else if constexpr (Vector<T>) {
            return LayoutText<typename T::value_type>::of(outer) + "[]";
        } else if constexpr (TupleLike<T>) {
            return concat(
                {"[", of_tuple(outer, std::make_index_sequence<std::tuple_size_v<T>>()), "]"});
        } else if constexpr (Variant<T>) {
            return concat({"(", of_variant(outer, std::type_identity<T>()), ")"});
        } else if constexpr (std::same_as<T, std::monostate>) {
            return "nil";
        } else if constexpr (Set<T>) {
            return concat({"set<", LayoutText<typename T::key_type>::of(outer), ">"});
        } else if constexpr (Map<T>) {
            return of_map(outer);
        } else if constexpr (Duration<T> || TimePoint<T>) {
            return "us";
        } else if constexpr (std::same_as<T, Value>) {
            return "any";
        } else if constexpr (Alternatives<T>) {
            return of_parts(outer);
        } else {
            return of_struct(outer);
        }
    }

private:
    // Most maps have strings as keys, which are left out.
    static std::string of_map(const std::string& outer) {
        const std::string key = LayoutText<typename T::key_type>::of(outer);
        const std::string value = LayoutText<typename T::mapped_type>::of(outer);
        return key == "string" ? concat({"map<", value, ">"})
                               : concat({"map<", key, ",", value, ">"});
    }
    template <std::size_t... I>
    static std::string of_tuple(const std::string& outer, std::index_sequence<I...>) {
        return joined({LayoutText<std::tuple_element_t<I, T>>::of(outer)...}, ",");
    }
    template <class... Alternatives>
    static std::string of_variant(const std::string& outer,
                                  std::type_identity<std::variant<Alternatives...>>) {
        return joined({LayoutText<Alternatives>::of(outer)...}, "|");
    }
    static std::string of_custom(const std::string& outer) {
        const std::string me = concat({"<", text_of_type<T>(), ">"});
        if (outer.find(me) != std::string::npos) return std::string(type_name<T>());
        return LayoutText<FormOf<T>>::of(outer + me);
    }
    static std::string of_struct(const std::string& outer) {
        const std::string me = concat({"<", text_of_type<T>(), ">"});
        if (outer.find(me) != std::string::npos) return std::string(type_name<T>());
        std::string text = "{";
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((text += field<I>(outer + me), text += ','), ...);
        }(std::make_index_sequence<field_count<T>>());
        if (text.back() == ',') text.pop_back();
        return text + "}";
    }
    // Of a template only the name of a recursion is printed, because compilers spell arguments
    // each in their own way.
    static std::string of_parts(const std::string& outer) {
        const std::string me = concat({"<", text_of_type<T>(), ">"});
        if (outer.find(me) != std::string::npos) {
            return std::string(type_name<T>().substr(0, type_name<T>().find('<')));
        }
        using Parts = std::remove_cvref_t<decltype(PartsAccess::parts(std::declval<T&>()))>;
        std::string text = "(";
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((text +=
              concat({T::kPartNames[I], ":",
                      LayoutText<std::variant_alternative_t<I, Parts>>::of(outer + me), "|"})),
             ...);
        }(std::make_index_sequence<std::variant_size_v<Parts>>());
        text.back() = ')';
        return text;
    }
    template <std::size_t I>
    static std::string field(const std::string& outer) {
        using Fields = decltype(field_references(std::declval<T&>()));
        using Field = std::remove_cvref_t<std::tuple_element_t<I, Fields>>;
        return concat({field_names<T>[I], ":", LayoutText<Field>::of(outer)});
    }
};

}  // namespace detail

template <TypedEvent T>
constexpr std::string_view event_name_of() {
    if constexpr (requires { std::string_view(T::event_name); }) {
        return T::event_name;
    } else {
        return detail::type_name<T>();
    }
}

namespace detail {

template <TypedEvent T>
KindNote note_of() {
    KindNote note;
    if constexpr (requires { std::string_view(T::event_name); }) {
        note.name = event_name_of<T>();
    } else {
        note.name = fitted_name(type_name<T>());
    }
    if constexpr (requires { PayloadCodec<T>::kIsMadeOfFields; })
        note.shape = LayoutText<T>::of("");
    return note;
}

// The type of an event, with what the log is told of it.
template <TypedEvent T>
constexpr PayloadType type_of_event() noexcept {
    return PayloadType::of<T>().with(&note_of<T>);
}

}  // namespace detail

template <TypedEvent T>
std::string layout_of() {
    return detail::concat({event_name_of<T>(), " ", to_string(EventKind(T::kind)), " v",
                           std::to_string(payload_version_of<T>), " ",
                           detail::LayoutText<T>::of("")});
}

}  // namespace batpak
